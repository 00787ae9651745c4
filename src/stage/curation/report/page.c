/* page.c - report.html of a corpus: the funnel, histograms, documents to look at. */
#include "account/web.h"
#include "account/render.h"
#include "base/file.h"
#include "stage/curation/report/page.h"

#include <inttypes.h>
#include <string.h>

enum { TOP_NAMES = 20 };

static void tile(sc_buffer *b, const char *name, const char *value, const char *note) {
    sc__buffer_printf(b, "<div><span>%s</span><b>%s</b><small>%s</small></div>\n", name, value,
                      note);
}

static void tiles(sc_buffer *b, const sc_census *c, const json_t *funnel) {
    const sc_group *kept = &c->groups[0];
    int64_t seen, dropped;
    sc__funnel_sums(&seen, &dropped, funnel);
    if (!seen) seen = kept->n;
    sc_buffer v = SC_BUFFER_INIT, note = SC_BUFFER_INIT;
    sc__buffer_puts(b, "<section class=\"tiles\">\n");
    sc__buffer_printf(&v, "%" PRId64, kept->n);
    sc__buffer_printf(&note, "of %" PRId64 " seen", seen);
    tile(b, "documents", v.data, note.data);
    sc__buffer_clear(&v);
    sc__buffer_clear(&note);
    sc__render_bytes(&v, (double)kept->bytes);
    sc__buffer_printf(&note, "%" PRId64 " characters", c->characters);
    tile(b, "text", v.data, note.data);
    sc__buffer_clear(&v);
    sc__buffer_clear(&note);
    sc__buffer_printf(&v, "%.1f %%", seen ? 100.0 * (double)(seen - dropped) / (double)seen : 0);
    sc__buffer_printf(&note, "%" PRId64 " dropped", dropped);
    tile(b, "kept", v.data, note.data);
    sc__buffer_clear(&v);
    sc__buffer_printf(&v, "%.0f", kept->n ? (double)c->characters / (double)kept->n : 0);
    tile(b, "characters a document", v.data, "mean");
    sc__buffer_puts(b, "</section>\n");
    sc__buffer_deinit(&v);
    sc__buffer_deinit(&note);
}

void sc__page_bar(sc_buffer *b, double share, bool gone) {
    sc__buffer_printf(
        b,
        "<td><svg class=\"bars\" viewBox=\"0 0 400 10\" height=\"10\" "
        "preserveAspectRatio=\"none\"><rect%s width=\"%.1f\" height=\"10\"/></svg></td>",
        gone ? " class=\"gone\"" : "", 400 * SC_MIN(share, 1.0));
}

/* ---- histograms ------------------------------------------------------------------------------ */

static void names(sc_buffer *b, const char *title, const sc_counts *c, int64_t all) {
    int64_t rest = 0;
    sc__buffer_printf(b, "<section><h2>%s</h2><table>\n", title);
    for (int64_t i = 0; i < c->n; i++) {
        const sc_count *r = &c->rows[i];
        if (i >= TOP_NAMES) {
            rest += r->n;
            continue;
        }
        sc__buffer_puts(b, "<tr><th>");
        sc__web_puts(b, r->name);
        sc__buffer_printf(b, "</th><td class=\"n\">%" PRId64 "</td>", r->n);
        sc__page_bar(b, all ? (double)r->n / (double)all : 0, false);
        sc__buffer_puts(b, "</tr>\n");
    }
    if (rest)
        sc__buffer_printf(
            b, "<tr><th>%" PRId64 " others</th><td class=\"n\">%" PRId64 "</td><td></td></tr>\n",
            c->n - TOP_NAMES, rest);
    sc__buffer_puts(b, "</table></section>\n");
}

static void lengths(sc_buffer *b, const sc_census *c) {
    int first = 0, last = SC_CENSUS_LENGTHS - 1;
    int64_t most = 1;
    while (first < last && !c->lengths[first]) first++;
    while (last > first && !c->lengths[last]) last--;
    for (int i = first; i <= last; i++) most = SC_MAX(most, c->lengths[i]);
    sc__buffer_puts(b, "<section><h2>Length in characters</h2><table>\n");
    for (int i = first; i <= last; i++) {
        sc__buffer_printf(b,
                          "<tr><th>%" PRId64 " to %" PRId64 "</th><td class=\"n\">%" PRId64 "</td>",
                          i ? (int64_t)1 << i : 0, ((int64_t)2 << i) - 1, c->lengths[i]);
        sc__page_bar(b, (double)c->lengths[i] / (double)most, false);
        sc__buffer_puts(b, "</tr>\n");
    }
    sc__buffer_puts(b, "</table></section>\n");
}

/* ---- documents to look at -------------------------------------------------------------------- */

/* Why it was dropped: what its step wrote down, but for what stands in the summary already. */
static void reason(sc_buffer *b, const char *why) {
    static const char *const known[] = {"step", "rule", "method", "span", "cluster", NULL};
    json_t *o = json_loads(why, 0, NULL), *value;
    const char *key;
    json_object_foreach(o, key, value) {
        int i = 0;
        while (known[i] && strcmp(known[i], key) != 0) i++;
        if (known[i]) continue;
        sc__buffer_puts(b, " &middot; ");
        sc__web_puts(b, key);
        sc__buffer_puts(b, " ");
        if (json_is_string(value))
            sc__web_puts(b, json_string_value(value));
        else if (json_is_number(value))
            sc__buffer_printf(b, "%.6g", json_number_value(value));
    }
    json_decref(o);
}

static void sample(sc_buffer *b, const sc_sample *s) {
    const size_t n = (size_t)s->n_text;
    const size_t from = SC_MIN((size_t)s->mark_from, n),
                 to = SC_MIN(SC_MAX((size_t)s->mark_to, from), n);
    sc__buffer_puts(b, "<article><h3>");
    sc__web_puts(b, s->id);
    reason(b, s->why);
    sc__buffer_puts(b, "</h3><pre>");
    sc__web_text(b, s->text, from);
    if (to > from) {
        sc__buffer_puts(b, "<mark>");
        sc__web_text(b, s->text + from, to - from);
        sc__buffer_puts(b, "</mark>");
    }
    sc__web_text(b, s->text + to, n - to);
    sc__buffer_puts(b, "</pre></article>\n");
}

static void group(sc_buffer *b, const sc_group *g) {
    sc__buffer_puts(b, "<details><summary>");
    sc__web_puts(b, g->step);
    if (*g->rule) {
        sc__buffer_puts(b, ": ");
        sc__web_puts(b, g->rule);
    }
    sc__buffer_printf(b, " (%d of %" PRId64 ")</summary>\n", g->n_samples, g->n);
    for (int k = 0; k < g->n_samples; k++) sample(b, &g->samples[k]);
    if (g->n_kept) {
        sc__buffer_printf(b, "<details><summary>%d that were kept, to compare</summary>\n",
                          g->n_kept);
        for (int k = 0; k < g->n_kept; k++) sample(b, &g->kept[k]);
        sc__buffer_puts(b, "</details>\n");
    }
    sc__buffer_puts(b, "</details>\n");
}

static void samples(sc_buffer *b, const sc_census *c) {
    sc__buffer_puts(b, "<section><h2>Documents to look at</h2>\n");
    for (int i = 0; i < c->n_groups; i++) group(b, &c->groups[i]);
    sc__buffer_puts(b, "</section>\n");
}

/* ---- clusters -------------------------------------------------------------------------------- */

static void member(sc_buffer *b, const sc_member *m) {
    sc__buffer_puts(b, "<article><h3>");
    sc__web_puts(b, m->id);
    sc__buffer_puts(b, m->kept ? " &middot; kept" : "");
    reason(b, m->why ? m->why : "");
    sc__buffer_puts(b, "</h3><pre>");
    sc__web_puts(b, m->text ? m->text : "(is not in the corpus or among what was dropped)");
    sc__buffer_puts(b, "</pre></article>\n");
}

static void looks(sc_buffer *b, const char *title, const sc_look *l, int n) {
    if (n) sc__buffer_printf(b, "<h3>%s</h3>\n", title);
    for (int i = 0; i < n; i++) {
        sc__buffer_puts(b, "<details><summary>");
        sc__web_puts(b, l[i].step);
        sc__buffer_printf(b, ": cluster %" PRId64 ", %" PRId64 " documents</summary>\n",
                          l[i].number, l[i].size);
        for (int k = 0; k < l[i].n_members; k++) member(b, &l[i].members[k]);
        sc__buffer_puts(b, "</details>\n");
    }
}

static void clusters(sc_buffer *b, const sc_looks *l) {
    if (!l->n_random) return;
    sc__buffer_puts(b,
                    "<section><h2>Clusters of documents that are alike</h2>\n<p>Those kept are "
                    "shown as they are in the corpus, where later steps may have cut them.</p>\n");
    looks(b, "The largest", l->looks, l->n_largest);
    looks(b, "At random", l->looks + SC_LOOK_LARGEST, l->n_random);
    sc__buffer_puts(b, "</section>\n");
}

/* ---- the page -------------------------------------------------------------------------------- */

sc_status sc__corpus_page(const sc_described *d) {
    sc_buffer b = SC_BUFFER_INIT;
    sc_arena a = SC_ARENA_INIT;
    const sc_census *c = d->census;
    const int64_t kept = c->groups[0].n;
    json_t *funnel;
    SC_TRY(sc__funnel_rows(&funnel, d));
    sc__web_begin(&b, d->name, 0);
    sc__buffer_puts(&b, "<header><h1>");
    sc__web_puts(&b, d->name);
    sc__buffer_puts(
        &b, "</h1><p>A corpus: what was kept, what was dropped, and by which rule</p></header>\n");
    tiles(&b, c, funnel);
    sc__funnel_table(&b, funnel);
    lengths(&b, c);
    names(&b, "Languages", &c->languages, kept);
    names(&b, "Sources", &c->sources, kept);
    names(&b, "Sites", &c->domains, kept);
    names(&b, "Licences", &c->licences, kept);
    clusters(&b, &c->looks);
    samples(&b, c);
    sc__web_end(&b,
                "Samples are those with the smallest hash of their id: the same ones each time. "
                "What the corpus was made from is in lineage.json.");
    const char *path = sc__path_join(&a, d->corpus, "report.html");
    sc_status s = path ? b.status : SC_FAIL(SC_NOMEM, "%s", d->corpus);
    if (s >= 0) s = sc__file_write(path, b.data, b.len);
    json_decref(funnel);
    sc__buffer_deinit(&b);
    sc__arena_deinit(&a);
    return s;
}
