/* peak.c - the ceiling that training speed is compared with. */
#include "graph/peak.h"

#include "base/clock.h"
#include "tensor/dtype.h"

static const int64_t size = 1024;

static sc_status measure(double *out, sc_graph *g, sc_dtype t) {
    const sc_shape shape = {2, {size, size}};
    sc_node *a = sc_input(g, "a", t, shape), *b = sc_input(g, "b", t, shape);
    sc_keep(g, sc_matmul(g, a, b, 0));
    SC_TRY(sc_graph_status(g));
    for (int64_t i = 0; i < size * size;
         i++) { /* zeros would be kinder to the clock than real numbers */
        const float v = (float)(i % 17) - 8;
        SC_TRY(
            sc__convert((char *)sc_node_data(a) + (size_t)i * sc_dtype_size(t), t, &v, SC_F32, 1));
        SC_TRY(
            sc__convert((char *)sc_node_data(b) + (size_t)i * sc_dtype_size(t), t, &v, SC_F32, 1));
    }
    SC_TRY(sc_graph_run(g, NULL));
    double best = 1e30;
    const double end = sc__clock_now() + 0.25;
    do {
        const double start = sc__clock_now();
        SC_TRY(sc_graph_run(g, NULL));
        best = SC_MIN(best, sc__clock_now() - start);
    } while (sc__clock_now() < end);
    *out = 2.0 * (double)(size * size * size) / best;
    return SC_OK;
}

sc_status sc__peak_measure(double *out, sc_machine *m, sc_dtype t) {
    sc_graph *g;
    *out = 0;
    SC_TRY(sc_graph_open(&g, m));
    sc_status s = measure(out, g, t);
    sc_graph_close(g);
    return s;
}
