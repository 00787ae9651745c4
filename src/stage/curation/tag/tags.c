/* tags.c - attributes of a document: said, written, read again. */
#include "stage/curation/tag/tags.h"

#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

void sc__tags_init(sc_tags *t, const char *const *wanted) {
    *t = (sc_tags){.wanted = wanted, .prefix = ""};
}

void sc__tags_deinit(sc_tags *t) {
    sc__free(t->at);
    sc__free(t->names);
    sc__free(t->unwanted);
    sc__arena_deinit(&t->arena);
    *t = (sc_tags){0};
}

void sc__tags_clear(sc_tags *t, sc_slice text) {
    t->n = 0;
    t->text_end = (uint32_t)text.n;
}

/* ---- names ----------------------------------------------------------------------------------- */

static int no_memory(sc_tags *t) {
    if (t->status >= 0) t->status = SC_FAIL(SC_NOMEM, "attributes");
    return -1;
}

static bool grow_names(sc_tags *t) {
    if (t->n_names < t->cap_names) return true;
    const size_t cap = (size_t)t->cap_names * 2 + 32;
    const char **names = sc__realloc(t->names, cap * sizeof *names);
    if (names) t->names = names;
    bool *unwanted = sc__realloc(t->unwanted, cap * sizeof *unwanted);
    if (unwanted) t->unwanted = unwanted;
    if (!names || !unwanted) return false;
    t->cap_names = (int)cap;
    return true;
}

static bool is_wanted(const sc_tags *t, const char *name) {
    for (const char *const *w = t->wanted; w && *w; w++)
        if (!strcmp(*w, name)) return true;
    return !t->wanted;
}

int sc__tags_find(sc_tags *t, const char *name) {
    for (int i = 0; i < t->n_names; i++)
        if (!strcmp(t->names[i], name)) return i;
    const char *copy = sc__arena_strdup(&t->arena, name);
    if (!copy || !grow_names(t)) return no_memory(t);
    t->names[t->n_names] = copy;
    t->unwanted[t->n_names] = !is_wanted(t, name);
    return t->n_names++;
}

int sc__tags_attribute(sc_tags *t, const char *metric) {
    char name[256];
    snprintf(name, sizeof name, "%s__%s", t->prefix, metric);
    return sc__tags_find(t, name);
}

/* ---- saying ---------------------------------------------------------------------------------- */

static bool grow_tags(sc_tags *t) {
    if (t->n < t->cap) return true;
    const int64_t cap = t->cap * 2 + 64;
    sc_tag *at = sc__realloc(t->at, (size_t)cap * sizeof *at);
    if (!at) return false;
    t->at = at;
    t->cap = cap;
    return true;
}

void sc__tags_add(sc_tags *t, int attribute, size_t start, size_t end, double value) {
    if (t->status < 0 || !sc__tags_wants(t, attribute)) return;
    sc_assert(isfinite(value) && start <= end && end <= t->text_end);
    if (!grow_tags(t)) {
        no_memory(t);
        return;
    }
    t->at[t->n++] = (sc_tag){(uint32_t)attribute, (uint32_t)start, (uint32_t)end, value};
}

void sc__tags_whole(sc_tags *t, int attribute, double value) {
    sc__tags_add(t, attribute, 0, t->text_end, value);
}

/* ---- writing --------------------------------------------------------------------------------- */

void sc__tag_print_value(sc_buffer *out, double value) {
    if (fabs(value) < 1e15 && (double)(int64_t)value == value)
        sc__buffer_printf(out, "%" PRId64, (int64_t)value);
    else
        sc__json_print_real(out, value);
}

static sc_status write_spans(sc_buffer *out, const sc_tags *t, const int64_t range[2], sc_doc *d) {
    const uint32_t attribute = t->at[range[0]].attribute;
    bool first = true;
    for (int64_t i = range[0]; i < range[1]; i++) {
        int64_t start, end;
        if (t->at[i].attribute != attribute) continue;
        SC_TRY(sc__doc_char_of(&start, d, t->at[i].start));
        SC_TRY(sc__doc_char_of(&end, d, t->at[i].end));
        sc__buffer_printf(out, "%s[%" PRId64 ",%" PRId64 ",", first ? "[" : ",", start, end);
        sc__tag_print_value(out, t->at[i].value);
        sc__buffer_putc(out, ']');
        first = false;
    }
    sc__buffer_putc(out, ']');
    return SC_OK;
}

/* Whether an earlier tag of the range has the same attribute. */
static bool was_written(const sc_tags *t, const int64_t range[2], int64_t i) {
    for (int64_t j = range[0]; j < i; j++)
        if (t->at[j].attribute == t->at[i].attribute) return true;
    return false;
}

static sc_status write_attributes(sc_buffer *out, const sc_tags *t, const int64_t range[2],
                                  sc_doc *d) {
    uint32_t last = UINT32_MAX;
    bool first = true;
    for (int64_t i = range[0]; i < range[1]; i++) {
        const uint32_t attribute = t->at[i].attribute;
        if (attribute == last || was_written(t, range, i)) continue;
        sc__buffer_puts(out, first ? "" : ",");
        sc__json_quote(out, t->names[attribute], strlen(t->names[attribute]));
        sc__buffer_putc(out, ':');
        SC_TRY(write_spans(out, t, (const int64_t[2]){i, range[1]}, d));
        last = attribute;
        first = false;
    }
    return SC_OK;
}

sc_status sc__tags_write(sc_buffer *out, const sc_tags *t, const int64_t range[2], int64_t line,
                         sc_doc *d) {
    sc_buffer id = SC_BUFFER_INIT;
    sc_status s = sc__record_id(&id, sc__doc_record(d));
    sc__buffer_puts(out, "{\"id\":");
    if (s >= 0) sc__json_quote(out, id.data ? id.data : "", id.len);
    sc__buffer_deinit(&id);
    SC_TRY(s);
    if (line) sc__buffer_printf(out, ",\"line\":%" PRId64, line);
    sc__buffer_puts(out, ",\"attributes\":{");
    SC_TRY(write_attributes(out, t, range, d));
    sc__buffer_puts(out, "}}\n");
    return out->status;
}

/* ---- reading --------------------------------------------------------------------------------- */

static sc_status bad_span(const char *name) {
    return SC_FAIL(SC_FORMAT, "attributes: %s: must be a list of [start, end, value] in the text",
                   name);
}

static sc_status read_span(sc_tags *t, int attribute, const json_t *span, sc_doc *d) {
    const json_t *at[3];
    for (size_t i = 0; i < 3; i++) at[i] = json_array_get(span, i);
    if (json_array_size(span) != 3 || !json_is_integer(at[0]) || !json_is_integer(at[1]) ||
        !json_is_number(at[2]))
        return bad_span(t->names[attribute]);
    const int64_t start = json_integer_value(at[0]), end = json_integer_value(at[1]);
    if (start < 0 || end < start || end > sc__doc_chars(d)) return bad_span(t->names[attribute]);
    size_t from, to;
    SC_TRY(sc__doc_byte_of(&from, d, start));
    SC_TRY(sc__doc_byte_of(&to, d, end));
    sc__tags_add(t, attribute, from, to, json_number_value(at[2]));
    return t->status;
}

static sc_status read_attributes(sc_tags *t, json_t *attributes, sc_doc *d) {
    const char *name;
    json_t *spans, *span;
    json_object_foreach(attributes, name, spans) {
        const int attribute = sc__tags_find(t, name);
        size_t i;
        SC_TRY(t->status);
        if (!json_is_array(spans)) return bad_span(name);
        json_array_foreach(spans, i, span) SC_TRY(read_span(t, attribute, span, d));
    }
    return SC_OK;
}

sc_status sc__tags_read(sc_tags *t, sc_slice line, sc_doc *d) {
    json_t *o;
    SC_TRY(sc__json_parse(&o, line.p, line.n, "attributes"));
    json_t *attributes = json_object_get(o, "attributes");
    const sc_status s = json_is_object(attributes)
                            ? read_attributes(t, attributes, d)
                            : SC_FAIL(SC_FORMAT, "attributes: missing, or no object");
    json_decref(o);
    return s;
}
