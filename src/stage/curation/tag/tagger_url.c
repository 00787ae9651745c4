/* tagger_url.c - what lists say of a document's URL (metadata.url, or url), as RefinedWeb's filter
 * looks at it (Penedo et al. 2023, appendix G.1): its domain, itself, words in it. */
#include "stage/curation/tag/namelist.h"
#include "stage/curation/tag/tagger.h"

enum { DOMAINS, URLS, HARD_WORDS, SOFT_WORDS, N_LISTS };

static const char *const metrics[N_LISTS] = {"domain", "listed", "hard_words", "soft_words"};
static const sc_tagger_setting settings[] = {
    {"domain_list", NULL, "a list of domains; those below one are in it too"},
    {"url_list", NULL, "a list of whole URLs"},
    {"hard_word_list", NULL, "a list of words, of which none may be between the signs of a URL"},
    {"soft_word_list", NULL, "the same of words of which several are too many"},
    {0}};

static const sc_namelists lists = {"url", metrics, N_LISTS, -1};

static sc_status load(void **shared, const char *const *values) {
    return sc__namelists_load(shared, values, &lists);
}

static sc_status open(void **self, sc_tags *tags, const void *shared) {
    return sc__namelists_open(self, tags, shared, &lists);
}

static bool is_alphanumeric(char c) {
    return (unsigned char)(c - 'a') < 26 || (unsigned char)(c - '0') < 10;
}

/* Runs of letters and digits that are in the list. */
static int64_t count_words(const sc_namelist *l, const sc_buffer *url) {
    const char *p = url->data, *end = p + url->len;
    int64_t count = 0;
    while (p < end) {
        const char *stop = p;
        while (stop < end && is_alphanumeric(*stop)) stop++;
        count += stop > p && sc__namelist_has(l, p, (size_t)(stop - p));
        p = stop + 1;
    }
    return count;
}

static sc_status run(void *me, sc_tags *out, sc_doc *doc) {
    sc_namelists_worker *s = me;
    bool has_url;
    sc__buffer_clear(&s->url);
    SC_TRY(sc__url_of(&has_url, &s->url, &s->room, doc));
    if (!has_url) return SC_OK; /* nothing can be said */
    sc__tags_whole(out, s->at[DOMAINS], sc__namelist_has_host(&s->lists[DOMAINS], &s->url));
    sc__tags_whole(out, s->at[URLS], sc__namelist_has(&s->lists[URLS], s->url.data, s->url.len));
    sc__tags_whole(out, s->at[HARD_WORDS], (double)count_words(&s->lists[HARD_WORDS], &s->url));
    sc__tags_whole(out, s->at[SOFT_WORDS], (double)count_words(&s->lists[SOFT_WORDS], &s->url));
    return SC_OK;
}

const sc_tagger sc__tagger_url = {.settings = settings,
                                  .load = load,
                                  .unload = sc__namelists_unload,
                                  .open = open,
                                  .close = sc__namelists_close,
                                  .run = run};
