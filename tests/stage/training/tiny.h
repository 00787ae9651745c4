/* tiny.h - runs of a model so small that a whole training takes a moment, on a text of our own. */
#ifndef TESTS_TINY_H
#define TESTS_TINY_H

#include "test.h"

#include "base/file.h"
#include "base/hash.h"
#include "socle/train.h"

enum { TINY_STEPS = 12 };

typedef struct {
    const char *set[12]; /* overrides, NULL at the end */
    int threads;         /* 0: 2 */
    bool resume;
    int stop_at; /* as if SIGINT came after this step; 0: never */
    /* what happened */
    int stopped;
    sc_train_result result;
    double losses[64]; /* by step - 1 */
    char notes[4096];  /* one a line */
    void (*also)(const sc_train_event *e);
} tiny;

/* Writes text and recipe once a test and trains. Paths of the recipe lie in test_dir(). */
sc_status tiny_train(tiny *t);
/* "output=TEST_DIR/name", in a static ring. */
const char *tiny_output(const char *name);
/* SHA-256 of model.safetensors of that output. */
sc_digest tiny_weights(const char *name);
/* The recipe's path; text.txt is beside it. */
const char *tiny_recipe(void);

#endif
