/* facts.c - what a page says about itself: meta elements (HTML standard 4.2.5; Open Graph; Dublin
 * Core), link relations, schema.org records in JSON-LD and microdata, robots directives (Robots
 * Exclusion Protocol's meta element; noai, noimageai; TDMRep, W3C community group report 2022). */
#include "format/extract/extractor.h"

#include "base/json.h"
#include "base/utf8.h"
#include "format/extract/dates.h"
#include "format/extract/licence.h"

#include <string.h>
#include <strings.h>

typedef enum { TITLE, URL, LANGUAGE, AUTHOR, PUBLISHED, DESCRIPTION, LICENCE, N_FACTS } fact;

typedef struct {
    sc_page_facts *f;
    sc_extractor *x;
    int rank[N_FACTS]; /* of what is known, 0: nothing */
    bool undecided;    /* links to different licences */
    int32_t first;     /* of the tree's values, those of the node being read */
} reader;

enum { LARGEST_RECORD = 1 << 20, FROM_LINK = 6 /* the rank of a mere link to a licence */ };

/* ---- setting --------------------------------------------------------------------------------- */

/* White space made one and trimmed, cut at a character; false when nothing is left, or, of an
 * address, when it does not fit. */
static bool tidy(char *to, size_t size, const char *from, size_t n, bool is_address) {
    size_t out = 0;
    bool space = false;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)from[i] <= ' ') {
            space = out > 0;
            continue;
        }
        if (out + space + 1 >= size) {
            if (is_address) return to[0] = 0, false;
            while (out && sc__utf8_is_inner(from[i])) i--, out--;
            break;
        }
        if (space) to[out++] = ' ';
        space = false;
        to[out++] = from[i];
    }
    to[out] = 0;
    return out > 0;
}

static bool is_address(const char *text, size_t n) {
    return n > 8 && (!strncasecmp(text, "http://", 7) || !strncasecmp(text, "https://", 8)) &&
           !memchr(text, ' ', n);
}

static bool set_licence(reader *r, const char *text, size_t n, int rank) {
    char url[sizeof r->f->licence_url], spdx[SC_LICENCE_MAX];
    if (!tidy(url, sizeof url, text, n, true)) return false;
    const bool known = sc__licence_find(spdx, url);
    if (!known && (rank > 2 || !is_address(url, strlen(url)))) return false;
    if (rank == FROM_LINK && r->rank[LICENCE] == FROM_LINK && strcmp(spdx, r->f->licence))
        r->undecided = true;
    if (r->rank[LICENCE] && r->rank[LICENCE] <= rank) return false;
    memcpy(r->f->licence, spdx, sizeof spdx);
    memcpy(r->f->licence_url, url, sizeof url);
    return true;
}

static bool set_language(reader *r, const char *text, size_t n) {
    char *to = r->f->language;
    if (!tidy(to, sizeof r->f->language, text, n, true)) return false;
    for (char *p = to; *p; p++) {
        if (*p == '_') *p = '-';
        if (!strchr("-", *p) && !((*p | 32) >= 'a' && (*p | 32) <= 'z') &&
            !(*p >= '0' && *p <= '9'))
            return to[0] = 0, false;
    }
    const size_t primary = strcspn(to, "-");
    return primary == 2 || primary == 3 ? true : (to[0] = 0, false);
}

static bool set_date(reader *r, const char *text, size_t n) {
    char given[64], iso[SC_DATE_MAX];
    if (!tidy(given, sizeof given, text, n, false) || !sc__date_find(iso, given)) return false;
    memcpy(r->f->published, iso, sizeof iso);
    return true;
}

static bool try_to_set(reader *r, fact what, int rank, const char *text, size_t n) {
    sc_page_facts *f = r->f;
    if (what == LICENCE) return set_licence(r, text, n, rank);
    if (what == LANGUAGE) return set_language(r, text, n);
    if (what == PUBLISHED) return set_date(r, text, n);
    if (what == URL) return is_address(text, n) && tidy(f->url, sizeof f->url, text, n, true);
    if (what == AUTHOR)
        return !is_address(text, n) && tidy(f->author, sizeof f->author, text, n, false);
    if (what == TITLE) return tidy(f->title, sizeof f->title, text, n, false);
    return tidy(f->description, sizeof f->description, text, n, false);
}

static void set(reader *r, fact what, int rank, const char *text, size_t n) {
    const bool known = r->rank[what] && r->rank[what] <= rank;
    if (known && !(what == LICENCE && rank == FROM_LINK)) return;
    if (try_to_set(r, what, rank, text, n)) r->rank[what] = rank;
}

static void set_string(reader *r, fact what, int rank, const char *text) {
    if (text) set(r, what, rank, text, strlen(text));
}

static void set_from_node(reader *r, fact what, int rank, int32_t node) {
    size_t n;
    const char *text = sc__html_text(&r->x->tree, node, &n);
    if (n < 2 * sizeof r->f->title) set(r, what, rank, text, n);
}

/* ---- elements -------------------------------------------------------------------------------- */

static bool has_word(const char *text, const char *word) {
    const size_t m = strlen(word);
    while (*text) {
        const size_t n = strcspn(text, " ,;\t\n");
        if (n == m && !strncasecmp(text, word, n)) return true;
        text += n + strspn(text + n, " ,;\t\n");
    }
    return false;
}

static void read_robots(reader *r, const char *content) {
    static const struct {
        const char *word;
        unsigned flags;
    } words[] = {
#define META(name, fact, rank)
#define DATA(key, fact, rank)
#define ROBOTS(word, flags) {word, flags},
#include "format/extract/facts.def"
#undef META
#undef DATA
#undef ROBOTS
    };
    for (int i = 0; i < SC_LEN(words); i++)
        if (has_word(content, words[i].word)) r->f->robots |= words[i].flags;
}

static void read_meta(reader *r, const char *name, const char *content) {
    static const struct {
        const char *name;
        fact what;
        int rank;
    } metas[] = {
#define META(name, fact, rank) {name, fact, rank},
#define DATA(key, fact, rank)
#define ROBOTS(word, flags)
#include "format/extract/facts.def"
#undef META
#undef DATA
#undef ROBOTS
    };
    if (!strcasecmp(name, "robots")) read_robots(r, content);
    if (!strcasecmp(name, "tdm-reservation") && !strcmp(content, "1"))
        r->f->robots |= SC_ROBOTS_NOAI;
    for (int i = 0; i < SC_LEN(metas); i++)
        if (!strcasecmp(name, metas[i].name)) set_string(r, metas[i].what, metas[i].rank, content);
}

static const char *value(const reader *r, int32_t node, sc_html_attribute a) {
    const sc_html_tree *t = &r->x->tree;
    for (int32_t i = r->first; i < t->n_list && t->list[i].node == node; i++)
        if (t->list[i].attribute == a) return t->values.data + t->list[i].at;
    return NULL;
}

static bool is_in_figure(const reader *r, int32_t node) {
    const sc_html_node *nodes = r->x->tree.nodes;
    for (; node > 0; node = nodes[node].parent)
        if (nodes[node].element == SC_HTML_figure || nodes[node].hints & SC_HINT_FIGURE)
            return true;
    return false;
}

/* A picture's licence is not the page's. */
static void read_link(reader *r, int32_t node) {
    const char *rel = value(r, node, SC_VALUE_REL), *href = value(r, node, SC_VALUE_HREF);
    const bool in_head = r->x->tree.nodes[node].element == SC_HTML_link;
    if (rel && in_head && has_word(rel, "canonical")) set_string(r, URL, 1, href);
    const bool states = rel && has_word(rel, "license");
    if (href && !is_in_figure(r, node))
        set_string(r, LICENCE, states ? in_head ? 1 : 2 : FROM_LINK, href);
    if (rel && !in_head && has_word(rel, "author")) set_from_node(r, AUTHOR, 5, node);
}

static void read_microdata(reader *r, int32_t node, const char *itemprop) {
    const char *datetime = value(r, node, SC_VALUE_DATETIME);
    if (has_word(itemprop, "datePublished")) {
        if (datetime)
            set_string(r, PUBLISHED, 2, datetime);
        else
            set_from_node(r, PUBLISHED, 3, node);
    }
    if (has_word(itemprop, "author")) set_from_node(r, AUTHOR, 4, node);
    if (has_word(itemprop, "headline")) set_from_node(r, TITLE, 3, node);
}

static void read_element(reader *r, int32_t node) {
    const int element = r->x->tree.nodes[node].element;
    const char *content = value(r, node, SC_VALUE_CONTENT),
               *itemprop = value(r, node, SC_VALUE_ITEMPROP);
    if (element == SC_HTML_meta && content) {
        const sc_html_attribute names[] = {SC_VALUE_NAME, SC_VALUE_PROPERTY, SC_VALUE_HTTP_EQUIV,
                                           SC_VALUE_ITEMPROP};
        for (int i = 0; i < SC_LEN(names); i++) {
            const char *name = value(r, node, names[i]);
            if (name) read_meta(r, name, content);
        }
    } else if (element == SC_HTML_link || element == SC_HTML_a) {
        read_link(r, node);
    } else if (element == SC_HTML_html) {
        set_string(r, LANGUAGE, 1, value(r, node, SC_VALUE_LANG));
    } else if (element == SC_HTML_time) {
        set_string(r, PUBLISHED, 6, value(r, node, SC_VALUE_DATETIME));
    }
    if (itemprop && element != SC_HTML_meta) read_microdata(r, node, itemprop);
}

/* Every node with a value once; then titles. */
static void read_elements(reader *r) {
    const sc_html_tree *t = &r->x->tree;
    for (int32_t i = 0; i < t->n_list; i++) {
        if (i && t->list[i].node == t->list[i - 1].node) continue;
        r->first = i;
        read_element(r, t->list[i].node);
    }
    for (int32_t i = 0; i < t->n; i++) {
        if (t->nodes[i].element == SC_HTML_title) set_from_node(r, TITLE, 4, i);
        if (t->nodes[i].element == SC_HTML_h1) set_from_node(r, TITLE, 5, i);
    }
}

/* ---- records --------------------------------------------------------------------------------- */

/* The text of a value: itself, its name or address, or that of the first of a list. */
static const char *text_of(const json_t *v, fact what) {
    if (json_is_array(v)) v = json_array_get(v, 0);
    if (json_is_object(v)) {
        const json_t *inner = json_object_get(v, what == AUTHOR ? "name" : "@id");
        if (!inner) inner = json_object_get(v, what == LANGUAGE ? "alternateName" : "url");
        v = inner;
    }
    return json_string_value(v);
}

static bool is_work(const json_t *record) {
    static const char *const kinds[] = {"Article", "Posting", "Report", "Recipe",       "Review",
                                        "HowTo",   "WebPage", "Book",   "CreativeWork", "Dataset",
                                        "Course",  "FAQPage", "QAPage", "Product"};
    const char *type = text_of(json_object_get(record, "@type"), N_FACTS);
    for (int i = 0; type && i < SC_LEN(kinds); i++)
        if (strstr(type, kinds[i])) return true;
    return false;
}

static void read_record(reader *r, const json_t *record) {
    static const struct {
        const char *key;
        fact what;
        int rank;
    } keys[] = {
#define META(name, fact, rank)
#define DATA(key, fact, rank) {key, fact, rank},
#define ROBOTS(word, flags)
#include "format/extract/facts.def"
#undef META
#undef DATA
#undef ROBOTS
    };
    for (int i = 0; i < SC_LEN(keys); i++)
        set_string(r, keys[i].what, keys[i].rank,
                   text_of(json_object_get(record, keys[i].key), keys[i].what));
}

typedef void visitor(void *arg, const json_t *record);

/* The works of a script: an object, a list of them, or a graph. */
static void visit(const json_t *v, visitor *take, void *arg) {
    const json_t *graph = json_object_get(v, "@graph"), *list = json_is_array(v) ? v : graph;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (is_work(json_array_get(list, i))) take(arg, json_array_get(list, i));
    if (is_work(v)) take(arg, v);
}

/* Control characters within strings are common and refused by JSON; as spaces they do no harm. */
static sc_status visit_all(sc_extractor *x, visitor *take, void *arg) {
    const sc_html_filter *f = &x->tree.filter;
    for (int i = 0; i < f->n_data; i++) {
        json_error_t e;
        if (f->data[i].n > LARGEST_RECORD) continue;
        sc__buffer_clear(&x->record);
        sc__buffer_append(&x->record, f->data[i].text, f->data[i].n);
        SC_TRY(x->record.status);
        for (size_t j = 0; j < x->record.len; j++)
            if ((unsigned char)x->record.data[j] < ' ') x->record.data[j] = ' ';
        json_t *v = json_loadb(x->record.data, x->record.len, JSON_DISABLE_EOF_CHECK, &e);
        if (!v && json_error_code(&e) == json_error_out_of_memory)
            return SC_FAIL(SC_NOMEM, "HTML: a record of %zu bytes", f->data[i].n);
        if (v) visit(v, take, arg);
        json_decref(v);
    }
    return SC_OK;
}

static void take_facts(void *arg, const json_t *record) { read_record(arg, record); }

sc_status sc__facts_read(sc_page_facts *f, sc_extractor *x) {
    reader r = {.f = f, .x = x};
    *f = (sc_page_facts){0};
    read_elements(&r);
    SC_TRY(visit_all(x, take_facts, &r));
    if (r.undecided && r.rank[LICENCE] == FROM_LINK) f->licence[0] = f->licence_url[0] = 0;
    return SC_OK;
}

static void take_body(void *arg, const json_t *record) {
    sc_buffer *out = arg;
    const json_t *body = json_object_get(record, "articleBody");
    if (json_string_length(body) <= out->len) return;
    out->len = 0;
    sc__buffer_append(out, json_string_value(body), json_string_length(body));
}

sc_status sc__facts_body(sc_extractor *x) {
    sc__buffer_clear(&x->scratch);
    SC_TRY(visit_all(x, take_body, &x->scratch));
    return x->scratch.status;
}
