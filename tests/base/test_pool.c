/* test_pool.c - every task once, whatever the number of threads. */
#include "test.h"

#include "base/pool.h"

#include <stdatomic.h>

static _Atomic int done[1000];

static void count(void *arg, int64_t task, int worker) {
    (void)worker;
    atomic_fetch_add(&done[task], *(int *)arg);
}

TEST(each_task_once, "base/pool/each-task-once") {
    int one = 1;
    for (int threads = 1; threads <= 7; threads++) {
        sc_pool *p;
        CHECK_OK(sc__pool_open(&p, threads));
        for (int round = 1; round <= 200; round++) {
            const int n = round * 5;
            for (int i = 0; i < 1000; i++) atomic_store(&done[i], 0);
            sc__pool_run(p, n, count, &one);
            for (int i = 0; i < 1000; i++) CHECK_INT(done[i], i < n);
        }
        sc__pool_close(p);
    }
}

TEST(refuses_too_many, "base/pool/refuses-too-many") {
    sc_pool *p;
    CHECK_STATUS(SC_USAGE, sc__pool_open(&p, 100000));
    CHECK(!p);
}

static sc_status fail_at(void *arg, int64_t task, int worker) {
    (void)worker;
    atomic_fetch_add(&done[task], 1);
    return task == *(int *)arg ? SC_FAIL(SC_FORMAT, "task %d is bad", (int)task) : SC_OK;
}

TEST(tasks_that_fail, "base/pool/tasks-that-fail") {
    for (int threads = 1; threads <= 4; threads++) {
        sc_pool *p;
        int bad = 700, none = -1, stop = 0;
        CHECK_OK(sc__pool_open(&p, threads));
        for (int i = 0; i < 1000; i++) atomic_store(&done[i], 0);
        CHECK_OK(sc__pool_try(p, 1000, fail_at, &none, &stop));
        for (int i = 0; i < 1000; i++) CHECK_INT(done[i], 1);
        CHECK_STATUS(SC_FORMAT, sc__pool_try(p, 1000, fail_at, &bad, NULL));
        CHECK_ERROR("task 700 is bad");
        CHECK_INT(done[bad], 2);
        if (threads == 1) CHECK_INT(done[bad + 1], 1); /* what had not begun is left out */
        const int before = done[0];
        stop = 1;
        CHECK_STATUS(SC_INTERRUPTED, sc__pool_try(p, 1000, fail_at, &none, &stop));
        CHECK_INT(done[0], before);
        sc__pool_close(p);
    }
}
