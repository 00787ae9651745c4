/* status.c - error codes as rows, one error text a thread. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local char error_text[1024];

static const struct {
    sc_status code;
    const char *name, *text;
} rows[] = {
#define STATUS(name, code, text) {SC_##name, #name, text},
#include "socle/status.def"
#undef STATUS
};

const char *sc_status_name(sc_status s) {
    for (int i = 0; i < SC_LEN(rows); i++)
        if (rows[i].code == s) return rows[i].name;
    return "?";
}

const char *sc_status_text(sc_status s) {
    for (int i = 0; i < SC_LEN(rows); i++)
        if (rows[i].code == s) return rows[i].text;
    return "unknown status";
}

const char *sc_error_text(void) { return error_text; }

sc_status sc__fail(sc_status s, const char *file, int line, const char *fmt, ...) {
    char text[sizeof error_text]; /* an argument may point into error_text */
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (getenv("SOCLE_DEBUG") && n >= 0 && (size_t)n < sizeof text)
        snprintf(text + n, sizeof text - (size_t)n, " [%s:%d]", file, line);
    memcpy(error_text, text, sizeof text);
    return s;
}

sc_status sc__fail_context(sc_status s, const char *fmt, ...) {
    char text[sizeof error_text];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof text)
        snprintf(text + n, sizeof text - (size_t)n, ": %.*s", (int)(sizeof text - (size_t)n - 3),
                 error_text);
    memcpy(error_text, text, sizeof text);
    return s;
}

void sc__error_adopt(const char *text) {
    if (text != error_text) snprintf(error_text, sizeof error_text, "%s", text);
}

void sc__assert_failed(const char *expr, const char *file, int line) {
    fprintf(stderr, "socle: %s:%d: contract broken: %s\n", file, line, expr);
    abort();
}
