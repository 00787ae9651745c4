/* tagger_classifier.c - what a linear classifier of words and pairs of words, trained on examples
 * of two kinds, makes of a document: quality, toxicity, a domain. */
#include "stage/curation/tag/tagger.h"

#include "stage/curation/classify/classify.h"

enum { SETTING_MODEL };
static const sc_tagger_setting settings[] = {
    {"model", NULL, "a file of `socle data classifier` (needed)"}, {0}};

typedef struct {
    const sc_classifier *model;
    int good;
    sc_buffer features;
} self;

static sc_status load(void **shared, const char *const *values) {
    sc_classifier *c;
    if (!values[SETTING_MODEL]) return SC_FAIL(SC_USAGE, "--set classifier.model=FILE is needed");
    SC_TRY(sc__classifier_load(&c, values[SETTING_MODEL]));
    *shared = c;
    return SC_OK;
}

static void unload(void *shared) { sc__classifier_close(shared); }

static sc_status open(void **out, sc_tags *tags, const void *shared) {
    self *s = sc__calloc(1, sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "classifier");
    s->model = shared;
    s->good = sc__tags_attribute(tags, "good");
    *out = s;
    return SC_OK;
}

static void close(void *me) {
    self *s = me;
    sc__buffer_deinit(&s->features);
    sc__free(s);
}

static sc_status run(void *me, sc_tags *out, sc_doc *doc) {
    self *s = me;
    if (sc__doc_mode(doc) != s->model->words)
        return SC_FAIL(SC_USAGE, "the model was trained with --words %s: tag with the same",
                       sc_words_names[s->model->words]);
    sc__buffer_clear(&s->features);
    SC_TRY(sc__classifier_features(&s->features, doc, s->model->bits));
    const int64_t n = (int64_t)(s->features.len / sizeof(uint32_t));
    if (!n) return SC_OK; /* nothing can be said */
    const uint32_t *features = (const uint32_t *)(const void *)s->features.data;
    sc__tags_whole(out, s->good, sc__classifier_score(s->model, features, n));
    return SC_OK;
}

const sc_tagger sc__tagger_classifier = {
    .settings = settings, .load = load, .unload = unload, .open = open, .close = close, .run = run};
