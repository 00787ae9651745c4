/* tagger_lines.c - the shape of a text's lines: what tells prose from tables, data and minified
 * code (Chen et al. 2021, section 3.1; Ben Allal et al. 2023, SantaCoder, section 4). */
#include "stage/curation/tag/tagger.h"

#include "base/utf8.h"
#include "stage/curation/tag/charkind.h"

enum { MEAN_CHARS, MAX_CHARS, BLANK, ALPHANUMERIC, N_METRICS };
static const char *const metrics[N_METRICS + 1] = {"mean_chars", "max_chars", "blank",
                                                   "alphanumeric"};

static double alphanumeric(sc_doc *doc) {
    const sc_slice text = sc__doc_text(doc);
    int64_t count = 0;
    int n;
    for (size_t i = 0; i < text.n; i += (size_t)n) {
        const uint32_t kind = sc__doc_kind(doc, sc__utf8_decode(text.p + i, &n));
        count += (kind & (SC_CHAR_LETTER | SC_CHAR_NUMBER)) != 0;
    }
    return (double)count / (double)SC_MAX(sc__doc_chars(doc), 1);
}

static sc_status run(void *me, sc_tags *out, sc_doc *doc) {
    const int *self = me;
    sc_units lines;
    int64_t chars = 0, blank = 0;
    uint32_t longest = 0;
    SC_TRY(sc__doc_lines(&lines, doc));
    for (int64_t i = 0; i < lines.n; i++) {
        chars += lines.at[i].chars;
        longest = SC_MAX(longest, lines.at[i].chars);
        blank += sc__doc_is_blank(doc, lines.at[i].start, lines.at[i].end);
    }
    const double n = (double)SC_MAX(lines.n, 1);
    sc__tags_whole(out, self[MEAN_CHARS], (double)chars / n);
    sc__tags_whole(out, self[MAX_CHARS], longest);
    sc__tags_whole(out, self[BLANK], (double)blank / n);
    if (sc__tags_wants(out, self[ALPHANUMERIC]))
        sc__tags_whole(out, self[ALPHANUMERIC], alphanumeric(doc));
    return SC_OK;
}

const sc_tagger sc__tagger_lines = {.metrics = metrics, .run = run};
