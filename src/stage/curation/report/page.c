/* page.c - report.html of a corpus: the funnel, histograms, documents to look at. */
#include "account/web.h"
#include "account/render.h"
#include "base/file.h"
#include "format/stream.h"
#include "stage/curation/report/report.h"

#include <inttypes.h>
#include <string.h>

enum { TOP_NAMES = 20, TOP_CLUSTERS = 10 };

static int64_t all_documents(const sc_census *c) {
    int64_t n = 0;
    for (int i = 0; i < c->n_groups; i++) n += c->groups[i].n;
    return n;
}

static void tile(sc_buffer *b, const char *name, const char *value, const char *note) {
    sc__buffer_printf(b, "<div><span>%s</span><b>%s</b><small>%s</small></div>\n", name, value,
                      note);
}

static void tiles(sc_buffer *b, const sc_census *c) {
    const sc_group *kept = &c->groups[0];
    const int64_t all = all_documents(c);
    sc_buffer v = SC_BUFFER_INIT, note = SC_BUFFER_INIT;
    sc__buffer_puts(b, "<section class=\"tiles\">\n");
    sc__buffer_printf(&v, "%" PRId64, kept->n);
    sc__buffer_printf(&note, "of %" PRId64 " seen", all);
    tile(b, "documents", v.data, note.data);
    sc__buffer_clear(&v);
    sc__buffer_clear(&note);
    sc__render_bytes(&v, (double)kept->bytes);
    sc__buffer_printf(&note, "%" PRId64 " characters", c->characters);
    tile(b, "text", v.data, note.data);
    sc__buffer_clear(&v);
    sc__buffer_clear(&note);
    sc__buffer_printf(&v, "%.1f %%", all ? 100.0 * (double)kept->n / (double)all : 0);
    sc__buffer_printf(&note, "%" PRId64 " dropped", all - kept->n);
    tile(b, "kept", v.data, note.data);
    sc__buffer_clear(&v);
    sc__buffer_printf(&v, "%.0f", kept->n ? (double)c->characters / (double)kept->n : 0);
    tile(b, "characters a document", v.data, "mean");
    sc__buffer_puts(b, "</section>\n");
    sc__buffer_deinit(&v);
    sc__buffer_deinit(&note);
}

/* A bar of this share of the row, as SVG. */
static void bar(sc_buffer *b, double share, bool gone) {
    sc__buffer_printf(
        b,
        "<td><svg class=\"bars\" viewBox=\"0 0 400 10\" height=\"10\" "
        "preserveAspectRatio=\"none\"><rect%s width=\"%.1f\" height=\"10\"/></svg></td>",
        gone ? " class=\"gone\"" : "", 400 * share);
}

static void funnel_row(sc_buffer *b, const sc_group *g, int64_t before, int64_t all) {
    sc__buffer_puts(b, "<tr><th>");
    sc__web_puts(b, g->step);
    sc__buffer_puts(b, "</th><th>");
    sc__web_puts(b, g->rule);
    sc__buffer_printf(b, "</th><td class=\"n\">%" PRId64 "</td><td class=\"n\">%.2f %%</td>", g->n,
                      before ? 100.0 * (double)g->n / (double)before : 0);
    bar(b, all ? (double)g->n / (double)all : 0, g->place > 0);
    sc__buffer_puts(b, "</tr>\n");
}

static void funnel(sc_buffer *b, const sc_census *c) {
    const int64_t all = all_documents(c);
    int64_t left = all;
    sc__buffer_puts(b, "<section><h2>Funnel</h2><table><tr><th>step</th><th>dropped by</th>"
                       "<th class=\"n\">documents</th><th class=\"n\">of those that came</th>"
                       "<td></td></tr>\n");
    int64_t came = all;
    for (int i = 1; i < c->n_groups; i++) {
        if (i > 1 && c->groups[i].place != c->groups[i - 1].place) came = left;
        funnel_row(b, &c->groups[i], came, all);
        left -= c->groups[i].n;
    }
    funnel_row(b, &c->groups[0], all, all);
    sc__buffer_puts(b, "</table></section>\n");
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
        bar(b, all ? (double)r->n / (double)all : 0, false);
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
        bar(b, (double)c->lengths[i] / (double)most, false);
        sc__buffer_puts(b, "</tr>\n");
    }
    sc__buffer_puts(b, "</table></section>\n");
}

/* ---- documents to look at -------------------------------------------------------------------- */

static void sample(sc_buffer *b, const sc_sample *s) {
    const size_t n = (size_t)s->n_text;
    const size_t from = SC_MIN((size_t)s->mark_from, n),
                 to = SC_MIN(SC_MAX((size_t)s->mark_to, from), n);
    sc__buffer_puts(b, "<article><h3>");
    sc__web_puts(b, s->id);
    if (*s->why) {
        sc__buffer_puts(b, " &middot; ");
        sc__web_puts(b, s->why);
    }
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

static void samples(sc_buffer *b, const sc_census *c) {
    sc__buffer_puts(b, "<section><h2>Documents to look at</h2>\n");
    for (int i = 0; i < c->n_groups; i++) {
        const sc_group *g = &c->groups[i];
        sc__buffer_puts(b, "<details><summary>");
        sc__web_puts(b, g->step);
        if (*g->rule) {
            sc__buffer_puts(b, ": ");
            sc__web_puts(b, g->rule);
        }
        sc__buffer_printf(b, " (%d of %" PRId64 ")</summary>\n", g->n_samples, g->n);
        for (int k = 0; k < g->n_samples; k++) sample(b, &g->samples[k]);
        sc__buffer_puts(b, "</details>\n");
    }
    sc__buffer_puts(b, "</section>\n");
}

/* The first clusters that deduplication tells of, as it wrote them. */
static sc_status clusters_of(sc_buffer *b, const char *path, int *left) {
    sc_buffer lines = SC_BUFFER_INIT;
    sc_stream *in;
    SC_TRY(sc__stream_open(&in, path));
    char *to = sc__buffer_extend(&lines, 1 << 16);
    size_t got = 0;
    sc_status s = to ? sc__stream_read(&got, in, to, 1 << 16) : lines.status;
    const char *p = to, *end = to + got;
    while (s >= 0 && p<end && * left> 0) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        if (!newline) break;
        sc__buffer_puts(b, "<article><pre>");
        sc__web_text(b, p, SC_MIN((size_t)(newline - p), (size_t)SC_SNIPPET_BYTES));
        sc__buffer_puts(b, "</pre></article>\n");
        p = newline + 1;
        --*left;
    }
    sc__stream_close(in);
    sc__buffer_deinit(&lines);
    return s;
}

static sc_status clusters(sc_buffer *b, const char *corpus) {
    sc_arena a = SC_ARENA_INIT;
    sc_paths found = {0};
    int left = TOP_CLUSTERS;
    bool any = false;
    sc_status s = sc__paths_find(&found, &a, corpus);
    for (int64_t i = 0; s >= 0 && i < found.n && left > 0; i++) {
        if (!strstr(found.paths[i] + strlen(corpus), "/clusters/")) continue;
        if (!any) sc__buffer_puts(b, "<section><h2>Clusters of near-duplicates</h2>\n");
        any = true;
        s = clusters_of(b, found.paths[i], &left);
    }
    if (any) sc__buffer_puts(b, "</section>\n");
    sc__arena_deinit(&a);
    return s;
}

/* ---- the page -------------------------------------------------------------------------------- */

sc_status sc__corpus_page(const sc_described *d) {
    sc_buffer b = SC_BUFFER_INIT;
    sc_arena a = SC_ARENA_INIT;
    const sc_census *c = d->census;
    const int64_t kept = c->groups[0].n;
    sc__web_begin(&b, d->name, 0);
    sc__buffer_puts(&b, "<header><h1>");
    sc__web_puts(&b, d->name);
    sc__buffer_puts(
        &b, "</h1><p>A corpus: what was kept, what was dropped, and by which rule</p></header>\n");
    tiles(&b, c);
    funnel(&b, c);
    lengths(&b, c);
    names(&b, "Languages", &c->languages, kept);
    names(&b, "Sources", &c->sources, kept);
    names(&b, "Sites", &c->domains, kept);
    names(&b, "Licences", &c->licences, kept);
    sc_status s = clusters(&b, d->corpus);
    samples(&b, c);
    sc__web_end(&b,
                "Samples are those with the smallest hash of their id: the same ones each time. "
                "What the corpus was made from is in lineage.json.");
    const char *path = sc__path_join(&a, d->corpus, "report.html");
    if (s >= 0) s = path ? b.status : SC_FAIL(SC_NOMEM, "%s", d->corpus);
    if (s >= 0) s = sc__file_write(path, b.data, b.len);
    sc__buffer_deinit(&b);
    sc__arena_deinit(&a);
    return s;
}
