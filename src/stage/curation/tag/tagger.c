/* tagger.c - the table of taggers, and a run of several over one document. */
#include "stage/curation/tag/tagger.h"

#include "base/text.h"

#include <string.h>

#define TAGGER(ident, name, help, source) extern const sc_tagger sc__tagger_##ident;
#include "stage/curation/tag/taggers.def"
#undef TAGGER

const sc_tagger_row sc__taggers[] = {
#define TAGGER(ident, name, help, source) {name, #ident, help, source, &sc__tagger_##ident},
#include "stage/curation/tag/taggers.def"
#undef TAGGER
};
const int sc__n_taggers = SC_LEN(sc__taggers);

const sc_tagger_row *sc__tagger_find(const char *name) {
    for (int i = 0; i < sc__n_taggers; i++)
        if (!strcmp(sc__taggers[i].name, name)) return &sc__taggers[i];
    return NULL;
}

const sc_tagger_row *sc__tagger_of(const char *attribute) {
    const char *end = strstr(attribute, "__");
    const size_t n = end ? (size_t)(end - attribute) : 0;
    for (int i = 0; end && i < sc__n_taggers; i++)
        if (strlen(sc__taggers[i].prefix) == n && !memcmp(sc__taggers[i].prefix, attribute, n))
            return &sc__taggers[i];
    return NULL;
}

int sc__tagger_setting_find(const sc_tagger *t, const char *key, size_t n) {
    for (int i = 0; t->settings && t->settings[i].key; i++)
        if (strlen(t->settings[i].key) == n && !memcmp(t->settings[i].key, key, n)) return i;
    return -1;
}

/* ---- a run ----------------------------------------------------------------------------------- */

typedef struct {
    const sc_tagger_row *row;
    const char *values[SC_TAGGER_SETTINGS_MAX];
    void *shared;
} chosen;

struct sc_tagging {
    sc_tagging_options o;
    chosen *taggers;
    int n;
};

static sc_status unknown_tagger(const char *name) {
    const char *names[64];
    int n = 0, place;
    for (int i = 0; i < sc__n_taggers && n < SC_LEN(names) - 1; i++)
        names[n++] = sc__taggers[i].name;
    names[n] = NULL;
    return sc__name_find(&place, "tagger", name, names);
}

static chosen *find_chosen(sc_tagging *g, const char *name, size_t n) {
    for (int i = 0; i < g->n; i++)
        if (strlen(g->taggers[i].row->name) == n && !memcmp(g->taggers[i].row->name, name, n))
            return &g->taggers[i];
    return NULL;
}

static sc_status choose(sc_tagging *g, const char *name) {
    const sc_tagger_row *row = sc__tagger_find(name);
    if (!row) return unknown_tagger(name);
    if (find_chosen(g, name, strlen(name)))
        return SC_FAIL(SC_USAGE, "tagger \"%s\" is named twice", name);
    chosen *c = &g->taggers[g->n++];
    c->row = row;
    for (int i = 0; row->tagger->settings && row->tagger->settings[i].key; i++)
        c->values[i] = row->tagger->settings[i].dflt;
    return SC_OK;
}

/* "NAME.KEY=VALUE" */
static sc_status set(sc_tagging *g, const char *setting) {
    const char *dot = strchr(setting, '.'), *equals = dot ? strchr(dot, '=') : NULL;
    if (!equals) return SC_FAIL(SC_USAGE, "\"%s\" is not NAME.KEY=VALUE", setting);
    chosen *c = find_chosen(g, setting, (size_t)(dot - setting));
    if (!c) return SC_FAIL(SC_USAGE, "%s: no tagger of that name runs", setting);
    const int i = sc__tagger_setting_find(c->row->tagger, dot + 1, (size_t)(equals - dot - 1));
    if (i < 0)
        return SC_FAIL(SC_USAGE, "%s: tagger \"%s\" has no such setting", setting, c->row->name);
    c->values[i] = equals + 1;
    return SC_OK;
}

static sc_status load(sc_tagging *g) {
    for (int i = 0; i < g->n; i++) {
        chosen *c = &g->taggers[i];
        const sc_status s =
            c->row->tagger->load ? c->row->tagger->load(&c->shared, c->values) : SC_OK;
        if (s < 0) return sc__fail_context(s, "tagger %s", c->row->name);
    }
    return SC_OK;
}

static sc_status prepare(sc_tagging *g) {
    g->taggers = sc__calloc((size_t)g->o.n_taggers + 1, sizeof *g->taggers);
    if (!g->taggers) return SC_FAIL(SC_NOMEM, "taggers");
    for (int i = 0; i < g->o.n_taggers; i++) SC_TRY(choose(g, g->o.taggers[i]));
    for (int i = 0; i < g->o.n_settings; i++) SC_TRY(set(g, g->o.settings[i]));
    return load(g);
}

sc_status sc__tagging_open(sc_tagging **out, const sc_tagging_options *o) {
    *out = NULL;
    sc_tagging *g = sc__calloc(1, sizeof *g);
    if (!g) return SC_FAIL(SC_NOMEM, "taggers");
    g->o = *o;
    const sc_status s = prepare(g);
    if (s < 0) {
        sc__tagging_close(g);
        return s;
    }
    *out = g;
    return SC_OK;
}

void sc__tagging_close(sc_tagging *g) {
    if (!g) return;
    for (int i = 0; i < g->n; i++)
        if (g->taggers[i].shared && g->taggers[i].row->tagger->unload)
            g->taggers[i].row->tagger->unload(g->taggers[i].shared);
    sc__free(g->taggers);
    sc__free(g);
}

/* ---- a worker -------------------------------------------------------------------------------- */

static sc_status number_metrics(void **self, sc_tags *tags, const char *const *metrics) {
    int n = 0;
    while (metrics[n]) n++;
    int *at = *self = sc__alloc((size_t)n * sizeof *at);
    for (int i = 0; i < n && at; i++) at[i] = sc__tags_attribute(tags, metrics[i]);
    return at ? SC_OK : SC_FAIL(SC_NOMEM, "%s", tags->prefix);
}

static sc_status open_taggers(sc_tag_worker *w) {
    const sc_tagging *g = w->tagging;
    for (int i = 0; i < g->n; i++) {
        const sc_tagger_row *row = g->taggers[i].row;
        const sc_tagger *t = row->tagger;
        w->tags.prefix = row->prefix;
        if (t->metrics) SC_TRY(number_metrics(&w->selves[i], &w->tags, t->metrics));
        if (t->open) SC_TRY(t->open(&w->selves[i], &w->tags, g->taggers[i].shared));
        SC_TRY(w->tags.status);
    }
    return SC_OK;
}

static void close_tagger(const sc_tagger *t, void *self) {
    if (t->metrics) sc__free(self);
    if (t->close && self) t->close(self);
}

sc_status sc__tag_worker_open(sc_tag_worker **out, const sc_tagging *g) {
    *out = NULL;
    sc_tag_worker *w = sc__calloc(1, sizeof *w);
    if (!w) return SC_FAIL(SC_NOMEM, "taggers");
    w->tagging = g;
    sc__tags_init(&w->tags, g->o.wanted);
    w->selves = sc__calloc((size_t)g->n + 1, sizeof *w->selves);
    w->marks = sc__calloc((size_t)g->n + 1, sizeof *w->marks);
    sc_status s = w->selves && w->marks ? SC_OK : SC_FAIL(SC_NOMEM, "taggers");
    if (s >= 0) s = sc__doc_open(&w->doc, g->o.words);
    if (s >= 0) s = open_taggers(w);
    if (s < 0) {
        sc__tag_worker_close(w);
        return s;
    }
    *out = w;
    return SC_OK;
}

void sc__tag_worker_close(sc_tag_worker *w) {
    if (!w) return;
    for (int i = 0; w->selves && i < w->tagging->n; i++)
        close_tagger(w->tagging->taggers[i].row->tagger, w->selves[i]);
    sc__free(w->selves);
    sc__free(w->marks);
    sc__tags_deinit(&w->tags);
    sc__doc_close(w->doc);
    sc__free(w);
}

sc_status sc__tag_worker_run(sc_tag_worker *w, const sc_record *record) {
    const sc_tagging *g = w->tagging;
    SC_TRY(sc__doc_set(w->doc, record->text, record));
    sc__tags_clear(&w->tags, record->text);
    for (int i = 0; i < g->n; i++) {
        const sc_tagger_row *row = g->taggers[i].row;
        w->tags.prefix = row->prefix;
        const sc_status s = row->tagger->run(w->selves[i], &w->tags, w->doc);
        if (s < 0) return sc__fail_context(s, "tagger %s", row->name);
        SC_TRY(w->tags.status);
        w->marks[i + 1] = w->tags.n;
    }
    return SC_OK;
}
