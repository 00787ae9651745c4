/* documents.c - the methods that speak of whole documents: keys, groups, a second look at the
 * candidates, clusters, and the corpus written by what was decided. */
#include "base/json.h"
#include "format/stream.h"
#include "stage/curation/dedup/cluster.h"

#include <math.h>
#include <string.h>

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "dedup"); }

/* ---- the second look ------------------------------------------------------------------------- */

/* A number of the metadata or of the record itself, by "key" or "key.key"; where there is none the
 * least of all. */
static double find_score(const sc_record *r, const char *name) {
    enum { DEPTH = 8 };
    char copy[256];
    const char *path[DEPTH];
    int n = 0;
    if (!name || strlen(name) >= sizeof copy) return (double)-INFINITY;
    memcpy(copy, name, strlen(name) + 1);
    for (char *p = copy; p && n < DEPTH; n++) {
        path[n] = p;
        p = strchr(p, '.');
        if (p) *p++ = 0;
    }
    sc_slice value = sc__json_at(r->value[SC_RECORD_METADATA], path, n);
    if (!value.p) value = sc__json_at(r->line, path, n);
    json_t *o = value.p ? json_loadb(value.p, value.n, JSON_DECODE_ANY, NULL) : NULL;
    const double score = json_is_number(o) ? json_number_value(o) : (double)-INFINITY;
    json_decref(o);
    return score;
}

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
    const sc_candidate_head head = {.number = number,
                                    .n_set = w->shingles.n,
                                    .length = (int64_t)item->record->text.n,
                                    .score = find_score(item->record, d->o.score),
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

static sc_status look_again(sc_clusters *c) {
    static const char *const no_file[] = {NULL};
    static const sc_flow_step step = {.record = look, .collect = take_candidates};
    sc_dedup *d = c->d;
    const char *path = sc__path_join(&d->arena, d->work, "candidates");
    if (!path) return no_memory();
    SC_TRY(sc__dir_make(d->work));
    SC_TRY(sc__store_init(&c->store, path, c->groups.n_candidates, d->o.common.max_memory / 2));
    d->pass = c;
    if (c->groups.n_candidates)
        SC_TRY(sc__dedup_flow(d, step, (sc_flow_options){.kinds = no_file, .n_kinds = 1}));
    SC_TRY(sc__store_finish(&c->store));
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

static sc_status pack(sc_writer *w, sc_packer *p, sc_buffer *lines) {
    sc_buffer packed = SC_BUFFER_INIT;
    const sc_status s = sc__packer_run(p, &packed, lines->data ? lines->data : "", lines->len);
    sc__writer_append(w, packed.data, packed.len);
    sc__buffer_deinit(&packed);
    sc__buffer_clear(lines);
    return s < 0 ? s : w->status;
}

static sc_status fill_clusters(sc_writer *w, sc_packer *p, sc_clusters *c) {
    sc_buffer lines = SC_BUFFER_INIT;
    sc_status s = SC_OK;
    for (int64_t k = 1; k <= c->n_clusters && s >= 0; k++) {
        s = append_cluster(&lines, c, k);
        if (s >= 0 && lines.len >= CLUSTERS_FRAME) s = pack(w, p, &lines);
    }
    if (s >= 0) s = pack(w, p, &lines);
    sc__buffer_deinit(&lines);
    return s;
}

static sc_status write_clusters(sc_clusters *c) {
    sc_dedup *d = c->d;
    sc_packer *p;
    sc_writer w;
    if (sc__flow_is_file(d->out)) return SC_OK; /* one file holds what is kept, nothing else */
    const char *dir = sc__path_join(&d->arena, d->out, "clusters");
    const char *path = dir ? sc__path_join(&d->arena, dir, "clusters.jsonl.zst") : NULL;
    if (!path) return no_memory();
    SC_TRY(sc__dir_make(dir));
    SC_TRY(sc__packer_open(&p, path));
    sc_status s = sc__writer_open(&w, path);
    if (s >= 0) {
        s = fill_clusters(&w, p, c);
        if (s >= 0)
            s = sc__writer_commit(&w);
        else
            sc__writer_abandon(&w);
    }
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

sc_status sc__dedup_documents(sc_dedup *d) {
    static const char *const kinds[] = {"documents", "dropped"};
    static const sc_flow_step step = {.record = decide, .file_done = add_tally, .n_tally = 2};
    sc_clusters c = {.d = d, .store.fd = -1};
    sc_status s = sc__groups_init(&c.groups, d);
    if (s >= 0) s = look_again(&c);
    if (s >= 0) s = sc__clusters_run(&c);
    if (s >= 0) {
        d->report->clusters = c.n_clusters;
        s = write_clusters(&c);
    }
    const sc_flow_options o = {.out = d->out, .kinds = kinds, .n_kinds = 2};
    if (s >= 0) s = sc__dedup_flow(d, step, o);
    sc__clusters_deinit(&c);
    return s;
}
