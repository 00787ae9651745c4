/* monitor.c - metrics.jsonl: one object a line for each step and each evaluation, flushed as it is
 * written. On resuming, what a killed run recorded after its last checkpoint is dropped, so that
 * every step stands there once. */
#include "stage/training/monitor.h"

#include "base/file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct sc_monitor {
    sc_monitor_options o;
    sc_arena arena;
    const char *metrics;
    FILE *file;
};

/* ---- metrics.jsonl
 * -------------------------------------------------------------------------------- */

/* The lines of steps up to `last`, without a torn one at the end. */
static sc_status keep_lines(sc_buffer *kept, const sc_buffer *old, int64_t last) {
    for (size_t at = 0; at < old->len;) {
        const char *line = old->data + at, *end = memchr(line, '\n', old->len - at);
        if (!end) break;
        json_t *j = json_loadb(line, (size_t)(end - line), 0, NULL);
        const json_t *step = json_object_get(j, "step");
        if (json_is_integer(step) && json_integer_value(step) <= last)
            sc__buffer_append(kept, line, (size_t)(end - line) + 1);
        json_decref(j);
        at = (size_t)(end - old->data) + 1;
    }
    return kept->status;
}

static sc_status rewind_metrics(const sc_monitor *m) {
    sc_buffer old = SC_BUFFER_INIT, kept = SC_BUFFER_INIT;
    sc_status s = SC_OK;
    if (sc__path_exists(m->metrics) && m->o.resumed_from > 0)
        s = sc__file_read(&old, m->metrics, (size_t)1 << 32);
    if (s >= 0) s = keep_lines(&kept, &old, m->o.resumed_from);
    if (s >= 0) s = sc__file_write(m->metrics, kept.data ? kept.data : "", kept.len);
    sc__buffer_deinit(&old);
    sc__buffer_deinit(&kept);
    return s;
}

static sc_status write_line(sc_monitor *m, json_t *j) {
    sc_buffer b = SC_BUFFER_INIT;
    sc__json_print(&b, j);
    sc__buffer_putc(&b, '\n');
    sc_status s = j ? b.status : SC_FAIL(SC_NOMEM, "%s", m->metrics);
    if (s >= 0 && (fwrite(b.data, 1, b.len, m->file) != b.len || fflush(m->file)))
        s = SC_FAIL(SC_IO, "%s: cannot write: %s", m->metrics, strerror(errno));
    sc__buffer_deinit(&b);
    json_decref(j);
    return s;
}

static sc_status record(sc_monitor *m, const sc_train_event *e) {
    if (e->kind == SC_TRAIN_STEP)
        return write_line(m, json_pack("{sI sI sf sf sf sf sf}", "step", (json_int_t)e->step,
                                       "tokens", (json_int_t)e->tokens, "loss", e->loss,
                                       "learning_rate", e->learning_rate, "grad_norm", e->grad_norm,
                                       "tokens_per_second", e->tokens_per_second, "mfu", e->mfu));
    if (e->kind == SC_TRAIN_VALID)
        return write_line(m, json_pack("{sI sf sf}", "step", (json_int_t)e->step, "val_loss",
                                       e->val_loss, "val_bits_per_byte", e->val_bits_per_byte));
    return SC_OK;
}

/* ---- the whole
 * ------------------------------------------------------------------------------------ */

static sc_status start(sc_monitor *m) {
    m->metrics = sc__path_join(&m->arena, m->o.output, "metrics.jsonl");
    if (!m->metrics) return SC_FAIL(SC_NOMEM, "monitor");
    SC_TRY(rewind_metrics(m));
    m->file = fopen(m->metrics, "ae");
    return m->file ? SC_OK : SC_FAIL(SC_IO, "%s: cannot open: %s", m->metrics, strerror(errno));
}

sc_status sc__monitor_open(sc_monitor **out, const sc_monitor_options *o) {
    *out = NULL;
    sc_monitor *m = sc__calloc(1, sizeof *m);
    if (!m) return SC_FAIL(SC_NOMEM, "monitor");
    m->o = *o;
    sc_status s = start(m);
    if (s < 0)
        (void)!sc__monitor_close(m, false);
    else
        *out = m;
    return s;
}

sc_status sc__monitor_event(sc_monitor *m, const sc_train_event *e) { return record(m, e); }

sc_status sc__monitor_close(sc_monitor *m, bool done) {
    if (!m) return SC_OK;
    (void)done;
    const bool failed = m->file && fclose(m->file);
    sc_status s =
        failed ? SC_FAIL(SC_IO, "%s: cannot write: %s", m->metrics, strerror(errno)) : SC_OK;
    sc__arena_deinit(&m->arena);
    sc__free(m);
    return s;
}
