/* tagger_optout.c - documents whose makers or subjects asked to be left out: lists of ids, URLs and
 * domains. Lists of their own beside those of `url`: a wish to be left out is no judgement. */
#include "stage/curation/tag/namelist.h"
#include "stage/curation/tag/tagger.h"

enum { IDS, URLS, DOMAINS, N_LISTS };

static const char *const metrics[N_LISTS] = {"id", "url", "domain"};
static const sc_tagger_setting settings[] = {
    {"id_list", NULL, "a list of ids of documents"},
    {"url_list", NULL, "a list of whole URLs"},
    {"domain_list", NULL, "a list of domains; those below one are in it too"},
    {0}};

typedef struct {
    sc_namelist lists[N_LISTS];
} shared;

typedef struct {
    const sc_namelist *lists;
    int at[N_LISTS];
    sc_buffer room, url, id;
} self;

static void unload(void *me) {
    shared *s = me;
    for (int i = 0; i < N_LISTS; i++) sc__namelist_deinit(&s->lists[i]);
    sc__free(s);
}

static sc_status load(void **out, const char *const *values) {
    shared *s = sc__calloc(1, sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "lists");
    const sc_status status =
        sc__namelists_load(s->lists, N_LISTS, values, IDS, "optout.domain_list");
    if (status < 0)
        unload(s);
    else
        *out = s;
    return status;
}

static sc_status open(void **out, sc_tags *tags, const void *lists) {
    self *s = sc__calloc(1, sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "optout");
    s->lists = ((const shared *)lists)->lists;
    for (int i = 0; i < N_LISTS; i++) s->at[i] = sc__tags_attribute(tags, metrics[i]);
    *out = s;
    return SC_OK;
}

static void close(void *me) {
    self *s = me;
    sc__buffer_deinit(&s->room);
    sc__buffer_deinit(&s->url);
    sc__buffer_deinit(&s->id);
    sc__free(s);
}

static sc_status say_id(self *s, sc_tags *out, sc_doc *doc) {
    if (!sc__doc_record(doc) || !s->lists[IDS].slots) return SC_OK;
    sc__buffer_clear(&s->id);
    SC_TRY(sc__record_id(&s->id, sc__doc_record(doc)));
    if (s->id.len && sc__namelist_has(&s->lists[IDS], s->id.data, s->id.len))
        sc__tags_whole(out, s->at[IDS], 1);
    return SC_OK;
}

/* Only what is listed is told of. */
static sc_status run(void *me, sc_tags *out, sc_doc *doc) {
    self *s = me;
    bool has_url;
    SC_TRY(say_id(s, out, doc));
    sc__buffer_clear(&s->url);
    SC_TRY(sc__url_of(&has_url, &s->url, &s->room, doc));
    if (!has_url) return SC_OK;
    if (sc__namelist_has(&s->lists[URLS], s->url.data, s->url.len))
        sc__tags_whole(out, s->at[URLS], 1);
    if (sc__namelist_has_host(&s->lists[DOMAINS], &s->url)) sc__tags_whole(out, s->at[DOMAINS], 1);
    return SC_OK;
}

const sc_tagger sc__tagger_optout = {
    .settings = settings, .load = load, .unload = unload, .open = open, .close = close, .run = run};
