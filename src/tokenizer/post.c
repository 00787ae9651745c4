/* post.c - post-processors: which tokens stand around one text and around two, and whose offsets
 * lose their white space. */
#include "base/json.h"
#include "tokenizer/tokenizer.h"

#include <inttypes.h>

enum { ITEMS_MAX = 64 };

static sc_status push(sc_tokenizer *t, sc_template *to, sc_item item, const char *name) {
    if (to->n == ITEMS_MAX)
        return SC_FAIL(SC_FORMAT, "%s: post_processor: more than %d parts", name, ITEMS_MAX);
    if (!to->items) to->items = sc__arena_array(&t->arena, ITEMS_MAX, sizeof *to->items);
    if (!to->items) return SC_FAIL(SC_NOMEM, "%s: no memory for the post-processor", name);
    to->items[to->n++] = item;
    return SC_OK;
}

static sc_status push_token(sc_tokenizer *t, sc_template *to, int64_t id, uint8_t type,
                            const char *name) {
    if (id < 0 || id >= t->vocab.n || !t->vocab.tokens[id].text)
        return SC_FAIL(SC_FORMAT, "%s: post_processor: id %" PRId64 " is not in the vocabulary",
                       name, id);
    return push(t, to, (sc_item){SC_ITEM_TOKEN, (int32_t)id, type}, name);
}

static sc_status only_one(sc_tokenizer *t, const char *name) {
    if (t->post.given)
        return SC_FAIL(SC_FORMAT, "%s: post_processor: two templates are not supported", name);
    t->post.given = true;
    return SC_OK;
}

/* -- TemplateProcessing ---------------------------------------------------------------------- */

static sc_status parse_type(uint8_t *out, const json_t *item, const char *name) {
    int64_t type;
    SC_TRY(sc__json_get_int(&type, item, "type_id", 0, name));
    if (type < 0 || type > 255)
        return SC_FAIL(SC_FORMAT, "%s: post_processor: type_id: %" PRId64 " is not in 0 .. 255",
                       name, type);
    *out = (uint8_t)type;
    return SC_OK;
}

static sc_status push_special(sc_tokenizer *t, sc_template *to, const json_t *all,
                              const json_t *item, const char *name) {
    const char *token = json_string_value(json_object_get(item, "id"));
    const json_t *ids = json_object_get(json_object_get(all, token ? token : ""), "ids");
    uint8_t type;
    SC_TRY(parse_type(&type, item, name));
    if (!json_is_array(ids))
        return SC_FAIL(SC_FORMAT, "%s: post_processor.special_tokens: \"%s\" has no ids", name,
                       token ? token : "");
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const json_t *id = json_array_get(ids, i);
        if (!json_is_integer(id))
            return SC_FAIL(SC_FORMAT,
                           "%s: post_processor.special_tokens: \"%s\": ids: must be whole numbers",
                           name, token);
        SC_TRY(push_token(t, to, json_integer_value(id), type, name));
    }
    return SC_OK;
}

static sc_status push_sequence(sc_tokenizer *t, sc_template *to, const json_t *item,
                               const char *name) {
    const char *which;
    sc_item one = {SC_ITEM_FIRST, 0, 0};
    SC_TRY(sc__json_get_string(&which, item, "id", "", name));
    SC_TRY(parse_type(&one.type, item, name));
    if (strcmp(which, "A") && strcmp(which, "B"))
        return SC_FAIL(SC_FORMAT, "%s: post_processor: Sequence.id: must be A or B", name);
    if (*which == 'B') one.kind = SC_ITEM_SECOND;
    return push(t, to, one, name);
}

static int count(const sc_template *t, sc_item_kind kind) {
    int n = 0;
    for (int i = 0; i < t->n; i++) n += t->items[i].kind == kind;
    return n;
}

static sc_status parse_template(sc_tokenizer *t, sc_template *to, const json_t *part,
                                const char *key, const char *name) {
    const json_t *list = json_object_get(part, key),
                 *tokens = json_object_get(part, "special_tokens");
    if (!json_is_array(list))
        return SC_FAIL(SC_FORMAT, "%s: post_processor.%s: must be an array", name, key);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const json_t *special = json_object_get(item, "SpecialToken");
        const json_t *sequence = json_object_get(item, "Sequence");
        if (!special == !sequence)
            return SC_FAIL(SC_FORMAT,
                           "%s: post_processor.%s: must hold Sequences and SpecialTokens", name,
                           key);
        SC_TRY(special ? push_special(t, to, tokens, special, name)
                       : push_sequence(t, to, sequence, name));
    }
    return SC_OK;
}

sc_status sc__post_template(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_post *p = &t->post;
    SC_TRY(only_one(t, name));
    SC_TRY(parse_template(t, &p->single, part, "single", name));
    if (count(&p->single, SC_ITEM_FIRST) != 1 || count(&p->single, SC_ITEM_SECOND))
        return SC_FAIL(SC_FORMAT, "%s: post_processor.single: must hold the Sequence A once", name);
    /* files that never see two texts leave it out */
    if (!json_object_get(part, "pair")) return SC_OK;
    SC_TRY(parse_template(t, &p->pair, part, "pair", name));
    if (count(&p->pair, SC_ITEM_FIRST) == 1 && count(&p->pair, SC_ITEM_SECOND) == 1) return SC_OK;
    p->pair.n = 0; /* two texts are then refused (encoding.c) */
    return SC_OK;
}

/* -- BertProcessing, RobertaProcessing ------------------------------------------------------- */

/* ["<s>", 0] */
static sc_status parse_pair(int64_t *id, const json_t *part, const char *key, const char *name) {
    const json_t *value = json_array_get(json_object_get(part, key), 1);
    if (!json_is_integer(value))
        return SC_FAIL(SC_FORMAT, "%s: post_processor.%s: must be a token and its id", name, key);
    *id = json_integer_value(value);
    return SC_OK;
}

/* cls A sep, and behind it B sep with one more sep before it where `twice`. */
static sc_status push_around(sc_tokenizer *t, const json_t *part, bool twice, const char *name) {
    sc_template *single = &t->post.single, *pair = &t->post.pair;
    const uint8_t second = !twice;
    int64_t cls, sep;
    SC_TRY(only_one(t, name));
    SC_TRY(parse_pair(&cls, part, "cls", name));
    SC_TRY(parse_pair(&sep, part, "sep", name));
    for (int i = 0; i < 2; i++) {
        sc_template *to = i ? pair : single;
        SC_TRY(push_token(t, to, cls, 0, name));
        SC_TRY(push(t, to, (sc_item){SC_ITEM_FIRST, 0, 0}, name));
        SC_TRY(push_token(t, to, sep, 0, name));
    }
    if (twice) SC_TRY(push_token(t, pair, sep, 0, name));
    SC_TRY(push(t, pair, (sc_item){SC_ITEM_SECOND, 0, second}, name));
    return push_token(t, pair, sep, second, name);
}

sc_status sc__post_bert(sc_tokenizer *t, const json_t *part, const char *name) {
    return push_around(t, part, false, name);
}

sc_status sc__post_roberta(sc_tokenizer *t, const json_t *part, const char *name) {
    SC_TRY(sc__post_byte_level(t, part, name));
    return push_around(t, part, true, name);
}

/* -- ByteLevel ------------------------------------------------------------------------------- */

sc_status sc__post_byte_level(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_post *p = &t->post;
    bool trim, prefix;
    SC_TRY(sc__json_get_bool(&trim, part, "trim_offsets", true, name));
    SC_TRY(sc__json_get_bool(&prefix, part, "add_prefix_space", true, name));
    if (!trim) return SC_OK;
    if (p->n_trims == SC_LEN(p->prefix_space))
        return SC_FAIL(SC_FORMAT, "%s: post_processor: ByteLevel more than twice", name);
    p->prefix_space[p->n_trims++] = prefix;
    return SC_OK;
}

sc_status sc__post_finish(sc_tokenizer *t, const char *name) {
    sc_post *p = &t->post;
    if (p->given) return SC_OK;
    SC_TRY(push(t, &p->single, (sc_item){SC_ITEM_FIRST, 0, 0}, name));
    SC_TRY(push(t, &p->pair, (sc_item){SC_ITEM_FIRST, 0, 0}, name));
    return push(t, &p->pair, (sc_item){SC_ITEM_SECOND, 0, 1}, name);
}
