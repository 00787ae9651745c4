/* train_loop.c - one step after another until the length of the run, with evaluations, samples and
 * checkpoints between. A checkpoint is durable before the evaluation that follows it, so that a
 * kill costs at most one interval. */
#include "stage/training/pretrain.h"

#include "base/clock.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

sc_status sc__pretrain_event(sc_pretrain *p, sc_train_event *e) {
    e->step = p->state.step;
    e->n_steps = p->n_steps;
    e->tokens = p->state.tokens;
    if (p->monitor) SC_TRY(sc__monitor_event(p->monitor, e));
    if (p->o->event) p->o->event(p->o->user, e);
    return SC_OK;
}

sc_status sc__pretrain_note(sc_pretrain *p, const char *fmt, ...) {
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    sc_train_event e = {.kind = SC_TRAIN_NOTE, .text = text};
    return sc__pretrain_event(p, &e);
}

static double elapsed(const sc_pretrain *p) { return p->before + sc__clock_now() - p->begun; }

static sc_status diverged(const sc_pretrain *p, sc_status s) {
    if (s != SC_DIVERGED) return s;
    char text[400];
    snprintf(text, sizeof text, "%s", sc_error_text());
    return SC_FAIL(SC_DIVERGED, "%s; the last good checkpoint is %s", text,
                   p->last_checkpoint ? p->last_checkpoint : "(none yet)");
}

/* ---- evaluation ---------------------------------------------------------------------------------
 */

/* Window w of the held-out text in row `row` of the batch; a short one is filled with targets that
 * do not count. */
static sc_status read_window(sc_pretrain *p, int64_t row, int64_t w) {
    const int64_t T = p->s.trainer.T;
    int32_t *tokens = p->tokens + row * T, *targets = p->targets + row * T;
    int64_t n;
    SC_TRY(sc__valid_read(tokens, targets, &n, p->data.valid, T, w));
    for (int64_t i = n; i < T; i++) {
        tokens[i] = 0;
        targets[i] = -1;
    }
    return SC_OK;
}

/* The mean loss over `n` windows spread evenly over the held-out text. */
static sc_status mean_loss(double *out, sc_pretrain *p, int64_t n) {
    const int64_t all = sc__valid_windows(p->data.valid, p->s.trainer.T);
    double sum = 0;
    int64_t count = 0;
    n = SC_MIN(n, all);
    for (int64_t i = 0; i < n;) {
        const int64_t rows = SC_MIN(p->s.trainer.micro_batch, n - i);
        for (int64_t r = 0; r < rows; r++, i++) SC_TRY(read_window(p, r, i * all / n));
        double loss;
        int64_t tokens;
        SC_TRY(sc__trainer_evaluate(&loss, &tokens, p->trainer, p->tokens, p->targets, rows));
        sum += loss;
        count += tokens;
        if (p->o->stop && *p->o->stop && i < n)
            break; /* the checkpoint is there already: leave at once */
    }
    *out = count ? sum / (double)count : 0;
    return SC_OK;
}

static sc_status evaluate(sc_pretrain *p, bool last) {
    const int64_t some = p->s.eval_batches * p->s.trainer.batch_size;
    if (!p->data.valid || sc__valid_windows(p->data.valid, p->s.trainer.T) == 0) return SC_OK;
    const double start = sc__clock_now();
    sc_train_event e = {.kind = SC_TRAIN_VALID};
    SC_TRY(mean_loss(&e.val_loss, p, last ? INT64_MAX : some));
    p->begun += sc__clock_now() - start; /* time to train, not to look */
    if (!isfinite(e.val_loss))
        return diverged(p, SC_FAIL(SC_DIVERGED, "step %" PRId64 ": the held-out loss is %g",
                                   p->state.step, e.val_loss));
    const sc_shard *v = p->data.valid;
    e.val_bits_per_byte =
        v->n_bytes ? e.val_loss / 0.69314718055994530942 * (double)v->n_tokens / (double)v->n_bytes
                   : 0;
    p->result->val_loss = e.val_loss;
    p->result->val_bits_per_byte = e.val_bits_per_byte;
    e.seconds = elapsed(p);
    SC_TRY(sc__pretrain_event(p, &e));
    if (p->saved_step != p->state.step) return SC_OK; /* the best of the checkpoints is marked */
    if (p->state.best_step >= 0 && e.val_loss >= p->state.best_loss) return SC_OK;
    p->state.best_step = p->state.step;
    p->state.best_loss = e.val_loss;
    return sc__checkpoint_mark_best(&p->arena, p->checkpoints, p->state.step);
}

/* What the model knows now: its loss on held-out text, and what it writes. */
static sc_status look(sc_pretrain *p, bool last) {
    SC_TRY(evaluate(p, last));
    if (!p->s.sample_tokens || (p->o->stop && *p->o->stop)) return SC_OK;
    const double start = sc__clock_now();
    SC_TRY(sc__pretrain_sample(p));
    p->begun += sc__clock_now() - start;
    return SC_OK;
}

/* ---- checkpoints --------------------------------------------------------------------------------
 */

static sc_status checkpoint(sc_pretrain *p) {
    const sc_checkpoint_options o = {p->checkpoints, p->tokenizer, (int)p->s.keep_checkpoints};
    const double start = sc__clock_now();
    p->state.running_norm = *sc__trainer_running_norm(p->trainer);
    p->state.seconds = elapsed(p);
    p->state.recipe = p->recipe.hex;
    SC_TRY(
        sc__checkpoint_save(&p->last_checkpoint, &p->arena, &o, p->model, p->trainer, &p->state));
    p->saved_step = p->state.step;
    p->begun += sc__clock_now() - start;
    sc_train_event e = {
        .kind = SC_TRAIN_CHECKPOINT, .text = p->last_checkpoint, .seconds = p->state.seconds};
    return sc__pretrain_event(p, &e);
}

/* ---- steps
 * ---------------------------------------------------------------------------------------- */

/* With a time limit the number of steps is foreseen from the share of the time that has passed. */
static void foresee(sc_pretrain *p) {
    if (!(p->s.minutes > 0)) return;
    const double share = elapsed(p) / (60 * p->s.minutes);
    const double steps = share > 0 ? (double)p->state.step / share : 1;
    p->n_steps = SC_MAX((int64_t)fmin(steps, 1e12), p->state.step + 1);
}

static bool is_over(const sc_pretrain *p) {
    if (p->s.minutes > 0) return p->state.step > 0 && elapsed(p) >= 60 * p->s.minutes;
    return p->state.step >= p->n_steps;
}

/* After a hundred steps a model that still knows no more than chance has a recipe that does not
 * work. */
static sc_status warn_at_chance(sc_pretrain *p, double loss) {
    const double chance = log((double)p->model->shape.n_vocab);
    if (p->state.step != SC_MIN((int64_t)200, p->n_steps / 2) || p->state.step < 50 ||
        loss < chance - 0.05)
        return SC_OK;
    return sc__pretrain_note(p,
                             "warning: after %" PRId64
                             " steps the loss %.3f is still at chance (ln of the vocabulary is "
                             "%.3f): look at the learning rate and the data",
                             p->state.step, loss, chance);
}

static sc_status step(sc_pretrain *p) {
    const sc_trainer_options *t = &p->s.trainer;
    const double start = sc__clock_now();
    sc_step_result r;
    foresee(p);
    const double rate = sc__schedule_rate(&p->s.schedule, p->state.step, p->n_steps);
    SC_TRY(sc__loader_next(p->tokens, p->targets, p->loader, t->batch_size));
    SC_TRY(
        diverged(p, sc__trainer_step(&r, p->trainer, p->tokens, p->targets, p->state.step, rate)));
    const double seconds = sc__clock_now() - start, tokens = (double)(t->batch_size * t->T);
    p->state.step++;
    p->state.position = sc__loader_position(p->loader);
    p->state.tokens += t->batch_size * t->T;
    p->state.n_skipped += r.skipped;
    p->last_loss = r.loss;
    sc_train_event e = {.kind = SC_TRAIN_STEP,
                        .loss = r.loss,
                        .learning_rate = rate,
                        .grad_norm = r.grad_norm,
                        .tokens_per_second = tokens / seconds,
                        .mfu = tokens / seconds * p->flop_per_token / p->peak_flops,
                        .seconds = elapsed(p)};
    e.eta = p->s.minutes > 0
                ? fmax(0, 60 * p->s.minutes - e.seconds)
                : e.seconds / (double)p->state.step * (double)(p->n_steps - p->state.step);
    SC_TRY(sc__pretrain_event(p, &e));
    if (r.skipped)
        SC_TRY(sc__pretrain_note(p, "step %" PRId64 ": gradient norm %.3g is an outlier, no update",
                                 p->state.step, r.grad_norm));
    return warn_at_chance(p, r.loss);
}

static bool is_due(int64_t step, int64_t interval) { return interval > 0 && step % interval == 0; }

bool sc__pretrain_looks_again(sc_pretrain *p) {
    p->begun = sc__clock_now();
    return p->state.step > 0 && (is_over(p) || is_due(p->state.step, p->s.eval_interval));
}

sc_status sc__pretrain_loop(sc_pretrain *p) {
    const bool again = sc__pretrain_looks_again(p) && !is_over(p);
    if (again) SC_TRY(look(p, false));
    p->begun = sc__clock_now();
    while (!is_over(p)) {
        if (p->o->stop && *p->o->stop) {
            SC_TRY(checkpoint(p));
            return SC_FAIL(SC_INTERRUPTED,
                           "stopped at step %" PRId64 "; the work is saved in %s, --resume goes on",
                           p->state.step, p->last_checkpoint);
        }
        SC_TRY(step(p));
        if (is_over(p)) break;
        if (is_due(p->state.step, p->s.checkpoint_interval)) SC_TRY(checkpoint(p));
        if (is_due(p->state.step, p->s.eval_interval)) SC_TRY(look(p, false));
    }
    SC_TRY(checkpoint(p));
    SC_TRY(look(p, true));
    p->result->steps = p->state.step;
    p->result->tokens = p->state.tokens;
    p->result->loss = p->last_loss;
    p->result->seconds = elapsed(p);
    return SC_OK;
}
