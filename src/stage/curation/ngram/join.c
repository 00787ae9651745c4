/* join.c - probabilities from what contexts gave, from short n-grams to long ones, and the lines of
 * the file. In a part each n-gram stands behind its suffix, whose probability is at hand. */
#include "stage/curation/ngram/grams.h"

enum { TEXT_BYTES = 1 << 20 };

typedef struct {
    sc_buffer texts[SC_NGRAM_ORDER_MAX + 1]; /* lines by order, not yet in the file */
    sc_buffer backoffs;
    size_t n_backoffs;                       /* that were used, in bytes */
    double prob[SC_NGRAM_ORDER_MAX + 1];     /* of the present n-gram and its suffixes, by length */
    sc_buffer words[SC_NGRAM_ORDER_MAX + 1]; /* the words of each */
} joiner;

static sc_status open(void *worker, sc_ngram_trainer *t) {
    (void)worker, (void)t;
    return SC_OK;
}

static void close(void *worker) {
    joiner *j = worker;
    for (int n = 0; n <= SC_NGRAM_ORDER_MAX; n++) {
        sc__buffer_deinit(&j->texts[n]);
        sc__buffer_deinit(&j->words[n]);
    }
    sc__buffer_deinit(&j->backoffs);
}

/* The lines of an order that are ready go to the scratch file. */
static sc_status release(joiner *j, sc_ngram_trainer *t, int part, int order) {
    sc_buffer *text = &j->texts[order];
    sc_gram_extent x = {.part = part, .n = text->len};
    SC_TRY(text->status);
    if (!x.n) return SC_OK;
    SC_TRY(sc__scratch_append(&t->lines, &x.at, text->data, x.n));
    sc__buffer_clear(text);
    pthread_mutex_lock(&t->lock);
    sc__buffer_append(&t->texts[order], &x, sizeof x);
    const sc_status s = t->texts[order].status;
    pthread_mutex_unlock(&t->lock);
    return s;
}

static sc_status next_backoff(float *out, joiner *j) {
    if (j->backoffs.len - j->n_backoffs < sizeof *out)
        return SC_FAIL(SC_FORMAT, "n-grams: a scratch file was changed");
    memcpy(out, j->backoffs.data + j->n_backoffs, sizeof *out);
    j->n_backoffs += sizeof *out;
    return SC_OK;
}

/* The words of an n-gram are one more than those of its suffix. */
static sc_status put_words(joiner *j, const sc_ngram_trainer *t, const uint32_t *words, int n) {
    const char *first = t->words.at[t->kept[words[n - 1]]];
    sc_buffer *to = &j->words[n];
    const sc_buffer *suffix = &j->words[n - 1];
    sc__buffer_clear(to);
    sc__buffer_puts(to, first);
    if (n == 1) return to->status;
    sc__buffer_putc(to, ' ');
    sc__buffer_append(to, suffix->data, suffix->len);
    return to->status;
}

static sc_status join_gram(joiner *j, sc_ngram_trainer *t, const char *item, int part) {
    uint32_t words[SC_NGRAM_ORDER_MAX];
    double said[2];
    float backoff = 0;
    const int n = sc__gram_get(words, item, &t->weighed);
    memcpy(said, item + t->weighed.payload, sizeof said);
    if (n == 2) {
        j->prob[1] = t->prob[words[0]];
        SC_TRY(put_words(j, t, words, 1));
    }
    j->prob[n] = said[0] + said[1] * j->prob[n - 1];
    SC_TRY(put_words(j, t, words, n));
    const bool is_context = n < t->o.order && words[0] != SC_NGRAM_END;
    if (is_context) SC_TRY(next_backoff(&backoff, j));
    sc_buffer *text = &j->texts[n];
    sc__ngram_put_log(text, sc__ngram_log(j->prob[n]));
    sc__buffer_putc(text, '\t');
    sc__buffer_append(text, j->words[n].data, j->words[n].len);
    if (n < t->o.order) {
        sc__buffer_putc(text, '\t');
        sc__ngram_put_log(text, backoff);
    }
    sc__buffer_putc(text, '\n');
    return text->len < TEXT_BYTES ? text->status : release(j, t, part, n);
}

static sc_status read_backoffs(joiner *j, const sc_ngram_trainer *t, int64_t part) {
    const sc_gram_extent *x = &t->backoffs_at[part];
    sc__buffer_clear(&j->backoffs);
    j->n_backoffs = 0;
    char *room = sc__buffer_extend(&j->backoffs, x->n);
    if (!room) return j->backoffs.status;
    return sc__scratch_read(&t->backoffs, room, x->n, x->at);
}

static sc_status join_part(void *worker, sc_ngram_trainer *t, int64_t part) {
    joiner *j = worker;
    char *items;
    int64_t n;
    SC_TRY(read_backoffs(j, t, part));
    SC_TRY(sc__gram_part_load(&items, &n, t, &t->weighed, (int)part));
    sc_status s = SC_OK;
    for (int64_t i = 0; i < n && s >= 0; i++)
        s = join_gram(j, t, items + (size_t)i * t->weighed.size, (int)part);
    sc__free(items);
    for (int k = 2; k <= t->o.order && s >= 0; k++) s = release(j, t, (int)part, k);
    return s;
}

static sc_status flush(void *worker, sc_ngram_trainer *t) {
    (void)worker, (void)t;
    return SC_OK;
}

sc_status sc__ngram_join(sc_ngram_trainer *t) {
    static const sc_gram_step step = {sizeof(joiner), open, join_part, flush, close};
    return sc__gram_step_parts(t, &step);
}
