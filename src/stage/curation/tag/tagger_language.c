/* tagger_language.c - in which language a document and each of its paragraphs are. */
#include "format/language.h"
#include "stage/curation/tag/tagger.h"

#include <string.h>

enum { SETTING_KEEP };
static const sc_tagger_setting settings[] = {
    {"keep", NULL, "the languages that the rules keep: en,ko,zh,zh-Hant"}, {0}};

enum { KEPT_MAX = 64, CODE_MAX = 16 };
typedef struct {
    char codes[KEPT_MAX][CODE_MAX];
    int n;
} kept_codes;

typedef struct {
    const kept_codes *kept;
    int reliable, kept_share, kept_paragraph;
    bool paragraphs; /* anybody looks at those */
    sc_buffer plain;
} self;

/* ---- opening --------------------------------------------------------------------------------- */

static sc_status load(void **shared, const char *const *values) {
    kept_codes *k = sc__calloc(1, sizeof *k);
    if (!k) return SC_FAIL(SC_NOMEM, "language");
    const char *p = values[SETTING_KEEP];
    while (p && k->n < KEPT_MAX) {
        const size_t n = strcspn(p, ",");
        if (n == 0 || n >= CODE_MAX) break;
        memcpy(k->codes[k->n++], p, n);
        p = p[n] ? p + n + 1 : NULL;
    }
    if (p) {
        sc__free(k);
        return SC_FAIL(SC_USAGE, "keep=%s: must be codes of languages: en,ko",
                       values[SETTING_KEEP]);
    }
    *shared = k;
    return SC_OK;
}

static sc_status open(void **out, sc_tags *tags, const void *shared) {
    self *s = sc__calloc(1, sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "language");
    *out = s;
    s->kept = shared;
    s->reliable = sc__tags_attribute(tags, "reliable");
    s->kept_share = sc__tags_attribute(tags, "kept");
    s->kept_paragraph = sc__tags_attribute(tags, "kept_paragraph");
    s->paragraphs = !tags->wanted || sc__tags_wants(tags, s->kept_paragraph);
    const bool rules = tags->wanted && (s->paragraphs || sc__tags_wants(tags, s->kept_share));
    if (rules && !s->kept->n)
        return SC_FAIL(SC_USAGE, "which languages are kept is needed: --set language.keep=en,ko");
    return SC_OK;
}

static void close(void *me) {
    self *s = me;
    sc__buffer_deinit(&s->plain);
    sc__free(s);
}

/* ---- one text -------------------------------------------------------------------------------- */

static bool is_kept(const kept_codes *k, const char *code) {
    for (int i = 0; i < k->n; i++)
        if (!strcmp(k->codes[i], code)) return true;
    return false;
}

static int attribute_of(sc_tags *out, const char *kind, const char *code) {
    char name[64];
    snprintf(name, sizeof name, "%s%s", kind, code);
    return sc__tags_attribute(out, name);
}

/* Says the shares of a part of the text; returns that of the languages that are kept, -1 where no
 * language was found. */
static double say(sc_tags *out, const self *s, const sc_languages *a, const size_t span[2]) {
    const char *kind = span ? "paragraph_" : "";
    double kept = 0, all = 0;
    for (int i = 0; i < SC_LANGUAGES_MAX && a->code[i]; i++) {
        const char *code = a->code[i];
        const double share = a->percent[i] / 100.0;
        const int attribute = attribute_of(out, kind, code);
        if (span)
            sc__tags_add(out, attribute, span[0], span[1], share);
        else
            sc__tags_whole(out, attribute, share);
        all += share;
        if (is_kept(s->kept, code)) kept += share;
    }
    return all > 0 ? kept : -1;
}

static sc_status say_paragraphs(self *s, sc_tags *out, sc_doc *doc) {
    sc_units units;
    SC_TRY(sc__doc_paragraphs(&units, doc));
    for (int64_t i = 0; i < units.n; i++) {
        const sc_unit u = units.at[i];
        sc_languages a;
        sc__language_detect(&a, s->plain.data + u.start, u.end - u.start);
        const double kept = say(out, s, &a, (const size_t[2]){u.start, u.end});
        if (s->kept->n && kept >= 0) sc__tags_add(out, s->kept_paragraph, u.start, u.end, kept);
    }
    return SC_OK;
}

static sc_status run(void *me, sc_tags *out, sc_doc *doc) {
    self *s = me;
    sc_languages a;
    SC_TRY(sc__language_plain(&s->plain, sc__doc_text(doc)));
    sc__language_detect(&a, s->plain.data, s->plain.len);
    const double kept = say(out, s, &a, NULL);
    sc__tags_whole(out, s->reliable, a.reliable);
    if (s->kept->n) sc__tags_whole(out, s->kept_share, SC_MAX(kept, 0));
    return s->paragraphs ? say_paragraphs(s, out, doc) : SC_OK;
}

const sc_tagger sc__tagger_language = {.settings = settings,
                                       .load = load,
                                       .unload = sc__free,
                                       .open = open,
                                       .close = close,
                                       .run = run};
