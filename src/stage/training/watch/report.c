/* report.c - see report.h. While the run goes on the page asks the browser to load it again every
 * few seconds; there is no script in it. */
#include "stage/training/watch/report.h"

#include "account/machine.h"
#include "account/web.h"
#include "base/clock.h"
#include "base/file.h"
#include "socle/version.h"
#include "stage/training/watch/curve.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_SAMPLES = 12 };

typedef struct {
    int64_t step, n_prompt;
    char *text; /* owned */
} sample;

struct sc_report {
    const sc_monitor_options *o;
    sc_arena arena;
    const char *path;
    json_t *machine;
    sc_curve loss, valid, rate, norm, speed;
    sc_train_event last; /* the last step; its text is not kept */
    sc_train_event held; /* the last evaluation */
    int64_t best_step, n_tokens_before;
    double best_loss;
    sample samples[MAX_SAMPLES];
    int n_samples;
    double written_at, cost; /* of the last writing, seconds */
    const char *state, *state_class;
    char why[512];
};

/* ---- what is remembered ---------------------------------------------------------------------- */

/* The newest stay, and ever fewer of the older ones: every second is dropped when the room is full,
 * but the first. */
static void thin_samples(sc_report *r) {
    int kept = 1;
    for (int i = 1; i < r->n_samples; i++)
        if (i % 2 == 0)
            r->samples[kept++] = r->samples[i];
        else
            sc__free(r->samples[i].text);
    r->n_samples = kept;
}

static sc_status take_sample(sc_report *r, const sc_train_event *e) {
    char *text = sc__strdup(e->text);
    if (!text) return SC_FAIL(SC_NOMEM, "%s", r->path);
    if (r->n_samples == MAX_SAMPLES) thin_samples(r);
    r->samples[r->n_samples++] = (sample){e->step, e->n_prompt, text};
    return SC_OK;
}

static void take_valid(sc_report *r, const sc_train_event *e) {
    r->held = *e;
    sc__curve_push(&r->valid, (double)e->step, e->val_loss);
    if (r->best_step && e->val_loss >= r->best_loss) return;
    r->best_step = e->step;
    r->best_loss = e->val_loss;
}

sc_status sc__report_take(sc_report *r, const sc_train_event *e) {
    const double step = (double)e->step;
    if (e->kind == SC_TRAIN_SAMPLE) return take_sample(r, e);
    if (e->kind == SC_TRAIN_VALID) take_valid(r, e);
    if (e->kind != SC_TRAIN_STEP) return SC_OK;
    r->last = *e;
    sc__curve_push(&r->loss, step, e->loss);
    sc__curve_push(&r->rate, step, e->learning_rate);
    sc__curve_push(&r->norm, step, e->grad_norm);
    sc__curve_push(&r->speed, step, e->tokens_per_second);
    return SC_OK;
}

sc_status sc__report_open(sc_report **out, const sc_monitor_options *o) {
    *out = NULL;
    sc_report *r = sc__calloc(1, sizeof *r);
    if (!r) return SC_FAIL(SC_NOMEM, "report");
    r->o = o;
    r->state = "running";
    r->state_class = "running";
    r->path = sc__path_join(&r->arena, o->output, "report.html");
    const sc_status s = r->path ? sc__machine_describe(&r->machine) : SC_FAIL(SC_NOMEM, "report");
    if (s < 0)
        sc__report_close(r);
    else
        *out = r;
    return s;
}

void sc__report_close(sc_report *r) {
    if (!r) return;
    for (int i = 0; i < r->n_samples; i++) sc__free(r->samples[i].text);
    json_decref(r->machine);
    sc__arena_deinit(&r->arena);
    sc__free(r);
}

/* ---- words ----------------------------------------------------------------------------------- */

/* Text as HTML; what HTML cannot hold (control characters) becomes U+FFFD. */
static const char *duration(char *text, size_t n, double seconds) {
    const int64_t s = seconds > 0 && seconds < 1e12 ? (int64_t)(seconds + 0.5) : 0;
    if (s >= 86400)
        snprintf(text, n, "%" PRId64 " d %02" PRId64 " h", s / 86400, s / 3600 % 24);
    else if (s >= 3600)
        snprintf(text, n, "%" PRId64 " h %02" PRId64 " min", s / 3600, s / 60 % 60);
    else if (s >= 60)
        snprintf(text, n, "%" PRId64 " min %02" PRId64 " s", s / 60, s % 60);
    else
        snprintf(text, n, "%" PRId64 " s", s);
    return text;
}

static const char *count(char *text, size_t n, double v) {
    if (v >= 1e9)
        snprintf(text, n, "%.2f G", v / 1e9);
    else if (v >= 1e6)
        snprintf(text, n, "%.2f M", v / 1e6);
    else if (v >= 1e4)
        snprintf(text, n, "%.1f k", v / 1e3);
    else
        snprintf(text, n, "%.0f", v);
    return text;
}

/* ---- parts of the page ----------------------------------------------------------------------- */

static bool is_running(const sc_report *r) { return !strcmp(r->state_class, "running"); }

static void header(sc_buffer *b, const sc_report *r) {
    const char *name = sc__path_name(r->o->output);
    char title[320];
    snprintf(title, sizeof title, "%s (%s)", name, r->state);
    sc__web_begin(b, title, is_running(r) ? 5 : 0);
    sc__buffer_puts(b, "<header><h1>");
    sc__web_puts(b, name);
    sc__buffer_printf(b, " <span class=\"state %s\">%s</span></h1>\n<p>", r->state_class, r->state);
    sc__web_puts(b, r->o->model);
    sc__buffer_puts(b, "<br>");
    sc__web_puts(b, r->o->machine);
    sc__buffer_puts(b, "</p></header>\n");
    if (*r->why) {
        sc__buffer_puts(b, "<p class=\"why\">");
        sc__web_puts(b, r->why);
        sc__buffer_puts(b, "</p>\n");
    }
}

static void progress(sc_buffer *b, const sc_report *r) {
    char tokens[32], spent[32], left[32];
    const double share =
        r->last.n_steps > 0 ? fmin((double)r->last.step / (double)r->last.n_steps, 1) : 0;
    sc__buffer_printf(b,
                      "<div class=\"bar\"><div class=\"%s\" style=\"width:%.1f%%\"></div></div>\n"
                      "<p class=\"progress\"><span>step %" PRId64,
                      r->state_class, 100 * share, r->last.step);
    if (r->last.n_steps) sc__buffer_printf(b, " of %" PRId64, r->last.n_steps);
    sc__buffer_printf(b, ", %s tokens</span><span>%s of training",
                      count(tokens, sizeof tokens, (double)r->last.tokens),
                      duration(spent, sizeof spent, r->last.seconds));
    if (is_running(r) && r->last.step)
        sc__buffer_printf(b, ", about %s left", duration(left, sizeof left, r->last.eta));
    sc__buffer_puts(b, "</span></p>\n");
}

static void tile(sc_buffer *b, const char *name, const char *value, const char *note) {
    sc__buffer_printf(b, "<div><span>%s</span><b>%s</b><small>%s</small></div>\n", name, value,
                      note);
}

static void tiles(sc_buffer *b, const sc_report *r) {
    char value[48], note[64];
    sc__buffer_puts(b, "<section class=\"tiles\">\n");
    snprintf(value, sizeof value, "%.4f", sc__curve_recent(&r->loss));
    tile(b, "training loss", value, "nats a token, recent mean");
    if (r->valid.n) {
        snprintf(value, sizeof value, "%.4f", r->held.val_loss);
        snprintf(note, sizeof note, "best %.4f at step %" PRId64, r->best_loss, r->best_step);
        tile(b, "held-out loss", value, note);
        snprintf(value, sizeof value, "%.4f", r->held.val_bits_per_byte);
        tile(b, "held-out text", r->held.val_bits_per_byte > 0 ? value : "&ndash;", "bits a byte");
    }
    snprintf(note, sizeof note, "%.0f %% of measured peak", 100 * r->last.mfu);
    tile(b, "tokens a second", count(value, sizeof value, sc__curve_recent(&r->speed)), note);
    sc__buffer_puts(b, "</section>\n");
}

static void charts(sc_buffer *b, const sc_report *r) {
    char chance[32];
    const double x_end = is_running(r) ? (double)r->last.n_steps : 0;
    snprintf(chance, sizeof chance, "chance, %.2f", log((double)r->o->n_vocab));
    const sc_chart loss = {.title = "Loss",
                           .unit = "nats a token",
                           .width = 900,
                           .height = 340,
                           .curve = &r->loss,
                           .curve_name = "training",
                           .smooth = true,
                           .points = &r->valid,
                           .points_name = "held out",
                           .x_end = x_end,
                           .reference = log((double)r->o->n_vocab),
                           .reference_name = chance};
    const sc_chart rate = {.title = "Learning rate",
                           .unit = "",
                           .width = 310,
                           .height = 200,
                           .curve = &r->rate,
                           .curve_name = "rate",
                           .x_end = x_end,
                           .from_zero = true};
    const sc_chart norm = {.title = "Gradient norm",
                           .unit = "before clipping",
                           .width = 310,
                           .height = 200,
                           .curve = &r->norm,
                           .curve_name = "norm",
                           .smooth = true,
                           .x_end = x_end,
                           .log_when_wide = true};
    const sc_chart speed = {.title = "Speed",
                            .unit = "tokens a second",
                            .width = 310,
                            .height = 200,
                            .curve = &r->speed,
                            .curve_name = "speed",
                            .smooth = true,
                            .x_end = x_end,
                            .from_zero = true};
    sc__buffer_puts(b, "<section class=\"charts\">\n<div class=\"wide\">");
    sc__chart_draw(b, &loss);
    sc__buffer_puts(b, "</div>\n");
    sc__chart_draw(b, &rate);
    sc__chart_draw(b, &norm);
    sc__chart_draw(b, &speed);
    sc__buffer_puts(b, "</section>\n");
}

static void samples(sc_buffer *b, const sc_report *r) {
    if (!r->n_samples) return;
    sc__buffer_puts(b, "<section><h2>What it writes</h2>\n");
    for (int i = r->n_samples - 1; i >= 0; i--) {
        const sample *s = &r->samples[i];
        const size_t n = strlen(s->text), given = SC_MIN((size_t)SC_MAX(s->n_prompt, 0), n);
        sc__buffer_printf(b, "<article><h3>step %" PRId64 "</h3><pre><span class=\"prompt\">",
                          s->step);
        sc__web_text(b, s->text, given);
        sc__buffer_puts(b, "</span>");
        sc__web_text(b, s->text + given, n - given);
        sc__buffer_puts(b, "</pre></article>\n");
    }
    sc__buffer_puts(b, "</section>\n");
}

static void row(sc_buffer *b, const char *name, const char *value) {
    sc__buffer_printf(b, "<tr><th>%s</th><td>", name);
    sc__web_puts(b, value);
    sc__buffer_puts(b, "</td></tr>\n");
}

static void environment(sc_buffer *b, const sc_report *r) {
    static const char *const keys[][2] = {
        {"processor", "processor"}, {"host", "host"}, {"os", "system"}};
    char text[64];
    sc__buffer_puts(b, "<section><h2>Environment</h2><table>\n");
    for (int i = 0; i < SC_LEN(keys); i++) {
        const char *value = json_string_value(json_object_get(r->machine, keys[i][0]));
        if (value) row(b, keys[i][1], value);
    }
    const double memory = json_number_value(json_object_get(r->machine, "memory_bytes"));
    snprintf(text, sizeof text, "%.1f GB, %" PRId64 " processors", memory / 1e9,
             (int64_t)json_integer_value(json_object_get(r->machine, "processors")));
    row(b, "memory", text);
    row(b, "run on", r->o->machine);
    row(b, "socle", sc_version());
    sc__buffer_puts(b, "</table></section>\n");
}

static void page(sc_buffer *b, const sc_report *r) {
    header(b, r);
    progress(b, r);
    tiles(b, r);
    charts(b, r);
    samples(b, r);
    sc__buffer_puts(b, "<section><h2>Recipe</h2><pre class=\"recipe\">");
    sc__web_puts(b, r->o->recipe);
    sc__buffer_puts(b, "</pre></section>\n");
    environment(b, r);
    sc__web_end(b, "Every step is in metrics.jsonl, every sample in samples.jsonl; what the model "
                   "was made from in lineage.json.");
}

/* ---- writing --------------------------------------------------------------------------------- */

static sc_status write_page(sc_report *r) {
    const double start = sc__clock_now();
    sc_buffer b = SC_BUFFER_INIT;
    page(&b, r);
    sc_status s = b.status;
    if (s >= 0) s = sc__file_write(r->path, b.data, b.len);
    sc__buffer_deinit(&b);
    r->written_at = sc__clock_now();
    r->cost = r->written_at - start;
    return s;
}

sc_status sc__report_refresh(sc_report *r, bool is_new) {
    const double pause = fmax(250 * r->cost, is_new ? 0 : 2);
    return r->written_at > 0 && sc__clock_now() - r->written_at < pause ? SC_OK : write_page(r);
}

sc_status sc__report_finish(sc_report *r, sc_status ended, const char *why) {
    r->state = ended >= 0 ? "done" : ended == SC_INTERRUPTED ? "interrupted" : "failed";
    r->state_class = r->state;
    if (ended < 0) snprintf(r->why, sizeof r->why, "%s", why);
    return write_page(r);
}
