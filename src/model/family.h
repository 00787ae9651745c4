/* family.h - what one file of model/ provides: the keys of config.json, the names of parameters,
 * what exists, and the forward pass. */
#ifndef SC_MODEL_FAMILY_H
#define SC_MODEL_FAMILY_H

#include "nn/blocks.h"

#include <jansson.h>

/* One key of config.json. Alternatives are separated by '|', the first is written; a dot goes into
 * an object: "rope_scaling.factor|rope_parameters.factor". */
typedef struct {
    const char *key;
    char kind; /* 'i' int64_t, 'f' double, 'b' bool, 'a' sc_act, 's' const char* of the model's
                  lifetime */
    bool required;
    size_t offset;
    double dflt; /* of 'a': an sc_act; of 's': none, NULL */
} sc_field;
#define SC_NEED(T, f, key)                                                                         \
    { key, 'i', true, offsetof(T, f), 0 }
#define SC_INT(T, f, key, dflt)                                                                    \
    { key, 'i', false, offsetof(T, f), dflt }
#define SC_REAL(T, f, key, dflt)                                                                   \
    { key, 'f', false, offsetof(T, f), dflt }
#define SC_BOOL(T, f, key, dflt)                                                                   \
    { key, 'b', false, offsetof(T, f), dflt }
#define SC_ACTIVATION(T, f, key, dflt)                                                             \
    { key, 'a', false, offsetof(T, f), dflt }
#define SC_TEXT(T, f, key)                                                                         \
    { key, 's', false, offsetof(T, f), 0 }

/* Role and checkpoint name of a parameter without ".weight" or ".bias"; %d is the layer. */
typedef struct {
    const char *ours, *theirs;
} sc_name;

typedef struct {
    int64_t n_vocab, n_positions, n_layer, d; /* d: width of the residual stream */
    int64_t n_kv_head, d_head;                /* of the cache */
} sc_model_shape;

typedef struct {
    sc_node *hidden;  /* (N, D) after the last norm, of the batch's type */
    sc_node **layers; /* n_layer + 1: before the first block and after each, when asked for */
} sc_model_out;

typedef struct {
    size_t size;            /* of the family's model struct */
    const sc_field *fields; /* ends with {0} */
    const sc_name *names;   /* ends with {0}; without the base prefix */
    const char *head;       /* checkpoint name of an untied head */
    /* Checks what single keys cannot show and fills derived fields; errors name the key. */
    sc_status (*check)(void *model, const char *path);
    sc_model_shape (*shape)(const void *model);
    void (*declare)(void *model, sc_params *p);
    /* `layers` is NULL or an array to fill. */
    sc_node *(*forward)(const void *model, const sc_batch *b, sc_node **layers);
} sc_family;

typedef struct {
    const char *model_type, *architecture, *prefix, *source;
    const sc_family *family;
} sc_family_row;

extern const sc_family_row sc__families[];
extern const int sc__n_families;

/* Fills a model struct from config.json and back. `path` is for error texts; unknown keys stay
 * where they are. */
SC_MUST_USE sc_status sc__config_read(const sc_field *fields, void *model, const json_t *config,
                                      sc_arena *a, const char *path);
SC_MUST_USE sc_status sc__config_write(const sc_field *fields, const void *model, json_t *config);

#endif
