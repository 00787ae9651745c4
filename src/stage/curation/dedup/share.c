/* share.c - phases, the marks of what is done, waiting, and who ends the job. */
#define _GNU_SOURCE
#include "stage/curation/dedup/share.h"

#include "account/files.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const char *const names[SC_DEDUP_PHASES + 1] = {"keys",  "groups", "sets",
                                                       "pairs", "write",  NULL};

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "dedup: shares of a job"); }

/* Parts of documents are not compared: they are the same or not. */
static bool has_phase(const sc_dedup_method *m, int phase) {
    return m->evidence || (phase != SC_DEDUP_SETS && phase != SC_DEDUP_PAIRS);
}

sc_status sc__share_find_phase(sc_dedup_phase *out, const sc_dedup *d) {
    *out = SC_DEDUP_PHASES;
    if (!d->o.phase) return SC_OK;
    for (int p = 0; names[p]; p++)
        if (!strcmp(names[p], d->o.phase)) *out = (sc_dedup_phase)p;
    if (*out == SC_DEDUP_PHASES)
        return SC_FAIL(SC_USAGE, "--phase: \"%s\" is not keys, groups, sets, pairs or write",
                       d->o.phase);
    if (has_phase(d->method, *out)) return SC_OK;
    return SC_FAIL(SC_USAGE, "--phase %s: --method %s has no such phase, but keys, groups, write",
                   d->o.phase, d->method->name);
}

const char *sc__share_path(sc_dedup *d, sc_dedup_phase phase, int shard) {
    return sc__arena_printf(&d->arena, "%s/%s/%05d", d->work, names[phase], shard);
}

sc_status sc__share_damaged(const char *path) {
    return SC_FAIL(SC_FORMAT, "%s: damaged, or of another job; remove it and repeat", path);
}

/* ---- what all must agree on ------------------------------------------------------------------ */

/* Paths, sizes and times of the inputs: who read something else would number it otherwise. */
static sc_status digest_inputs(sc_digest *out, const sc_dedup *d) {
    sc_buffer b = SC_BUFFER_INIT;
    sc_status s = SC_OK;
    for (int64_t i = 0; i < d->n_files && s >= 0; i++) {
        struct stat st;
        const char *path = d->files.paths[i];
        if (stat(path, &st)) s = SC_FAIL(SC_IO, "%s: cannot look at it: %s", path, strerror(errno));
        if (s >= 0)
            sc__buffer_printf(&b, "%s\n%lld %lld\n", path, (long long)st.st_size,
                              (long long)st.st_mtime);
    }
    if (s >= 0) s = b.status;
    if (s >= 0) s = sc__hash_bytes(out, b.data ? b.data : "", b.len);
    sc__buffer_deinit(&b);
    return s;
}

static sc_status describe(json_t **out, const sc_dedup *d) {
    const sc_dedup_options *o = &d->o;
    sc_digest inputs;
    SC_TRY(digest_inputs(&inputs, d));
    *out = json_pack("{s:i, s:s, s:f, s:i, s:i, s:i, s:I, s:i, s:s*, s:o*, s:s*, s:s*, s:s}",
                     "shards", sc__dedup_shards(d), "method", d->method->name, "threshold",
                     o->threshold, "ngram", o->ngram, "bands", o->bands, "rows", o->rows,
                     "min_length", (json_int_t)o->min_length, "keep", (int)o->keep, "score",
                     o->score, "attributes", sc__dedup_attributes(d), "id", o->common.id_field,
                     "text", o->common.text_field, "inputs", inputs.hex);
    return *out ? SC_OK : no_memory();
}

/* ---- marks ----------------------------------------------------------------------------------- */

static const char *mark_path(sc_dedup *d, int phase, int shard) {
    return sc__arena_printf(&d->arena, "%s/%s-%05d.json", d->work, names[phase], shard);
}

typedef struct {
    sc_dedup *d;
    json_t *settings;
} share;

/* SC_OK with *out NULL: it is not there. */
static sc_status read_mark(json_t **out, const share *h, int phase, int shard) {
    const char *path = mark_path(h->d, phase, shard);
    *out = NULL;
    if (!path) return no_memory();
    if (!sc__path_exists(path)) return SC_OK;
    SC_TRY(sc__json_load(out, path));
    if (json_equal(h->settings, json_object_get(*out, "settings"))) return SC_OK;
    json_decref(*out);
    *out = NULL;
    return SC_FAIL(SC_MISMATCH,
                   "%s: was made with another method, settings, inputs or number of shards; "
                   "repeat it, or remove %s",
                   path, h->d->work);
}

static bool is_done(const share *h, int phase) {
    json_t *mark;
    const sc_status s = read_mark(&mark, h, phase, h->d->o.common.shard);
    const bool done = s >= 0 && mark;
    json_decref(mark);
    return done;
}

/* Of this process's files only. */
static json_t *file_numbers(const sc_dedup *d, const int64_t *values) {
    json_t *list = json_array();
    for (int64_t i = d->o.common.shard; i < d->n_files && list; i += sc__dedup_shards(d))
        if (json_array_append_new(list, json_integer(values[i])) < 0)
            json_decref(list), list = NULL;
    return list;
}

static json_t *report_numbers(const sc_dedup_report *r) {
    const sc_data_reading *in = &r->reading;
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "files",
                     (json_int_t)in->files, "documents", (json_int_t)in->documents, "bytes_in",
                     (json_int_t)in->bytes_in, "unreadable", (json_int_t)in->unreadable, "replaced",
                     (json_int_t)in->replaced, "kept", (json_int_t)r->kept, "dropped",
                     (json_int_t)r->dropped, "clusters", (json_int_t)r->clusters, "changed",
                     (json_int_t)r->changed, "cut", (json_int_t)r->cut, "cut_bytes",
                     (json_int_t)r->cut_bytes, "first_unreadable",
                     sc__json_text(in->first_unreadable));
}

static sc_status leave_mark(const share *h, int phase) {
    sc_dedup *d = h->d;
    const char *path = mark_path(d, phase, d->o.common.shard);
    json_t *mark = json_pack("{s:O}", "settings", h->settings);
    int failed = !mark || !path;
    if (!failed && phase == SC_DEDUP_KEYS) {
        failed |= json_object_set_new(mark, "lines", file_numbers(d, d->lines));
        failed |= json_object_set_new(mark, "words", file_numbers(d, d->words));
    }
    if (!failed && phase == SC_DEDUP_WRITE)
        failed |= json_object_set_new(mark, "report", report_numbers(d->report));
    const sc_status s = failed ? no_memory() : sc__json_save(mark, path);
    json_decref(mark);
    /* it is seen before it is durable: the last one may have ended the job and moved the folder */
    const bool ended = s == SC_IO && phase == SC_DEDUP_WRITE && !sc__path_exists(d->work);
    return ended ? SC_OK : s;
}

/* ---- taking what others left ----------------------------------------------------------------- */

static sc_status take_numbers(int64_t *values, const sc_dedup *d, const json_t *list, int shard) {
    enum { BITS = 36 }; /* more than a job can have, and the sum over all files has room */
    int64_t k = 0;
    for (int64_t i = shard; i < d->n_files; i += sc__dedup_shards(d), k++) {
        values[i] = json_integer_value(json_array_get(list, (size_t)k));
        if (values[i] < 0 || values[i] >> BITS)
            return SC_FAIL(SC_FORMAT, "%s: keys of shard %d: a number out of range", d->work,
                           shard);
    }
    if (k == (int64_t)json_array_size(list)) return SC_OK;
    return SC_FAIL(SC_FORMAT, "%s: keys of shard %d: not one number a file", d->work, shard);
}

/* A moment, longer each time. */
static sc_status sleep_a_while(double *pause, const sc_dedup *d) {
    if (d->o.common.stop && *d->o.common.stop) return SC_FAIL(SC_INTERRUPTED, "interrupted");
    const struct timespec t = {(time_t)*pause, (long)((*pause - (double)(time_t)*pause) * 1e9)};
    nanosleep(&t, NULL);
    *pause = SC_MIN(*pause * 1.3, 2.0);
    return SC_OK;
}

double sc__share_patience = 20;

/* What a process says that failed while others wait for it. */
static const char *failed_path(sc_dedup *d, int shard) {
    return sc__arena_printf(&d->arena, "%s/failed-%05d", d->work, shard);
}

static sc_status check_failed(const share *h, int shard) {
    const char *path = failed_path(h->d, shard);
    sc_buffer text = SC_BUFFER_INIT;
    if (!path) return no_memory();
    if (!sc__path_exists(path)) return SC_OK;
    sc_status s = sc__file_read(&text, path, 1 << 16);
    if (s >= 0) s = SC_FAIL(SC_IO, "shard %d has failed: %s", shard, text.data ? text.data : "");
    sc__buffer_deinit(&text);
    return s;
}

static void leave_failure(sc_dedup *d) {
    char error[512];
    const char *path = failed_path(d, d->o.common.shard);
    snprintf(error, sizeof error, "%s", sc_error_text());
    const sc_status s =
        path && sc__path_exists(d->work) ? sc__file_write(path, error, strlen(error)) : SC_OK;
    (void)s; /* why it failed matters more */
    sc__error_adopt(error);
}

/* The mark of another process, waited for unless one phase alone was asked for. */
static sc_status await_mark(json_t **mark, const share *h, int phase, int shard) {
    const double start = sc__clock_now();
    sc_dedup *d = h->d;
    bool told = false;
    for (double pause = 0.01;;) {
        SC_TRY(read_mark(mark, h, phase, shard));
        if (*mark) return SC_OK;
        if (d->o.phase)
            return SC_FAIL(SC_IO,
                           "%s: %s of shard %d of %d are not there: --phase %s has not been run "
                           "for it, or not to its end",
                           d->work, names[phase], shard, sc__dedup_shards(d), names[phase]);
        if (!told && sc__clock_now() - start > 5) {
            SC_NOTE("dedup: waiting for the %s of shard %d of %d; start it too, or do one --phase "
                    "at a time",
                    names[phase], shard, sc__dedup_shards(d));
            told = true;
        }
        if (sc__clock_now() - start > sc__share_patience) SC_TRY(check_failed(h, shard));
        SC_TRY(sleep_a_while(&pause, d));
    }
}

static sc_status take_marks(const share *h, int phase) {
    sc_dedup *d = h->d;
    for (int i = 0; i < sc__dedup_shards(d); i++) {
        json_t *mark;
        SC_TRY(await_mark(&mark, h, phase, i));
        sc_status s = SC_OK;
        if (phase == SC_DEDUP_KEYS) {
            s = take_numbers(d->lines, d, json_object_get(mark, "lines"), i);
            if (s >= 0) s = take_numbers(d->words, d, json_object_get(mark, "words"), i);
        }
        json_decref(mark);
        SC_TRY(s);
    }
    return phase == SC_DEDUP_KEYS ? sc__dedup_number(d) : SC_OK;
}

/* ---- phases ---------------------------------------------------------------------------------- */

/* Keys that are there twice would make every line a repeated one. */
static sc_status make_keys(sc_dedup *d) {
    const char *own = sc__share_path(d, SC_DEDUP_KEYS, d->o.common.shard);
    if (!own) return no_memory();
    SC_TRY(sc__dir_remove(own));
    SC_TRY(sc__dedup_collect_keys(d));
    return sc__buckets_flush(&d->buckets);
}

static sc_status run_phase(const share *h, sc_dedup_phase phase) {
    sc_dedup *d = h->d;
    int before = (int)phase - 1;
    while (before > 0 && !has_phase(d->method, before)) before--;
    if (phase > SC_DEDUP_KEYS) SC_TRY(take_marks(h, SC_DEDUP_KEYS));
    if (before > SC_DEDUP_KEYS) SC_TRY(take_marks(h, before));
    if (is_done(h, phase)) return SC_OK;
    const char *dir = sc__arena_printf(&d->arena, "%s/%s", d->work, names[phase]);
    if (!dir) return no_memory();
    if (phase != SC_DEDUP_WRITE) SC_TRY(sc__dir_make(dir));
    if (phase == SC_DEDUP_KEYS) SC_TRY(make_keys(d));
    if (phase == SC_DEDUP_GROUPS) SC_TRY(sc__dedup_gather(d));
    SC_TRY(d->method->share(d, phase));
    d->report->spilled += (int64_t)d->buckets.spilled;
    sc__buckets_deinit(&d->buckets);
    sc__buckets_init(&d->buckets, d->buckets.dir, d->buckets.shard, d->buckets.item,
                     d->buckets.max_bytes);
    return leave_mark(h, phase);
}

/* ---- the end --------------------------------------------------------------------------------- */

/* Where the folder is when all have written and the account is to be made; and when that is done
 * and it may be removed in part already. */
static const char *ended_path(sc_dedup *d) {
    return sc__arena_printf(&d->arena, "%s-ended", d->work);
}
static const char *gone_path(sc_dedup *d) {
    return sc__arena_printf(&d->arena, "%s-gone", d->work);
}

/* Fine where another process was first. */
static sc_status move(const char *from, const char *to) {
    if (rename(from, to) && errno != ENOENT)
        return SC_FAIL(SC_IO, "%s: cannot rename: %s", from, strerror(errno));
    return SC_OK;
}

static void add_report(sc_dedup_report *to, const json_t *r) {
    const struct {
        const char *key;
        int64_t *to;
    } rows[] = {
        {"files", &to->reading.files},       {"documents", &to->reading.documents},
        {"bytes_in", &to->reading.bytes_in}, {"unreadable", &to->reading.unreadable},
        {"replaced", &to->reading.replaced}, {"kept", &to->kept},
        {"dropped", &to->dropped},           {"clusters", &to->clusters},
        {"changed", &to->changed},           {"cut", &to->cut},
        {"cut_bytes", &to->cut_bytes},
    };
    const char *first = json_string_value(json_object_get(r, "first_unreadable"));
    for (int i = 0; i < SC_LEN(rows); i++)
        *rows[i].to += json_integer_value(json_object_get(r, rows[i].key));
    if (first && !*to->reading.first_unreadable)
        snprintf(to->reading.first_unreadable, sizeof to->reading.first_unreadable, "%s", first);
}

/* *all becomes false where one has not written yet. */
static sc_status sum_reports(bool *all, sc_dedup_report *sum, const share *h) {
    *all = true;
    for (int i = 0; i < sc__dedup_shards(h->d) && *all; i++) {
        json_t *mark;
        SC_TRY(read_mark(&mark, h, SC_DEDUP_WRITE, i));
        *all = mark != NULL;
        add_report(sum, json_object_get(mark, "report"));
        json_decref(mark);
    }
    return SC_OK;
}

/* Who moves the folder ends the job: of those that see all marks only one can. */
static sc_status end(const share *h) {
    sc_dedup *d = h->d;
    sc_dedup_report sum = {.spilled = d->report->spilled, .is_whole = true};
    const char *ended = ended_path(d);
    bool all;
    if (!ended) return no_memory();
    if (sum_reports(&all, &sum, h) < 0 || !all) return SC_OK; /* another one moves it just now */
    if (rename(d->work, ended)) {
        if (errno == ENOENT) return SC_OK;
        return SC_FAIL(SC_IO, "%s: cannot rename: %s", d->work, strerror(errno));
    }
    *d->report = sum;
    return SC_OK;
}

/* A job that was broken off as it ended is ended again. */
static sc_status take_back(sc_dedup *d) {
    const char *ended = ended_path(d), *gone = gone_path(d);
    if (!ended || !gone) return no_memory();
    SC_TRY(sc__dir_remove(gone));
    if (!sc__path_exists(ended)) return SC_OK;
    return sc__path_exists(d->work) ? sc__dir_remove(ended) : move(ended, d->work);
}

sc_status sc__share_remove(sc_dedup *d) {
    const char *ended = ended_path(d), *gone = gone_path(d);
    if (!ended || !gone) return no_memory();
    SC_TRY(move(ended, gone));
    return sc__dir_remove(gone);
}

static sc_status run_phases(const share *h, sc_dedup_phase asked) {
    const sc_dedup_method *m = h->d->method;
    for (int p = 0; p < SC_DEDUP_PHASES; p++)
        if (has_phase(m, p) && (asked == SC_DEDUP_PHASES || (int)asked == p))
            SC_TRY(run_phase(h, (sc_dedup_phase)p));
    return asked >= SC_DEDUP_WRITE ? end(h) : SC_OK;
}

sc_status sc__share_run(sc_dedup *d) {
    share h = {.d = d};
    sc_dedup_phase asked;
    SC_TRY(sc__share_find_phase(&asked, d));
    SC_TRY(take_back(d));
    const char *failed = failed_path(d, d->o.common.shard);
    if (!failed) return no_memory();
    SC_TRY(sc__dir_remove(failed));
    sc_status s = describe(&h.settings, d);
    if (s >= 0) s = run_phases(&h, asked);
    if (s < 0 && !d->o.phase) leave_failure(d);
    json_decref(h.settings);
    return s;
}
