/* flow.c - the three parts of a flow: chunks of lines are read, each record goes through the step
 * and what comes out is compressed, and that is written; base/ordered.h says who does what when. */
#include "stage/curation/flow.h"

#include "base/clock.h"
#include "base/ordered.h"
#include "base/pool.h"
#include "base/text.h"
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
    bool *passed;
    int64_t last_file; /* that is read */
    bool any;          /* is read */
    sc_chunk_reader reader;
    sc_flow_writer writer;
    int64_t *tally; /* of the file whose chunks are being written */
    double start;
} flow;

/* ---- one record ------------------------------------------------------------------------------ */

/* What a thread needs for the chunk it works on. */
typedef struct {
    const flow *f;
    sc_chunk *chunk;
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
    SC_TRY(sc__utf8_repair(&w->valid, line->p, line->n, &w->chunk->replaced));
    *line = (sc_slice){w->valid.data, w->valid.len};
    return SC_OK;
}

static sc_status run_record(worker *w, const sc_record *record, int64_t line) {
    const flow *f = w->f;
    sc_chunk *c = w->chunk;
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
    if (s >= 0) s = sc__record_parse(&record, &w->text, line, &w->f->o->names, &w->chunk->replaced);
    if (s >= 0) return run_record(w, &record, number);
    s = sc__fail_context(s, "%s: line %" PRId64, w->f->reader.paths.paths[w->chunk->file], number);
    return sc__chunk_unreadable(w->chunk, w->f->o, s);
}

/* ---- one chunk ------------------------------------------------------------------------------- */

static sc_status run_lines(worker *w) {
    const sc_chunk *c = w->chunk;
    sc_slice line, rest = {c->text.data, c->text.len};
    for (int64_t number = c->first_line; sc__take_line(&line, &rest); number++)
        SC_TRY(run_line(w, line, number));
    return SC_OK;
}

static sc_status pack(worker *w) {
    const sc_flow_options *o = w->f->o;
    for (int k = 0; k < o->n_kinds; k++) {
        const sc_buffer *b = &w->chunk->out[k];
        SC_TRY(b->status);
        sc__buffer_clear(&w->chunk->packed[k]);
        if (b->len && o->kinds[k] && o->out)
            SC_TRY(sc__packer_run(w->packer, &w->chunk->packed[k], b->data, b->len));
    }
    return SC_OK;
}

static sc_status work_on(void *user, void *own, void *chunk) {
    const flow *f = user;
    worker *w = own;
    sc_chunk *c = w->chunk = chunk;
    for (int k = 0; k < f->o->n_kinds; k++) sc__buffer_clear(&c->out[k]);
    memset(c->tally, 0, (size_t)f->step->n_tally * sizeof *c->tally);
    SC_TRY(run_lines(w));
    return pack(w);
}

static sc_status open_worker(void *user, void *own) {
    const flow *f = user;
    worker *w = own;
    w->f = f;
    if (f->o->out) SC_TRY(sc__packer_open(&w->packer, sc__output_packing(f->o->out)));
    return f->step->open_worker ? f->step->open_worker(&w->own, f->user) : SC_OK;
}

static void close_worker(void *own) {
    worker *w = own;
    if (w->own && w->f->step->close_worker) w->f->step->close_worker(w->own);
    sc__packer_close(w->packer);
    sc__buffer_deinit(&w->valid);
    sc__buffer_deinit(&w->text);
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
    r->bytes_read = (int64_t)c->bytes_read;
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

static sc_status write_chunk(void *user, void *chunk) {
    flow *f = user;
    const sc_chunk *c = chunk;
    count(f, c);
    SC_TRY(collect(f, c));
    SC_TRY(sc__flow_writer_append(&f->writer, c, c->last && c->file == f->last_file));
    if (c->last) SC_TRY(finish_file(f, c));
    f->report->seconds = sc__clock_now() - f->start;
    if (f->o->progress) f->o->progress(f->o->progress_user, f->report);
    return SC_OK;
}

/* ---- chunks ---------------------------------------------------------------------------------- */

static sc_status read_chunk(size_t *bytes, void *user, void *chunk) {
    flow *f = user;
    sc_chunk *c = chunk;
    const sc_status s = sc__chunk_next(c, &f->reader);
    *bytes = c->text.len;
    return s;
}

static sc_status open_chunk(void *user, void *chunk) {
    flow *f = user;
    sc_chunk *c = chunk;
    c->tally = sc__arena_array(&f->arena, (size_t)f->step->n_tally + 1, sizeof *c->tally);
    return c->tally ? SC_OK : SC_FAIL(SC_NOMEM, "flow");
}

static void close_chunk(void *chunk) {
    sc_chunk *c = chunk;
    sc__buffer_deinit(&c->text);
    for (int k = 0; k < SC_FLOW_KINDS_MAX; k++) {
        sc__buffer_deinit(&c->out[k]);
        sc__buffer_deinit(&c->packed[k]);
    }
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
        f->any = true;
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
    return choose_inputs(f);
}

/* So much that only lines of megabytes make readers wait. */
static size_t budget(int threads) {
    const int n = threads > 0 ? threads : sc__pool_default_threads();
    return (size_t)n * 2 * SC_CHUNK_BYTES;
}

static sc_status run_chunks(flow *f) {
    const sc_ordered o = {.name = "flow",
                          .threads = f->o->threads,
                          .budget = budget(f->o->threads),
                          .stop = f->o->stop,
                          .read = read_chunk,
                          .work = work_on,
                          .finish = write_chunk,
                          .chunk_size = sizeof(sc_chunk),
                          .worker_size = sizeof(worker),
                          .open_chunk = open_chunk,
                          .close_chunk = close_chunk,
                          .open_worker = open_worker,
                          .close_worker = close_worker};
    return sc__ordered_run(&o, f);
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

void sc__flow_add_report(sc_flow_report *all, const sc_flow_report *one) {
    if (!all->unreadable)
        memcpy(all->first_unreadable, one->first_unreadable, sizeof all->first_unreadable);
    all->files += one->files;
    all->documents += one->documents;
    all->bytes_in += one->bytes_in;
    all->bytes_read += one->bytes_read;
    all->bytes_total += one->bytes_total;
    all->unreadable += one->unreadable;
    all->replaced += one->replaced;
    all->seconds += one->seconds;
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

sc_status sc__flow_check(const sc_flow_options *o) {
    flow f = {.o = o, .reader = {.o = o}};
    sc_status s = find_inputs(&f);
    if (s >= 0) s = sc__flow_writer_open(&f.writer, o, &f.reader.paths);
    sc__flow_writer_close(&f.writer);
    sc__arena_deinit(&f.arena);
    return s;
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
    sc_status s = prepare(&f);
    if (s >= 0) s = run_chunks(&f);
    if (s >= 0 && !f.any) s = sc__flow_writer_finish(&f.writer);
    out->seconds = sc__clock_now() - f.start;
    sc__chunk_reader_close(&f.reader);
    sc__flow_writer_close(&f.writer);
    sc__arena_deinit(&f.arena);
    return s;
}
