/* passes.c - the ways a job goes over its documents and keys, and how shards leave theirs for who
 * merges. */
#include "base/json.h"
#include "format/documents.h"
#include "stage/curation/dedup/dedup.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "dedup"); }

/* ---- tasks ----------------------------------------------------------------------------------- */

typedef struct {
    sc_dedup *d;
    sc_dedup_task_fn *fn;
} task_run;

static sc_status run_task(void *arg, int64_t task, int worker) {
    const task_run *r = arg;
    return r->fn(r->d, task, worker);
}

sc_status sc__dedup_tasks(sc_dedup *d, int64_t n, sc_dedup_task_fn *fn) {
    task_run r = {d, fn};
    return sc__pool_try(d->pool, n, run_task, &r, d->o.common.stop);
}

static int compare(const void *a, const void *b) {
    const sc_bucket_item *x = a, *y = b;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* Runs of shards lie one after another, so that places of equal keys may be out of order. */
static void order_places(sc_bucket_item *items, int64_t n) {
    for (int64_t i = 0, end; i < n; i = end) {
        bool rising = true;
        for (end = i + 1; end < n && items[end].key == items[i].key; end++)
            rising &= items[end - 1].place <= items[end].place;
        if (!rising) qsort(items + i, (size_t)(end - i), sizeof *items, compare);
    }
}

static sc_status run_part(sc_dedup *d, int64_t part, int worker) {
    (void)worker;
    void *items;
    int64_t n;
    SC_TRY(sc__buckets_load(&items, &n, &d->buckets, (int)part));
    order_places(items, n);
    const sc_status s = d->part_fn(d, (int)part, items, n);
    sc__free(items);
    return s;
}

sc_status sc__dedup_each_part(sc_dedup *d, sc_dedup_part_fn *fn) {
    d->part_fn = fn;
    return sc__dedup_tasks(d, SC_BUCKET_PARTS, run_part);
}

/* ---- flows ----------------------------------------------------------------------------------- */

void sc__dedup_close_worker(void *worker) {
    sc_dedup_worker *w = worker;
    sc__shingles_deinit(&w->shingles);
    sc__buffer_deinit(&w->room);
    sc__buffer_deinit(&w->text);
    sc__free(w->least);
    sc__free(w->seen);
    sc__free(w);
}

sc_status sc__dedup_open_worker(void **worker, void *user) {
    const sc_dedup *d = user;
    sc_dedup_worker *w = sc__calloc(1, sizeof *w);
    if (!w) return no_memory();
    *worker = w;
    w->d = d;
    w->least = sc__alloc(2 * (size_t)d->family.n_lanes * sizeof *w->least);
    return w->least ? SC_OK : no_memory();
}

sc_status sc__dedup_flow(sc_dedup *d, sc_flow_step step, sc_flow_options o) {
    step.open_worker = sc__dedup_open_worker;
    step.close_worker = sc__dedup_close_worker;
    const bool map = d->o.common.n_shards > 1 && !d->o.merge;
    sc__flow_take(&o, &d->o.common);
    o.inputs = d->inputs;
    o.n_inputs = d->n_inputs;
    if (!map) o.shard = o.n_shards = 0;
    return sc__flow_run(&d->report->reading, &step, d, &o);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static sc_status add_keys(void *user, const sc_flow_item *item) {
    sc_dedup *d = user;
    return d->method->keys(item->worker, item);
}

/* All items of a chunk are of one file, the last of the last line. */
static sc_status take_keys(void *user, int kind, const char *bytes, size_t n) {
    sc_dedup *d = user;
    (void)kind;
    if (!n) return SC_OK;
    const int64_t count = (int64_t)(n / sizeof(sc_bucket_item));
    sc_bucket_item last;
    memcpy(&last, bytes + n - sizeof last, sizeof last);
    d->lines[last.place >> SC_PLACE_LINE_BITS] =
        (int64_t)(last.place & ((UINT64_C(1) << SC_PLACE_LINE_BITS) - 1));
    return sc__buckets_append(&d->buckets, bytes, count);
}

sc_status sc__dedup_collect_keys(sc_dedup *d) {
    static const char *const no_file[] = {NULL};
    const sc_flow_step step = {.record = add_keys,
                               .collect = d->method->collect ? d->method->collect : take_keys};
    return sc__dedup_flow(d, step, (sc_flow_options){.kinds = no_file, .n_kinds = 1});
}

/* ---- shards ---------------------------------------------------------------------------------- */

/* What shards must agree on. */
static sc_status describe(json_t **out, const sc_dedup *d) {
    const sc_dedup_options *o = &d->o;
    json_t *inputs = json_array();
    sc_status s = inputs ? SC_OK : no_memory();
    for (int i = 0; i < d->n_inputs && s >= 0; i++)
        if (json_array_append_new(inputs, json_string(d->inputs[i])) < 0) s = no_memory();
    *out = json_pack("{s:s, s:i, s:i, s:i, s:I, s:I, s:o}", "method", d->method->name, "ngram",
                     o->ngram, "bands", o->bands, "rows", o->rows, "min_length",
                     (json_int_t)o->min_length, "files", (json_int_t)d->n_files, "inputs", inputs);
    if (!*out) s = no_memory();
    return s;
}

static const char *shard_path(sc_dedup *d, int shard) {
    return sc__arena_printf(&d->arena, "%s/shard-%05d.json", d->work, shard);
}

sc_status sc__dedup_leave_shard(sc_dedup *d) {
    const sc_data_options *c = &d->o.common;
    json_t *settings = NULL, *lines = json_array(), *all = NULL;
    const char *path = shard_path(d, c->shard);
    sc_status s = path && lines ? SC_OK : no_memory();
    if (s >= 0) s = sc__buckets_flush(&d->buckets);
    for (int64_t i = 0; i < d->n_files && s >= 0; i++)
        if (json_array_append_new(lines, json_integer(d->lines[i])) < 0) s = no_memory();
    if (s >= 0) s = describe(&settings, d);
    if (s >= 0)
        all = json_pack("{s:i, s:O, s:O}", "shards", c->n_shards, "settings", settings, "lines",
                        lines);
    if (s >= 0) s = all ? sc__json_save(all, path) : no_memory();
    json_decref(all);
    json_decref(lines);
    json_decref(settings);
    return s;
}

static sc_status take_lines(sc_dedup *d, const json_t *lines, const char *path) {
    if ((int64_t)json_array_size(lines) != d->n_files)
        return SC_FAIL(SC_FORMAT, "%s: lines: not one number a file", path);
    for (int64_t i = 0; i < d->n_files; i++) {
        const json_int_t n = json_integer_value(json_array_get(lines, (size_t)i));
        if (n < 0 || n >> SC_PLACE_LINE_BITS)
            return SC_FAIL(SC_FORMAT, "%s: lines: out of range", path);
        d->lines[i] = SC_MAX(d->lines[i], (int64_t)n);
    }
    return SC_OK;
}

/* *n becomes the number of shards there must be. */
static sc_status take_shard(int *n, sc_dedup *d, int shard) {
    const char *path = shard_path(d, shard);
    json_t *all = NULL, *settings = NULL;
    if (!path) return no_memory();
    if (!sc__path_exists(path))
        return SC_FAIL(SC_IO, "%s: not there: shard %d has not been run, or not to its end", path,
                       shard);
    sc_status s = sc__json_load(&all, path);
    if (s >= 0) s = describe(&settings, d);
    if (s >= 0 && !json_equal(settings, json_object_get(all, "settings")))
        s = SC_FAIL(SC_MISMATCH, "%s: was made with another method, settings or inputs", path);
    if (s >= 0) s = take_lines(d, json_object_get(all, "lines"), path);
    if (s >= 0) *n = (int)json_integer_value(json_object_get(all, "shards"));
    json_decref(all);
    json_decref(settings);
    return s;
}

static sc_status take_shards(sc_dedup *d) {
    d->n_shards = 1;
    for (int i = 0; i < d->n_shards; i++) SC_TRY(take_shard(&d->n_shards, d, i));
    return SC_OK;
}

/* ---- begin and middle ------------------------------------------------------------------------ */

/* Forgets what an earlier run of this shard left. */
static sc_status clear_shard(sc_dedup *d, const char *keys) {
    const char *told = shard_path(d, d->o.common.shard);
    const char *own = sc__arena_printf(&d->arena, "%s/%05d", keys, d->o.common.shard);
    if (!told || !own) return no_memory();
    SC_TRY(sc__dir_remove(told));
    SC_TRY(sc__dir_remove(own));
    return sc__dir_make(d->work);
}

sc_status sc__dedup_begin(sc_dedup *d) {
    sc_paths paths;
    SC_TRY(sc__documents_find(&paths, &d->arena, d->inputs, d->n_inputs));
    d->n_files = paths.n;
    if (paths.n >= SC_PLACE_FILES_MAX)
        return SC_FAIL(SC_USAGE, "dedup: %" PRId64 " input files, at most %" PRId64, paths.n,
                       SC_PLACE_FILES_MAX);
    d->lines = sc__arena_array(&d->arena, (size_t)paths.n, sizeof *d->lines);
    d->base = sc__arena_array(&d->arena, (size_t)paths.n + 1, sizeof *d->base);
    const char *keys = sc__arena_printf(&d->arena, "%s/keys", d->work);
    if (!d->lines || !d->base || !keys) return no_memory();
    sc__buckets_init(&d->buckets, keys, d->o.common.shard, sizeof(sc_bucket_item),
                     d->o.common.max_memory / 2);
    if (d->o.merge) return take_shards(d);
    return d->o.common.n_shards > 1 ? clear_shard(d, keys) : sc__dir_remove(keys);
}

sc_status sc__dedup_gather(sc_dedup *d) {
    for (int64_t i = 0; i < d->n_files; i++) d->base[i + 1] = d->base[i] + d->lines[i];
    if (d->base[d->n_files] >= UINT32_MAX)
        return SC_FAIL(SC_USAGE, "dedup: %" PRId64 " documents, at most %" PRIu32 " at a time",
                       d->base[d->n_files], UINT32_MAX - 1);
    return sc__buckets_gather(&d->buckets, d->n_shards);
}
