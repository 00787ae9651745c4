/* ordered.h - many pieces of work on all cores, in order: a chunk is read, worked on and finished.
 * Reading is one thread's at a time, the work is done side by side, and finishing is again one
 * thread's at a time, in the order of reading.
 *
 * What happens is what one thread alone would do, whatever their number: `read` decides where a
 * chunk ends and is called in turn; of several failures that of the earliest chunk counts; all
 * chunks before it are finished, none after it. Nobody waits for a turn: a chunk whose work is done
 * lies in a ring until those before it are finished, and its thread reads on. */
#ifndef SC_BASE_ORDERED_H
#define SC_BASE_ORDERED_H

#include "base/status.h"

/* Chunks and workers are structs of the caller's, zero at first: there are two chunks and one
 * worker a thread, and they are used again and again. All but the three that do the work may be
 * NULL. */
typedef struct {
    const char *name; /* of the run, in its own error texts */
    int threads;      /* <= 0: see sc__pool_open */
    size_t budget; /* bytes in flight above which no more is read; 0: the chunks alone bound it */
    const volatile int *stop; /* once not 0, the next read fails with SC_INTERRUPTED; may be NULL */

    /* The next chunk, and how many bytes it counts in the budget; SC_DONE when there are no more.
     */
    sc_status (*read)(size_t *bytes, void *user, void *chunk);
    /* Called from several threads for different chunks, never two with the same worker. */
    sc_status (*work)(void *user, void *worker, void *chunk);
    sc_status (*finish)(void *user, void *chunk);

    size_t chunk_size, worker_size; /* sizeof */
    sc_status (*open_chunk)(void *user, void *chunk);
    void (*close_chunk)(void *chunk);
    sc_status (*open_worker)(void *user, void *worker); /* in the worker's own thread */
    void (*close_worker)(void *worker);                 /* also when it could not be opened */
} sc_ordered;

/* Until `read` says SC_DONE or something fails. */
SC_MUST_USE sc_status sc__ordered_run(const sc_ordered *o, void *user);

#endif
