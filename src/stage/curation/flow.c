/* flow.c - the workers of a flow: take a chunk, run the step, compress, wait for the turn, write.
 */
#include "stage/curation/flow.h"

#include "base/clock.h"
#include "base/pool.h"
#include "base/utf8.h"
#include "format/documents.h"
#include "stage/curation/flow_part.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    const sc_flow_options *o;
    const sc_flow_step *step;
    void *user;
    sc_flow_report *report;
    sc_arena arena;
    sc_pool *pool;
    bool *passed;
    int64_t last_file; /* that is read */
    sc_chunk_reader reader;
    sc_flow_writer writer;
    int64_t *tally; /* of the file whose chunks are being written */
    pthread_mutex_t reading, turning;
    pthread_cond_t turn;
    double start;
    int64_t next; /* the chunk whose turn it is to be written */
    sc_status status;
    char error[512];
} flow;

/* ---- the end of a run ------------------------------------------------------------------------ */

/* The first failure counts; everybody stops. Its text is this thread's. */
static void give_up(flow *f, sc_status s) {
    pthread_mutex_lock(&f->turning);
    if (f->status >= 0) {
        f->status = s;
        snprintf(f->error, sizeof f->error, "%s", sc_error_text());
    }
    pthread_cond_broadcast(&f->turn);
    pthread_mutex_unlock(&f->turning);
}

static bool has_failed(flow *f) {
    pthread_mutex_lock(&f->turning);
    const bool failed = f->status < 0;
    pthread_mutex_unlock(&f->turning);
    return failed;
}

/* ---- one record ------------------------------------------------------------------------------ */

/* What one worker needs for its chunk. */
typedef struct {
    flow *f;
    sc_chunk chunk;
    sc_packer *packer;
    sc_buffer valid, text; /* the line repaired; its text unescaped */
    void *own;             /* the step's */
} worker;

static bool is_blank(const char *p, size_t n) {
    while (n && (*p == ' ' || *p == '\t' || *p == '\r')) p++, n--;
    return n == 0;
}

static sc_status make_valid(worker *w, sc_slice *line) {
    const size_t good = sc__utf8_valid_prefix(line->p, line->n);
    if (good == line->n) return SC_OK;
    if (w->f->o->strict) return SC_FAIL(SC_FORMAT, "byte %zu: not valid UTF-8", good + 1);
    sc__buffer_clear(&w->valid);
    SC_TRY(sc__utf8_repair(&w->valid, line->p, line->n, &w->chunk.replaced));
    *line = (sc_slice){w->valid.data, w->valid.len};
    return SC_OK;
}

static sc_status run_record(worker *w, const sc_record *record, int64_t line) {
    const flow *f = w->f;
    sc_chunk *c = &w->chunk;
    const sc_flow_item item = {.record = record,
                               .path = f->reader.paths.paths[c->file],
                               .file = c->file,
                               .line = line,
                               .out = c->out,
                               .tally = c->tally,
                               .worker = w->own};
    c->documents++;
    return f->step->record(f->user, &item);
}

static sc_status run_line(worker *w, sc_slice line, int64_t number) {
    sc_record record;
    if (line.n >= 3 && number == 1 && !memcmp(line.p, "\xEF\xBB\xBF", 3)) line.p += 3, line.n -= 3;
    if (is_blank(line.p, line.n)) return SC_OK;
    sc_status s = make_valid(w, &line);
    if (s >= 0) s = sc__record_parse(&record, &w->text, line, &w->f->o->names, &w->chunk.replaced);
    if (s >= 0) return run_record(w, &record, number);
    s = sc__fail_context(s, "%s: line %" PRId64, w->f->reader.paths.paths[w->chunk.file], number);
    return sc__chunk_unreadable(&w->chunk, w->f->o, s);
}

/* ---- one chunk ------------------------------------------------------------------------------- */

static sc_status run_lines(worker *w) {
    const sc_chunk *c = &w->chunk;
    const char *p = c->text.data, *end = p + c->text.len;
    int64_t number = c->first_line;
    for (; p < end; number++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *stop = newline ? newline : end;
        SC_TRY(run_line(w, (sc_slice){p, (size_t)(stop - p)}, number));
        p = stop + 1;
    }
    return SC_OK;
}

static sc_status pack(worker *w) {
    for (int k = 0; k < w->f->o->n_kinds; k++) {
        const sc_buffer *b = &w->chunk.out[k];
        SC_TRY(b->status);
        sc__buffer_clear(&w->chunk.packed[k]);
        if (b->len && w->f->o->kinds[k] && w->f->o->out)
            SC_TRY(sc__packer_run(w->packer, &w->chunk.packed[k], b->data, b->len));
    }
    return SC_OK;
}

static sc_status run_chunk(worker *w) {
    for (int k = 0; k < w->f->o->n_kinds; k++) sc__buffer_clear(&w->chunk.out[k]);
    memset(w->chunk.tally, 0, (size_t)w->f->step->n_tally * sizeof *w->chunk.tally);
    SC_TRY(run_lines(w));
    return pack(w);
}

/* ---- in order -------------------------------------------------------------------------------- */

static void count(flow *f, const sc_chunk *c) {
    sc_flow_report *r = f->report;
    if (c->unreadable && !r->unreadable) {
        memcpy(r->first_unreadable, c->first_unreadable, sizeof r->first_unreadable);
    }
    r->unreadable += c->unreadable;
    r->documents += c->documents;
    r->replaced += c->replaced;
    r->bytes_in += (int64_t)c->text.len;
    for (int i = 0; i < f->step->n_tally; i++) f->tally[i] += c->tally[i];
}

static sc_status collect(flow *f, const sc_chunk *c) {
    if (!f->step->collect) return SC_OK;
    for (int k = 0; k < f->o->n_kinds; k++)
        if (!f->o->kinds[k]) SC_TRY(f->step->collect(f->user, k, c->out[k].data, c->out[k].len));
    return SC_OK;
}

static sc_status finish_file(flow *f, const sc_chunk *c) {
    f->report->files++;
    if (f->step->file_done)
        SC_TRY(f->step->file_done(f->user, f->reader.paths.paths[c->file], f->tally));
    memset(f->tally, 0, (size_t)f->step->n_tally * sizeof *f->tally);
    return SC_OK;
}

static sc_status write_chunk(flow *f, const sc_chunk *c) {
    count(f, c);
    SC_TRY(collect(f, c));
    SC_TRY(sc__flow_writer_append(&f->writer, c, c->last && c->file == f->last_file));
    if (c->last) SC_TRY(finish_file(f, c));
    if (f->o->progress) {
        pthread_mutex_lock(&f->reading);
        const sc_chunk_reader *r = &f->reader;
        f->report->bytes_read =
            (int64_t)(r->bytes_read + (r->stream ? sc__stream_consumed(r->stream) : 0));
        pthread_mutex_unlock(&f->reading);
        f->report->seconds = sc__clock_now() - f->start;
        f->o->progress(f->o->progress_user, f->report);
    }
    return SC_OK;
}

/* Waits for the chunk's turn; false when the run has failed. */
static bool await_turn(flow *f, int64_t number) {
    pthread_mutex_lock(&f->turning);
    while (f->next != number && f->status >= 0) pthread_cond_wait(&f->turn, &f->turning);
    const bool go = f->status >= 0;
    pthread_mutex_unlock(&f->turning);
    return go;
}

static void pass_turn(flow *f) {
    pthread_mutex_lock(&f->turning);
    f->next++;
    pthread_cond_broadcast(&f->turn);
    pthread_mutex_unlock(&f->turning);
}

/* ---- workers --------------------------------------------------------------------------------- */

static sc_status take(worker *w) {
    flow *f = w->f;
    if (f->o->stop && *f->o->stop) return SC_FAIL(SC_INTERRUPTED, "interrupted");
    pthread_mutex_lock(&f->reading);
    const sc_status s = sc__chunk_next(&w->chunk, &f->reader);
    pthread_mutex_unlock(&f->reading);
    return s;
}

static sc_status work(worker *w) {
    flow *f = w->f;
    for (;;) {
        if (has_failed(f)) return SC_OK;
        const sc_status s = take(w);
        if (s == SC_DONE) return SC_OK;
        SC_TRY(s);
        SC_TRY(run_chunk(w));
        if (!await_turn(f, w->chunk.number)) return SC_OK;
        SC_TRY(write_chunk(f, &w->chunk));
        pass_turn(f);
    }
}

static sc_status open_worker(worker *w, flow *f) {
    *w = (worker){.f = f};
    w->chunk.tally = sc__calloc((size_t)f->step->n_tally + 1, sizeof *w->chunk.tally);
    if (!w->chunk.tally) return SC_FAIL(SC_NOMEM, "flow");
    SC_TRY(sc__packer_open(&w->packer, sc__flow_format(f->o)));
    return f->step->open_worker ? f->step->open_worker(&w->own, f->user) : SC_OK;
}

static void close_worker(worker *w) {
    if (w->own && w->f->step->close_worker) w->f->step->close_worker(w->own);
    sc__packer_close(w->packer);
    sc__buffer_deinit(&w->valid);
    sc__buffer_deinit(&w->text);
    sc__buffer_deinit(&w->chunk.text);
    for (int k = 0; k < SC_FLOW_KINDS_MAX; k++) {
        sc__buffer_deinit(&w->chunk.out[k]);
        sc__buffer_deinit(&w->chunk.packed[k]);
    }
    sc__free(w->chunk.tally);
}

static void run_worker(void *arg, int64_t task, int index) {
    (void)task, (void)index;
    flow *f = arg;
    worker w;
    sc_status s = open_worker(&w, f);
    if (s >= 0) s = work(&w);
    if (s < 0) give_up(f, s);
    close_worker(&w);
}

/* ---- the run --------------------------------------------------------------------------------- */

static bool is_mine(const sc_flow_options *o, int64_t file) {
    return o->n_shards <= 1 || file % o->n_shards == o->shard;
}

static sc_status find_inputs(flow *f) {
    const sc_flow_options *o = f->o;
    sc_paths *paths = &f->reader.paths;
    if (o->n_inputs == 1 && !strcmp(o->inputs[0], "-")) {
        paths->paths = sc__arena_array(&f->arena, 1, sizeof *paths->paths);
        char *name = sc__arena_strdup(&f->arena, "-");
        if (!paths->paths || !name) return SC_FAIL(SC_NOMEM, "flow");
        paths->paths[0] = name;
        paths->n = 1;
        return SC_OK;
    }
    return sc__documents_find(paths, &f->arena, o->inputs, o->n_inputs);
}

static sc_status choose_inputs(flow *f) {
    const sc_paths *paths = &f->reader.paths;
    f->passed = sc__arena_array(&f->arena, (size_t)paths->n, sizeof *f->passed);
    if (!f->passed) return SC_FAIL(SC_NOMEM, "flow");
    for (int64_t i = 0; i < paths->n; i++) {
        uint64_t size = 0;
        f->passed[i] = !is_mine(f->o, i) || (f->o->resume && sc__flow_writer_has(&f->writer, i));
        if (f->passed[i]) continue;
        f->last_file = i;
        if (strcmp(paths->paths[i], "-")) SC_TRY(sc__path_size(paths->paths[i], &size));
        f->report->bytes_total += (int64_t)size;
    }
    f->reader.passed = f->passed;
    return SC_OK;
}

static sc_status prepare(flow *f) {
    f->tally = sc__arena_array(&f->arena, (size_t)f->step->n_tally + 1, sizeof *f->tally);
    if (!f->tally) return SC_FAIL(SC_NOMEM, "flow");
    SC_TRY(find_inputs(f));
    SC_TRY(sc__flow_writer_open(&f->writer, f->o, &f->reader.paths));
    SC_TRY(choose_inputs(f));
    return sc__pool_open(&f->pool, f->o->threads);
}

sc_status sc__flow_scratch_open(void **own, void *user) {
    (void)user;
    *own = sc__calloc(1, sizeof(sc_flow_scratch));
    return *own ? SC_OK : SC_FAIL(SC_NOMEM, "flow");
}

void sc__flow_scratch_close(void *own) {
    sc_flow_scratch *w = own;
    sc__buffer_deinit(&w->text);
    sc__buffer_deinit(&w->id);
    sc__buffer_deinit(&w->room);
    sc__free(w);
}

void sc__flow_take(sc_flow_options *o, const sc_data_options *d) {
    o->names = (sc_record_names){d->id_field, d->text_field};
    o->threads = d->threads;
    o->strict = d->strict;
    o->shard = d->shard;
    o->n_shards = d->n_shards;
    o->stop = d->stop;
    o->progress = d->progress;
    o->progress_user = d->user;
}

sc_status sc__flow_run(sc_flow_report *out, const sc_flow_step *step, void *user,
                       const sc_flow_options *o) {
    *out = (sc_flow_report){0};
    sc_assert(o->n_kinds <= SC_FLOW_KINDS_MAX);
    flow f = {.o = o,
              .step = step,
              .user = user,
              .report = out,
              .reader = {.o = o},
              .start = sc__clock_now()};
    pthread_mutex_init(&f.reading, NULL);
    pthread_mutex_init(&f.turning, NULL);
    pthread_cond_init(&f.turn, NULL);
    sc_status s = prepare(&f);
    if (s >= 0) {
        sc__pool_run(f.pool, sc__pool_threads(f.pool), run_worker, &f);
        s = f.status;
        if (s < 0) sc__error_adopt(f.error);
    }
    out->seconds = sc__clock_now() - f.start;
    sc__pool_close(f.pool);
    sc__chunk_reader_close(&f.reader);
    sc__flow_writer_close(&f.writer);
    pthread_mutex_destroy(&f.reading);
    pthread_mutex_destroy(&f.turning);
    pthread_cond_destroy(&f.turn);
    sc__arena_deinit(&f.arena);
    return s;
}
