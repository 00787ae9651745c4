/* record.c - records of a corpus; record.h says what they are. */
#include "format/record.h"

#include "base/hash.h"

#include <stdio.h>
#include <string.h>

enum { MADE_ID_DIGITS = 32 };

static const char *const fields[SC_RECORD_N_FIELDS] = {"id",    "text",    "source",
                                                       "added", "created", "metadata"};

/* ---- reading --------------------------------------------------------------------------------- */

/* Names the keys that are there: who reads it sees which one to give. */
static sc_status no_text(const char *key, sc_slice line) {
    char there[200];
    size_t n = 0;
    sc_slice name, value, rest = line;
    while (n < sizeof there && sc__json_member(&name, &value, &rest))
        n += (size_t)snprintf(there + n, sizeof there - n, "%s%.*s", n ? ", " : "", (int)name.n,
                              name.p);
    return SC_FAIL(SC_FORMAT, "%s: missing; there is %s%s", key, n ? there : "nothing",
                   n < sizeof there ? "" : "...");
}

sc_status sc__record_parse(sc_record *out, sc_buffer *room, sc_slice line,
                           const sc_record_names *names, int64_t *n_replaced) {
    const char *keys[SC_RECORD_N_FIELDS];
    memcpy(keys, fields, sizeof keys);
    if (names && names->id) keys[SC_RECORD_ID] = names->id;
    if (names && names->text) keys[SC_RECORD_TEXT] = names->text;
    out->line = line;
    SC_TRY(sc__json_find(out->value, keys, SC_RECORD_N_FIELDS, line.p, line.n));
    const sc_slice text = out->value[SC_RECORD_TEXT];
    if (!text.p) return no_text(keys[SC_RECORD_TEXT], line);
    if (*text.p != '"') return SC_FAIL(SC_FORMAT, "%s: must be a string", keys[SC_RECORD_TEXT]);
    return sc__json_unquote(&out->text, room, text, n_replaced);
}

static sc_status made_id(sc_buffer *out, sc_slice text) {
    sc_digest digest;
    SC_TRY(sc__hash_bytes(&digest, text.p, text.n));
    sc__buffer_append(out, digest.hex, MADE_ID_DIGITS);
    return out->status;
}

sc_status sc__record_id(sc_buffer *out, const sc_record *r) {
    const sc_slice id = r->value[SC_RECORD_ID];
    if (!id.p || *id.p == 'n' || *id.p == '{' || *id.p == '[') return made_id(out, r->text);
    if (*id.p != '"') return sc__buffer_append(out, id.p, id.n), out->status;
    sc_buffer room = SC_BUFFER_INIT;
    sc_slice text;
    int64_t n_replaced = 0;
    sc_status s = sc__json_unquote(&text, &room, id, &n_replaced);
    if (s >= 0) sc__buffer_append(out, text.p, text.n);
    sc__buffer_deinit(&room);
    return s < 0 ? s : out->status;
}

sc_status sc__record_string(sc_slice *out, sc_buffer *room, const sc_record *r, const char *key) {
    int64_t n_replaced = 0;
    sc_slice value = sc__json_at(r->value[SC_RECORD_METADATA], &key, 1);
    if (!value.p) value = sc__json_at(r->line, &key, 1);
    *out = (sc_slice){NULL, 0};
    if (!value.p || *value.p != '"') return SC_OK;
    return sc__json_unquote(out, room, value, &n_replaced);
}

/* ---- writing --------------------------------------------------------------------------------- */

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "record"); }

static sc_status set_sha256(json_t *metadata, sc_slice text) {
    sc_digest digest;
    SC_TRY(sc__hash_bytes(&digest, text.p, text.n));
    return json_object_set_new(metadata, "sha256", json_string(digest.hex)) < 0 ? no_memory()
                                                                                : SC_OK;
}

/* The metadata with the new members; owned by the caller. */
static sc_status new_metadata(json_t **out, const sc_record *r, const sc_slice *text,
                              json_t *extra) {
    const sc_slice old = r->value[SC_RECORD_METADATA];
    json_t *o = old.p && *old.p == '{' ? json_loadb(old.p, old.n, JSON_ALLOW_NUL, NULL) : NULL;
    if (!o) o = json_object();
    sc_status s = o && (!extra || json_object_update(o, extra) >= 0) ? SC_OK : no_memory();
    if (s >= 0 && text) s = set_sha256(o, *text);
    *out = o;
    return s;
}

/* A value of the line is replaced: appends what stands before it from *at on, then the new value.
 */
static void splice(sc_buffer *out, const char **at, sc_slice old, const sc_buffer *with) {
    if (!old.p || !with->len) return;
    sc__buffer_append(out, *at, (size_t)(old.p - *at));
    sc__buffer_append(out, with->data, with->len);
    *at = old.p + old.n;
}

static void append_changed(sc_buffer *out, const sc_record *r, const sc_buffer *text,
                           const sc_buffer *metadata) {
    const sc_slice old_text = r->value[SC_RECORD_TEXT], old = r->value[SC_RECORD_METADATA];
    const char *at = r->line.p, *end = r->line.p + r->line.n;
    while (*--end != '}') {}
    const bool first = old.p && old.p < old_text.p;
    if (first) splice(out, &at, old, metadata);
    splice(out, &at, old_text, text);
    if (!first) splice(out, &at, old, metadata);
    sc__buffer_append(out, at, (size_t)(end - at));
    if (!old.p) {
        sc__buffer_puts(out, ",\"metadata\":");
        sc__buffer_append(out, metadata->data, metadata->len);
    }
    sc__buffer_puts(out, "}\n");
}

sc_status sc__record_change(sc_buffer *out, const sc_record *r, const sc_slice *text,
                            json_t *extra) {
    sc_buffer quoted = SC_BUFFER_INIT, metadata = SC_BUFFER_INIT;
    json_t *o = NULL;
    if (!text && !extra) {
        sc__buffer_append(out, r->line.p, r->line.n);
        sc__buffer_putc(out, '\n');
        return out->status;
    }
    sc_status s = new_metadata(&o, r, text, extra);
    if (s >= 0) sc__json_print(&metadata, o);
    if (s >= 0 && text) sc__json_quote(&quoted, text->p, text->n);
    if (s >= 0) s = metadata.status < 0 ? metadata.status : quoted.status;
    if (s >= 0) append_changed(out, r, &quoted, &metadata);
    sc__buffer_deinit(&quoted);
    sc__buffer_deinit(&metadata);
    json_decref(o);
    return s < 0 ? s : out->status;
}

static void append_field(sc_buffer *out, sc_record_field field, sc_slice value) {
    if (!value.p) return;
    sc__buffer_printf(out, "%s\"%s\":", field == SC_RECORD_ID ? "" : ",", fields[field]);
    sc__json_quote(out, value.p, value.n);
}

/* {"id": of the text where there is none. */
static sc_status append_id(sc_buffer *out, const sc_new_record *r) {
    if (r->id.p) return append_field(out, SC_RECORD_ID, r->id), out->status;
    sc__buffer_puts(out, "\"id\":\"");
    SC_TRY(made_id(out, r->text));
    sc__buffer_putc(out, '"');
    return out->status;
}

sc_status sc__record_write(sc_buffer *out, const sc_new_record *r) {
    json_t *metadata = r->metadata ? json_copy(r->metadata) : json_object();
    sc_status s = metadata ? set_sha256(metadata, r->text) : no_memory();
    sc__buffer_putc(out, '{');
    if (s >= 0) s = append_id(out, r);
    append_field(out, SC_RECORD_TEXT, r->text);
    append_field(out, SC_RECORD_SOURCE, r->source);
    append_field(out, SC_RECORD_ADDED, r->added);
    append_field(out, SC_RECORD_CREATED, r->created);
    sc__buffer_puts(out, ",\"metadata\":");
    if (s >= 0) sc__json_print(out, metadata);
    sc__buffer_puts(out, "}\n");
    json_decref(metadata);
    return s < 0 ? s : out->status;
}
