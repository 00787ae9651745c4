/* html.c - the page's tree without what leads around in it. */
#include "format/html.h"

#include "base/alloc.h"
#include "format/extract/write.h"
#include "format/page.h"

static size_t count_letters(const sc_html_tree *t, int32_t at) {
    size_t n, letters = 0;
    const char *text = sc__html_text(t, at, &n);
    for (size_t i = 0; i < n; i++) letters += text[i] != ' ' && text[i] != '\n' && text[i] != '\t';
    return letters;
}

/* A list of four or more links and hardly anything else leads around. */
static bool is_menu(const sc_html_tree *t, int32_t list) {
    size_t linked = 0, links = 0;
    int32_t after = list; /* the last link */
    for (int32_t i = list; i < t->nodes[list].end; i++) {
        if (t->nodes[i].element != SC_HTML_a || i < after) continue;
        after = t->nodes[i].end;
        linked += count_letters(t, i);
        links++;
    }
    return links >= 4 && linked * 10 >= count_letters(t, list) * 9;
}

static bool is_list(const sc_html_node *e) {
    return e->kind == SC_HTML_LIST || e->element == SC_HTML_dl;
}

/* The outermost lists are looked at, not those within them. */
static void mark(uint8_t *drop, const sc_html_tree *t) {
    int32_t list = 0, next;
    for (int32_t i = 0; i < t->n; i = next) {
        const sc_html_node *e = &t->nodes[i];
        const bool outermost = is_list(e) && i >= list;
        if (outermost) list = e->end;
        drop[i] =
            e->kind == SC_HTML_DROP || (e->hints & SC_HINT_WHOLE) || (outermost && is_menu(t, i));
        next = drop[i] ? e->end : i + 1;
    }
}

sc_status sc__html_to_text(sc_buffer *out, const char *html, size_t n) {
    sc_html_tree t;
    sc__html_tree_init(&t);
    sc_status s = sc__html_tree_load(&t, html, n);
    uint8_t *drop = s >= 0 ? sc__calloc((size_t)t.n, 1) : NULL;
    if (s >= 0 && !drop) s = SC_FAIL(SC_NOMEM, "HTML of %zu bytes", n);
    if (drop) {
        mark(drop, &t);
        sc__html_write(out, &t, 0,
                       &(sc_html_style){drop, .width = SC_PAGE_WIDTH, .step = SC_PAGE_STEP});
        s = out->status;
    }
    sc__free(drop);
    sc__html_tree_deinit(&t);
    return s;
}
