/* wikitext.c - wikitext in two passes: markup that may run over lines is resolved, recursively
 * where it nests; then each line's first characters say heading, list or paragraph.
 *
 * Whatever opens is closed by a search for its end that counts its own kind of brackets; markup
 * that does not end is read as letters. The searches of one page share a budget, so that a page of
 * a million opening brackets costs no square of that. */
#define _GNU_SOURCE
#include "format/source/wikitext.h"

#include "base/utf8.h"

#include <ctype.h>
#include <libxml/HTMLparser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_DEPTH = 40, MAX_LEVEL = 6, BUDGET = 32 };

typedef struct {
    sc_buffer text; /* of the page, its lines not yet read */
    int depth;
    size_t budget; /* bytes that searches may still look at */
} wiki;

static void inline_text(wiki *w, const char *p, size_t n);

/* ---- ends of what opens ---------------------------------------------------------------------- */

static bool at(const char *p, const char *end, const char *word) {
    const size_t n = strlen(word);
    return (size_t)(end - p) >= n && !memcmp(p, word, n);
}

static bool at_word(const char *p, const char *end, const char *word) {
    const size_t n = strlen(word);
    return (size_t)(end - p) >= n && !strncasecmp(p, word, n);
}

/* Behind the `close` that matches the `open` at p (both of two characters); NULL: none. */
static const char *matching(wiki *w, const char *p, const char *end, const char *open,
                            const char *close) {
    int depth = 0;
    for (const char *from = p; p + 1 < end; p++) {
        if (w->budget == 0) return NULL;
        w->budget--;
        if (p[0] == open[0] && p[1] == open[1]) {
            depth++;
            p++;
        } else if (p[0] == close[0] && p[1] == close[1] && p > from &&
                   !(*close == '|' && p + 2 < end && p[2] == '}')) { /* {{a|}} in a table */
            p++;
            if (--depth == 0) return p + 1;
        }
    }
    return NULL;
}

static const char *find(wiki *w, const char *p, const char *end, const char *word) {
    const size_t n = strlen(word);
    for (; p + n <= end && w->budget; p++, w->budget--)
        if (*p == *word && at_word(p, end, word)) return p;
    return NULL;
}

/* ---- templates ------------------------------------------------------------------------------- */

/* The k-th argument (from 0, the name) of a template or link; split at '|' outside of brackets. */
static bool argument(const char **p, size_t *n, const char *from, const char *end, int k) {
    int depth = 0;
    const char *begin = from;
    for (const char *q = from; q <= end; q++) {
        if (q < end && (*q == '{' || *q == '[')) depth++;
        if (q < end && (*q == '}' || *q == ']')) depth--;
        if (q < end && (*q != '|' || depth > 0)) continue;
        if (k-- == 0) {
            *p = begin;
            *n = (size_t)(q - begin);
            return true;
        }
        begin = q + 1;
    }
    return false;
}

/* Templates that stand for words: which arguments are the words. */
static const struct {
    const char *name;
    int first, second; /* second 0: one argument */
    const char *text;  /* or this, where first is 0 */
} kept[] = {
    {"lang", 2, 0, ""},
    {"transl", 2, 0, ""},
    {"transliteration", 2, 0, ""},
    {"nowrap", 1, 0, ""},
    {"small", 1, 0, ""},
    {"quote", 1, 0, ""},
    {"blockquote", 1, 0, ""},
    {"cquote", 1, 0, ""},
    {"abbr", 1, 0, ""},
    {"nihongo", 1, 0, ""},
    {"convert", 1, 2, ""},
    {"cvt", 1, 2, ""},
    {"angbr", 1, 0, ""},
    {"ipa", 1, 0, ""},
    {"sic", 1, 0, ""},
    {"nbsp", 0, 0, " "},
    {"ndash", 0, 0, "\xE2\x80\x93"},
    {"mdash", 0, 0, "\xE2\x80\x94"},
    {"snd", 0, 0, " \xE2\x80\x93 "},
    {"spaced ndash", 0, 0, " \xE2\x80\x93 "},
};

static void template(wiki *w, const char *from, const char *end) {
    const char *p = from;
    size_t n;
    argument(&p, &n, from, end, 0);
    while (n && isspace((unsigned char)*p)) p++, n--;
    while (n && isspace((unsigned char)p[n - 1])) n--;
    for (int i = 0; i < SC_LEN(kept); i++) {
        if (strlen(kept[i].name) != n || strncasecmp(p, kept[i].name, n) != 0) continue;
        const char *value;
        size_t length;
        sc__buffer_puts(&w->text, kept[i].text);
        if (kept[i].first && argument(&value, &length, from, end, kept[i].first))
            inline_text(w, value, length);
        if (kept[i].second && argument(&value, &length, from, end, kept[i].second)) {
            sc__buffer_putc(&w->text, ' ');
            inline_text(w, value, length);
        }
        return;
    }
}

/* ---- links ----------------------------------------------------------------------------------- */

static bool is_interwiki(const char *p, size_t n) {
    const char *colon = memchr(p, ':', n);
    if (!colon || colon - p < 2 || colon - p > 12) return false;
    for (const char *q = p; q < colon; q++)
        if (!islower((unsigned char)*q) && *q != '-') return false;
    return colon - p <= 3 || memchr(p, '-', (size_t)(colon - p));
}

static bool names_no_text(const char *p, size_t n) {
    static const char *const spaces[] = {
#define SPACE(name) name,
#include "format/source/wiki_spaces.def"
#undef SPACE
    };
    for (int i = 0; i < SC_LEN(spaces); i++) {
        const size_t m = strlen(spaces[i]);
        if (m < n && p[m] == ':' && at_word(p, p + n, spaces[i])) return true;
    }
    return is_interwiki(p, n);
}

/* [[target|label]], without its brackets */
static void link_text(wiki *w, const char *from, const char *end) {
    const char *target, *label;
    size_t n, m;
    argument(&target, &n, from, end, 0);
    while (n && isspace((unsigned char)*target)) target++, n--;
    if (names_no_text(target, n)) return;
    if (n && *target == ':') target++, n--;
    if (argument(&label, &m, from, end, 1) && m)
        inline_text(w, label, m);
    else
        inline_text(w, target, n);
}

/* [http://x label], without its brackets */
static void external_link(wiki *w, const char *from, const char *end) {
    const char *space = memchr(from, ' ', (size_t)(end - from));
    if (space) inline_text(w, space + 1, (size_t)(end - space) - 1);
}

static bool is_url(const char *p, const char *end) {
    return at_word(p, end, "http://") || at_word(p, end, "https://") || at_word(p, end, "//") ||
           at_word(p, end, "ftp://") || at_word(p, end, "mailto:");
}

/* ---- tags and entities ----------------------------------------------------------------------- */

static const char *const dropped[] = {
    "ref",      "math",    "gallery", "timeline",       "score",
    "imagemap", "graph",   "chem",    "templatestyles", "references",
    "mapframe", "maplink", "hiero",   "style",          "script"};
static const char *const literal[] = {"nowiki", "pre", "source", "syntaxhighlight"};

static bool is_name(const char *p, size_t n, const char *const *names, int count) {
    for (int i = 0; i < count; i++)
        if (strlen(names[i]) == n && !strncasecmp(p, names[i], n)) return true;
    return false;
}

/* Code point to text; what is none to nothing. */
static void put_character(wiki *w, uint32_t c) {
    char bytes[4];
    if (c == 0xA0) c = ' ';
    if (c && c < 0x110000 && !(c >= 0xD800 && c < 0xE000))
        sc__buffer_append(&w->text, bytes, (size_t)sc__utf8_encode(bytes, c));
}

static const char *entity(wiki *w, const char *p, const char *end) {
    char name[12];
    const char *stop = memchr(p, ';', SC_MIN((size_t)(end - p), sizeof name));
    const size_t n = stop ? (size_t)(stop - p) - 1 : 0;
    if (n) {
        memcpy(name, p + 1, n);
        name[n] = 0;
        const bool hexadecimal = name[0] == '#' && (name[1] == 'x' || name[1] == 'X');
        const htmlEntityDesc *known = htmlEntityLookup((const xmlChar *)name);
        if (name[0] == '#') {
            char *rest;
            const unsigned long c = strtoul(name + 1 + hexadecimal, &rest, hexadecimal ? 16 : 10);
            if (!*rest && c < 0x110000) return put_character(w, (uint32_t)c), stop + 1;
        } else if (known) {
            return put_character(w, known->value), stop + 1;
        }
    }
    sc__buffer_putc(&w->text, '&');
    return p + 1;
}

static void put_literal(wiki *w, const char *p, const char *end) {
    while (p < end) {
        if (*p == '&') {
            p = entity(w, p, end);
            continue;
        }
        sc__buffer_putc(&w->text, *p++);
    }
}

/* From '<'; returns where to go on. */
static const char *tag(wiki *w, const char *p, const char *end) {
    const char *name = p + 1 + (p + 1 < end && p[1] == '/');
    size_t n = 0;
    while (name + n < end && isalnum((unsigned char)name[n])) n++;
    const char *stop = n ? memchr(name, '>', SC_MIN((size_t)(end - name), (size_t)4096)) : NULL;
    if (!stop) return sc__buffer_putc(&w->text, '<'), p + 1;
    const bool empty = stop[-1] == '/' || p[1] == '/';
    const bool drop = is_name(name, n, dropped, SC_LEN(dropped));
    if (n == 2 && at_word(name, end, "br")) sc__buffer_putc(&w->text, '\n');
    if (empty || (!drop && !is_name(name, n, literal, SC_LEN(literal)))) return stop + 1;
    char close[24];
    memcpy(close, "</", 2);
    memcpy(close + 2, name, n);
    close[2 + n] = 0;
    const char *last = find(w, stop + 1, end, close);
    if (!last) return stop + 1;
    if (!drop) put_literal(w, stop + 1, last);
    const char *after = memchr(last, '>', (size_t)(end - last));
    return after ? after + 1 : end;
}

/* ---- inline ---------------------------------------------------------------------------------- */

static const char *brackets(wiki *w, const char *p, const char *end) {
    if (at(p, end, "[[")) {
        const char *stop = matching(w, p, end, "[[", "]]");
        if (stop) return link_text(w, p + 2, stop - 2), stop;
    } else if (is_url(p + 1, end)) {
        const char *stop = memchr(p, ']', (size_t)(end - p));
        if (stop && w->budget > (size_t)(stop - p)) {
            w->budget -= (size_t)(stop - p);
            return external_link(w, p + 1, stop), stop + 1;
        }
    }
    sc__buffer_putc(&w->text, '[');
    return p + 1;
}

static const char *braces(wiki *w, const char *p, const char *end) {
    const bool table = at(p, end, "{|");
    const char *stop = NULL;
    if (table || at(p, end, "{{"))
        stop = matching(w, p, end, table ? "{|" : "{{", table ? "|}" : "}}");
    if (!stop) return sc__buffer_putc(&w->text, '{'), p + 1;
    if (!table) template(w, p + 2, stop - 2);
    while (stop < end && *stop == '}') stop++; /* of {{{parameter}}} */
    return stop;
}

/* __NOTOC__ and its like */
static const char *magic_word(wiki *w, const char *p, const char *end) {
    const char *q = p + 2;
    while (q < end && isupper((unsigned char)*q)) q++;
    if (at(p, end, "__") && q > p + 2 && at(q, end, "__")) return q + 2;
    sc__buffer_putc(&w->text, '_');
    return p + 1;
}

static const char *quotes(wiki *w, const char *p, const char *end) {
    size_t n = 0;
    while (p + n < end && p[n] == '\'') n++;
    if (n == 1) sc__buffer_putc(&w->text, '\'');
    return p + n;
}

static const char *comment(wiki *w, const char *p, const char *end) {
    const char *stop = find(w, p + 4, end, "-->");
    return stop ? stop + 3 : end;
}

static const char *markup(wiki *w, const char *p, const char *end) {
    switch (*p) {
    case '<':
        return at(p, end, "<!--") ? comment(w, p, end) : tag(w, p, end);
    case '[':
        return brackets(w, p, end);
    case '{':
        return braces(w, p, end);
    case '&':
        return entity(w, p, end);
    case '_':
        return magic_word(w, p, end);
    default:
        return quotes(w, p, end);
    }
}

static void inline_text(wiki *w, const char *p, size_t n) {
    const char *end = p + n;
    if (w->depth >= MAX_DEPTH) return;
    w->depth++;
    while (p < end && w->text.status >= 0) {
        const char *plain = p;
        while (p < end && *p != '<' && *p != '[' && *p != '{' && *p != '&' && *p != '_' &&
               *p != '\'')
            p++;
        sc__buffer_append(&w->text, plain, (size_t)(p - plain));
        if (p < end) p = markup(w, p, end);
    }
    w->depth--;
}

/* ---- lines ----------------------------------------------------------------------------------- */

typedef struct {
    sc_buffer *out;
    struct {
        const char *p;
        size_t n;
        int level;
    } heads[MAX_LEVEL]; /* that nothing followed yet */
    int n_heads;
    bool blank, begun;
} page;

/* What templates leave behind: "Name (; ) was" */
static size_t empty_parentheses(const char *p, const char *end) {
    const char *q = p;
    if (q < end && *q == ' ') q++;
    if (q == end || *q != '(') return 0;
    for (q++; q < end && (*q == ' ' || *q == ',' || *q == ';');) q++;
    return q < end && *q == ')' ? (size_t)(q + 1 - p) : 0;
}

static void put_line(page *g, const char *p, size_t n) {
    if (g->begun && g->blank) sc__buffer_putc(g->out, '\n');
    g->blank = false;
    g->begun = true;
    for (const char *end = p + n; p < end;) {
        const size_t skip = empty_parentheses(p, end);
        const bool opens = !skip && *p == '(';
        if (!skip) sc__buffer_putc(g->out, *p);
        p += skip ? skip : 1;
        while (opens && p < end && memchr(" ,;", *p, 3)) p++;
    }
    sc__buffer_putc(g->out, '\n');
}

static void trim(const char **p, size_t *n) {
    while (*n && isspace((unsigned char)**p)) ++*p, --*n;
    while (*n && isspace((unsigned char)(*p)[*n - 1])) --*n;
}

static void put_text(page *g, const char *indent, const char *p, size_t n) {
    for (int i = 0; i < g->n_heads; i++) {
        g->blank = true;
        put_line(g, g->heads[i].p, g->heads[i].n);
    }
    g->blank |= g->n_heads > 0;
    g->n_heads = 0;
    if (g->begun && g->blank) sc__buffer_putc(g->out, '\n');
    g->blank = false;
    sc__buffer_puts(g->out, indent);
    put_line(g, p, n);
}

/* == title ==, with a rank for what may follow */
static bool heading(page *g, const char *p, size_t n) {
    int level = 0;
    while (level < MAX_LEVEL && (size_t)level * 2 + 2 < n && p[level] == '=' &&
           p[n - 1 - (size_t)level] == '=')
        level++;
    if (!level) return false;
    p += level;
    n -= 2 * (size_t)level;
    trim(&p, &n);
    while (g->n_heads && g->heads[g->n_heads - 1].level >= level) g->n_heads--;
    if (n && g->n_heads < MAX_LEVEL) {
        g->heads[g->n_heads].p = p;
        g->heads[g->n_heads].n = n;
        g->heads[g->n_heads++].level = level;
    }
    return true;
}

static void list_item(page *g, const char *p, size_t n) {
    char indent[2 * MAX_LEVEL + 4];
    memset(indent, ' ', sizeof indent);
    int width = 0;
    size_t marks = 0;
    while (marks < n && memchr("*#:;", p[marks], 4)) marks++;
    const bool item = p[marks - 1] == '*' || p[marks - 1] == '#';
    for (size_t i = 1; i < SC_MIN(marks, (size_t)MAX_LEVEL); i++) width += 2;
    snprintf(indent + width, sizeof indent - (size_t)width, "%s", item ? "- " : "");
    p += marks;
    n -= marks;
    trim(&p, &n);
    if (n) put_text(g, indent, p, n);
}

static void one_line(page *g, const char *p, size_t n) {
    trim(&p, &n);
    if (!n || (n >= 4 && !memcmp(p, "----", 4))) {
        g->blank = true;
    } else if (*p == '=' && heading(g, p, n)) {
        g->blank = true;
    } else if (memchr("*#:;", *p, 4)) {
        list_item(g, p, n);
    } else {
        put_text(g, "", p, n);
    }
}

sc_status sc__wikitext_to_text(sc_buffer *out, const char *text, size_t n) {
    wiki w = {.budget = BUDGET * n + 4096};
    page g = {.out = out};
    inline_text(&w, text, n);
    sc_status s = w.text.status;
    const char *p = w.text.data, *end = p ? p + w.text.len : p;
    while (s >= 0 && p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        one_line(&g, p, (size_t)((stop ? stop : end) - p));
        p = stop ? stop + 1 : end;
        s = out->status;
    }
    sc__buffer_deinit(&w.text);
    return s;
}
