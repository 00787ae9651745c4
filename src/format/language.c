/* language.c - calls CLD2.
 *
 * CLD2 is C++. What is used of it takes numbers and pointers alone, which the C++ ABI of Itanium,
 * the one of every Linux, passes as C does: so its names are said here as that ABI spells them. The
 * spelling holds the types of all parameters: another signature or another ABI has other names, and
 * the linker says so. What C cannot do is catch: where CLD2 gets no memory (some 100 kB a text) it
 * throws, and the program ends. */
#include "format/language.h"

#include "base/utf8.h"

#include <string.h>

enum { UNKNOWN_ENCODING = 23, UNKNOWN = 26 };

typedef struct {
    const char *content_language, *domain;
    int encoding, language;
} hints;
/* CLD2::ExtDetectLanguageSummaryCheckUTF8, CLD2::LanguageCode */
int cld2_detect(const char *text, int n, bool plain, const hints *, int flags, int *best,
                int *percent, double *score, void *chunks, int *text_bytes, bool *reliable,
                int *valid) __asm__("_ZN4CLD233ExtDetectLanguageSummaryCheckUTF8EPKcibPKNS_"
                                    "8CLDHintsEiPNS_8LanguageEPiPdPSt6vectorINS_"
                                    "11ResultChunkESaISA_EES7_PbS7_");
const char *cld2_code(int language) __asm__("_ZN4CLD212LanguageCodeENS_8LanguageE");

/* libcld2 has tables of 80 languages; libcld2_full has those of 160 under the same names, which
 * count where it is linked first. It is named here because some linkers leave out a library that
 * nobody names. */
extern const char cld2_tables[] __asm__("_ZN4CLD29kQuad_objE");
static const char *const tables __attribute__((used)) = cld2_tables;

static bool is_foreign(uint32_t c) {
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0x7F && c < 0xA0) ||
           (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

sc_status sc__language_plain(sc_buffer *out, sc_slice text) {
    sc__buffer_clear(out);
    char *to = sc__buffer_extend(out, text.n);
    if (text.n && !to) return out->status;
    int n;
    for (size_t at = 0; at < text.n; at += (size_t)n) {
        const uint32_t c = sc__utf8_decode(text.p + at, &n);
        if (is_foreign(c))
            memset(to + at, ' ', (size_t)n);
        else
            memcpy(to + at, text.p + at, (size_t)n);
    }
    return SC_OK;
}

void sc__language_detect(sc_languages *out, const char *plain, size_t n) {
    static const hints none = {NULL, NULL, UNKNOWN_ENCODING, UNKNOWN};
    int best[SC_LANGUAGES_MAX] = {UNKNOWN, UNKNOWN, UNKNOWN}, percent[SC_LANGUAGES_MAX] = {0};
    double score[SC_LANGUAGES_MAX];
    int text_bytes, valid = 0, at = 0;
    *out = (sc_languages){0};
    if (n == 0) return;
    cld2_detect(plain, (int)n, true, &none, 0, best, percent, score, NULL, &text_bytes,
                &out->reliable, &valid);
    for (int i = 0; i < SC_LANGUAGES_MAX; i++) {
        if (best[i] == UNKNOWN || percent[i] <= 0) continue;
        out->code[at] = cld2_code(best[i]);
        out->percent[at++] = percent[i];
    }
}
