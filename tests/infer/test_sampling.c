/* test_sampling.c - what the filters leave, against transformers' (tests/parity/sampling.py); which
 * token is drawn. */
#include "test.h"

#include "format/safetensors.h"
#include "infer/sampling.h"

typedef struct {
    sc_safetensors *file;
    const float *logits;
    const double *cases, *probabilities;
    sc_context context;
    int64_t n_cases, n_vocab;
    sc_sampler sampler;
} rig;

static const sc_safetensor *get(const rig *r, const char *name) {
    const sc_safetensor *t = sc__safetensors_find(r->file, name);
    CHECK(t != NULL);
    return t;
}

static void rig_open(rig *r) {
    CHECK_OK(sc__safetensors_open(&r->file, test_data("golden/sampling/sampling.safetensors")));
    r->logits = (const float *)get(r, "logits")->data;
    r->cases = (const double *)get(r, "cases")->data;
    r->probabilities = (const double *)get(r, "probabilities")->data;
    r->context =
        (sc_context){(const int32_t *)get(r, "context")->data, get(r, "context")->shape.dim[0]};
    r->n_cases = get(r, "cases")->shape.dim[0];
    r->n_vocab = get(r, "logits")->shape.dim[0];
    CHECK_OK(sc__sampler_init(&r->sampler, r->n_vocab));
}

static void rig_close(rig *r) {
    sc__sampler_deinit(&r->sampler);
    sc__safetensors_close(r->file);
}

static sc_sampling case_of(const rig *r, int64_t i) {
    const double *c = r->cases + 5 * i;
    return (sc_sampling){.temperature = c[0],
                         .top_k = (int64_t)c[1],
                         .top_p = c[2],
                         .min_p = c[3],
                         .repetition_penalty = c[4]};
}

TEST(filters, "infer/sampling/filters") {
    rig r;
    rig_open(&r);
    for (int64_t i = 0; i < r.n_cases; i++) {
        const sc_sampling how = case_of(&r, i);
        const double *want = r.probabilities + i * r.n_vocab;
        double got[1024] = {0}, total, sum = 0;
        const sc_candidate *c;
        int64_t n;
        CHECK_OK(sc__sampler_filter(&r.sampler, &c, &n, &total, r.logits, &how, r.context));
        for (int64_t k = 0; k < n; k++) got[c[k].id] = r.sampler.weights[k] / total;
        for (int64_t k = 0; k < r.n_vocab; k++) {
            sum += got[k];
            if (!(fabs(got[k] - want[k]) <= 1e-6))
                test_fail(__FILE__, __LINE__, "case %lld: token %lld has %.9g, transformers %.9g",
                          (long long)i, (long long)k, got[k], want[k]);
        }
        CHECK_NEAR(sum, 1, 1e-9);
    }
    rig_close(&r);
}

TEST(draws, "infer/sampling/draws") { /* frequencies approach the probabilities */
    enum { DRAWS = 20000 };
    rig r;
    rig_open(&r);
    for (int64_t i = 0; i < r.n_cases; i++) {
        const sc_sampling how = case_of(&r, i);
        int count[1024] = {0};
        int32_t id;
        for (uint64_t k = 0; k < DRAWS; k++) {
            CHECK_OK(sc__sampler_run(&r.sampler, &id, r.logits, &how, r.context, k));
            count[id]++;
        }
        for (int64_t k = 0; k < r.n_vocab; k++) {
            const double p = r.probabilities[i * r.n_vocab + k];
            CHECK_NEAR(count[k] / (double)DRAWS, p, 5 * sqrt(p * (1 - p) / DRAWS) + 5.0 / DRAWS);
        }
    }
    rig_close(&r);
}

TEST(reproducible, "infer/sampling/reproducible") { /* the i-th draw depends on seed and i */
    rig r;
    rig_open(&r);
    sc_sampling how = {.temperature = 1, .top_p = 1, .repetition_penalty = 1, .seed = 5};
    int32_t first[50], id;
    int same = 0;
    for (int i = 0; i < 50; i++)
        CHECK_OK(sc__sampler_run(&r.sampler, &first[i], r.logits, &how, r.context, (uint64_t)i));
    for (int i = 49; i >= 0; i--) {
        CHECK_OK(sc__sampler_run(&r.sampler, &id, r.logits, &how, r.context, (uint64_t)i));
        CHECK_INT(id, first[i]);
    }
    how.seed = 6;
    for (int i = 0; i < 50; i++) {
        CHECK_OK(sc__sampler_run(&r.sampler, &id, r.logits, &how, r.context, (uint64_t)i));
        same += id == first[i];
    }
    CHECK(same < 40);
    rig_close(&r);
}

TEST(greedy, "infer/sampling/greedy") {
    const float logits[] = {1, 4, 4, -1, 4}, minus[] = {-HUGE_VALF, -HUGE_VALF, -3, -HUGE_VALF, -9};
    const float nan[] = {1, 2, NAN, 3, 4}, huge[] = {1, 2, HUGE_VALF, 3, 4};
    const int32_t seen[] = {1, 1, 2};
    sc_sampling how = SC_SAMPLING_INIT;
    sc_sampler s;
    int32_t id;
    CHECK_OK(sc__sampler_init(&s, 5));
    CHECK_OK(sc__sampler_run(&s, &id, logits, &how, (sc_context){0}, 0));
    CHECK_INT(id, 1); /* of equals the lowest */
    how.repetition_penalty = 1.5;
    CHECK_OK(sc__sampler_run(&s, &id, logits, &how, (sc_context){seen, 3}, 0));
    CHECK_INT(id, 4);
    CHECK_STATUS(SC_FORMAT, sc__sampler_run(&s, &id, nan, &how, (sc_context){0}, 0));
    CHECK_ERROR("token 2");
    CHECK_STATUS(SC_FORMAT, sc__sampler_run(&s, &id, huge, &how, (sc_context){0}, 0));
    how.temperature = 1;
    for (uint64_t i = 0; i < 100; i++) { /* what is impossible is never drawn */
        CHECK_OK(sc__sampler_run(&s, &id, minus, &how, (sc_context){0}, i));
        CHECK(id == 2 || id == 4);
    }
    how.temperature = 1e-45; /* colder than a float can say: the largest, of equals any */
    CHECK_OK(sc__sampler_run(&s, &id, minus, &how, (sc_context){0}, 0));
    CHECK_INT(id, 2);
    sc__sampler_deinit(&s);
}

TEST(ranges, "infer/sampling/ranges") {
    const sc_sampling good = SC_SAMPLING_INIT;
    CHECK_OK(sc_sampling_check(&good));
#define BAD(field, value, name)                                                                    \
    do {                                                                                           \
        sc_sampling bad = SC_SAMPLING_INIT;                                                        \
        bad.field = value;                                                                         \
        CHECK_STATUS(SC_USAGE, sc_sampling_check(&bad));                                           \
        CHECK_ERROR(name);                                                                         \
    } while (0)
    BAD(temperature, -1, "temperature");
    BAD(temperature, (double)NAN, "temperature");
    BAD(temperature, HUGE_VAL, "temperature");
    BAD(top_k, -1, "top-k");
    BAD(top_p, 0, "top-p");
    BAD(top_p, 1.5, "top-p");
    BAD(top_p, (double)NAN, "top-p");
    BAD(min_p, -0.1, "min-p");
    BAD(min_p, 1.1, "min-p");
    BAD(repetition_penalty, 0, "repetition-penalty");
    BAD(repetition_penalty, HUGE_VAL, "repetition-penalty");
}
