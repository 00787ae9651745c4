/* schema.c - the tree of a Parquet file: its levels and columns, which groups are lists and maps
 * (with the older spellings of LogicalTypes.md, "Backward-compatibility rules"), and its text. */
#include "format/parquet/metadata.h"

#include <inttypes.h>
#include <string.h>

enum {
    INT32 = 1 << SC_PARQUET_INT32,
    INT64 = 1 << SC_PARQUET_INT64,
    BYTES = 1 << SC_PARQUET_BYTE_ARRAY,
    FIXED = 1 << SC_PARQUET_FIXED,
    GROUP = 1 << SC_PARQUET_GROUP,
    ANY = (1 << (SC_PARQUET_GROUP + 1)) - 1
};

static const struct {
    const char *name;
    int types;
} logicals[] = {
#define LOGICAL(id, name, number, types, print) {name, types},
#include "format/parquet/logical.def"
#undef LOGICAL
};

/* ---- names ----------------------------------------------------------------------------------- */

const char *sc__parquet_type_name(sc_parquet_type t) {
    static const char *const names[] = {"BOOLEAN", "INT32",  "INT64",      "INT96",
                                        "FLOAT",   "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY",
                                        "group"};
    return names[t];
}

const char *sc__parquet_codec_name(int codec) {
    static const char *const names[] = {"UNCOMPRESSED", "SNAPPY", "GZIP", "LZO",
                                        "BROTLI",       "LZ4",    "ZSTD", "LZ4_RAW"};
    return codec >= 0 && codec < SC_LEN(names) ? names[codec] : "unknown";
}

const char *sc__parquet_encoding_name(int encoding) {
    static const char *const names[] = {"PLAIN",
                                        NULL,
                                        "PLAIN_DICTIONARY",
                                        "RLE",
                                        "BIT_PACKED",
                                        "DELTA_BINARY_PACKED",
                                        "DELTA_LENGTH_BYTE_ARRAY",
                                        "DELTA_BYTE_ARRAY",
                                        "RLE_DICTIONARY",
                                        "BYTE_STREAM_SPLIT",
                                        "ALP"};
    const bool known = encoding >= 0 && encoding < SC_LEN(names) && names[encoding];
    return known ? names[encoding] : "unknown";
}

void sc__parquet_print_logical(sc_buffer *out, const sc_parquet_node *n) {
    static const char *const units[] = {"MILLIS", "MICROS", "NANOS"};
    sc__buffer_puts(out, logicals[n->logical].name);
    if (n->logical == SC_PARQUET_DECIMAL) sc__buffer_printf(out, "(%d,%d)", n->precision, n->scale);
    if (n->logical == SC_PARQUET_INTEGER)
        sc__buffer_printf(out, "(%d,%s)", n->bits, n->is_unsigned ? "false" : "true");
    if (n->digits && (n->logical == SC_PARQUET_TIME || n->logical == SC_PARQUET_TIMESTAMP))
        sc__buffer_printf(out, "(%s,%s)", units[n->digits / 3 - 1], n->utc ? "true" : "false");
}

const char *sc__parquet_path(const sc_parquet *f, int64_t node, char to[SC_PARQUET_PATH_BYTES]) {
    int64_t chain[SC_PARQUET_MAX_DEPTH + 1];
    int depth = 0;
    size_t n = 0;
    for (int64_t i = node; i > 0 && depth <= SC_PARQUET_MAX_DEPTH; i = f->nodes[i].parent)
        chain[depth++] = i;
    while (depth--) {
        const sc_parquet_node *at = &f->nodes[chain[depth]];
        const size_t k = SC_MIN(at->n_name, SC_PARQUET_PATH_BYTES - 2 - n);
        memcpy(to + n, at->name, k);
        n += k;
        if (depth && n < SC_PARQUET_PATH_BYTES - 2) to[n++] = '.';
    }
    to[n] = 0;
    return to;
}

static void print_node(sc_buffer *out, const sc_parquet *f, int64_t i, int depth) {
    static const char *const repetitions[] = {"required", "optional", "repeated"};
    static const char *const types[] = {"boolean", "int32",  "int64",  "int96",
                                        "float",   "double", "binary", "fixed_len_byte_array"};
    const sc_parquet_node *n = &f->nodes[i];
    sc__buffer_printf(out, "%*s%s ", 2 * depth, "", repetitions[n->repetition]);
    sc__buffer_puts(out, n->type == SC_PARQUET_GROUP ? "group" : types[n->type]);
    if (n->type == SC_PARQUET_FIXED) sc__buffer_printf(out, "(%d)", n->length);
    sc__buffer_putc(out, ' ');
    sc__buffer_append(out, n->name, n->n_name);
    if (n->logical != SC_PARQUET_NONE) {
        sc__buffer_puts(out, " (");
        sc__parquet_print_logical(out, n);
        sc__buffer_putc(out, ')');
    }
    if (n->type != SC_PARQUET_GROUP) {
        sc__buffer_puts(out, ";\n");
        return;
    }
    sc__buffer_puts(out, " {\n");
    for (int64_t c = i + 1; c < n->end; c = f->nodes[c].end) print_node(out, f, c, depth + 1);
    sc__buffer_printf(out, "%*s}\n", 2 * depth, "");
}

void sc__parquet_print_schema(sc_buffer *out, const sc_parquet *f) {
    const sc_parquet_node *root = &f->nodes[0];
    sc__buffer_puts(out, "message ");
    sc__buffer_append(out, root->name, root->n_name);
    sc__buffer_puts(out, " {\n");
    for (int64_t c = 1; c < root->end; c = f->nodes[c].end) print_node(out, f, c, 1);
    sc__buffer_puts(out, "}\n");
}

/* ---- the tree -------------------------------------------------------------------------------- */

typedef struct {
    sc_parquet *f;
    const int64_t *n_children;
} builder;

static sc_status refuse(const builder *b, int64_t i, const char *what) {
    char path[SC_PARQUET_PATH_BYTES];
    return SC_FAIL(SC_FORMAT, "%s: footer: schema: %s: %s", b->f->path,
                   i ? sc__parquet_path(b->f, i, path) : "root", what);
}

static sc_status check_width(const builder *b, int64_t i) {
    const sc_parquet_node *n = &b->f->nodes[i];
    int width = n->length; /* what the meaning asks of a FIXED value */
    if (n->logical == SC_PARQUET_UUID) width = 16;
    if (n->logical == SC_PARQUET_FLOAT16) width = 2;
    if (n->logical == SC_PARQUET_INTERVAL) width = 12;
    if (n->type == SC_PARQUET_FIXED && (n->length < 1 || n->length != width))
        return refuse(b, i, "a fixed length that its type cannot have");
    if (n->logical == SC_PARQUET_DECIMAL && (n->precision < 1 || n->scale > n->precision))
        return refuse(b, i, "a decimal of this precision and scale cannot be");
    const bool is_time = n->logical == SC_PARQUET_TIME || n->logical == SC_PARQUET_TIMESTAMP;
    const sc_parquet_type integer =
        (is_time ? n->digits > 3 || n->logical == SC_PARQUET_TIMESTAMP : n->bits == 64)
            ? SC_PARQUET_INT64
            : SC_PARQUET_INT32;
    if ((is_time || n->logical == SC_PARQUET_INTEGER) && n->type != integer)
        return refuse(b, i, "an integer of another width than its logical type");
    if ((is_time && !n->digits) || (n->logical == SC_PARQUET_INTEGER && n->bits != 8 &&
                                    n->bits != 16 && n->bits != 32 && n->bits != 64))
        return refuse(b, i, "a logical type without its parameters");
    return SC_OK;
}

static sc_status check_node(const builder *b, int64_t i) {
    const sc_parquet_node *n = &b->f->nodes[i];
    const bool group = n->type == SC_PARQUET_GROUP;
    if (!group && b->n_children[i]) return refuse(b, i, "a value with fields");
    if (group && !b->n_children[i] && i) return refuse(b, i, "a group without fields");
    if (!(logicals[n->logical].types & 1 << n->type))
        return refuse(b, i, "a logical type that its physical type cannot carry");
    return check_width(b, i);
}

/* Node i and all below it, which begin at *next. */
static sc_status place(builder *b, int64_t i, int64_t *next, int depth) {
    sc_parquet *f = b->f;
    sc_parquet_node *n = &f->nodes[i];
    const sc_parquet_node *parent = i ? &f->nodes[n->parent] : NULL;
    SC_TRY(check_node(b, i));
    if (depth > SC_PARQUET_MAX_DEPTH) return refuse(b, i, "nested too deep");
    n->max_def = parent ? parent->max_def + (n->repetition != SC_PARQUET_REQUIRED) : 0;
    n->max_rep = parent ? parent->max_rep + (n->repetition == SC_PARQUET_REPEATED) : 0;
    n->column = f->n_columns;
    if (n->type != SC_PARQUET_GROUP) f->leaves[f->n_columns++] = i;
    for (int64_t c = 0; c < b->n_children[i]; c++) {
        if (*next >= f->n_nodes) return refuse(b, i, "more fields than there are elements");
        const int64_t child = (*next)++;
        f->nodes[child].parent = i;
        SC_TRY(place(b, child, next, depth + 1));
    }
    n->end = *next;
    return SC_OK;
}

/* ---- lists and maps -------------------------------------------------------------------------- */

static bool is_named(const sc_parquet_node *n, const char *name, size_t n_name,
                     const char *suffix) {
    const size_t k = strlen(suffix);
    return n->n_name == n_name + k && !memcmp(n->name, name, n_name) &&
           !memcmp(n->name + n_name, suffix, k);
}

/* The node of the elements, below the list's repeated child. */
static int64_t element_of(const sc_parquet *f, int64_t list, int64_t repeated) {
    const sc_parquet_node *r = &f->nodes[repeated], *l = &f->nodes[list];
    const int64_t child = repeated + 1;
    const bool one = r->type == SC_PARQUET_GROUP && f->nodes[child].end == r->end;
    if (!one || f->nodes[child].repetition == SC_PARQUET_REPEATED || r->shape != SC_PARQUET_STRUCT)
        return repeated;
    if (is_named(r, "array", 5, "") || is_named(r, l->name, l->n_name, "_tuple")) return repeated;
    return child;
}

static void shape_map(sc_parquet *f, int64_t i) {
    sc_parquet_node *n = &f->nodes[i];
    const int64_t pair = i + 1, key = pair + 1, value = key + 1;
    const bool keyed = f->nodes[pair].type == SC_PARQUET_GROUP &&
                       f->nodes[key].type != SC_PARQUET_GROUP &&
                       f->nodes[key].repetition != SC_PARQUET_REPEATED;
    if (!keyed) return;
    if (value == f->nodes[pair].end) { /* keys alone: a set */
        n->shape = SC_PARQUET_LIST_OF;
        n->element = key;
    } else if (f->nodes[value].end == f->nodes[pair].end &&
               f->nodes[value].repetition != SC_PARQUET_REPEATED) {
        n->shape = SC_PARQUET_MAP_OF;
    }
}

/* Bottom up: whether a list's child is itself a list decides what its elements are. */
static void shape_all(sc_parquet *f) {
    for (int64_t i = f->n_nodes - 1; i > 0; i--) {
        sc_parquet_node *n = &f->nodes[i];
        if (n->logical != SC_PARQUET_LIST && n->logical != SC_PARQUET_MAP) continue;
        const int64_t child = i + 1;
        if (f->nodes[child].end != n->end || f->nodes[child].repetition != SC_PARQUET_REPEATED)
            continue; /* not as a list or map is built: its fields say all there is */
        if (n->logical == SC_PARQUET_MAP) {
            shape_map(f, i);
        } else {
            n->shape = SC_PARQUET_LIST_OF;
            n->element = element_of(f, i, child);
        }
    }
}

sc_status sc__parquet_build_schema(sc_parquet *f, const int64_t *n_children) {
    builder b = {f, n_children};
    int64_t next = 1;
    f->nodes[0].parent = -1;
    f->nodes[0].repetition = SC_PARQUET_REQUIRED;
    f->leaves = sc__arena_array(&f->arena, (size_t)f->n_nodes, sizeof *f->leaves);
    if (!f->leaves) return SC_FAIL(SC_NOMEM, "%s: footer", f->path);
    if (f->nodes[0].type != SC_PARQUET_GROUP) return refuse(&b, 0, "the root is a value");
    SC_TRY(place(&b, 0, &next, 0));
    if (next != f->n_nodes) return refuse(&b, 0, "elements that belong to no group");
    shape_all(f);
    return SC_OK;
}
