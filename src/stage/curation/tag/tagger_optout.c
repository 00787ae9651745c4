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

static const sc_namelists lists = {"optout", metrics, N_LISTS, IDS};

static sc_status load(void **shared, const char *const *values) {
    return sc__namelists_load(shared, values, &lists);
}

static sc_status open(void **self, sc_tags *tags, const void *shared) {
    return sc__namelists_open(self, tags, shared, &lists);
}

static sc_status say_id(sc_namelists_worker *s, sc_tags *out, sc_doc *doc) {
    if (!sc__doc_record(doc) || !s->lists[IDS].slots) return SC_OK;
    sc__buffer_clear(&s->id);
    SC_TRY(sc__record_id(&s->id, sc__doc_record(doc)));
    if (s->id.len && sc__namelist_has(&s->lists[IDS], s->id.data, s->id.len))
        sc__tags_whole(out, s->at[IDS], 1);
    return SC_OK;
}

/* Only what is listed is told of. */
static sc_status run(void *me, sc_tags *out, sc_doc *doc) {
    sc_namelists_worker *s = me;
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

const sc_tagger sc__tagger_optout = {.settings = settings,
                                     .load = load,
                                     .unload = sc__namelists_unload,
                                     .open = open,
                                     .close = sc__namelists_close,
                                     .run = run};
