/* census.c - every worker counts for itself; sums and smallest draws do not depend on who did. */
#define _GNU_SOURCE
#include "stage/curation/report/census.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "format/language.h"
#include "format/url.h"
#include "stage/curation/flow.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "census"); }

/* ---- groups ---------------------------------------------------------------------------------- */

static void free_sample(sc_sample *s) {
    sc__free(s->id);
    sc__free(s->why);
    sc__free(s->text);
}

static char *copy(const char *text, size_t n) {
    char *to = sc__alloc(n + 1);
    if (!to) return NULL;
    if (n) memcpy(to, text, n);
    to[n] = 0;
    return to;
}

static bool is_named(const char *name, sc_slice s) {
    return strlen(name) == s.n && !memcmp(name, s.p, s.n);
}

static sc_status find_group(sc_group **out, sc_census *c, sc_slice step, sc_slice rule, int place) {
    for (int i = 0; i < c->n_groups; i++) {
        *out = &c->groups[i];
        if (is_named((*out)->step, step) && is_named((*out)->rule, rule) && (*out)->place == place)
            return SC_OK;
    }
    if (c->n_groups == c->cap_groups) {
        const int cap = SC_MAX(2 * c->cap_groups, 16);
        sc_group *groups = sc__realloc(c->groups, (size_t)cap * sizeof *groups);
        if (!groups) return no_memory();
        c->groups = groups;
        c->cap_groups = cap;
    }
    *out = &c->groups[c->n_groups];
    **out = (sc_group){.step = copy(step.p, step.n),
                       .rule = copy(rule.p, rule.n),
                       .place = place,
                       .seed = sc__hash64(step.p, step.n, sc__hash64(rule.p, rule.n, 2))};
    if ((*out)->step && (*out)->rule) return c->n_groups++, SC_OK;
    sc__free((*out)->step);
    sc__free((*out)->rule);
    return no_memory();
}

/* The place for a sample with this draw, made free; NULL when it is not among the smallest. */
static sc_sample *make_place(sc_sample *samples, int *n, uint64_t draw, const char *id) {
    int at = *n;
    while (at > 0) {
        const sc_sample *before = &samples[at - 1];
        if (before->draw < draw || (before->draw == draw && strcmp(before->id, id) <= 0)) break;
        at--;
    }
    if (at == SC_CENSUS_SAMPLES) return NULL;
    if (*n == SC_CENSUS_SAMPLES) free_sample(&samples[--*n]);
    memmove(&samples[at + 1], &samples[at], (size_t)(*n - at) * sizeof samples[0]);
    ++*n;
    samples[at] = (sc_sample){.draw = draw};
    return &samples[at];
}

/* Those of `from` that belong there move. */
static void merge_samples(sc_sample *into, int *n, sc_sample *from, int n_from) {
    for (int i = 0; i < n_from; i++) {
        sc_sample *to = make_place(into, n, from[i].draw, from[i].id);
        if (!to) continue;
        *to = from[i];
        from[i] = (sc_sample){0};
    }
}

static sc_status merge_group(sc_census *into, sc_group *from) {
    sc_group *g;
    const sc_slice step = {from->step, strlen(from->step)}, rule = {from->rule, strlen(from->rule)};
    SC_TRY(find_group(&g, into, step, rule, from->place));
    g->n += from->n;
    g->bytes += from->bytes;
    merge_samples(g->samples, &g->n_samples, from->samples, from->n_samples);
    merge_samples(g->kept, &g->n_kept, from->kept, from->n_kept);
    return SC_OK;
}

/* ---- one record ------------------------------------------------------------------------------ */

typedef struct {
    sc_census *all;
    pthread_mutex_t lock;
    sc_status status;
    bool dropped;            /* what is looked at now */
    int place;               /* of the folder: 0 what was kept */
    const char *dropped_dir; /* for records that do not say why they are there */
} taking;

typedef struct {
    sc_census census;
    sc_buffer room, id;
    taking *taking;
} counting;

/* Where a text is cut: a character is whole. */
static size_t whole_characters(sc_slice text, size_t n) {
    if (n >= text.n) return text.n;
    return sc__utf8_start(text.p, n);
}

static int64_t number(sc_slice v) {
    char digits[24];
    if (!v.p || v.n >= sizeof digits) return -1;
    memcpy(digits, v.p, v.n);
    digits[v.n] = 0;
    return strtoll(digits, NULL, 10);
}

/* "span": [start, end] in characters, as the step wrote it. */
static bool read_span(int64_t *from, int64_t *to, sc_slice dropped) {
    static const char *const key[] = {"span"};
    const sc_slice span = sc__json_at(dropped, key, 1);
    const char *comma = span.p ? memchr(span.p, ',', span.n) : NULL;
    if (!comma || *span.p != '[') return false;
    *from = number((sc_slice){span.p + 1, (size_t)(comma - span.p - 1)});
    *to = number((sc_slice){comma + 1, (size_t)(span.p + span.n - 1 - comma - 1)});
    return *from >= 0 && *to > *from;
}

/* About `most` bytes of the text, from its begin or from just before the span that decided. */
static sc_status fill_sample(sc_sample *s, const counting *w, const sc_record *r, sc_slice dropped,
                             size_t most) {
    int64_t from = 0, to = 0;
    size_t begin = 0, mark = 0, end = 0;
    if (read_span(&from, &to, dropped)) {
        mark = sc__utf8_prefix(r->text.p, r->text.n, from);
        end = mark + sc__utf8_prefix(r->text.p + mark, r->text.n - mark, to - from);
        if (!mark && end == r->text.n) end = 0; /* all of it decided: nothing to point at */
        begin = mark > most / 3 ? whole_characters(r->text, mark - most / 3) : 0;
    }
    const size_t stop = whole_characters(r->text, begin + most);
    s->id = copy(w->id.data, w->id.len);
    s->why = copy(dropped.p ? dropped.p : "", dropped.p ? dropped.n : 0);
    s->text = copy(r->text.p + begin, stop - begin);
    s->n_text = (int64_t)(stop - begin);
    s->mark_from = (int64_t)(SC_MIN(mark, stop) - begin);
    s->mark_to = (int64_t)(SC_MIN(end, stop) - SC_MIN(begin, end));
    return s->id && s->why && s->text ? SC_OK : no_memory();
}

typedef struct {
    sc_sample *at;
    int *n;
    uint64_t seed;
    size_t most; /* bytes */
} sample_list;

/* Into the list if its draw is among the smallest. */
static sc_status draw_sample(const sample_list *l, const counting *w, const sc_record *r,
                             sc_slice dropped) {
    const uint64_t draw = sc__hash64(w->id.data, w->id.len, l->seed);
    if (*l->n == SC_CENSUS_SAMPLES && draw > l->at[SC_CENSUS_SAMPLES - 1].draw) return SC_OK;
    sc_sample filled = {0};
    const sc_status s = fill_sample(&filled, w, r, dropped, l->most);
    sc_sample *to = s < 0 ? NULL : make_place(l->at, l->n, draw, w->id.data);
    if (!to) return free_sample(&filled), s;
    *to = filled;
    to->draw = draw;
    return s;
}

static sc_status add_to_group(counting *w, const sc_record *r, sc_slice step, sc_slice rule,
                              sc_slice dropped) {
    sc_group *g;
    SC_TRY(find_group(&g, &w->census, step, rule, w->taking->place));
    g->n++;
    g->bytes += (int64_t)r->text.n;
    const sample_list l = {g->samples, &g->n_samples, 1, SC_SNIPPET_BYTES};
    return draw_sample(&l, w, r, dropped);
}

/* What was kept, beside what each rule dropped. */
static sc_status compare(counting *w, const sc_record *r) {
    for (int i = 1; i < w->census.n_groups; i++) {
        sc_group *g = &w->census.groups[i];
        const sample_list l = {g->kept, &g->n_kept, g->seed, SC_COMPARISON_BYTES};
        SC_TRY(draw_sample(&l, w, r, (sc_slice){NULL, 0}));
    }
    return SC_OK;
}

static sc_slice text_at(counting *w, sc_slice object, const char *key, const char *dflt) {
    const sc_slice value = sc__json_at(object, &key, 1);
    sc_slice text = {dflt, strlen(dflt)};
    int64_t replaced = 0;
    if (value.p && *value.p == '"' && sc__json_unquote(&text, &w->room, value, &replaced) < 0)
        text = (sc_slice){dflt, strlen(dflt)};
    return text;
}

static sc_status take_dropped(counting *w, const sc_record *r) {
    static const char *const key[] = {"dropped"};
    const sc_slice dropped = sc__json_at(r->value[SC_RECORD_METADATA], key, 1);
    char rule[256];
    const sc_slice named = text_at(w, dropped, dropped.p ? "rule" : "", "");
    const sc_slice method = named.n ? named : text_at(w, dropped, "method", "(not said)");
    const size_t n = SC_MIN(method.n, sizeof rule);
    memcpy(rule, method.p, n); /* w->room is used again for the step */
    const sc_slice step = text_at(w, dropped, "step", w->taking->dropped_dir);
    return add_to_group(w, r, step, (sc_slice){rule, n}, dropped);
}

static sc_status count_string(sc_counts *c, counting *w, const sc_record *r, const char *key,
                              bool host) {
    sc_slice s;
    SC_TRY(sc__record_string(&s, &w->room, r, key));
    if (s.p && host) s = sc__url_host(s);
    if (!s.p || !s.n) s = (sc_slice){"(not known)", 11};
    return sc__counts_add(c, s.p, s.n, 1, (int64_t)r->text.n);
}

/* "en" of "en-US" and "EN_gb"; "zh-Hant" as it is: there the script is what matters. */
static size_t language_code(char *to, size_t size, sc_slice said) {
    const bool chinese = said.n >= 2 && (said.p[0] | 32) == 'z' && (said.p[1] | 32) == 'h';
    size_t n = 0;
    while (n < said.n && n < size && (chinese || (said.p[n] != '-' && said.p[n] != '_'))) {
        const char c = said.p[n];
        to[n++] = c >= 'A' && c <= 'Z' && !chinese ? (char)(c | 32) : c;
    }
    return n;
}

/* What the record says, else what its begin seems to be. */
static sc_status count_language(sc_counts *c, counting *w, const sc_record *r) {
    enum { ENOUGH = 1 << 14 };
    sc_slice s;
    char code[36];
    sc_languages found;
    SC_TRY(sc__record_string(&s, &w->room, r, "language"));
    const size_t n = s.p ? language_code(code, sizeof code, s) : 0;
    if (n) return sc__counts_add(c, code, n, 1, (int64_t)r->text.n);
    const size_t begin = r->text.n > ENOUGH ? sc__utf8_start(r->text.p, ENOUGH) : r->text.n;
    SC_TRY(sc__language_plain(&w->room, (sc_slice){r->text.p, begin}));
    sc__language_detect(&found, w->room.data ? w->room.data : "", w->room.len);
    const char *name = found.reliable && found.code[0] ? found.code[0] : "(not known)";
    return sc__counts_add(c, name, strlen(name), 1, (int64_t)r->text.n);
}

static sc_status take_kept(counting *w, const sc_record *r) {
    sc_census *c = &w->census;
    const int64_t n = sc__utf8_count(r->text.p, r->text.n);
    int log = 0;
    while (n >> (log + 1)) log++;
    c->lengths[SC_MIN(log, SC_CENSUS_LENGTHS - 1)]++;
    c->characters += n;
    SC_TRY(count_language(&c->languages, w, r));
    SC_TRY(count_string(&c->domains, w, r, "url", true));
    SC_TRY(count_string(&c->licences, w, r, "licence", false));
    SC_TRY(count_string(&c->sources, w, r, "source", false));
    SC_TRY(compare(w, r));
    return add_to_group(w, r, (sc_slice){"kept", 4}, (sc_slice){"", 0}, (sc_slice){NULL, 0});
}

static sc_status take_record(void *user, const sc_flow_item *item) {
    taking *t = user;
    counting *w = item->worker;
    sc__buffer_clear(&w->id);
    SC_TRY(sc__record_id(&w->id, item->record));
    const sc_slice id = {w->id.data, w->id.len};
    if (sc__looks_want(&t->all->looks, id)) {
        pthread_mutex_lock(&t->lock);
        const sc_status s = sc__looks_take(&t->all->looks, id, item->record);
        pthread_mutex_unlock(&t->lock);
        SC_TRY(s);
    }
    return t->dropped ? take_dropped(w, item->record) : take_kept(w, item->record);
}

/* ---- workers --------------------------------------------------------------------------------- */

/* A group for all that was dropped, in the order in which this thread finds them; `kept` is the
 * first. */
static sc_status copy_groups(sc_census *to, const sc_census *from) {
    for (int i = 0; i < from->n_groups; i++) {
        const sc_group *g = &from->groups[i];
        sc_group *own;
        SC_TRY(find_group(&own, to, (sc_slice){g->step, strlen(g->step)},
                          (sc_slice){g->rule, strlen(g->rule)}, g->place));
    }
    return SC_OK;
}

static sc_status open_worker(void **worker, void *user) {
    counting *w = sc__calloc(1, sizeof *w);
    *worker = w;
    if (!w) return no_memory();
    w->taking = user;
    if (w->taking->dropped) return SC_OK;
    pthread_mutex_lock(&w->taking->lock); /* another may have ended already */
    const sc_status s = copy_groups(&w->census, w->taking->all);
    pthread_mutex_unlock(&w->taking->lock);
    return s;
}

static sc_status merge(sc_census *into, sc_census *from) {
    for (int i = 0; i < SC_CENSUS_LENGTHS; i++) into->lengths[i] += from->lengths[i];
    into->characters += from->characters;
    SC_TRY(sc__counts_merge(&into->languages, &from->languages));
    SC_TRY(sc__counts_merge(&into->domains, &from->domains));
    SC_TRY(sc__counts_merge(&into->licences, &from->licences));
    SC_TRY(sc__counts_merge(&into->sources, &from->sources));
    for (int i = 0; i < from->n_groups; i++) SC_TRY(merge_group(into, &from->groups[i]));
    return SC_OK;
}

static void close_worker(void *worker) {
    counting *w = worker;
    taking *t = w->taking;
    pthread_mutex_lock(&t->lock);
    if (t->status >= 0) t->status = merge(t->all, &w->census);
    pthread_mutex_unlock(&t->lock);
    sc__census_deinit(&w->census);
    sc__buffer_deinit(&w->room);
    sc__buffer_deinit(&w->id);
    sc__free(w);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static sc_status look(taking *t, const char *dir, bool dropped, const sc_data_options *o) {
    static const sc_flow_step step = {
        .record = take_record, .open_worker = open_worker, .close_worker = close_worker};
    sc_flow_options f = {.inputs = &dir, .n_inputs = 1};
    sc_data_reading reading;
    sc__flow_take(&f, o);
    t->dropped = dropped;
    t->dropped_dir = sc__path_name(dir);
    SC_TRY(sc__flow_run(&reading, &step, t, &f));
    if (!dropped) t->all->reading = reading;
    return t->status;
}

static bool holds_files(const char *dir) {
    sc_arena a = SC_ARENA_INIT;
    sc_paths found = {0};
    const bool any = sc__path_is_dir(dir) && sc__paths_find(&found, &a, dir) >= 0 && found.n;
    sc__arena_deinit(&a);
    return any;
}

static int by_number(const void *a, const void *b) {
    return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

/* CORPUS/dropped: its files, or those of a folder for each step, in the order of their names. */
static sc_status look_at_dropped(taking *t, sc_arena *a, const char *corpus,
                                 const sc_data_options *o) {
    const char *dropped = sc__path_join(a, corpus, "dropped"), *before = "";
    sc_paths found = {0};
    if (!dropped) return no_memory();
    if (!holds_files(dropped)) return SC_OK;
    SC_TRY(sc__paths_find(&found, a, dropped));
    qsort(found.paths, (size_t)found.n, sizeof *found.paths, by_number);
    for (int64_t i = 0; i < found.n; i++) {
        const char *name = sc__path_name(found.paths[i]);
        char *dir = sc__arena_strndup(a, found.paths[i], (size_t)(name - 1 - found.paths[i]));
        if (!dir) return no_memory();
        if (!strcmp(dir, before)) continue;
        before = dir;
        t->place++;
        SC_TRY(look(t, dir, true, o));
    }
    return SC_OK;
}

static int by_place(const void *a, const void *b) {
    const sc_group *x = a, *y = b;
    if (x->place != y->place) return x->place - y->place;
    const int step = strcmp(x->step, y->step);
    if (step) return step;
    if (x->n != y->n) return x->n < y->n ? 1 : -1;
    return strcmp(x->rule, y->rule);
}

sc_status sc__census_take(sc_census *out, const char *corpus, const sc_data_options *o) {
    taking t = {.all = out};
    sc_arena a = SC_ARENA_INIT;
    sc_group *kept;
    *out = (sc_census){0};
    pthread_mutex_init(&t.lock, NULL);
    sc_status s = find_group(&kept, out, (sc_slice){"kept", 4}, (sc_slice){"", 0}, 0);
    if (s >= 0) s = sc__looks_choose(&out->looks, corpus);
    if (s >= 0) s = look_at_dropped(&t, &a, corpus, o);
    t.place = 0;
    if (s >= 0) s = look(&t, corpus, false, o);
    if (s >= 0) qsort(out->groups, (size_t)out->n_groups, sizeof *out->groups, by_place);
    sc__counts_sort(&out->languages);
    sc__counts_sort(&out->domains);
    sc__counts_sort(&out->licences);
    sc__counts_sort(&out->sources);
    pthread_mutex_destroy(&t.lock);
    sc__arena_deinit(&a);
    if (s < 0) sc__census_deinit(out);
    return s;
}

void sc__census_deinit(sc_census *c) {
    for (int i = 0; i < c->n_groups; i++) {
        sc__free(c->groups[i].step);
        sc__free(c->groups[i].rule);
        for (int k = 0; k < c->groups[i].n_samples; k++) free_sample(&c->groups[i].samples[k]);
        for (int k = 0; k < c->groups[i].n_kept; k++) free_sample(&c->groups[i].kept[k]);
    }
    sc__free(c->groups);
    sc__counts_deinit(&c->languages);
    sc__counts_deinit(&c->domains);
    sc__counts_deinit(&c->licences);
    sc__counts_deinit(&c->sources);
    sc__looks_deinit(&c->looks);
    *c = (sc_census){0};
}
