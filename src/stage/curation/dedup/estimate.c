/* estimate.c - what a job would take, from the first lines of some of its files. */
#include "base/utf8.h"
#include "format/documents.h"
#include "format/stream.h"
#include "stage/curation/dedup/dedup.h"

#include <string.h>

enum { FILES = 16, SAMPLE = 1 << 20, WORKER_BYTES = 12 << 20, CANDIDATE_BYTES = 64 };

/* What was looked at. */
typedef struct {
    int64_t documents, keys;
    double text, stored; /* bytes: of lines; of the files as they lie there */
} sample;

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "dedup"); }

static sc_status take_line(sample *s, sc_dedup_worker *w, sc_slice line, sc_buffer *text) {
    sc_record r;
    sc_buffer keys = SC_BUFFER_INIT;
    const sc_record_names names = {w->d->o.common.id_field, w->d->o.common.text_field};
    int64_t n_replaced = 0;
    if (sc__record_parse(&r, text, line, &names, &n_replaced) < 0) return SC_OK; /* no document */
    const sc_flow_item item = {.record = &r, .line = 1, .out = &keys, .worker = w};
    const sc_status status = w->d->method->keys(w, &item);
    s->documents++;
    s->keys += (int64_t)(keys.len / sizeof(sc_bucket_item));
    sc__buffer_deinit(&keys);
    return status;
}

/* The whole lines of these bytes. */
static sc_status take_lines(sample *s, sc_dedup_worker *w, const char *p, const char *end) {
    sc_buffer valid = SC_BUFFER_INIT, text = SC_BUFFER_INIT;
    sc_status status = SC_OK;
    for (const char *stop; status >= 0 && (stop = memchr(p, '\n', (size_t)(end - p)));
         p = stop + 1) {
        sc__buffer_clear(&valid);
        status = sc__utf8_repair(&valid, p, (size_t)(stop - p), NULL);
        const sc_slice line = {valid.data ? valid.data : "", valid.len};
        if (status >= 0) status = take_line(s, w, line, &text);
    }
    sc__buffer_deinit(&valid);
    sc__buffer_deinit(&text);
    return status;
}

static sc_status take_file(sample *s, sc_dedup_worker *w, const char *path, char *room) {
    sc_stream *in;
    size_t n = 0, got = 1;
    SC_TRY(sc__stream_open(&in, path));
    sc_status status = SC_OK;
    while (status >= 0 && got && n < SAMPLE) {
        status = sc__stream_read(&got, in, room + n, SAMPLE - n);
        if (status >= 0) n += got;
    }
    s->text += (double)n;
    s->stored += (double)sc__stream_consumed(in);
    sc__stream_close(in);
    SC_TRY(status);
    return take_lines(s, w, room, room + n);
}

static sc_status take_files(sample *s, uint64_t *total, sc_dedup *d, const sc_paths *paths) {
    void *worker = NULL;
    const int64_t step = (paths->n + FILES - 1) / FILES;
    char *room = sc__arena_alloc(&d->arena, SAMPLE);
    sc_status status = room ? sc__dedup_open_worker(&worker, d) : no_memory();
    for (int64_t i = 0; i < paths->n && status >= 0; i++) {
        uint64_t size = 0;
        status = sc__path_size(paths->paths[i], &size);
        *total += size;
        if (status >= 0 && i % step == 0) status = take_file(s, worker, paths->paths[i], room);
    }
    if (worker) sc__dedup_close_worker(worker);
    return status;
}

sc_status sc__dedup_estimate(sc_dedup_plan *out, sc_dedup *d) {
    sample s = {0};
    sc_paths paths;
    uint64_t total = 0;
    if (!strcmp(d->inputs[0], "-"))
        return SC_FAIL(SC_USAGE, "dedup: what standard input will hold is not known before");
    SC_TRY(sc__documents_find(&paths, &d->arena, d->inputs, d->n_inputs));
    SC_TRY(take_files(&s, &total, d, &paths));
    const double scale = s.stored > 0 ? (double)total / s.stored : 0;
    const double budget = (double)d->o.common.max_memory / 2;
    const double keys = scale * (double)s.keys * sizeof(sc_bucket_item);
    const double documents = scale * (double)s.documents;
    const double evidence = d->method->evidence ? documents * CANDIDATE_BYTES + scale * s.text : 0;
    const double bits = d->method->collect ? scale * (double)s.keys / 8 : 0;
    const int threads = d->o.common.threads > 0 ? d->o.common.threads : sc__pool_default_threads();
    *out = (sc_dedup_plan){.files = paths.n,
                           .documents = (int64_t)documents,
                           .bytes_in = (int64_t)(scale * s.text),
                           .keys = (int64_t)(scale * (double)s.keys),
                           .memory = (int64_t)(SC_MIN(SC_MAX(2 * keys, evidence), budget) + bits +
                                               (double)threads * WORKER_BYTES),
                           .disk = (int64_t)((2 * keys > budget ? keys : 0) +
                                             SC_MAX(evidence - budget, 0) + (double)total)};
    return SC_OK;
}
