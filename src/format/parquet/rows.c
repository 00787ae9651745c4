/* rows.c - records put together again from columns (Melnik et al. 2010, "Dremel", section 4): the
 * tree of the schema is walked for every row, and the levels of the first column below a node tell
 * whether it is there and whether its list goes on. All columns below must agree. */
#include "format/parquet/column.h"
#include "format/parquet/print.h"

#include "format/json_scan.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static const size_t default_memory = (size_t)1 << 30, default_row = (size_t)1 << 30;

typedef struct {
    bool selected;
    int first, n;  /* columns at or below this node */
    sc_buffer key; /* "name": as it is written */
    sc_parquet_print_fn *print;
} field;

typedef struct {
    size_t at, n_key; /* an entry of a map in the row's text, from its key on */
    size_t end;
} entry;

struct sc_parquet_rows {
    const sc_parquet *f;
    sc_parquet_options o;
    field *fields;              /* one a node */
    sc_parquet_column *columns; /* the selected ones */
    int n_columns;
    sc_parquet_shared shared;
    sc_parquet_printer printer;
    sc_buffer entries;        /* of the maps that are being written */
    size_t start;             /* of the row in its buffer */
    int64_t group, row, left; /* row group, the next row's number, rows left in the group */
    bool too_long;            /* the present row is */
    bool damaged;             /* the rest of the row group cannot be read */
};

/* ---- what is read ---------------------------------------------------------------------------- */

static void select_below(sc_parquet_rows *r, int64_t node) {
    for (int64_t i = node; i < r->f->nodes[node].end; i++) r->fields[i].selected = true;
    for (int64_t i = r->f->nodes[node].parent; i >= 0; i = r->f->nodes[i].parent)
        r->fields[i].selected = true;
}

/* The field of a struct whose name is the whole of `path`, or its beginning before a dot; -1: none.
 * Names may themselves hold dots. */
static int64_t find_column(const sc_parquet *f, int64_t node, const char *path) {
    const sc_parquet_node *parent = &f->nodes[node];
    if (parent->type != SC_PARQUET_GROUP || parent->shape != SC_PARQUET_STRUCT ||
        parent->repetition == SC_PARQUET_REPEATED)
        return -1;
    for (int64_t c = node + 1; c < parent->end; c = f->nodes[c].end) {
        const sc_parquet_node *n = &f->nodes[c];
        if (strncmp(n->name, path, n->n_name) || strlen(path) < n->n_name) continue;
        if (!path[n->n_name]) return c;
        if (path[n->n_name] != '.') continue;
        const int64_t below = find_column(f, c, path + n->n_name + 1);
        if (below >= 0) return below;
    }
    return -1;
}

static sc_status select_columns(sc_parquet_rows *r) {
    if (!r->o.columns) select_below(r, 0);
    for (int i = 0; r->o.columns && i < r->o.n_columns; i++) {
        const int64_t node = find_column(r->f, 0, r->o.columns[i]);
        if (node < 0)
            return SC_FAIL(SC_USAGE, "%s: has no column %s that can be chosen", r->f->path,
                           r->o.columns[i]);
        select_below(r, node);
    }
    return SC_OK;
}

static bool is_key(const sc_parquet *f, int64_t node) {
    const int64_t pair = f->nodes[node].parent, map = pair > 0 ? f->nodes[pair].parent : -1;
    return map > 0 && f->nodes[map].shape == SC_PARQUET_MAP_OF && node == pair + 1;
}

static sc_status init_fields(sc_parquet_rows *r) {
    const sc_parquet *f = r->f;
    for (int64_t i = 0; i < f->n_nodes; i++) {
        const sc_parquet_node *n = &f->nodes[i];
        field *d = &r->fields[i];
        d->first = r->n_columns;
        if (!d->selected) continue;
        d->print = sc__parquet_printer(n, is_key(f, i));
        sc_buffer name = SC_BUFFER_INIT;
        sc_status s = sc__utf8_repair(&name, n->name, n->n_name, NULL);
        sc__json_quote(&d->key, name.data ? name.data : "", name.len);
        sc__buffer_putc(&d->key, ':');
        sc__buffer_deinit(&name);
        SC_TRY(s);
        SC_TRY(d->key.status);
        if (n->type != SC_PARQUET_GROUP)
            sc__parquet_column_init(&r->columns[r->n_columns++], f, i, &r->shared);
    }
    for (int64_t i = 0; i < f->n_nodes; i++) {
        const int64_t end = f->nodes[i].end;
        r->fields[i].n =
            (end < f->n_nodes ? r->fields[end].first : r->n_columns) - r->fields[i].first;
    }
    return SC_OK;
}

typedef struct {
    const field *field;
    int64_t parent;
} name_row;

static int by_name(const void *a, const void *b) {
    const name_row *x = a, *y = b;
    if (x->parent != y->parent) return x->parent < y->parent ? -1 : 1;
    return strcmp(x->field->key.data, y->field->key.data); /* no zeros: they are escaped */
}

/* A row that names a field twice would not be JSON that we read ourselves. */
static sc_status check_names(const sc_parquet_rows *r) {
    const sc_parquet *f = r->f;
    name_row *rows = sc__calloc((size_t)f->n_nodes, sizeof *rows);
    int64_t n = 0;
    sc_status s = SC_OK;
    if (!rows) return SC_FAIL(SC_NOMEM, "%s: columns", f->path);
    for (int64_t i = 1; i < f->n_nodes; i++)
        if (r->fields[i].selected) rows[n++] = (name_row){&r->fields[i], f->nodes[i].parent};
    qsort(rows, (size_t)n, sizeof *rows, by_name);
    for (int64_t i = 1; i < n && s >= 0; i++)
        if (!by_name(&rows[i - 1], &rows[i]))
            s = SC_FAIL(SC_FORMAT, "%s: two columns are named %.100s", f->path,
                        rows[i].field->key.data);
    sc__free(rows);
    return s;
}

static sc_status init(sc_parquet_rows *r) {
    int64_t n = 0;
    r->fields = sc__calloc((size_t)r->f->n_nodes, sizeof *r->fields);
    if (!r->fields) return SC_FAIL(SC_NOMEM, "%s: columns", r->f->path);
    SC_TRY(select_columns(r));
    for (int64_t i = 0; i < r->f->n_columns; i++) n += r->fields[r->f->leaves[i]].selected;
    r->columns = sc__calloc((size_t)n + 1, sizeof *r->columns);
    if (!r->columns) return SC_FAIL(SC_NOMEM, "%s: columns", r->f->path);
    SC_TRY(init_fields(r));
    SC_TRY(check_names(r));
    if (!r->n_columns && r->f->n_rows)
        return SC_FAIL(SC_FORMAT, "%s: %lld rows without a column", r->f->path,
                       (long long)r->f->n_rows);
    return SC_OK;
}

sc_status sc__parquet_rows_open(sc_parquet_rows **out, const sc_parquet *f,
                                const sc_parquet_options *o) {
    *out = NULL;
    sc_parquet_rows *r = sc__calloc(1, sizeof *r);
    if (!r) return SC_FAIL(SC_NOMEM, "%s: columns", f->path);
    r->f = f;
    if (o) r->o = *o;
    if (!r->o.max_row) r->o.max_row = default_row;
    r->shared.max = r->o.max_memory ? r->o.max_memory : default_memory;
    r->group = -1;
    const sc_status s = init(r);
    if (s < 0)
        sc__parquet_rows_close(r);
    else
        *out = r;
    return s;
}

void sc__parquet_rows_close(sc_parquet_rows *r) {
    if (!r) return;
    for (int i = 0; i < r->n_columns; i++) sc__parquet_column_deinit(&r->columns[i]);
    for (int64_t i = 0; r->fields && i < r->f->n_nodes; i++) sc__buffer_deinit(&r->fields[i].key);
    sc__parquet_codec_deinit(&r->shared.codec);
    sc__buffer_deinit(&r->printer.repaired);
    sc__buffer_deinit(&r->entries);
    sc__free(r->columns);
    sc__free(r->fields);
    sc__free(r);
}

int64_t sc__parquet_rows_replaced(const sc_parquet_rows *r) { return r->printer.n_replaced; }

/* ---- one row --------------------------------------------------------------------------------- */

static sc_status disagree(const sc_parquet_rows *r, const sc_parquet_column *c) {
    return SC_FAIL(SC_FORMAT,
                   "%s: %s: page at byte %zu: row %lld: its levels say another shape than the "
                   "schema or the columns beside it",
                   r->f->path, c->where, c->page_at, (long long)r->row + 1);
}

/* Takes one triple of every column below a node that is not there. */
static sc_status take_absent(sc_parquet_rows *r, int64_t node) {
    const field *d = &r->fields[node];
    const int def = r->columns[d->first].def;
    for (int i = d->first; i < d->first + d->n; i++) {
        sc_parquet_column *c = &r->columns[i];
        SC_TRY(sc__parquet_column_peek(c));
        if (c->ended || c->def != def) return disagree(r, c);
        sc__parquet_column_pop(c);
    }
    return SC_OK;
}

/* A row that grows beyond the limit is read to its end all the same, so that the next one can be,
 * but nothing of it is kept. */
static sc_status check_length(sc_parquet_rows *r) {
    sc_buffer *out = r->printer.out;
    if (out->len - r->start > r->o.max_row) r->too_long = true;
    if (r->too_long && out->data) {
        out->len = r->start;
        out->data[out->len] = 0;
    }
    return out->status;
}

static sc_status write_field(sc_parquet_rows *r, int64_t node);
static sc_status write_content(sc_parquet_rows *r, int64_t node);

static sc_status write_value(sc_parquet_rows *r, int64_t node) {
    sc_parquet_column *c = &r->columns[r->fields[node].first];
    sc_parquet_value v;
    if (c->def != c->leaf->max_def || c->ended) return disagree(r, c);
    SC_TRY(sc__parquet_column_value(&v, c));
    r->too_long |= v.n > r->o.max_row;
    const sc_status s = r->too_long ? SC_OK : r->fields[node].print(&r->printer, c->leaf, v);
    if (s < 0) return sc__parquet_column_context(c, s);
    sc__parquet_column_pop(c);
    return check_length(r);
}

static sc_status write_struct(sc_parquet_rows *r, int64_t node) {
    sc_buffer *out = r->printer.out;
    const char *gap = "{";
    for (int64_t c = node + 1; c < r->f->nodes[node].end; c = r->f->nodes[c].end) {
        if (!r->fields[c].selected) continue;
        sc__buffer_puts(out, gap);
        sc__buffer_append(out, r->fields[c].key.data, r->fields[c].key.len);
        SC_TRY(write_field(r, c));
        gap = ",";
    }
    sc__buffer_puts(out, *gap == '{' ? "{}" : "}");
    return SC_OK;
}

/* Whether the list at a repeated node goes on, which all columns below it must agree on. */
static sc_status goes_on(bool *out, sc_parquet_rows *r, int64_t node) {
    const int level = r->f->nodes[node].max_rep;
    const field *d = &r->fields[node];
    for (int i = d->first; i < d->first + d->n; i++) {
        sc_parquet_column *c = &r->columns[i];
        SC_TRY(sc__parquet_column_peek(c));
        if (i == d->first) *out = c->rep == level;
        if (c->rep > level || (c->rep == level) != *out) return disagree(r, c);
    }
    return check_length(r);
}

static sc_status is_absent(bool *out, sc_parquet_rows *r, int64_t node) {
    sc_parquet_column *c = &r->columns[r->fields[node].first];
    SC_TRY(sc__parquet_column_peek(c));
    *out = c->def < r->f->nodes[node].max_def;
    return c->ended ? disagree(r, c) : SC_OK;
}

/* The list of a repeated node; `element` is that node or its only child. */
static sc_status write_list(sc_parquet_rows *r, int64_t node, int64_t element) {
    sc_buffer *out = r->printer.out;
    bool absent, more = true;
    SC_TRY(is_absent(&absent, r, node));
    if (absent) {
        sc__buffer_puts(out, "[]");
        return take_absent(r, node);
    }
    for (const char *gap = "["; more; gap = ",") {
        sc__buffer_puts(out, gap);
        SC_TRY(element == node ? write_content(r, node) : write_field(r, element));
        SC_TRY(goes_on(&more, r, node));
    }
    sc__buffer_putc(out, ']');
    return SC_OK;
}

/* ---- maps ------------------------------------------------------------------------------------ */

/* A key as a JSON string: what is a number otherwise is put in quotes. */
static sc_status write_key(sc_parquet_rows *r, int64_t key) {
    sc_buffer *out = r->printer.out;
    const size_t at = out->len;
    bool absent;
    SC_TRY(is_absent(&absent, r, key));
    if (absent)
        return SC_FAIL(SC_FORMAT, "%s: %s: row %lld: a map with a key that is null", r->f->path,
                       r->columns[r->fields[key].first].where, (long long)r->row + 1);
    sc__buffer_putc(out, '"');
    SC_TRY(write_value(r, key));
    if (r->too_long) return SC_OK;
    if (out->data[at + 1] == '"') { /* was one already */
        memmove(out->data + at, out->data + at + 1, out->len - at);
        out->len--;
    } else {
        sc__buffer_putc(out, '"');
    }
    return SC_OK;
}

static sc_status write_entry(sc_parquet_rows *r, int64_t pair) {
    sc_buffer *out = r->printer.out;
    entry e = {.at = out->len};
    const int64_t key = pair + 1;
    SC_TRY(write_key(r, key));
    e.n_key = out->len - e.at;
    sc__buffer_putc(out, ':');
    SC_TRY(write_field(r, r->f->nodes[key].end));
    if (r->too_long) return SC_OK;
    e.end = out->len;
    sc__buffer_append(&r->entries, &e, sizeof e);
    return r->entries.status;
}

typedef struct {
    const char *key;
    size_t n_key, i;
} key_row;

static int by_key(const void *a, const void *b) {
    const key_row *x = a, *y = b;
    const int order = memcmp(x->key, y->key, SC_MIN(x->n_key, y->n_key));
    if (order) return order;
    if (x->n_key != y->n_key) return x->n_key < y->n_key ? -1 : 1;
    return x->i < y->i ? -1 : 1;
}

/* Marks (end = 0) all but the last of the entries that share a key; says whether there are any. */
static sc_status mark_repeated(bool *any, entry *entries, size_t n, const char *text) {
    key_row *rows = sc__calloc(n, sizeof *rows);
    if (!rows) return SC_FAIL(SC_NOMEM, "a map of %zu", n);
    for (size_t i = 0; i < n; i++) rows[i] = (key_row){text + entries[i].at, entries[i].n_key, i};
    qsort(rows, n, sizeof *rows, by_key);
    for (size_t i = 0; i + 1 < n; i++) {
        if (rows[i].n_key != rows[i + 1].n_key ||
            memcmp(rows[i].key, rows[i + 1].key, rows[i].n_key))
            continue;
        entries[rows[i].i].end = 0;
        *any = true;
    }
    sc__free(rows);
    return SC_OK;
}

/* "If a key occurs more than once, the last value counts" (LogicalTypes.md). */
static sc_status drop_repeated(sc_parquet_rows *r, size_t first_entry) {
    sc_buffer *out = r->printer.out;
    entry *entries = (entry *)(void *)(r->entries.data + first_entry);
    const size_t n = (r->entries.len - first_entry) / sizeof *entries;
    bool any = false;
    SC_TRY(mark_repeated(&any, entries, n, out->data));
    if (!any) return SC_OK;
    const size_t start = entries[0].at;
    size_t to = start;
    for (size_t i = 0; i < n; i++) {
        if (!entries[i].end) continue;
        if (to > start) out->data[to++] = ',';
        const size_t length = entries[i].end - entries[i].at;
        memmove(out->data + to, out->data + entries[i].at, length);
        to += length;
    }
    out->len = to;
    out->data[to] = 0;
    return SC_OK;
}

static sc_status write_map(sc_parquet_rows *r, int64_t pair) {
    sc_buffer *out = r->printer.out;
    const size_t first_entry = r->entries.len;
    bool absent, more = true;
    SC_TRY(is_absent(&absent, r, pair));
    sc__buffer_putc(out, '{');
    if (absent) SC_TRY(take_absent(r, pair));
    for (const char *gap = ""; more && !absent; gap = ",") {
        sc__buffer_puts(out, gap);
        SC_TRY(write_entry(r, pair));
        SC_TRY(goes_on(&more, r, pair));
    }
    SC_TRY(out->status);
    if (!r->too_long && r->entries.len - first_entry > sizeof(entry))
        SC_TRY(drop_repeated(r, first_entry));
    r->entries.len = first_entry;
    sc__buffer_putc(out, '}');
    return SC_OK;
}

/* ---- all ------------------------------------------------------------------------------------- */

/* A node that is there. */
static sc_status write_content(sc_parquet_rows *r, int64_t node) {
    const sc_parquet_node *n = &r->f->nodes[node];
    if (n->type != SC_PARQUET_GROUP) return write_value(r, node);
    if (n->shape == SC_PARQUET_LIST_OF) return write_list(r, node + 1, n->element);
    if (n->shape == SC_PARQUET_MAP_OF) return write_map(r, node + 1);
    return write_struct(r, node);
}

static sc_status write_field(sc_parquet_rows *r, int64_t node) {
    const sc_parquet_node *n = &r->f->nodes[node];
    bool absent;
    if (n->repetition == SC_PARQUET_REPEATED) return write_list(r, node, node);
    SC_TRY(is_absent(&absent, r, node));
    if (!absent || n->repetition == SC_PARQUET_REQUIRED) return write_content(r, node);
    sc__buffer_puts(r->printer.out, "null");
    return take_absent(r, node);
}

/* The row group after this one, whose columns must have been read to their ends. */
static sc_status next_group(sc_parquet_rows *r) {
    for (int i = 0; r->group >= 0 && !r->damaged && i < r->n_columns; i++) {
        SC_TRY(sc__parquet_column_peek(&r->columns[i]));
        if (!r->columns[i].ended) return disagree(r, &r->columns[i]);
    }
    r->damaged = false;
    if (++r->group >= r->f->n_groups) return SC_DONE;
    const sc_parquet_group *g = &r->f->groups[r->group];
    r->left = g->n_rows;
    for (int i = 0; i < r->n_columns; i++) SC_TRY(sc__parquet_column_start(&r->columns[i], g));
    return SC_OK;
}

static sc_status next(sc_parquet_rows *r) {
    while (!r->left) {
        const sc_status s = next_group(r);
        if (s != SC_OK) return s;
    }
    for (int i = 0; i < r->n_columns; i++) { /* a row begins where repetition is 0 */
        sc_parquet_column *c = &r->columns[i];
        SC_TRY(sc__parquet_column_peek(c));
        if (c->ended || c->rep) return disagree(r, c);
    }
    SC_TRY(write_struct(r, 0));
    SC_TRY(check_length(r));
    r->left--;
    r->row++;
    return SC_OK;
}

sc_status sc__parquet_rows_next(sc_buffer *out, sc_parquet_rows *r) {
    if (r->group >= r->f->n_groups) return SC_DONE;
    r->printer.out = out;
    r->start = out->len;
    r->entries.len = 0;
    r->too_long = false;
    const sc_status s = next(r);
    if (s < 0) {
        const int64_t first = r->row;
        r->row += r->left;
        r->left = 0;
        r->damaged = true;
        if (r->row == first) return s;
        return sc__fail_context(s, "rows %lld to %lld", (long long)first + 1, (long long)r->row);
    }
    if (!r->too_long) return s;
    return SC_FAIL(SC_FORMAT, "%s: row %lld is longer than %zu bytes", r->f->path,
                   (long long)r->row, r->o.max_row);
}

int64_t sc__parquet_rows_number(const sc_parquet_rows *r) { return r->row; }
