/* parse.c - tokenizer.json into the parts of a tokenizer, row by row of the tables. Every field is
 * either run or refused by name: one that were passed over would give other ids than the file's
 * maker saw. */
#include "base/utf8.h"
#include "tokenizer/tokenizer.h"

#include <inttypes.h>
#include <string.h>

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

typedef sc_status part_fn(sc_tokenizer *t, const json_t *part, const char *name);

/* A row of one of the tables: a part's type and what reads it. */
typedef struct {
    const char *type;
    part_fn *open;
} row;

static const row normalizers[] = {
#define NORMALIZER(type, open) {#type, open},
#include "tokenizer/normalizers.def"
#undef NORMALIZER
};
static const row pretokenizers[] = {
#define PRETOKENIZER(type, open) {#type, open},
#include "tokenizer/pretokenizers.def"
#undef PRETOKENIZER
};
static const row postprocessors[] = {
#define POSTPROCESSOR(type, open) {#type, open},
#include "tokenizer/postprocessors.def"
#undef POSTPROCESSOR
};
static const row decoders[] = {
#define DECODER(type, open) {#type, open},
#include "tokenizer/decoders.def"
#undef DECODER
};

/* A field of tokenizer.json that holds a part or a Sequence of them. */
typedef struct {
    const char *field, *list; /* list: what a Sequence calls its members */
    const row *rows;
    int n;
} table;

static sc_status parse_part(sc_tokenizer *t, const table *a, const json_t *part, int depth,
                            const char *name) {
    const char *type;
    SC_TRY(type_of(&type, part, a->field, name));
    if (!*type) return SC_OK;
    for (int i = 0; i < a->n; i++)
        if (!strcmp(type, a->rows[i].type)) return a->rows[i].open(t, part, name);
    if (strcmp(type, "Sequence")) return unsupported(name, a->field, type);
    const json_t *list = json_object_get(part, a->list);
    if (!json_is_array(list))
        return SC_FAIL(SC_FORMAT, "%s: %s.%s: must be an array", name, a->field, a->list);
    if (depth > 8)
        return SC_FAIL(SC_FORMAT, "%s: %s: Sequences too deep in each other", name, a->field);
    for (size_t i = 0; i < json_array_size(list); i++)
        SC_TRY(parse_part(t, a, json_array_get(list, i), depth + 1, name));
    return SC_OK;
}

static sc_status parse_field(sc_tokenizer *t, const json_t *root, const table *a,
                             const char *name) {
    return parse_part(t, a, json_object_get(root, a->field), 0, name);
}

/* -- what parts read ------------------------------------------------------------------------- */

sc_status sc__pattern_parse(sc_pattern **out, const json_t *pattern, const char *name,
                            const char *field) {
    const char *regex, *literal;
    SC_TRY(sc__json_get_string(&regex, pattern, "Regex", NULL, name));
    SC_TRY(sc__json_get_string(&literal, pattern, "String", NULL, name));
    if (!regex == !literal)
        return SC_FAIL(SC_FORMAT, "%s: %s: must be one of Regex and String", name, field);
    const sc_pattern_options o = {regex ? regex : literal, !regex, false, name, field};
    return sc__pattern_open(out, &o);
}

sc_status sc__json_get_char(uint32_t *out, const json_t *part, const char *key, const char *name) {
    const char *text;
    int len = 0;
    SC_TRY(sc__json_get_string(&text, part, key, "", name));
    if (*text) *out = sc__utf8_decode(text, &len);
    if (*text && !text[len]) return SC_OK;
    return SC_FAIL(SC_FORMAT, "%s: %s: must be one character", name, key);
}

sc_status sc__json_get_token(int32_t *out, const sc_tokenizer *t, const json_t *part,
                             const char *key, const char *name) {
    const char *text;
    *out = -1;
    SC_TRY(sc__json_get_string(&text, part, key, NULL, name));
    if (!text) return SC_OK;
    *out = sc__vocab_find_model(&t->vocab, text, strlen(text));
    if (*out >= 0) return SC_OK;
    return SC_FAIL(SC_FORMAT, "%s: model.%s: \"%s\" is not in model.vocab", name, key, text);
}

sc_status sc__vocab_parse(sc_tokenizer *t, const json_t *model, const char *name) {
    json_t *vocab = json_object_get(model, "vocab");
    if (!json_is_object(vocab))
        return SC_FAIL(SC_FORMAT, "%s: model.vocab: must be an object", name);
    return sc__vocab_add_object(&t->vocab, vocab, name);
}

/* -- model ----------------------------------------------------------------------------------- */

static const sc_model_ops *const models[] = {
#define MODEL(id, ops, help) &ops,
#include "tokenizer/models.def"
#undef MODEL
};

/* Files of 2019 have no type: theirs is BPE when there are merges, WordPiece with a prefix. */
static const char *guess_type(const json_t *model) {
    if (json_object_get(model, "merges")) return "BPE";
    if (json_object_get(model, "continuing_subword_prefix")) return "WordPiece";
    return json_object_get(model, "unk_id") ? "Unigram" : "";
}

/* A model of characters behind ByteLevel sees bytes where it can: the last stage then need not
 * spell them. */
static void choose_bytes(sc_tokenizer *t) {
    t->byte_level = t->ops == &sc__model_bpe && t->n_stages && t->stages[t->n_stages - 1].spell;
    if (t->byte_level) t->n_stages--;
}

static sc_status parse_model(sc_tokenizer *t, const json_t *model, const char *name) {
    const char *type;
    if (!json_is_object(model)) return SC_FAIL(SC_FORMAT, "%s: model: must be an object", name);
    SC_TRY(sc__json_get_string(&type, model, "type", guess_type(model), name));
    for (int i = 0; i < SC_LEN(models); i++)
        if (!strcmp(type, models[i]->type)) t->ops = models[i];
    if (!t->ops) return unsupported(name, "model", type);
    choose_bytes(t);
    return t->ops->open(&t->model, t, model, name);
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
    sc_normal chain;
    sc_text text = {a.text, a.n, NULL, true};
    SC_TRY(sc__normal_open(&chain, t));
    sc_status s = sc__normal_run(&chain, &text);
    a.text = text.text;
    a.n = text.n;
    if (s >= 0) s = sc__added_add(*which, &a);
    sc__normal_close(&chain);
    return s;
}

static sc_status parse_added(sc_tokenizer *t, const json_t *list, const char *name) {
    if (!list || json_is_null(list)) return SC_OK;
    if (!json_is_array(list)) return SC_FAIL(SC_FORMAT, "%s: added_tokens: must be an array", name);
    for (size_t i = 0; i < json_array_size(list); i++)
        SC_TRY(add_token(t, json_array_get(list, i), name));
    return SC_OK;
}

/* -- truncation, padding --------------------------------------------------------------------- */

static sc_status one_of(int *out, const json_t *part, const char *key, const char *const *names,
                        const char *name) {
    const char *text;
    SC_TRY(sc__json_get_string(&text, part, key, names[0], name));
    for (*out = 0; names[*out]; ++*out)
        if (!strcmp(text, names[*out])) return SC_OK;
    return SC_FAIL(SC_FORMAT, "%s: %s: \"%s\" is not known", name, key, text);
}

static const char *const directions[] = {"Right", "Left", NULL};

static sc_status parse_truncation(sc_tokenizer *t, const json_t *part, const char *name) {
    static const char *const strategies[] = {"LongestFirst", "OnlyFirst", "OnlySecond", NULL};
    int strategy, direction;
    if (!part || json_is_null(part)) return SC_OK;
    SC_TRY(sc__json_get_int(&t->truncation.max_length, part, "max_length", 512, name));
    SC_TRY(sc__json_get_int(&t->truncation.stride, part, "stride", 0, name));
    SC_TRY(one_of(&strategy, part, "strategy", strategies, name));
    SC_TRY(one_of(&direction, part, "direction", directions, name));
    if (t->truncation.max_length < 0 || t->truncation.stride < 0)
        return SC_FAIL(SC_FORMAT, "%s: truncation: a negative length", name);
    t->truncation.strategy = (sc_truncation_strategy)strategy;
    t->truncation.left = direction;
    t->has_truncation = true;
    return SC_OK;
}

static sc_status parse_padding(sc_tokenizer *t, const json_t *part, const char *name) {
    const json_t *strategy = json_object_get(part, "strategy");
    int64_t id, type;
    int direction;
    if (!part || json_is_null(part)) return SC_OK;
    if (json_is_object(strategy)) {
        SC_TRY(sc__json_get_int(&t->padding.length, strategy, "Fixed", 0, name));
    } else if (strategy &&
               (!json_is_string(strategy) || strcmp(json_string_value(strategy), "BatchLongest"))) {
        return SC_FAIL(SC_FORMAT, "%s: padding.strategy: must be BatchLongest or Fixed", name);
    }
    SC_TRY(sc__json_get_int(&t->padding.multiple, part, "pad_to_multiple_of", 0, name));
    SC_TRY(sc__json_get_int(&id, part, "pad_id", 0, name));
    SC_TRY(sc__json_get_int(&type, part, "pad_type_id", 0, name));
    SC_TRY(one_of(&direction, part, "direction", directions, name));
    if (t->padding.length < 0 || t->padding.multiple < 0 || id < 0 || id >= SC_VOCAB_MAX ||
        type < 0 || type > 255)
        return SC_FAIL(SC_FORMAT, "%s: padding: a number out of range", name);
    t->padding.id = (int32_t)id;
    t->padding.type = (uint8_t)type;
    t->padding.left = direction;
    t->has_padding = true;
    return SC_OK;
}

/* -- the whole ------------------------------------------------------------------------------- */

static bool can_cut(const sc_tokenizer *t) {
    int first = 0;
    if (t->n_normalizers && t->added_normal) return false;
    for (int i = 0; i < t->n_normalizers; i++)
        if (!t->normalizers[i].may_cut) return false;
    while (first < t->n_stages && t->stages[first].prefix_space) first++;
    if (first == t->n_stages) return first < 2 && t->ops->is_flat && t->ops->is_flat(t->model);
    return t->stages[first].may_cut;
}

/* A character that a normalizer or a stage puts before the first one comes from it too, so that the
 * first piece of the source need not be the first of the text. */
static bool needs_spans(const sc_tokenizer *t) {
    for (int i = 0; i < t->n_stages; i++)
        if (t->stages[i].n_bytes && t->stages[i].prepend == SC_PREPEND_FIRST)
            return i || (t->n_normalizers && t->added_normal);
    return false;
}

sc_status sc__tokenizer_parse(sc_tokenizer *t, const json_t *root, const char *name) {
    static const table normalizer = {"normalizer", "normalizers", normalizers, SC_LEN(normalizers)},
                       pretokenizer = {"pre_tokenizer", "pretokenizers", pretokenizers,
                                       SC_LEN(pretokenizers)},
                       post = {"post_processor", "processors", postprocessors,
                               SC_LEN(postprocessors)},
                       decoder = {"decoder", "decoders", decoders, SC_LEN(decoders)};
    if (!json_is_object(root) || !json_object_get(root, "model"))
        return SC_FAIL(SC_FORMAT, "%s: model: missing: not a tokenizer.json", name);
    SC_TRY(sc__char_table_init(&t->chars));
    SC_TRY(parse_field(t, root, &normalizer, name));
    SC_TRY(parse_field(t, root, &pretokenizer, name));
    SC_TRY(parse_model(t, json_object_get(root, "model"), name));
    SC_TRY(parse_field(t, root, &decoder, name));
    SC_TRY(parse_added(t, json_object_get(root, "added_tokens"), name));
    SC_TRY(parse_field(t, root, &post, name));
    SC_TRY(sc__post_finish(t, name));
    SC_TRY(parse_truncation(t, json_object_get(root, "truncation"), name));
    SC_TRY(parse_padding(t, json_object_get(root, "padding"), name));
    if (t->ops->breaks && t->ops->breaks(t->model)) SC_TRY(sc__stage_push_words(t, name));
    if (t->ops->seal) t->ops->seal(t->model);
    t->can_cut = can_cut(t);
    t->needs_spans = needs_spans(t);
    return sc__decoders_finish(t, name);
}
