/* tagger_length.c - how long a text is, in each of its units. */
#include "stage/curation/tag/tagger.h"

#include "base/alloc.h"

typedef struct {
    int chars, bytes, words, lines, paragraphs, longest_line;
} self;

static sc_status open(void **out, sc_tags *tags, const void *shared) {
    (void)shared;
    self *s = sc__alloc(sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "length");
    *s = (self){.chars = sc__tags_attribute(tags, "chars"),
                .bytes = sc__tags_attribute(tags, "bytes"),
                .words = sc__tags_attribute(tags, "words"),
                .lines = sc__tags_attribute(tags, "lines"),
                .paragraphs = sc__tags_attribute(tags, "paragraphs"),
                .longest_line = sc__tags_attribute(tags, "longest_line")};
    *out = s;
    return SC_OK;
}

static sc_status count(sc_tags *out, int attribute, sc_doc *doc,
                       sc_status (*units)(sc_units *, sc_doc *)) {
    sc_units u;
    if (!sc__tags_wants(out, attribute)) return SC_OK;
    SC_TRY(units(&u, doc));
    sc__tags_whole(out, attribute, (double)u.n);
    return SC_OK;
}

static sc_status find_longest_line(sc_tags *out, int attribute, sc_doc *doc) {
    sc_units lines;
    uint32_t longest = 0;
    if (!sc__tags_wants(out, attribute)) return SC_OK;
    SC_TRY(sc__doc_lines(&lines, doc));
    for (int64_t i = 0; i < lines.n; i++) longest = SC_MAX(longest, lines.at[i].chars);
    sc__tags_whole(out, attribute, longest);
    return SC_OK;
}

static sc_status run(void *me, sc_tags *out, sc_doc *doc) {
    const self *s = me;
    sc__tags_whole(out, s->chars, (double)sc__doc_chars(doc));
    sc__tags_whole(out, s->bytes, (double)sc__doc_text(doc).n);
    SC_TRY(count(out, s->words, doc, sc__doc_words));
    SC_TRY(count(out, s->lines, doc, sc__doc_lines));
    SC_TRY(count(out, s->paragraphs, doc, sc__doc_paragraphs));
    return find_longest_line(out, s->longest_line, doc);
}

const sc_tagger sc__tagger_length = {.open = open, .close = sc__free, .run = run};
