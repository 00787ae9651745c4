/* language.h - in which languages a text is, as CLD2 has it (github.com/CLD2Owners/cld2): naive
 * Bayes over quadgrams of letters, and the script alone where one writes a single language. */
#ifndef SC_FORMAT_LANGUAGE_H
#define SC_FORMAT_LANGUAGE_H

#include "format/json_scan.h"

enum { SC_LANGUAGES_MAX = 3 };

typedef struct {
    const char *code[SC_LANGUAGES_MAX]; /* "en", "zh-Hant"; the most of it first; NULL: no more */
    int percent[SC_LANGUAGES_MAX];
    bool reliable;
} sc_languages;

/* The same number of bytes without what CLD2 does not take: control characters and code points that
 * are not for interchange become spaces. `out` is cleared first. */
SC_MUST_USE sc_status sc__language_plain(sc_buffer *out, sc_slice text);
/* Of a text made by it, or of a part of one; below 2 GiB. */
void sc__language_detect(sc_languages *out, const char *plain, size_t n);

#endif
