/* read_gguf.c - vocabularies of GGUF files (ggml's docs/gguf.md, tokenizer.ggml.*): "gpt2" is
 * byte-level BPE, whose pattern tokenizer.ggml.pre names; "llama" and "t5" are sentencepiece's BPE
 * and unigram; "bert" is WordPiece with the marks of word parts turned round. */
#include "format/gguf.h"
#include "tokenizer/foreign.h"

#include <inttypes.h>

#define MARK "\xE2\x96\x81" /* U+2581 */

typedef struct {
    const sc_gguf *g;
    const sc_gguf_value *tokens, *scores, *types, *merges;
    int64_t unk, bos, eos, pad;
} source;

static sc_status lengths(const source *s, const sc_gguf_value *v, const char *what) {
    if (!v || v->n == s->tokens->n) return SC_OK;
    return SC_FAIL(SC_FORMAT, "%s: tokenizer.ggml.%s: %" PRIu64 " for %" PRIu64 " tokens",
                   s->g->name, what, v->n, s->tokens->n);
}

static sc_status get_id(int64_t *out, const source *s, const char *key) {
    SC_TRY(sc__gguf_get_int(out, s->g, key, -1));
    if (*out == UINT32_MAX) *out = -1; /* how some writers say: none */
    if (*out < (int64_t)s->tokens->n) return SC_OK;
    return SC_FAIL(SC_FORMAT, "%s: %s: %" PRId64 " is not a token", s->g->name, key, *out);
}

static sc_status check_types(const source *s) {
    for (uint64_t i = 0; s->types && i < s->types->n; i++) {
        const double type = sc__gguf_item(s->types, i);
        if (type < SC_SPM_NORMAL || type > SC_SPM_BYTE)
            return SC_FAIL(SC_FORMAT, "%s: token %" PRIu64 ": type %.0f is not known", s->g->name,
                           i, type);
    }
    return SC_OK;
}

static sc_status collect(source *s) {
    const sc_gguf *g = s->g;
    SC_TRY(sc__gguf_get_array(&s->tokens, g, "tokenizer.ggml.tokens", SC_GGUF_STRING));
    SC_TRY(sc__gguf_get_array(&s->scores, g, "tokenizer.ggml.scores", SC_GGUF_F32));
    SC_TRY(sc__gguf_get_array(&s->types, g, "tokenizer.ggml.token_type", SC_GGUF_I32));
    SC_TRY(sc__gguf_get_array(&s->merges, g, "tokenizer.ggml.merges", SC_GGUF_STRING));
    if (!s->tokens || s->tokens->n > SC_VOCAB_MAX)
        return SC_FAIL(SC_FORMAT, "%s: tokenizer.ggml.tokens: missing or too many", g->name);
    SC_TRY(lengths(s, s->scores, "scores"));
    SC_TRY(lengths(s, s->types, "token_type"));
    SC_TRY(check_types(s));
    SC_TRY(get_id(&s->unk, s, "tokenizer.ggml.unknown_token_id"));
    SC_TRY(get_id(&s->bos, s, "tokenizer.ggml.bos_token_id"));
    SC_TRY(get_id(&s->eos, s, "tokenizer.ggml.eos_token_id"));
    return get_id(&s->pad, s, "tokenizer.ggml.padding_token_id");
}

static sc_spm_type type_of(const source *s, uint64_t i) {
    return s->types ? (sc_spm_type)sc__gguf_item(s->types, i) : SC_SPM_NORMAL;
}

/* -- sentencepiece --------------------------------------------------------------------------- */

static sc_status fill_pieces(const source *s, sc_spm *m) {
    const unsigned char *at = s->tokens->at;
    for (uint64_t i = 0; i < s->tokens->n; i++) {
        const sc_gguf_string text = sc__gguf_next_string(&at);
        m->pieces[i] = (sc_spm_piece){
            text.text, text.n, s->scores ? sc__gguf_item(s->scores, i) : 0, type_of(s, i), false};
        if (m->pieces[i].type == SC_SPM_UNKNOWN && m->unk < 0) m->unk = (int64_t)i;
    }
    return SC_OK;
}

static sc_status read_pieces(sc_foreign *out, const source *s, bool bpe) {
    const sc_gguf_value *map;
    sc_spm m = {.n = (int64_t)s->tokens->n, .bpe = bpe, .unk = s->unk, .bos = s->bos};
    m.eos = s->eos;
    m.pad = s->pad;
    m.name = s->g->name;
    SC_TRY(sc__gguf_get_bool(&m.prefix, s->g, "tokenizer.ggml.add_space_prefix", true));
    SC_TRY(sc__gguf_get_bool(&m.squeeze, s->g, "tokenizer.ggml.remove_extra_whitespaces", !bpe));
    SC_TRY(sc__gguf_get_array(&map, s->g, "tokenizer.ggml.precompiled_charsmap", SC_GGUF_U8));
    if (map) m.charsmap = (const char *)map->at, m.n_charsmap = (size_t)map->n;
    m.pieces = sc__calloc(s->tokens->n + 1, sizeof *m.pieces);
    if (!m.pieces) return SC_FAIL(SC_NOMEM, "%s: no memory for a vocabulary", m.name);
    sc_status status = fill_pieces(s, &m);
    if (status >= 0) status = sc__spm_build(out, &m);
    sc__free(m.pieces);
    return status;
}

/* -- BERT ------------------------------------------------------------------------------------ */

/* A line for each token: the mark of a word's beginning goes, the other parts of words get "##". */
static void as_line(sc_buffer *out, sc_gguf_string k, bool whole) {
    if (!whole && k.n >= 3 && !memcmp(k.text, MARK, 3)) {
        k.text += 3;
        k.n -= 3;
    } else if (!whole) {
        sc__buffer_puts(out, "##");
    }
    sc__buffer_append(out, k.text, k.n);
}

static sc_status add_bert_token(sc_foreign *out, json_t *vocab, sc_buffer *line, const source *s,
                                uint64_t i) {
    const sc_spm_type type = type_of(s, i);
    const bool special = type == SC_SPM_CONTROL || type == SC_SPM_UNKNOWN;
    SC_TRY(line->status);
    SC_TRY(sc__foreign_key(vocab, line->data, line->len, (int64_t)i, s->g->name));
    return special ? sc__foreign_add(out, line->data, line->len, (int64_t)i, true) : SC_OK;
}

static sc_status fill_bert(sc_foreign *out, json_t *vocab, const source *s) {
    const unsigned char *at = s->tokens->at;
    sc_buffer line = SC_BUFFER_INIT;
    sc_status status = SC_OK;
    for (uint64_t i = 0; i < s->tokens->n && status >= 0; i++) {
        const sc_gguf_string text = sc__gguf_next_string(&at);
        const sc_spm_type type = type_of(s, i);
        sc__buffer_clear(&line);
        /* "[unused0]" and its like are spelled as they are */
        as_line(&line, text,
                type != SC_SPM_NORMAL ||
                    (text.n > 2 && *text.text == '[' && text.text[text.n - 1] == ']'));
        status = add_bert_token(out, vocab, &line, s, i);
    }
    sc__buffer_deinit(&line);
    return status;
}

static sc_status token_at(json_t *vocab, int64_t id, const char **text) {
    json_t *value;
    json_object_foreach(vocab, *text, value) if (json_integer_value(value) == id) return SC_OK;
    return *text = NULL, SC_OK;
}

static sc_status read_bert(sc_foreign *out, const source *s) {
    json_t *vocab = json_object();
    const char *unk = NULL, *cls = NULL, *sep = NULL;
    int64_t cls_id, sep_id;
    sc_status status = fill_bert(out, vocab, s);
    if (status >= 0) status = get_id(&cls_id, s, "tokenizer.ggml.cls_token_id");
    if (status >= 0) status = get_id(&sep_id, s, "tokenizer.ggml.seperator_token_id");
    if (status >= 0) status = token_at(vocab, s->unk, &unk);
    if (status >= 0) status = token_at(vocab, cls_id >= 0 ? cls_id : s->bos, &cls);
    if (status >= 0) status = token_at(vocab, sep_id >= 0 ? sep_id : s->eos, &sep);
    if (status >= 0) {
        if (!unk && json_object_get(vocab, "[UNK]")) unk = "[UNK]";
        if (cls && sep)
            out->post_processor =
                json_pack("{s:s, s:[s, O], s:[s, O]}", "type", "BertProcessing", "sep", sep,
                          json_object_get(vocab, sep), "cls", cls, json_object_get(vocab, cls));
        out->normalizer =
            json_pack("{s:s, s:b, s:b, s:n, s:b}", "type", "BertNormalizer", "clean_text", 1,
                      "handle_chinese_chars", 1, "strip_accents", "lowercase", 1);
        out->pre_tokenizer = json_pack("{s:s}", "type", "BertPreTokenizer");
        out->decoder =
            json_pack("{s:s, s:s, s:b}", "type", "WordPiece", "prefix", "##", "cleanup", 1);
        out->model = json_pack("{s:s, s:s?, s:s, s:i, s:O}", "type", "WordPiece", "unk_token", unk,
                               "continuing_subword_prefix", "##", "max_input_chars_per_word", 100,
                               "vocab", vocab);
        if (!out->model) status = SC_FAIL(SC_NOMEM, "%s: no memory for JSON", s->g->name);
    }
    json_decref(vocab);
    return status;
}

/* -- byte-level BPE -------------------------------------------------------------------------- */

static const struct {
    const char *name;
    bool whole;
    const char *patterns[7]; /* NULL behind the last */
} pres[] = {
#define PRE(name, whole, ...) {name, whole, {__VA_ARGS__}},
#include "tokenizer/ggml_pre.def"
#undef PRE
};

static sc_status find_pre(int *out, const source *s) {
    sc_gguf_string pre;
    SC_TRY(sc__gguf_get_string(&pre, s->g, "tokenizer.ggml.pre", NULL));
    for (*out = 0; pre.text && *out < SC_LEN(pres); ++*out)
        if (strlen(pres[*out].name) == pre.n && !memcmp(pres[*out].name, pre.text, pre.n))
            return SC_OK;
    return SC_FAIL(SC_FORMAT,
                   "%s: tokenizer.ggml.pre: \"%.*s\" is not known, so its split pattern is not",
                   s->g->name, (int)SC_MIN(pre.n, 100), pre.text ? pre.text : "");
}

static sc_status fill_bpe(sc_foreign *out, json_t *vocab, json_t *merges, const source *s) {
    const unsigned char *at = s->tokens->at;
    for (uint64_t i = 0; i < s->tokens->n; i++) {
        const sc_gguf_string k = sc__gguf_next_string(&at);
        const sc_spm_type type = type_of(s, i);
        SC_TRY(sc__foreign_key(vocab, k.text, k.n, (int64_t)i, s->g->name));
        if (type == SC_SPM_CONTROL || type == SC_SPM_USER || type == SC_SPM_UNKNOWN)
            SC_TRY(sc__foreign_add(out, k.text, k.n, (int64_t)i, type != SC_SPM_USER));
    }
    if (!s->merges) return SC_FAIL(SC_FORMAT, "%s: tokenizer.ggml.merges: missing", s->g->name);
    at = s->merges->at;
    for (uint64_t i = 0; i < s->merges->n; i++) {
        const sc_gguf_string k = sc__gguf_next_string(&at);
        if (json_array_append_new(merges, json_stringn(k.text, k.n)))
            return SC_FAIL(SC_FORMAT, "%s: merge %" PRIu64 ": not valid UTF-8", s->g->name, i);
    }
    return SC_OK;
}

static sc_status read_bpe(sc_foreign *out, const source *s) {
    json_t *vocab = json_object(), *merges = json_array();
    int pre;
    sc_status status = find_pre(&pre, s);
    if (status >= 0) status = fill_bpe(out, vocab, merges, s);
    if (status >= 0) status = sc__foreign_byte_level(out, pres[pre].patterns, s->g->name);
    if (status >= 0) {
        out->model = json_pack("{s:s, s:n, s:n, s:n, s:n, s:b, s:b, s:b, s:O, s:O}", "type", "BPE",
                               "dropout", "unk_token", "continuing_subword_prefix",
                               "end_of_word_suffix", "fuse_unk", 0, "byte_fallback", 0,
                               "ignore_merges", pres[pre].whole, "vocab", vocab, "merges", merges);
        if (!out->model) status = SC_FAIL(SC_NOMEM, "%s: no memory for JSON", s->g->name);
    }
    json_decref(vocab);
    json_decref(merges);
    return status;
}

/* -------------------------------------------------------------------------------------------- */

typedef enum { GPT2, BERT, LLAMA, T5, N_KINDS } gguf_kind;

static gguf_kind kind_of(sc_gguf_string model) {
    static const char *const kinds[N_KINDS] = {"gpt2", "bert", "llama", "t5"};
    int kind = 0;
    while (kind < N_KINDS &&
           (model.n != strlen(kinds[kind]) || memcmp(model.text, kinds[kind], model.n)))
        kind++;
    return (gguf_kind)kind;
}

static sc_status read_kind(sc_foreign *out, const source *s, sc_gguf_string model) {
    const gguf_kind kind = kind_of(model);
    if (kind == GPT2) return read_bpe(out, s);
    if (kind == BERT) return read_bert(out, s);
    if (kind < N_KINDS) return read_pieces(out, s, kind == LLAMA);
    return SC_FAIL(SC_FORMAT, "%s: tokenizer.ggml.model: \"%.*s\" is not supported", s->g->name,
                   (int)SC_MIN(model.n, 100), model.text);
}

sc_status sc__gguf_vocabulary(sc_foreign *out, const sc_gguf *g) {
    source s = {.g = g};
    sc_gguf_string model, chat;
    bool add_bos, add_eos;
    SC_TRY(collect(&s));
    SC_TRY(sc__gguf_get_string(&model, g, "tokenizer.ggml.model", ""));
    SC_TRY(sc__gguf_get_string(&chat, g, "tokenizer.chat_template", ""));
    /* what ggml takes where the file does not say */
    const gguf_kind kind = kind_of(model);
    SC_TRY(sc__gguf_get_bool(&add_bos, g, "tokenizer.ggml.add_bos_token", kind == LLAMA));
    SC_TRY(sc__gguf_get_bool(&add_eos, g, "tokenizer.ggml.add_eos_token", kind == T5));
    out->bos = (int32_t)s.bos;
    out->eos = (int32_t)s.eos;
    out->pad = (int32_t)s.pad;
    sc__buffer_append(&out->chat_template, chat.text, chat.n);
    SC_TRY(out->chat_template.status);
    SC_TRY(read_kind(out, &s, model));
    return sc__foreign_frame(out, add_bos, add_eos, g->name);
}

sc_status sc__read_gguf(sc_foreign *out, const char *path, const char *pattern) {
    sc_gguf g;
    (void)pattern;
    SC_TRY(sc__gguf_open(&g, path));
    const sc_status s = sc__gguf_vocabulary(out, &g);
    sc__gguf_close(&g);
    return s;
}
