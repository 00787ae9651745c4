/* roff_escape.c - \fB, \(em, \*(Tm and their kin: what they print, or nothing. */
#include "format/roff_part.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *text;
} glyphs[] = {
#define GLYPH(name, text) {name, text},
#include "format/glyphs.def"
#undef GLYPH
};

/* Strings that man(7), mdoc(7) and pod2man give to every page. */
static const char *const builtin[][2] = {
    {"lq", "\xE2\x80\x9C"},
    {"rq", "\xE2\x80\x9D"},
    {"Lq", "\xE2\x80\x9C"},
    {"Rq", "\xE2\x80\x9D"},
    {"R", "\xC2\xAE"},
    {"Tm", "\xE2\x84\xA2"},
    {"C`", "\""},
    {"C'", "\""},
    {"L\"", "\""},
    {"R\"", "\""},
    {"--", "--"},
    {"PI", "pi"},
    {"Le", "<="},
    {"Ge", ">="},
    {"Lt", "<"},
    {"Gt", ">"},
    {"Ne", "!="},
    {"Am", "&"},
    {"Ba", "|"},
    {"q", "\""},
    {"aq", "'"},
    {"Px", "POSIX"},
    {"Ai", "ANSI"},
};

typedef struct {
    const char *p, *end;
} cursor;

/* The name after \(, \*, \f, \n and so on: one character, (xx or [xxx]. */
/* Past the rest of a character of several bytes, which a count of bytes has cut. */
static void finish_character(const char **p, const char *end) {
    while (*p < end && sc__utf8_is_inner(**p)) ++*p;
}

static void take_name(const char **name, size_t *n, cursor *c) {
    *name = c->p;
    *n = 0;
    if (c->p == c->end) return;
    if (*c->p == '(') {
        *name = ++c->p;
        c->p += SC_MIN((size_t)2, (size_t)(c->end - c->p));
        finish_character(&c->p, c->end);
        *n = (size_t)(c->p - *name);
    } else if (*c->p == '[') {
        *name = ++c->p;
        while (c->p < c->end && *c->p != ']') c->p++;
        *n = (size_t)(c->p - *name);
        c->p += c->p < c->end;
    } else {
        c->p++;
        finish_character(&c->p, c->end);
        *n = (size_t)(c->p - *name);
    }
}

/* 'text' with any delimiter. */
static void take_quoted(const char **text, size_t *n, cursor *c) {
    *text = c->p;
    *n = 0;
    if (c->p == c->end) return;
    const char *quote = c->p++;
    finish_character(&c->p, c->end);
    const size_t width = (size_t)(c->p - quote);
    *text = c->p;
    while (c->p < c->end && ((size_t)(c->end - c->p) < width || memcmp(c->p, quote, width))) c->p++;
    *n = (size_t)(c->p - *text);
    c->p = (size_t)(c->end - c->p) < width ? c->end : c->p + width;
}

static void put_code_point(sc_buffer *out, unsigned long code) {
    char bytes[4];
    if (!code || code >= 0x110000 || (code >= 0xD800 && code < 0xE000)) return;
    sc__buffer_append(out, bytes, (size_t)sc__utf8_encode(bytes, (uint32_t)code));
}

static void put_glyph(sc_buffer *out, const char *name, size_t n) {
    char text[16] = "";
    for (int i = 0; i < SC_LEN(glyphs); i++)
        if (strlen(glyphs[i].name) == n && !memcmp(glyphs[i].name, name, n)) {
            sc__buffer_puts(out, glyphs[i].text);
            return;
        }
    if (n == 0 || n >= sizeof text) return;
    memcpy(text, name, n);
    if (text[0] == 'u' && n >= 5) put_code_point(out, strtoul(text + 1, NULL, 16));
    if (!strncmp(text, "char", 4)) put_code_point(out, strtoul(text + 4, NULL, 10));
}

void sc__roff_define(sc_roff *r, const char *name, size_t n_name, const char *value, size_t n) {
    sc_roff_string *s = sc__arena_alloc(&r->arena, sizeof *s);
    char *copy = sc__arena_strndup(&r->arena, name, n_name),
         *text = sc__arena_strndup(&r->arena, value, n);
    if (!s || !copy || !text) {
        sc__roff_no_memory(r);
        return;
    }
    *s = (sc_roff_string){r->strings, copy, text};
    r->strings = s;
}

static void put_string(sc_roff *r, sc_buffer *out, const char *name, size_t n) {
    for (int i = 0; i < SC_LEN(builtin); i++)
        if (strlen(builtin[i][0]) == n && !memcmp(builtin[i][0], name, n)) {
            sc__buffer_puts(out, builtin[i][1]);
            return;
        }
    if (r->strings_depth >= 4) return; /* a string that names itself */
    for (const sc_roff_string *s = r->strings; s; s = s->next)
        if (strlen(s->name) == n && !memcmp(s->name, name, n)) {
            r->strings_depth++;
            sc__roff_expand(r, out, s->value, strlen(s->value));
            r->strings_depth--;
            return;
        }
}

/* \s+2, \s(12, \s'3': a size. */
static void skip_size(cursor *c) {
    const char *name;
    size_t n;
    if (c->p < c->end && (*c->p == '+' || *c->p == '-')) c->p++;
    if (c->p < c->end && (*c->p == '(' || *c->p == '['))
        take_name(&name, &n, c);
    else if (c->p < c->end && *c->p == '\'')
        take_quoted(&name, &n, c);
    else if (c->p < c->end && *c->p >= '0' && *c->p <= '9')
        c->p += 1 + (c->p + 1 < c->end && *c->p < '4' && *c->p > '0' && c->p[1] >= '0' &&
                     c->p[1] <= '9');
}

/* Escapes that take an argument and print nothing. */
static bool skip_silent(cursor *c, char x) {
    const char *name;
    size_t n;
    if (strchr("fFmMnkg$YVO", x)) {
        if (x == 'n' && c->p < c->end && (*c->p == '+' || *c->p == '-')) c->p++;
        take_name(&name, &n, c);
    } else if (strchr("hvwlLDbxXABHSR", x)) {
        take_quoted(&name, &n, c);
    } else if (x == 's') {
        skip_size(c);
    } else {
        return false;
    }
    return true;
}

static void put_argument(sc_roff *r, sc_buffer *out, cursor *c, char x) {
    const char *name;
    size_t n;
    if (strchr("CNoZ", x))
        take_quoted(&name, &n, c);
    else
        take_name(&name, &n, c);
    if (x == 'N')
        put_code_point(out, strtoul(name, NULL, 10));
    else if (x == 'o') { /* overstruck: the first says most */
        const char *first = name + SC_MIN(n, (size_t)1);
        finish_character(&first, name + n);
        sc__roff_expand(r, out, name, (size_t)(first - name));
    } else if (x == 'Z')
        sc__roff_expand(r, out, name, n);
    else if (x == '*')
        put_string(r, out, name, n);
    else
        put_glyph(out, name, n);
}

/* What \x prints; false when the rest of the line is a comment. */
static bool expand_one(sc_roff *r, sc_buffer *out, cursor *c) {
    const char x = c->p < c->end ? *c->p++ : 0;
    if (x == '"' || x == '#') return false;
    if (!x || skip_silent(c, x)) return true;
    if (strchr("-.'`_", x)) {
        sc__buffer_putc(out, x);
    } else if (strchr("eE\\", x)) {
        sc__buffer_putc(out, '\\');
    } else if (strchr(" ~0", x)) {
        sc__buffer_puts(out, "\xC2\xA0");
    } else if (x == 't') {
        sc__buffer_putc(out, '\t');
    } else if (x == 'c') {
        r->no_space = true;
    } else if (strchr("([CN*oZ", x)) {
        if (x == '(' || x == '[') c->p--;
        put_argument(r, out, c, x);
    } else if (!strchr("&)|^%:/,{}dupraz!?", x)) { /* those print nothing; others, themselves */
        sc__buffer_putc(out, x);
    }
    return true;
}

void sc__roff_expand(sc_roff *r, sc_buffer *out, const char *p, size_t n) {
    cursor c = {p, p + n};
    while (c.p < c.end) {
        const char *escape = memchr(c.p, '\\', (size_t)(c.end - c.p));
        if (!escape) escape = c.end;
        sc__buffer_append(out, c.p, (size_t)(escape - c.p));
        c.p = escape;
        if (c.p < c.end) {
            c.p++;
            if (!expand_one(r, out, &c)) return;
        }
    }
}

void sc__roff_expand_arg(sc_roff *r, sc_buffer *out, const sc_roff_arg *a) {
    const char *p = a->p, *end = p + a->n;
    while (a->quoted) {
        const char *quote = memchr(p, '"', (size_t)(end - p));
        if (!quote || quote + 1 >= end) break;
        sc__roff_expand(r, out, p, (size_t)(quote + 1 - p));
        p = quote + 2;
    }
    sc__roff_expand(r, out, p, (size_t)(end - p));
}
