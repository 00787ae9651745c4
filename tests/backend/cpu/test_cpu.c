/* test_cpu.c - which instruction set is chosen, and the loops over plain arrays of each. */
#include "backend/cpu/cpu.h"
#include "base/random.h"
#include "test.h"

TEST(forced, "backend/cpu/forced-isa") {
    sc_machine *m;
    for (int isa = 0; isa < SC_ISA_COUNT; isa++) {
        setenv("SOCLE_ISA", sc__cpu_isa_name((sc_isa)isa), 1);
        if (!sc__cpu_isa_has((sc_isa)isa)) {
            CHECK_STATUS(SC_USAGE, sc_machine_open(&m, "cpu", 1));
            CHECK_ERROR("not on this processor");
            continue;
        }
        CHECK_OK(sc_machine_open(&m, "cpu", 1));
        CHECK_STR(sc_machine_isa(m), sc__cpu_isa_name((sc_isa)isa));
        CHECK(sc__cpu_isa_current() == (sc_isa)isa);
        sc_machine_close(m);
    }
    setenv("SOCLE_ISA", "avx1024", 1);
    CHECK_STATUS(SC_USAGE, sc_machine_open(&m, "cpu", 1));
    CHECK_ERROR("SOCLE_ISA=avx1024: no such instruction set; this processor has: ref");
    unsetenv("SOCLE_ISA");
    CHECK_OK(sc_machine_open(&m, NULL, 1));
    CHECK_STR(sc_machine_isa(m), sc__cpu_isa_name(sc__cpu_isa_best()));
    sc_machine_close(m);
}

/* ---- sc_vector ------------------------------------------------------------------------------- */

enum { N = 1000 + 7 };

typedef struct {
    float w[N], m[N], v[N], y[N], back[N];
    uint16_t half[N];
    double squares;
} loops;

static float number(uint64_t stream, int i) {
    return sc__random_normal(test_seed(), stream, (uint64_t)i);
}

static void run_loops(loops *l, const sc_vector *f) {
    static float g[N];
    const sc_adamw o = {.lr = 1e-2f,
                        .beta1 = 0.9f,
                        .beta2 = 0.95f,
                        .eps = 1e-8f,
                        .weight_decay = 0.1f,
                        .bias1 = 0.19f,
                        .bias2 = 0.1f,
                        .grad_scale = 0.5f};
    for (int i = 0; i < N; i++) {
        l->w[i] = number(1, i);
        l->m[i] = number(2, i);
        l->v[i] = fabsf(number(3, i));
        l->y[i] = number(4, i);
        g[i] = number(5, i);
    }
    l->y[5] = INFINITY;
    l->y[6] = NAN;
    l->y[7] = -0.0f;
    f->to_bf16(l->half, l->y, N);
    f->from_bf16(l->back, l->half, N);
    l->squares = f->sum_squares(g, N);
    f->adamw(l->w, l->m, l->v, g, N, &o);
    f->axpby(l->y, g, 2, 3, N);
}

TEST(vectors, "backend/cpu/vectors") {
    static loops want, got;
    run_loops(&want, sc__backend_ref.vector());
    for (int isa = SC_ISA_REF + 1; isa < SC_ISA_COUNT; isa++) {
        if (!sc__cpu_isa_has((sc_isa)isa)) continue;
        setenv("SOCLE_ISA", sc__cpu_isa_name((sc_isa)isa), 1);
        const char *name;
        CHECK_OK(sc__backend_cpu.open(&name));
        CHECK(sc__backend_cpu.vector() != sc__backend_ref.vector());
        run_loops(&got, sc__backend_cpu.vector());
        CHECK_NEAR(got.squares, want.squares, 1e-6 * want.squares);
        for (int i = 0; i < N; i++) {
            CHECK_NEAR(got.w[i], want.w[i], 2e-6 * (1 + fabs((double)want.w[i])));
            CHECK_NEAR(got.m[i], want.m[i], 1e-6);
            CHECK_NEAR(got.v[i], want.v[i], 1e-6);
            if (isnan(want.y[i])) {
                CHECK(isnan(got.y[i]) && isnan(got.back[i]));
                continue;
            }
            if (isfinite(want.y[i])) CHECK_NEAR(got.y[i], want.y[i], 4e-6);
            CHECK(got.half[i] == want.half[i] && got.back[i] == want.back[i]);
        }
    }
}
