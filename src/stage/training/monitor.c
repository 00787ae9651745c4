/* monitor.c - metrics.jsonl: one object a line for each step and each evaluation; samples.jsonl
 * likewise for each sample; both flushed as they are written. On resuming, what a killed run
 * recorded after its last checkpoint is dropped, so that every step stands there once, and what
 * stays is handed to the report. */
#include "stage/training/monitor.h"

#include "base/file.h"
#include "stage/training/watch/report.h"
#include "stage/training/watch/tensorboard.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    const char *path;
    FILE *file;
} journal;

struct sc_monitor {
    sc_monitor_options o;
    sc_arena arena;
    journal metrics, samples;
    sc_tensorboard *tensorboard;
    sc_report *report;
};

/* ---- lines of JSON --------------------------------------------------------------------------- */

static double number(const json_t *j, const char *key) {
    return json_number_value(json_object_get(j, key));
}

/* The event that a line stands for: the reverse of `record`. */
static sc_train_event event_of(const json_t *j) {
    sc_train_event e = {.kind = SC_TRAIN_STEP,
                        .step = json_integer_value(json_object_get(j, "step")),
                        .tokens = json_integer_value(json_object_get(j, "tokens")),
                        .loss = number(j, "loss"),
                        .learning_rate = number(j, "learning_rate"),
                        .grad_norm = number(j, "grad_norm"),
                        .tokens_per_second = number(j, "tokens_per_second"),
                        .mfu = number(j, "mfu"),
                        .val_loss = number(j, "val_loss"),
                        .val_bits_per_byte = number(j, "val_bits_per_byte"),
                        .text = json_string_value(json_object_get(j, "text")),
                        .n_prompt = json_integer_value(json_object_get(j, "n_prompt"))};
    if (json_object_get(j, "val_loss")) e.kind = SC_TRAIN_VALID;
    if (e.text) e.kind = SC_TRAIN_SAMPLE;
    return e;
}

static bool is_kept(const sc_monitor *m, const sc_train_event *e) {
    const bool again = m->o.look_again && e->kind != SC_TRAIN_STEP;
    return e->step > 0 && e->step <= m->o.resumed_from - (again ? 1 : 0);
}

/* The lines of steps that stay, without a torn one at the end. */
static sc_status keep_lines(sc_buffer *kept, const sc_monitor *m, const sc_buffer *old) {
    for (size_t at = 0; at < old->len;) {
        const char *line = old->data + at, *end = memchr(line, '\n', old->len - at);
        if (!end) break;
        json_t *j = json_loadb(line, (size_t)(end - line), 0, NULL);
        const sc_train_event e = event_of(j);
        sc_status s = SC_OK;
        if (is_kept(m, &e)) {
            sc__buffer_append(kept, line, (size_t)(end - line) + 1);
            s = sc__report_take(m->report, &e);
        }
        json_decref(j);
        SC_TRY(s);
        at = (size_t)(end - old->data) + 1;
    }
    return kept->status;
}

static sc_status rewind_journal(const sc_monitor *m, const char *path) {
    sc_buffer old = SC_BUFFER_INIT, kept = SC_BUFFER_INIT;
    sc_status s = SC_OK;
    if (sc__path_exists(path) && m->o.resumed_from > 0)
        s = sc__file_read(&old, path, (size_t)1 << 32);
    if (s >= 0) s = keep_lines(&kept, m, &old);
    if (s >= 0) s = sc__file_write(path, kept.data ? kept.data : "", kept.len);
    sc__buffer_deinit(&old);
    sc__buffer_deinit(&kept);
    return s;
}

static sc_status journal_open(journal *to, sc_monitor *m, const char *name) {
    to->path = sc__path_join(&m->arena, m->o.output, name);
    if (!to->path) return SC_FAIL(SC_NOMEM, "monitor");
    SC_TRY(rewind_journal(m, to->path));
    to->file = fopen(to->path, "ae");
    return to->file ? SC_OK : SC_FAIL(SC_IO, "%s: cannot open: %s", to->path, strerror(errno));
}

static sc_status journal_close(journal *j) {
    const bool failed = j->file && fclose(j->file);
    return failed ? SC_FAIL(SC_IO, "%s: cannot write: %s", j->path, strerror(errno)) : SC_OK;
}

/* Takes the object. */
static sc_status write_line(journal *to, json_t *j) {
    sc_buffer b = SC_BUFFER_INIT;
    if (j) sc__json_print(&b, j);
    sc__buffer_putc(&b, '\n');
    sc_status s = j ? b.status : SC_FAIL(SC_NOMEM, "%s", to->path);
    if (s >= 0 && (fwrite(b.data, 1, b.len, to->file) != b.len || fflush(to->file)))
        s = SC_FAIL(SC_IO, "%s: cannot write: %s", to->path, strerror(errno));
    sc__buffer_deinit(&b);
    json_decref(j);
    return s;
}

static sc_status record(sc_monitor *m, const sc_train_event *e) {
    const json_int_t step = e->step;
    switch (e->kind) {
    case SC_TRAIN_STEP:
        return write_line(&m->metrics,
                          json_pack("{sI sI sf sf sf sf sf}", "step", step, "tokens",
                                    (json_int_t)e->tokens, "loss", e->loss, "learning_rate",
                                    e->learning_rate, "grad_norm", e->grad_norm,
                                    "tokens_per_second", e->tokens_per_second, "mfu", e->mfu));
    case SC_TRAIN_VALID:
        return write_line(&m->metrics,
                          json_pack("{sI sf sf}", "step", step, "val_loss", e->val_loss,
                                    "val_bits_per_byte", e->val_bits_per_byte));
    case SC_TRAIN_SAMPLE:
        return write_line(&m->samples, json_pack("{sI sI ss}", "step", step, "n_prompt",
                                                 (json_int_t)e->n_prompt, "text", e->text));
    default:
        return SC_OK;
    }
}

static sc_status scalars(sc_monitor *m, const sc_train_event *e) {
    const sc_scalar step[] = {{"loss", e->loss},
                              {"learning_rate", e->learning_rate},
                              {"grad_norm", e->grad_norm},
                              {"tokens_per_second", e->tokens_per_second},
                              {"mfu", e->mfu}},
                    valid[] = {{"val_loss", e->val_loss},
                               {"val_bits_per_byte", e->val_bits_per_byte}};
    if (e->kind == SC_TRAIN_STEP)
        return sc__tensorboard_append(m->tensorboard, e->step, step, SC_LEN(step));
    if (e->kind == SC_TRAIN_VALID)
        return sc__tensorboard_append(m->tensorboard, e->step, valid, SC_LEN(valid));
    return SC_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static sc_status start(sc_monitor *m) {
    const char *boards = sc__path_join(&m->arena, m->o.output, "tensorboard");
    if (!boards) return SC_FAIL(SC_NOMEM, "monitor");
    SC_TRY(sc__report_open(&m->report, &m->o));
    SC_TRY(journal_open(&m->metrics, m, "metrics.jsonl"));
    SC_TRY(journal_open(&m->samples, m, "samples.jsonl"));
    return sc__tensorboard_open(&m->tensorboard, boards,
                                m->o.resumed_from > 0 ? m->o.resumed_from + 1 : 0);
}

static sc_status release(sc_monitor *m) {
    const sc_status first = journal_close(&m->metrics), second = journal_close(&m->samples),
                    third = sc__tensorboard_close(m->tensorboard);
    sc__report_close(m->report);
    sc__arena_deinit(&m->arena);
    sc__free(m);
    return first < 0 ? first : second < 0 ? second : third;
}

sc_status sc__monitor_open(sc_monitor **out, const sc_monitor_options *o) {
    *out = NULL;
    sc_monitor *m = sc__calloc(1, sizeof *m);
    if (!m) return SC_FAIL(SC_NOMEM, "monitor");
    m->o = *o;
    const sc_status s = start(m);
    if (s < 0)
        (void)!release(m);
    else
        *out = m;
    return s;
}

sc_status sc__monitor_event(sc_monitor *m, const sc_train_event *e) {
    SC_TRY(record(m, e));
    SC_TRY(scalars(m, e));
    SC_TRY(sc__report_take(m->report, e));
    return sc__report_refresh(m->report, e->kind == SC_TRAIN_VALID || e->kind == SC_TRAIN_SAMPLE);
}

sc_status sc__monitor_close(sc_monitor *m, sc_status ended) {
    if (!m) return SC_OK;
    const sc_status written = sc__report_finish(m->report, ended, sc_error_text());
    const sc_status released = release(m);
    return written < 0 ? written : released;
}
