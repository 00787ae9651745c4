/* train.c - what all trainers share, and the kinds that keep the bytes of a text: bpe, bytes,
 * chars. Each learns what it needs and writes a tokenizer.json, which is then loaded like any
 * other. */
#include "tokenizer/train.h"

#include "base/utf8.h"
#include "format/documents.h"
#include "tokenizer/alphabet.h"

#include <inttypes.h>
#include <string.h>

/* -- tokenizer.json -------------------------------------------------------------------------- */

static json_t *added_tokens(const sc_tokenizer_options *o) {
    json_t *list = json_array();
    for (int i = 0; i < o->n_special; i++)
        json_array_append_new(list,
                              json_pack("{s:i, s:s, s:b, s:b, s:b, s:b, s:b}", "id", i, "content",
                                        o->special_tokens[i], "single_word", 0, "lstrip", 0,
                                        "rstrip", 0, "normalized", 0, "special", 1));
    return list;
}

static void parts_deinit(sc_parts *p) {
    json_t *all[] = {p->normalizer, p->pre_tokenizer, p->post_processor, p->decoder, p->model};
    for (int i = 0; i < SC_LEN(all); i++) json_decref(all[i]);
    *p = (sc_parts){0};
}

/* A part that could not be made shows as a failure here. */
sc_status sc__train_document(json_t **out, const sc_tokenizer_options *o, sc_parts p) {
    json_t *added = added_tokens(o);
    *out = NULL;
    if (added && p.normalizer && p.pre_tokenizer && p.post_processor && p.decoder && p.model)
        *out = json_pack("{s:s, s:n, s:n, s:O, s:O, s:O, s:O, s:O, s:O}", "version", "1.0",
                         "truncation", "padding", "added_tokens", added, "normalizer", p.normalizer,
                         "pre_tokenizer", p.pre_tokenizer, "post_processor", p.post_processor,
                         "decoder", p.decoder, "model", p.model);
    json_decref(added);
    parts_deinit(&p);
    return *out ? SC_OK : SC_FAIL(SC_FORMAT, "special_tokens or pattern: not valid UTF-8");
}

json_t *sc__train_vocab(const sc_vocab *v) {
    json_t *vocab = json_object();
    for (int64_t id = 0; id < v->n; id++)
        json_object_set_new(vocab, v->tokens[id].text, json_integer(id));
    return vocab;
}

/* "a b": the older spelling, which every version reads; no token of an alphabet has a space. */
static json_t *merge_list(const sc_learned *l) {
    json_t *merges = json_array();
    for (int64_t i = 0; i < l->n_merges; i++) {
        const sc_merge m = l->merges[i];
        if (m.made == SC_MERGE_AGAIN) continue;
        json_array_append_new(merges, json_sprintf("%s %s", l->vocab.tokens[m.left].text,
                                                   l->vocab.tokens[m.right].text));
    }
    return merges;
}

json_t *sc__train_bpe_model(const sc_learned *l, const char *unk, bool byte_fallback) {
    return json_pack("{s:s, s:n, s:s?, s:n, s:n, s:b, s:b, s:b, s:o, s:o}", "type", "BPE",
                     "dropout", "unk_token", unk, "continuing_subword_prefix", "end_of_word_suffix",
                     "fuse_unk", byte_fallback, "byte_fallback", byte_fallback, "ignore_merges", 0,
                     "vocab", sc__train_vocab(&l->vocab), "merges", merge_list(l));
}

json_t *sc__train_metaspace(void) {
    return json_pack("{s:s, s:s, s:s, s:b}", "type", "Metaspace", "replacement", "\xE2\x96\x81",
                     "prepend_scheme", "first", "split", 1);
}

json_t *sc__train_spaces(void) {
    return json_pack("{s:s, s:[{s:s, s:{s:s}, s:s, s:b}, o]}", "type", "Sequence", "pretokenizers",
                     "type", "Split", "pattern", "Regex", "\\n+", "behavior", "Isolated", "invert",
                     0, sc__train_metaspace());
}

/* -- counting -------------------------------------------------------------------------------- */

/* A tokenizer that cuts text as `parts` say and knows no token. */
static sc_status skeleton(sc_tokenizer **out, sc_parts parts) {
    const sc_learned empty = {0};
    const sc_tokenizer_options plain = {0};
    json_t *root = NULL;
    sc_buffer text = SC_BUFFER_INIT;
    json_decref(parts.model);
    json_decref(parts.post_processor);
    parts.model = sc__train_bpe_model(&empty, NULL, false);
    parts.post_processor = json_null();
    sc_status s = sc__train_document(&root, &plain, parts);
    if (s >= 0) sc__json_print(&text, root);
    if (s >= 0) s = text.status;
    if (s >= 0) s = sc_tokenizer_parse(out, text.data, text.len, "pattern");
    sc__buffer_deinit(&text);
    json_decref(root);
    return s;
}

sc_status sc__train_words(sc_words *words, const sc_tokenizer_options *o, sc_parts parts,
                          sc_text_source *source, void *user) {
    sc_tokenizer *t = NULL;
    memset(words, 0, sizeof *words);
    sc_status s = skeleton(&t, parts);
    if (s >= 0) s = sc__words_count(words, t, o, source, user);
    sc_tokenizer_close(t);
    return s;
}

/* -- vocabularies ---------------------------------------------------------------------------- */

int64_t sc__train_size(const sc_tokenizer_options *o) {
    return o->vocab_size ? o->vocab_size : 32000;
}

sc_status sc__train_room(const sc_tokenizer_options *o, int64_t n, const char *what) {
    if (n <= sc__train_size(o)) return SC_OK;
    return SC_FAIL(SC_USAGE, "vocab_size: %" PRId64 " is less than the %" PRId64 " %s",
                   sc__train_size(o), n, what);
}

sc_status sc__train_specials(sc_vocab *v, const sc_tokenizer_options *o) {
    for (int i = 0; i < o->n_special; i++)
        SC_TRY(sc__vocab_add(v, o->special_tokens[i], strlen(o->special_tokens[i]), v->n,
                             "special_tokens"));
    return SC_OK;
}

static sc_status add_char(sc_vocab *v, uint32_t c) {
    char text[4];
    const size_t n = (size_t)sc__utf8_encode(text, c);
    if (sc__vocab_find(v, text, n) >= 0) return SC_OK; /* a special token */
    char terminated[5] = {0};
    memcpy(terminated, text, n);
    return sc__vocab_add(v, terminated, n, v->n, "the alphabet");
}

/* The 256 characters that spell bytes, in the order of their code points as the reference sorts
 * them. */
static sc_status add_alphabet(sc_vocab *v) {
    for (uint32_t c = 0; c < 0x100 + 68; c++)
        if (sc__char_to_byte(c) >= 0) SC_TRY(add_char(v, c));
    return SC_OK;
}

/* -- bpe ------------------------------------------------------------------------------------- */

static json_t *byte_level(bool use_regex) {
    return json_pack("{s:s, s:b, s:b, s:b}", "type", "ByteLevel", "add_prefix_space", 0,
                     "trim_offsets", 1, "use_regex", use_regex);
}

static json_t *bpe_splitter(const char *pattern) {
    if (!pattern || !strcmp(pattern, "gpt2")) return byte_level(true);
    const char *regex = strcmp(pattern, "llama3") ? pattern : sc__pattern_llama3;
    return json_pack("{s:s, s:[{s:s, s:{s:s}, s:s, s:b}, o]}", "type", "Sequence", "pretokenizers",
                     "type", "Split", "pattern", "Regex", regex, "behavior", "Isolated", "invert",
                     0, byte_level(false));
}

static sc_parts bpe_parts(const sc_tokenizer_options *o, json_t *model) {
    return (sc_parts){json_null(), bpe_splitter(o->pattern), json_null(), byte_level(true), model};
}

static sc_status learn_bpe(sc_learned *l, const sc_words *words, const sc_tokenizer_options *o) {
    uint32_t ids[256];
    const sc_symbols symbols = {ids, ids, false, ""};
    SC_TRY(sc__train_specials(&l->vocab, o));
    SC_TRY(add_alphabet(&l->vocab));
    SC_TRY(sc__train_room(o, l->vocab.n, "special tokens and bytes"));
    for (unsigned b = 0; b < 256; b++) {
        char c[4];
        const int n = sc__utf8_encode(c, sc__byte_to_char((uint8_t)b));
        ids[b] = 1 + (uint32_t)sc__vocab_find(&l->vocab, c, (size_t)n);
    }
    return sc__learn_merges(l, words, &symbols, o);
}

sc_status sc__train_bpe(json_t **out, const sc_tokenizer_options *o, sc_text_source *source,
                        void *user) {
    sc_words words;
    sc_learned l = {0};
    sc_status s = sc__train_words(&words, o, bpe_parts(o, NULL), source, user);
    if (s >= 0) s = learn_bpe(&l, &words, o);
    if (s >= 0) s = sc__train_document(out, o, bpe_parts(o, sc__train_bpe_model(&l, NULL, false)));
    sc__words_deinit(&words);
    sc__learned_deinit(&l);
    return s;
}

/* -- bytes ----------------------------------------------------------------------------------- */

/* Id = byte value; special tokens come behind. */
sc_status sc__train_bytes(json_t **out, const sc_tokenizer_options *o, sc_text_source *source,
                          void *user) {
    (void)source, (void)user;
    sc_learned l = {0};
    sc_status s = SC_OK;
    for (unsigned b = 0; b < 256 && s >= 0; b++)
        s = add_char(&l.vocab, sc__byte_to_char((uint8_t)b));
    json_t *added = NULL;
    if (s >= 0)
        s = sc__train_document(out, o,
                               (sc_parts){json_null(), byte_level(false), json_null(),
                                          byte_level(true), sc__train_bpe_model(&l, NULL, false)});
    if (s >= 0) added = json_object_get(*out, "added_tokens");
    for (size_t i = 0; i < json_array_size(added); i++)
        json_object_set_new(json_array_get(added, i), "id", json_integer((json_int_t)(256 + i)));
    sc__learned_deinit(&l);
    return s;
}

/* -- chars ----------------------------------------------------------------------------------- */

enum { UNKNOWN = 0xFFFD };

static void count_chars(int64_t *counts, const char *text, size_t n) {
    for (size_t i = 0; i < n;) {
        int len;
        counts[sc__utf8_decode(text + i, &len)]++;
        i += (size_t)len;
    }
}

static sc_status count_source(int64_t *counts, const sc_tokenizer_options *o,
                              sc_text_source *source, void *user) {
    sc_buffer repaired = SC_BUFFER_INIT;
    sc_status s;
    for (;;) {
        const char *text = NULL;
        size_t n = 0;
        s = source(user, &text, &n);
        if (s >= 0 && o->stop && *o->stop)
            s = SC_FAIL(SC_INTERRUPTED, "interrupted while counting characters");
        if (s < 0 || s == SC_DONE) break;
        sc__buffer_clear(&repaired);
        if (sc__utf8_valid_prefix(text, n) < n) {
            s = sc__utf8_repair(&repaired, text, n, NULL);
            if (s < 0) break;
            text = repaired.data;
            n = repaired.len;
        }
        count_chars(counts, text, n);
    }
    sc__buffer_deinit(&repaired);
    return s;
}

/* The count that a character needs so that no more than `room` of them have it. */
static int64_t threshold(const int64_t *counts, int64_t room, int64_t least) {
    for (int64_t t = SC_MAX(1, least);;) {
        int64_t n = 0, next = INT64_MAX;
        for (uint32_t c = 1; c < SC_CODE_POINTS; c++)
            if (c != UNKNOWN && counts[c] >= t) {
                n++;
                if (counts[c] < next) next = counts[c];
            }
        if (n <= room) return t;
        t = next + 1;
    }
}

/* U+FFFD stands for what the vocabulary lacks. The zero character is not among the tokens: the
 * JSON library does not read it in a key. */
static sc_status add_chars(sc_vocab *v, const int64_t *counts, const sc_tokenizer_options *o) {
    SC_TRY(sc__train_specials(v, o));
    SC_TRY(add_char(v, UNKNOWN));
    const int64_t limit = o->vocab_size ? o->vocab_size : SC_VOCAB_MAX;
    if (limit < v->n)
        return SC_FAIL(SC_USAGE, "vocab_size: %" PRId64 " is less than the special tokens", limit);
    const int64_t least = threshold(counts, limit - v->n, o->min_frequency);
    for (uint32_t c = 1; c < SC_CODE_POINTS; c++)
        if (counts[c] >= least) SC_TRY(add_char(v, c));
    return SC_OK;
}

sc_status sc__train_chars(json_t **out, const sc_tokenizer_options *o, sc_text_source *source,
                          void *user) {
    sc_learned l = {0};
    int64_t *counts = sc__calloc(SC_CODE_POINTS, sizeof *counts);
    if (!counts) return SC_FAIL(SC_NOMEM, "no memory to count characters");
    sc_status s = count_source(counts, o, source, user);
    if (s >= 0) s = add_chars(&l.vocab, counts, o);
    if (s >= 0)
        s = sc__train_document(out, o,
                               (sc_parts){json_null(), json_null(), json_null(),
                                          json_pack("{s:s}", "type", "Fuse"),
                                          sc__train_bpe_model(&l, "\xEF\xBF\xBD", false)});
    sc__free(counts);
    sc__learned_deinit(&l);
    return s;
}

/* -- files ----------------------------------------------------------------------------------- */

static sc_status next_document(void *user, const char **text, size_t *n) {
    sc_document d;
    const sc_status s = sc__documents_next(&d, user);
    SC_TRY(s);
    if (s == SC_DONE) return SC_DONE;
    *text = d.text;
    *n = d.n;
    return SC_OK;
}

sc_status sc_tokenizer_train_files(sc_tokenizer **out, const sc_tokenizer_options *o,
                                   const char *const *paths, int n_paths) {
    sc_documents *documents;
    *out = NULL;
    SC_TRY(sc__documents_open(&documents, paths, n_paths, NULL));
    const sc_status s = sc_tokenizer_train(out, o, next_document, documents);
    sc__documents_close(documents);
    return s;
}
