/* seen.c - the order of a training, walked again. */
#include "stage/training/seen.h"

#include "account/lineage.h"
#include "stage/training/loader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- from the lineage ------------------------------------------------------------------------ */

static const json_t *order_of(const json_t *entry) {
    return json_object_get(json_object_get(entry, "notes"), "data_order");
}

/* The last step that the entry's run had done; -1: it does not say (it was killed). */
static int64_t steps_of(const json_t *entry) {
    const json_t *steps =
        json_object_get(json_object_get(json_object_get(entry, "notes"), "result"), "steps");
    return json_is_integer(steps) ? json_integer_value(steps) : -1;
}

static sc_status read_part(sc_seen_part *out, const json_t *entry, const char *name) {
    const json_t *o = order_of(entry);
    int64_t seed;
    *out = (sc_seen_part){.first_step = 1, .last_step = steps_of(entry)};
    SC_TRY(sc__json_get_int(&out->first_position, o, "first_position", 0, name));
    SC_TRY(sc__json_get_int(&out->batch_size, o, "batch_size", 0, name));
    SC_TRY(sc__json_get_int(&out->T, o, "sequence_length", 0, name));
    SC_TRY(sc__json_get_int(&seed, o, "seed", 0, name));
    out->seed = (uint64_t)seed;
    if (out->first_position < 0 || out->batch_size < 1 || out->T < 1)
        return SC_FAIL(SC_FORMAT, "%s: notes.data_order: its numbers cannot be", name);
    return SC_OK;
}

/* A run that goes on where an earlier one was takes over from there. */
static void join(sc_seen *s, sc_seen_part part) {
    while (s->n_parts && s->parts[s->n_parts - 1].first_position >= part.first_position)
        s->n_parts--;
    if (s->n_parts && part.first_position) {
        sc_seen_part *before = &s->parts[s->n_parts - 1];
        before->last_step = before->first_step - 1 +
                            (part.first_position - before->first_position) / before->batch_size;
        part.first_step = before->last_step + 1;
    }
    s->parts[s->n_parts++] = part;
}

static sc_status read_parts(sc_seen *s, const char *name, const json_t **order) {
    const json_t *entries = json_object_get(s->lineage, "entries"), *entry;
    size_t i;
    s->parts = sc__arena_array(&s->arena, json_array_size(entries) + 1, sizeof *s->parts);
    if (!s->parts) return SC_FAIL(SC_NOMEM, "%s", name);
    json_array_foreach(entries, i, entry) {
        sc_seen_part part;
        if (!json_is_object(order_of(entry))) continue;
        SC_TRY(read_part(&part, entry, name));
        join(s, part);
        *order = order_of(entry);
        s->entry = json_string_value(json_object_get(entry, "entry_sha256"));
    }
    if (!s->n_parts) return SC_FAIL(SC_FORMAT, "%s: tells of no training", name);
    s->n_steps = s->parts[s->n_parts - 1].last_step;
    if (s->n_steps < s->parts[s->n_parts - 1].first_step)
        return SC_FAIL(SC_FORMAT, "%s: the training did not end, how far it came is not recorded",
                       name);
    return SC_OK;
}

/* ---- the data -------------------------------------------------------------------------------- */

/* Beside the model, which may have been moved; else where it was when it was made. */
static sc_status open_data(sc_seen *s, const json_t *order) {
    const char *recorded = json_string_value(json_object_get(order, "path")),
               *digest = json_string_value(json_object_get(order, "shard"));
    if (!recorded || !digest) return SC_FAIL(SC_FORMAT, "%s: notes.data_order: no shard", s->model);
    const char *dir = sc__path_join(&s->arena, s->model, "data");
    const char *shard = dir ? sc__path_join(&s->arena, dir, "train.tokens") : NULL;
    if (!shard) return SC_FAIL(SC_NOMEM, "%s", s->model);
    if (!sc__path_exists(shard)) {
        shard = recorded;
        char *other = sc__arena_strdup(&s->arena, recorded),
             *slash = other ? strrchr(other, '/') : NULL;
        if (!other) return SC_FAIL(SC_NOMEM, "%s", s->model);
        if (slash) *slash = 0;
        dir = slash ? other : ".";
    }
    SC_TRY(sc__shard_open(&s->shard, shard));
    if (strcmp(s->shard->digest.hex, digest))
        return SC_FAIL(SC_MISMATCH, "%s: is not the shard that %s was trained on", shard, s->model);
    SC_TRY(sc__sources_open(&s->sources, dir, "train"));
    if (sc__sources_count(s->sources) != s->shard->n_documents)
        return SC_FAIL(SC_MISMATCH, "%s: %" PRId64 " documents, its ids are %" PRId64, shard,
                       s->shard->n_documents, sc__sources_count(s->sources));
    for (int64_t i = 0; i < s->n_parts; i++)
        if (!sc__windows_per_epoch(s->shard, s->parts[i].T))
            return SC_FAIL(SC_MISMATCH, "%s: shorter than a sequence of %s", shard, s->model);
    return SC_OK;
}

sc_status sc__seen_open(sc_seen *out, const char *model) {
    const json_t *order = NULL;
    *out = (sc_seen){.model = model};
    const char *path = sc__path_join(&out->arena, model, "lineage.json");
    sc_status s = path ? sc__lineage_load(&out->lineage, path) : SC_FAIL(SC_NOMEM, "%s", model);
    if (s >= 0) s = read_parts(out, path, &order);
    if (s >= 0) s = open_data(out, order);
    if (s < 0) sc__seen_close(out);
    return s;
}

void sc__seen_close(sc_seen *s) {
    sc__shard_close(s->shard);
    sc__sources_close(s->sources);
    json_decref(s->lineage);
    sc__arena_deinit(&s->arena);
    *s = (sc_seen){0};
}

/* ---- steps ----------------------------------------------------------------------------------- */

typedef struct {
    int64_t document, n_tokens;
} share;

static int by_document(const void *a, const void *b) {
    const share *x = a, *y = b;
    return (x->document > y->document) - (x->document < y->document);
}

/* Adds the documents of a window's inputs and targets. */
static void add_window(sc_buffer *shares, const sc_seen *s, const sc_window *w, int64_t T) {
    for (int64_t d = w->first_document; d <= w->last_document; d++) {
        const int64_t begin = SC_MAX(sc__shard_begin(s->shard, d), w->first_token);
        const int64_t end = SC_MIN(sc__shard_begin(s->shard, d + 1), w->first_token + T + 1);
        const share one = {d, end - begin};
        if (end > begin) sc__buffer_append(shares, &one, sizeof one);
    }
}

static sc_status tell(sc_buffer *shares, int64_t step, sc_seen_fn *fn, void *user) {
    share *all = (share *)(void *)shares->data;
    const size_t n = shares->len / sizeof *all;
    SC_TRY(shares->status);
    if (n) qsort(all, n, sizeof *all, by_document);
    for (size_t i = 0; i < n;) {
        const size_t first = i;
        int64_t tokens = 0;
        for (; i < n && all[i].document == all[first].document; i++) tokens += all[i].n_tokens;
        SC_TRY(fn(user, step, all[first].document, tokens));
    }
    return SC_OK;
}

sc_status sc__seen_run(const sc_seen *s, int64_t first, int64_t last, sc_seen_fn *fn, void *user) {
    sc_buffer shares = SC_BUFFER_INIT;
    sc_status status = SC_OK;
    for (int64_t p = 0; p < s->n_parts && status >= 0; p++) {
        const sc_seen_part *part = &s->parts[p];
        const int64_t from = SC_MAX(first, part->first_step), to = SC_MIN(last, part->last_step);
        for (int64_t step = from; step <= to && status >= 0; step++) {
            sc__buffer_clear(&shares);
            for (int64_t i = 0; i < part->batch_size; i++) {
                const int64_t position =
                    part->first_position + (step - part->first_step) * part->batch_size + i;
                const sc_window w = sc__window_find(s->shard, part->T, part->seed, position);
                add_window(&shares, s, &w, part->T);
            }
            status = tell(&shares, step, fn, user);
        }
    }
    sc__buffer_deinit(&shares);
    return status;
}
