/* main_text.c - the ladder: strict first, then with less belief in names, then what the page says
 * of itself, then all there is. */
#include "format/extract/extractor.h"

#include "base/alloc.h"
#include "format/extract/write.h"

enum {
    ENOUGH = 250,   /* letters with which a rule is content */
    LITTLE = 50,    /* fewer: anything is better */
    ONE_NAMED = 85, /* percent of what is named as article in one part, for it to be the only one */
    LEAST_NAMED = 30, /* percent of the whole */
    STEP = 2          /* columns of an indent */
};

sc_status sc__extractor_open(sc_extractor **out, const sc_extract_options *o) {
    *out = NULL;
    sc_extractor *x = sc__calloc(1, sizeof *x);
    if (!x) return SC_FAIL(SC_NOMEM, "HTML extractor");
    if (o) x->options = *o;
    sc__html_tree_init(&x->tree);
    *out = x;
    return SC_OK;
}

void sc__extractor_close(sc_extractor *x) {
    if (!x) return;
    sc__html_tree_deinit(&x->tree);
    sc__free(x->sums);
    sc__free(x->holder);
    sc__free(x->excused);
    sc__free(x->drop);
    sc__free(x->blocks);
    sc__buffer_deinit(&x->record);
    sc__buffer_deinit(&x->valid);
    sc__buffer_deinit(&x->text);
    sc__buffer_deinit(&x->scratch);
    sc__free(x);
}

static bool is_container(const sc_html_node *e) {
    return e->kind == SC_HTML_BLOCK || e->kind == SC_HTML_CELL;
}

/* The part of the largest value, the innermost of equals. */
static int32_t find_best(const sc_extractor *x) {
    int32_t best = 0, value = sc__sums_of(x, 0).value;
    for (int32_t i = 1, next; i < x->tree.n; i = next) {
        next = x->drop[i] ? x->tree.nodes[i].end : i + 1;
        if (x->drop[i] || !is_container(&x->tree.nodes[i])) continue;
        const int32_t own = sc__sums_of(x, i).value;
        if (own >= value) best = i, value = own;
    }
    return best;
}

/* A part within the best that is named as the article: the only one such, or nearly, and no small
 * one. */
static int32_t find_named(const sc_extractor *x, int32_t root, int32_t best) {
    const int32_t whole = sc__sums_of(x, root).good;
    int32_t found = best, good = 0, all = 0;
    for (int32_t i = root + 1, next; i < x->tree.nodes[root].end; i = next) {
        const sc_html_node *e = &x->tree.nodes[i];
        const bool named = !x->drop[i] && is_container(e) && e->hints & SC_HINT_ARTICLE;
        next = x->drop[i] || named ? e->end : i + 1;
        if (!named) continue;
        const int32_t own = sc__sums_of(x, i).good;
        all += own;
        if (own > good) found = i, good = own;
    }
    const bool is_one = (int64_t)good * 100 >= (int64_t)all * ONE_NAMED;
    return is_one && (int64_t)good * 100 >= (int64_t)whole * LEAST_NAMED ? found : best;
}

static sc_status write_part(sc_buffer *out, sc_extractor *x, int32_t root) {
    const sc_html_style style = {x->drop, .step = STEP, .rows = true};
    sc__html_write(out, &x->tree, root, &style);
    return out->status;
}

static sc_status find_text(sc_buffer *out, sc_extractor *x, bool strict) {
    sc__marks_structure(x);
    SC_TRY(sc__blocks_find(x));
    sc__marks_hints(x, strict);
    SC_TRY(sc__blocks_find(x));
    if (!x->options.comments) {
        sc__marks_comments(x);
        SC_TRY(sc__blocks_find(x));
    }
    const int32_t best = find_named(x, 0, find_best(x));
    sc__marks_inside(x, best, strict);
    return write_part(out, x, best);
}

static sc_status find_all(sc_buffer *out, sc_extractor *x) {
    sc__marks_structure(x);
    SC_TRY(sc__blocks_find(x));
    sc__marks_inside(x, 0, false);
    return write_part(out, x, 0);
}

static size_t count_letters(const sc_buffer *b, size_t from) {
    size_t letters = 0;
    for (size_t i = from; i < b->len; i++) letters += (unsigned char)b->data[i] > ' ';
    return letters;
}

/* The text in x->scratch instead of the one in `out`, where it is more than twice as long. */
static bool is_taken(sc_buffer *out, size_t from, sc_extractor *x) {
    if (count_letters(&x->scratch, 0) <= 2 * count_letters(out, from)) return false;
    out->len = from;
    sc__buffer_append(out, x->scratch.data, x->scratch.len);
    return true;
}

/* A rung for each rule, until there is enough. */
static sc_status climb(sc_buffer *out, sc_extractor *x) {
    sc_extract_rule *rule = &x->facts.rule;
    const size_t from = out->len;
    SC_TRY(find_text(out, x, true));
    *rule = SC_EXTRACT_STRICT;
    for (int next = SC_EXTRACT_LOOSE; next <= SC_EXTRACT_ALL; next++) {
        if (count_letters(out, from) >= (next == SC_EXTRACT_ALL ? LITTLE : ENOUGH)) break;
        sc__buffer_clear(&x->scratch);
        if (next == SC_EXTRACT_LOOSE) SC_TRY(find_text(&x->scratch, x, false));
        if (next == SC_EXTRACT_DATA) SC_TRY(sc__facts_body(x));
        if (next == SC_EXTRACT_ALL) SC_TRY(find_all(&x->scratch, x));
        if (is_taken(out, from, x)) *rule = (sc_extract_rule)next;
    }
    if (!count_letters(out, from)) *rule = SC_EXTRACT_NOTHING;
    return out->status;
}

sc_status sc__main_text(sc_buffer *out, sc_page_facts *facts, sc_extractor *x, const char *html,
                        size_t n) {
    SC_TRY(sc__html_tree_load(&x->tree, html, n));
    SC_TRY(sc__blocks_measure(x));
    SC_TRY(sc__facts_read(&x->facts, x));
    SC_TRY(climb(out, x));
    if (facts) *facts = x->facts;
    return SC_OK;
}
