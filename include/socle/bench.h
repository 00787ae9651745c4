/* bench.h - how fast this machine trains, beside what it could do.
 *
 *     const sc_bench_options o = {.model = "gpt2", .batch_size = 4, .sequence_length = 512,
 *                                 .steps = 5};
 *     sc_bench_step r;
 *     if (sc_bench_train_step(&r, &o) < 0) return 1;
 *     printf("%.0f tokens a second, %.0f %% of the ceiling\n", r.tokens_per_second,
 *            100 * r.share_of_ceiling);
 */
#ifndef SOCLE_BENCH_H
#define SOCLE_BENCH_H

#include "socle/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char
        *model; /* a name of sc_bench_model, or the path of a config.json; weights are random */
    int64_t batch_size, sequence_length, steps;
    sc_dtype dtype; /* SC_F32 or SC_BF16: of matrix products */
    int threads;    /* <= 0: all */
} sc_bench_options;

enum { SC_BENCH_ROWS = 16 };

typedef struct {
    double tokens_per_second; /* of the median step, update included */
    double flop_per_token; /* 6 a parameter in matrix products (Kaplan et al. 2020), attention not
                              counted */
    double ceiling; /* floating-point operations a second of large products, measured before the
                       steps */
    double share_of_ceiling; /* tokens_per_second * flop_per_token / ceiling */
    int64_t n_params, peak_rss;
    sc_plan_report plan;
    sc_profile_row rows[SC_BENCH_ROWS]; /* where the graph's time goes, seconds a step */
    int n_rows;
    double update_seconds; /* norm, clipping and AdamW, a step */
} sc_bench_step;
SC_MUST_USE SC_API sc_status sc_bench_train_step(sc_bench_step *out, const sc_bench_options *o);
/* Name i of a model whose shape is known, NULL past the last. */
SC_API const char *sc_bench_model(int i);

/* Bytes of a recipe's training graph with the passes on or off. */
typedef struct {
    bool fusion, sharing, recompute;
    sc_plan_report report;
} sc_bench_plan_row;
enum { SC_BENCH_PLANS = 8 };
SC_MUST_USE SC_API sc_status sc_bench_plan(sc_bench_plan_row rows[SC_BENCH_PLANS],
                                           const char *recipe, const char *const *overrides,
                                           int n_overrides);

#ifdef __cplusplus
}
#endif
#endif
