/* clean.c - one document's text made plain. */
#include "stage/creation/clean.h"

#include "base/utf8.h"
#include "format/roff.h"
#include "format/stream.h"

#include <string.h>
#include <strings.h>

/* ---- what it is ------------------------------------------------------------------------------ */

/* \b \t \n \f \r and escape */
enum { HARMLESS = 1 << 8 | 1 << 9 | 1 << 10 | 1 << 12 | 1 << 13 | 1 << 27 };

/* A zero byte, or every twentieth character broken or a control character. */
static bool is_binary(const char *text, size_t n, int64_t n_invalid) {
    int64_t odd = n_invalid;
    if (n && memchr(text, 0, n)) return true;
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)text[i];
        odd += c < 32 && !(HARMLESS >> (c & 31) & 1);
    }
    return odd * 20 > sc__utf8_count(text, n);
}

static bool looks_like_html(const char *text, size_t n) {
    static const char *const marks[] = {"<!doctype html", "<html"};
    const char *end = text + SC_MIN(n, (size_t)2048);
    for (const char *p = text; p < end; p++) {
        if (*p != '<') continue;
        for (int i = 0; i < SC_LEN(marks); i++)
            if ((size_t)(end - p) >= strlen(marks[i]) &&
                !strncasecmp(p, marks[i], strlen(marks[i])))
                return true;
    }
    return false;
}

bool sc__text_may_be_html(const char *path, const char *text, size_t n) {
    static const char *const names[] = {".html", ".htm", ".xhtml"};
    for (int i = 0; i < SC_LEN(names); i++)
        if (sc__stream_has_suffix(path, names[i])) return true;
    while (n && memchr(" \t\r\n", *text, 4)) text++, n--;
    return n && *text == '<' && looks_like_html(text, n);
}

sc_text_kind sc__text_kind(const char *path, const char *text, size_t n, int64_t n_invalid) {
    if (is_binary(text, n, n_invalid)) return SC_TEXT_BINARY;
    if (sc__stream_has_suffix(path, ".md") || sc__stream_has_suffix(path, ".markdown"))
        return SC_TEXT_MARKDOWN;
    if (sc__roff_detect(text, n)) return SC_TEXT_MANUAL;
    return sc__text_may_be_html(path, text, n) ? SC_TEXT_HTML : SC_TEXT_PLAIN;
}

/* ---- tidying --------------------------------------------------------------------------------- */

/* Length of a terminal's colour sequence, ESC [ 1 ; 31 m; 0 when it is none. */
static size_t escape_length(const char *p, size_t n) {
    if (n < 2 || p[0] != '\033' || p[1] != '[') return 0;
    size_t i = 2;
    while (i < n && (p[i] == ';' || (p[i] >= '0' && p[i] <= '9'))) i++;
    return i < n ? i + 1 : i;
}

static void drop_last_character(sc_buffer *out, size_t begin) {
    while (out->len > begin && sc__utf8_is_inner(out->data[out->len - 1])) out->len--;
    if (out->len > begin) out->len--;
}

/* Bytes before the next control character, eight at a time. */
static size_t plain_length(const char *p, size_t n) {
    const uint64_t ones = 0x0101010101010101u, highs = ones << 7;
    size_t i = 0;
    for (uint64_t w; n - i >= 8; i += 8) {
        memcpy(&w, p + i, 8);
        const uint64_t del = w ^ 127 * ones;
        if ((((w - 32 * ones) & ~w) | ((del - ones) & ~del)) & highs) break;
    }
    while (i < n && ((unsigned char)p[i] >= 32 || p[i] == '\t') && p[i] != 127) i++;
    return i;
}

/* One line, without its end. */
static void tidy_line(sc_buffer *out, const char *p, size_t n) {
    const size_t begin = out->len;
    for (size_t i = 0; i < n; i++) {
        const size_t plain = plain_length(p + i, n - i);
        sc__buffer_append(out, p + i, plain);
        i += plain;
        if (i == n) break;
        const size_t escape = escape_length(p + i, n - i);
        if (escape)
            i += escape - 1;
        else if (p[i] == '\b') /* x, back, x: bold on a typewriter */
            drop_last_character(out, begin);
    }
    while (out->len > begin && (out->data[out->len - 1] == ' ' || out->data[out->len - 1] == '\t'))
        out->len--;
}

void sc__text_tidy(sc_buffer *out, const char *text, size_t n) {
    bool blank = false, begun = false;
    const char *newline = text; /* the next, or the end */
    while (n && out->status >= 0) {
        if (newline <= text) newline = memchr(text, '\n', n);
        if (!newline) newline = text + n;
        size_t length = (size_t)(newline - text);
        const char *carriage = memchr(text, '\r', length);
        if (carriage) length = (size_t)(carriage - text);
        size_t taken = length + (length < n);
        if (taken < n && text[length] == '\r' && text[taken] == '\n') taken++;
        if (begun && blank) sc__buffer_putc(out, '\n');
        const size_t at = out->len;
        tidy_line(out, text, length);
        if (out->status >= 0 && out->len == at) {
            out->len -= begun && blank; /* a blank line: written before the next that is not */
            blank = true;
        } else {
            sc__buffer_putc(out, '\n');
            begun = true;
            blank = false;
        }
        text += taken;
        n -= taken;
    }
    if (out->data) out->data[out->len] = 0;
}
