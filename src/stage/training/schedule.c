/* schedule.c - learning rates. Warm-up: peak (s + 1) / W. After it x runs from 0 to 1 at the last
 * step. */
#include "stage/training/schedule.h"

#include "base/text.h"

#include <math.h>

static double progress(const sc_schedule *c, int64_t s, int64_t n) {
    const int64_t span = n - 1 - c->warmup;
    return span > 0 ? fmin(1, (double)(s - c->warmup) / (double)span) : 1;
}

static double cosine(const sc_schedule *c, int64_t s, int64_t n) {
    return c->floor +
           (c->peak - c->floor) * (1 + cos(3.14159265358979323846 * progress(c, s, n))) / 2;
}

static double linear(const sc_schedule *c, int64_t s, int64_t n) {
    return c->peak + (c->floor - c->peak) * progress(c, s, n);
}

static double constant(const sc_schedule *c, int64_t s, int64_t n) {
    (void)s, (void)n;
    return c->peak;
}

static double stable_decay(const sc_schedule *c, int64_t s, int64_t n) {
    const int64_t decay = llround(c->decay_fraction * (double)n), begin = n - decay;
    if (s < begin || decay == 0) return c->peak;
    return c->peak + (c->floor - c->peak) * (double)(s - begin + 1) / (double)decay;
}

typedef double rate_fn(const sc_schedule *c, int64_t s, int64_t n);
static rate_fn *const rates[] = {
#define SCHEDULE(name, function, text) function,
#include "stage/training/schedules.def"
#undef SCHEDULE
};

static const char *const names[] = {
#define SCHEDULE(name, function, text) name,
#include "stage/training/schedules.def"
#undef SCHEDULE
    NULL,
};

sc_status sc__schedule_find(int *kind, const char *name) {
    return sc__name_find(kind, "schedule", name, names);
}

double sc__schedule_rate(const sc_schedule *s, int64_t step, int64_t n_steps) {
    if (step < s->warmup) return s->peak * (double)(step + 1) / (double)s->warmup;
    return rates[s->kind](s, step, n_steps);
}
