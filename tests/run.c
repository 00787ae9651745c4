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

/* Runs one test in a child; its output is shown only when it fails. Returns its exit code, 128 +
 * signal. */
static int run_child(const test *t, int timeout, char *output, size_t size) {
    FILE *log = tmpfile();
    if (!log) return 1;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        dup2(fileno(log), 1);
        dup2(fileno(log), 2);
        alarm((unsigned)timeout);
        setenv("SOCLE_HOME", test_path(".home"), 1); /* no test touches the person's registry */
        run_here(t);
        leave(0);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) < 0) status = 1 << 8;
    kill(-pid, SIGKILL); /* what the test left behind */
    rewind(log);
    size_t n = fread(output, 1, size - 1, log);
    output[n] = 0;
    fclose(log);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
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
    if (!n) return true;
    for (int i = 0; i < n; i++) {
        char prefix[256];
        snprintf(prefix, sizeof prefix, "%s/*", globs[i]);
        if (!fnmatch(globs[i], t->name, 0) || !fnmatch(prefix, t->name, 0)) return true;
    }
    return false;
}

int main(int argc, char **argv) {
    char *globs[64];
    int n_globs = 0, repeat = 1, timeout = 120, n = 0, passed = 0, failed = 0, skipped = 0;
    bool list_only = false, verbose = false;
    seed = (uint64_t)time(NULL);
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--seed") && i + 1 < argc)
            seed = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--repeat") && i + 1 < argc)
            repeat = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--timeout") && i + 1 < argc)
            timeout = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--in-process"))
            in_process = true;
        else if (!strcmp(argv[i], "--list"))
            list_only = true;
        else if (!strcmp(argv[i], "--verbose"))
            verbose = true;
        else if (n_globs < 64 && *argv[i] != '-' && *argv[i])
            globs[n_globs++] = argv[i];
        else if (*argv[i])
            return fprintf(stderr, "unknown argument %s\n", argv[i]), 2;
    }
    scripts_register();
    static test *chosen[8192];
    for (test *t = tests; t && n < 8192; t = t->next)
        if (matches(t, globs, n_globs)) chosen[n++] = t;
    qsort(chosen, (size_t)n, sizeof *chosen, compare_name);
    for (int i = 0; list_only && i < n; i++) puts(chosen[i]->name);
    if (list_only) return 0;
    shuffle(chosen, n);
    printf("%d tests, seed %llu\n", n, (unsigned long long)seed);
    static char output[1 << 16];
    for (int k = 0; k < n * repeat; k++) {
        const test *t = chosen[k % n];
        if (in_process) {
            run_here(t);
            passed++;
            continue;
        }
        double start = now();
        int code = run_child(t, timeout, output, sizeof output);
        double seconds = now() - start;
        passed += code == 0;
        skipped += code == EXIT_SKIPPED;
        failed += code != 0 && code != EXIT_SKIPPED;
        const char *word = code == 0 ? "ok" : code == EXIT_SKIPPED ? "skip" : "FAIL";
        if (code || verbose || seconds > 5) printf("%-4s %-44s %6.2f s\n", word, t->name, seconds);
        if (code || verbose) fputs(output, stdout);
        if (code > 128)
            printf("     ended by signal %d%s\n", code - 128,
                   code - 128 == SIGALRM ? " (time limit)" : "");
    }
    if (skipped) printf("%d skipped\n", skipped);
    printf("%d passed, %d failed\n", passed, failed);
    return failed || passed + skipped == 0;
}
