/* train.c - the kinds of tokenizers.def: each learns what it needs and writes a tokenizer.json,
 * which is then loaded like any other. */
#include "base/utf8.h"
#include "format/documents.h"
#include "tokenizer/merges.h"

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

static json_t *byte_level(bool use_regex) {
    return json_pack("{s:s, s:b, s:b, s:b}", "type", "ByteLevel", "add_prefix_space", 0,
                     "trim_offsets", 1, "use_regex", use_regex);
}

static json_t *pre_tokenizer(const char *pattern) {
    if (!pattern || !strcmp(pattern, "gpt2")) return byte_level(true);
    const char *regex = strcmp(pattern, "llama3") ? pattern : sc__pattern_llama3;
    return json_pack("{s:s, s:[{s:s, s:{s:s}, s:s, s:b}, o]}", "type", "Sequence", "pretokenizers",
                     "type", "Split", "pattern", "Regex", regex, "behavior", "Isolated", "invert",
                     0, byte_level(false));
}

/* The whole file; steals its parts. A part that could not be made shows as a failure here. */
static sc_status document(json_t **out, const sc_tokenizer_options *o, json_t *pre, json_t *decoder,
                          json_t *model) {
    json_t *added = added_tokens(o);
    if (!pre || !decoder || !model || !added) {
        json_decref(pre), json_decref(decoder), json_decref(model), json_decref(added);
        return SC_FAIL(SC_FORMAT, "special_tokens or pattern: not valid UTF-8");
    }
    *out = json_pack("{s:s, s:n, s:n, s:o, s:n, s:o, s:n, s:o, s:o}", "version", "1.0",
                     "truncation", "padding", "added_tokens", added, "normalizer", "pre_tokenizer",
                     pre, "post_processor", "decoder", decoder, "model", model);
    return *out ? SC_OK : SC_FAIL(SC_NOMEM, "no memory for the trained tokenizer");
}

static json_t *vocab_object(const sc_vocab *v) {
    json_t *vocab = json_object();
    for (int64_t id = 0; id < v->n; id++)
        json_object_set_new(vocab, v->tokens[id].text, json_integer(id));
    return vocab;
}

/* "a b": the older spelling, which every version reads; no token of the alphabet has a space. */
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

static json_t *bpe_model(const sc_learned *l, const char *unk) {
    return json_pack("{s:s, s:n, s:s?, s:n, s:n, s:b, s:b, s:b, s:o, s:o}", "type", "BPE",
                     "dropout", "unk_token", unk, "continuing_subword_prefix", "end_of_word_suffix",
                     "fuse_unk", 0, "byte_fallback", 0, "ignore_merges", 0, "vocab",
                     vocab_object(&l->vocab), "merges", merge_list(l));
}

/* -- vocabularies ---------------------------------------------------------------------------- */

static sc_status add_specials(sc_vocab *v, const sc_tokenizer_options *o) {
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

static sc_status skeleton(sc_tokenizer **out, const sc_tokenizer_options *o) {
    const sc_learned empty = {0};
    const sc_tokenizer_options plain = {0};
    json_t *root = NULL;
    sc_buffer text = SC_BUFFER_INIT;
    json_t *decoder = byte_level(true);
    sc_status s =
        document(&root, &plain, pre_tokenizer(o->pattern), decoder, bpe_model(&empty, NULL));
    if (s >= 0) sc__json_print(&text, root);
    if (s >= 0) s = text.status;
    if (s >= 0) s = sc_tokenizer_parse(out, text.data, text.len, "pattern");
    sc__buffer_deinit(&text);
    json_decref(root);
    return s;
}

static sc_status learn(sc_learned *l, const sc_tokenizer *t, const sc_tokenizer_options *o,
                       sc_text_source *source, void *user) {
    sc_words words;
    sc_status s = sc__words_count(&words, t, o, source, user);
    if (s >= 0) s = add_specials(&l->vocab, o);
    if (s >= 0) s = add_alphabet(&l->vocab);
    if (s >= 0 && o->vocab_size && o->vocab_size < l->vocab.n)
        s = SC_FAIL(SC_USAGE,
                    "vocab_size: %" PRId64 " is less than the %" PRId64 " special tokens and bytes",
                    o->vocab_size, l->vocab.n);
    if (s >= 0) s = sc__learn_merges(l, &words, o);
    sc__words_deinit(&words);
    return s;
}

sc_status sc__train_bpe(json_t **out, const sc_tokenizer_options *o, sc_text_source *source,
                        void *user) {
    sc_tokenizer *t;
    sc_learned l = {0};
    SC_TRY(skeleton(&t, o));
    sc_status s = learn(&l, t, o, source, user);
    if (s >= 0)
        s = document(out, o, pre_tokenizer(o->pattern), byte_level(true), bpe_model(&l, NULL));
    sc_tokenizer_close(t);
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
    if (s >= 0) s = document(out, o, byte_level(false), byte_level(true), bpe_model(&l, NULL));
    if (s >= 0) added = json_object_get(*out, "added_tokens");
    for (size_t i = 0; i < json_array_size(added); i++)
        json_object_set_new(json_array_get(added, i), "id", json_integer((json_int_t)(256 + i)));
    sc__learned_deinit(&l);
    return s;
}

/* -- chars ----------------------------------------------------------------------------------- */

enum { N_CODE_POINTS = 0x110000, UNKNOWN = 0xFFFD };

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
        for (uint32_t c = 1; c < N_CODE_POINTS; c++)
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
    SC_TRY(add_specials(v, o));
    SC_TRY(add_char(v, UNKNOWN));
    const int64_t limit = o->vocab_size ? o->vocab_size : SC_VOCAB_MAX;
    if (limit < v->n)
        return SC_FAIL(SC_USAGE, "vocab_size: %" PRId64 " is less than the special tokens", limit);
    const int64_t least = threshold(counts, limit - v->n, o->min_frequency);
    for (uint32_t c = 1; c < N_CODE_POINTS; c++)
        if (counts[c] >= least) SC_TRY(add_char(v, c));
    return SC_OK;
}

sc_status sc__train_chars(json_t **out, const sc_tokenizer_options *o, sc_text_source *source,
                          void *user) {
    sc_learned l = {0};
    int64_t *counts = sc__calloc(N_CODE_POINTS, sizeof *counts);
    if (!counts) return SC_FAIL(SC_NOMEM, "no memory to count characters");
    sc_status s = count_source(counts, o, source, user);
    if (s >= 0) s = add_chars(&l.vocab, counts, o);
    if (s >= 0)
        s = document(out, o, json_null(), json_pack("{s:s}", "type", "Fuse"),
                     bpe_model(&l, "\xEF\xBF\xBD"));
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
