/* test.h - a test registers itself and runs in a process of its own.
 *
 *     TEST(arena_grows, "base/alloc/grows") { CHECK(sc__arena_alloc(&a, 10)); }
 *
 * build/MODE/run-tests 'graph/rope*' --seed 7 --repeat 100 --timeout 60 --jobs 1 --verbose --list
 * --in-process (for gdb) */
#ifndef SC_TEST_H
#define SC_TEST_H

#include "base/alloc.h"
#include "base/status.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct test {
    const char *name, *file;
    void (*run)(void);
    struct test *next;
    bool is_script; /* `file` is a shell script, `run` NULL: see scripts.c */
} test;

void test_register(test *t);
/* Prints where and why, and ends this test as failed. */
_Noreturn void test_fail(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Ends this test as skipped, by name: what it needs is not here. */
_Noreturn void test_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A folder of this test's own, removed when it ends. */
const char *test_dir(void);
/* "DIR/name" in a static ring of buffers. */
const char *test_path(const char *name);
/* A file that lies in the repository's tests/ folder. */
const char *test_data(const char *name);
uint64_t test_seed(void);
/* Calls `body` (which returns a status) failing allocation 0, 1, 2 ... until it succeeds; every
 * failure must be SC_NOMEM and leave no byte behind. Returns how many failures were injected. */
int64_t test_oom(sc_status (*body)(void *), void *arg);

#define TEST(ident, path)                                                                          \
    static void test_case_##ident(void);                                                           \
    __attribute__((constructor)) static void test_register_##ident(void) {                         \
        static test t = {path, __FILE__, test_case_##ident, NULL, false};                          \
        test_register(&t);                                                                         \
    }                                                                                              \
    static void test_case_##ident(void)

#define CHECK(expr) ((expr) ? (void)0 : test_fail(__FILE__, __LINE__, "%s", #expr))
#define CHECK_OK(call)                                                                             \
    do {                                                                                           \
        sc_status s_ = (call);                                                                     \
        if (s_ < 0)                                                                                \
            test_fail(__FILE__, __LINE__, "%s: %s: %s", #call, sc_status_name(s_),                 \
                      sc_error_text());                                                            \
    } while (0)
#define CHECK_STATUS(want, call)                                                                   \
    do {                                                                                           \
        sc_status s_ = (call);                                                                     \
        if (s_ != (want))                                                                          \
            test_fail(__FILE__, __LINE__, "%s: got %s, want %s: %s", #call, sc_status_name(s_),    \
                      sc_status_name(want), sc_error_text());                                      \
    } while (0)
#define CHECK_NEAR(got, want, bound)                                                               \
    do {                                                                                           \
        double got_ = (double)(got), want_ = (double)(want);                                       \
        if (!(fabs(got_ - want_) <= (double)(bound)))                                              \
            test_fail(__FILE__, __LINE__, "%s is %.17g, want %.17g (+- %g)", #got, got_, want_,    \
                      (double)(bound));                                                            \
    } while (0)
#define CHECK_INT(got, want)                                                                       \
    do {                                                                                           \
        int64_t got_ = (int64_t)(got), want_ = (int64_t)(want);                                    \
        if (got_ != want_)                                                                         \
            test_fail(__FILE__, __LINE__, "%s is %lld, want %lld", #got, (long long)got_,          \
                      (long long)want_);                                                           \
    } while (0)
#define CHECK_STR(got, want)                                                                       \
    do {                                                                                           \
        const char *got_ = (got), *want_ = (want);                                                 \
        if (!got_ || strcmp(got_, want_))                                                          \
            test_fail(__FILE__, __LINE__, "%s is \"%s\", want \"%s\"", #got,                       \
                      got_ ? got_ : "(null)", want_);                                              \
    } while (0)
/* The last error text must mention this. */
#define CHECK_ERROR(part)                                                                          \
    do {                                                                                           \
        if (!strstr(sc_error_text(), (part)))                                                      \
            test_fail(__FILE__, __LINE__, "error text \"%s\" does not mention \"%s\"",             \
                      sc_error_text(), (part));                                                    \
    } while (0)

#endif
