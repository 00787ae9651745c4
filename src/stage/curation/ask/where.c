/* where.c - conditions on fields and attributes. */
#include "stage/curation/ask/where.h"

#include "base/json.h"
#include "stage/curation/tag/tagger.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_MAX_KEYS = 8 };

typedef enum { THERE, LESS_EQUAL, MORE_EQUAL, NOT_EQUAL, EQUAL, LESS, MORE } comparison;
/* Longer signs first, so that they are found first. */
static const char *const signs[] = {[LESS_EQUAL] = "<=", [MORE_EQUAL] = ">=", [NOT_EQUAL] = "!=",
                                    [EQUAL] = "=",       [LESS] = "<",        [MORE] = ">"};

typedef struct {
    const char *name;
    const char *keys[PATH_MAX_KEYS]; /* of a field */
    int n_keys;                      /* 0: an attribute */
    comparison is;
    const char *text;
    double number;
    bool is_number;
} condition;

struct sc_wheres {
    sc_arena arena;
    condition *at;
    int n;
    const char **taggers, **attributes;
    int n_taggers, n_attributes;
};

/* ---- reading --------------------------------------------------------------------------------- */

static bool as_number(double *out, const char *text) {
    char *end;
    if (strchr(" \t\r\n+iInN", *text)) return false; /* also "" */
    *out = strtod(text, &end);
    return *end == 0 && *out - *out == 0;
}

/* Takes "NAME<=VALUE" apart in place. */
static void cut(condition *c, char *text) {
    c->name = text;
    char *at = text + strcspn(text, "!<>=");
    for (int i = LESS_EQUAL; i <= MORE; i++) {
        const size_t n = strlen(signs[i]);
        if (strncmp(at, signs[i], n) != 0) continue;
        c->is = (comparison)i;
        c->text = at + n;
        *at = 0;
        break;
    }
    if (c->text) c->is_number = as_number(&c->number, c->text);
}

/* The tagger whose folder holds it: one of ours, or one that another toolkit named so. */
static const char *tagger_of(sc_arena *a, const char *attribute) {
    const sc_tagger_row *row = sc__tagger_of(attribute);
    if (row) return row->name;
    return sc__arena_strndup(a, attribute, (size_t)(strstr(attribute, "__") - attribute));
}

static bool is_attribute(const char *name) {
    const char *mark = strstr(name, "__");
    return mark && mark > name && !memchr(name, '.', (size_t)(mark - name));
}

static sc_status add_attribute(sc_wheres *w, condition *c) {
    const char *tagger = tagger_of(&w->arena, c->name);
    if (!tagger) return SC_FAIL(SC_NOMEM, "where");
    if (c->is != THERE && !c->is_number)
        return SC_FAIL(SC_USAGE, "%s: an attribute is compared with a number, not with \"%s\"",
                       c->name, c->text);
    w->attributes[w->n_attributes++] = c->name;
    for (int i = 0; i < w->n_taggers; i++)
        if (!strcmp(w->taggers[i], tagger)) return SC_OK;
    w->taggers[w->n_taggers++] = tagger;
    return SC_OK;
}

static sc_status add_field(sc_wheres *w, condition *c) {
    char *at = sc__arena_strdup(&w->arena, c->name);
    if (!at) return SC_FAIL(SC_NOMEM, "where");
    while (at && c->n_keys < PATH_MAX_KEYS) {
        char *dot = strchr(at, '.');
        if (dot) *dot++ = 0;
        c->keys[c->n_keys++] = at;
        at = dot;
    }
    return at ? SC_FAIL(SC_USAGE, "%s: a name of more than %d keys", c->name, PATH_MAX_KEYS)
              : SC_OK;
}

static sc_status add(sc_wheres *w, const char *text) {
    condition *c = &w->at[w->n++];
    char *copy = sc__arena_strdup(&w->arena, text);
    if (!copy) return SC_FAIL(SC_NOMEM, "where");
    cut(c, copy);
    const bool is_name = *c->name && !strpbrk(c->name, " !<>=\"");
    if (!is_name || (c->text && !*c->text && c->is != EQUAL && c->is != NOT_EQUAL))
        return SC_FAIL(SC_USAGE,
                       "\"%s\" is not a condition such as language=ko, metadata.url or "
                       "length__chars>1000",
                       text);
    return is_attribute(c->name) ? add_attribute(w, c) : add_field(w, c);
}

sc_status sc__wheres_open(sc_wheres **out, const char *const *texts, int n) {
    sc_wheres *w = sc__calloc(1, sizeof *w);
    *out = NULL;
    if (!w) return SC_FAIL(SC_NOMEM, "where");
    w->at = sc__arena_array(&w->arena, (size_t)n + 1, sizeof *w->at);
    w->taggers = sc__arena_array(&w->arena, (size_t)n + 1, sizeof *w->taggers);
    w->attributes = sc__arena_array(&w->arena, (size_t)n + 1, sizeof *w->attributes);
    sc_status s = w->at && w->taggers && w->attributes ? SC_OK : SC_FAIL(SC_NOMEM, "where");
    for (int i = 0; i < n && s >= 0; i++) s = add(w, texts[i]);
    if (s < 0)
        sc__wheres_close(w);
    else
        *out = w;
    return s;
}

void sc__wheres_close(sc_wheres *w) {
    if (!w) return;
    sc__arena_deinit(&w->arena);
    sc__free(w);
}

const char *const *sc__wheres_taggers(const sc_wheres *w, int *n) {
    *n = w->n_taggers;
    return w->taggers;
}

const char *const *sc__wheres_attributes(const sc_wheres *w) { return w->attributes; }

/* ---- asking ---------------------------------------------------------------------------------- */

sc_status sc__where_worker_init(sc_where_worker *k, const sc_wheres *w) {
    *k = (sc_where_worker){0};
    sc__tags_init(&k->tags, w->attributes);
    return w->n_taggers ? sc__doc_open(&k->doc, SC_WORDS_UNICODE) : SC_OK;
}

void sc__where_worker_deinit(sc_where_worker *k) {
    sc__tags_deinit(&k->tags);
    sc__doc_close(k->doc);
    sc__buffer_deinit(&k->room);
    sc__buffer_deinit(&k->shown);
}

static bool holds(comparison is, int order) {
    switch (is) {
    case LESS_EQUAL:
        return order <= 0;
    case MORE_EQUAL:
        return order >= 0;
    case NOT_EQUAL:
        return order != 0;
    case EQUAL:
        return order == 0;
    case LESS:
        return order < 0;
    case MORE:
        return order > 0;
    case THERE:
        break;
    }
    return true;
}

static bool number_holds(const condition *c, double value) {
    return holds(c->is, (value > c->number) - (value < c->number));
}

static bool text_holds(const condition *c, sc_slice value) {
    const size_t n = c->text ? strlen(c->text) : 0, least = SC_MIN(n, value.n);
    int order = least ? memcmp(value.p, c->text, least) : 0;
    if (!order) order = (value.n > n) - (value.n < n);
    return holds(c->is, order);
}

/* Numbers as numbers, all else (dates, names, true) as text. */
static sc_status value_holds(bool *out, sc_buffer *room, const condition *c, sc_slice json) {
    sc_slice text = json;
    int64_t replaced = 0;
    double number;
    char digits[64];
    if (*json.p == '"') SC_TRY(sc__json_unquote(&text, room, json, &replaced));
    *out = text_holds(c, text);
    if (!c->is_number || text.n >= sizeof digits) return SC_OK;
    memcpy(digits, text.p, text.n);
    digits[text.n] = 0;
    if (as_number(&number, digits)) *out = number_holds(c, number);
    return SC_OK;
}

static void show_name(sc_buffer *shown, const char *name) {
    if (shown->len) sc__buffer_putc(shown, ',');
    sc__json_quote(shown, name, strlen(name));
    sc__buffer_putc(shown, ':');
}

static sc_status field_holds(bool *out, sc_where_worker *k, const condition *c,
                             const sc_record *r) {
    sc_slice value = sc__json_at(r->line, c->keys, c->n_keys);
    if (!value.p) value = sc__json_at(r->value[SC_RECORD_METADATA], c->keys, c->n_keys);
    *out = false;
    if (!value.p || *value.p == 'n') return SC_OK;
    SC_TRY(value_holds(out, &k->room, c, value));
    if (!*out) return SC_OK;
    show_name(&k->shown, c->name);
    sc__buffer_append(&k->shown, value.p, value.n);
    return k->shown.status;
}

static sc_status show_tag(sc_where_worker *k, const condition *c, const sc_tag *tag) {
    int64_t start, end;
    SC_TRY(sc__doc_char_of(&start, k->doc, tag->start));
    SC_TRY(sc__doc_char_of(&end, k->doc, tag->end));
    show_name(&k->shown, c->name);
    sc__buffer_printf(&k->shown, "[%" PRId64 ",%" PRId64 ",", start, end);
    sc__tag_print_value(&k->shown, tag->value);
    sc__buffer_putc(&k->shown, ']');
    if (k->start == k->end) k->start = tag->start, k->end = tag->end;
    return k->shown.status;
}

static sc_status attribute_holds(bool *out, sc_where_worker *k, const condition *c) {
    const int number = sc__tags_find(&k->tags, c->name);
    SC_TRY(k->tags.status);
    *out = false;
    for (int64_t i = 0; i < k->tags.n && !*out; i++) {
        const sc_tag *tag = &k->tags.at[i];
        if (tag->attribute != (uint32_t)number) continue;
        *out = c->is == THERE || number_holds(c, tag->value);
        if (*out) SC_TRY(show_tag(k, c, tag));
    }
    return SC_OK;
}

sc_status sc__wheres_hold(bool *out, sc_where_worker *k, const sc_wheres *w, const sc_record *r) {
    sc__buffer_clear(&k->shown);
    k->start = k->end = 0;
    *out = true;
    for (int i = 0; i < w->n && *out; i++) {
        const condition *c = &w->at[i];
        if (c->n_keys)
            SC_TRY(field_holds(out, k, c, r));
        else
            SC_TRY(attribute_holds(out, k, c));
    }
    return SC_OK;
}
