/* documents.c - the methods that speak of whole documents: keys, groups, a second look at the
 * candidates, clusters, and the corpus written by what was decided. */
#include "base/json.h"
#include "format/stream.h"
#include "stage/curation/dedup/cluster.h"
#include "stage/curation/dedup/share.h"
#include "stage/curation/dedup/worth.h"

#include <math.h>
#include <string.h>

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "dedup"); }

/* ---- the second look ------------------------------------------------------------------------- */

static sc_status look(void *user, const sc_flow_item *item) {
    static const char zeros[8];
    sc_dedup *d = user;
    const sc_clusters *c = d->pass;
    sc_dedup_worker *w = item->worker;
    const int64_t number = sc__groups_find(&c->groups, d, item->file, item->line);
    if (number < 0) return SC_OK;
    SC_TRY(d->method->evidence(w, item->record));
    sc__buffer_clear(&w->room);
    SC_TRY(sc__record_id(&w->room, item->record));
    double score;
    SC_TRY(sc__worth_find(&score, w, item, (sc_slice){w->room.data, w->room.len}));
    const sc_candidate_head head = {.number = number,
                                    .n_set = w->shingles.n,
                                    .length = (int64_t)item->record->text.n,
                                    .score = score,
                                    .n_id = (int64_t)w->room.len};
    sc__buffer_append(item->out, &head, sizeof head);
    sc__buffer_append(item->out, w->shingles.at, (size_t)w->shingles.n * sizeof *w->shingles.at);
    sc__buffer_append(item->out, w->room.data, w->room.len);
    sc__buffer_append(item->out, zeros, -w->room.len & 7);
    return item->out->status;
}

static sc_status take_candidates(void *user, int kind, const char *bytes, size_t n) {
    sc_dedup *d = user;
    sc_clusters *c = d->pass;
    (void)kind;
    for (size_t at = 0; at < n;) {
        sc_candidate_head head;
        memcpy(&head, bytes + at, sizeof head);
        SC_TRY(sc__store_put(&c->store, bytes + at));
        at += sc__candidate_bytes(&head);
    }
    return SC_OK;
}

static sc_status end_file(void *user, const char *path, const int64_t *tally) {
    (void)tally;
    sc__worth_pass(((sc_dedup *)user)->worth, path);
    return SC_OK;
}

/* What candidates are compared by, into a store that may hold max_bytes in memory. */
static sc_status look_again(sc_clusters *c, const char *path, size_t max_bytes) {
    static const char *const no_file[] = {NULL};
    static const sc_flow_step step = {
        .record = look, .collect = take_candidates, .file_done = end_file};
    sc_dedup *d = c->d;
    if (!path) return no_memory();
    SC_TRY(sc__store_init(&c->store, path, c->groups.n_candidates, max_bytes));
    d->pass = c;
    if (c->groups.n_candidates)
        SC_TRY(sc__dedup_flow(d, step, (sc_flow_options){.kinds = no_file, .n_kinds = 1}));
    d->report->spilled += (int64_t)c->store.spilled;
    return SC_OK;
}

/* ---- clusters/ ------------------------------------------------------------------------------- */

enum { CLUSTERS_FRAME = 1 << 20 }; /* bytes that are compressed at a time */

static sc_status append_ids(sc_buffer *out, sc_clusters *c, int64_t cluster, bool kept) {
    const char *comma = "";
    sc__buffer_printf(out, ",\"%s\":[", kept ? "kept" : "ids");
    for (int64_t i = c->start[cluster]; i < c->start[cluster + 1]; i++) {
        const uint32_t member = c->members[i];
        sc_candidate a;
        if (kept && c->keeper[member] != member) continue;
        SC_TRY(sc__store_get(&a, &c->room[0], &c->store, member));
        sc__buffer_puts(out, comma);
        sc__json_quote(out, a.id, (size_t)a.head.n_id);
        comma = ",";
    }
    sc__buffer_putc(out, ']');
    return out->status;
}

static sc_status append_cluster(sc_buffer *out, sc_clusters *c, int64_t k) {
    sc__buffer_printf(out, "{\"cluster\":%lld,\"size\":%lld", (long long)k,
                      (long long)(c->start[k + 1] - c->start[k]));
    SC_TRY(append_ids(out, c, k, true));
    SC_TRY(append_ids(out, c, k, false));
    sc__buffer_puts(out, "}\n");
    return out->status;
}

static sc_status pack(sc_output *to, sc_packer *p, sc_buffer *lines) {
    sc_buffer packed = SC_BUFFER_INIT;
    sc_status s = sc__packer_run(p, &packed, lines->data ? lines->data : "", lines->len);
    if (s >= 0) s = sc__output_append(to, packed.data, packed.len);
    sc__buffer_deinit(&packed);
    sc__buffer_clear(lines);
    return s;
}

static sc_status fill_clusters(sc_output *to, sc_packer *p, sc_clusters *c) {
    sc_buffer lines = SC_BUFFER_INIT;
    sc_status s = SC_OK;
    for (int64_t k = 1; k <= c->n_clusters && s >= 0; k++) {
        s = append_cluster(&lines, c, k);
        if (s >= 0 && lines.len >= CLUSTERS_FRAME) s = pack(to, p, &lines);
    }
    if (s >= 0) s = pack(to, p, &lines);
    sc__buffer_deinit(&lines);
    return s;
}

static sc_status write_clusters(sc_clusters *c) {
    sc_dedup *d = c->d;
    sc_packer *p;
    sc_output to;
    if (sc__output_is_file(d->out)) return SC_OK; /* one file holds what is kept, nothing else */
    const char *dir = sc__path_join(&d->arena, d->out, "clusters");
    const char *path = dir ? sc__path_join(&d->arena, dir, "clusters.jsonl.zst") : NULL;
    if (!path) return no_memory();
    SC_TRY(sc__dir_make(dir));
    SC_TRY(sc__packer_open(&p, path));
    sc_status s = sc__output_open(&to, path);
    if (s >= 0) s = fill_clusters(&to, p, c);
    if (s >= 0) s = sc__output_commit(&to);
    sc__output_close(&to);
    sc__packer_close(p);
    return s;
}

/* ---- documents/ and dropped/ ----------------------------------------------------------------- */

enum { KEPT, DROPPED };

/* {"dropped": {...}}: why, for the record's metadata. */
static sc_status make_reason(json_t **out, const sc_clusters *c, sc_buffer *room, int64_t number) {
    sc_candidate keeper;
    SC_TRY(sc__store_get(&keeper, room, &c->store, c->keeper[number]));
    const double similarity = round(c->similarity[number] * 1e6) / 1e6;
    *out = json_pack("{s:{s:s, s:s, s:I, s:o, s:f}}", "dropped", "step", "dedup", "method",
                     c->d->method->name, "cluster", (json_int_t)c->cluster[number], "duplicate_of",
                     json_stringn(keeper.id, (size_t)keeper.head.n_id), "similarity", similarity);
    return *out ? SC_OK : no_memory();
}

static sc_status decide(void *user, const sc_flow_item *item) {
    sc_dedup *d = user;
    const sc_clusters *c = d->pass;
    sc_dedup_worker *w = item->worker;
    const int64_t number = sc__groups_find(&c->groups, d, item->file, item->line);
    if (number < 0 || c->keeper[number] == number) {
        item->tally[KEPT]++;
        return sc__record_change(&item->out[KEPT], item->record, NULL, NULL);
    }
    json_t *reason = NULL;
    SC_TRY(make_reason(&reason, c, &w->room, number));
    item->tally[DROPPED]++;
    const sc_status s = sc__record_change(&item->out[DROPPED], item->record, NULL, reason);
    json_decref(reason);
    return s;
}

static sc_status add_tally(void *user, const char *path, const int64_t *tally) {
    sc_dedup *d = user;
    (void)path;
    d->report->kept += tally[KEPT];
    d->report->dropped += tally[DROPPED];
    return SC_OK;
}

static sc_status write_corpus(sc_clusters *c) {
    static const char *const kinds[] = {"documents", "dropped"};
    static const sc_flow_step step = {.record = decide, .file_done = add_tally, .n_tally = 2};
    sc_dedup *d = c->d;
    if (!d->o.common.shard) {
        d->report->clusters = c->n_clusters;
        SC_TRY(write_clusters(c));
    }
    return sc__dedup_flow(d, step, (sc_flow_options){.out = d->out, .kinds = kinds, .n_kinds = 2});
}

sc_status sc__dedup_documents(sc_dedup *d) {
    sc_clusters c = {.d = d};
    const char *path = sc__path_join(&d->arena, d->work, "candidates");
    sc_status s = sc__dir_make(d->work);
    if (s >= 0) s = sc__groups_init(&c.groups, d);
    if (s >= 0) s = look_again(&c, path, d->o.common.max_memory / 2);
    if (s >= 0) s = sc__store_finish(&c.store);
    if (s >= 0) s = sc__clusters_run(&c);
    if (s >= 0) s = write_corpus(&c);
    sc__clusters_deinit(&c);
    return s;
}

/* ---- one phase ------------------------------------------------------------------------------- */

static sc_status load_candidates(sc_clusters *c) {
    sc_dedup *d = c->d;
    const int n = sc__dedup_shards(d);
    const char **paths = sc__arena_array(&d->arena, (size_t)n, sizeof *paths);
    if (!paths) return no_memory();
    for (int i = 0; i < n; i++)
        if (!(paths[i] = sc__share_path(d, SC_DEDUP_SETS, i))) return no_memory();
    return sc__store_load(&c->store, c->groups.n_candidates, paths, n);
}

static sc_status share_sets(sc_clusters *c) {
    sc_dedup *d = c->d;
    SC_TRY(look_again(c, sc__share_path(d, SC_DEDUP_SETS, d->o.common.shard), 0));
    return sc__store_leave(&c->store);
}

static sc_status share_pairs(sc_clusters *c) {
    SC_TRY(load_candidates(c));
    return sc__clusters_leave_pairs(c);
}

static sc_status share_write(sc_clusters *c) {
    SC_TRY(load_candidates(c));
    SC_TRY(sc__clusters_load_pairs(c));
    return write_corpus(c);
}

sc_status sc__dedup_share_documents(sc_dedup *d, sc_dedup_phase phase) {
    static sc_status (*const run[SC_DEDUP_PHASES])(sc_clusters *
                                                   c) = {[SC_DEDUP_SETS] = share_sets,
                                                         [SC_DEDUP_PAIRS] = share_pairs,
                                                         [SC_DEDUP_WRITE] = share_write};
    sc_clusters c = {.d = d};
    if (phase == SC_DEDUP_KEYS) return SC_OK;
    if (phase == SC_DEDUP_GROUPS) return sc__groups_leave(d);
    sc_status s = sc__groups_load(&c.groups, d);
    if (s >= 0) s = run[phase](&c);
    sc__clusters_deinit(&c);
    return s;
}
