/* parse.c - tokenizer.json into the parts of a tokenizer. Every field is either run or refused by
 * name: one that were passed over would give other ids than the file's maker saw. (Truncation and
 * padding belong to batches of a caller and are not run; transformers resets them too.) */
#include "base/utf8.h"
#include "tokenizer/tokenizer.h"

#include <inttypes.h>
#include <string.h>
#include <utf8proc.h>

/* A part's "type"; NULL part: "". */
static sc_status type_of(const char **out, const json_t *part, const char *field,
                         const char *name) {
    *out = "";
    if (!part || json_is_null(part)) return SC_OK;
    *out = json_string_value(json_object_get(part, "type"));
    if (!*out) return SC_FAIL(SC_FORMAT, "%s: %s.type: must be a string", name, field);
    return SC_OK;
}

static sc_status unsupported(const char *name, const char *field, const char *type) {
    return SC_FAIL(SC_FORMAT, "%s: %s.type: \"%s\" is not supported", name, field, type);
}

/* The members of a Sequence are visited one by one. */
typedef sc_status part_fn(sc_tokenizer *t, const json_t *part, const char *name);

static sc_status each(sc_tokenizer *t, const json_t *list, part_fn *fn, const char *field,
                      const char *name) {
    if (!json_is_array(list)) return SC_FAIL(SC_FORMAT, "%s: %s: must be an array", name, field);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *type;
        SC_TRY(type_of(&type, json_array_get(list, i), field, name));
        if (!strcmp(type, "Sequence"))
            return SC_FAIL(SC_FORMAT, "%s: %s: a Sequence within a Sequence is not supported", name,
                           field);
        SC_TRY(fn(t, json_array_get(list, i), name));
    }
    return SC_OK;
}

/* -- normalizer ------------------------------------------------------------------------------ */

static const struct {
    const char *type;
    int options;
} forms[] = {
    {"NFC", UTF8PROC_STABLE | UTF8PROC_COMPOSE},
    {"NFD", UTF8PROC_STABLE | UTF8PROC_DECOMPOSE},
    {"NFKC", UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT},
    {"NFKD", UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT},
};

static sc_status parse_normalizer(sc_tokenizer *t, const json_t *part, const char *name) {
    const char *type;
    SC_TRY(type_of(&type, part, "normalizer", name));
    if (!*type) return SC_OK;
    if (!strcmp(type, "Sequence"))
        return each(t, json_object_get(part, "normalizers"), parse_normalizer,
                    "normalizer.normalizers", name);
    for (int i = 0; i < SC_LEN(forms); i++)
        if (!strcmp(type, forms[i].type)) {
            if (t->n_forms == SC_FORMS_MAX)
                return SC_FAIL(SC_FORMAT, "%s: normalizer: more than %d steps", name, SC_FORMS_MAX);
            t->forms[t->n_forms++] = forms[i].options;
            return SC_OK;
        }
    return unsupported(name, "normalizer", type);
}

/* -- pre_tokenizer --------------------------------------------------------------------------- */

static sc_status push_stage(sc_stage **out, sc_tokenizer *t, const char *name) {
    if (t->byte_level)
        return SC_FAIL(SC_FORMAT, "%s: pre_tokenizer: nothing may follow ByteLevel", name);
    if (t->n_stages == SC_STAGES_MAX)
        return SC_FAIL(SC_FORMAT, "%s: pre_tokenizer: more than %d steps", name, SC_STAGES_MAX);
    *out = &t->stages[t->n_stages++];
    **out = (sc_stage){NULL, false, true, true};
    return SC_OK;
}

static sc_status parse_byte_level(sc_tokenizer *t, const json_t *part, const char *name) {
    bool use_regex, prefix;
    sc_stage *g;
    SC_TRY(sc__json_get_bool(&use_regex, part, "use_regex", true, name));
    SC_TRY(sc__json_get_bool(&prefix, part, "add_prefix_space", true, name));
    SC_TRY(push_stage(&g, t, name));
    g->prefix_space = prefix;
    t->byte_level = true;
    const sc_pattern_options o = {sc__pattern_gpt2, false, false, name, "pre_tokenizer.use_regex"};
    return use_regex ? sc__pattern_open(&g->pattern, &o) : SC_OK;
}

static sc_status parse_split(sc_tokenizer *t, const json_t *part, const char *name) {
    const json_t *pattern = json_object_get(part, "pattern");
    const char *regex, *literal, *behavior;
    bool invert;
    sc_stage *g;
    SC_TRY(sc__json_get_string(&regex, pattern, "Regex", NULL, name));
    SC_TRY(sc__json_get_string(&literal, pattern, "String", NULL, name));
    SC_TRY(sc__json_get_string(&behavior, part, "behavior", "", name));
    SC_TRY(sc__json_get_bool(&invert, part, "invert", false, name));
    if (!regex == !literal)
        return SC_FAIL(SC_FORMAT, "%s: pre_tokenizer.pattern: must be one of Regex and String",
                       name);
    SC_TRY(push_stage(&g, t, name));
    if (!strcmp(behavior, "Removed"))
        *(invert ? &g->keep_gaps : &g->keep_matches) = false;
    else if (strcmp(behavior, "Isolated"))
        return SC_FAIL(SC_FORMAT, "%s: pre_tokenizer.behavior: \"%s\" is not supported", name,
                       behavior);
    const sc_pattern_options o = {regex ? regex : literal, !regex, false, name,
                                  "pre_tokenizer.pattern"};
    return sc__pattern_open(&g->pattern, &o);
}

static sc_status parse_digits(sc_tokenizer *t, const json_t *part, const char *name) {
    bool single;
    sc_stage *g;
    SC_TRY(sc__json_get_bool(&single, part, "individual_digits", false, name));
    SC_TRY(push_stage(&g, t, name));
    const sc_pattern_options o = {single ? "\\p{N}" : "\\p{N}+", false, false, name,
                                  "pre_tokenizer"};
    return sc__pattern_open(&g->pattern, &o);
}

static sc_status parse_pre_tokenizer(sc_tokenizer *t, const json_t *part, const char *name) {
    const char *type;
    SC_TRY(type_of(&type, part, "pre_tokenizer", name));
    if (!*type) return SC_OK;
    if (!strcmp(type, "Sequence"))
        return each(t, json_object_get(part, "pretokenizers"), parse_pre_tokenizer,
                    "pre_tokenizer.pretokenizers", name);
    if (!strcmp(type, "ByteLevel")) return parse_byte_level(t, part, name);
    if (!strcmp(type, "Split")) return parse_split(t, part, name);
    if (!strcmp(type, "Digits")) return parse_digits(t, part, name);
    return unsupported(name, "pre_tokenizer", type);
}

/* -- model, decoder -------------------------------------------------------------------------- */

static const sc_model_ops *const models[] = {
#define MODEL(id, ops, help) &ops,
#include "tokenizer/models.def"
#undef MODEL
};

static sc_status parse_model(sc_tokenizer *t, const json_t *model, const char *name) {
    if (!json_is_object(model)) return SC_FAIL(SC_FORMAT, "%s: model: must be an object", name);
    json_t *vocab = json_object_get(model, "vocab");
    const char *type;
    /* files of 2019 have no type: theirs is BPE when there are merges */
    SC_TRY(sc__json_get_string(&type, model, "type", json_object_get(model, "merges") ? "BPE" : "",
                               name));
    for (int i = 0; i < SC_LEN(models); i++)
        if (!strcmp(type, models[i]->type)) t->ops = models[i];
    if (!t->ops) return unsupported(name, "model", type);
    if (!json_is_object(vocab))
        return SC_FAIL(SC_FORMAT, "%s: model.vocab: must be an object", name);
    SC_TRY(sc__vocab_add_object(&t->vocab, vocab, name));
    return t->ops->open(&t->model, t, model, name);
}

static sc_status parse_decoder(sc_tokenizer *t, const json_t *part, const char *name) {
    const char *type;
    SC_TRY(type_of(&type, part, "decoder", name));
    t->rule = DECODE_SPACED;
    if (!strcmp(type, "ByteLevel"))
        t->rule = DECODE_BYTES;
    else if (!strcmp(type, "Fuse"))
        t->rule = DECODE_FUSED;
    else if (*type)
        return unsupported(name, "decoder", type);
    return SC_OK;
}

/* -- added_tokens ---------------------------------------------------------------------------- */

static sc_status added_id(sc_tokenizer *t, const sc_added_token *a, int64_t id, const char *name) {
    const int32_t known = sc__vocab_find(&t->vocab, a->text, a->n);
    if (known >= 0 && known != id)
        return SC_FAIL(SC_FORMAT,
                       "%s: added_tokens: \"%s\" has id %" PRId64 " but %d in model.vocab", name,
                       a->text, id, known);
    if (known < 0) {
        if (id > t->vocab.n + 65536)
            return SC_FAIL(SC_FORMAT, "%s: added_tokens: \"%s\": id %" PRId64 " is too large", name,
                           a->text, id);
        SC_TRY(sc__vocab_add(&t->vocab, a->text, a->n, id, name));
        t->vocab.tokens[id].added_only = true;
    }
    t->vocab.tokens[id].special = a->special;
    return SC_OK;
}

static sc_status add_token(sc_tokenizer *t, const json_t *token, const char *name) {
    sc_added_token a = {0};
    int64_t id;
    bool normalized;
    SC_TRY(sc__json_get_int(&id, token, "id", -1, name));
    SC_TRY(sc__json_get_string(&a.text, token, "content", NULL, name));
    SC_TRY(sc__json_get_bool(&a.special, token, "special", false, name));
    SC_TRY(sc__json_get_bool(&a.lstrip, token, "lstrip", false, name));
    SC_TRY(sc__json_get_bool(&a.rstrip, token, "rstrip", false, name));
    SC_TRY(sc__json_get_bool(&a.single_word, token, "single_word", false, name));
    SC_TRY(sc__json_get_bool(&normalized, token, "normalized", !a.special, name));
    if (!a.text) return SC_FAIL(SC_FORMAT, "%s: added_tokens: content: missing", name);
    a.n = json_string_length(json_object_get(token, "content"));
    SC_TRY(added_id(t, &a, id, name));
    a.id = (int32_t)id;
    sc_added **which = normalized ? &t->added_normal : &t->added;
    if (!*which) SC_TRY(sc__added_open(which));
    if (!normalized) return sc__added_add(*which, &a);
    sc_buffer text = SC_BUFFER_INIT;
    sc_status s = sc__normalize(t, &text, a.text, a.n);
    a.text = text.data;
    a.n = text.len;
    if (s >= 0) s = sc__added_add(*which, &a);
    sc__buffer_deinit(&text);
    return s;
}

static sc_status parse_added(sc_tokenizer *t, const json_t *list, const char *name) {
    if (!list || json_is_null(list)) return SC_OK;
    if (!json_is_array(list)) return SC_FAIL(SC_FORMAT, "%s: added_tokens: must be an array", name);
    for (size_t i = 0; i < json_array_size(list); i++)
        SC_TRY(add_token(t, json_array_get(list, i), name));
    return SC_OK;
}

/* -- post_processor -------------------------------------------------------------------------- */

static sc_status push_id(sc_tokenizer *t, bool before, int64_t id, const char *name) {
    int32_t **ids = before ? &t->prefix : &t->suffix;
    int *n = before ? &t->n_prefix : &t->n_suffix;
    if (id < 0 || id >= t->vocab.n || !t->vocab.tokens[id].text)
        return SC_FAIL(SC_FORMAT, "%s: post_processor: id %" PRId64 " is not in the vocabulary",
                       name, id);
    int32_t *grown = sc__arena_array(&t->arena, (size_t)*n + 1, sizeof **ids);
    if (!grown) return SC_FAIL(SC_NOMEM, "%s: no memory for the post-processor", name);
    if (*n) memcpy(grown, *ids, (size_t)*n * sizeof **ids);
    grown[(*n)++] = (int32_t)id;
    *ids = grown;
    return SC_OK;
}

static sc_status push_special(sc_tokenizer *t, const json_t *processor, const char *token,
                              bool before, const char *name) {
    const json_t *special = json_object_get(json_object_get(processor, "special_tokens"), token);
    const json_t *ids = json_object_get(special, "ids");
    if (!json_is_array(ids))
        return SC_FAIL(SC_FORMAT, "%s: post_processor.special_tokens: \"%s\" has no ids", name,
                       token);
    for (size_t i = 0; i < json_array_size(ids); i++) {
        if (!json_is_integer(json_array_get(ids, i)))
            return SC_FAIL(SC_FORMAT,
                           "%s: post_processor.special_tokens: \"%s\": ids: must be "
                           "whole numbers",
                           name, token);
        SC_TRY(push_id(t, before, json_integer_value(json_array_get(ids, i)), name));
    }
    return SC_OK;
}

static sc_status parse_template(sc_tokenizer *t, const json_t *part, const char *name) {
    const json_t *single = json_object_get(part, "single");
    bool before = true;
    if (!json_is_array(single))
        return SC_FAIL(SC_FORMAT, "%s: post_processor.single: must be an array", name);
    if (t->n_prefix || t->n_suffix)
        return SC_FAIL(SC_FORMAT, "%s: post_processor: two templates are not supported", name);
    for (size_t i = 0; i < json_array_size(single); i++) {
        const json_t *item = json_array_get(single, i);
        const json_t *special = json_object_get(item, "SpecialToken");
        const char *token = json_string_value(json_object_get(special, "id"));
        if (token)
            SC_TRY(push_special(t, part, token, before, name));
        else if (json_object_get(item, "Sequence") && before)
            before = false;
        else
            return SC_FAIL(SC_FORMAT,
                           "%s: post_processor.single: must hold one Sequence and SpecialTokens",
                           name);
    }
    return before ? SC_FAIL(SC_FORMAT, "%s: post_processor.single: has no Sequence", name) : SC_OK;
}

/* ["<s>", 0] of BertProcessing and RobertaProcessing. */
static sc_status push_pair(sc_tokenizer *t, const json_t *pair, bool before, const char *name) {
    const json_t *id = json_array_get(pair, 1);
    if (!json_is_integer(id))
        return SC_FAIL(SC_FORMAT, "%s: post_processor.%s: must be a token and its id", name,
                       before ? "cls" : "sep");
    return push_id(t, before, json_integer_value(id), name);
}

static sc_status parse_post_processor(sc_tokenizer *t, const json_t *part, const char *name) {
    const char *type;
    SC_TRY(type_of(&type, part, "post_processor", name));
    if (!*type || !strcmp(type, "ByteLevel")) return SC_OK; /* ByteLevel: offsets only */
    if (!strcmp(type, "Sequence"))
        return each(t, json_object_get(part, "processors"), parse_post_processor,
                    "post_processor.processors", name);
    if (!strcmp(type, "TemplateProcessing")) return parse_template(t, part, name);
    if (strcmp(type, "BertProcessing") && strcmp(type, "RobertaProcessing"))
        return unsupported(name, "post_processor", type);
    SC_TRY(push_pair(t, json_object_get(part, "cls"), true, name));
    return push_pair(t, json_object_get(part, "sep"), false, name);
}

/* -- what tokens stand for ------------------------------------------------------------------- */

/* ByteLevel's decoder: a token of the alphabet's characters is the bytes that they spell, any other
 * its own text. */
static bool spelled_bytes(char *to, uint32_t *n_to, const char *text, size_t n) {
    *n_to = 0;
    for (size_t i = 0; i < n;) {
        int len;
        const int byte = sc__char_to_byte(sc__utf8_decode(text + i, &len));
        if (byte < 0) return false;
        to[(*n_to)++] = (char)byte;
        i += (size_t)len;
    }
    return true;
}

static sc_status set_bytes(sc_tokenizer *t, const char *name) {
    for (int64_t id = 0; id < t->vocab.n; id++) {
        sc_token *k = &t->vocab.tokens[id];
        if (!k->text) continue;
        k->bytes = k->text;
        k->n_bytes = k->n_text;
        if (t->rule != DECODE_BYTES) continue;
        char *bytes = sc__arena_alloc(&t->vocab.arena, (size_t)k->n_text + 1);
        uint32_t n;
        if (!bytes) return SC_FAIL(SC_NOMEM, "%s: no memory for a vocabulary", name);
        if (spelled_bytes(bytes, &n, k->text, k->n_text)) {
            bytes[n] = 0;
            k->bytes = bytes;
            k->n_bytes = n;
        }
    }
    return SC_OK;
}

static bool can_cut(const sc_tokenizer *t) {
    if (t->n_forms && t->added_normal) return false;
    if (!t->n_stages || !t->stages[0].pattern) return t->ops->is_flat(t->model) && t->n_stages < 2;
    return sc__pattern_fast(t->stages[0].pattern) && t->stages[0].keep_matches;
}

sc_status sc__tokenizer_parse(sc_tokenizer *t, const json_t *root, const char *name) {
    if (!json_is_object(root) || !json_object_get(root, "model"))
        return SC_FAIL(SC_FORMAT, "%s: model: missing: not a tokenizer.json", name);
    SC_TRY(sc__char_table_init(&t->chars));
    SC_TRY(parse_normalizer(t, json_object_get(root, "normalizer"), name));
    SC_TRY(parse_pre_tokenizer(t, json_object_get(root, "pre_tokenizer"), name));
    SC_TRY(parse_model(t, json_object_get(root, "model"), name));
    SC_TRY(parse_decoder(t, json_object_get(root, "decoder"), name));
    SC_TRY(parse_added(t, json_object_get(root, "added_tokens"), name));
    SC_TRY(parse_post_processor(t, json_object_get(root, "post_processor"), name));
    t->can_cut = can_cut(t);
    return set_bytes(t, name);
}
