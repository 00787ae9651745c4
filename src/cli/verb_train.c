/* verb_train.c - socle train: from a recipe to a model, watched as it goes. */
#include "cli.h"
#include "socle/train.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static const cli_option options[] = {
    {"resume", CLI_FLAG, NULL, NULL, "go on from the newest checkpoint in the output"},
    {"set", CLI_LIST, "KEY=VALUE", NULL, "override a key of the recipe: train.steps=10"},
    {"dry-run", CLI_FLAG, NULL, NULL, "say what the run would take, and make nothing"},
    {"init", CLI_TEXT, "FILE", NULL, "write a commented recipe to start from"},
    {0},
};

static const char *duration(double seconds) {
    static char ring[2][32];
    static int next;
    char *text = ring[next++ & 1];
    const long s = seconds > 0 && seconds < 1e9 ? (long)(seconds + 0.5) : 0;
    if (s >= 3600)
        snprintf(text, sizeof ring[0], "%ld h %02ld min", s / 3600, s / 60 % 60);
    else if (s >= 60)
        snprintf(text, sizeof ring[0], "%ld min %02ld s", s / 60, s % 60);
    else
        snprintf(text, sizeof ring[0], "%ld s", s);
    return text;
}

static const char *count(double n) {
    static char ring[4][32];
    static int next;
    char *text = ring[next++ & 3];
    if (n >= 1e9)
        snprintf(text, sizeof ring[0], "%.2f G", n / 1e9);
    else if (n >= 1e6)
        snprintf(text, sizeof ring[0], "%.2f M", n / 1e6);
    else if (n >= 1e4)
        snprintf(text, sizeof ring[0], "%.1f k", n / 1e3);
    else
        snprintf(text, sizeof ring[0], "%.0f", n);
    return text;
}

/* ---- watching -------------------------------------------------------------------------------- */

typedef struct {
    double seconds;
    int64_t tokens;
} moment;

typedef struct {
    bool terminal, quiet, line_open;
    double last;       /* when the last progress line was shown */
    double loss;       /* smoothed for the eye */
    moment then[2];    /* two to four seconds of training ago, and less than two */
    double per_second; /* tokens since then[0] */
} watcher;

static double now(void) {
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int columns(void) {
    struct winsize w;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : 80;
}

static void end_line(watcher *w) {
    if (w->line_open) fputc('\n', stderr);
    w->line_open = false;
}

/* Single steps are too short to be measured one by one. */
static void measure_speed(watcher *w, const sc_train_event *e) {
    const moment here = {e->seconds, e->tokens};
    if (!w->then[0].tokens || here.seconds - w->then[1].seconds >= 2) {
        w->then[0] = w->then[0].tokens ? w->then[1] : here;
        w->then[1] = here;
    }
    const double seconds = here.seconds - w->then[0].seconds;
    w->per_second =
        seconds > 0.05 ? (double)(here.tokens - w->then[0].tokens) / seconds : e->tokens_per_second;
}

/* "1:05", "2:03:04", "3d 04h". */
static const char *clock_text(char *text, size_t n, double seconds) {
    const int64_t s = seconds > 0 && seconds < 1e12 ? (int64_t)(seconds + 0.5) : 0;
    if (s >= 86400)
        snprintf(text, n, "%" PRId64 "d %02" PRId64 "h", s / 86400, s / 3600 % 24);
    else if (s >= 3600)
        snprintf(text, n, "%" PRId64 ":%02" PRId64 ":%02" PRId64, s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(text, n, "%" PRId64 ":%02" PRId64, s / 60, s % 60);
    return text;
}

enum { FIELDS = 7 };

/* Every field as wide as it was the last time, so that nothing jumps. */
static void fill_fields(char fields[FIELDS][48], const watcher *w, const sc_train_event *e) {
    char left[32];
    const int digits = snprintf(NULL, 0, "%" PRId64, e->n_steps);
    const double share =
        e->tokens_per_second > 0 ? e->mfu * w->per_second / e->tokens_per_second : 0;
    snprintf(fields[0], sizeof fields[0], "step %*" PRId64 "/%" PRId64, digits, e->step,
             e->n_steps);
    snprintf(fields[1], sizeof fields[1], "loss %7.4f", w->loss);
    snprintf(fields[2], sizeof fields[2], "lr %.1e", e->learning_rate);
    snprintf(fields[3], sizeof fields[3], "|g| %6.2f", e->grad_norm);
    snprintf(fields[4], sizeof fields[4], "%6s tok/s", count(w->per_second));
    snprintf(fields[5], sizeof fields[5], "%3.0f%% peak", 100 * share);
    snprintf(fields[6], sizeof fields[6], "ETA %7s", clock_text(left, sizeof left, e->eta));
}

/* What fits into `width` columns; the first to go are the gradient's norm, the learning rate, the
 * share of the peak. */
static void join_fields(char *line, size_t n, char fields[FIELDS][48], int width) {
    static const int leaves[] = {3, 2, 5, 4, 6, 1};
    size_t total = 0, used = 0;
    for (int i = 0; i < FIELDS; i++) total += strlen(fields[i]) + (i > 0 ? 2 : 0);
    for (size_t k = 0; k < sizeof leaves / sizeof *leaves && total > (size_t)width; k++) {
        total -= strlen(fields[leaves[k]]) + 2;
        fields[leaves[k]][0] = 0;
    }
    line[0] = 0;
    for (int i = 0; i < FIELDS; i++)
        if (*fields[i] && used < n)
            used += (size_t)snprintf(line + used, n - used, "%s%s", i ? "  " : "", fields[i]);
}

/* On a terminal one line that is rewritten five times a second, in one piece; elsewhere a line
 * every ten seconds. */
static void show_step(watcher *w, const sc_train_event *e) {
    const double t = now(), every = w->terminal ? 0.2 : 10;
    const bool ends = e->step == 1 || e->step == e->n_steps;
    char fields[FIELDS][48], line[FIELDS * 50], out[FIELDS * 50 + 8];
    w->loss = w->loss > 0 ? 0.9 * w->loss + 0.1 * e->loss : e->loss;
    measure_speed(w, e);
    if (!ends && t - w->last < every) return;
    w->last = t;
    fill_fields(fields, w, e);
    join_fields(line, sizeof line, fields, w->terminal ? columns() - 1 : 200);
    snprintf(out, sizeof out, w->terminal ? "\r%s\033[K" : "%s\n", line);
    fputs(out, stderr);
    w->line_open = w->terminal;
}

/* The beginning of what was written, on one line. */
static void show_sample(const watcher *w, const sc_train_event *e) {
    char line[240];
    const int head = snprintf(line, sizeof line, "step %" PRId64 ": writes: ", e->step);
    const size_t room = (size_t)(w->terminal && columns() < 200 ? columns() - 1
                                 : w->terminal                  ? 200
                                                                : 100);
    size_t n = (size_t)head;
    for (const char *p = e->text + e->n_prompt; *p && n < room; p++)
        line[n++] = (unsigned char)*p < 0x20 || *p == 0x7F ? ' ' : *p;
    if (n >= room) /* no half of a character */
        while (n > (size_t)head && ((unsigned char)line[n - 1] & 0x80)) n--;
    line[n] = 0;
    fprintf(stderr, "%s\n", line);
}

static void show(void *user, const sc_train_event *e) {
    watcher *w = user;
    if (w->quiet) return;
    if (e->kind == SC_TRAIN_STEP) {
        show_step(w, e);
        return;
    }
    end_line(w);
    if (e->kind == SC_TRAIN_NOTE) fprintf(stderr, "%s\n", e->text);
    if (e->kind == SC_TRAIN_VALID)
        fprintf(stderr, "step %" PRId64 ": held-out loss %.4f nats a token, %.4f bits a byte\n",
                e->step, e->val_loss, e->val_bits_per_byte);
    if (e->kind == SC_TRAIN_CHECKPOINT)
        fprintf(stderr, "step %" PRId64 ": saved %s\n", e->step, e->text);
    if (e->kind == SC_TRAIN_SAMPLE) show_sample(w, e);
}

/* ---- what is printed at the end
 * --------------------------------------------------------------------- */

static void print_result(const sc_train_result *r, bool json) {
    if (json) {
        printf("{\"output\": ");
        cli_json_string(stdout, r->output);
        printf(", \"report\": ");
        cli_json_string(stdout, r->report);
        printf(", \"steps\": %" PRId64 ", \"tokens\": %" PRId64 ", \"n_params\": %" PRId64
               ", \"loss\": %.6f, ",
               r->steps, r->tokens, r->n_params, r->loss);
        if (r->val_loss > 0)
            printf("\"val_loss\": %.6f, \"val_bits_per_byte\": %.6f, ", r->val_loss,
                   r->val_bits_per_byte);
        printf("\"seconds\": %.3f}\n", r->seconds);
        return;
    }
    printf("trained %s parameters on %s tokens in %s\n", count((double)r->n_params),
           count((double)r->tokens), duration(r->seconds));
    if (r->val_loss > 0)
        printf("held-out loss %.4f nats a token, %.4f bits a byte\n", r->val_loss,
               r->val_bits_per_byte);
    printf("model   %s\nreport  %s\ntry     socle generate %s --prompt \"...\"\n", r->output,
           r->report, r->output);
}

static void print_plan(const sc_train_plan *p, bool json) {
    if (json) {
        printf("{\"n_params\": %" PRId64 ", \"steps\": %" PRId64 ", \"tokens\": %" PRId64
               ", \"flop\": %.6g, \"bytes_parameters\": %.0f, \"bytes_activations\": %.0f, "
               "\"bytes_disk\": %.0f, "
               "\"seconds\": %.3f, \"peak_flops\": %.6g}\n",
               p->n_params, p->steps, p->tokens, p->flop, p->bytes_parameters, p->bytes_activations,
               p->bytes_disk, p->seconds, p->peak_flops);
        return;
    }
    printf("parameters   %s\n", count((double)p->n_params));
    printf("steps        %" PRId64 " (%s tokens)\n", p->steps, count((double)p->tokens));
    printf("memory       %.1f MB: %.1f parameters, gradients and optimizer, %.1f activations\n",
           (p->bytes_parameters + p->bytes_activations) / 1e6, p->bytes_parameters / 1e6,
           p->bytes_activations / 1e6);
    printf("work         %.3g FLOP\n", p->flop);
    printf("time         about %s, from steps measured here\n", duration(p->seconds));
    printf("disk         %.1f MB\n", p->bytes_disk / 1e6);
    printf("machine      %.1f GFLOP/s in matrix products, measured\n", p->peak_flops / 1e9);
}

/* ---- the verb
 * ---------------------------------------------------------------------------------------- */

static sc_status init(const cli_args *a) {
    const char *path = cli_text(a, "init");
    sc_status s = sc_train_template(path);
    if (s >= 0 && !cli_quiet(a))
        printf("wrote %s\nnext: edit it, then  socle train %s\n", path, path);
    return s;
}

static sc_status run(const cli_args *a) {
    if (cli_given(a, "init")) return cli_count(a) ? cli_usage("--init takes no recipe") : init(a);
    if (cli_count(a) != 1) return cli_usage("needs a recipe; `socle train --init FILE` writes one");
    const char *overrides[256];
    const int n = cli_list_count(a, "set");
    if (n > 256) return cli_usage("--set may be given 256 times");
    for (int i = 0; i < n; i++) overrides[i] = cli_list(a, "set", i);
    watcher w = {.terminal = isatty(STDERR_FILENO), .quiet = cli_quiet(a)};
    const sc_train_options o = {.recipe = cli_arg(a, 0),
                                .overrides = overrides,
                                .n_overrides = n,
                                .resume = cli_flag(a, "resume"),
                                .threads = cli_threads(a),
                                .stop = &cli_interrupted,
                                .event = show,
                                .user = &w};
    sc_status s;
    if (cli_flag(a, "dry-run")) {
        sc_train_plan plan;
        s = sc_train_estimate(&plan, &o);
        if (s >= 0) print_plan(&plan, cli_json(a));
        return s;
    }
    sc_train_result r;
    s = sc_train_run(&r, &o);
    end_line(&w);
    if (s >= 0) print_result(&r, cli_json(a));
    return s;
}

const cli_verb cli_train = {
    .name = "train",
    .usage = "RECIPE",
    .summary = "pretrain a model from a recipe",
    .description = "Reads a YAML recipe, learns the tokenizer, packs the text, trains the model "
                   "and leaves an ordinary Hugging Face\n"
                   "model directory in the recipe's output, with metrics.jsonl, report.html, "
                   "TensorBoard events and lineage.json.\n"
                   "Interrupted (Ctrl-C), it saves its work; --resume goes on to the same bits as "
                   "a run that never stopped.",
    .examples = "  socle train --init recipe.yaml\n      write a commented recipe to start from\n"
                "  socle train recipe.yaml\n      train\n"
                "  socle train recipe.yaml --set train.steps=100 --set output=runs/short\n      "
                "the same, shorter\n"
                "  socle train recipe.yaml --resume\n      go on where it stopped\n",
    .options = options,
    .min_args = 0,
    .max_args = 1,
    .run = run,
};
