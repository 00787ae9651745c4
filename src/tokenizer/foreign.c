/* foreign.c - what readers share: added tokens, the parts of byte-level BPE, the whole file. */
#include "tokenizer/foreign.h"

#include <inttypes.h>

void sc__foreign_deinit(sc_foreign *f) {
    json_t *const parts[] = {f->added,          f->normalizer, f->pre_tokenizer,
                             f->post_processor, f->decoder,    f->model};
    for (int i = 0; i < SC_LEN(parts); i++) json_decref(parts[i]);
    sc__buffer_deinit(&f->chat_template);
    memset(f, 0, sizeof *f);
}

sc_status sc__foreign_add(sc_foreign *f, const char *text, size_t n, int64_t id, bool special) {
    if (!f->added) f->added = json_array();
    json_t *token =
        json_pack("{s:I, s:s%, s:b, s:b, s:b, s:b, s:b}", "id", (json_int_t)id, "content", text, n,
                  "single_word", 0, "lstrip", 0, "rstrip", 0, "normalized", 0, "special", special);
    if (!token) return SC_FAIL(SC_FORMAT, "token %" PRId64 ": not valid UTF-8", id);
    return json_array_append_new(f->added, token) ? SC_FAIL(SC_NOMEM, "no memory for tokens")
                                                  : SC_OK;
}

/* The JSON library keeps keys as strings of C. */
sc_status sc__foreign_key(json_t *vocab, const char *text, size_t n, int64_t id, const char *name) {
    if (n && memchr(text, 0, n))
        return SC_FAIL(SC_FORMAT, "%s: token %" PRId64 ": a zero byte is not supported", name, id);
    if (json_object_getn(vocab, text, n))
        return SC_FAIL(SC_FORMAT, "%s: token %" PRId64 ": \"%.*s\" is there twice", name, id,
                       (int)SC_MIN(n, 100), text);
    if (json_object_setn_new(vocab, text, n, json_integer(id)))
        return SC_FAIL(SC_FORMAT, "%s: token %" PRId64 ": not valid UTF-8", name, id);
    return SC_OK;
}

static void set(json_t *root, const char *key, json_t *part) {
    json_object_set_new(root, key, part ? json_incref(part) : json_null());
}

sc_status sc__foreign_print(sc_buffer *out, const sc_foreign *f, const char *name) {
    json_t *root = json_object();
    json_object_set_new(root, "version", json_string("1.0"));
    set(root, "truncation", NULL);
    set(root, "padding", NULL);
    json_object_set_new(root, "added_tokens", f->added ? json_incref(f->added) : json_array());
    set(root, "normalizer", f->normalizer);
    set(root, "pre_tokenizer", f->pre_tokenizer);
    set(root, "post_processor", f->post_processor);
    set(root, "decoder", f->decoder);
    json_object_set_new(root, "model", json_incref(f->model));
    const bool whole = root && json_object_get(root, "model") && json_object_get(root, "decoder");
    if (whole) sc__json_print_lines(out, root);
    sc__buffer_putc(out, '\n');
    json_decref(root);
    return whole ? out->status : SC_FAIL(SC_NOMEM, "%s: no memory for JSON", name);
}

/* -- byte-level BPE -------------------------------------------------------------------------- */

static json_t *byte_level(bool use_regex) {
    return json_pack("{s:s, s:b, s:b, s:b}", "type", "ByteLevel", "add_prefix_space", 0,
                     "trim_offsets", 1, "use_regex", use_regex);
}

sc_status sc__foreign_byte_level(sc_foreign *f, const char *const *list, const char *name) {
    json_t *steps = json_array();
    f->decoder = byte_level(true);
    if (!list[1] && !strcmp(sc__pattern_named(list[0]), sc__pattern_gpt2)) {
        json_decref(steps);
        f->pre_tokenizer = byte_level(true);
    } else {
        for (int i = 0; list[i]; i++)
            json_array_append_new(steps, json_pack("{s:s, s:{s:s}, s:s, s:b}", "type", "Split",
                                                   "pattern", "Regex", sc__pattern_named(list[i]),
                                                   "behavior", "Isolated", "invert", 0));
        json_array_append_new(steps, byte_level(false));
        f->pre_tokenizer = json_pack("{s:s, s:o}", "type", "Sequence", "pretokenizers", steps);
    }
    if (!f->pre_tokenizer || !f->decoder)
        return SC_FAIL(SC_FORMAT, "%s: pattern: not valid UTF-8", name);
    return SC_OK;
}
