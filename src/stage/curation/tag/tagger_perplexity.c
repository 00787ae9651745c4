/* tagger_perplexity.c - how surprised an n-gram model is by a document, as CCNet sorts its texts
 * into head, middle and tail (Wenzek et al. 2020, section 3.4). A line is a sentence; its words are
 * those of --words, which must be the kind that the model was trained with. */
#include "stage/curation/tag/tagger.h"

#include "stage/curation/ngram/ngram.h"

#include <math.h>
#include <stdlib.h>

enum { SETTING_MODEL, SETTING_HEAD, SETTING_MIDDLE };
static const sc_tagger_setting settings[] = {
    {"model", NULL, "an ARPA file, of `socle data ngram` or another toolkit (needed)"},
    {"head", NULL, "the greatest perplexity of the head"},
    {"middle", NULL, "the greatest of the middle; above it is the tail"},
    {0}};

typedef struct {
    sc_ngram *model;
    double head, middle; /* NaN: not given */
} shared;

typedef struct {
    const shared *shared;
    int perplexity, unknown, bucket;
} self;

static void unload(void *me) {
    shared *s = me;
    sc__ngram_close(s->model);
    sc__free(s);
}

static sc_status read_threshold(double *out, const char *value) {
    char *end;
    *out = (double)NAN;
    if (!value) return SC_OK;
    *out = strtod(value, &end);
    const bool good = end != value && !*end && isfinite(*out) && *out >= 1;
    return good ? SC_OK : SC_FAIL(SC_USAGE, "%s: must be a perplexity, 1 or more", value);
}

static sc_status fill(shared *s, const char *const *values) {
    if (!values[SETTING_MODEL]) return SC_FAIL(SC_USAGE, "--set perplexity.model=FILE is needed");
    SC_TRY(read_threshold(&s->head, values[SETTING_HEAD]));
    SC_TRY(read_threshold(&s->middle, values[SETTING_MIDDLE]));
    if (isnan(s->head) != isnan(s->middle) || s->head > s->middle)
        return SC_FAIL(SC_USAGE, "head and middle go together, and head is not the greater");
    return sc__ngram_load(&s->model, values[SETTING_MODEL]);
}

static sc_status load(void **out, const char *const *values) {
    shared *s = sc__calloc(1, sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "perplexity");
    const sc_status status = fill(s, values);
    if (status < 0)
        unload(s);
    else
        *out = s;
    return status;
}

static sc_status open(void **out, sc_tags *tags, const void *loaded) {
    self *s = sc__calloc(1, sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "perplexity");
    s->shared = loaded;
    s->perplexity = sc__tags_attribute(tags, "perplexity");
    s->unknown = sc__tags_attribute(tags, "unknown");
    s->bucket = sc__tags_attribute(tags, "bucket");
    *out = s;
    if (tags->wanted && sc__tags_wants(tags, s->bucket) && isnan(s->shared->head))
        return SC_FAIL(SC_USAGE, "--set perplexity.head=N and perplexity.middle=N are needed");
    return SC_OK;
}

typedef struct {
    double log10;
    int64_t words, unknown, asked; /* ends of lines are asked for too */
} sums;

/* The words of a line, of all words from *at on. */
static void ask_line(sums *x, int64_t *at, const sc_ngram *m, const sc_units *words,
                     const char *text, size_t end) {
    sc_ngram_state state;
    const int64_t first = *at;
    sc__ngram_begin(&state);
    for (; *at < words->n && words->at[*at].start < end; ++*at) {
        const sc_unit u = words->at[*at];
        const char *p = text + u.start;
        const size_t n = u.end - u.start;
        const uint32_t word = sc__ngram_is_word(p, n)
                                  ? sc__ngram_words_find(&m->words, p, n, u.hash)
                                  : SC_NGRAM_UNKNOWN;
        x->unknown += word == SC_NGRAM_UNKNOWN;
        x->log10 += sc__ngram_next(&state, m, word);
    }
    if (*at == first) return;
    x->words += *at - first;
    x->asked += *at - first + 1;
    x->log10 += sc__ngram_next(&state, m, SC_NGRAM_END);
}

static sc_status run(void *me, sc_tags *out, sc_doc *doc) {
    const self *s = me;
    sc_units lines, words;
    sums x = {0};
    int64_t at = 0;
    SC_TRY(sc__doc_lines(&lines, doc));
    SC_TRY(sc__doc_words(&words, doc));
    for (int64_t i = 0; i < lines.n; i++)
        ask_line(&x, &at, s->shared->model, &words, sc__doc_text(doc).p, lines.at[i].end);
    if (!x.words) return SC_OK; /* nothing can be said */
    const double perplexity = pow(10, SC_MIN(-x.log10 / (double)x.asked, 300));
    sc__tags_whole(out, s->perplexity, perplexity);
    sc__tags_whole(out, s->unknown, (double)x.unknown / (double)x.words);
    if (!isnan(s->shared->head))
        sc__tags_whole(out, s->bucket,
                       (perplexity > s->shared->head) + (perplexity > s->shared->middle));
    return SC_OK;
}

const sc_tagger sc__tagger_perplexity = {.settings = settings,
                                         .load = load,
                                         .unload = unload,
                                         .open = open,
                                         .close = sc__free,
                                         .run = run};
