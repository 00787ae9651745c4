/* schedule.c - learning rates. Warm-up: peak (s + 1) / W. After it x runs from 0 to 1 at the last
 * step. */
#include "stage/training/schedule.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

static const struct {
    const char *name;
    double (*rate)(const sc_schedule *c, int64_t s, int64_t n);
} rows[] = {
#define SCHEDULE(name, function, text) {name, function},
#include "stage/training/schedules.def"
#undef SCHEDULE
};

sc_status sc__schedule_find(int *kind, const char *name) {
    char known[160] = "";
    for (int i = 0; i < SC_LEN(rows); i++) {
        if (!strcmp(rows[i].name, name)) {
            *kind = i;
            return SC_OK;
        }
        const size_t n = strlen(known);
        snprintf(known + n, sizeof known - n, "%s%s", n ? ", " : "", rows[i].name);
    }
    return SC_FAIL(SC_USAGE, "no schedule is called \"%s\"; there are %s", name, known);
}

double sc__schedule_rate(const sc_schedule *s, int64_t step, int64_t n_steps) {
    if (step < s->warmup) return s->peak * (double)(step + 1) / (double)s->warmup;
    return rows[s->kind].rate(s, step, n_steps);
}
