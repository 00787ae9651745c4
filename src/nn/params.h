/* params.h - the parameters of a model: what `declare` of a family names once, and loading, saving,
 * initialising, counting, weight decay and optimizers all walk.
 *
 * A role is architecture-neutral, in GGUF's spelling: "blk.3.attn_q.weight". The family's table of
 * names turns it into the checkpoint's key. Declaring is sticky: after a failure further calls do
 * nothing and sc__params_status tells. */
#ifndef SC_NN_PARAMS_H
#define SC_NN_PARAMS_H

#include "base/alloc.h"
#include "socle/graph.h"

typedef enum { SC_INIT_ZERO, SC_INIT_ONE, SC_INIT_NORMAL } sc_init_kind;
typedef struct {
    sc_init_kind kind;
    float std;
} sc_init;

static inline sc_init sc__init_normal(float std) { return (sc_init){SC_INIT_NORMAL, std}; }

typedef struct {
    sc_tensor t;     /* t.name is the role; data and grad are set by the model or the trainer */
    const char *key; /* in the checkpoint */
    sc_init init;
    void *owned; /* t.data when this parameter has its own memory, else NULL: a view of a file */
} sc_param;

typedef struct {
    sc_arena arena;
    sc_param **list;
    int n, capacity;
    char prefix[64];
    sc_param bad;
    sc_status status;
} sc_params;

void sc__params_init(sc_params *p);
void sc__params_deinit(sc_params *p); /* and the memory that parameters own */
SC_MUST_USE sc_status sc__params_status(const sc_params *p);

/* "NAME.weight" or "NAME.bias" under the present prefix. rows 0: a vector of `cols`. Never NULL. */
sc_param *sc__param_new(sc_params *p, const char *name, int64_t rows, int64_t cols, sc_init init);
/* Zeroed memory of the model's lifetime, never NULL unless the status has failed; n = 0 is fine. */
void *sc__params_array(sc_params *p, int64_t n, size_t size);
/* Everything declared until the next call is under "blk.I."; i < 0 ends it. */
void sc__params_layer(sc_params *p, int i);

sc_param *sc__params_find(const sc_params *p, const char *role); /* or NULL */
int64_t sc__params_count(const sc_params *p);                    /* numbers in all of them */
/* The rule for weight decay, for every family: matrices, not vectors (gains, biases). */
static inline bool sc__param_decays(const sc_param *p) { return p->t.shape.n_dims == 2; }

/* Gives every parameter memory of its own, f32, and draws its values: a function of seed and role
 * alone. */
SC_MUST_USE sc_status sc__params_randomize(sc_params *p, uint64_t seed);

#endif
