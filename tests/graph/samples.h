/* samples.h - inputs for every row of ops.def, so that one test can walk the table. */
#ifndef SC_TEST_SAMPLES_H
#define SC_TEST_SAMPLES_H

#include "graph/graph.h"

enum { SAMPLE_VARIANTS = 6 };

typedef struct {
    sc_graph *g;
    sc_dtype real; /* type of the real inputs */
    sc_dtype
        rounded; /* values are rounded through this type first, so that runs in two types agree */
    int variant; /* which shape and which options */
    double lo, hi;
    uint64_t n_filled; /* counts inputs: each has its own random stream */
} sample;

/* Adds a node of this operation with inputs and with every output it can have. NULL: there is no
 * such variant. */
sc_node *sample_new(sample *s, sc_op op);
/* A real input of the graph, filled at random from s->lo .. s->hi. */
sc_node *sample_input(sample *s, sc_shape shape, bool tokens);

#endif
