/* trace.c - documents that hold a text, and samples: a corpus looked into.
 *
 * Without an index all documents are searched on all cores: nothing to build and nothing to keep up
 * to date. White space counts as one space in text and question, so that a sentence is found
 * however its lines were broken. */
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "base/utf8.h"
#include "format/documents.h"
#include "socle/corpus.h"
#include "stage/curation/ask/text_index.h"
#include "stage/curation/ask/where.h"
#include "stage/curation/flow.h"
#include "stage/curation/tag/beside.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SNIPPET = 100, MAX_QUESTIONS = 256 << 20 /* bytes of a file of them */ };

typedef struct {
    const sc_trace_options *o;
    sc_trace_report *report;
    sc_arena arena;
    sc_paths files;
    sc_buffer folded, list; /* the texts; a sc_slice each */
    sc_needles needles;     /* none: a sample */
    sc_wheres *wheres;
    sc_beside *beside; /* attributes of the file that is read now */
    sc_answer answer;
} tracing;

typedef struct {
    sc_flow_scratch scratch;
    sc_where_worker where;
} worker;

/* ---- one document ---------------------------------------------------------------------------- */

static sc_status open_worker(void **out, void *user) {
    const tracing *t = user;
    worker *w = sc__calloc(1, sizeof *w);
    if (!w) return SC_FAIL(SC_NOMEM, "trace");
    *out = w;
    return sc__where_worker_init(&w->where, t->wheres);
}

static void close_worker(void *arg) {
    worker *w = arg;
    sc__where_worker_deinit(&w->where);
    sc__flow_scratch_close(&w->scratch); /* the worker begins with it: this frees both */
}

static sc_status put_row(const sc_flow_item *item, sc_found_head head, sc_found *f) {
    worker *w = item->worker;
    SC_TRY(sc__record_string(&f->url, &w->scratch.room, item->record, "url"));
    f->id = (sc_slice){w->scratch.id.data, w->scratch.id.len};
    f->path = (sc_slice){item->path, strlen(item->path)};
    f->line = item->line;
    f->where = (sc_slice){w->where.shown.data, w->where.shown.len};
    f->occurrences = head.occurrences;
    sc__found_put(item->out, head, f);
    return item->out->status;
}

/* Whether rows tell which text they hold. */
static bool has_queries(const tracing *t) { return t->o->from || t->needles.n > 1; }

static sc_status search(const tracing *t, const sc_flow_item *item) {
    worker *w = item->worker;
    sc_buffer *folded = &w->scratch.text;
    sc__buffer_clear(folded);
    sc__fold(folded, item->record->text);
    SC_TRY(folded->status);
    for (int i = 0; i < t->needles.n; i++) {
        const sc_sight sight = sc__sight((sc_slice){folded->data, folded->len}, t->needles.at[i]);
        sc_found f = {.around = t->o->whole ? item->record->text : sight.around};
        if (!sight.n) continue;
        if (has_queries(t)) f.query = t->needles.at[i];
        SC_TRY(put_row(item, (sc_found_head){0, 1, sight.n, (uint32_t)i, 0}, &f));
    }
    return SC_OK;
}

/* What is shown of a document of a sample: what an attribute speaks of, else its begin. */
static sc_slice extract(const tracing *t, const worker *w, sc_slice text) {
    const sc_where_worker *k = &w->where;
    if (t->o->whole) return text;
    if (k->start < k->end && k->end - k->start < text.n) {
        return sc__around(text, k->start, SC_MIN(k->end, k->start + SNIPPET));
    }
    return sc__around(text, 0, SC_MIN(text.n, (size_t)SNIPPET));
}

static sc_status draw_one(const tracing *t, const sc_flow_item *item) {
    const sc_slice text = item->record->text;
    const uint64_t draw = sc__hash64(text.p, text.n, t->o->seed + (uint64_t)item->line);
    sc_found f = {.around = extract(t, item->worker, text)};
    return put_row(item, (sc_found_head){draw, 1, 1, 0, 0}, &f);
}

static sc_status is_meant(bool *out, const tracing *t, const sc_flow_item *item) {
    worker *w = item->worker;
    sc_where_worker *k = &w->where;
    const sc_slice id = {w->scratch.id.data, w->scratch.id.len};
    *out = true;
    if (!t->o->n_where) return SC_OK;
    if (t->beside) {
        SC_TRY(sc__doc_set(k->doc, item->record->text, item->record));
        sc__tags_clear(&k->tags, item->record->text);
        SC_TRY(sc__beside_read(&k->tags, t->beside, id, item->line, k->doc));
    }
    return sc__wheres_hold(out, k, t->wheres, item->record);
}

static sc_status look(void *user, const sc_flow_item *item) {
    const tracing *t = user;
    worker *w = item->worker;
    bool meant;
    sc__buffer_clear(&w->scratch.id);
    SC_TRY(sc__record_id(&w->scratch.id, item->record));
    SC_TRY(is_meant(&meant, t, item));
    if (!meant) return SC_OK;
    return t->needles.n ? search(t, item) : draw_one(t, item);
}

/* ---- all documents --------------------------------------------------------------------------- */

static sc_status collect(void *user, int kind, const char *bytes, size_t n) {
    (void)kind;
    return sc__answer_take(&((tracing *)user)->answer, bytes, n);
}

static sc_status scan(tracing *t, sc_data_reading *reading, const char *const *inputs, int n) {
    static const char *const none[] = {NULL};
    static const sc_flow_step step = {.record = look,
                                      .open_worker = open_worker,
                                      .close_worker = close_worker,
                                      .collect = collect};
    sc_flow_options f = {.inputs = inputs, .n_inputs = n, .kinds = none, .n_kinds = 1};
    sc__flow_take(&f, &t->o->common);
    return sc__flow_run(reading, &step, t, &f);
}

/* The folder of attributes beside a path, or beside a folder it lies in. */
static sc_status find_attributes(const char **out, tracing *t, const char *path) {
    const char *dir = path;
    *out = t->o->attributes;
    for (int i = 0; i < 4 && !*out; i++) {
        const char *there = sc__path_join(&t->arena, dir, "attributes");
        char *parent = sc__arena_strdup(&t->arena, dir);
        if (!there || !parent) return SC_FAIL(SC_NOMEM, "%s", path);
        if (sc__path_is_dir(there)) *out = there;
        char *slash = strrchr(parent, '/');
        if (slash && slash > parent)
            *slash = 0;
        else
            parent = sc__arena_strdup(&t->arena, slash ? "/" : ".");
        dir = parent ? parent : dir;
    }
    if (*out) return SC_OK;
    return SC_FAIL(SC_IO, "%s: no folder attributes beside it or above; socle data tag makes one",
                   path);
}

/* File by file, each with its attributes. */
static sc_status scan_beside(tracing *t, const char *const *taggers, int n_taggers) {
    for (int64_t i = 0; i < t->files.n; i++) {
        const char *path = t->files.paths[i], *dir;
        sc_data_reading one;
        SC_TRY(find_attributes(&dir, t, path));
        SC_TRY(sc__beside_open(&t->beside, dir, path, taggers, n_taggers));
        const sc_status s = scan(t, &one, &path, 1);
        sc__flow_add_report(&t->report->reading, &one);
        sc__beside_close(t->beside);
        t->beside = NULL;
        SC_TRY(s);
    }
    return SC_OK;
}

static sc_status scan_all(tracing *t) {
    int n_taggers;
    const char *const *taggers = sc__wheres_taggers(t->wheres, &n_taggers);
    if (!n_taggers) return scan(t, &t->report->reading, t->o->inputs, t->o->n_inputs);
    SC_TRY(sc__documents_find(&t->files, &t->arena, t->o->inputs, t->o->n_inputs));
    return scan_beside(t, taggers, n_taggers);
}

/* ---- the index ------------------------------------------------------------------------------- */

static int64_t number(const json_t *o, const char *key) {
    return json_integer_value(json_object_get(o, key));
}

static void read_from(sc_data_reading *r, const sc_text_index *x) {
    const char *first = json_string_value(json_object_get(x->about, "first_unreadable"));
    *r = (sc_data_reading){.files = x->n_files,
                           .documents = number(x->about, "documents"),
                           .unreadable = number(x->about, "unreadable"),
                           .replaced = number(x->about, "replaced")};
    if (first) strncat(r->first_unreadable, first, sizeof r->first_unreadable - 1);
}

static sc_status ask(bool *done, tracing *t, const sc_text_index *x) {
    const sc_data_options *o = &t->o->common;
    const sc_record_names names = {o->id_field, o->text_field};
    const char *root;
    char why[256];
    SC_TRY(sc__documents_root(&root, &t->arena, t->o->inputs[0]));
    SC_TRY(sc__documents_find(&t->files, &t->arena, t->o->inputs, 1));
    SC_TRY(sc__text_index_check(why, x, root, &t->files, &names));
    *done = !*why;
    if (*why) {
        SC_WARN("%s is out of date: %s; reading all documents (socle data index makes it anew)",
                x->name, why);
        return SC_OK;
    }
    const sc_index_question q = {.needles = &t->needles,
                                 .has_queries = has_queries(t),
                                 .files = &t->files,
                                 .threads = o->threads,
                                 .stop = o->stop};
    read_from(&t->report->reading, x);
    t->report->indexed = true;
    return sc__text_index_find(&t->answer, x, &q);
}

/* Asks the index where there is one that can answer. */
static sc_status ask_index(bool *done, tracing *t) {
    sc_text_index x;
    char *path;
    const sc_trace_options *o = t->o;
    const bool can = t->needles.n && o->n_inputs == 1 && !o->n_where && !o->whole && !o->no_index;
    *done = false;
    if (!can || !strcmp(o->inputs[0], "-") || !sc__path_exists(o->inputs[0])) return SC_OK;
    SC_TRY(sc__text_index_path(&path, &t->arena, o->inputs[0]));
    if (!sc__path_exists(path)) return SC_OK;
    SC_TRY(sc__text_index_open(&x, path));
    const sc_status s = ask(done, t, &x);
    sc__text_index_close(&x);
    return s;
}

/* ---- questions ------------------------------------------------------------------------------- */

static sc_status add_text(tracing *t, const char *p, size_t n) {
    const size_t before = t->folded.len;
    if (sc__utf8_valid_prefix(p, n) != n)
        return SC_FAIL(SC_USAGE, "trace: text %d to look for is not valid UTF-8", t->needles.n + 1);
    sc__fold(&t->folded, (sc_slice){p, n});
    const sc_slice place = {NULL, t->folded.len - before};
    if (!place.n) return SC_FAIL(SC_USAGE, "trace: the text to look for is empty");
    sc__buffer_append(&t->list, &place, sizeof place);
    t->needles.n++;
    return t->folded.status < 0 ? t->folded.status : t->list.status;
}

/* One text a line; empty lines are passed over. */
static sc_status add_lines(tracing *t) {
    sc_buffer b = SC_BUFFER_INIT;
    sc_status s = sc__file_read(&b, t->o->from, MAX_QUESTIONS);
    sc_slice line, rest = {b.data, b.len};
    while (s >= 0 && sc__take_line(&line, &rest)) {
        while (line.n && strchr("\r \t", line.p[line.n - 1]) && line.p[line.n - 1]) line.n--;
        if (line.n) s = add_text(t, line.p, line.n);
    }
    sc__buffer_deinit(&b);
    if (s >= 0 && !t->needles.n) s = SC_FAIL(SC_FORMAT, "%s: holds no text", t->o->from);
    return s;
}

static sc_status read_questions(tracing *t) {
    for (int i = 0; i < t->o->n_texts; i++)
        SC_TRY(add_text(t, t->o->texts[i], strlen(t->o->texts[i])));
    if (t->o->from) SC_TRY(add_lines(t));
    sc_slice *list = (sc_slice *)(void *)t->list.data;
    const char *p = t->folded.data;
    for (int i = 0; i < t->needles.n; p += list[i++].n) list[i].p = p;
    t->needles.at = list;
    return SC_OK;
}

static sc_status run(tracing *t) {
    bool done;
    SC_TRY(read_questions(t));
    SC_TRY(sc__wheres_open(&t->wheres, t->o->where, t->o->n_where));
    SC_TRY(sc__answer_init(&t->answer, SC_MAX(t->needles.n, 1), t->o->limit, !t->needles.n));
    SC_TRY(ask_index(&done, t));
    if (!done) SC_TRY(scan_all(t));
    t->report->texts = t->needles.n;
    t->report->found = t->answer.n_found;
    t->report->documents = t->answer.documents;
    t->report->occurrences = t->answer.occurrences;
    return SC_OK;
}

sc_status sc_data_trace(char **out, sc_trace_report *report, const sc_trace_options *o,
                        sc_text_form form) {
    sc_buffer text = SC_BUFFER_INIT;
    tracing t = {.o = o, .report = report};
    *out = NULL;
    *report = (sc_trace_report){0};
    if (o->limit < 1) return SC_FAIL(SC_USAGE, "trace: a limit of %" PRId64 " rows", o->limit);
    sc_status s = run(&t);
    if (s >= 0) sc__answer_print(&text, &t.answer, form);
    if (s >= 0) s = text.status;
    sc__answer_deinit(&t.answer);
    sc__wheres_close(t.wheres);
    sc__buffer_deinit(&t.folded);
    sc__buffer_deinit(&t.list);
    sc__arena_deinit(&t.arena);
    if (s >= 0)
        *out = text.data;
    else
        sc__buffer_deinit(&text);
    return s;
}
