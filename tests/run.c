/* run.c - the test runner: a process a test, a time limit, shuffled order with a printed seed;
 * running nothing is a failure and the exit status is the truth. */
#include "test.h"

#include "base/file.h"
#include "scripts.h"

#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_FAILED = 1, EXIT_SKIPPED = 77 };

enum { MAX_GLOBS = 64 };
typedef struct {
    char *globs[MAX_GLOBS], *without[MAX_GLOBS];
    int n_globs, n_without, repeat, timeout, jobs;
    bool list, verbose;
} options;

static test *tests;
static uint64_t seed;
static char dir[256];
static bool in_process;

void test_register(test *t) {
    t->next = tests;
    tests = t;
}

uint64_t test_seed(void) { return seed; }

static _Noreturn void leave(int code) {
    fflush(NULL);
    if (*dir && sc__dir_remove(dir) < 0) code = EXIT_FAILED;
    *dir = 0;
    exit(code); /* so that the sanitizers' own checks at exit run */
}

void test_fail(const char *file, int line, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "%s:%d: ", file, line);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    if (in_process) abort();
    fflush(NULL);
    if (*dir && sc__dir_remove(dir) < 0) fprintf(stderr, "%s\n", sc_error_text());
    _exit(EXIT_FAILED);
}

void test_skip(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stdout, fmt, ap);
    fputc('\n', stdout);
    va_end(ap);
    leave(EXIT_SKIPPED);
}

const char *test_dir(void) {
    if (*dir) return dir;
    const char *base = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%s/socle-test-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(dir)) test_fail(__FILE__, __LINE__, "mkdtemp: %s", strerror(errno));
    return dir;
}

static const char *ring(const char *base, const char *name) {
    static char paths[16][512];
    static int next;
    char *p = paths[next++ % 16];
    snprintf(p, sizeof paths[0], "%s/%s", base, name);
    return p;
}

const char *test_path(const char *name) { return ring(test_dir(), name); }

const char *test_data(const char *name) {
    const char *root = getenv("SOCLE_TESTS");
    return ring(root ? root : "tests", name);
}

int64_t test_oom(sc_status (*body)(void *), void *arg) {
    for (int64_t k = 0;; k++) {
        const int64_t live = sc__alloc_live();
        sc__alloc_fail_at(k);
        sc_status s = body(arg);
        sc__alloc_fail_at(-1);
        if (sc__alloc_live() != live)
            test_fail(__FILE__, __LINE__, "allocation %lld failed and %lld blocks leaked",
                      (long long)k, (long long)(sc__alloc_live() - live));
        if (s >= 0) return k;
        if (s != SC_NOMEM)
            test_fail(__FILE__, __LINE__, "allocation %lld failed, status %s: %s", (long long)k,
                      sc_status_name(s), sc_error_text());
    }
}

static void run_here(const test *t) {
    if (t->is_script)
        script_run(t->file);
    else
        t->run();
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct {
    const test *test; /* NULL: free */
    pid_t pid;
    FILE *log;
    double start;
} job;

enum { MAX_JOBS = 64 };
static job jobs[MAX_JOBS];
static struct { int passed, failed, skipped; } counts;

/* Starts a test in a child; its output is shown only when it fails. False, counted as failed, when
 * there can be no child. */
static bool start(const test *t, int timeout) {
    job *j = jobs;
    while (j->test) j++;
    fflush(NULL);
    *j = (job){t, 0, tmpfile(), now()};
    if (!j->log || (j->pid = fork()) < 0) {
        printf("FAIL %s: %s\n", t->name, strerror(errno));
        counts.failed++;
        if (j->log) fclose(j->log);
        j->test = NULL;
        return false;
    }
    if (j->pid > 0) return true;
    setpgid(0, 0);
    dup2(fileno(j->log), 1);
    dup2(fileno(j->log), 2);
    alarm((unsigned)timeout);
    setenv("SOCLE_HOME", test_path(".home"), 1); /* no test touches the person's registry */
    run_here(t);
    leave(0);
}

static void report(const job *j, int code, bool verbose) {
    static char output[1 << 16];
    const double seconds = now() - j->start;
    counts.passed += code == 0;
    counts.skipped += code == EXIT_SKIPPED;
    counts.failed += code != 0 && code != EXIT_SKIPPED;
    const char *word = code == 0 ? "ok" : code == EXIT_SKIPPED ? "skip" : "FAIL";
    if (code || verbose || seconds > 5)
        printf("%-4s %-44s %6.2f s\n", word, j->test->name, seconds);
    if (code || verbose) {
        rewind(j->log);
        output[fread(output, 1, sizeof output - 1, j->log)] = 0;
        fputs(output, stdout);
    }
    if (code > 128)
        printf("     ended by signal %d%s\n", code - 128,
               code - 128 == SIGALRM ? " (time limit)" : "");
}

/* Waits for one of the tests that run; false when there is none. */
static bool finish(bool verbose) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, 0)) < 0)
        if (errno != EINTR) return false;
    kill(-pid, SIGKILL); /* what the test left behind */
    for (job *j = jobs; j < jobs + MAX_JOBS; j++)
        if (j->test && j->pid == pid) {
            report(j, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), verbose);
            fclose(j->log);
            j->test = NULL;
        }
    return true;
}

static void run_all(test **chosen, int n, const options *o) {
    int running = 0;
    for (int k = 0; k < n * o->repeat; k++) {
        if (in_process) {
            run_here(chosen[k % n]);
            counts.passed++;
            continue;
        }
        if (running >= o->jobs) running -= finish(o->verbose);
        running += start(chosen[k % n], o->timeout);
    }
    while (finish(o->verbose)) {}
}

static int compare_name(const void *a, const void *b) {
    return strcmp((*(test *const *)a)->name, (*(test *const *)b)->name);
}

static void shuffle(test **list, int n) {
    uint64_t s = seed * 2654435761u + 1;
    for (int i = n - 1; i > 0; i--) {
        s = s * 6364136223846793005u + 1442695040888963407u;
        int j = (int)((s >> 33) % (uint64_t)(i + 1));
        test *swap = list[i];
        list[i] = list[j];
        list[j] = swap;
    }
}

static bool matches(const test *t, char **globs, int n) {
    for (int i = 0; i < n; i++) {
        char prefix[256];
        snprintf(prefix, sizeof prefix, "%s/*", globs[i]);
        if (!fnmatch(globs[i], t->name, 0) || !fnmatch(prefix, t->name, 0)) return true;
    }
    return false;
}

static bool parse(options *o, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        const char *next = i + 1 < argc ? argv[i + 1] : NULL;
        int *number = !strcmp(argv[i], "--repeat")    ? &o->repeat
                      : !strcmp(argv[i], "--timeout") ? &o->timeout
                      : !strcmp(argv[i], "--jobs")    ? &o->jobs
                                                      : NULL;
        if (number && next) {
            *number = atoi(next);
            i++;
        } else if (!strcmp(argv[i], "--seed") && next) {
            seed = strtoull(next, NULL, 10);
            i++;
        } else if (!strcmp(argv[i], "--without") && next && o->n_without < MAX_GLOBS) {
            o->without[o->n_without++] = argv[++i];
        } else if (!strcmp(argv[i], "--in-process"))
            in_process = true;
        else if (!strcmp(argv[i], "--list"))
            o->list = true;
        else if (!strcmp(argv[i], "--verbose"))
            o->verbose = true;
        else if (o->n_globs < MAX_GLOBS && *argv[i] != '-' && *argv[i])
            o->globs[o->n_globs++] = argv[i];
        else if (*argv[i])
            return fprintf(stderr, "unknown argument %s\n", argv[i]), false;
    }
    if (o->jobs < 1 || o->jobs > MAX_JOBS) o->jobs = o->jobs < 1 ? 1 : MAX_JOBS;
    return true;
}

int main(int argc, char **argv) {
    static test *chosen[8192];
    static options o = {.repeat = 1, .timeout = 120};
    int n = 0;
    seed = (uint64_t)time(NULL);
    o.jobs = (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (!parse(&o, argc, argv)) return 2;
    scripts_register();
    for (test *t = tests; t && n < 8192; t = t->next)
        if ((!o.n_globs || matches(t, o.globs, o.n_globs)) && !matches(t, o.without, o.n_without))
            chosen[n++] = t;
    qsort(chosen, (size_t)n, sizeof *chosen, compare_name);
    for (int i = 0; o.list && i < n; i++) puts(chosen[i]->name);
    if (o.list) return 0;
    shuffle(chosen, n);
    printf("%d tests, seed %llu\n", n, (unsigned long long)seed);
    run_all(chosen, n, &o);
    if (counts.skipped) printf("%d skipped\n", counts.skipped);
    printf("%d passed, %d failed\n", counts.passed, counts.failed);
    return counts.failed || counts.passed + counts.skipped == 0;
}
