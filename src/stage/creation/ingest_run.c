/* ingest_run.c - items into records on all cores. Workers take turns at reading a chunk of items,
 * make records of it side by side, compress them, and write in the order in which the chunks were
 * read: the chunks are cut by the bytes of the items alone, so that the output does not depend on
 * the number of threads. */
#include "base/clock.h"
#include "base/pool.h"
#include "format/stream.h"
#include "stage/creation/ingest_files.h"
#include "stage/creation/ingest_part.h"
#include "stage/creation/seen.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 20, CHUNK_ITEMS = 512, N_STRINGS = 9 };

typedef struct {
    int64_t number; /* in the run, from 0 */
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
    sc_packer *packer;    /* the writer's, where duplicates are dropped */
    int n_chunks;         /* that there are */
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    chunk **all;  /* n_chunks */
    chunk **idle; /* n_idle of them */
    int n_idle;
    chunk **done; /* by number modulo n_chunks: finished, not yet written */
    bool reading, writing;
    size_t in_flight, budget; /* bytes of items that are being worked on */
    int64_t n_read, n_written;
    sc_status status;
    char error[512];
    bool ended;
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

/* SC_DONE when there is nothing more and the chunk is empty. */
static sc_status read_chunk(chunk *c, bool *ended, run *r) {
    *ended = false;
    c->n = 0;
    c->unreadable = 0;
    sc__buffer_clear(&c->bytes);
    while (c->n < CHUNK_ITEMS && c->bytes.len < CHUNK_BYTES && !*ended) {
        sc_item item;
        sc_status s = sc__items_next(&item, r->in);
        if (s == SC_DONE)
            *ended = true;
        else
            s = s < 0 ? pass_over(c, r, s) : take_item(c, &item);
        if (s < 0) return s;
        if (r->o->common.stop && *r->o->common.stop)
            return SC_FAIL(SC_INTERRUPTED, "interrupted, nothing was written");
    }
    seal(c);
    c->read = sc__items_counts(r->in);
    return c->n || c->unreadable || !*ended ? SC_OK : SC_DONE;
}

/* ---- records --------------------------------------------------------------------------------- */

typedef struct {
    run *r;
    chunk *c;
    sc_record_maker maker;
    sc_packer *packer;
} worker;

static sc_status make_records(worker *w) {
    chunk *c = w->c;
    sc__buffer_clear(&c->out);
    for (int i = 0; i < c->n; i++) {
        sc_status s = sc__record_make(&c->made[i], &c->out, &w->maker, &c->items[i]);
        c->ends[i] = c->out.len;
        if (s < 0) {
            SC_TRY(pass_over(c, w->r, s));
            c->made[i].outcome = SC_INGEST_N_OUTCOMES;
        }
    }
    return c->out.status;
}

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

/* ---- order ----------------------------------------------------------------------------------- */

/* The first failure counts; everybody stops. Its text is this thread's. */
static void give_up(run *r, sc_status s) {
    pthread_mutex_lock(&r->lock);
    if (r->status >= 0) {
        r->status = s;
        snprintf(r->error, sizeof r->error, "%s", sc_error_text());
    }
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

/* One reads at a time, into an idle chunk, and only while what is being worked on is within the
 * budget. NULL when there is nothing more to read. */
static chunk *begin_reading(run *r) {
    pthread_mutex_lock(&r->lock);
    while (r->status >= 0 && !r->ended && (r->reading || !r->n_idle || r->in_flight > r->budget))
        pthread_cond_wait(&r->changed, &r->lock);
    const bool go = r->status >= 0 && !r->ended;
    chunk *c = go ? r->idle[--r->n_idle] : NULL;
    r->reading |= go;
    pthread_mutex_unlock(&r->lock);
    return c;
}

static void end_reading(run *r, chunk *c, bool whole, bool ended) {
    pthread_mutex_lock(&r->lock);
    r->ended = ended;
    r->reading = false;
    c->number = r->n_read;
    r->n_read += whole;
    if (whole)
        r->in_flight += c->bytes.len;
    else
        r->idle[r->n_idle++] = c;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

/* ---- workers --------------------------------------------------------------------------------- */

static sc_status pack(chunk *c, sc_packer *packer) {
    sc__buffer_clear(&c->packed);
    return c->out.len ? sc__packer_run(packer, &c->packed, c->out.data, c->out.len) : SC_OK;
}

static sc_status write_chunk(run *r, chunk *c) {
    if (r->o->drop_duplicates) {
        SC_TRY(drop_duplicates(r, c));
        SC_TRY(pack(c, r->packer));
    }
    count_chunk(r, c);
    if (!c->out.len) return SC_OK;
    return sc__ingest_files_append(&r->files, c->packed.data, c->packed.len, c->out.len);
}

/* Hands a finished chunk over; writes all whose turn it is, unless somebody does already. */
static sc_status finish_chunk(run *r, chunk *c) {
    sc_status s = SC_OK;
    pthread_mutex_lock(&r->lock);
    r->done[c->number % r->n_chunks] = c;
    if (r->writing) c = NULL;
    r->writing = true;
    chunk **turn = &r->done[r->n_written % r->n_chunks];
    while (c && s >= 0 && *turn) {
        chunk *next = *turn;
        pthread_mutex_unlock(&r->lock);
        s = write_chunk(r, next);
        pthread_mutex_lock(&r->lock);
        *turn = NULL;
        r->in_flight -= next->bytes.len;
        r->idle[r->n_idle++] = next;
        turn = &r->done[++r->n_written % r->n_chunks];
        pthread_cond_broadcast(&r->changed);
    }
    if (c) r->writing = false;
    pthread_mutex_unlock(&r->lock);
    return s;
}

/* One chunk from reading to writing; SC_DONE when there are no more, or the run has failed. */
static sc_status one_chunk(worker *w) {
    run *r = w->r;
    bool ended;
    w->c = begin_reading(r);
    if (!w->c) return SC_DONE;
    const sc_status s = read_chunk(w->c, &ended, r);
    end_reading(r, w->c, s == SC_OK, ended);
    if (s != SC_OK) return s;
    SC_TRY(make_records(w));
    if (!r->o->drop_duplicates) SC_TRY(pack(w->c, w->packer));
    return finish_chunk(r, w->c);
}

static sc_status work(worker *w) {
    SC_TRY(sc__packer_open(&w->packer, sc__ingest_files_format(&w->r->files)));
    sc_status s = SC_OK;
    while (s == SC_OK) s = one_chunk(w);
    return s;
}

static void run_worker(void *arg, int64_t task, int index) {
    (void)task, (void)index;
    worker w = {.r = arg};
    sc_status s = sc__record_maker_init(&w.maker, w.r->o);
    if (s >= 0) s = work(&w);
    if (s < 0) give_up(w.r, s);
    sc__packer_close(w.packer);
    sc__record_maker_deinit(&w.maker);
}

/* ---- the run --------------------------------------------------------------------------------- */

static sc_status finish(run *r) {
    const sc_items_counts c = sc__items_counts(r->in);
    sc_ingest_report *report = r->report;
    if (r->status < 0) {
        sc__error_adopt(r->error);
        return r->status;
    }
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

/* Two chunks a thread: one is worked on while the other waits for its turn. */
static sc_status open_chunks(run *r, int n_threads) {
    r->n_chunks = 2 * n_threads;
    r->all = sc__calloc((size_t)r->n_chunks, sizeof *r->all);
    r->idle = sc__calloc((size_t)r->n_chunks, sizeof *r->idle);
    r->done = sc__calloc((size_t)r->n_chunks, sizeof *r->done);
    if (!r->all || !r->idle || !r->done) return SC_FAIL(SC_NOMEM, "ingest");
    for (; r->n_idle < r->n_chunks; r->n_idle++) {
        chunk *c = r->all[r->n_idle] = sc__calloc(1, sizeof *c);
        if (!c) return SC_FAIL(SC_NOMEM, "ingest");
        r->idle[r->n_idle] = c;
    }
    return sc__packer_open(&r->packer, sc__ingest_files_format(&r->files));
}

static void close_chunks(run *r) {
    for (int i = 0; r->all && i < r->n_chunks && r->all[i]; i++) {
        sc__buffer_deinit(&r->all[i]->bytes);
        sc__buffer_deinit(&r->all[i]->out);
        sc__buffer_deinit(&r->all[i]->packed);
        sc__free(r->all[i]);
    }
    sc__free(r->all);
    sc__free(r->idle);
    sc__free(r->done);
}

sc_status sc__ingest_run(sc_ingest_report *report, sc_items *in, const char *out,
                         const sc_ingest_options *o) {
    sc_pool *pool = NULL;
    run r = {.o = o, .report = report, .in = in, .start = sc__clock_now()};
    r.budget = (o->common.max_memory ? o->common.max_memory : (size_t)2 << 30) / 16;
    pthread_mutex_init(&r.lock, NULL);
    pthread_cond_init(&r.changed, NULL);
    sc_status s = sc__ingest_files_open(&r.files, out, o);
    if (s >= 0) s = sc__pool_open(&pool, o->common.threads);
    if (s >= 0) s = open_chunks(&r, sc__pool_threads(pool));
    if (s >= 0) {
        sc__pool_run(pool, sc__pool_threads(pool), run_worker, &r);
        s = finish(&r);
    }
    sc__pool_close(pool);
    close_chunks(&r);
    sc__packer_close(r.packer);
    sc__ingest_files_close(&r.files);
    sc__seen_deinit(&r.seen);
    pthread_mutex_destroy(&r.lock);
    pthread_cond_destroy(&r.changed);
    return s;
}
