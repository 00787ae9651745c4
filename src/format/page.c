/* page.c - filling lines. */
#include "format/page.h"

#include "base/utf8.h"
#include <string.h>

void sc__page_init(sc_page *p, sc_buffer *out) {
    *p = (sc_page){.out = out, .width = SC_PAGE_WIDTH, .step = SC_PAGE_STEP};
}

void sc__page_deinit(sc_page *p) {
    sc__page_break(p);
    sc__buffer_deinit(&p->line);
}

static int columns_of(const char *text, size_t n) { return (int)sc__utf8_count(text, n); }

static bool is_no_break(const char *p, size_t n) {
    return n >= 2 && (unsigned char)p[0] == 0xC2 && (unsigned char)p[1] == 0xA0;
}

static bool is_blank(const char *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (p[i] != ' ' && p[i] != '\t' && !is_no_break(p + i, n - i) &&
            !(i && is_no_break(p + i - 1, n - i + 1)))
            return false;
    return true;
}

/* The line with its indent, without trailing space. */
static void write_line(sc_page *p, const char *text, size_t n, int indent) {
    if (p->blank && p->begun && !p->headed) sc__buffer_putc(p->out, '\n');
    p->blank = p->headed = false;
    p->begun = true;
    for (int i = 0; i < indent; i++) sc__buffer_putc(p->out, ' ');
    for (size_t i = 0; i < n; i++) {
        const bool space = is_no_break(text + i, n - i);
        sc__buffer_putc(p->out, space ? ' ' : text[i]);
        i += space;
    }
    while (p->out->len && p->out->status >= 0 && p->out->data[p->out->len - 1] == ' ')
        p->out->len--;
    sc__buffer_putc(p->out, '\n');
}

void sc__page_break(sc_page *p) {
    p->glue = false;
    if (p->line.status < 0 && p->out->status >= 0) p->out->status = p->line.status;
    if (!p->line.len) return;
    write_line(p, p->line.data, p->line.len, p->line_indent);
    sc__buffer_clear(&p->line);
    p->columns = 0;
}

void sc__page_blank(sc_page *p) {
    sc__page_break(p);
    p->blank = true;
}

static void put_word(sc_page *p, const char *word, size_t n) {
    const int columns = columns_of(word, n);
    const bool space = p->line.len && !p->glue && p->line.data[p->line.len - 1] != ' ';
    const bool full = p->width && p->line_indent + p->columns + space + columns > p->width;
    if (p->line.len && !p->glue && full) sc__page_break(p);
    if (!p->line.len) {
        p->line_indent = SC_MIN(p->indent, SC_PAGE_INDENT);
    } else if (space) {
        sc__buffer_putc(&p->line, ' ');
        p->columns++;
    }
    p->glue = false;
    sc__buffer_append(&p->line, word, n);
    p->columns += columns;
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static void put_words(sc_page *p, const char *text, size_t n) {
    size_t i = 0;
    while (i < n) {
        while (i < n && is_space(text[i])) i++;
        const size_t begin = i;
        while (i < n && !is_space(text[i])) i++;
        if (i > begin) put_word(p, text + begin, i - begin);
    }
}

static void put_verbatim(sc_page *p, const char *text, size_t n) {
    while (n) {
        const char *end = memchr(text, '\n', n);
        const size_t length = end ? (size_t)(end - text) : n;
        const bool join = p->glue && p->begun && !p->line.len && p->out->len;
        sc__page_break(p);
        if (is_blank(text, length)) {
            p->blank = true;
        } else {
            p->out->len -= join; /* the end of the last line */
            write_line(p, text, length, join ? 0 : SC_MIN(p->indent, SC_PAGE_INDENT));
        }
        text += length + (end != NULL);
        n -= length + (end != NULL);
    }
}

void sc__page_text(sc_page *p, const char *text, size_t n) {
    if (p->verbatim)
        put_verbatim(p, text, n);
    else
        put_words(p, text, n);
}

void sc__page_heading(sc_page *p, const char *text, size_t n, int indent) {
    sc__page_blank(p);
    const int kept = p->indent, verbatim = p->verbatim;
    p->indent = indent;
    p->verbatim = 0;
    p->headed = false;
    put_words(p, text, n);
    sc__page_break(p);
    p->headed = true;
    p->indent = kept;
    p->verbatim = verbatim;
}

void sc__page_tag(sc_page *p, const char *text, size_t n, int indent) {
    sc__page_break(p);
    p->indent = indent;
    put_words(p, text, n);
    p->indent = indent + p->step;
    if ((p->columns >= p->step && p->width) || p->verbatim) sc__page_break(p);
    if (!p->line.len) return;
    while (p->columns < p->step) {
        sc__buffer_putc(&p->line, ' ');
        p->columns++;
    }
}
