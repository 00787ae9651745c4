/* trainer.c - what a training is given, and the file that it makes. */
#include "stage/curation/ngram/grams.h"

#include <inttypes.h>
#include <stdlib.h>

enum { PENDING_BYTES = 1 << 20, COPY_BYTES = 1 << 20 };

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "n-grams"); }

sc_status sc__ngram_trainer_open(sc_ngram_trainer **out, const sc_ngram_trainer_options *o) {
    sc_assert(o->order >= 1 && o->order <= SC_NGRAM_ORDER_MAX);
    *out = NULL;
    sc_ngram_trainer *t = sc__calloc(1, sizeof *t);
    if (!t) return no_memory();
    t->o = *o;
    if (!t->o.max_memory) t->o.max_memory = (size_t)2 << 30;
    t->tokens.fd = t->backoffs.fd = t->lines.fd = -1;
    t->counted = sc__gram_layout(o->order, sizeof(uint32_t));
    t->adjusted = sc__gram_layout(o->order - 1, 2 * sizeof(uint32_t));
    t->weighed = sc__gram_layout(o->order, 2 * sizeof(double));
    pthread_mutex_init(&t->lock, NULL);
    sc_status s = sc__ngram_words_init(&t->words);
    if (s >= 0) s = sc__scratch_open(&t->tokens, o->dir);
    if (s >= 0) s = sc__scratch_open(&t->backoffs, o->dir);
    if (s >= 0) s = sc__scratch_open(&t->lines, o->dir);
    if (s < 0)
        sc__ngram_trainer_close(t);
    else
        *out = t;
    return s;
}

void sc__ngram_trainer_close(sc_ngram_trainer *t) {
    if (!t) return;
    sc__ngram_words_deinit(&t->words);
    sc__buffer_deinit(&t->frequency);
    sc__buffer_deinit(&t->pending);
    for (int i = 0; i < SC_LEN(t->buckets); i++) sc__buckets_deinit(&t->buckets[i]);
    for (int n = 0; n <= SC_NGRAM_ORDER_MAX; n++) sc__buffer_deinit(&t->texts[n]);
    sc__scratch_close(&t->tokens);
    sc__scratch_close(&t->backoffs);
    sc__scratch_close(&t->lines);
    sc__free(t->number);
    sc__free(t->kept);
    sc__free(t->preceded);
    sc__free(t->prob);
    sc__free(t->backoff);
    pthread_mutex_destroy(&t->lock);
    sc__free(t);
}

/* ---- sentences ------------------------------------------------------------------------------- */

sc_status sc__ngram_trainer_word(uint32_t *out, sc_ngram_trainer *t, const char *p, size_t n,
                                 uint64_t hash) {
    return sc__ngram_words_add(out, &t->words, p, n, hash);
}

/* Of memory, all that is one for each word. */
static size_t words_bytes(const sc_ngram_trainer *t) {
    const size_t each = 2 * sizeof *t->number + sizeof *t->preceded + sizeof *t->prob +
                        sizeof *t->backoff + sizeof(uint64_t);
    return sc__ngram_words_bytes(&t->words) + t->words.n * each;
}

static sc_status flush_tokens(sc_ngram_trainer *t) {
    uint64_t at;
    SC_TRY(t->pending.status);
    SC_TRY(sc__scratch_append(&t->tokens, &at, t->pending.data, t->pending.len));
    sc__buffer_clear(&t->pending);
    if (words_bytes(t) <= t->o.max_memory / 2) return SC_OK;
    return SC_FAIL(
        SC_NOMEM, "ngram: the %" PRIu32 " different words alone take %zu MB; more memory is needed",
        t->words.n, words_bytes(t) >> 20);
}

static sc_status grow_frequency(sc_ngram_trainer *t) {
    const size_t want = t->words.n * sizeof(uint64_t), had = t->frequency.len;
    if (want <= had) return SC_OK;
    char *room = sc__buffer_extend(&t->frequency, want - had);
    if (!room) return t->frequency.status;
    memset(room, 0, want - had);
    return SC_OK;
}

sc_status sc__ngram_trainer_append(sc_ngram_trainer *t, const uint32_t *words, int64_t n) {
    const uint32_t end = SC_NGRAM_END;
    SC_TRY(grow_frequency(t));
    uint64_t *frequency = (uint64_t *)(void *)t->frequency.data;
    for (int64_t i = 0; i < n; i++) frequency[words[i]]++;
    frequency[end]++;
    sc__buffer_append(&t->pending, words, (size_t)n * sizeof *words);
    sc__buffer_append(&t->pending, &end, sizeof end);
    t->n_tokens += n + 1;
    t->n_sentences++;
    return t->pending.len < PENDING_BYTES ? t->pending.status : flush_tokens(t);
}

/* ---- words that are kept --------------------------------------------------------------------- */

static sc_status choose_words(sc_ngram_trainer *t) {
    const uint32_t n = t->words.n;
    SC_TRY(grow_frequency(t));
    const uint64_t *frequency = (const uint64_t *)(const void *)t->frequency.data;
    t->number = sc__calloc(n, sizeof *t->number);
    t->kept = sc__calloc(n, sizeof *t->kept);
    if (!t->number || !t->kept) return no_memory();
    for (uint32_t w = 0; w < n; w++) {
        if (w >= SC_NGRAM_OWN_WORDS && t->o.min_count > 1 &&
            frequency[w] < (uint64_t)t->o.min_count)
            continue; /* its number is that of <unk> */
        t->number[w] = t->n_kept;
        t->kept[t->n_kept++] = w;
    }
    t->preceded = sc__calloc(t->n_kept, sizeof *t->preceded);
    t->prob = sc__calloc(t->n_kept, sizeof *t->prob);
    t->backoff = sc__calloc(t->n_kept, sizeof *t->backoff);
    if (!t->preceded || !t->prob || !t->backoff) return no_memory();
    for (uint32_t w = 0; t->o.order == 1 && w < n; w++) { /* none of them is preceded */
        const uint64_t more = UINT32_MAX - t->preceded[t->number[w]];
        t->preceded[t->number[w]] += (uint32_t)SC_MIN(frequency[w], more);
    }
    return SC_OK;
}

/* ---- from counts to lines -------------------------------------------------------------------- */

/* What was made is read next. */
static sc_status turn(sc_ngram_trainer *t, size_t item) {
    if (t->in) sc__buckets_deinit(t->in);
    t->in = t->out;
    if (t->in) SC_TRY(sc__buckets_gather(t->in, 0));
    t->out = &t->buckets[t->in == &t->buckets[0]];
    sc__buckets_init(t->out, t->o.dir, SC_BUCKETS_ALONE, item, t->room / 4);
    return SC_OK;
}

static sc_status estimate(sc_ngram_trainer *t) {
    if (t->o.order == 1) return sc__ngram_discount(t);
    SC_TRY(turn(t, t->counted.size));
    SC_TRY(sc__ngram_count(t));
    sc__scratch_close(&t->tokens);
    SC_TRY(turn(t, t->adjusted.size));
    SC_TRY(sc__ngram_adjust(t));
    SC_TRY(sc__ngram_discount(t));
    SC_TRY(turn(t, t->weighed.size));
    SC_TRY(sc__ngram_weigh(t));
    SC_TRY(turn(t, sizeof(uint64_t)));
    return sc__ngram_join(t);
}

/* ---- the file -------------------------------------------------------------------------------- */

static sc_status write_words(sc_writer *w, const sc_ngram_trainer *t) {
    sc_buffer line = SC_BUFFER_INIT;
    sc_status s = SC_OK;
    for (uint32_t i = 0; i < t->n_kept && s >= 0; i++) {
        sc__buffer_clear(&line);
        sc__ngram_put_log(&line, sc__ngram_log(t->prob[i]));
        sc__buffer_putc(&line, '\t');
        sc__buffer_puts(&line, t->words.at[t->kept[i]]);
        if (t->o.order > 1) {
            sc__buffer_putc(&line, '\t');
            sc__ngram_put_log(&line, t->backoff[i]);
        }
        sc__buffer_putc(&line, '\n');
        s = line.status;
        if (s >= 0) sc__writer_append(w, line.data, line.len);
    }
    sc__buffer_deinit(&line);
    return s;
}

static int by_part(const void *a, const void *b) {
    const sc_gram_extent *x = a, *y = b;
    if (x->part != y->part) return x->part < y->part ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static sc_status write_order(sc_writer *w, sc_ngram_trainer *t, int n, char *room) {
    sc_gram_extent *at = (sc_gram_extent *)(void *)t->texts[n].data;
    const size_t count = t->texts[n].len / sizeof *at;
    if (count) qsort(at, count, sizeof *at, by_part);
    for (size_t i = 0; i < count; i++)
        for (size_t done = 0; done < at[i].n;) {
            const size_t piece = SC_MIN(at[i].n - done, (size_t)COPY_BYTES);
            SC_TRY(sc__scratch_read(&t->lines, room, piece, at[i].at + done));
            sc__writer_append(w, room, piece);
            done += piece;
        }
    return SC_OK;
}

static sc_status write_orders(sc_writer *w, sc_ngram_trainer *t) {
    char *room = sc__alloc(COPY_BYTES);
    sc_status s = room ? SC_OK : no_memory();
    sc__writer_printf(w, "\\data\\\n");
    for (int n = 1; n <= t->o.order; n++)
        sc__writer_printf(w, "ngram %d=%" PRId64 "\n", n, t->classes.n[n][0]);
    for (int n = 1; n <= t->o.order && s >= 0; n++) {
        sc__writer_printf(w, "\n\\%d-grams:\n", n);
        s = n == 1 ? write_words(w, t) : write_order(w, t, n, room);
    }
    sc__writer_printf(w, "\n\\end\\\n");
    sc__free(room);
    return s;
}

static sc_status write_file(sc_ngram_trainer *t, const char *path) {
    sc_writer w;
    SC_TRY(sc__writer_open(&w, path));
    const sc_status s = write_orders(&w, t);
    if (s >= 0) return sc__writer_commit(&w);
    sc__writer_abandon(&w);
    return s;
}

sc_status sc__ngram_trainer_save(sc_ngram_trained *out, sc_ngram_trainer *t, const char *path) {
    *out = (sc_ngram_trained){0};
    SC_TRY(flush_tokens(t));
    t->room = t->o.max_memory - words_bytes(t);
    SC_TRY(choose_words(t));
    SC_TRY(estimate(t));
    SC_TRY(write_file(t, path));
    *out = (sc_ngram_trained){.words = t->n_tokens - t->n_sentences,
                              .sentences = t->n_sentences,
                              .vocabulary = t->n_kept,
                              .fallback = t->fallback};
    for (int n = 1; n <= t->o.order; n++) out->ngrams += t->classes.n[n][0];
    return SC_OK;
}
