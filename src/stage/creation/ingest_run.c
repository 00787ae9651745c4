/* ingest_run.c - items into records on all cores (base/ordered.h): chunks of items are read,
 * records are made of them and compressed, and written. Chunks are cut by the bytes of the items
 * alone, so that the output does not depend on the number of threads. */
#include "base/clock.h"
#include "base/ordered.h"
#include "format/stream.h"
#include "stage/creation/ingest_files.h"
#include "stage/creation/ingest_part.h"
#include "stage/creation/seen.h"

#include <stdio.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 20, CHUNK_ITEMS = 512, N_STRINGS = 9 };

typedef struct {
    sc_item items[CHUNK_ITEMS];
    size_t at[CHUNK_ITEMS][N_STRINGS]; /* of their strings in `bytes`; SIZE_MAX: NULL */
    int n;
    sc_buffer bytes, out, packed;
    size_t ends[CHUNK_ITEMS]; /* of the records in `out` */
    sc_made_record made[CHUNK_ITEMS];
    int64_t unreadable;
    char first_unreadable[400];
    sc_items_counts read; /* when it was cut */
} chunk;

typedef struct {
    const sc_ingest_options *o;
    sc_ingest_report *report;
    sc_items *in;
    sc_ingest_files files;
    sc_seen seen;
    sc_packer *packer; /* the writer's, where duplicates are dropped */
    bool ended;        /* there are no more items */
    double start;
} run;

/* ---- chunks ---------------------------------------------------------------------------------- */

static const char **string_of(sc_item *item, int k) {
    const char **const all[N_STRINGS] = {&item->bytes,   &item->member,   &item->type,
                                         &item->charset, &item->url,      &item->id,
                                         &item->created, &item->language, &item->robots};
    return all[k];
}

/* A copy, whose strings become pointers when the chunk is whole. */
static sc_status take_item(chunk *c, const sc_item *item) {
    c->items[c->n] = *item;
    for (int k = 0; k < N_STRINGS; k++) {
        const char *text = *string_of(&c->items[c->n], k);
        c->at[c->n][k] = text ? c->bytes.len : SIZE_MAX;
        if (text) sc__buffer_append(&c->bytes, text, k ? strlen(text) + 1 : item->n);
        if (text && !k) sc__buffer_putc(&c->bytes, 0);
    }
    c->n++;
    return c->bytes.status;
}

static void seal(chunk *c) {
    for (int i = 0; i < c->n; i++)
        for (int k = 0; k < N_STRINGS; k++)
            *string_of(&c->items[i], k) =
                c->at[i][k] == SIZE_MAX ? NULL : c->bytes.data + c->at[i][k];
}

/* What cannot be read costs itself, not the corpus. */
static sc_status pass_over(chunk *c, const run *r, sc_status s) {
    if ((s != SC_FORMAT && s != SC_IO) || r->o->common.strict) return s;
    if (!c->unreadable++)
        snprintf(c->first_unreadable, sizeof c->first_unreadable, "%s", sc_error_text());
    return SC_OK;
}

static sc_status next_item(chunk *c, run *r) {
    sc_item item;
    const sc_status s = sc__items_next(&item, r->in);
    r->ended = s == SC_DONE;
    if (s < 0) return pass_over(c, r, s);
    return r->ended ? SC_OK : take_item(c, &item);
}

static sc_status read_chunk(size_t *bytes, void *user, void *into) {
    run *r = user;
    chunk *c = into;
    c->n = 0;
    c->unreadable = 0;
    sc__buffer_clear(&c->bytes);
    while (c->n < CHUNK_ITEMS && c->bytes.len < CHUNK_BYTES && !r->ended) SC_TRY(next_item(c, r));
    seal(c);
    c->read = sc__items_counts(r->in);
    *bytes = c->bytes.len;
    return c->n || c->unreadable ? SC_OK : SC_DONE;
}

/* ---- records --------------------------------------------------------------------------------- */

typedef struct {
    sc_record_maker maker;
    sc_packer *packer;
} worker;

static sc_status make_records(chunk *c, sc_record_maker *maker, const run *r) {
    sc__buffer_clear(&c->out);
    for (int i = 0; i < c->n; i++) {
        sc_status s = sc__record_make(&c->made[i], &c->out, maker, &c->items[i]);
        c->ends[i] = c->out.len;
        if (s < 0) {
            SC_TRY(pass_over(c, r, s));
            c->made[i].outcome = SC_INGEST_N_OUTCOMES;
        }
    }
    return c->out.status;
}

static sc_status pack(chunk *c, sc_packer *packer) {
    sc__buffer_clear(&c->packed);
    return c->out.len ? sc__packer_run(packer, &c->packed, c->out.data, c->out.len) : SC_OK;
}

static sc_status work_on(void *user, void *own, void *of) {
    const run *r = user;
    worker *w = own;
    SC_TRY(make_records(of, &w->maker, r));
    return r->o->drop_duplicates ? SC_OK : pack(of, w->packer);
}

static sc_status open_worker(void *user, void *own) {
    const run *r = user;
    worker *w = own;
    SC_TRY(sc__record_maker_init(&w->maker, r->o));
    return sc__packer_open(&w->packer, sc__output_packing(r->files.out));
}

static void close_worker(void *own) {
    worker *w = own;
    sc__packer_close(w->packer);
    sc__record_maker_deinit(&w->maker);
}

/* ---- in order -------------------------------------------------------------------------------- */

/* Takes records out whose text came before; the order of the chunks decides which stays. */
static sc_status drop_duplicates(run *r, chunk *c) {
    size_t from = 0, to = 0;
    for (int i = 0; i < c->n; i++) {
        const size_t n = c->ends[i] - from;
        bool is_new = true;
        if (c->made[i].outcome < SC_INGEST_KEPT)
            SC_TRY(sc__seen_add(&is_new, &r->seen, &c->made[i].digest));
        if (!is_new) c->made[i].outcome = SC_INGEST_DUPLICATE;
        if (is_new && n) memmove(c->out.data + to, c->out.data + from, n);
        to += is_new ? n : 0;
        from = c->ends[i];
    }
    c->out.len = to;
    return SC_OK;
}

static void count_record(sc_ingest_report *report, const sc_made_record *m) {
    int64_t *const counts[SC_INGEST_N_OUTCOMES] = {
        [SC_INGEST_PLAIN] = &report->plain,
        [SC_INGEST_MARKDOWN] = &report->markdown,
        [SC_INGEST_HTML] = &report->html,
        [SC_INGEST_MANUAL] = &report->manual,
        [SC_INGEST_JSONL] = &report->jsonl,
        [SC_INGEST_CSV] = &report->csv,
        [SC_INGEST_PARQUET] = &report->parquet,
        [SC_INGEST_WEB] = &report->web,
        [SC_INGEST_WIKI] = &report->wiki,
        [SC_INGEST_BINARY] = &report->binary,
        [SC_INGEST_NEAR_EMPTY] = &report->near_empty,
        [SC_INGEST_PASSED_OVER] = &report->passed_over,
        [SC_INGEST_DUPLICATE] = &report->duplicates,
    };
    if (m->outcome == SC_INGEST_N_OUTCOMES) return; /* unreadable */
    ++*counts[m->outcome];
    if (m->outcome >= SC_INGEST_KEPT) return;
    report->documents++;
    report->bytes += m->bytes;
    report->read.replaced += m->replaced;
    report->converted += m->converted;
    report->repaired += m->repaired;
}

static void count_chunk(run *r, const chunk *c) {
    sc_ingest_report *report = r->report;
    sc_data_reading *read = &report->read;
    for (int i = 0; i < c->n; i++) {
        count_record(report, &c->made[i]);
        read->bytes_in += (int64_t)c->items[i].n;
    }
    read->documents += c->n;
    if (c->unreadable && !read->unreadable)
        memcpy(read->first_unreadable, c->first_unreadable, sizeof read->first_unreadable);
    read->unreadable += c->unreadable;
    read->files = c->read.files;
    read->bytes_read = (int64_t)c->read.bytes_read;
    read->bytes_total = (int64_t)c->read.bytes_total;
    read->seconds = sc__clock_now() - r->start;
    if (r->o->common.progress) r->o->common.progress(r->o->common.user, read);
}

static sc_status write_chunk(void *user, void *of) {
    run *r = user;
    chunk *c = of;
    if (r->o->drop_duplicates) {
        SC_TRY(drop_duplicates(r, c));
        SC_TRY(pack(c, r->packer));
    }
    count_chunk(r, c);
    if (!c->out.len) return SC_OK;
    return sc__ingest_files_append(&r->files, c->packed.data, c->packed.len, c->out.len);
}

static void close_chunk(void *of) {
    chunk *c = of;
    sc__buffer_deinit(&c->bytes);
    sc__buffer_deinit(&c->out);
    sc__buffer_deinit(&c->packed);
}

/* ---- the run --------------------------------------------------------------------------------- */

static sc_status finish(run *r) {
    const sc_items_counts c = sc__items_counts(r->in);
    sc_ingest_report *report = r->report;
    report->passed_over += c.passed_over;
    report->read.files = c.files;
    report->read.seconds = sc__clock_now() - r->start;
    if (!report->documents && r->o->common.n_shards < 2)
        return SC_FAIL(SC_FORMAT, "%s: nothing of %lld files is left after cleaning%s%s",
                       sc__items_paths(r->in)->paths[0], (long long)sc__items_paths(r->in)->n,
                       report->read.unreadable ? "; the first that cannot be read: " : "",
                       report->read.first_unreadable);
    return sc__ingest_files_commit(&r->files);
}

static sc_status run_chunks(run *r) {
    const sc_data_options *o = &r->o->common;
    const sc_ordered how = {.name = "ingest",
                            .threads = o->threads,
                            .budget = (o->max_memory ? o->max_memory : (size_t)2 << 30) / 16,
                            .stop = o->stop,
                            .read = read_chunk,
                            .work = work_on,
                            .finish = write_chunk,
                            .chunk_size = sizeof(chunk),
                            .worker_size = sizeof(worker),
                            .close_chunk = close_chunk,
                            .open_worker = open_worker,
                            .close_worker = close_worker};
    return sc__ordered_run(&how, r);
}

sc_status sc__ingest_run(sc_ingest_report *report, sc_items *in, const char *out,
                         const sc_ingest_options *o) {
    run r = {.o = o, .report = report, .in = in, .start = sc__clock_now()};
    sc_status s = sc__ingest_files_open(&r.files, out, o);
    if (s >= 0) s = sc__packer_open(&r.packer, sc__output_packing(out));
    if (s >= 0) s = run_chunks(&r);
    if (s >= 0) s = finish(&r);
    sc__packer_close(r.packer);
    sc__ingest_files_close(&r.files);
    sc__seen_deinit(&r.seen);
    return s;
}
