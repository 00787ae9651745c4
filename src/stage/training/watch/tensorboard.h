/* tensorboard.h - TensorBoard's event files: records of TFRecord framing, each an Event message of
 * scalars (tensorflow/core/util/event.proto, framework/summary.proto). */
#ifndef SC_STAGE_TRAINING_TENSORBOARD_H
#define SC_STAGE_TRAINING_TENSORBOARD_H

#include "base/buffer.h"

typedef struct {
    const char *tag; /* at most 100 bytes */
    double value;
} sc_scalar;

/* Appends one record: an event at wall_time (seconds since 1970) and step with these scalars. */
void sc__event_scalars(sc_buffer *out, double wall_time, int64_t step, const sc_scalar *s, int n);
/* The record that opens a file, and the one by which a resumed run takes back what an earlier one
 * wrote from this step on. */
void sc__event_version(sc_buffer *out, double wall_time);
void sc__event_restart(sc_buffer *out, double wall_time, int64_t step);

typedef struct sc_tensorboard sc_tensorboard;
/* A new file in DIR, which is made; first_step > 0: a resumed run that goes on from there. */
SC_MUST_USE sc_status sc__tensorboard_open(sc_tensorboard **out, const char *dir,
                                           int64_t first_step);
SC_MUST_USE sc_status sc__tensorboard_append(sc_tensorboard *t, int64_t step, const sc_scalar *s,
                                             int n);
SC_MUST_USE sc_status sc__tensorboard_close(sc_tensorboard *t); /* NULL is fine */

#endif
