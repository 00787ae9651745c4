/* clean.c - one document's text made plain. */
#include "stage/creation/clean.h"

#include "format/html.h"
#include "format/roff.h"
#include "format/stream.h"

#include <string.h>
#include <strings.h>

/* ---- what it is ------------------------------------------------------------------------------ */

/* A zero byte, or every twentieth character broken or a control character. */
static bool is_binary(const char *text, size_t n, int64_t n_invalid) {
    int64_t odd = n_invalid, all = 0;
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (!c) return true;
        all += (c & 0xC0) != 0x80;
        odd += c < 32 && !strchr("\t\n\r\f\b\033", c);
    }
    return odd * 20 > all;
}

static bool has_suffix(const char *path, const char *suffix) {
    const size_t n = sc__stream_bare_length(path), m = strlen(suffix);
    return n > m && !strncasecmp(path + n - m, suffix, m);
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

sc_text_kind sc__text_kind(const char *path, const char *text, size_t n, int64_t n_invalid) {
    if (is_binary(text, n, n_invalid)) return SC_TEXT_BINARY;
    if (has_suffix(path, ".html") || has_suffix(path, ".htm") || has_suffix(path, ".xhtml"))
        return SC_TEXT_HTML;
    if (sc__roff_detect(text, n)) return SC_TEXT_MANUAL;
    const size_t space = strspn(text, " \t\r\n");
    if (n && text[space] == '<' && looks_like_html(text, n)) return SC_TEXT_HTML;
    return SC_TEXT_PLAIN;
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
    while (out->len > begin && ((unsigned char)out->data[out->len - 1] & 0xC0) == 0x80) out->len--;
    if (out->len > begin) out->len--;
}

/* One line, without its end. */
static void tidy_line(sc_buffer *out, const char *p, size_t n) {
    const size_t begin = out->len;
    for (size_t i = 0; i < n; i++) {
        const size_t escape = escape_length(p + i, n - i);
        if (escape)
            i += escape - 1;
        else if (p[i] == '\b') /* x, back, x: bold on a typewriter */
            drop_last_character(out, begin);
        else if ((unsigned char)p[i] >= 32 || p[i] == '\t')
            if (p[i] != 127) sc__buffer_putc(out, p[i]);
    }
    while (out->len > begin && strchr(" \t", out->data[out->len - 1])) out->len--;
}

void sc__text_tidy(sc_buffer *out, const char *text, size_t n) {
    bool blank = false, begun = false;
    while (n && out->status >= 0) {
        size_t length = 0;
        while (length < n && text[length] != '\n' && text[length] != '\r') length++;
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

sc_status sc__text_clean(sc_buffer *out, sc_text_kind kind, const char *text, size_t n) {
    sc_buffer plain = SC_BUFFER_INIT;
    sc_status s = SC_OK;
    if (kind == SC_TEXT_HTML) s = sc__html_to_text(&plain, text, n);
    if (kind == SC_TEXT_MANUAL) s = sc__roff_to_text(&plain, text, n);
    const bool converted = kind == SC_TEXT_HTML || kind == SC_TEXT_MANUAL;
    if (s >= 0) sc__text_tidy(out, converted ? plain.data : text, converted ? plain.len : n);
    sc__buffer_deinit(&plain);
    return s < 0 ? s : out->status;
}
