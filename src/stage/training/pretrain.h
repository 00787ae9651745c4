/* pretrain.h - a run from the inside: what is opened once, and the loop over steps. */
#ifndef SC_STAGE_TRAINING_PRETRAIN_H
#define SC_STAGE_TRAINING_PRETRAIN_H

#include "account/step.h"
#include "base/pool.h"
#include "socle/generate.h"
#include "socle/train.h"
#include "stage/curation/pack.h"
#include "stage/training/checkpoint.h"
#include "stage/training/loader.h"
#include "stage/training/monitor.h"
#include "stage/training/settings.h"

typedef struct {
    const sc_train_options *o;
    sc_train_result *result;
    sc_train_settings s;
    sc_arena arena;
    sc_account *account;
    const char *checkpoints, *data_dir; /* OUTPUT/checkpoints, OUTPUT/data */
    sc_machine *machine;
    sc_tokenizer *tokenizer;
    sc_encoder *encoder;
    sc_packed data;
    sc_model *model;
    sc_trainer *trainer;
    sc_loader *loader;
    sc_monitor *monitor;
    sc_train_state state;
    sc_digest recipe; /* of what must not change between runs */
    double peak_flops, flop_per_token;
    double begun;  /* clock at which this process began to train */
    double before; /* seconds trained by earlier processes */
    double last_loss;
    int64_t n_steps;
    int32_t *tokens, *targets; /* a batch */
    const char *last_checkpoint;
    int64_t saved_step; /* its step */
} sc_pretrain;

/* Steps until the end, with evaluations and checkpoints. */
SC_MUST_USE sc_status sc__pretrain_loop(sc_pretrain *p);
/* On resuming: the evaluation that follows the checkpoint is made again, for a kill may have come
 * before it. */
bool sc__pretrain_looks_again(sc_pretrain *p);
/* Hands an event to the monitor and the caller. */
SC_MUST_USE sc_status sc__pretrain_event(sc_pretrain *p, sc_train_event *e);
SC_MUST_USE sc_status sc__pretrain_note(sc_pretrain *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* An SC_TRAIN_SAMPLE of what the model writes now. */
SC_MUST_USE sc_status sc__pretrain_sample(sc_pretrain *p);
/* README.md of the model directory. */
SC_MUST_USE sc_status sc__pretrain_card(const sc_pretrain *p);
/* The tokenizer that the recipe names, or a learned one; nothing is written. */
SC_MUST_USE sc_status sc__pretrain_open_tokenizer(sc_pretrain *p);
/* The model that the recipe describes; settles sequence_length. */
SC_MUST_USE sc_status sc__pretrain_open_model(sc_pretrain *p);
void sc__pretrain_deinit(sc_pretrain *p);

#endif
