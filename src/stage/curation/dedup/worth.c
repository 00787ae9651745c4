/* worth.c - numbers of the metadata are read from the record; attributes from the files beside,
 * each held in memory while documents of its file are looked at. */
#include "stage/curation/dedup/worth.h"

#include "base/json.h"
#include "stage/curation/tag/beside.h"
#include "stage/curation/tag/tagger.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

struct sc_worth {
    const sc_dedup_options *o;
    const sc_paths *files;
    sc_arena arena;
    const char *tagger; /* NULL: metadata */
    pthread_mutex_t lock;
    sc_beside **beside; /* by file, while it is open */
    int64_t n_passed;   /* files that nobody asks for any more */
};

struct sc_worth_room {
    sc_doc *doc;
    sc_tags tags;
    const char *wanted[2];
};

/* ---- metadata -------------------------------------------------------------------------------- */

/* A number of the metadata or of the record itself, by "key" or "key.key". */
static double find_number(const sc_record *r, const char *name) {
    enum { DEPTH = 8 };
    char copy[256];
    const char *path[DEPTH];
    int n = 0;
    if (strlen(name) >= sizeof copy) return (double)-INFINITY;
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

/* ---- attributes ------------------------------------------------------------------------------ */

/* The folder of an attribute: that of the tagger whose prefix begins it, else what stands before
 * "__". */
static sc_status find_tagger(sc_worth *s) {
    const char *score = s->o->score, *end = strstr(score, "__");
    if (!end || end == score || !end[2])
        return SC_FAIL(SC_USAGE, "--score: \"%s\" is not an attribute such as classifier__good",
                       score);
    const sc_tagger_row *row = sc__tagger_of(score);
    s->tagger = row ? row->name : sc__arena_strndup(&s->arena, score, (size_t)(end - score));
    return s->tagger ? SC_OK : SC_FAIL(SC_NOMEM, "--score");
}

sc_status sc__worth_open(sc_worth **out, const sc_dedup_options *o, const sc_paths *files) {
    sc_worth *s = sc__calloc(1, sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "--score");
    *s = (sc_worth){.o = o, .files = files};
    pthread_mutex_init(&s->lock, NULL);
    *out = s;
    if (!o->attributes) return SC_OK;
    s->beside = sc__arena_array(&s->arena, (size_t)files->n, sizeof *s->beside);
    return s->beside ? find_tagger(s) : SC_FAIL(SC_NOMEM, "--score");
}

void sc__worth_close(sc_worth *s) {
    if (!s) return;
    for (int64_t i = 0; s->beside && i < s->files->n; i++) sc__beside_close(s->beside[i]);
    pthread_mutex_destroy(&s->lock);
    sc__arena_deinit(&s->arena);
    sc__free(s);
}

void sc__worth_close_room(struct sc_worth_room *r) {
    if (!r) return;
    sc__doc_close(r->doc);
    sc__tags_deinit(&r->tags);
    sc__free(r);
}

void sc__worth_pass(sc_worth *s, const char *path) {
    if (!s || !s->beside) return;
    pthread_mutex_lock(&s->lock);
    for (bool done = false; !done && s->n_passed < s->files->n; s->n_passed++) {
        done = !strcmp(s->files->paths[s->n_passed], path);
        sc__beside_close(s->beside[s->n_passed]);
        s->beside[s->n_passed] = NULL;
    }
    pthread_mutex_unlock(&s->lock);
}

static sc_status find_beside(const sc_beside **out, sc_worth *s, int64_t file) {
    sc_status status = SC_OK;
    pthread_mutex_lock(&s->lock);
    if (!s->beside[file])
        status = sc__beside_open(&s->beside[file], s->o->attributes, s->files->paths[file],
                                 &s->tagger, 1);
    *out = s->beside[file];
    pthread_mutex_unlock(&s->lock);
    return status;
}

static sc_status make_room(sc_dedup_worker *w, const sc_worth *s) {
    if (w->worth) return SC_OK;
    w->worth = sc__calloc(1, sizeof *w->worth);
    if (!w->worth) return SC_FAIL(SC_NOMEM, "--score");
    w->worth->wanted[0] = s->o->score;
    sc__tags_init(&w->worth->tags, w->worth->wanted);
    return sc__doc_open(&w->worth->doc, SC_WORDS_WHITESPACE);
}

sc_status sc__worth_find(double *out, sc_dedup_worker *w, const sc_flow_item *item, sc_slice id) {
    sc_worth *s = w->d->worth;
    const sc_beside *beside;
    *out = (double)-INFINITY;
    if (!s) return SC_OK;
    if (!s->tagger) return *out = find_number(item->record, s->o->score), SC_OK;
    SC_TRY(find_beside(&beside, s, item->file));
    SC_TRY(make_room(w, s));
    sc_tags *tags = &w->worth->tags;
    SC_TRY(sc__doc_set(w->worth->doc, item->record->text, item->record));
    sc__tags_clear(tags, item->record->text);
    SC_TRY(sc__beside_read(tags, beside, id, item->line, w->worth->doc));
    const int attribute = sc__tags_find(tags, s->o->score);
    for (int64_t i = 0; i < tags->n; i++)
        if ((int)tags->at[i].attribute == attribute) *out = fmax(*out, tags->at[i].value);
    return tags->status;
}
