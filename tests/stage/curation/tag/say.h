/* say.h - for tests of a tagger: what it says of a text. */
#ifndef TEST_TAG_SAY_H
#define TEST_TAG_SAY_H

#include "test.h"

#include "stage/curation/tag/rules.h"
#include "stage/curation/tag/tagger.h"

typedef struct {
    sc_tagging *tagging;
    sc_tag_worker *worker;
    sc_buffer line, room;
    sc_record record;
} sayer;

/* `setting` may be NULL. */
static inline void sayer_open(sayer *s, const char *tagger, const char *setting) {
    const sc_tagging_options o = {
        .taggers = &tagger, .n_taggers = 1, .settings = &setting, .n_settings = setting != NULL};
    *s = (sayer){0};
    CHECK_OK(sc__tagging_open(&s->tagging, &o));
    CHECK_OK(sc__tag_worker_open(&s->worker, s->tagging));
}

static inline void sayer_close(sayer *s) {
    sc__tag_worker_close(s->worker);
    sc__tagging_close(s->tagging);
    sc__buffer_deinit(&s->line);
    sc__buffer_deinit(&s->room);
}

/* `metadata`: an object of JSON, or NULL. */
static inline void sayer_run(sayer *s, const char *text, const char *metadata) {
    int64_t n;
    sc__buffer_clear(&s->line);
    sc__buffer_puts(&s->line, "{\"text\":");
    sc__json_quote(&s->line, text, strlen(text));
    sc__buffer_printf(&s->line, ",\"metadata\":%s}", metadata ? metadata : "{}");
    CHECK_OK(s->line.status);
    CHECK_OK(
        sc__record_parse(&s->record, &s->room, (sc_slice){s->line.data, s->line.len}, NULL, &n));
    CHECK_OK(sc__tag_worker_run(s->worker, &s->record));
}

/* The i-th tag of that name; NULL: there is none. */
static inline const sc_tag *sayer_tag(sayer *s, const char *name, int i) {
    const sc_tags *t = &s->worker->tags;
    for (int64_t k = 0; k < t->n; k++)
        if (!strcmp(t->names[t->at[k].attribute], name) && i-- == 0) return &t->at[k];
    return NULL;
}

/* Its value; -1: it was not said. */
static inline double sayer_value(sayer *s, const char *name) {
    const sc_tag *tag = sayer_tag(s, name, 0);
    return tag ? tag->value : -1;
}

static inline int sayer_count(sayer *s, const char *name) {
    int n = 0;
    while (sayer_tag(s, name, n)) n++;
    return n;
}

#endif
