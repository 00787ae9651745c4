/* checkpoint.h - everything that a run needs to go on as if it had never stopped. A checkpoint is a
 * folder step-N that appears whole or not at all: written as step-N.tmp, made durable, renamed. It
 * is a model directory too. */
#ifndef SC_STAGE_TRAINING_CHECKPOINT_H
#define SC_STAGE_TRAINING_CHECKPOINT_H

#include "model/model.h"
#include "socle/tokenizer.h"
#include "stage/training/trainer.h"

typedef struct {
    int64_t step, position, tokens; /* steps done, sequences and tokens consumed */
    int64_t n_skipped;
    int64_t best_step; /* -1: no evaluation yet */
    double best_loss;
    double running_norm, seconds; /* of the gradients; trained so far */
    const char *recipe;           /* digest of what must not change between runs, hexadecimal */
} sc_train_state;

typedef struct {
    const char *dir; /* OUTPUT/checkpoints */
    const sc_tokenizer *tokenizer;
    int keep; /* newest ones that stay; the best stays too */
} sc_checkpoint_options;

/* Durable on SC_OK. `path` (the arena's) is where it is. */
SC_MUST_USE sc_status sc__checkpoint_save(const char **path, sc_arena *a,
                                          const sc_checkpoint_options *o, const sc_model *m,
                                          sc_trainer *t, const sc_train_state *s);
/* The newest one into model, trainer and state; *path is NULL when there is none. SC_FORMAT: it
 * contradicts itself, or belongs to another recipe than s->recipe. */
SC_MUST_USE sc_status sc__checkpoint_load(const char **path, sc_arena *a, const char *dir,
                                          sc_model *m, sc_trainer *t, sc_train_state *s);
/* The path of the newest one, NULL when there is none. */
SC_MUST_USE sc_status sc__checkpoint_newest(const char **path, sc_arena *a, const char *dir);
/* Points dir/best at step-N; nothing where that checkpoint is not there. */
SC_MUST_USE sc_status sc__checkpoint_mark_best(sc_arena *a, const char *dir, int64_t step);

#endif
