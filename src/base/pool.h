/* pool.h - a pool of threads that runs a grid of tasks. The grid is chosen by the caller from the
 * size of the problem and never from the number of threads, so that the thread count changes no bit
 * of any result. */
#ifndef SC_BASE_POOL_H
#define SC_BASE_POOL_H

#include "base/status.h"

typedef struct sc_pool sc_pool;
typedef void sc_task_fn(void *arg, int64_t task, int worker);

/* n_threads <= 0: SOCLE_THREADS if set, else the processors this process may use. */
SC_MUST_USE sc_status sc__pool_open(sc_pool **out, int n_threads);
void sc__pool_close(sc_pool *p); /* NULL is fine */
int sc__pool_threads(const sc_pool *p);
int sc__pool_default_threads(void); /* what n_threads <= 0 means */

/* Calls fn(arg, task, worker) once for each task of 0 .. n_tasks-1, worker < sc__pool_threads(p),
 * and returns when all are done. Worker i begins with the i-th part of them, so that arrays that
 * are cut alike stay in the caches of those who wrote them; who runs which is not fixed. p may be
 * NULL: the caller runs them all as worker 0. Not to be called from within a task. */
void sc__pool_run(sc_pool *p, int64_t n_tasks, sc_task_fn *fn, void *arg);

/* The same of tasks that can fail. What failed first is the status, with its text; tasks that had
 * not begun then are left out. `stop` may be NULL: SC_INTERRUPTED once it is not 0. */
typedef sc_status sc_try_fn(void *arg, int64_t task, int worker);
SC_MUST_USE sc_status sc__pool_try(sc_pool *p, int64_t n_tasks, sc_try_fn *fn, void *arg,
                                   const volatile int *stop);

#endif
