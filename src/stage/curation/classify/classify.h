/* classify.h - a linear classifier of texts: which of two kinds one is of, from its words and pairs
 * of words, as fastText's supervised models have it (Joulin et al. 2017) without the layer between:
 *
 *     P(good) = 1 / (1 + exp(-(bias + mean of the weights of its features)))
 *
 * A feature is a hash of its bytes, so a model is one array and knows every word. */
#ifndef SC_STAGE_CURATION_CLASSIFY_CLASSIFY_H
#define SC_STAGE_CURATION_CLASSIFY_CLASSIFY_H

#include "base/alloc.h"
#include "stage/curation/tag/doc.h"

enum { SC_CLASSIFIER_BITS_MIN = 8, SC_CLASSIFIER_BITS_MAX = 26 };

typedef struct {
    float *weights; /* 2^bits */
    float bias;
    int bits;
    sc_words_mode words; /* what a word was when it was trained */
} sc_classifier;

SC_MUST_USE sc_status sc__classifier_open(sc_classifier **out, int bits, sc_words_mode words);
void sc__classifier_close(sc_classifier *c); /* NULL is fine */

/* A safetensors file with `bias` and `weights.WORDS`. SC_FORMAT: another file. */
SC_MUST_USE sc_status sc__classifier_load(sc_classifier **out, const char *path);
SC_MUST_USE sc_status sc__classifier_save(const sc_classifier *c, const char *path);

/* Appends the features of a text, uint32_t each, below 2^bits: every word, every two that follow
 * one another. */
SC_MUST_USE sc_status sc__classifier_features(sc_buffer *out, sc_doc *d, int bits);
/* Of n features, the probability that the text is good. */
double sc__classifier_score(const sc_classifier *c, const uint32_t *features, int64_t n);

/* ---- training (fit.c) ------------------------------------------------------------------------ */

typedef struct {
    const uint32_t *features;
    int64_t n;
    bool good, held_out;
} sc_example;

typedef struct {
    int epochs;
    double rate;
    uint64_t seed; /* of the order of the examples */
} sc_fit_options;

typedef struct {
    int64_t n, right; /* examples that were held out; of them classified rightly */
    double loss;      /* mean, nats */
} sc_fit_result;

/* Logistic regression by stochastic gradients with a rate for each weight (AdaGrad, Duchi et al.
 * 2011); examples count so that both kinds weigh the same. One thread: the same bits always.
 * SC_FORMAT: a kind has no examples. */
SC_MUST_USE sc_status sc__classifier_fit(sc_fit_result *out, sc_classifier *c,
                                         const sc_example *examples, int64_t n,
                                         const sc_fit_options *o);

#endif
