/* test_ordered.c - whatever the number of threads, what happens is what one alone would do. */
#include "test.h"

#include "base/alloc.h"
#include "base/ordered.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { N = 200 };

typedef struct {
    int number, square;
    char *memory;
} piece;

typedef struct {
    int n, fails_reading, fails_working, fails_finishing; /* at these numbers; N or more: never */
    int n_read, n_finished;
    _Atomic int in_flight, most, reading, finishing, workers;
    volatile int stop;
} job;

static sc_status read_piece(size_t *bytes, void *user, void *chunk) {
    job *j = user;
    piece *p = chunk;
    CHECK_INT(atomic_fetch_add(&j->reading, 1), 0); /* in turn */
    p->number = j->n_read;
    *bytes = 10;
    atomic_fetch_sub(&j->reading, 1);
    if (p->number == j->fails_reading) return SC_FAIL(SC_IO, "cannot read %d", p->number);
    if (p->number == j->n) return SC_DONE;
    j->n_read++;
    const int in_flight = atomic_fetch_add(&j->in_flight, 10) + 10;
    if (in_flight > atomic_load(&j->most)) atomic_store(&j->most, in_flight);
    return SC_OK;
}

/* Early pieces take longer, so that later ones overtake them. */
static sc_status work(void *user, void *worker, void *chunk) {
    const job *j = user;
    piece *p = chunk;
    CHECK_INT(++*(int *)worker, 1); /* nobody else has this worker */
    if (p->number % 5 == 0) usleep(500);
    p->square = p->number * p->number;
    --*(int *)worker;
    return p->number >= j->fails_working ? SC_FAIL(SC_FORMAT, "cannot square %d", p->number)
                                         : SC_OK;
}

static sc_status finish(void *user, void *chunk) {
    job *j = user;
    const piece *p = chunk;
    CHECK_INT(atomic_fetch_add(&j->finishing, 1), 0);
    CHECK_INT(p->number, j->n_finished); /* in order */
    CHECK_INT(p->square, p->number * p->number);
    atomic_fetch_sub(&j->finishing, 1);
    atomic_fetch_sub(&j->in_flight, 10);
    if (p->number == j->fails_finishing) return SC_FAIL(SC_IO, "cannot write %d", p->number);
    j->n_finished++;
    return SC_OK;
}

static sc_status open_piece(void *user, void *chunk) {
    piece *p = chunk;
    (void)user;
    p->memory = sc__alloc(10);
    return p->memory ? SC_OK : SC_FAIL(SC_NOMEM, "piece");
}

static void close_piece(void *chunk) {
    piece *p = chunk;
    sc__free(p->memory);
}

static sc_status run(job *j, int threads, size_t budget) {
    const sc_ordered o = {.name = "test",
                          .threads = threads,
                          .budget = budget,
                          .stop = &j->stop,
                          .read = read_piece,
                          .work = work,
                          .finish = finish,
                          .chunk_size = sizeof(piece),
                          .worker_size = sizeof(int),
                          .open_chunk = open_piece,
                          .close_chunk = close_piece};
    return sc__ordered_run(&o, j);
}

static job never_fails(int n) {
    return (job){.n = n, .fails_reading = N, .fails_working = N, .fails_finishing = N};
}

TEST(ordered_all, "base/ordered/all-in-order") {
    for (int threads = 1; threads <= 7; threads++)
        for (int n = 0; n < N; n += 33) {
            job j = never_fails(n);
            CHECK_OK(run(&j, threads, 0));
            CHECK_INT(j.n_finished, n);
            CHECK_INT(j.in_flight, 0);
            CHECK(j.most <= 2 * threads * 10);
        }
}

TEST(ordered_budget, "base/ordered/budget") {
    job j = never_fails(100);
    CHECK_OK(run(&j, 7, 30));
    CHECK_INT(j.n_finished, 100);
    CHECK(j.most <= 30 + 10); /* what is read while the budget is just kept */
}

/* The earliest chunk that fails decides, also where a later one failed first. */
TEST(ordered_fails, "base/ordered/first-failure") {
    for (int threads = 1; threads <= 7; threads += 2) {
        job j = never_fails(N);
        j.fails_working = 40; /* slow; 41 fails before it */
        CHECK_STATUS(SC_FORMAT, run(&j, threads, 0));
        CHECK_STR(sc_error_text(), "cannot square 40");
        CHECK_INT(j.n_finished, 40);

        j = never_fails(N);
        j.fails_reading = 51;
        CHECK_STATUS(SC_IO, run(&j, threads, 0));
        CHECK_STR(sc_error_text(), "cannot read 51");
        CHECK_INT(j.n_finished, 51);

        j = never_fails(N);
        j.fails_finishing = 10;
        CHECK_STATUS(SC_IO, run(&j, threads, 0));
        CHECK_STR(sc_error_text(), "cannot write 10");
        CHECK_INT(j.n_finished, 10);
    }
}

TEST(ordered_stops, "base/ordered/stops") {
    job j = never_fails(N);
    j.stop = 1;
    CHECK_STATUS(SC_INTERRUPTED, run(&j, 3, 0));
    CHECK_INT(j.n_read, 0);
}

static sc_status read_when_both_began(size_t *bytes, void *user, void *chunk) {
    job *j = user;
    while (atomic_load(&j->workers) < 2) usleep(100);
    return read_piece(bytes, user, chunk);
}

static sc_status refuse_second(void *user, void *worker) {
    job *j = user;
    *(int *)worker = 0;
    return atomic_fetch_add(&j->workers, 1) ? SC_FAIL(SC_NOMEM, "no second worker") : SC_OK;
}

static void close_worker(void *worker) { CHECK_INT(*(int *)worker, 0); }

TEST(ordered_workers, "base/ordered/a-worker-that-cannot-begin") {
    job j = never_fails(N);
    const sc_ordered o = {.name = "test",
                          .threads = 2,
                          .read = read_when_both_began,
                          .work = work,
                          .finish = finish,
                          .chunk_size = sizeof(piece),
                          .worker_size = sizeof(int),
                          .open_worker = refuse_second,
                          .close_worker = close_worker};
    CHECK_STATUS(SC_NOMEM, sc__ordered_run(&o, &j));
    CHECK_STR(sc_error_text(), "no second worker");
}

static sc_status run_small(void *arg) {
    (void)arg;
    job j = never_fails(5);
    return run(&j, 1, 0);
}

TEST(ordered_oom, "base/ordered/oom") { CHECK(test_oom(run_small, NULL) >= 8); }
