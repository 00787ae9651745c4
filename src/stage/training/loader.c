/* loader.c - a thread keeps a ring of sequences filled; what is in them does not depend on when. */
#include "stage/training/loader.h"

#include "base/random.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { STREAM_KEY = 0x6C6F61646572, STREAM_OFFSET }; /* of random numbers: "loader" */

/* ---- the order ------------------------------------------------------------------------------- */

int64_t sc__windows_per_epoch(const sc_shard *s, int64_t T) {
    sc_assert(T > 0);
    if (s->n_tokens <= T) return 0;
    return SC_MAX((s->n_tokens - T) / T, 1); /* so that any offset below T leaves as many */
}

sc_window sc__window_find(const sc_shard *s, int64_t T, uint64_t seed, int64_t position) {
    const int64_t n = sc__windows_per_epoch(s, T);
    sc_assert(n > 0 && position >= 0);
    const uint64_t epoch = (uint64_t)(position / n), i = (uint64_t)(position % n);
    const int64_t room = s->n_tokens - n * T; /* offsets that leave n windows: T to 2 T - 1 */
    uint32_t key[4];
    sc__philox(seed, epoch, STREAM_KEY, key);
    const uint64_t shuffle = (uint64_t)key[0] << 32 | key[1];
    const uint64_t offset = sc__random_below(seed, STREAM_OFFSET, epoch, (uint64_t)room);
    sc_window w = {.position = position, .epoch = (int64_t)epoch};
    w.first_token = (int64_t)(offset + sc__random_permute(shuffle, i, (uint64_t)n) * (uint64_t)T);
    w.first_document = sc__shard_document(s, w.first_token);
    w.last_document = sc__shard_document(s, w.first_token + T);
    return w;
}

/* ---- reading ahead --------------------------------------------------------------------------- */

struct sc_loader {
    const sc_shard *shard;
    sc_loader_options o;
    int32_t *ring; /* (ahead, T + 1) */
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
    int64_t produced, consumed; /* positions: ring rows of [consumed, produced) are full */
    bool closing;
    sc_status status; /* of the sequence at `produced` */
    char error[512];
};

static int32_t *row(const sc_loader *l, int64_t position) {
    return l->ring + (position % l->o.ahead) * (l->o.T + 1);
}

static sc_status read_window(sc_loader *l, int64_t position) {
    const sc_window w = sc__window_find(l->shard, l->o.T, l->o.seed, position);
    return sc__shard_read(row(l, position), l->shard, w.first_token, l->o.T + 1);
}

static void *produce(void *arg) {
    sc_loader *l = arg;
    pthread_mutex_lock(&l->lock);
    while (!l->closing && l->status >= 0) {
        if (l->produced - l->consumed == l->o.ahead) {
            pthread_cond_wait(&l->emptied, &l->lock);
            continue;
        }
        const int64_t position = l->produced;
        pthread_mutex_unlock(&l->lock);
        sc_status s = read_window(l, position);
        pthread_mutex_lock(&l->lock);
        l->status = s;
        if (s < 0)
            snprintf(l->error, sizeof l->error, "%s", sc_error_text());
        else
            l->produced++;
        pthread_cond_signal(&l->filled);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

/* How many of n sequences are there; waits for one. Fails only when none is left before the one
 * that could not be read. */
static sc_status await(int64_t *ready, sc_loader *l, int64_t position) {
    pthread_mutex_lock(&l->lock);
    while (l->produced == position && l->status >= 0) pthread_cond_wait(&l->filled, &l->lock);
    *ready = l->produced - position;
    const sc_status s = *ready ? SC_OK : l->status;
    pthread_mutex_unlock(&l->lock);
    if (s < 0) sc__error_adopt(l->error);
    return s;
}

static void release(sc_loader *l, int64_t position) {
    pthread_mutex_lock(&l->lock);
    l->consumed = position;
    pthread_cond_signal(&l->emptied);
    pthread_mutex_unlock(&l->lock);
}

sc_status sc__loader_next(int32_t *tokens, int32_t *targets, sc_loader *l, int64_t n) {
    const size_t T = (size_t)l->o.T, bytes = T * sizeof *tokens;
    int64_t ready;
    for (int64_t i = 0; i < n; i += ready) {
        SC_TRY(await(&ready, l, l->o.position + i));
        ready = SC_MIN(ready, n - i);
        for (int64_t k = 0; k < ready; k++) {
            const int32_t *from = row(l, l->o.position + i + k);
            memcpy(tokens + (size_t)(i + k) * T, from, bytes);
            memcpy(targets + (size_t)(i + k) * T, from + 1, bytes);
        }
        release(l, l->o.position + i + ready);
    }
    l->o.position += n;
    return SC_OK;
}

int64_t sc__loader_position(const sc_loader *l) { return l->o.position; }

static sc_status start(sc_loader *l) {
    size_t bytes;
    if (!sc__mul_size((size_t)l->o.ahead, (size_t)l->o.T + 1, &bytes) ||
        !sc__mul_size(bytes, sizeof *l->ring, &bytes) || !(l->ring = sc__alloc(bytes)))
        return SC_FAIL(SC_NOMEM, "%" PRId64 " sequences of %" PRId64 " tokens", l->o.ahead, l->o.T);
    const int error = pthread_create(&l->thread, NULL, produce, l);
    if (error) return SC_FAIL(SC_NOMEM, "cannot start the loader's thread (error %d)", error);
    l->started = true;
    return SC_OK;
}

sc_status sc__loader_open(sc_loader **out, const sc_shard *s, const sc_loader_options *o) {
    *out = NULL;
    sc_assert(o->T > 0 && o->ahead > 0 && o->position >= 0);
    if (!sc__windows_per_epoch(s, o->T))
        return SC_FAIL(SC_FORMAT,
                       "%s: %" PRId64 " tokens are too few for one sequence of %" PRId64
                       " and its last target",
                       s->path, s->n_tokens, o->T);
    sc_loader *l = sc__calloc(1, sizeof *l);
    if (!l) return SC_FAIL(SC_NOMEM, "loader");
    *l = (sc_loader){.shard = s, .o = *o, .produced = o->position, .consumed = o->position};
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->filled, NULL);
    pthread_cond_init(&l->emptied, NULL);
    sc_status status = start(l);
    if (status < 0)
        sc__loader_close(l);
    else
        *out = l;
    return status;
}

void sc__loader_close(sc_loader *l) {
    if (!l) return;
    pthread_mutex_lock(&l->lock);
    l->closing = true;
    pthread_cond_signal(&l->emptied);
    pthread_mutex_unlock(&l->lock);
    if (l->started) pthread_join(l->thread, NULL);
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->filled);
    pthread_cond_destroy(&l->emptied);
    sc__free(l->ring);
    sc__free(l);
}

/* ---- held-out text --------------------------------------------------------------------------- */

int64_t sc__valid_windows(const sc_shard *s, int64_t T) {
    sc_assert(T > 0);
    return s->n_tokens < 2 ? 0 : (s->n_tokens - 2) / T + 1;
}

sc_status sc__valid_read(int32_t *tokens, int32_t *targets, int64_t *n, const sc_shard *s,
                         int64_t T, int64_t i) {
    sc_assert(i >= 0 && i < sc__valid_windows(s, T));
    *n = SC_MIN(T, s->n_tokens - 1 - i * T);
    SC_TRY(sc__shard_read(tokens, s, i * T, *n));
    return sc__shard_read(targets, s, i * T + 1, *n);
}
