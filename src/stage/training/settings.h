/* settings.h - a training recipe, resolved: the table of its keys and what they come to. */
#ifndef SC_STAGE_TRAINING_SETTINGS_H
#define SC_STAGE_TRAINING_SETTINGS_H

#include "base/recipe.h"
#include "stage/training/schedule.h"
#include "stage/training/trainer.h"

typedef struct {
    sc_recipe *recipe;
    json_t *model; /* free form: the family's config.json; NULL when model_path is given */
    const char *model_path;
    const char *tokenizer_type, *tokenizer_path, *tokenizer_pattern;
    int64_t vocab_size, min_frequency;
    const char *const *special_tokens;
    int64_t n_special_tokens;
    const char *data_tokens; /* a folder of token shards; NULL: text */
    double character_coverage;
    bool lowercase;
    const char *const *train, *const *valid;
    int64_t n_train, n_valid;
    double valid_fraction;
    bool strict;
    int64_t steps, tokens; /* one of these four is given, the others are 0 */
    double epochs, minutes;
    sc_trainer_options trainer; /* T 0: the model's positions */
    sc_schedule schedule;
    int64_t eval_interval, eval_batches, checkpoint_interval, keep_checkpoints;
    const char *sample_prompt;
    int64_t sample_tokens;
    const char *output;
} sc_train_settings;

extern const sc_recipe_key sc__train_keys[];

/* Reads recipe and overrides. Close also after a failure. */
SC_MUST_USE sc_status sc__train_settings_open(sc_train_settings *s, const char *path,
                                              const char *const *overrides, int n_overrides);
void sc__train_settings_close(sc_train_settings *s);

#endif
