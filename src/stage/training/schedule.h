/* schedule.h - the learning rate of each step: a warm-up, then a shape chosen by name. */
#ifndef SC_STAGE_TRAINING_SCHEDULE_H
#define SC_STAGE_TRAINING_SCHEDULE_H

#include "base/status.h"

typedef struct {
    int kind;              /* a row of schedules.def */
    double peak, floor;    /* learning_rate, min_learning_rate */
    int64_t warmup;        /* steps; step warmup - 1 is already at the peak */
    double decay_fraction; /* of all steps, for warmup_stable_decay */
} sc_schedule;

/* SC_USAGE, with the names that there are. */
SC_MUST_USE sc_status sc__schedule_find(int *kind, const char *name);
/* The rate of step 0 .. n_steps - 1. */
double sc__schedule_rate(const sc_schedule *s, int64_t step, int64_t n_steps);

#endif
