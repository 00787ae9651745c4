/* classify.c - features of a text, a model's answer, its file. */
#include "stage/curation/classify/classify.h"

#include "base/hash.h"
#include "format/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

sc_status sc__classifier_open(sc_classifier **out, int bits, sc_words_mode words) {
    *out = NULL;
    sc_classifier *c = sc__calloc(1, sizeof *c);
    if (!c) return SC_FAIL(SC_NOMEM, "classifier");
    *c = (sc_classifier){.bits = bits, .words = words};
    c->weights = sc__calloc((size_t)1 << bits, sizeof *c->weights);
    if (!c->weights) {
        sc__classifier_close(c);
        return SC_FAIL(SC_NOMEM, "classifier");
    }
    *out = c;
    return SC_OK;
}

void sc__classifier_close(sc_classifier *c) {
    if (!c) return;
    sc__free(c->weights);
    sc__free(c);
}

/* ---- features -------------------------------------------------------------------------------- */

/* These hashes are what a model is made of: they must never change. */
enum { SEED_WORD = 1, SEED_PAIR = 2 };

sc_status sc__classifier_features(sc_buffer *out, sc_doc *d, int bits) {
    const uint32_t mask = (1U << bits) - 1;
    const char *text = sc__doc_text(d).p;
    sc_units words;
    uint64_t before = 0;
    SC_TRY(sc__doc_words(&words, d));
    for (int64_t i = 0; i < words.n; i++) {
        const sc_unit u = words.at[i];
        const uint64_t word = sc__hash64(text + u.start, u.end - u.start, SEED_WORD);
        const uint64_t pair[2] = {before, word};
        const uint32_t features[2] = {(uint32_t)(word >> 32) & mask,
                                      (uint32_t)(sc__hash64(pair, sizeof pair, SEED_PAIR) >> 32) &
                                          mask};
        sc__buffer_append(out, features, (i ? 2 : 1) * sizeof *features);
        before = word;
    }
    return out->status;
}

double sc__classifier_score(const sc_classifier *c, const uint32_t *features, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)c->weights[features[i]];
    return 1 / (1 + exp(-((double)c->bias + (n ? sum / (double)n : 0))));
}

/* ---- files ----------------------------------------------------------------------------------- */

static const char weights_prefix[] = "weights.";

sc_status sc__classifier_save(const sc_classifier *c, const char *path) {
    char name[64];
    const sc_safetensor_decl declared[] = {
        {"bias", SC_F32, {.n_dims = 1, .dim = {1}}},
        {name, SC_F32, {.n_dims = 1, .dim = {(int64_t)1 << c->bits}}},
    };
    sc_safetensors_writer *w;
    snprintf(name, sizeof name, "%s%s", weights_prefix, sc_words_names[c->words]);
    SC_TRY(sc__safetensors_writer_open(&w, path, declared, SC_LEN(declared)));
    for (int64_t i; (i = sc__safetensors_writer_next(w)) >= 0;)
        sc__safetensors_writer_append(w, i ? c->weights : &c->bias,
                                      (i ? (size_t)1 << c->bits : 1) * sizeof(float));
    return sc__safetensors_writer_commit(w);
}

static sc_status find_weights(const sc_safetensor **out, sc_words_mode *words,
                              const sc_safetensors *file, const char *path) {
    char name[64];
    *out = NULL;
    for (int i = 0; sc_words_names[i] && !*out; i++) {
        snprintf(name, sizeof name, "%s%s", weights_prefix, sc_words_names[i]);
        *out = sc__safetensors_find(file, name);
        *words = (sc_words_mode)i;
    }
    const sc_safetensor *bias = sc__safetensors_find(file, "bias"), *w = *out;
    const bool good = w && bias && w->dtype == SC_F32 && w->shape.n_dims == 1 &&
                      bias->dtype == SC_F32 && bias->bytes == sizeof(float);
    return good ? SC_OK
                : SC_FAIL(SC_FORMAT, "%s: has no bias and weights of `data classifier`", path);
}

static sc_status read(sc_classifier **out, const sc_safetensors *file, const char *path) {
    const sc_safetensor *w;
    sc_words_mode words = SC_WORDS_UNICODE;
    int bits = SC_CLASSIFIER_BITS_MIN;
    SC_TRY(find_weights(&w, &words, file, path));
    while (bits < SC_CLASSIFIER_BITS_MAX && (int64_t)1 << bits < w->shape.dim[0]) bits++;
    if (w->shape.dim[0] != (int64_t)1 << bits)
        return SC_FAIL(SC_FORMAT, "%s: %s: must have 2^%d to 2^%d elements", path, w->name,
                       SC_CLASSIFIER_BITS_MIN, SC_CLASSIFIER_BITS_MAX);
    SC_TRY(sc__classifier_open(out, bits, words));
    SC_TRY(sc__safetensor_read((*out)->weights, SC_F32, w, 0, w->shape.dim[0]));
    SC_TRY(sc__safetensor_read(&(*out)->bias, SC_F32, sc__safetensors_find(file, "bias"), 0, 1));
    float finite = (*out)->bias * 0;
    for (int64_t i = 0; i < w->shape.dim[0]; i++) finite += (*out)->weights[i] * 0;
    return finite == 0 ? SC_OK : SC_FAIL(SC_FORMAT, "%s: a weight is not finite", path);
}

sc_status sc__classifier_load(sc_classifier **out, const char *path) {
    sc_safetensors *file;
    *out = NULL;
    SC_TRY(sc__safetensors_open(&file, path));
    const sc_status s = read(out, file, path);
    sc__safetensors_close(file);
    if (s < 0) {
        sc__classifier_close(*out);
        *out = NULL;
    }
    return s;
}
