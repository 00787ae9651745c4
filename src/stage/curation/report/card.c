/* card.c - README.md of a corpus, as the Hugging Face hub reads data cards (a YAML head, then
 * Markdown): only what was counted or recorded. */
#include "base/file.h"
#include "base/recipe.h"
#include "socle/version.h"
#include "stage/curation/report/report.h"

#include <inttypes.h>
#include <string.h>

/* The hub's classes: "1K<n<10K" and so on. */
static const char *size_class(int64_t n) {
    static const char *const names[] = {"n<1K",       "1K<n<10K",   "10K<n<100K", "100K<n<1M",
                                        "1M<n<10M",   "10M<n<100M", "100M<n<1B",  "1B<n<10B",
                                        "10B<n<100B", "100B<n<1T",  "n>1T"};
    int i = 0;
    for (int64_t limit = 1000; n >= limit && i < SC_LEN(names) - 1; limit *= 10) i++;
    return names[i];
}

static bool is_known(const sc_count *c) { return *c->name != '('; }

/* The parts of the corpus, by the names that the hub has for them. */
static sc_status data_files(sc_buffer *b, const sc_described *d) {
    static const char *const parts[][2] = {
        {"train", "documents"}, {"validation", "valid"}, {"test", "test"}};
    sc_arena a = SC_ARENA_INIT;
    sc_status s = SC_OK;
    sc__buffer_puts(b, "configs:\n- config_name: default\n  data_files:\n");
    for (int i = 0; i < SC_LEN(parts) && s >= 0; i++) {
        const char *dir = sc__path_join(&a, d->corpus, parts[i][1]);
        if (!dir) s = SC_FAIL(SC_NOMEM, "%s", d->corpus);
        if (s >= 0 && sc__path_is_dir(dir))
            sc__buffer_printf(b, "  - split: %s\n    path: %s/*.jsonl*\n", parts[i][0],
                              parts[i][1]);
    }
    sc__arena_deinit(&a);
    return s;
}

static sc_status head(sc_buffer *b, const sc_described *d) {
    const sc_census *c = d->census;
    sc__buffer_puts(b, "---\n");
    bool any = false;
    for (int64_t i = 0; i < c->languages.n && i < 50; i++) {
        if (!is_known(&c->languages.rows[i])) continue;
        if (!any) sc__buffer_puts(b, "language:\n");
        any = true;
        sc__buffer_printf(b, "- %s\n", c->languages.rows[i].name);
    }
    sc__buffer_printf(
        b, "size_categories:\n- %s\ntask_categories:\n- text-generation\ntags:\n- socle\n",
        size_class(c->groups[0].n));
    SC_TRY(data_files(b, d));
    sc__buffer_puts(b, "---\n\n");
    return SC_OK;
}

/* Text in a cell of a Markdown table. */
static void cell(sc_buffer *b, const char *text) {
    for (; *text; text++) {
        if (*text == '|' || *text == '\\') sc__buffer_putc(b, '\\');
        sc__buffer_putc(b, (unsigned char)*text < 0x20 ? ' ' : *text);
    }
}

static void table(sc_buffer *b, const char *title, const sc_counts *c) {
    sc__buffer_printf(b, "## %s\n\n| | documents | bytes |\n|---|---:|---:|\n", title);
    for (int64_t i = 0; i < c->n && i < 20; i++) {
        sc__buffer_puts(b, "| ");
        cell(b, c->rows[i].name);
        sc__buffer_printf(b, " | %" PRId64 " | %" PRId64 " |\n", c->rows[i].n, c->rows[i].bytes);
    }
    if (c->n > 20) sc__buffer_printf(b, "| %" PRId64 " others | | |\n", c->n - 20);
    sc__buffer_puts(b, "\n");
}

static void dropped(sc_buffer *b, const sc_census *c) {
    sc__buffer_puts(b, "## What was dropped\n\n");
    if (c->n_groups == 1) {
        sc__buffer_puts(b, "Nothing, or nothing that was recorded here.\n\n");
        return;
    }
    sc__buffer_puts(b, "| step | rule | documents | bytes |\n|---|---|---:|---:|\n");
    for (int i = 1; i < c->n_groups; i++) {
        const sc_group *g = &c->groups[i];
        sc__buffer_puts(b, "| ");
        cell(b, g->step);
        sc__buffer_puts(b, " | ");
        cell(b, g->rule);
        sc__buffer_printf(b, " | %" PRId64 " | %" PRId64 " |\n", g->n, g->bytes);
    }
    sc__buffer_puts(b, "\nDropped documents lie beside the corpus with their reason in "
                       "`metadata.dropped`.\n\n");
}

static void recipe(sc_buffer *b, const sc_described *d) {
    if (!d->recipe) return;
    sc__buffer_puts(b, "## Recipe\n\n```json\n");
    sc__json_print_lines(b, d->recipe);
    sc__buffer_puts(b, "```\n\n");
}

sc_status sc__corpus_card(const sc_described *d) {
    sc_buffer b = SC_BUFFER_INIT;
    sc_arena a = SC_ARENA_INIT;
    const sc_census *c = d->census;
    sc_status s = head(&b, d);
    sc__buffer_printf(
        &b,
        "# %s\n\n%" PRId64 " documents of text, %" PRId64 " characters in %" PRId64
        " bytes of UTF-8, made with socle %s.\n\n## Layout\n\n`documents/*.jsonl*`: "
        "one JSON object a line, in the Dolma layout: `id`, `text`, `source`, `added`, "
        "`created`, `metadata`.\n\n",
        d->name, c->groups[0].n, c->characters, c->groups[0].bytes, sc_version());
    table(&b, "Sources", &c->sources);
    table(&b, "Languages", &c->languages);
    table(&b, "Licences", &c->licences);
    dropped(&b, c);
    recipe(&b, d);
    sc__buffer_puts(&b,
                    "What every byte was made from is in `lineage.json`; histograms and samples "
                    "are in `report.html`; `croissant.json` says the same to programs.\n");
    const char *path = sc__path_join(&a, d->corpus, "README.md");
    if (s >= 0) s = path ? b.status : SC_FAIL(SC_NOMEM, "%s", d->corpus);
    if (s >= 0) s = sc__file_write(path, b.data, b.len);
    sc__buffer_deinit(&b);
    sc__arena_deinit(&a);
    return s;
}
