/* fertility.c - documents counted by language. */
#include "tokenizer/fertility.h"

#include "base/utf8.h"
#include "format/documents.h"
#include "format/language.h"
#include "tokenizer/tokenizer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 1 << 20 /* bytes that are encoded, or looked at for the language, at a time */ };

typedef struct {
    sc_fertility *f;
    sc_encoder *encoder;
    int32_t unk; /* -1: none */
    sc_ids ids;
    sc_buffer room;
} measuring;

/* ---- languages ------------------------------------------------------------------------------- */

static bool is_code(sc_slice text) {
    if (text.n < 2 || text.n >= sizeof((sc_fertility_row *)0)->language) return false;
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i] | 0x20;
        if (!(c >= 'a' && c <= 'z') && text.p[i] != '-' && text.p[i] != '_') return false;
    }
    return true;
}

/* "en-US" is "en", "zh-Hant" stays. */
static void set_code(char out[20], sc_slice code) {
    size_t n = code.n;
    if (n > 3 && (code.p[n - 3] == '-' || code.p[n - 3] == '_')) n -= 3;
    memcpy(out, code.p, n);
    out[n] = 0;
}

static sc_status language_of(char out[20], measuring *m, const sc_document *d) {
    sc_slice said = {NULL, 0};
    sc_languages found;
    if (d->record) SC_TRY(sc__record_string(&said, &m->room, d->record, "language"));
    if (said.p && is_code(said)) return set_code(out, said), SC_OK;
    const size_t n = d->n > PIECE ? sc__utf8_start(d->text, PIECE) : d->n;
    SC_TRY(sc__language_plain(&m->room, (sc_slice){d->text, n}));
    sc__language_detect(&found, m->room.data, m->room.len);
    const char *code = found.code[0] ? found.code[0] : "und";
    set_code(out, (sc_slice){code, SC_MIN(strlen(code), (size_t)19)});
    return SC_OK;
}

/* What comes when all rows are taken counts in the last one. */
static sc_fertility_row *row_of(sc_fertility *f, const char *language) {
    for (int i = 0; i < f->n; i++)
        if (!strcmp(f->rows[i].language, language)) return &f->rows[i];
    if (f->n == SC_FERTILITY_ROWS) language = "other";
    sc_fertility_row *r = &f->rows[f->n == SC_FERTILITY_ROWS ? f->n - 1 : f->n++];
    memcpy(r->language, language, strlen(language) + 1);
    return r;
}

/* ---- counting -------------------------------------------------------------------------------- */

/* Scripts that set no space between words. */
static bool is_whole_word(uint32_t c) {
    static const char *const scripts[] = {"Han", "Hiragana", "Katakana", "Thai",
                                          "Lao", "Khmer",    "Myanmar",  "Tibetan"};
    if (c < 0xE00) return false; /* the first of them */
    const char *script = sc__script_name(c);
    for (int i = 0; script && i < SC_LEN(scripts); i++)
        if (!strcmp(script, scripts[i])) return true;
    return false;
}

static int64_t count_words(const char *text, size_t n) {
    int64_t words = 0;
    bool in_word = false;
    int len;
    for (size_t i = 0; i < n; i += (size_t)len) {
        const uint32_t c = sc__utf8_decode(text + i, &len);
        const bool whole = is_whole_word(c), space = !whole && sc__char_is_space(c);
        if (!whole && !space && !in_word && sc__char_is(c, SC_CHAR_PUNCTUATION)) continue;
        words += whole || (!space && !in_word);
        in_word = !whole && !space;
    }
    return words;
}

static void count_ids(sc_fertility_row *row, measuring *m) {
    row->tokens += m->ids.n;
    for (int64_t i = 0; m->unk >= 0 && i < m->ids.n; i++) row->unknown += m->ids.ids[i] == m->unk;
    m->ids.n = 0;
}

/* In pieces: the tokens are those of the whole text. */
static sc_status count_tokens(sc_fertility_row *row, measuring *m, const char *text, size_t n) {
    const unsigned flags = SC_ENCODE_NO_SPECIAL | SC_ENCODE_PLAIN;
    m->ids.n = 0;
    for (size_t at = 0; at < n; at += PIECE) {
        SC_TRY(
            sc_encoder_push(m->encoder, &m->ids, text + at, SC_MIN(n - at, (size_t)PIECE), flags));
        count_ids(row, m);
    }
    SC_TRY(sc_encoder_finish(m->encoder, &m->ids, flags));
    count_ids(row, m);
    return SC_OK;
}

static void add(sc_fertility_row *to, const sc_fertility_row *from) {
    to->documents += from->documents;
    to->bytes += from->bytes;
    to->words += from->words;
    to->tokens += from->tokens;
    to->unknown += from->unknown;
}

static sc_status measure_document(measuring *m, const sc_document *d) {
    sc_fertility_row one = {
        .documents = 1, .bytes = (int64_t)d->n, .words = count_words(d->text, d->n)};
    SC_TRY(language_of(one.language, m, d));
    SC_TRY(count_tokens(&one, m, d->text, d->n));
    add(row_of(m->f, one.language), &one);
    add(&m->f->all, &one);
    return SC_OK;
}

static int by_bytes(const void *a, const void *b) {
    const sc_fertility_row *x = a, *y = b;
    if (x->bytes != y->bytes) return x->bytes < y->bytes ? 1 : -1;
    return strcmp(x->language, y->language);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* What the model gives for text it has no token for. */
static sc_status find_unknown(int32_t *out, const sc_tokenizer *t) {
    json_t *root;
    int64_t id;
    *out = -1;
    SC_TRY(sc__json_parse(&root, t->json.data, t->json.len, "tokenizer"));
    const json_t *model = json_object_get(root, "model");
    sc_status s = sc__json_get_int(&id, model, "unk_id", -1, "tokenizer");
    const char *token = json_string_value(json_object_get(model, "unk_token"));
    if (s >= 0) *out = token ? sc_tokenizer_find(t, token) : (int32_t)id;
    json_decref(root);
    return s;
}

static sc_status measure_all(measuring *m, sc_documents *in) {
    sc_document d;
    sc_status s;
    while ((s = sc__documents_next(&d, in)) == SC_OK) SC_TRY(measure_document(m, &d));
    return s < 0 ? s : SC_OK;
}

sc_status sc__fertility_measure(sc_fertility *out, const sc_tokenizer *t, const char *const *paths,
                                int n_paths) {
    measuring m = {.f = out};
    sc_documents *in = NULL;
    *out = (sc_fertility){0};
    sc_status s = find_unknown(&m.unk, t);
    if (s >= 0) s = sc_encoder_open(&m.encoder, t);
    if (s >= 0) s = sc__documents_open(&in, paths, n_paths, NULL);
    if (s >= 0) s = measure_all(&m, in);
    qsort(out->rows, (size_t)out->n, sizeof *out->rows, by_bytes);
    sc__documents_close(in);
    sc_encoder_close(m.encoder);
    sc_ids_deinit(&m.ids);
    sc__buffer_deinit(&m.room);
    return s;
}

/* ---- writing --------------------------------------------------------------------------------- */

static double ratio(int64_t a, int64_t b) { return b ? (double)a / (double)b : 0; }

static json_t *row_object(const sc_fertility_row *r) {
    return json_pack("{s:s*, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f}", "language",
                     *r->language ? r->language : NULL, "documents", (json_int_t)r->documents,
                     "bytes", (json_int_t)r->bytes, "words", (json_int_t)r->words, "tokens",
                     (json_int_t)r->tokens, "unknown", (json_int_t)r->unknown, "bytes_per_token",
                     ratio(r->bytes, r->tokens), "tokens_per_word", ratio(r->tokens, r->words),
                     "unknown_share", ratio(r->unknown, r->tokens));
}

sc_status sc__fertility_put(json_t *o, const sc_fertility *f) {
    json_t *rows = json_array();
    int failed = !rows || json_object_set_new(o, "text", row_object(&f->all));
    for (int i = 0; i < f->n && !failed; i++)
        failed = json_array_append_new(rows, row_object(&f->rows[i]));
    if (!failed) failed = json_object_set(o, "languages", rows);
    json_decref(rows);
    return failed ? SC_FAIL(SC_NOMEM, "fertility") : SC_OK;
}

static void print_row(sc_buffer *out, const char *name, const sc_fertility_row *r) {
    sc__buffer_printf(out,
                      "  %-9s %9" PRId64 " %12" PRId64 " %12" PRId64 " %11.3f %11.3f %8.4f %%\n",
                      name, r->documents, r->bytes, r->tokens, ratio(r->bytes, r->tokens),
                      ratio(r->tokens, r->words), 100 * ratio(r->unknown, r->tokens));
}

void sc__fertility_print(sc_buffer *out, const sc_fertility *f) {
    sc__buffer_printf(out, "%-11s %9s %12s %12s %11s %11s %10s\n", "language", "documents", "bytes",
                      "tokens", "bytes/token", "tokens/word", "unknown");
    for (int i = 0; i < f->n; i++) print_row(out, f->rows[i].language, &f->rows[i]);
    print_row(out, "all", &f->all);
}
