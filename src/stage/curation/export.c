/* export.c - a corpus as one Parquet file. Workers take records apart into columns, which are
 * handed over as length and bytes one after another (a length of all ones: absent); the writer gets
 * them in the order of the input. */
#include "account/step.h"
#include "base/file.h"
#include "format/parquet/parquet_writer.h"
#include "socle/corpus.h"
#include "stage/curation/flow.h"

#include <string.h>

enum { N_STRINGS = SC_RECORD_N_FIELDS, OTHER = N_STRINGS, N_COLUMNS };
enum { DOCUMENTS, REPLACED, N_TALLY };

/* In the order of sc_record_field, then what a record has besides. */
static const sc_parquet_string columns[N_COLUMNS] = {
    {"id", false},      {"text", false},    {"source", false}, {"added", false},
    {"created", false}, {"metadata", true}, {"other", true},
};

static const uint32_t absent = UINT32_MAX;

typedef struct {
    const sc_export_options *o;
    sc_export_report *report;
    sc_parquet_writer *writer;
} exporting;

/* ---- workers --------------------------------------------------------------------------------- */

static void put(sc_buffer *out, sc_slice v) {
    const uint32_t n = v.p ? (uint32_t)v.n : absent;
    sc__buffer_append(out, &n, sizeof n);
    if (v.p) sc__buffer_append(out, v.p, v.n);
}

static void put_buffer(sc_buffer *out, const sc_buffer *b) {
    put(out, (sc_slice){b->data ? b->data : "", b->len});
}

/* A string as what it says; anything else as its JSON. */
static sc_status put_value(sc_buffer *out, sc_slice v, int64_t *n_replaced) {
    sc_buffer room = SC_BUFFER_INIT;
    sc_status s = SC_OK;
    if (v.p && *v.p == 'n') v.p = NULL;
    if (v.p && *v.p == '"') s = sc__json_unquote(&v, &room, v, n_replaced);
    if (s >= 0) put(out, v);
    sc__buffer_deinit(&room);
    return s;
}

static bool is_column(const sc_record_names *names, sc_slice quoted) {
    for (int i = 0; i < N_STRINGS; i++) {
        const char *key = columns[i].name;
        if (i == SC_RECORD_ID && names->id) key = names->id;
        if (i == SC_RECORD_TEXT && names->text) key = names->text;
        const size_t n = strlen(key);
        if (quoted.n == n + 2 && !memcmp(quoted.p + 1, key, n)) return true;
    }
    return false;
}

/* An object of the members that have no column of their own; absent where there is none. */
static sc_status put_other(sc_buffer *out, const sc_record *r, const sc_record_names *names) {
    sc_buffer b = SC_BUFFER_INIT;
    sc_slice key, value, rest = r->line;
    while (sc__json_member(&key, &value, &rest)) {
        if (is_column(names, key)) continue;
        sc__buffer_putc(&b, b.len ? ',' : '{');
        sc__buffer_append(&b, key.p, key.n);
        sc__buffer_putc(&b, ':');
        sc__buffer_append(&b, value.p, value.n);
    }
    if (b.len) sc__buffer_putc(&b, '}');
    put(out, (sc_slice){b.len ? b.data : NULL, b.len});
    const sc_status s = b.status;
    sc__buffer_deinit(&b);
    return s;
}

static sc_status put_id(sc_buffer *out, const sc_record *r) {
    sc_buffer id = SC_BUFFER_INIT;
    const sc_status s = sc__record_id(&id, r);
    if (s >= 0) put_buffer(out, &id);
    sc__buffer_deinit(&id);
    return s;
}

static sc_status export_record(void *user, const sc_flow_item *item) {
    const sc_export_options *o = ((const exporting *)user)->o;
    const sc_record_names names = {o->common.id_field, o->common.text_field};
    const sc_record *r = item->record;
    SC_TRY(put_id(item->out, r));
    put(item->out, r->text);
    for (int i = SC_RECORD_SOURCE; i < SC_RECORD_METADATA; i++)
        SC_TRY(put_value(item->out, r->value[i], &item->tally[REPLACED]));
    const sc_slice metadata = r->value[SC_RECORD_METADATA];
    put(item->out, metadata.p && *metadata.p == 'n' ? (sc_slice){NULL, 0} : metadata);
    SC_TRY(put_other(item->out, r, &names));
    item->tally[DOCUMENTS]++;
    return item->out->status;
}

/* ---- in order -------------------------------------------------------------------------------- */

static sc_status collect(void *user, int kind, const char *bytes, size_t n) {
    exporting *x = user;
    (void)kind;
    for (const char *p = bytes, *end = bytes + n; p < end;) {
        sc_slice values[N_COLUMNS];
        for (int i = 0; i < N_COLUMNS; i++) {
            uint32_t length;
            memcpy(&length, p, sizeof length);
            p += sizeof length;
            values[i] = (sc_slice){length == absent ? NULL : p, length == absent ? 0 : length};
            p += values[i].n;
        }
        SC_TRY(sc__parquet_writer_append(x->writer, values));
    }
    return SC_OK;
}

static sc_status file_done(void *user, const char *path, const int64_t *tally) {
    exporting *x = user;
    (void)path;
    x->report->documents += tally[DOCUMENTS];
    x->report->reading.replaced += tally[REPLACED];
    return SC_OK;
}

static sc_status run(sc_account *a, void *arg) {
    static const char *const kinds[] = {NULL};
    static const sc_flow_step step = {
        .record = export_record, .collect = collect, .file_done = file_done, .n_tally = N_TALLY};
    exporting *x = arg;
    sc_flow_options f = {
        .inputs = x->o->inputs, .n_inputs = x->o->n_inputs, .kinds = kinds, .n_kinds = 1};
    for (int i = 0; a && i < x->o->n_inputs; i++)
        SC_TRY(sc__account_input(a, "data", x->o->inputs[i]));
    sc__flow_take(&f, &x->o->common);
    SC_TRY(sc__parquet_writer_open(&x->writer, x->o->out, columns, N_COLUMNS));
    const sc_status s = sc__flow_run(&x->report->reading, &step, x, &f);
    if (s >= 0) return sc__parquet_writer_commit(x->writer);
    sc__parquet_writer_abandon(x->writer);
    return s;
}

sc_status sc_data_export(sc_export_report *out, const sc_export_options *o) {
    static const sc_step step = {"data export", "curation", "corpus", run};
    exporting x = {.o = o, .report = out};
    const size_t n = strlen(o->out);
    *out = (sc_export_report){0};
    if (n < 9 || strcmp(o->out + n - 8, ".parquet"))
        return SC_FAIL(SC_USAGE, "export: %s: must be a file whose name ends in .parquet", o->out);
    return sc__step_run_data(&step, &x, o->out, &o->common);
}
