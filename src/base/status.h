/* status.h - making and forwarding errors inside the library (socle/status.h is the user's side).
 */
#ifndef SC_BASE_STATUS_H
#define SC_BASE_STATUS_H

#include "socle/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes the error text of this thread (no allocation) and returns `s`. */
sc_status sc__fail(sc_status s, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5), cold));
/* Puts "prefix: " before the present error text and returns `s`. */
sc_status sc__fail_context(sc_status s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), cold));
/* Copies a text made on another thread into this one's slot. */
void sc__error_adopt(const char *text);
_Noreturn void sc__assert_failed(const char *expr, const char *file, int line);

#define SC_FAIL(s, ...) sc__fail((s), __FILE__, __LINE__, __VA_ARGS__)
#define SC_TRY(call)                                                                               \
    do {                                                                                           \
        sc_status try_status_ = (call);                                                            \
        if (try_status_ < 0) return try_status_;                                                   \
    } while (0)
/* A broken contract of our own code, in all builds. Nothing read from outside may reach one. */
#define sc_assert(expr) ((expr) ? (void)0 : sc__assert_failed(#expr, __FILE__, __LINE__))

/* a * b and a + b for sizes that come from outside: false when they do not fit. */
static inline bool sc__mul_size(size_t a, size_t b, size_t *out) {
    return !__builtin_mul_overflow(a, b, out);
}
static inline bool sc__add_size(size_t a, size_t b, size_t *out) {
    return !__builtin_add_overflow(a, b, out);
}

#define SC_LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define SC_MIN(a, b)  ((a) < (b) ? (a) : (b))
#define SC_MAX(a, b)  ((a) > (b) ? (a) : (b))

#endif
