/* train.h - pretraining from a recipe: text in, a model directory out.
 *
 *     const sc_train_options o = {.recipe = "recipe.yaml"};
 *     sc_train_result r;
 *     if (sc_train_run(&r, &o) < 0) {
 *         fprintf(stderr, "%s\n", sc_error_text());
 *         return 1;
 *     }
 *     printf("validation loss %.4f nats a token\n", r.val_loss);
 *
 * The recipe's keys are those that sc_train_template lists. Paths are relative to the working
 * directory. */
#ifndef SOCLE_TRAIN_H
#define SOCLE_TRAIN_H

#include "socle/status.h"
#include "socle/text.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    SC_TRAIN_NOTE,       /* text: what is being done */
    SC_TRAIN_STEP,       /* after each optimizer step */
    SC_TRAIN_VALID,      /* after each evaluation */
    SC_TRAIN_CHECKPOINT, /* text: its folder, durable now */
    SC_TRAIN_SAMPLE /* text: what the model writes at this step, after the prompt it begins with */
} sc_train_event_kind;

typedef struct {
    sc_train_event_kind kind;
    int64_t step, n_steps; /* steps done, of how many */
    int64_t tokens;        /* trained on so far */
    double loss;           /* nats a token */
    double learning_rate, grad_norm;
    double tokens_per_second;
    double mfu; /* share of the machine's measured peak in matrix products, 0 .. 1 */
    double seconds, eta;
    double val_loss, val_bits_per_byte; /* bits a byte of the held-out text; 0 when unknown */
    const char *text;
    int64_t n_prompt; /* of a sample: bytes of text that were given to the model */
} sc_train_event;

typedef struct {
    const char *recipe;           /* path of the YAML file */
    const char *const *overrides; /* "train.steps=10" */
    int n_overrides;
    bool resume; /* go on from the newest checkpoint in the output; afresh, with a note, when there
                    is none */
    int threads; /* <= 0: all */
    const volatile int *stop; /* a checkpoint is written and SC_INTERRUPTED returned once it is not
                                 0; may be NULL */
    /* Called on the calling thread; the event lives until it returns. May be NULL. */
    void (*event)(void *user, const sc_train_event *e);
    void *user;
} sc_train_options;

typedef struct {
    int64_t steps, tokens, n_params;
    double loss, val_loss, val_bits_per_byte; /* 0 where nothing was held out */
    double seconds;
    char output[256], report[280];
} sc_train_result;

/* SC_FORMAT, SC_USAGE: recipe or data, naming file, line and key; SC_MISMATCH: the tokenizer has
 * ids that the model has no embedding for; SC_INTERRUPTED: stopped with the work saved;
 * SC_DIVERGED: loss or gradients are not finite, naming the last good checkpoint. */
SC_MUST_USE SC_API sc_status sc_train_run(sc_train_result *out, const sc_train_options *o);

/* What a run would take, without making anything. */
typedef struct {
    int64_t n_params, steps, tokens;
    double flop;             /* of the whole run */
    double bytes_parameters; /* with gradients and optimizer states */
    double bytes_activations;
    double bytes_disk; /* final model, kept checkpoints, token shards */
    double seconds;    /* estimated from steps that were run on random tokens */
    double peak_flops; /* measured: matrix products a second of this machine in this type */
} sc_train_plan;
SC_MUST_USE SC_API sc_status sc_train_estimate(sc_train_plan *out, const sc_train_options *o);

/* Writes a recipe that shows and explains every key. SC_IO: the file is there already, or cannot be
 * written. */
SC_MUST_USE SC_API sc_status sc_train_template(const char *path);

/* -- what a model saw -------------------------------------------------------------------------- */

typedef struct {
    int64_t first_step, last_step; /* from 1, both included */
    bool texts;                    /* with the whole text of each, as JSON only */
} sc_train_question;

/* The documents whose tokens these training steps saw, computed again from the seed and the token
 * shards that the model's lineage records: a row a step and document with its id, where it lies and
 * how many of its tokens, as JSON one object a line. Texts are read from the files, which must be
 * the ones that were read then (SC_MISMATCH). SC_USAGE: the model has no such steps; SC_FORMAT: it
 * was not trained by socle. Free with sc_text_free. */
SC_MUST_USE SC_API sc_status sc_train_documents(char **out, const char *model,
                                                const sc_train_question *q, sc_text_form form);

/* Which models of the registry were trained on a document of this id: in how many steps, the first
 * and the last of them, how many tokens in all, and what was made from the model. Models that
 * cannot tell are warned of. */
SC_MUST_USE SC_API sc_status sc_train_who_saw(char **out, const char *id, sc_text_form form);

#ifdef __cplusplus
}
#endif
#endif
