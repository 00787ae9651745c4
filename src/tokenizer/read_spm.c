/* read_spm.c - sentencepiece models (sentencepiece_model.proto; Kudo and Richardson 2018).
 *
 * The library matches a piece's score, the rules of a tokenizer.json its rank: merges are ordered
 * by the score of what they make. White space that the library squeezes is squeezed by expressions.
 *
 * Its dummy prefix is put before the text, spaces of its own or not: that is Prepend. But added
 * tokens go through the normalizer too, who must leave them alone: then it is an expression that
 * knows them. Where they are found before there is a normalizer (raw), they cut the text, and only
 * Metaspace knows which stretch is the first. */
#include "base/base64.h"
#include "base/file.h"
#include "base/utf8.h"
#include "format/protobuf.h"
#include "tokenizer/foreign.h"

#include <inttypes.h>
#include <stdlib.h>

#define MARK "\xE2\x96\x81" /* U+2581 */

/* -- parts ----------------------------------------------------------------------------------- */

static json_t *replace(const char *kind, const char *pattern, const char *content) {
    return json_pack("{s:s, s:{s:s}, s:s}", "type", "Replace", "pattern", kind, pattern, "content",
                     content);
}

static json_t *precompiled(const sc_spm *m) {
    sc_buffer text = SC_BUFFER_INIT;
    sc__base64_encode(&text, m->charsmap, m->n_charsmap);
    json_t *part = text.status < 0 ? NULL
                                   : json_pack("{s:s, s:s}", "type", "Precompiled",
                                               "precompiled_charsmap", text.data);
    sc__buffer_deinit(&text);
    return part;
}

/* Appends text so that it stands for itself in an expression. */
static void put_literal(sc_buffer *out, const char *text, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (text[i] && strchr("\\^$.|?*+()[]{}-/&#", text[i])) sc__buffer_putc(out, '\\');
        sc__buffer_putc(out, text[i]);
    }
}

/* The beginning of any text but of one that is an added token. */
static json_t *prefix_step(const sc_spm *m) {
    sc_buffer text = SC_BUFFER_INIT;
    const char *gap = "\\A(?!(?:";
    for (int64_t i = 0; i < m->n; i++) {
        if (!m->pieces[i].found) continue;
        sc__buffer_puts(&text, gap);
        put_literal(&text, m->pieces[i].text, m->pieces[i].n);
        gap = "|";
    }
    if (*gap != '|') return json_pack("{s:s, s:s}", "type", "Prepend", "prepend", MARK);
    sc__buffer_puts(&text, ")\\z)");
    json_t *step = text.status < 0 ? NULL : replace("Regex", text.data, MARK);
    sc__buffer_deinit(&text);
    return step;
}

/* Where pieces are found before the normalizer runs, spaces are Metaspace's. */
static sc_status make_normalizer(sc_foreign *out, const sc_spm *m) {
    json_t *steps = json_array();
    int errors = 0;
    if (m->n_charsmap) errors |= json_array_append_new(steps, precompiled(m));
    if (m->squeeze) {
        errors |= json_array_append_new(steps, replace("Regex", "\\A +| +\\z", ""));
        errors |= json_array_append_new(steps, replace("Regex", " {2,}", " "));
    }
    if (m->prefix && !m->raw) errors |= json_array_append_new(steps, prefix_step(m));
    if (!m->raw) errors |= json_array_append_new(steps, replace("String", " ", MARK));
    out->normalizer = json_pack("{s:s, s:o}", "type", "Sequence", "normalizers", steps);
    return out->normalizer && !errors ? SC_OK
                                      : SC_FAIL(SC_NOMEM, "%s: no memory for JSON", m->name);
}

/* Whether a piece holds the mark behind its first character: words may then not be cut apart. */
static bool spans_words(const sc_spm *m) {
    for (int64_t i = 0; i < m->n; i++)
        for (size_t k = 1; m->pieces[i].type == SC_SPM_NORMAL && k + 3 <= m->pieces[i].n; k++)
            if (!memcmp(m->pieces[i].text + k, MARK, 3)) return true;
    return false;
}

static sc_status make_pre_tokenizer(sc_foreign *out, const sc_spm *m) {
    const bool words = !spans_words(m);
    if (m->raw)
        out->pre_tokenizer =
            json_pack("{s:s, s:s, s:s, s:b}", "type", "Metaspace", "replacement", MARK,
                      "prepend_scheme", m->prefix ? "first" : "never", "split", words);
    else if (words)
        out->pre_tokenizer = json_pack("{s:s, s:{s:s}, s:s, s:b}", "type", "Split", "pattern",
                                       "String", MARK, "behavior", "MergedWithNext", "invert", 0);
    else
        return SC_OK;
    return out->pre_tokenizer ? SC_OK : SC_FAIL(SC_NOMEM, "%s: no memory for JSON", m->name);
}

static sc_status make_decoder(sc_foreign *out, const sc_spm *m) {
    json_t *steps = json_array();
    json_array_append_new(steps, json_pack("{s:s}", "type", "ByteFallback"));
    json_array_append_new(steps, replace("String", MARK, " "));
    json_array_append_new(steps, json_pack("{s:s}", "type", "Fuse"));
    if (m->prefix)
        json_array_append_new(steps, json_pack("{s:s, s:s, s:i, s:i}", "type", "Strip", "content",
                                               " ", "start", 1, "stop", 0));
    out->decoder = json_pack("{s:s, s:o}", "type", "Sequence", "decoders", steps);
    return out->decoder ? SC_OK : SC_FAIL(SC_NOMEM, "%s: no memory for JSON", m->name);
}

/* -- unigram --------------------------------------------------------------------------------- */

static bool has_bytes(const sc_spm *m) {
    for (int64_t i = 0; i < m->n; i++)
        if (m->pieces[i].type == SC_SPM_BYTE) return true;
    return false;
}

static sc_status bad_piece(const sc_spm *m, int64_t i) {
    return SC_FAIL(SC_FORMAT, "%s: piece %" PRId64 ": not valid UTF-8", m->name, i);
}

/* sentencepiece's score of a piece of the user's in its lattice: better than any other way. */
static double user_score(const sc_spm *m, int64_t i) {
    double best = -1e30;
    for (int64_t k = 0; k < m->n; k++)
        if (m->pieces[k].type == SC_SPM_NORMAL) best = SC_MAX(best, m->pieces[k].score);
    return (double)m->pieces[i].n * best - 0.1;
}

static sc_status make_unigram(sc_foreign *out, const sc_spm *m) {
    json_t *vocab = json_array();
    for (int64_t i = 0; i < m->n; i++) {
        const bool user = m->pieces[i].type == SC_SPM_USER && !m->pieces[i].found;
        json_t *row = json_pack("[s%, f]", m->pieces[i].text, m->pieces[i].n,
                                user ? user_score(m, i) : m->pieces[i].score);
        if (!row) return json_decref(vocab), bad_piece(m, i);
        json_array_append_new(vocab, row);
    }
    out->model = json_pack("{s:s, s:o, s:o, s:b}", "type", "Unigram", "unk_id",
                           m->unk < 0 ? json_null() : json_integer(m->unk), "vocab", vocab,
                           "byte_fallback", has_bytes(m));
    return out->model ? SC_OK : SC_FAIL(SC_NOMEM, "%s: no memory for JSON", m->name);
}

/* -- BPE ------------------------------------------------------------------------------------- */

typedef struct {
    double score;
    size_t n_left;
    int32_t left, right;
} merge;

/* The highest score first. Of equals the library takes the leftmost in the text: what has grown
 * longest grows on, in runs of one character and elsewhere. */
static int by_score(const void *a, const void *b) {
    const merge *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    if (x->n_left != y->n_left) return x->n_left > y->n_left ? -1 : 1;
    if (x->left != y->left) return x->left < y->left ? -1 : 1;
    return x->right < y->right ? -1 : x->right > y->right;
}

static bool can_merge(const sc_spm *m, int32_t id) {
    return id >= 0 && (m->pieces[id].type == SC_SPM_NORMAL || m->pieces[id].type == SC_SPM_USER);
}

static void find_merges(sc_buffer *out, const sc_spm *m, const sc_vocab *v) {
    for (int64_t i = 0; i < m->n; i++) {
        const sc_spm_piece *p = &m->pieces[i];
        if (!can_merge(m, (int32_t)i)) continue;
        for (size_t k = 1; k < p->n; k++) {
            if (sc__utf8_is_inner(p->text[k])) continue;
            const merge x = {p->score, k, sc__vocab_find(v, p->text, k),
                             sc__vocab_find(v, p->text + k, p->n - k)};
            if (can_merge(m, x.left) && can_merge(m, x.right)) sc__buffer_append(out, &x, sizeof x);
        }
    }
}

static json_t *merge_list(const sc_spm *m, const merge *merges, size_t n) {
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        const sc_spm_piece *l = &m->pieces[merges[i].left], *r = &m->pieces[merges[i].right];
        json_array_append_new(list, json_pack("[s%, s%]", l->text, l->n, r->text, r->n));
    }
    return list;
}

static sc_status fill_vocab(sc_vocab *v, json_t *vocab, const sc_spm *m) {
    for (int64_t i = 0; i < m->n; i++) {
        const sc_spm_piece *p = &m->pieces[i];
        SC_TRY(sc__vocab_add(v, p->text, p->n, i, m->name));
        SC_TRY(sc__foreign_key(vocab, p->text, p->n, i, m->name));
    }
    return SC_OK;
}

static sc_status make_bpe(sc_foreign *out, const sc_spm *m) {
    sc_vocab v = {0};
    sc_buffer merges = SC_BUFFER_INIT;
    json_t *vocab = json_object(), *unk = NULL;
    sc_status s = fill_vocab(&v, vocab, m);
    if (s >= 0) find_merges(&merges, m, &v);
    if (s >= 0) s = merges.status;
    if (s >= 0) {
        const size_t n = merges.len / sizeof(merge);
        if (n) qsort(merges.data, n, sizeof(merge), by_score);
        if (m->unk >= 0) unk = json_stringn(m->pieces[m->unk].text, m->pieces[m->unk].n);
        out->model = json_pack(
            "{s:s, s:n, s:o, s:n, s:n, s:b, s:b, s:b, s:O, s:o}", "type", "BPE", "dropout",
            "unk_token", unk ? unk : json_null(), "continuing_subword_prefix", "end_of_word_suffix",
            "fuse_unk", 1, "byte_fallback", has_bytes(m), "ignore_merges", 0, "vocab", vocab,
            "merges", merge_list(m, (const merge *)(const void *)merges.data, n));
        if (!out->model) s = SC_FAIL(SC_NOMEM, "%s: no memory for JSON", m->name);
    }
    json_decref(vocab);
    sc__vocab_deinit(&v);
    sc__buffer_deinit(&merges);
    return s;
}

/* -- the whole ------------------------------------------------------------------------------- */

static int32_t control(const sc_spm *m, int64_t id) {
    return id >= 0 && id < m->n && m->pieces[id].type == SC_SPM_CONTROL ? (int32_t)id : -1;
}

static sc_status check(const sc_spm *m) {
    if (m->n < 1 || m->n > SC_VOCAB_MAX)
        return SC_FAIL(SC_FORMAT, "%s: %" PRId64 " pieces", m->name, m->n);
    for (int64_t i = 0; i < m->n; i++) {
        if (!m->pieces[i].n) return SC_FAIL(SC_FORMAT, "%s: piece %" PRId64 ": empty", m->name, i);
        if (m->pieces[i].type < SC_SPM_NORMAL || m->pieces[i].type > SC_SPM_BYTE)
            return SC_FAIL(SC_FORMAT, "%s: piece %" PRId64 ": type %d is not known", m->name, i,
                           (int)m->pieces[i].type);
    }
    return SC_OK;
}

static bool changes(const sc_charsmap *map, const sc_spm_piece *p) {
    size_t n;
    for (size_t i = 0; i < p->n; i++)
        if (p->text[i] == ' ' || (map && sc__charsmap_find(map, p->text + i, p->n - i, &n)))
            return true;
    return false;
}

/* The library looks for pieces of the user's in the text that is normalized but for them. In a
 * unigram model one that the normalizer leaves alone wins in the lattice, which cuts no text. */
static sc_status mark_found(sc_spm *m) {
    enum { EXPRESSION_MAX = 1 << 14 };
    size_t n_bytes = 0;
    sc_charsmap *map = NULL;
    if (m->n_charsmap) SC_TRY(sc__charsmap_open(&map, m->charsmap, m->n_charsmap, m->name));
    m->raw = false;
    for (int64_t i = 0; i < m->n; i++) {
        sc_spm_piece *p = &m->pieces[i];
        const bool changed = p->type == SC_SPM_USER && changes(map, p);
        p->found = p->type == SC_SPM_USER && (m->bpe || changed);
        m->raw |= changed;
        n_bytes += p->found ? p->n : 0;
    }
    m->raw |= n_bytes > EXPRESSION_MAX;
    sc__charsmap_close(map);
    return SC_OK;
}

static sc_status add_tokens(sc_foreign *out, const sc_spm *m) {
    for (int64_t i = 0; i < m->n; i++) {
        const sc_spm_piece *p = &m->pieces[i];
        if (p->type != SC_SPM_CONTROL && p->type != SC_SPM_UNKNOWN && !p->found) continue;
        SC_TRY(sc__foreign_add(out, p->text, p->n, i, p->type != SC_SPM_USER));
        json_t *token = json_array_get(out->added, json_array_size(out->added) - 1);
        if (json_object_set_new(token, "normalized", json_boolean(p->found && !m->raw)))
            return SC_FAIL(SC_NOMEM, "%s: no memory for tokens", m->name);
    }
    return SC_OK;
}

sc_status sc__spm_build(sc_foreign *out, sc_spm *m) {
    SC_TRY(check(m));
    SC_TRY(mark_found(m));
    SC_TRY(add_tokens(out, m));
    SC_TRY(make_normalizer(out, m));
    SC_TRY(make_pre_tokenizer(out, m));
    SC_TRY(make_decoder(out, m));
    out->bos = control(m, m->bos);
    out->eos = control(m, m->eos);
    out->pad = control(m, m->pad);
    return m->bpe ? make_bpe(out, m) : make_unigram(out, m);
}

/* -- reading --------------------------------------------------------------------------------- */

/* ModelProto: 1 pieces, 2 trainer_spec, 3 normalizer_spec. */
typedef struct {
    sc_spm m;
    sc_buffer pieces;
    int64_t kind;         /* trainer_spec.model_type: 1 unigram, 2 BPE, 3 word, 4 char */
    bool suffix, escapes; /* treat_whitespace_as_suffix, escape_whitespaces */
} spm_file;

static sc_status read_piece(spm_file *f, const sc_protobuf_field *field) {
    sc_protobuf p = {(const unsigned char *)field->bytes,
                     (const unsigned char *)field->bytes + field->n, f->m.name};
    sc_protobuf_field x;
    sc_spm_piece piece = {"", 0, 0, SC_SPM_NORMAL, false};
    sc_status s;
    while ((s = sc__protobuf_next(&x, &p)) == SC_OK) {
        if (x.number == 1 && x.wire == 2) piece.text = x.bytes, piece.n = x.n;
        if (x.number == 2 && x.wire == 5) piece.score = (double)sc__protobuf_float(&x);
        if (x.number == 3 && x.wire == 0) piece.type = (sc_spm_type)(x.value & 0xFF);
    }
    SC_TRY(s);
    sc__buffer_append(&f->pieces, &piece, sizeof piece);
    return f->pieces.status;
}

static sc_status read_trainer(spm_file *f, const sc_protobuf_field *field) {
    sc_protobuf p = {(const unsigned char *)field->bytes,
                     (const unsigned char *)field->bytes + field->n, f->m.name};
    sc_protobuf_field x;
    sc_status s;
    while ((s = sc__protobuf_next(&x, &p)) == SC_OK) {
        const int32_t value = (int32_t)x.value;
        if (x.wire != 0) continue;
        if (x.number == 3) f->kind = value;
        if (x.number == 24) f->suffix = value != 0;
        if (x.number == 40) f->m.unk = value;
        if (x.number == 41) f->m.bos = value;
        if (x.number == 42) f->m.eos = value;
        if (x.number == 43) f->m.pad = value;
    }
    return s;
}

static sc_status read_normalizer(spm_file *f, const sc_protobuf_field *field) {
    sc_protobuf p = {(const unsigned char *)field->bytes,
                     (const unsigned char *)field->bytes + field->n, f->m.name};
    sc_protobuf_field x;
    sc_status s;
    while ((s = sc__protobuf_next(&x, &p)) == SC_OK) {
        if (x.number == 2 && x.wire == 2) f->m.charsmap = x.bytes, f->m.n_charsmap = x.n;
        if (x.number == 3 && x.wire == 0) f->m.prefix = x.value != 0;
        if (x.number == 4 && x.wire == 0) f->m.squeeze = x.value != 0;
        if (x.number == 5 && x.wire == 0) f->escapes = x.value != 0;
    }
    return s;
}

static sc_status read_fields(spm_file *f, const void *bytes, size_t n) {
    sc_protobuf p = {bytes, (const unsigned char *)bytes + n, f->m.name};
    sc_protobuf_field x;
    sc_status s;
    while ((s = sc__protobuf_next(&x, &p)) == SC_OK) {
        if (x.wire != 2) continue;
        if (x.number == 1) SC_TRY(read_piece(f, &x));
        if (x.number == 2) SC_TRY(read_trainer(f, &x));
        if (x.number == 3) SC_TRY(read_normalizer(f, &x));
    }
    return s;
}

static sc_status refuse(const spm_file *f) {
    const char *name = f->m.name;
    if (f->kind != 1 && f->kind != 2)
        return SC_FAIL(SC_FORMAT, "%s: trainer_spec.model_type: %" PRId64 " is not supported", name,
                       f->kind);
    if (f->suffix)
        return SC_FAIL(SC_FORMAT, "%s: treat_whitespace_as_suffix: is not supported", name);
    if (!f->escapes)
        return SC_FAIL(SC_FORMAT, "%s: escape_whitespaces: false is not supported", name);
    for (int64_t i = 0; i < f->m.n; i++)
        if (f->m.pieces[i].type == SC_SPM_UNUSED)
            return SC_FAIL(SC_FORMAT, "%s: piece %" PRId64 ": unused pieces are not supported",
                           name, i);
    if (f->m.unk >= f->m.n)
        return SC_FAIL(SC_FORMAT, "%s: trainer_spec.unk_id: %" PRId64 " is not a piece", name,
                       f->m.unk);
    return SC_OK;
}

sc_status sc__spm_parse(sc_foreign *out, const void *bytes, size_t n, const char *name) {
    spm_file f = {.m = {.prefix = true, .squeeze = true, .bos = 1, .eos = 2, .pad = -1},
                  .kind = 1,
                  .escapes = true};
    f.m.name = name;
    sc_status s = read_fields(&f, bytes, n);
    f.m.pieces = (sc_spm_piece *)(void *)f.pieces.data;
    f.m.n = (int64_t)(f.pieces.len / sizeof *f.m.pieces);
    f.m.bpe = f.kind == 2;
    if (s >= 0) s = refuse(&f);
    if (s >= 0) s = sc__spm_build(out, &f.m);
    sc__buffer_deinit(&f.pieces);
    return s;
}

/* Llama 3 and others gave tiktoken's ranks the same name. */
sc_status sc__read_spm(sc_foreign *out, const char *path, const char *pattern) {
    enum { PIECES = 0x0A }; /* the first field of a model: number 1, bytes */
    sc_map map;
    SC_TRY(sc__map_open(&map, path));
    if (map.size && *map.data != PIECES) {
        sc__map_close(&map);
        return sc__read_tiktoken(out, path, pattern);
    }
    const sc_status s = sc__spm_parse(out, map.data ? map.data : (const void *)"", map.size, path);
    sc__map_close(&map);
    return s;
}
