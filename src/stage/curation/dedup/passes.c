/* passes.c - the ways a job goes over its documents and keys. */
#include "format/documents.h"
#include "stage/curation/dedup/dedup.h"
#include "stage/curation/dedup/worth.h"

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

/* Parts that are the processes' before this one. */
static int64_t first_part(const sc_dedup *d, int shard) {
    return (int64_t)SC_BUCKET_PARTS * shard / sc__dedup_shards(d);
}

static sc_status run_part(sc_dedup *d, int64_t task, int worker) {
    (void)worker;
    void *items;
    int64_t n;
    const int64_t part = first_part(d, d->o.common.shard) + task;
    SC_TRY(sc__buckets_load(&items, &n, &d->buckets, (int)part));
    order_places(items, n);
    const sc_status s = d->part_fn(d, (int)part, items, n);
    sc__free(items);
    return s;
}

sc_status sc__dedup_each_part(sc_dedup *d, sc_dedup_part_fn *fn) {
    d->part_fn = fn;
    const int shard = d->o.common.shard;
    return sc__dedup_tasks(d, first_part(d, shard + 1) - first_part(d, shard), run_part);
}

/* ---- flows ----------------------------------------------------------------------------------- */

void sc__dedup_close_worker(void *worker) {
    sc_dedup_worker *w = worker;
    sc__shingles_deinit(&w->shingles);
    sc__buffer_deinit(&w->room);
    sc__buffer_deinit(&w->text);
    sc__free(w->least);
    sc__free(w->seen);
    sc__worth_close_room(w->worth);
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
    sc__flow_take(&o, &d->o.common);
    /* These files and no others: the number of one must be the same in every pass. */
    o.inputs = (const char *const *)d->files.paths;
    o.n_inputs = (int)d->n_files;
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

/* ---- begin and middle ------------------------------------------------------------------------ */

/* An output that would replace an input is refused now, and not when all is compared. */
static sc_status check_output(const sc_dedup *d) {
    static const char *const kinds[] = {"documents", "dropped"};
    const sc_flow_options o = {.inputs = (const char *const *)d->files.paths,
                               .n_inputs = (int)d->n_files,
                               .out = d->out,
                               .kinds = kinds,
                               .n_kinds = 2};
    return sc__flow_check(&o);
}

sc_status sc__dedup_begin(sc_dedup *d) {
    SC_TRY(sc__documents_find(&d->files, &d->arena, d->inputs, d->n_inputs));
    const size_t n = (size_t)d->files.n;
    d->n_files = d->files.n;
    if (d->n_files >= SC_PLACE_FILES_MAX)
        return SC_FAIL(SC_USAGE, "dedup: %" PRId64 " input files, at most %" PRId64, d->n_files,
                       SC_PLACE_FILES_MAX);
    d->lines = sc__arena_array(&d->arena, n, sizeof *d->lines);
    d->base = sc__arena_array(&d->arena, n + 1, sizeof *d->base);
    d->words = sc__arena_array(&d->arena, n, sizeof *d->words);
    d->local = sc__arena_array(&d->arena, n, sizeof *d->local);
    d->shift = sc__arena_array(&d->arena, n, sizeof *d->shift);
    const char *keys = sc__arena_printf(&d->arena, "%s/keys", d->work);
    if (!d->lines || !d->base || !d->words || !d->local || !d->shift || !keys) return no_memory();
    sc__buckets_init(&d->buckets, keys, d->o.common.shard, sizeof(sc_bucket_item),
                     d->o.common.max_memory / 2);
    SC_TRY(check_output(d));
    return d->o.score ? sc__worth_open(&d->worth, &d->o, &d->files) : SC_OK;
}

sc_status sc__dedup_number(sc_dedup *d) {
    for (int64_t i = 0; i < d->n_files; i++) d->base[i + 1] = d->base[i] + d->lines[i];
    if (d->base[d->n_files] < UINT32_MAX) return SC_OK;
    return SC_FAIL(SC_USAGE, "dedup: %" PRId64 " documents, at most %" PRIu32 " at a time",
                   d->base[d->n_files], UINT32_MAX - 1);
}

sc_status sc__dedup_gather(sc_dedup *d) {
    SC_TRY(sc__dedup_number(d));
    return sc__buckets_gather(&d->buckets, sc__dedup_is_shared(d) ? sc__dedup_shards(d) : 0);
}
