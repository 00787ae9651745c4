/* tagger_words.c - the words and phrases of a list that a text holds, each with its place. */
#include "stage/curation/tag/tagger.h"

#include "stage/curation/tag/wordlist.h"

enum { SETTING_FILE };
static const sc_tagger_setting settings[] = {
    {"file", NULL, "the list: one word or phrase a line (needed)"}, {0}};

typedef struct {
    const sc_wordlist *list;
    sc_tags *out;
    int hit, count;
    int64_t hits;
} self;

static sc_status load(void **shared, const char *const *values) {
    sc_wordlist *list;
    if (!values[SETTING_FILE]) return SC_FAIL(SC_USAGE, "--set words.file=FILE is needed");
    SC_TRY(sc__wordlist_open(&list, values[SETTING_FILE]));
    *shared = list;
    return SC_OK;
}

static void unload(void *shared) { sc__wordlist_close(shared); }

static sc_status open(void **out, sc_tags *tags, const void *shared) {
    self *s = sc__calloc(1, sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "words");
    s->list = shared;
    s->out = tags;
    s->hit = sc__tags_attribute(tags, "hit");
    s->count = sc__tags_attribute(tags, "hits");
    *out = s;
    return SC_OK;
}

static void found(void *user, size_t start, size_t end) {
    self *s = user;
    s->hits++;
    sc__tags_add(s->out, s->hit, start, end, 1);
}

static sc_status run(void *me, sc_tags *out, sc_doc *doc) {
    self *s = me;
    s->hits = 0;
    sc__wordlist_find(s->list, doc, found, s);
    sc__tags_whole(out, s->count, (double)s->hits);
    return SC_OK;
}

const sc_tagger sc__tagger_words = {.settings = settings,
                                    .load = load,
                                    .unload = unload,
                                    .open = open,
                                    .close = sc__free,
                                    .run = run};
