/* foreign.c - what readers share: added tokens, the parts of byte-level BPE, the whole file. */
#include "tokenizer/foreign.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

/* -- tokens that were added later ------------------------------------------------------------- */

static int64_t id_of(const json_t *token) {
    return json_integer_value(json_object_get(token, "id"));
}

static const char *content_of(const json_t *token) {
    return json_string_value(json_object_get(token, "content"));
}

/* Takes `token`. One that the vocabulary told already keeps what it is; the rest is added to it. */
static sc_status put_added(sc_foreign *f, json_t *token) {
    json_t *known = NULL;
    if (!f->added) f->added = json_array();
    for (size_t i = 0; !known && i < json_array_size(f->added); i++)
        if (!strcmp(content_of(json_array_get(f->added, i)), content_of(token)))
            known = json_array_get(f->added, i);
    if (!known)
        return json_array_append_new(f->added, token) ? SC_FAIL(SC_NOMEM, "no memory for tokens")
                                                      : SC_OK;
    json_object_del(token, "normalized");
    const int error = json_object_update(known, token);
    json_decref(token);
    return error ? SC_FAIL(SC_NOMEM, "no memory for tokens") : SC_OK;
}

/* "added_tokens_decoder": {"32000": {"content": "<|im_end|>", "lstrip": false, ...}} */
static sc_status adopt_decoder(sc_foreign *f, const json_t *config, const char *name) {
    json_t *list = json_object_get(config, "added_tokens_decoder"), *value;
    const char *id;
    json_object_foreach(list, id, value) {
        json_t *token = json_is_object(value) ? json_copy(value) : NULL;
        if (!content_of(token) || strspn(id, "0123456789") != strlen(id) || strlen(id) > 9) {
            json_decref(token);
            return SC_FAIL(SC_FORMAT,
                           "%s: tokenizer_config.json: added_tokens_decoder: \"%.20s\" must be an "
                           "id and its token",
                           name, id);
        }
        if (json_object_set_new(token, "id", json_integer(strtoll(id, NULL, 10)))) {
            json_decref(token);
            return SC_FAIL(SC_NOMEM, "%s: no memory for tokens", name);
        }
        SC_TRY(put_added(f, token));
    }
    return SC_OK;
}

static bool names(const json_t *value, const char *text) {
    const json_t *content = json_is_object(value) ? json_object_get(value, "content") : value;
    for (size_t i = 0; i < json_array_size(value); i++)
        if (names(json_array_get(value, i), text)) return true;
    return json_is_string(content) && !strcmp(json_string_value(content), text);
}

/* Is it some "..._token", or among the "additional_special_tokens"? */
static bool is_named(const json_t *config, const char *text) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)config, key, value) {
        if (strstr(key, "_token") && names(value, text)) return true;
    }
    return false;
}

/* {"<|im_end|>": 32000}, of before there was an added_tokens_decoder. */
static sc_status adopt_list(sc_foreign *f, const sc_beside *b, const char *name) {
    const char *text;
    json_t *id;
    json_object_foreach((json_t *)(uintptr_t)b->added, text, id) {
        const bool special = is_named(b->config, text) || is_named(b->map, text);
        if (!json_is_integer(id))
            return SC_FAIL(SC_FORMAT, "%s: added_tokens.json: \"%.40s\" has no id", name, text);
        json_t *token = json_pack("{s:I, s:s, s:b, s:b}", "id", json_integer_value(id), "content",
                                  text, "normalized", !special, "special", special);
        if (!token) return SC_FAIL(SC_NOMEM, "%s: no memory for tokens", name);
        SC_TRY(put_added(f, token));
    }
    return SC_OK;
}

static int by_id(const void *a, const void *b) {
    const int64_t x = id_of(*(json_t *const *)a), y = id_of(*(json_t *const *)b);
    return (x > y) - (x < y);
}

/* The reference numbers added tokens in the order of the list. */
static sc_status sort_added(sc_foreign *f, const char *name) {
    const size_t n = json_array_size(f->added);
    json_t **all = sc__calloc(n + 1, sizeof *all), *sorted = json_array();
    for (size_t i = 0; all && i < n; i++) all[i] = json_array_get(f->added, i);
    if (all) qsort(all, n, sizeof *all, by_id);
    bool whole = all && sorted;
    for (size_t i = 0; whole && i < n; i++) whole = !json_array_append(sorted, all[i]);
    sc__free(all);
    json_decref(f->added);
    f->added = sorted;
    return whole ? SC_OK : SC_FAIL(SC_NOMEM, "%s: no memory for tokens", name);
}

/* "bos_token": "</s>" or {"content": "</s>", ...} counts before what the vocabulary says. */
static void adopt_named(int32_t *id, const sc_foreign *f, const json_t *config, const char *key) {
    const json_t *v = json_object_get(config, key), *token;
    const char *text = json_string_value(json_is_object(v) ? json_object_get(v, "content") : v);
    size_t i;
    json_array_foreach(f->added, i, token) {
        if (text && !strcmp(content_of(token), text)) *id = (int32_t)id_of(token);
    }
}

sc_status sc__foreign_adopt(sc_foreign *f, const sc_beside *b, const char *name) {
    bool bos, eos;
    SC_TRY(adopt_list(f, b, name));
    SC_TRY(adopt_decoder(f, b->config, name));
    if (f->added) SC_TRY(sort_added(f, name));
    adopt_named(&f->bos, f, b->map, "bos_token");
    adopt_named(&f->eos, f, b->map, "eos_token");
    adopt_named(&f->bos, f, b->config, "bos_token");
    adopt_named(&f->eos, f, b->config, "eos_token");
    SC_TRY(sc__json_get_bool(&bos, b->config, "add_bos_token", false, "tokenizer_config.json"));
    SC_TRY(sc__json_get_bool(&eos, b->config, "add_eos_token", false, "tokenizer_config.json"));
    return sc__foreign_frame(f, bos, eos, name);
}

/* -- what stands around a text --------------------------------------------------------------- */

static const char *spelling(const sc_foreign *f, int32_t id) {
    for (size_t i = 0; id >= 0 && i < json_array_size(f->added); i++)
        if (id_of(json_array_get(f->added, i)) == id)
            return content_of(json_array_get(f->added, i));
    return NULL;
}

static int push(json_t *list, const char *what, const char *id, int type) {
    return json_array_append_new(list,
                                 json_pack("{s:{s:s, s:i}}", what, "id", id, "type_id", type));
}

/* bos A eos, and bos A eos bos B eos. NULL without memory. */
static json_t *framed(const char *bos, const char *eos, bool pair) {
    json_t *list = json_array();
    int errors = 0;
    for (int i = 0; i <= pair; i++) {
        if (bos) errors |= push(list, "SpecialToken", bos, i);
        errors |= push(list, "Sequence", i ? "B" : "A", i);
        if (eos) errors |= push(list, "SpecialToken", eos, i);
    }
    if (!errors) return list;
    json_decref(list);
    return NULL;
}

static int name_special(json_t *all, const char *token, int32_t id) {
    return token ? json_object_set_new(
                       all, token,
                       json_pack("{s:s, s:[i], s:[s]}", "id", token, "ids", id, "tokens", token))
                 : 0;
}

sc_status sc__foreign_frame(sc_foreign *f, bool with_bos, bool with_eos, const char *name) {
    const char *bos = with_bos ? spelling(f, f->bos) : NULL;
    const char *eos = with_eos ? spelling(f, f->eos) : NULL;
    if (f->post_processor || (!bos && !eos)) return SC_OK;
    json_t *special = json_object();
    const int errors = name_special(special, bos, f->bos) | name_special(special, eos, f->eos);
    f->post_processor = json_pack("{s:s, s:o, s:o, s:o}", "type", "TemplateProcessing", "single",
                                  framed(bos, eos, false), "pair", framed(bos, eos, true),
                                  "special_tokens", special);
    return f->post_processor && !errors ? SC_OK : SC_FAIL(SC_NOMEM, "%s: no memory for JSON", name);
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
