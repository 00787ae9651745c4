/* ordered.c - a ring of chunks under one lock, which nobody holds while reading, working or
 * finishing; see ordered.h. */
#include "base/ordered.h"

#include "base/alloc.h"
#include "base/pool.h"

#include <pthread.h>
#include <stdio.h>

typedef struct {
    int64_t number; /* in the run, from 0 */
    size_t bytes;
    void *chunk;
} slot;

typedef struct {
    const sc_ordered *o;
    void *user;
    int n_slots;
    slot *slots;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    slot **idle; /* n_idle of them; the last one used comes first, its memory is warm */
    int n_idle;
    slot **done; /* by number modulo n_slots: worked on, not yet finished */
    bool reading, finishing, ended;
    size_t in_flight; /* bytes of what was read and is not finished */
    int64_t n_read, n_finished;
    int64_t failed_at; /* the earliest chunk that failed; INT64_MAX: none did */
    sc_status status;
    char error[1024];
} run;

typedef struct {
    run *r;
    void *own;
} worker;

/* Under the lock. The earliest failure counts; its text is this thread's. */
static void fail(run *r, sc_status s, int64_t number) {
    r->ended = true;
    pthread_cond_broadcast(&r->changed);
    if (number >= r->failed_at) return;
    r->failed_at = number;
    r->status = s;
    snprintf(r->error, sizeof r->error, "%s", sc_error_text());
}

/* ---- reading --------------------------------------------------------------------------------- */

/* An idle chunk to read into; NULL when there is nothing more to read. */
static slot *begin_reading(run *r) {
    const size_t budget = r->o->budget ? r->o->budget : SIZE_MAX;
    pthread_mutex_lock(&r->lock);
    while (!r->ended && (r->reading || !r->n_idle || r->in_flight > budget))
        pthread_cond_wait(&r->changed, &r->lock);
    slot *t = r->ended ? NULL : r->idle[--r->n_idle];
    if (t) r->reading = true;
    pthread_mutex_unlock(&r->lock);
    return t;
}

static sc_status read_chunk(run *r, slot *t) {
    const volatile int *stop = r->o->stop;
    t->bytes = 0;
    if (stop && *stop) return SC_FAIL(SC_INTERRUPTED, "interrupted");
    return r->o->read(&t->bytes, r->user, t->chunk);
}

static void end_reading(run *r, slot *t, sc_status s) {
    pthread_mutex_lock(&r->lock);
    r->reading = false;
    t->number = r->n_read;
    if (s == SC_OK) {
        r->n_read++;
        r->in_flight += t->bytes;
    } else {
        r->idle[r->n_idle++] = t;
    }
    if (s < 0) fail(r, s, t->number);
    if (s == SC_DONE) r->ended = true;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

/* ---- finishing ------------------------------------------------------------------------------- */

/* Under the lock: the chunk whose turn it is, if its work is done. */
static slot *take_turn(run *r) {
    slot **turn = &r->done[r->n_finished % r->n_slots], *t = *turn;
    if (r->n_finished >= r->failed_at) return NULL;
    *turn = NULL;
    return t;
}

/* Hands a chunk over; finishes all whose turn it is, unless somebody does already. */
static void finish_chunks(run *r, slot *t) {
    pthread_mutex_lock(&r->lock);
    r->done[t->number % r->n_slots] = t;
    const bool mine = !r->finishing;
    r->finishing = true;
    while (mine && (t = take_turn(r))) {
        pthread_mutex_unlock(&r->lock);
        const sc_status s = r->o->finish(r->user, t->chunk);
        pthread_mutex_lock(&r->lock);
        if (s < 0) fail(r, s, t->number);
        r->n_finished++;
        r->in_flight -= t->bytes;
        r->idle[r->n_idle++] = t;
        pthread_cond_broadcast(&r->changed);
    }
    if (mine) r->finishing = false;
    pthread_mutex_unlock(&r->lock);
}

/* ---- workers --------------------------------------------------------------------------------- */

static void give_up(run *r, sc_status s, int64_t number) {
    pthread_mutex_lock(&r->lock);
    fail(r, s, number);
    pthread_mutex_unlock(&r->lock);
}

static void work(worker *w) {
    run *r = w->r;
    for (slot *t; (t = begin_reading(r));) {
        sc_status s = read_chunk(r, t);
        end_reading(r, t, s);
        if (s != SC_OK) return;
        s = r->o->work(r->user, w->own, t->chunk);
        if (s < 0) {
            give_up(r, s, t->number);
            return;
        }
        finish_chunks(r, t);
    }
}

static bool has_ended(run *r) {
    pthread_mutex_lock(&r->lock);
    const bool ended = r->ended;
    pthread_mutex_unlock(&r->lock);
    return ended;
}

static void run_worker(void *arg, int64_t task, int index) {
    (void)task, (void)index;
    worker w = {.r = arg};
    const sc_ordered *o = w.r->o;
    if (has_ended(w.r)) return; /* too late to be of use */
    w.own = sc__calloc(1, o->worker_size);
    sc_status s = w.own ? SC_OK : SC_FAIL(SC_NOMEM, "%s", o->name);
    if (s >= 0 && o->open_worker) s = o->open_worker(w.r->user, w.own);
    if (s >= 0)
        work(&w);
    else
        give_up(w.r, s, -1);
    if (w.own && o->close_worker) o->close_worker(w.own);
    sc__free(w.own);
}

/* ---- the run --------------------------------------------------------------------------------- */

static sc_status open_slots(run *r, int n) {
    r->slots = sc__calloc((size_t)n, sizeof *r->slots);
    r->idle = sc__calloc((size_t)n, sizeof *r->idle);
    r->done = sc__calloc((size_t)n, sizeof *r->done);
    if (!r->slots || !r->idle || !r->done) return SC_FAIL(SC_NOMEM, "%s", r->o->name);
    while (r->n_slots < n) {
        slot *t = &r->slots[r->n_slots];
        t->chunk = sc__calloc(1, r->o->chunk_size);
        if (!t->chunk) return SC_FAIL(SC_NOMEM, "%s", r->o->name);
        r->n_slots++;
        if (r->o->open_chunk) SC_TRY(r->o->open_chunk(r->user, t->chunk));
        r->idle[r->n_idle++] = t;
    }
    return SC_OK;
}

static void close_slots(run *r) {
    for (int i = 0; i < r->n_slots; i++) {
        if (r->o->close_chunk) r->o->close_chunk(r->slots[i].chunk);
        sc__free(r->slots[i].chunk);
    }
    sc__free(r->slots);
    sc__free(r->idle);
    sc__free(r->done);
}

sc_status sc__ordered_run(const sc_ordered *o, void *user) {
    run r = {.o = o, .user = user, .failed_at = INT64_MAX};
    sc_pool *pool;
    pthread_mutex_init(&r.lock, NULL);
    pthread_cond_init(&r.changed, NULL);
    sc_status s = sc__pool_open(&pool, o->threads);
    if (s >= 0) s = open_slots(&r, 2 * sc__pool_threads(pool));
    if (s >= 0) {
        sc__pool_run(pool, sc__pool_threads(pool), run_worker, &r);
        s = r.status;
        if (s < 0) sc__error_adopt(r.error);
    }
    sc__pool_close(pool);
    close_slots(&r);
    pthread_mutex_destroy(&r.lock);
    pthread_cond_destroy(&r.changed);
    return s;
}
