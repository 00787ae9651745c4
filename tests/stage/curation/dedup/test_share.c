/* test_share.c - a job done by several processes gives the bytes of one, also when they are killed,
 * and what is missing, of another job or damaged is refused. */
#include "job.h"

#include "base/random.h"
#include "stage/curation/dedup/share.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const methods[] = {"minhash", "exact", "url", "paragraph", "line", "substring"};
static const char *const phases[] = {"keys", "groups", "sets", "pairs", "write"};
enum { DOCUMENTS = 600 };

static sc_dedup_options options(const char *method) {
    return (sc_dedup_options){
        .method = method, .min_length = strcmp(method, "substring") ? 6 : 3, .common.threads = 2};
}

static bool has_phase(const char *method, const char *phase) {
    const bool compares =
        !strcmp(method, "minhash") || !strcmp(method, "exact") || !strcmp(method, "url");
    return compares || (strcmp(phase, "sets") != 0 && strcmp(phase, "pairs") != 0);
}

static const char *run_whole(sc_dedup_report *r, const char *method) {
    const sc_dedup_options o = options(method);
    char name[64];
    snprintf(name, sizeof name, "%s-whole", method);
    const char *dir = job_run(r, name, &o);
    CHECK(r->is_whole);
    return dir;
}

static void check_end(const char *whole, const char *dir) {
    char work[4096];
    CHECK(job_same_all(whole, dir));
    snprintf(work, sizeof work, "%s/.dedup", dir);
    CHECK(!sc__path_exists(work));
    snprintf(work, sizeof work, "%s/.dedup-ended", dir);
    CHECK(!sc__path_exists(work));
    snprintf(work, sizeof work, "%s/.dedup-gone", dir);
    CHECK(!sc__path_exists(work));
    snprintf(work, sizeof work, "%s/lineage.json", dir);
    CHECK(sc__path_exists(work));
}

/* One phase after another, the last shard first, one of them twice. */
static void run_phases(const char *method, int n, const char *whole, const sc_dedup_report *all) {
    char name[64];
    const char *dir = NULL;
    sc_dedup_report r = {.is_whole = false};
    sc_dedup_options o = options(method);
    snprintf(name, sizeof name, "%s-%d", method, n);
    o.common.n_shards = n;
    for (int p = 0; p < SC_LEN(phases); p++) {
        if (!has_phase(method, phases[p])) continue;
        o.phase = phases[p];
        for (o.common.shard = n - 1; o.common.shard >= 0; o.common.shard--) {
            CHECK(!r.is_whole);
            dir = job_run(&r, name, &o);
            if (o.common.shard == n / 2 && n > 1) job_run(&r, name, &o);
        }
    }
    CHECK(r.is_whole);
    CHECK_INT(r.kept, all->kept);
    CHECK_INT(r.dropped, all->dropped);
    CHECK_INT(r.clusters, all->clusters);
    CHECK_INT(r.cut, all->cut);
    CHECK_INT(r.cut_bytes, all->cut_bytes);
    CHECK_INT(r.reading.documents, all->reading.documents);
    check_end(whole, dir);
}

TEST(share_phases, "stage/curation/dedup/share/phases_change_nothing") {
    static const int counts[] = {1, 3, 5, 2, 7};
    job_put_random(DOCUMENTS, 5);
    for (int m = 0; m < SC_LEN(methods); m++) {
        sc_dedup_report all;
        const char *whole = run_whole(&all, methods[m]);
        CHECK(all.dropped > 20);
        for (int i = 0; i < (m ? 3 : SC_LEN(counts)); i++)
            run_phases(methods[m], counts[i], whole, &all);
    }
}

/* ---- all at once ----------------------------------------------------------------------------- */

typedef struct {
    sc_dedup_options o;
    sc_dedup_report r;
    const char *in, *out;
    sc_status status;
} process;

static void *run_process(void *arg) {
    process *p = arg;
    p->status = sc_data_dedup(&p->r, &p->in, 1, p->out, &p->o);
    return NULL;
}

TEST(share_together, "stage/curation/dedup/share/together") {
    enum { N = 4 };
    job_put_random(DOCUMENTS, 5);
    for (int m = 0; m < SC_LEN(methods); m++) {
        sc_dedup_report all;
        process p[N];
        pthread_t threads[N];
        char name[64];
        int n_whole = 0;
        const char *whole = run_whole(&all, methods[m]);
        snprintf(name, sizeof name, "%s-together", methods[m]);
        const char *in = job_path("in"), *out = job_path(name);
        for (int i = 0; i < N; i++) {
            p[i] = (process){.o = options(methods[m]), .in = in, .out = out};
            p[i].o.common.shard = i;
            p[i].o.common.n_shards = N;
            CHECK(!pthread_create(&threads[i], NULL, run_process, &p[i]));
        }
        for (int i = 0; i < N; i++) pthread_join(threads[i], NULL);
        for (int i = 0; i < N; i++) {
            CHECK_OK(p[i].status);
            n_whole += p[i].r.is_whole;
            if (p[i].r.is_whole) CHECK_INT(p[i].r.kept, all.kept);
        }
        CHECK_INT(n_whole, 1);
        check_end(whole, out);
    }
}

/* ---- broken off ------------------------------------------------------------------------------ */

static pid_t start(const char *in, const char *out, sc_dedup_options o) {
    sc_dedup_report r;
    const pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid) return pid;
    const sc_status s = sc_data_dedup(&r, &in, 1, out, &o);
    if (s < 0) fprintf(stderr, "shard %d: %s\n", o.common.shard, sc_error_text());
    _exit(s < 0);
}

/* Two processes that are killed at any time, again and again; then one phase after another. */
TEST(share_killed, "stage/curation/dedup/share/killed_and_repeated") {
    sc_dedup_report all, r = {.is_whole = false};
    job_put_random(DOCUMENTS, 5);
    const char *in = job_path("in"), *out = job_path("killed"), *whole = run_whole(&all, "minhash");
    sc_dedup_options o = options("minhash");
    o.common.n_shards = 2;
    for (uint64_t round = 0; round < 12; round++) {
        pid_t pid[2];
        for (int i = 0; i < 2; i++) {
            o.common.shard = i;
            pid[i] = start(in, out, o);
        }
        usleep((useconds_t)sc__random_below(test_seed(), 9, round, 60000));
        for (int i = 0; i < 2; i++) kill(pid[i], SIGKILL);
        for (int i = 0; i < 2; i++) CHECK(waitpid(pid[i], NULL, 0) == pid[i]);
    }
    for (int p = 0; p < SC_LEN(phases); p++) {
        o.phase = phases[p];
        for (o.common.shard = 0; o.common.shard < 2 && !r.is_whole; o.common.shard++)
            CHECK_OK(sc_data_dedup(&r, &in, 1, out, &o));
    }
    CHECK(r.is_whole);
    check_end(whole, out);
}

/* Every write of every phase fails once, then the phase is repeated. */
TEST(share_full_disk, "stage/curation/dedup/share/full_disk") {
    sc_dedup_report all, r;
    job_put_random(60, 3);
    for (int m = 0; m < SC_LEN(methods); m += 3) { /* minhash, paragraph */
        const char *in = job_path("in"), *out = job_path(methods[m]);
        const char *whole = run_whole(&all, methods[m]);
        sc_dedup_options o = options(methods[m]);
        o.common.n_shards = 2;
        int n_failed = 0;
        for (int p = 0; p < SC_LEN(phases); p++) {
            if (!has_phase(methods[m], phases[p])) continue;
            o.phase = phases[p];
            for (o.common.shard = 0; o.common.shard < 2; o.common.shard++) {
                sc_status s = SC_IO;
                for (int k = 0; k < 200 && s < 0; k++) {
                    sc__file_fail_at(k);
                    s = sc_data_dedup(&r, &in, 1, out, &o);
                    sc__file_fail_at(-1);
                    CHECK(s == SC_IO || s >= 0);
                    n_failed += s < 0;
                }
                CHECK_OK(s);
            }
        }
        CHECK(r.is_whole);
        CHECK(n_failed > 20);
        check_end(whole, out);
    }
}

/* ---- refused --------------------------------------------------------------------------------- */

static sc_status run_one(const char *phase, int shard, int bands) {
    sc_dedup_report r;
    const char *in = job_path("in"), *out = job_path("out");
    const sc_dedup_options o = {.phase = phase,
                                .bands = bands,
                                .common.shard = shard,
                                .common.n_shards = 2,
                                .common.threads = 1};
    return sc_data_dedup(&r, &in, 1, out, &o);
}

TEST(share_missing, "stage/curation/dedup/share/missing_or_of_another_job") {
    job_put_random(60, 3);
    CHECK_STATUS(SC_IO, run_one("groups", 0, 14));
    CHECK_OK(run_one("keys", 0, 14));
    CHECK_STATUS(SC_IO, run_one("groups", 0, 14));
    CHECK_ERROR("shard 1 of 2");
    CHECK_OK(run_one("keys", 1, 7));
    CHECK_STATUS(SC_MISMATCH, run_one("groups", 0, 14));
    CHECK_OK(run_one("keys", 1, 14));
    CHECK_OK(run_one("groups", 0, 14));
    CHECK_STATUS(SC_IO, run_one("sets", 0, 14));
    CHECK_ERROR("--phase groups");
    CHECK_OK(run_one("groups", 1, 14));
    CHECK_STATUS(SC_MISMATCH, run_one("sets", 0, 13));
    job_put_random(59, 3); /* the input is another one */
    CHECK_STATUS(SC_MISMATCH, run_one("sets", 0, 14));
}

TEST(share_usage, "stage/curation/dedup/share/usage") {
    sc_dedup_report r;
    const char *in = job_path("in"), *out = job_path("out"), *pipe = "-";
    job_put_random(5, 1);
    const sc_dedup_options unknown = {.phase = "key"}, none = {.phase = "sets", .method = "line"},
                           shard = {.common.n_shards = 2};
    CHECK_STATUS(SC_USAGE, sc_data_dedup(&r, &in, 1, out, &unknown));
    CHECK_STATUS(SC_USAGE, sc_data_dedup(&r, &in, 1, out, &none));
    CHECK_ERROR("no such phase");
    CHECK_STATUS(SC_USAGE, sc_data_dedup(&r, &pipe, 1, out, &shard));
    CHECK_STATUS(SC_USAGE, sc_data_dedup(&r, &in, 1, "x.jsonl", &shard));
}

TEST(share_interrupted, "stage/curation/dedup/share/interrupted_while_waiting") {
    sc_dedup_report r;
    static volatile int stop;
    job_put_random(20, 2);
    const char *in = job_path("in"), *out = job_path("out");
    sc_dedup_options o = {.common.n_shards = 2, .common.threads = 1, .common.stop = &stop};
    o.phase = "keys";
    CHECK_OK(sc_data_dedup(&r, &in, 1, out, &o));
    o.phase = NULL;
    stop = 1;
    CHECK_STATUS(SC_INTERRUPTED, sc_data_dedup(&r, &in, 1, out, &o));
}

/* One fails at a line that cannot be read; the other does not wait for ever, and both can be
 * repeated. */
TEST(share_failed, "stage/curation/dedup/share/one_of_them_fails") {
    const char *lines[] = {job_random_line(1), job_random_line(1), "{", job_random_line(2)};
    process p[2];
    pthread_t threads[2];
    sc__share_patience = 0.1;
    job_put(lines, SC_LEN(lines), 4);
    const char *in = job_path("in"), *out = job_path("out");
    for (int strict = 1; strict >= 0; strict--) {
        for (int i = 0; i < 2; i++) {
            p[i] = (process){.o = options("minhash"), .in = in, .out = out};
            p[i].o.common.shard = i;
            p[i].o.common.n_shards = 2;
            p[i].o.common.strict = strict && i == 0;
            CHECK(!pthread_create(&threads[i], NULL, run_process, &p[i]));
        }
        for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
        if (strict) {
            CHECK_INT(p[0].status, SC_FORMAT);
            CHECK_INT(p[1].status, SC_IO);
            CHECK(!p[1].r.is_whole);
        }
    }
    CHECK_OK(p[0].status);
    CHECK_OK(p[1].status);
    CHECK(p[0].r.is_whole != p[1].r.is_whole);
}

/* A name that is no UTF-8 is told of as well as can be, and stops nothing. */
TEST(share_bytes, "stage/curation/dedup/share/names_of_any_bytes") {
    const char *lines[] = {job_random_line(1), "{", job_random_line(2)};
    sc_dedup_report r;
    sc_dedup_options o = options("exact");
    char name[200];
    job_put(lines, SC_LEN(lines), 1);
    snprintf(name, sizeof name, "caf\xE9");
    const char *from = job_path("in"), *in = job_path(name), *out = job_path("out");
    CHECK(!rename(from, in));
    for (int p = 0; p < SC_LEN(phases); p++) {
        o.phase = phases[p];
        CHECK_OK(sc_data_dedup(&r, &in, 1, out, &o));
    }
    CHECK(r.is_whole);
    CHECK_INT(r.reading.unreadable, 1);
}

/* ---- damaged --------------------------------------------------------------------------------- */

/* One byte or the length of each file that a phase left is changed; the next one may not fall over
 * it. Files that say nothing of their damage may pass. */
static void damage(const char *path, uint64_t k) {
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(sc__file_read(&b, path, 1 << 28));
    if (b.len && sc__random_below(test_seed(), 3, k, 2))
        b.data[sc__random_below(test_seed(), 4, k, b.len)] ^= (char)(1 << (k & 7));
    else
        b.len = b.len ? sc__random_below(test_seed(), 4, k, b.len) : 0;
    CHECK_OK(sc__file_write(path, b.data ? b.data : "", b.len));
    sc__buffer_deinit(&b);
}

static void damage_one(const char *dir, const char *phase, uint64_t k) {
    sc_arena a = SC_ARENA_INIT;
    sc_paths paths;
    CHECK_OK(sc__paths_find(&paths, &a, sc__arena_printf(&a, "%s/.dedup/%s", dir, phase)));
    damage(paths.paths[sc__random_below(test_seed(), 5, k, (uint64_t)paths.n)], k);
    sc__arena_deinit(&a);
}

static void run_damaged(const char *method, int hurt, uint64_t k) {
    sc_dedup_report r;
    char name[64];
    sc_status s = SC_OK;
    snprintf(name, sizeof name, "%s-%d", method, (int)k);
    const char *in = job_path("in"), *out = job_path(name);
    sc_dedup_options o = options(method);
    o.common.n_shards = 2;
    for (int p = 0; p < SC_LEN(phases) && s >= 0; p++) {
        if (!has_phase(method, phases[p])) continue;
        o.phase = phases[p];
        for (o.common.shard = 0; o.common.shard < 2 && s >= 0; o.common.shard++)
            s = sc_data_dedup(&r, &in, 1, out, &o);
        if (p <= hurt) CHECK_OK(s);
        if (p == hurt) damage_one(out, phases[p], k);
    }
    CHECK(s >= 0 || s == SC_FORMAT || s == SC_USAGE || s == SC_IO);
}

TEST(share_damaged, "stage/curation/dedup/share/damaged") {
    static const char *const some[] = {"minhash", "line", "substring"};
    job_put_random(50, 3);
    for (int m = 0; m < SC_LEN(some); m++)
        for (int p = 0; p + 1 < SC_LEN(phases); p++)
            for (uint64_t k = 0; k < 3 && has_phase(some[m], phases[p]); k++)
                run_damaged(some[m], p, (uint64_t)p * 3 + k);
}
