/* filter.c - one pass over the page, tag by tag. */
#include "format/extract/filter.h"

#include <string.h>
#include <strings.h>

enum { SILENT = 0x80 /* on the stack: neither tag is written */ };

typedef struct {
    const char *p, *end; /* what is not read yet */
    sc_html_filter *f;
    sc_buffer *out;
    unsigned char stack[SC_HTML_MAX_LEVELS]; /* open elements but those whose end may be left out */
    int levels, flat;                        /* how many; how many more were too deep */
    int open[SC_HTML_N];                     /* of each kind, the silent too */
    bool endless[SC_HTML_N];                 /* no end tag of this kind is left */
    bool at_edge;                            /* of a block: white space means nothing */
} scanner;

typedef struct {
    const char *name, *value;
    size_t n_name, n_value;
} attribute;

/* What becomes of an attribute. */
typedef enum {
    NAME,   /* its words are hints */
    ROLE,   /* so is it */
    ITEM,   /* both a name and kept */
    KEEP,   /* on all elements */
    META,   /* kept on <meta> and <link> only */
    ROOT,   /* kept on <html> only */
    TARGET, /* kept on <link>, and where it may name a licence; on <a> it makes a link */
    HIDE,
    HIDES, /* if its value says so */
} rule;

#define RULE(name, rule)                                                                           \
    { name, sizeof(name) - 1, rule }
static const struct {
    const char *name;
    size_t n;
    rule rule;
} rules[] = {
    RULE("aria-hidden", HIDES), RULE("class", NAME),  RULE("content", META),
    RULE("datetime", KEEP),     RULE("hidden", HIDE), RULE("href", TARGET),
    RULE("http-equiv", META),   RULE("id", NAME),     RULE("itemprop", ITEM),
    RULE("lang", ROOT),         RULE("name", META),   RULE("property", META),
    RULE("rel", KEEP),          RULE("role", ROLE),   RULE("style", HIDES),
    RULE("xml:lang", ROOT),
};

/* What the attributes of a tag say. */
typedef struct {
    uint32_t hints;
    unsigned flags;
    bool told; /* some were written */
} marks;

/* ---- pieces ---------------------------------------------------------------------------------- */

static bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static bool is_letter(char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }

static size_t left(const scanner *s) { return (size_t)(s->end - s->p); }

/* Pieces are small: a copy where there is room. The end of the text is marked once, at the end. */
static void put(scanner *s, const char *text, size_t n) {
    sc_buffer *out = s->out;
    if (out->status < 0 || out->cap - out->len <= n) {
        sc__buffer_append(out, text, n);
        return;
    }
    memcpy(out->data + out->len, text, n);
    out->len += n;
}

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

static void cut(scanner *s, size_t n) {
    s->out->len = n;
    s->out->data[n] = 0;
}

/* A value as it is; zero bytes become spaces, as the parser would end there. */
static void put_value(scanner *s, const char *text, size_t n) {
    char *to = sc__buffer_extend(s->out, n);
    for (size_t i = 0; to && i < n; i++) to[i] = text[i] ? text[i] : ' ';
}

/* Text outside <pre>: its runs of white space are one space, or none at the edge of a block. */
static void put_text(scanner *s, const char *text, size_t n) {
    char *begin = sc__buffer_extend(s->out, n), *to = begin;
    bool space = s->at_edge; /* was written */
    if (!begin) return;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)text[i] > ' ') {
            *to++ = text[i];
            space = false;
            continue;
        }
        if (!space) *to++ = ' ';
        space = true;
    }
    cut(s, s->out->len - (n - (size_t)(to - begin)));
    s->at_edge &= to == begin;
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

static bool ends_name(char c) { return is_space(c) || c == '/' || c == '>' || c == '=' || !c; }

/* False at the end of the tag, which is taken. */
static bool next_attribute(attribute *a, scanner *s) {
    while (s->p < s->end && (is_space(*s->p) || *s->p == '/')) s->p++;
    if (s->p >= s->end) return false;
    if (*s->p == '>') return s->p++, false;
    *a = (attribute){.name = s->p++};
    while (s->p < s->end && !ends_name(*s->p)) s->p++;
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
        if ((a->name[0] | 32) == rules[i].name[0] && rules[i].n == a->n_name &&
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

static void put_attribute(scanner *s, const attribute *a, const char *name) {
    put(s, " ", 1);
    put(s, name, strlen(name));
    if (!a->n_value) return;
    const char *quote = memchr(a->value, '"', a->n_value) ? "'" : "\"";
    put(s, "=", 1);
    put(s, quote, 1);
    put_value(s, a->value, a->n_value);
    put(s, quote, 1);
}

static uint32_t role_hints(const attribute *a) {
    static const struct {
        const char *role;
        uint32_t hints;
    } roles[] = {{"banner", SC_HINT_CHROME | SC_HINT_WHOLE},
                 {"complementary", SC_HINT_CHROME},
                 {"contentinfo", SC_HINT_FOOT | SC_HINT_WHOLE},
                 {"dialog", SC_HINT_HIDE},
                 {"main", SC_HINT_CONTENT},
                 {"navigation", SC_HINT_NAV | SC_HINT_WHOLE},
                 {"search", SC_HINT_NAV | SC_HINT_WHOLE}};
    for (int i = 0; i < SC_LEN(roles); i++)
        if (a->n_value == strlen(roles[i].role) &&
            !strncasecmp(a->value, roles[i].role, a->n_value))
            return roles[i].hints;
    return 0;
}

static bool is_kept(rule r, const attribute *a, int element) {
    const bool head = element == SC_HTML_meta || element == SC_HTML_link;
    return r == KEEP || r == ITEM || (r == META && head) ||
           (r == ROOT && element == SC_HTML_html) || (r == TARGET && (head || names_licence(a)));
}

static void filter_attribute(marks *m, scanner *s, const attribute *a, int element) {
    const int at = find_rule(a);
    if (at < 0) return;
    const rule r = rules[at].rule;
    if (r == NAME || r == ITEM)
        m->hints |= sc__hints_find(&s->f->hints, a->value, a->n_value, rules[at].name[0] == 'c');
    if (r == ROLE) m->hints |= role_hints(a);
    if (r == HIDE || (r == HIDES && says_hidden(a))) m->flags |= SC_NODE_HIDDEN;
    if (r == TARGET) m->flags &= ~(unsigned)SC_NODE_ANCHOR;
    if (!is_kept(r, a, element)) return;
    put_attribute(s, a, rules[at].name);
    m->told = true;
}

static void put_marks(scanner *s, const marks *m) {
    char text[] = " x=\"00000000\"";
    uint32_t x = m->hints | (uint32_t)m->flags << SC_HTML_FLAGS_SHIFT;
    if (!x) return;
    for (int i = 11; x; x >>= 4) text[i--] = "0123456789abcdef"[x & 15];
    put(s, text, sizeof text - 1);
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
    put_value(s, from + 1, (size_t)(to - from) - 1);
    put(s, "$", 1);
    s->at_edge = false;
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

/* Its tags are never written. */
static bool is_silent(int element, int flags) {
    if (flags & SC_HTML_VOID)
        return element != SC_HTML_br && element != SC_HTML_hr && element != SC_HTML_meta &&
               element != SC_HTML_link;
    return flags & SC_HTML_STYLE;
}

/* The tag with what is kept of it. False where it is a phrase of which nothing is told: then
 * nothing is written. */
static bool write_start(scanner *s, const char *name, size_t n, int element) {
    const bool is_phrase = sc__html_element_kind(element) == SC_HTML_INLINE && element != SC_HTML_a;
    const size_t before = s->out->len;
    marks m = {.flags = element == SC_HTML_a ? SC_NODE_ANCHOR : 0};
    attribute a;
    put(s, "<", 1);
    put(s, name, n);
    while (next_attribute(&a, s)) filter_attribute(&m, s, &a, element);
    if (s->out->status >= 0 && is_phrase && !m.hints && !m.flags && !m.told) {
        cut(s, before);
        return false;
    }
    put_marks(s, &m);
    put(s, ">", 1);
    if (sc__html_element_kind(element) != SC_HTML_INLINE) s->at_edge = true;
    return true;
}

static void filter_start(scanner *s) {
    const char *name = s->p + 1;
    const size_t n = name_length(name, s->end);
    const int element = sc__html_element_find(name, n), flags = sc__html_element_flags(element);
    const bool is_level = !(flags & (SC_HTML_VOID | SC_HTML_OPEN));
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
    const bool written = write_start(s, name, n, element);
    if (is_level) s->stack[s->levels++] = (unsigned char)(element | (written ? 0 : SILENT));
    s->open[element]++;
    if (element == SC_HTML_title) filter_title(s);
}

static void put_end(scanner *s, const char *name, size_t n) {
    put(s, "</", 2);
    put(s, name, n);
    put(s, ">", 1);
}

/* An end tag closes what was opened within its element, but no block within a mere phrase: the
 * parser's own rule. */
static int strength(int element) {
    return element == SC_HTML_table ? 2 : element == SC_HTML_div ? 1 : 0;
}

/* Takes the element and what is open within it from the stack. True when its end is to be written;
 * where it is silent, the ends of those within are. */
static bool pop(scanner *s, int element) {
    int at = s->levels - 1;
    while (at >= 0 && (s->stack[at] & ~SILENT) != element)
        if (strength(s->stack[at--] & ~SILENT) > strength(element)) return false;
    if (at < 0) return false;
    const bool silent = s->stack[at] & SILENT;
    while (s->levels > at) {
        const int top = s->stack[--s->levels], inner = top & ~SILENT;
        const char *name = sc__html_element_name(inner);
        s->open[inner]--;
        if (silent && !(top & SILENT) && inner != SC_HTML_OTHER) put_end(s, name, strlen(name));
    }
    return !silent;
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
    } else if (s->flat) {
        s->flat--;
        return;
    } else if (!s->open[element] || !pop(s, element)) {
        return;
    }
    put_end(s, name, n);
    if (sc__html_element_kind(element) != SC_HTML_INLINE) s->at_edge = true;
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
        s->at_edge = false;
        s->p++;
    }
}

static bool is_in_pre(const scanner *s) {
    return s->open[SC_HTML_pre] > 0 || s->open[SC_HTML_listing] > 0 || s->open[SC_HTML_xmp] > 0;
}

void sc__html_filter_init(sc_html_filter *f) {
    *f = (sc_html_filter){0};
    sc__hints_init(&f->hints);
}

sc_status sc__html_filter(sc_html_filter *f, const char *html, size_t n) {
    scanner s = {.p = html, .end = html + n, .f = f, .out = &f->html, .at_edge = true};
    sc__buffer_clear(&f->html);
    f->n_data = 0;
    while (s.p < s.end && f->html.status >= 0) {
        const char *tag = memchr(s.p, '<', left(&s));
        if (!tag) tag = s.end;
        if (tag > s.p && is_in_pre(&s))
            put_value(&s, s.p, (size_t)(tag - s.p));
        else if (tag > s.p)
            put_text(&s, s.p, (size_t)(tag - s.p));
        s.p = tag;
        if (tag < s.end) filter_markup(&s);
    }
    if (f->html.data) f->html.data[f->html.len] = 0;
    return f->html.status;
}

void sc__html_filter_deinit(sc_html_filter *f) { sc__buffer_deinit(&f->html); }
