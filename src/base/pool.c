/* pool.c - workers wait for a new round by spinning a little and then sleeping. Each has a share of
 * the tasks, the same part of every round: what it wrote in one region lies in its own cache when
 * the next region reads it. Who is done with his own share takes from the others'. A round is
 * published by its number, so that a late worker never joins a finished one. */
#define _GNU_SOURCE
#include "base/pool.h"

#include "base/alloc.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_THREADS = 1024, SPINS = 4000 };

typedef struct {
    sc_pool *pool;
    pthread_t thread;
    int index;
} worker;

/* Tasks next .. end - 1 are still to be begun. */
typedef struct {
    _Alignas(64) _Atomic int64_t next;
    int64_t end;
} share;

struct sc_pool {
    int n_threads, n_started, spins;
    worker *workers; /* n_threads - 1 of them: the caller is worker 0 */
    pthread_mutex_t lock;
    pthread_cond_t wake, finished;
    sc_task_fn *fn;
    void *arg;
    share *shares;          /* n_threads of them */
    _Atomic uint64_t round; /* its number */
    _Atomic int busy;       /* workers that have not finished this round */
    _Atomic bool closing;
    bool running;
};

static inline void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

static void work_on(sc_pool *p, share *s, int index) {
    while (atomic_load_explicit(&s->next, memory_order_relaxed) < s->end) {
        const int64_t task = atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed);
        if (task < s->end) p->fn(p->arg, task, index);
    }
}

static void work(sc_pool *p, int index) {
    for (int i = index; i < p->n_threads; i++) work_on(p, &p->shares[i], index);
    for (int i = 0; i < index; i++) work_on(p, &p->shares[i], index);
}

/* Returns when the round differs from `seen` or the pool closes. */
static uint64_t await_round(sc_pool *p, uint64_t seen) {
    for (int i = 0; i < p->spins; i++) {
        uint64_t now = atomic_load_explicit(&p->round, memory_order_acquire);
        if (now != seen) return now;
        relax();
    }
    pthread_mutex_lock(&p->lock);
    while (atomic_load(&p->round) == seen && !atomic_load(&p->closing))
        pthread_cond_wait(&p->wake, &p->lock);
    uint64_t now = atomic_load(&p->round);
    pthread_mutex_unlock(&p->lock);
    return now;
}

static void finish(sc_pool *p) {
    if (atomic_fetch_sub_explicit(&p->busy, 1, memory_order_acq_rel) != 1) return;
    pthread_mutex_lock(&p->lock);
    pthread_cond_signal(&p->finished);
    pthread_mutex_unlock(&p->lock);
}

static void *worker_main(void *arg) {
    worker *w = arg;
    uint64_t seen = 0;
    for (;;) {
        uint64_t now = await_round(w->pool, seen);
        if (now == seen) return NULL; /* closing */
        seen = now;
        work(w->pool, w->index);
        finish(w->pool);
    }
}

static int processors(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
}

int sc__pool_default_threads(void) {
    const char *text = getenv("SOCLE_THREADS");
    const int n = text ? atoi(text) : 0;
    return n > 0 ? n : processors();
}

sc_status sc__pool_open(sc_pool **out, int n_threads) {
    *out = NULL;
    if (n_threads <= 0) n_threads = sc__pool_default_threads();
    if (n_threads > MAX_THREADS)
        return SC_FAIL(SC_USAGE, "%d threads: at most %d", n_threads, MAX_THREADS);
    sc_pool *p = sc__calloc(1, sizeof *p);
    worker *workers = sc__calloc((size_t)n_threads, sizeof *workers);
    share *shares = sc__calloc((size_t)n_threads, sizeof *shares);
    if (!p || !workers || !shares) {
        sc__free(p);
        sc__free(workers);
        sc__free(shares);
        return SC_FAIL(SC_NOMEM, "pool of %d threads", n_threads);
    }
    p->n_threads = n_threads;
    p->workers = workers;
    p->shares = shares;
    p->spins = n_threads <= processors() ? SPINS : 0;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    pthread_cond_init(&p->finished, NULL);
    for (int i = 0; i < n_threads - 1; i++) {
        workers[i] = (worker){.pool = p, .index = i + 1};
        int error = pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]);
        if (error) {
            sc__pool_close(p);
            return SC_FAIL(SC_NOMEM, "cannot start thread %d of %d (error %d)", i + 1, n_threads,
                           error);
        }
        p->n_started++;
    }
    *out = p;
    return SC_OK;
}

void sc__pool_close(sc_pool *p) {
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    atomic_store(&p->closing, true);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->n_started; i++) pthread_join(p->workers[i].thread, NULL);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->wake);
    pthread_cond_destroy(&p->finished);
    sc__free(p->workers);
    sc__free(p->shares);
    sc__free(p);
}

int sc__pool_threads(const sc_pool *p) { return p ? p->n_threads : 1; }

static void publish(sc_pool *p, int64_t n_tasks, sc_task_fn *fn, void *arg) {
    p->fn = fn;
    p->arg = arg;
    for (int i = 0; i < p->n_threads; i++) {
        atomic_store_explicit(&p->shares[i].next, n_tasks * i / p->n_threads, memory_order_relaxed);
        p->shares[i].end = n_tasks * (i + 1) / p->n_threads;
    }
    atomic_store_explicit(&p->busy, p->n_threads - 1, memory_order_relaxed);
    pthread_mutex_lock(&p->lock);
    atomic_fetch_add_explicit(&p->round, 1, memory_order_release);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

static void await_workers(sc_pool *p) {
    for (int i = 0; i < p->spins; i++) {
        if (!atomic_load_explicit(&p->busy, memory_order_acquire)) return;
        relax();
    }
    pthread_mutex_lock(&p->lock);
    while (atomic_load(&p->busy)) pthread_cond_wait(&p->finished, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

void sc__pool_run(sc_pool *p, int64_t n_tasks, sc_task_fn *fn, void *arg) {
    if (!p || p->n_threads == 1 || n_tasks <= 1) {
        for (int64_t i = 0; i < n_tasks; i++) fn(arg, i, 0);
        return;
    }
    sc_assert(!p->running);
    p->running = true;
    publish(p, n_tasks, fn, arg);
    work(p, 0);
    await_workers(p);
    p->running = false;
}

/* ---- tasks that can fail --------------------------------------------------------------------- */

typedef struct {
    sc_try_fn *fn;
    void *arg;
    const volatile int *stop;
    pthread_mutex_t lock; /* of the error */
    _Atomic sc_status status;
    char error[512];
} trial;

static void fail_trial(trial *t, sc_status s, const char *text) {
    pthread_mutex_lock(&t->lock);
    if (atomic_load(&t->status) >= 0) {
        snprintf(t->error, sizeof t->error, "%s", text);
        atomic_store(&t->status, s);
    }
    pthread_mutex_unlock(&t->lock);
}

static void try_task(void *arg, int64_t task, int index) {
    trial *t = arg;
    if (t->stop && *t->stop) fail_trial(t, SC_INTERRUPTED, "interrupted");
    if (atomic_load(&t->status) < 0) return;
    const sc_status s = t->fn(t->arg, task, index);
    if (s < 0) fail_trial(t, s, sc_error_text());
}

sc_status sc__pool_try(sc_pool *p, int64_t n_tasks, sc_try_fn *fn, void *arg,
                       const volatile int *stop) {
    trial t = {.fn = fn, .arg = arg, .stop = stop};
    pthread_mutex_init(&t.lock, NULL);
    sc__pool_run(p, n_tasks, try_task, &t);
    pthread_mutex_destroy(&t.lock);
    const sc_status s = t.status;
    if (s < 0) sc__error_adopt(t.error);
    return s;
}
