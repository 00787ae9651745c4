/* print.c - see print.h. Numbers keep all their digits, strings become valid UTF-8, times are
 * ISO 8601; what JSON has no number for (NaN, the infinities) is a string, as in Protocol Buffers'
 * JSON, and bytes that are no text are {"base64": ...}. */
#include "format/parquet/print.h"

#include "base/json.h"
#include "base/utf8.h"
#include "format/json_scan.h"
#include "tensor/dtype.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int32_t int32_of(sc_parquet_value v) {
    int32_t x;
    memcpy(&x, v.p, sizeof x);
    return x;
}

static int64_t int64_of(sc_parquet_value v) {
    int64_t x;
    memcpy(&x, v.p, sizeof x);
    return x;
}

/* ---- text and bytes -------------------------------------------------------------------------- */

static sc_status print_text(sc_parquet_printer *p, const sc_parquet_node *n, sc_parquet_value v) {
    (void)n;
    const char *s = (const char *)v.p;
    if (sc__utf8_valid_prefix(s, v.n) == v.n) {
        sc__json_quote(p->out, s, v.n);
        return SC_OK;
    }
    sc__buffer_clear(&p->repaired);
    SC_TRY(sc__utf8_repair(&p->repaired, s, v.n, &p->n_replaced));
    sc__json_quote(p->out, p->repaired.data, p->repaired.len);
    return SC_OK;
}

static void print_base64(sc_buffer *out, const unsigned char *p, size_t n) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *to = sc__buffer_extend(out, (n + 2) / 3 * 4);
    for (size_t i = 0; to && i < n; i += 3, to += 4) {
        const unsigned b = p[i], c = i + 1 < n ? p[i + 1] : 0, d = i + 2 < n ? p[i + 2] : 0;
        to[0] = digits[b >> 2];
        to[1] = digits[(b << 4 | c >> 4) & 63];
        to[2] = i + 1 < n ? digits[(c << 2 | d >> 6) & 63] : '=';
        to[3] = i + 2 < n ? digits[d & 63] : '=';
    }
}

static sc_status print_bytes(sc_parquet_printer *p, const sc_parquet_node *n, sc_parquet_value v) {
    if (sc__utf8_valid_prefix((const char *)v.p, v.n) == v.n) return print_text(p, n, v);
    sc__buffer_puts(p->out, "{\"base64\":\"");
    print_base64(p->out, v.p, v.n);
    sc__buffer_puts(p->out, "\"}");
    return SC_OK;
}

static sc_status print_uuid(sc_parquet_printer *p, const sc_parquet_node *n, sc_parquet_value v) {
    (void)n;
    char text[40], *to = text;
    *to++ = '"';
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *to++ = '-';
        *to++ = "0123456789abcdef"[v.p[i] >> 4];
        *to++ = "0123456789abcdef"[v.p[i] & 15];
    }
    *to++ = '"';
    sc__buffer_append(p->out, text, (size_t)(to - text));
    return SC_OK;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static void print_digits(sc_buffer *out, uint64_t v, bool negative) {
    char text[24], *at = text + sizeof text;
    do *--at = (char)('0' + v % 10);
    while (v /= 10);
    if (negative) *--at = '-';
    sc__buffer_append(out, at, (size_t)(text + sizeof text - at));
}

static void print_int(sc_buffer *out, int64_t v) {
    print_digits(out, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0);
}

static sc_status print_integer(sc_parquet_printer *p, const sc_parquet_node *n,
                               sc_parquet_value v) {
    const bool wide = n->type == SC_PARQUET_INT64;
    if (n->is_unsigned)
        print_digits(p->out, wide ? (uint64_t)int64_of(v) : (uint32_t)int32_of(v), false);
    else
        print_int(p->out, wide ? int64_of(v) : int32_of(v));
    return SC_OK;
}

static bool print_not_finite(sc_buffer *out, double x) {
    if (isfinite(x)) return false;
    sc__buffer_puts(out, isnan(x) ? "\"NaN\"" : x > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    return true;
}

/* The fewest digits that read back as the same float; sc__json_print_real does so for double. */
static void print_float(sc_buffer *out, float x) {
    char text[40];
    if (print_not_finite(out, (double)x)) return;
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)x);
        if (strtof(text, NULL) == x) break;
    }
    sc__buffer_puts(out, text);
    if (!strpbrk(text, ".e")) sc__buffer_puts(out, ".0");
}

static sc_status print_float16(sc_parquet_printer *p, const sc_parquet_node *n,
                               sc_parquet_value v) {
    (void)n;
    uint16_t half;
    memcpy(&half, v.p, sizeof half);
    print_float(p->out, sc__f16_to_f32(half));
    return SC_OK;
}

static void print_real(sc_buffer *out, sc_parquet_value v) {
    double x;
    memcpy(&x, v.p, sizeof x);
    if (!print_not_finite(out, x)) sc__json_print_real(out, x);
}

/* ---- DECIMAL --------------------------------------------------------------------------------- */

enum { DECIMAL_BYTES = 64, LIMBS = DECIMAL_BYTES / 4, DECIMAL_DIGITS = 160 };

/* The magnitude of a number in two's complement as 32-bit limbs, lowest first. */
static bool magnitude(uint32_t limbs[LIMBS], const sc_parquet_node *n, sc_parquet_value v) {
    const bool big_endian = n->type == SC_PARQUET_BYTE_ARRAY || n->type == SC_PARQUET_FIXED;
    const bool negative = v.n && v.p[big_endian ? 0 : v.n - 1] & 0x80;
    uint64_t carry = negative;
    memset(limbs, 0, LIMBS * sizeof *limbs);
    for (size_t i = 0; i < v.n; i++) {
        const unsigned char b = v.p[big_endian ? v.n - 1 - i : i];
        carry += negative ? (unsigned char)~b : b;
        limbs[i / 4] |= (uint32_t)(carry & 0xFF) << 8 * (i % 4);
        carry >>= 8;
    }
    return negative;
}

/* Decimal digits, lowest first, at least `least` of them; returns how many. */
static int to_digits(char *to, uint32_t limbs[LIMBS], int least) {
    int n = 0, top = LIMBS;
    while (top && !limbs[top - 1]) top--;
    while (top || n < least) {
        uint64_t rest = 0;
        for (int i = top - 1; i >= 0; i--) {
            rest = rest << 32 | limbs[i];
            limbs[i] = (uint32_t)(rest / 10);
            rest %= 10;
        }
        to[n++] = (char)('0' + rest);
        while (top && !limbs[top - 1]) top--;
    }
    return n;
}

static sc_status print_decimal(sc_parquet_printer *p, const sc_parquet_node *n,
                               sc_parquet_value v) {
    uint32_t limbs[LIMBS];
    char digits[DECIMAL_DIGITS], text[DECIMAL_DIGITS + 2], *to = text;
    if (v.n > DECIMAL_BYTES) return SC_FAIL(SC_FORMAT, "a decimal of %zu bytes", v.n);
    if (magnitude(limbs, n, v)) *to++ = '-';
    for (int i = to_digits(digits, limbs, n->scale + 1); i-- > 0;) {
        *to++ = digits[i];
        if (i == n->scale && i) *to++ = '.';
    }
    sc__buffer_append(p->out, text, (size_t)(to - text));
    return SC_OK;
}

/* ---- time ------------------------------------------------------------------------------------ */

enum { DAY_SECONDS = 86400, JULIAN_1970 = 2440588 };

/* Year, month and day of a day since 1970 in the proleptic Gregorian calendar: years are counted
 * from March, so that the leap day is the last, in cycles of 400 years or 146,097 days (Hinnant
 * 2013, chrono-Compatible Low-Level Date Algorithms). */
static void put_date(sc_buffer *out, int64_t day) {
    const int64_t shifted = day + 719468; /* since 1 March of year 0 */
    const int64_t cycle = (shifted - (shifted < 0 ? 146096 : 0)) / 146097;
    const int64_t in_cycle = shifted - cycle * 146097;
    const int64_t y = (in_cycle - in_cycle / 1460 + in_cycle / 36524 - in_cycle / 146096) / 365;
    const int64_t in_year = in_cycle - (365 * y + y / 4 - y / 100);
    const int month = (int)(5 * in_year + 2) / 153; /* from March */
    const int64_t year = cycle * 400 + y + (month >= 10);
    sc__buffer_printf(out, year < 0 || year > 9999 ? "%+05lld-%02d-%02d" : "%04lld-%02d-%02d",
                      (long long)year, month < 10 ? month + 3 : month - 9,
                      (int)in_year - (153 * month + 2) / 5 + 1);
}

static void put_time(sc_buffer *out, int64_t seconds, int64_t fraction, int digits) {
    sc__buffer_printf(out, "%02d:%02d:%02d.%0*lld", (int)(seconds / 3600), (int)(seconds / 60 % 60),
                      (int)(seconds % 60), digits, (long long)fraction);
}

static int64_t units_of(int digits) {
    return digits == 3 ? 1000 : digits == 6 ? 1000000 : 1000000000;
}

/* Floor of a / b, and what is left. */
static int64_t divide(int64_t *rest, int64_t a, int64_t b) {
    *rest = a % b < 0 ? a % b + b : a % b;
    return a / b - (a % b < 0);
}

static void put_moment(sc_buffer *out, int64_t day, int64_t units, int digits) {
    int64_t fraction;
    const int64_t seconds = divide(&fraction, units, units_of(digits));
    put_date(out, day);
    sc__buffer_putc(out, 'T');
    put_time(out, seconds, fraction, digits);
}

static sc_status print_date(sc_parquet_printer *p, const sc_parquet_node *n, sc_parquet_value v) {
    (void)n;
    sc__buffer_putc(p->out, '"');
    put_date(p->out, int32_of(v));
    sc__buffer_putc(p->out, '"');
    return SC_OK;
}

static sc_status print_time_of_day(sc_parquet_printer *p, const sc_parquet_node *n,
                                   sc_parquet_value v) {
    const int64_t t = n->type == SC_PARQUET_INT32 ? int32_of(v) : int64_of(v);
    int64_t fraction;
    if (t < 0 || t >= DAY_SECONDS * units_of(n->digits))
        return SC_FAIL(SC_FORMAT, "a time outside of the day: %lld", (long long)t);
    const int64_t seconds = divide(&fraction, t, units_of(n->digits));
    sc__buffer_putc(p->out, '"');
    put_time(p->out, seconds, fraction, n->digits);
    sc__buffer_puts(p->out, n->utc ? "Z\"" : "\"");
    return SC_OK;
}

static sc_status print_timestamp(sc_parquet_printer *p, const sc_parquet_node *n,
                                 sc_parquet_value v) {
    int64_t units;
    const int64_t day = divide(&units, int64_of(v), DAY_SECONDS * units_of(n->digits));
    sc__buffer_putc(p->out, '"');
    put_moment(p->out, day, units, n->digits);
    sc__buffer_puts(p->out, n->utc ? "Z\"" : "\"");
    return SC_OK;
}

/* Impala's: nanoseconds of the day, then the Julian day. */
static void print_int96(sc_buffer *out, sc_parquet_value v) {
    int64_t nanos;
    const sc_parquet_value day = {v.p + 8, 4};
    const int64_t more = divide(&nanos, int64_of(v), DAY_SECONDS * units_of(9));
    sc__buffer_putc(out, '"');
    put_moment(out, (int64_t)int32_of(day) - JULIAN_1970 + more, nanos, 9);
    sc__buffer_putc(out, '"');
}

static sc_status print_interval(sc_parquet_printer *p, const sc_parquet_node *n,
                                sc_parquet_value v) {
    uint32_t parts[3];
    (void)n;
    memcpy(parts, v.p, sizeof parts);
    sc__buffer_printf(p->out, "{\"months\":%u,\"days\":%u,\"milliseconds\":%u}", parts[0], parts[1],
                      parts[2]);
    return SC_OK;
}

/* ---- by type --------------------------------------------------------------------------------- */

static sc_status print_plain(sc_parquet_printer *p, const sc_parquet_node *n, sc_parquet_value v) {
    float x;
    switch (n->type) {
    case SC_PARQUET_BOOLEAN:
        sc__buffer_puts(p->out, *v.p ? "true" : "false");
        break;
    case SC_PARQUET_INT32:
        print_int(p->out, int32_of(v));
        break;
    case SC_PARQUET_INT64:
        print_int(p->out, int64_of(v));
        break;
    case SC_PARQUET_INT96:
        print_int96(p->out, v);
        break;
    case SC_PARQUET_FLOAT:
        memcpy(&x, v.p, sizeof x);
        print_float(p->out, x);
        break;
    case SC_PARQUET_DOUBLE:
        print_real(p->out, v);
        break;
    case SC_PARQUET_BYTE_ARRAY:
    case SC_PARQUET_FIXED:
        return print_bytes(p, n, v);
    case SC_PARQUET_GROUP:
        break; /* has no values */
    }
    return SC_OK;
}

sc_parquet_print_fn *sc__parquet_printer(const sc_parquet_node *n, bool is_key) {
    static sc_parquet_print_fn *const printers[] = {
#define LOGICAL(id, name, number, types, print) print_##print,
#include "format/parquet/logical.def"
#undef LOGICAL
    };
    sc_parquet_print_fn *f = printers[n->logical];
    const bool bytes = n->type == SC_PARQUET_BYTE_ARRAY || n->type == SC_PARQUET_FIXED;
    return is_key && bytes && (f == print_plain || f == print_bytes) ? print_text : f;
}
