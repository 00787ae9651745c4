/* markdown.c - front matter (YAML between "---" lines, as Jekyll, Hugo and Hugging Face cards have
 * it; its simple "key: value" lines only) and comments off; code fences are left alone. */
#define _GNU_SOURCE
#include "format/source/markdown.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static size_t line_length(const char *p, const char *end) {
    const char *stop = memchr(p, '\n', (size_t)(end - p));
    return (size_t)((stop ? stop + 1 : end) - p);
}

static bool is_rule(const char *p, size_t n) {
    while (n && isspace((unsigned char)p[n - 1])) n--;
    return n == 3 && !memcmp(p, "---", 3);
}

static void take(char *to, size_t room, const char *p, size_t n) {
    while (n && (isspace((unsigned char)*p) || *p == '"' || *p == '\'')) p++, n--;
    while (n && (isspace((unsigned char)p[n - 1]) || p[n - 1] == '"' || p[n - 1] == '\'')) n--;
    if (n && n < room && *p != '[' && *p != '{') snprintf(to, room, "%.*s", (int)n, p);
}

static void one_key(sc_front_matter *f, const char *p, size_t n) {
    const struct {
        const char *key;
        char *to;
        size_t room;
    } keys[] = {
        {"title", f->title, sizeof f->title},          {"license", f->licence, sizeof f->licence},
        {"licence", f->licence, sizeof f->licence},    {"lang", f->language, sizeof f->language},
        {"language", f->language, sizeof f->language}, {"date", f->date, sizeof f->date}};
    const char *colon = memchr(p, ':', n);
    for (int i = 0; colon && i < SC_LEN(keys); i++)
        if (strlen(keys[i].key) == (size_t)(colon - p) &&
            !strncasecmp(p, keys[i].key, (size_t)(colon - p)))
            take(keys[i].to, keys[i].room, colon + 1, (size_t)(p + n - colon) - 1);
}

/* Behind the front matter, which begins and ends with a line "---"; `p` where there is none. */
static const char *front_matter(sc_front_matter *f, const char *p, const char *end) {
    sc_front_matter facts = {0};
    size_t n = line_length(p, end);
    if (!is_rule(p, n)) return p;
    for (const char *line = p + n; line < end; line += n) {
        n = line_length(line, end);
        if (is_rule(line, n)) return *f = facts, line + n;
        one_key(&facts, line, n);
    }
    return p;
}

static bool is_fence(const char *p, size_t n) {
    while (n && *p == ' ') p++, n--;
    return n >= 3 && (!memcmp(p, "```", 3) || !memcmp(p, "~~~", 3));
}

sc_status sc__markdown_to_text(sc_buffer *out, sc_front_matter *facts, const char *text, size_t n) {
    const char *end = text + n;
    bool code = false, closed = true; /* the last comment: one that does not end is none */
    *facts = (sc_front_matter){0};
    for (const char *p = n ? front_matter(facts, text, end) : text; p < end;) {
        size_t length = line_length(p, end);
        if (is_fence(p, length)) code = !code;
        const char *comment = code || !closed ? NULL : memmem(p, length, "<!--", 4);
        const char *stop = comment ? memmem(comment, (size_t)(end - comment), "-->", 3) : NULL;
        closed &= !comment || stop;
        if (stop) length = (size_t)(comment - p);
        sc__buffer_append(out, p, length);
        p = stop ? stop + 3 : p + length;
    }
    return out->status;
}
