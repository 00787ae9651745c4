/* peak.h - what this machine can do in matrix products, measured. */
#ifndef SC_GRAPH_PEAK_H
#define SC_GRAPH_PEAK_H

#include "graph/graph.h"

/* Floating-point operations a second (2 M N K a product) of a large product in this type: the best
 * of a few runs, about a quarter of a second in all. */
SC_MUST_USE sc_status sc__peak_measure(double *out, sc_machine *m, sc_dtype t);

#endif
