/* read_vocab.c - vocabularies of before tokenizer.json: BERT's vocab.txt, and vocab.json with
 * merges.txt as GPT-2, RoBERTa and CLIP have them. What the files do not say, tokenizer_config.json
 * beside them may (do_lower_case), else the vocabulary itself tells: one without capital letters is
 * of lower-cased text, one whose tokens end in "</w>" is CLIP's. */
#include "base/file.h"
#include "tokenizer/foreign.h"

#include <inttypes.h>

static const size_t max_file = (size_t)1 << 28;

/* "DIR/name" for a file "DIR/other". */
static char *beside(sc_arena *a, const char *path, const char *name) {
    const char *last = sc__path_name(path);
    char *dir = sc__arena_strndup(a, path, (size_t)(last - path));
    return !dir ? NULL : *dir ? sc__path_join(a, dir, name) : sc__arena_strdup(a, name);
}

static sc_status load_beside(json_t **out, const char *path, const char *name) {
    sc_arena a = SC_ARENA_INIT;
    const char *file = beside(&a, path, name);
    sc_status s = SC_OK;
    *out = NULL;
    if (!file)
        s = SC_FAIL(SC_NOMEM, "%s: no memory for a path", path);
    else if (sc__path_exists(file))
        s = sc__json_load(out, file);
    sc__arena_deinit(&a);
    return s;
}

/* -- vocab.txt ------------------------------------------------------------------------------- */

static bool is_special(const char *text, size_t n) {
    return n > 2 && text[0] == '[' && text[n - 1] == ']' && memchr("PUCSM", text[1], 5) &&
           text[2] >= 'A' && text[2] <= 'Z';
}

typedef struct {
    json_t *vocab;
    bool capitals;
    int64_t cls, sep;
} bert;

static sc_status add_line(sc_foreign *out, bert *b, const char *line, size_t n, const char *name) {
    const int64_t id = (int64_t)json_object_size(b->vocab);
    SC_TRY(sc__foreign_key(b->vocab, line, n, id, name));
    if (is_special(line, n)) {
        if (n == 5 && !memcmp(line, "[CLS]", 5)) b->cls = id;
        if (n == 5 && !memcmp(line, "[SEP]", 5)) b->sep = id;
        if (n == 5 && !memcmp(line, "[PAD]", 5)) out->pad = (int32_t)id;
        return sc__foreign_add(out, line, n, id, true);
    }
    for (size_t i = 0; i < n && line[0] != '['; i++)
        if (line[i] >= 'A' && line[i] <= 'Z') b->capitals = true;
    return SC_OK;
}

static sc_status add_lines(sc_foreign *out, bert *b, const sc_buffer *text, const char *name) {
    for (size_t at = 0, stop; at < text->len; at = stop + 1) {
        const char *end = memchr(text->data + at, '\n', text->len - at);
        stop = end ? (size_t)(end - text->data) : text->len;
        const bool carriage = stop > at && text->data[stop - 1] == '\r';
        SC_TRY(add_line(out, b, text->data + at, stop - at - carriage, name));
    }
    return SC_OK;
}

static json_t *bert_template(const bert *b) {
    return json_pack("{s:s, s:[s, I], s:[s, I]}", "type", "BertProcessing", "sep", "[SEP]",
                     (json_int_t)b->sep, "cls", "[CLS]", (json_int_t)b->cls);
}

static sc_status bert_parts(sc_foreign *out, const bert *b, bool lower, const char *name) {
    const bool unk = json_object_get(b->vocab, "[UNK]") != NULL;
    out->normalizer = json_pack("{s:s, s:b, s:b, s:n, s:b}", "type", "BertNormalizer", "clean_text",
                                1, "handle_chinese_chars", 1, "strip_accents", "lowercase", lower);
    out->pre_tokenizer = json_pack("{s:s}", "type", "BertPreTokenizer");
    if (b->cls >= 0 && b->sep >= 0) out->post_processor = bert_template(b);
    out->decoder = json_pack("{s:s, s:s, s:b}", "type", "WordPiece", "prefix", "##", "cleanup", 1);
    out->model = json_pack("{s:s, s:s?, s:s, s:i, s:O}", "type", "WordPiece", "unk_token",
                           unk ? "[UNK]" : NULL, "continuing_subword_prefix", "##",
                           "max_input_chars_per_word", 100, "vocab", b->vocab);
    if (!out->normalizer || !out->pre_tokenizer || !out->decoder || !out->model)
        return SC_FAIL(SC_NOMEM, "%s: no memory for JSON", name);
    return SC_OK;
}

static sc_status bert_read(sc_foreign *out, bert *b, const char *path) {
    sc_buffer text = SC_BUFFER_INIT;
    json_t *config = NULL;
    bool lower = false;
    sc_status s = sc__file_read(&text, path, max_file);
    if (s >= 0) s = add_lines(out, b, &text, path);
    if (s >= 0 && !json_object_size(b->vocab)) s = SC_FAIL(SC_FORMAT, "%s: no tokens", path);
    if (s >= 0) s = load_beside(&config, path, "tokenizer_config.json");
    if (s >= 0)
        s = sc__json_get_bool(&lower, config, "do_lower_case", !b->capitals,
                              "tokenizer_config.json");
    if (s >= 0) s = bert_parts(out, b, lower, path);
    json_decref(config);
    sc__buffer_deinit(&text);
    return s;
}

sc_status sc__read_vocab_txt(sc_foreign *out, const char *path, const char *pattern) {
    bert b = {json_object(), false, -1, -1};
    (void)pattern;
    const sc_status s = bert_read(out, &b, path);
    json_decref(b.vocab);
    return s;
}

/* -- vocab.json, merges.txt ------------------------------------------------------------------ */

static sc_status read_merges(json_t **out, const char *path) {
    sc_buffer text = SC_BUFFER_INIT;
    sc_status s = sc__file_read(&text, path, max_file);
    *out = json_array();
    for (size_t at = 0, stop; s >= 0 && at < text.len; at = stop + 1) {
        const char *end = memchr(text.data + at, '\n', text.len - at);
        stop = end ? (size_t)(end - text.data) : text.len;
        const size_t n = stop - at - (stop > at && text.data[stop - 1] == '\r');
        if (!n || (!at && n > 8 && !memcmp(text.data, "#version", 8))) continue;
        if (json_array_append_new(*out, json_stringn(text.data + at, n)))
            s = SC_FAIL(SC_FORMAT, "%s: byte %zu: not valid UTF-8", path, at);
    }
    sc__buffer_deinit(&text);
    return s;
}

/* "<|endoftext|>" and its like: tokens in angle brackets. */
static sc_status add_specials(sc_foreign *out, json_t *vocab) {
    const char *text;
    json_t *id;
    json_object_foreach(vocab, text, id) {
        const size_t n = strlen(text);
        if (n < 3 || text[0] != '<' || text[n - 1] != '>' || !strcmp(text, "</w>")) continue;
        const bool named = !strncmp(text, "<|", 2) || !strcmp(text, "<s>") ||
                           !strcmp(text, "</s>") || !strcmp(text, "<pad>") ||
                           !strcmp(text, "<unk>") || !strcmp(text, "<mask>");
        if (named) SC_TRY(sc__foreign_add(out, text, n, json_integer_value(id), true));
    }
    return SC_OK;
}

static bool ends_words(json_t *vocab) {
    const char *text;
    json_t *id;
    json_object_foreach(vocab, text, id) {
        const size_t n = strlen(text);
        if (n > 4 && !strcmp(text + n - 4, "</w>")) return true;
    }
    return false;
}

static json_t *split_clip(void) {
    return json_pack("{s:s, s:[{s:s, s:{s:s}, s:s, s:b}, {s:s, s:b, s:b, s:b}]}", "type",
                     "Sequence", "pretokenizers", "type", "Split", "pattern", "Regex",
                     sc__pattern_clip, "behavior", "Removed", "invert", 1, "type", "ByteLevel",
                     "add_prefix_space", 0, "trim_offsets", 1, "use_regex", 0);
}

static sc_status clip_parts(sc_foreign *out, const json_t *vocab, const char *name) {
    const json_t *bos = json_object_get(vocab, "<|startoftext|>");
    const json_t *eos = json_object_get(vocab, "<|endoftext|>");
    out->normalizer = json_pack("{s:s, s:[{s:s}, {s:s, s:{s:s}, s:s}, {s:s}]}", "type", "Sequence",
                                "normalizers", "type", "NFC", "type", "Replace", "pattern", "Regex",
                                "\\s+", "content", " ", "type", "Lowercase");
    out->pre_tokenizer = split_clip();
    out->decoder =
        json_pack("{s:s, s:[{s:s, s:b, s:b, s:b}, {s:s, s:{s:s}, s:s}]}", "type", "Sequence",
                  "decoders", "type", "ByteLevel", "add_prefix_space", 0, "trim_offsets", 1,
                  "use_regex", 1, "type", "Replace", "pattern", "String", "</w>", "content", " ");
    if (bos && eos)
        out->post_processor =
            json_pack("{s:s, s:[s, I], s:[s, I], s:b, s:b}", "type", "RobertaProcessing", "sep",
                      "<|endoftext|>", json_integer_value(eos), "cls", "<|startoftext|>",
                      json_integer_value(bos), "trim_offsets", 0, "add_prefix_space", 0);
    return out->normalizer && out->pre_tokenizer && out->decoder
               ? SC_OK
               : SC_FAIL(SC_NOMEM, "%s: no memory for JSON", name);
}

static int32_t id_of(const json_t *vocab, const char *a, const char *b) {
    const json_t *id = json_object_get(vocab, a);
    if (!id) id = json_object_get(vocab, b);
    return json_is_integer(id) && json_integer_value(id) < SC_VOCAB_MAX
               ? (int32_t)json_integer_value(id)
               : -1;
}

static sc_status gpt2_build(sc_foreign *out, json_t *vocab, json_t *merges, const char *pattern,
                            const char *name) {
    if (!json_is_object(vocab))
        return SC_FAIL(SC_FORMAT, "%s: must be an object of tokens and ids", name);
    const bool words = ends_words(vocab);
    SC_TRY(add_specials(out, vocab));
    SC_TRY(words ? clip_parts(out, vocab, name)
                 : sc__foreign_byte_level(
                       out, (const char *const[]){pattern ? pattern : "gpt2", NULL}, name));
    out->bos = id_of(vocab, words ? "<|startoftext|>" : "<s>", "<|endoftext|>");
    out->eos = id_of(vocab, words ? "<|endoftext|>" : "</s>", "<|endoftext|>");
    out->pad = id_of(vocab, "<pad>", "<pad>");
    const bool unk = words && json_object_get(vocab, "<|endoftext|>");
    out->model =
        json_pack("{s:s, s:n, s:s?, s:n, s:s?, s:b, s:b, s:b, s:O, s:O}", "type", "BPE", "dropout",
                  "unk_token", unk ? "<|endoftext|>" : NULL, "continuing_subword_prefix",
                  "end_of_word_suffix", words ? "</w>" : NULL, "fuse_unk", 0, "byte_fallback", 0,
                  "ignore_merges", 0, "vocab", vocab, "merges", merges);
    return out->model ? SC_OK : SC_FAIL(SC_NOMEM, "%s: no memory for JSON", name);
}

sc_status sc__read_vocab_json(sc_foreign *out, const char *path, const char *pattern) {
    sc_arena a = SC_ARENA_INIT;
    json_t *vocab = NULL, *merges = NULL;
    const char *vocab_path = beside(&a, path, "vocab.json");
    const char *merges_path = beside(&a, path, "merges.txt");
    sc_status s =
        vocab_path && merges_path ? SC_OK : SC_FAIL(SC_NOMEM, "%s: no memory for a path", path);
    if (s >= 0) s = sc__json_load(&vocab, vocab_path);
    if (s >= 0) s = read_merges(&merges, merges_path);
    if (s >= 0) s = gpt2_build(out, vocab, merges, pattern, vocab_path);
    json_decref(vocab);
    json_decref(merges);
    sc__arena_deinit(&a);
    return s;
}
