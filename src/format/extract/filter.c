/* filter.c - one pass over the page, tag by tag. */
#include "format/extract/filter.h"

#include <string.h>
#include <strings.h>

typedef struct {
    const char *p, *end; /* what is not read yet */
    sc_html_filter *f;
    sc_buffer *out;
    unsigned char
        stack[SC_HTML_MAX_LEVELS]; /* open elements, those whose end may be left out aside */
    int levels, flat;              /* how many; how many more were too deep */
    int open[SC_HTML_N];           /* of each kind that reached the output */
    bool endless[SC_HTML_N];       /* no end tag of this kind is left */
    bool has_zeros;
} scanner;

typedef struct {
    const char *name, *value;
    size_t n_name, n_value;
} attribute;

/* What becomes of an attribute. */
typedef enum {
    KEEP,
    META,   /* on <meta> and <link> only */
    ROOT,   /* on <html> only */
    TARGET, /* kept whole where it may name a licence, on <link> always; else that it is there */
    HIDE,   /* `hidden` */
    HIDES,  /* `hidden` if its value says so */
} rule;

static const struct {
    const char *name;
    rule rule;
} rules[] = {
    {"aria-hidden", HIDES}, {"class", KEEP},  {"content", META},    {"datetime", KEEP},
    {"hidden", HIDE},       {"href", TARGET}, {"http-equiv", META}, {"id", KEEP},
    {"itemprop", KEEP},     {"lang", ROOT},   {"name", META},       {"property", META},
    {"rel", KEEP},          {"role", KEEP},   {"start", KEEP},      {"style", HIDES},
    {"xml:lang", ROOT},
};

/* ---- pieces ---------------------------------------------------------------------------------- */

static bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static bool is_letter(char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }

static size_t left(const scanner *s) { return (size_t)(s->end - s->p); }

static void put(scanner *s, const char *text, size_t n) { sc__buffer_append(s->out, text, n); }

/* Where `word`, of any case, begins in the n bytes; NULL when nowhere. */
static const char *find_word(const char *text, size_t n, const char *word) {
    const size_t m = strlen(word);
    const char *last = n >= m ? text + (n - m) : NULL;
    for (const char *p = text; last && p <= last; p++) {
        p = memchr(p, word[0], (size_t)(last - p) + 1);
        if (!p) return NULL;
        if (!strncasecmp(p, word, m)) return p;
    }
    return NULL;
}

/* Text as it is; zero bytes become spaces, as the parser would end there. */
static void put_text(scanner *s, const char *text, size_t n) {
    if (!s->has_zeros || !memchr(text, 0, n)) {
        put(s, text, n);
        return;
    }
    for (size_t i = 0; i < n; i++) sc__buffer_putc(s->out, text[i] ? text[i] : ' ');
}

/* After the comment that begins at p, "<!--". One that never ends takes the rest of the page. */
static const char *skip_comment(const char *p, const char *end) {
    p += 4;
    if (p < end && *p == '>') return p + 1;
    if (end - p >= 2 && p[0] == '-' && p[1] == '>') return p + 2;
    for (; p < end; p++) {
        p = memchr(p, '-', (size_t)(end - p));
        if (!p) return end;
        if (end - p >= 3 && p[1] == '-' && p[2] == '>') return p + 3;
        if (end - p >= 4 && p[1] == '-' && p[2] == '!' && p[3] == '>') return p + 4;
    }
    return end;
}

static const char *skip_past(const char *p, const char *end, char c) {
    p = p < end ? memchr(p, c, (size_t)(end - p)) : NULL;
    return p ? p + 1 : end;
}

/* ---- attributes ------------------------------------------------------------------------------ */

static void read_value(attribute *a, scanner *s) {
    while (s->p < s->end && is_space(*s->p)) s->p++;
    a->value = s->p;
    if (s->p < s->end && (*s->p == '"' || *s->p == '\'')) {
        const char *end = skip_past(s->p + 1, s->end, *s->p);
        a->value++;
        a->n_value = (size_t)(end - a->value) - (end > a->value && end[-1] == *s->p);
        s->p = end;
        return;
    }
    while (s->p < s->end && !is_space(*s->p) && *s->p != '>') s->p++;
    a->n_value = (size_t)(s->p - a->value);
}

/* False at the end of the tag, which is taken. */
static bool next_attribute(attribute *a, scanner *s) {
    while (s->p < s->end && (is_space(*s->p) || *s->p == '/')) s->p++;
    if (s->p >= s->end) return false;
    if (*s->p == '>') return s->p++, false;
    *a = (attribute){.name = s->p++};
    while (s->p < s->end && !is_space(*s->p) && !strchr("/>=", *s->p)) s->p++;
    a->n_name = (size_t)(s->p - a->name);
    const char *name_end = s->p;
    while (s->p < s->end && is_space(*s->p)) s->p++;
    if (s->p < s->end && *s->p == '=') {
        s->p++;
        read_value(a, s);
    } else {
        s->p = name_end;
    }
    return true;
}

static int find_rule(const attribute *a) {
    for (int i = 0; i < SC_LEN(rules); i++)
        if ((a->name[0] | 32) == rules[i].name[0] && strlen(rules[i].name) == a->n_name &&
            !strncasecmp(a->name, rules[i].name, a->n_name))
            return i;
    return -1;
}

static bool says_hidden(const attribute *a) {
    if (a->n_name == 11) return a->n_value == 4 && !strncasecmp(a->value, "true", 4);
    const char *p = find_word(a->value, a->n_value, "display");
    if (!p) p = find_word(a->value, a->n_value, "visibility");
    if (!p) return false;
    const char *end = a->value + a->n_value;
    while (p < end && is_letter(*p)) p++;
    while (p < end && (is_space(*p) || *p == ':')) p++;
    return (end - p >= 4 && !strncasecmp(p, "none", 4)) ||
           (end - p >= 6 && !strncasecmp(p, "hidden", 6));
}

static bool names_licence(const attribute *a) {
    return find_word(a->value, a->n_value, "licen") ||
           find_word(a->value, a->n_value, "publicdomain");
}

static void put_attribute(scanner *s, const attribute *a, const char *name, bool whole) {
    put(s, " ", 1);
    put(s, name, strlen(name));
    if (!whole || !a->n_value) return;
    const char *quote = memchr(a->value, '"', a->n_value) ? "'" : "\"";
    put(s, "=", 1);
    put(s, quote, 1);
    put_text(s, a->value, a->n_value);
    put(s, quote, 1);
}

static void filter_attribute(scanner *s, const attribute *a, int element) {
    const bool head = element == SC_HTML_meta || element == SC_HTML_link;
    const int at = find_rule(a);
    if (at < 0) return;
    const rule r = rules[at].rule;
    if (r == HIDE || (r == HIDES && says_hidden(a)))
        put_attribute(s, a, "hidden", false);
    else if (r == TARGET)
        put_attribute(s, a, rules[at].name, head || names_licence(a));
    else if (r == KEEP || (r == META && head) || (r == ROOT && element == SC_HTML_html))
        put_attribute(s, a, rules[at].name, true);
}

/* ---- tags ------------------------------------------------------------------------------------ */

static size_t name_length(const char *p, const char *end) {
    size_t n = 0;
    while (p + n < end && !is_space(p[n]) && p[n] != '/' && p[n] != '>' && p[n]) n++;
    return n;
}

static void drop_attributes(scanner *s) {
    attribute a;
    while (next_attribute(&a, s)) {}
}

/* The next end tag of `element`; NULL when there is none, which is looked for but once. */
static const char *find_end_tag(scanner *s, int element) {
    const char *name = sc__html_element_name(element), *end = s->end;
    const size_t n = strlen(name);
    if (s->endless[element]) return NULL;
    for (const char *p = s->p; (p = memchr(p, '<', (size_t)(end - p))); p++) {
        if ((size_t)(end - p) < n + 2) break;
        if (p[1] == '/' && !strncasecmp(p + 2, name, n) &&
            (p + 2 + n == end || is_space(p[2 + n]) || strchr("/>", p[2 + n])))
            return p;
    }
    s->endless[element] = true;
    return NULL;
}

static void note_data(scanner *s, const char *text, size_t n) {
    sc_html_filter *f = s->f;
    if (f->n_data == SC_HTML_MAX_DATA) return;
    f->data[f->n_data].text = text;
    f->data[f->n_data++].n = n;
}

/* What is no text. TeX inside <math> is: it says in a line what the markup says in forty. */
static void filter_raw(scanner *s, int element) {
    attribute a;
    bool is_data = false;
    while (next_attribute(&a, s))
        is_data |= element == SC_HTML_script && a.n_name == 4 && !strncasecmp(a.name, "type", 4) &&
                   a.value && find_word(a.value, a.n_value, "ld+json");
    const char *begin = s->p, *end = find_end_tag(s, element);
    if (!end) {
        if (element == SC_HTML_script || element == SC_HTML_style) s->p = s->end;
        return;
    }
    if (is_data) note_data(s, begin, (size_t)(end - begin));
    s->p = skip_past(end, s->end, '>');
    if (element != SC_HTML_math) return;
    const char *tex = find_word(begin, (size_t)(end - begin), "application/x-tex");
    const char *from = tex ? memchr(tex, '>', (size_t)(end - tex)) : NULL;
    const char *to = from ? memchr(from, '<', (size_t)(end - from)) : NULL;
    if (!to) return;
    put(s, "$", 1);
    put_text(s, from + 1, (size_t)(to - from) - 1);
    put(s, "$", 1);
}

/* The text of <title>, where a tag is none. */
static void filter_title(scanner *s) {
    const char *end = find_end_tag(s, SC_HTML_title);
    if (!end) return;
    for (const char *p = s->p; p < end; p++) {
        if (*p == '<')
            put(s, "&lt;", 4);
        else
            sc__buffer_putc(s->out, *p ? *p : ' ');
    }
    s->p = end;
}

/* Its tags are not written. */
static bool is_silent(int element, int flags) {
    if (flags & SC_HTML_VOID)
        return element != SC_HTML_br && element != SC_HTML_hr && element != SC_HTML_meta &&
               element != SC_HTML_link;
    return flags & SC_HTML_STYLE;
}

static void filter_start(scanner *s) {
    const char *name = s->p + 1;
    const size_t n = name_length(name, s->end);
    const int element = sc__html_element_find(name, n), flags = sc__html_element_flags(element);
    const bool is_level = !(flags & (SC_HTML_VOID | SC_HTML_OPEN));
    attribute a;
    s->p = name + n;
    if (flags & SC_HTML_RAW) {
        filter_raw(s, element);
        return;
    }
    if (is_silent(element, flags) || (is_level && s->levels == SC_HTML_MAX_LEVELS)) {
        s->flat += !is_silent(element, flags);
        drop_attributes(s);
        return;
    }
    if (is_level) s->stack[s->levels++] = (unsigned char)element;
    s->open[element]++;
    put(s, "<", 1);
    put(s, name, n);
    while (next_attribute(&a, s)) filter_attribute(s, &a, element);
    put(s, ">", 1);
    if (element == SC_HTML_title) filter_title(s);
}

/* An end tag closes what was opened within its element, but no block within a mere phrase: the
 * parser's own rule. */
static int strength(int element) {
    return element == SC_HTML_table ? 2 : element == SC_HTML_div ? 1 : 0;
}

static bool pop(scanner *s, int element) {
    int at = s->levels - 1;
    while (at >= 0 && s->stack[at] != element)
        if (strength(s->stack[at--]) > strength(element)) return false;
    if (at < 0) return false;
    while (s->levels > at) s->open[s->stack[--s->levels]]--;
    return true;
}

static void filter_end(scanner *s) {
    const char *name = s->p + 2;
    const size_t n = name_length(name, s->end);
    const int element = sc__html_element_find(name, n), flags = sc__html_element_flags(element);
    s->p = skip_past(name + n, s->end, '>');
    if (is_silent(element, flags) || (flags & SC_HTML_VOID)) return;
    if (flags & SC_HTML_OPEN) {
        if (!s->open[element]) return;
        s->open[element]--;
    } else {
        if (s->flat) {
            s->flat--;
            return;
        }
        if (!s->open[element] || !pop(s, element)) return;
    }
    put(s, "</", 2);
    put(s, name, n);
    put(s, ">", 1);
}

static void filter_markup(scanner *s) {
    const char *p = s->p;
    const char next = left(s) > 1 ? p[1] : 0;
    if (left(s) >= 4 && !memcmp(p, "<!--", 4)) {
        s->p = skip_comment(p, s->end);
    } else if (next == '!' || next == '?') {
        s->p = skip_past(p, s->end, '>');
    } else if (is_letter(next)) {
        filter_start(s);
    } else if (next == '/' && left(s) > 2 && is_letter(p[2])) {
        filter_end(s);
    } else if (next == '/' && left(s) > 2) {
        s->p = skip_past(p, s->end, '>');
    } else {
        put(s, "&lt;", 4);
        s->p++;
    }
}

sc_status sc__html_filter(sc_html_filter *f, const char *html, size_t n) {
    scanner s = {.p = html, .end = html + n, .f = f, .out = &f->html};
    sc__buffer_clear(&f->html);
    f->n_data = 0;
    s.has_zeros = n && memchr(html, 0, n);
    while (s.p < s.end && f->html.status >= 0) {
        const char *tag = memchr(s.p, '<', left(&s));
        if (!tag) tag = s.end;
        if (tag > s.p) put_text(&s, s.p, (size_t)(tag - s.p));
        s.p = tag;
        if (tag < s.end) filter_markup(&s);
    }
    return f->html.status;
}

void sc__html_filter_deinit(sc_html_filter *f) { sc__buffer_deinit(&f->html); }
