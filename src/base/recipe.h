/* recipe.h - recipes: YAML files of settings, read through a table of known keys, so that a typo is
 * an error with its line, and the commented example, the defaults and --set come from one place.
 *
 *     static const sc_recipe_key keys[] = {
 *         {"model", SC_RECIPE_MAP, NULL, "{model_type: gpt2, n_layer: 4}", "as in config.json"},
 *         {"model.path", SC_RECIPE_TEXT, NULL, NULL, "continue from this model directory"},
 *         {"train.steps", SC_RECIPE_INT, "1000", NULL, "optimizer steps"},
 *         {0}};
 *     sc_recipe *r;
 *     SC_TRY(sc__recipe_load(&r, keys, "train.yaml"));
 *     s = sc__recipe_set(r, "train.steps=10");
 *     if (s >= 0) s = sc__recipe_int(&steps, r, "train.steps");
 *     if (s >= 0 && steps < 1) s = sc__recipe_fail(r, "train.steps", "must be at least 1");
 *     if (s >= 0) sc__recipe_finish(r);
 *     sc__recipe_close(r);
 *
 * What of YAML is meant: mappings, sequences, scalars, comments, one document. Anchors, aliases,
 * tags and duplicate keys are refused. Unquoted scalars have the types of YAML's core schema. */
#ifndef SC_BASE_RECIPE_H
#define SC_BASE_RECIPE_H

#include "base/json.h"

typedef enum {
    SC_RECIPE_INT,  /* 64 bits */
    SC_RECIPE_REAL, /* finite */
    SC_RECIPE_BOOL, /* true, false */
    SC_RECIPE_TEXT, /* any scalar as it is written */
    SC_RECIPE_LIST, /* of texts; one text is a list of one */
    SC_RECIPE_MAP   /* free form: any keys and values below it */
} sc_recipe_kind;

typedef struct {
    const char *name; /* dotted: "train.steps"; NULL ends the table */
    sc_recipe_kind kind;
    const char *dflt;    /* as typed in a recipe; NULL: none */
    const char *example; /* what the commented recipe shows where there is no default; or NULL. With
                            "# " before it, shown as a comment */
    const char *help;    /* one line, with the unit */
} sc_recipe_key;

typedef struct sc_recipe sc_recipe;

/* Reads a recipe. Unknown keys, and mappings where a value must be (or the reverse), fail here with
 * SC_FORMAT and "FILE:LINE: ...". The table is borrowed. */
SC_MUST_USE sc_status sc__recipe_load(sc_recipe **out, const sc_recipe_key *keys, const char *path);
SC_MUST_USE sc_status sc__recipe_parse(sc_recipe **out, const sc_recipe_key *keys, const char *text,
                                       size_t n, const char *name);
void sc__recipe_close(sc_recipe *r); /* NULL is fine */

/* "train.steps=10" as on the command line: replaces what the file says. SC_USAGE when the key is
 * unknown or the value is of the wrong kind. */
SC_MUST_USE sc_status sc__recipe_set(sc_recipe *r, const char *assignment);

/* Is it given by the file or --set (and not null)? The name must be in the table, or lie in a MAP
 * (a contract), here and below. Does not count as read. */
bool sc__recipe_has(const sc_recipe *r, const char *name);
/* The value, else the table's default, else 0, false, NULL, an empty list. SC_FORMAT (SC_USAGE for
 * one that came by --set) when it is of another kind. Texts live as long as the recipe. */
SC_MUST_USE sc_status sc__recipe_int(int64_t *out, sc_recipe *r, const char *name);
SC_MUST_USE sc_status sc__recipe_real(double *out, sc_recipe *r, const char *name);
SC_MUST_USE sc_status sc__recipe_bool(bool *out, sc_recipe *r, const char *name);
SC_MUST_USE sc_status sc__recipe_text(const char **out, sc_recipe *r, const char *name);
SC_MUST_USE sc_status sc__recipe_list(const char *const **out, int64_t *n, sc_recipe *r,
                                      const char *name);
/* A MAP as a JSON object, without the keys that have rows of their own ("model.path"). Owned by the
 * caller; NULL when absent. */
SC_MUST_USE sc_status sc__recipe_map(json_t **out, sc_recipe *r, const char *name);

/* A failure of this key: "FILE:LINE: train.steps: <text>". */
SC_MUST_USE sc_status sc__recipe_fail(const sc_recipe *r, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* To call when all was read: each key that is given but was never asked for has no effect in this
 * recipe, which is said in a warning. */
void sc__recipe_finish(const sc_recipe *r);

/* Every key that has a value, defaults included, as nested JSON; as YAML that gives the same again.
 */
SC_MUST_USE sc_status sc__recipe_json(json_t **out, sc_recipe *r);
SC_MUST_USE sc_status sc__recipe_yaml(sc_buffer *out, sc_recipe *r);
/* A recipe that shows every key with its default or example and its help, under `title` (lines that
 * start with "# "). Keys with neither are commented out. */
void sc__recipe_template(sc_buffer *out, const sc_recipe_key *keys, const char *title);
/* The same as a new file. SC_IO: it is there already. */
SC_MUST_USE sc_status sc__recipe_template_save(const sc_recipe_key *keys, const char *title,
                                               const char *path);

#endif
