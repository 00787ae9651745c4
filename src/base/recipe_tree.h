/* recipe_tree.h - YAML as a tree whose every node knows its line; private to recipe*.c. */
#ifndef SC_BASE_RECIPE_TREE_H
#define SC_BASE_RECIPE_TREE_H

#include "base/alloc.h"
#include "base/json.h"

enum { SC_YAML_MAX_BYTES = 1 << 20, SC_YAML_MAX_DEPTH = 16, SC_YAML_MAX_NODES = 20000 };

typedef enum { SC_YAML_SCALAR, SC_YAML_SEQUENCE, SC_YAML_MAPPING } sc_yaml_kind;

typedef struct sc_yaml sc_yaml;
struct sc_yaml {
    sc_yaml_kind kind;
    bool is_plain;    /* a scalar without quotes */
    bool is_read;     /* somebody asked for it */
    int line, column; /* from 1; of the key where there is one */
    const char *key;  /* in a mapping */
    const char *text; /* of a scalar */
    const char *from; /* "--set ..." for what replaced a value, else NULL */
    sc_yaml *first, *last, *next, *parent;
};

/* The one document in the text; an empty one is an empty mapping. `name` is for error texts. */
SC_MUST_USE sc_status sc__yaml_parse(sc_yaml **out, sc_arena *a, const char *text, size_t n,
                                     const char *name);
sc_yaml *sc__yaml_find(const sc_yaml *mapping, const char *key, size_t n_key); /* or NULL */
bool sc__yaml_is_null(const sc_yaml *v);
bool sc__yaml_int(int64_t *out, const char *text);
bool sc__yaml_real(double *out, const char *text);
bool sc__yaml_bool(bool *out, const char *text);
/* The JSON value of a node by the core schema; NULL without memory. */
json_t *sc__yaml_json(const sc_yaml *v);

#endif
