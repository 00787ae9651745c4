/* sieve.c - attributes of a record, the judge's verdict on them, what is left of the text. */
#include "stage/curation/tag/sieve.h"

#include "stage/curation/tag/beside.h"
#include "stage/curation/tag/job.h"
#include "stage/curation/tag/rules.h"
#include "stage/curation/tag/tagger.h"

#include <pthread.h>
#include <string.h>

/* Counters: these, then three for each rule. */
enum { KEPT, LOST, BYTES_KEPT, BY_RULE };
enum { RULE_DROPPED, RULE_CUT, RULE_SPANS, RULE_COUNTERS };

/* Attributes that lie beside one of the files that are worked on. */
typedef struct {
    const char *path; /* of the documents */
    sc_beside *beside;
} open_file;

struct sc_sieve {
    const char *step;
    sc_rules *rules;
    sc_tagging *tagging; /* with attributes in files: of no tagger */
    bool beside;
    const char *attributes;
    pthread_mutex_t lock; /* of what follows */
    open_file *open;
    int n_open, cap_open;
};

struct sc_sieve_worker {
    sc_sieve *sieve;
    sc_tag_worker *tagger;
    sc_judge *judge;
    sc_verdict verdict; /* the last one */
    sc_buffer text;     /* what is left of one */
    sc_buffer id;
};

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "rules"); }

/* ---- rules as rows --------------------------------------------------------------------------- */

static sc_filter_rule row_of(const sc_rule *rule) {
    return (sc_filter_rule){.set = rule->set,
                            .name = rule->name,
                            .help = rule->help,
                            .source = rule->source,
                            .threshold = rule->threshold,
                            .less = rule->compare == SC_RULE_LESS,
                            .cuts = rule->action == SC_RULE_CUT,
                            .redacts = rule->action == SC_RULE_REDACT};
}

bool sc_filter_rule_get(sc_filter_rule *out, int i) {
    *out = (sc_filter_rule){0};
    if (i < 0 || i >= sc__n_rules) return false;
    *out = row_of(&sc__rule_table[i]);
    return true;
}

/* ---- opening --------------------------------------------------------------------------------- */

static sc_status open_tagging(sc_sieve *s, const sc_sieve_options *o) {
    sc_tagging_options t = {.wanted = sc__rules_attributes(s->rules)};
    int n_rest;
    const char *const *rest = sc__rules_rest(s->rules, &n_rest);
    SC_TRY(sc__job_words(&t.words, o->words));
    if (o->beside && n_rest)
        return SC_FAIL(SC_USAGE,
                       "%s: sets no rule of these sets; what a tagger is told counts where "
                       "`socle data tag` runs",
                       rest[0]);
    if (!o->beside) {
        t.taggers = sc__rules_taggers(s->rules, &t.n_taggers);
        t.settings = rest;
        t.n_settings = n_rest;
    }
    return sc__tagging_open(&s->tagging, &t);
}

sc_status sc__sieve_open(sc_sieve **out, const sc_sieve_options *o) {
    const sc_rules_options r = {o->rules, o->n_rules, o->settings, o->n_settings};
    sc_sieve *s = sc__calloc(1, sizeof *s);
    *out = NULL;
    if (!s) return no_memory();
    s->step = o->step;
    s->beside = o->beside;
    pthread_mutex_init(&s->lock, NULL);
    sc_status status = sc__rules_open(&s->rules, &r);
    if (status >= 0) status = open_tagging(s, o);
    if (status < 0)
        sc__sieve_close(s);
    else
        *out = s;
    return status;
}

void sc__sieve_close(sc_sieve *s) {
    if (!s) return;
    for (int i = 0; i < s->n_open; i++) sc__beside_close(s->open[i].beside);
    sc__free(s->open);
    sc__tagging_close(s->tagging);
    sc__rules_close(s->rules);
    pthread_mutex_destroy(&s->lock);
    sc__free(s);
}

void sc__sieve_attributes(sc_sieve *s, const char *dir) { s->attributes = dir; }

/* ---- attributes in files --------------------------------------------------------------------- */

static sc_status open_beside(const sc_beside **out, sc_sieve *s, const char *path) {
    int n;
    const char *const *taggers = sc__rules_taggers(s->rules, &n);
    if (s->n_open == s->cap_open) {
        const int cap = 2 * s->cap_open + 4;
        open_file *more = sc__realloc(s->open, (size_t)cap * sizeof *more);
        if (!more) return no_memory();
        s->open = more;
        s->cap_open = cap;
    }
    open_file *f = &s->open[s->n_open];
    SC_TRY(sc__beside_open(&f->beside, s->attributes, path, taggers, n));
    f->path = path;
    s->n_open++;
    *out = f->beside;
    return SC_OK;
}

/* The attributes beside a file of documents, read when its first document comes. */
static sc_status find_beside(const sc_beside **out, sc_sieve *s, const char *path) {
    sc_status status = SC_OK;
    *out = NULL;
    pthread_mutex_lock(&s->lock);
    for (int i = 0; i < s->n_open && !*out; i++)
        if (!strcmp(s->open[i].path, path)) *out = s->open[i].beside;
    if (!*out) status = open_beside(out, s, path);
    pthread_mutex_unlock(&s->lock);
    return status;
}

static void forget_file(sc_sieve *s, const char *path) {
    pthread_mutex_lock(&s->lock);
    for (int i = 0; i < s->n_open; i++) {
        if (strcmp(s->open[i].path, path) != 0) continue;
        sc__beside_close(s->open[i].beside);
        s->open[i] = s->open[--s->n_open];
        break;
    }
    pthread_mutex_unlock(&s->lock);
}

/* What `tag` said of the document. */
static sc_status recall(sc_sieve_worker *w, const sc_flow_item *item) {
    const sc_beside *beside;
    sc_tag_worker *t = w->tagger;
    SC_TRY(find_beside(&beside, w->sieve, item->path));
    sc__buffer_clear(&w->id);
    SC_TRY(sc__record_id(&w->id, item->record));
    SC_TRY(sc__doc_set(t->doc, item->record->text, item->record));
    sc__tags_clear(&t->tags, item->record->text);
    return sc__beside_read(&t->tags, beside, (sc_slice){w->id.data, w->id.len}, item->line, t->doc);
}

/* ---- counting -------------------------------------------------------------------------------- */

int sc__sieve_n_tally(const sc_sieve *s) {
    return BY_RULE + sc__rules_count(s->rules) * RULE_COUNTERS;
}

void sc__sieve_begin(sc_filter_report *report, const sc_sieve *s) {
    *report = (sc_filter_report){.n_rules = sc__rules_count(s->rules)};
    sc_assert(report->n_rules <= SC_FILTER_RULES_MAX);
    for (int i = 0; i < report->n_rules; i++) report->rules[i] = row_of(sc__rules_get(s->rules, i));
}

void sc__sieve_file_done(sc_sieve *s, const char *path, sc_filter_report *report,
                         const int64_t *tally) {
    forget_file(s, path);
    report->kept += tally[KEPT];
    report->dropped += tally[LOST];
    report->bytes_kept += tally[BYTES_KEPT];
    for (int i = 0; i < report->n_rules; i++) {
        const int64_t *rule = &tally[BY_RULE + i * RULE_COUNTERS];
        report->rules[i].dropped += rule[RULE_DROPPED];
        report->rules[i].cut += rule[RULE_CUT];
        report->rules[i].spans += rule[RULE_SPANS];
    }
}

sc_status sc__sieve_rules(json_t **out, const sc_filter_report *r) {
    json_t *list = *out = json_array();
    int failed = !list;
    for (int i = 0; i < r->n_rules && !failed; i++) {
        const sc_filter_rule *rule = &r->rules[i];
        failed = json_array_append_new(
            list, json_pack("{s:s++, s:f, s:I, s:I, s:I}", "rule", rule->set, ".", rule->name,
                            "threshold", rule->threshold, "dropped", (json_int_t)rule->dropped,
                            "cut", (json_int_t)rule->cut, "spans", (json_int_t)rule->spans));
    }
    if (!failed) return SC_OK;
    json_decref(list);
    *out = NULL;
    return no_memory();
}

sc_status sc__sieve_note(sc_account *a, const sc_filter_report *r) {
    json_t *list;
    SC_TRY(sc__sieve_rules(&list, r));
    const sc_status s = sc__account_note(a, "rules", list);
    json_decref(list);
    return s;
}

static void count_cuts(const sc_rules *rules, int64_t *tally, const sc_verdict *v) {
    for (int i = 0; i < sc__rules_count(rules); i++) {
        int64_t *rule = &tally[BY_RULE + i * RULE_COUNTERS];
        rule[RULE_CUT] += v->n_cut[i] > 0;
        rule[RULE_SPANS] += v->n_cut[i];
    }
}

/* ---- one record ------------------------------------------------------------------------------ */

sc_status sc__sieve_worker_open(sc_sieve_worker **out, sc_sieve *s) {
    sc_sieve_worker *w = sc__calloc(1, sizeof *w);
    *out = NULL;
    if (!w) return no_memory();
    w->sieve = s;
    sc_status status = sc__tag_worker_open(&w->tagger, s->tagging);
    if (status >= 0) status = sc__judge_open(&w->judge, s->rules, &w->tagger->tags);
    if (status < 0)
        sc__sieve_worker_close(w);
    else
        *out = w;
    return status;
}

void sc__sieve_worker_close(sc_sieve_worker *w) {
    if (!w) return;
    sc__judge_close(w->judge);
    sc__tag_worker_close(w->tagger);
    sc__buffer_deinit(&w->text);
    sc__buffer_deinit(&w->id);
    sc__free(w);
}

/* Of a document from which all was cut: the first rule that did so drops it. */
static void drop_empty(const sc_rules *rules, sc_verdict *v) {
    v->dropped = true;
    for (v->rule = 0; !v->n_cut[v->rule]; v->rule++) {}
    v->value = (double)v->n_cut[v->rule];
    v->threshold = sc__rules_get(rules, v->rule)->threshold;
    v->span = v->cuts[0];
}

sc_status sc__sieve_run(sc_sieved *out, sc_sieve_worker *w, const sc_flow_item *item,
                        int64_t *tally) {
    const sc_rules *rules = w->sieve->rules;
    sc_verdict *v = &w->verdict;
    *out = (sc_sieved){.text = item->record->text};
    SC_TRY(w->sieve->beside ? recall(w, item) : sc__tag_worker_run(w->tagger, item->record));
    SC_TRY(sc__judge_run(v, w->judge));
    if (!v->dropped && v->n_cuts) {
        sc__buffer_clear(&w->text);
        SC_TRY(sc__verdict_apply(&w->text, v, item->record->text));
        if (!w->text.len) drop_empty(rules, v);
        out->text = (sc_slice){w->text.data, w->text.len};
    }
    out->dropped = v->dropped;
    out->changed = !v->dropped && v->n_cuts;
    if (v->dropped) {
        tally[LOST]++;
        tally[BY_RULE + v->rule * RULE_COUNTERS + RULE_DROPPED]++;
        return SC_OK;
    }
    tally[KEPT]++;
    tally[BYTES_KEPT] += (int64_t)out->text.n;
    if (v->n_cuts) count_cuts(rules, tally, v);
    return SC_OK;
}

sc_status sc__sieve_write_dropped(sc_buffer *out, sc_sieve_worker *w, const sc_record *record) {
    const sc_verdict *v = &w->verdict;
    const sc_rule *rule = sc__rules_get(w->sieve->rules, v->rule);
    int64_t start, end;
    SC_TRY(sc__doc_char_of(&start, w->tagger->doc, v->span.start));
    SC_TRY(sc__doc_char_of(&end, w->tagger->doc, v->span.end));
    json_t *why = json_pack("{s:{s:s, s:s++, s:f, s:f, s:[I, I]}}", "dropped", "step",
                            w->sieve->step, "rule", rule->set, ".", rule->name, "value", v->value,
                            "threshold", v->threshold, "span", (json_int_t)start, (json_int_t)end);
    const sc_status s = why ? sc__record_change(out, record, NULL, why) : no_memory();
    json_decref(why);
    return s;
}
