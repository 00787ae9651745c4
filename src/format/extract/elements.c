/* elements.c - the table of elements and the search in it. */
#include "format/extract/elements.h"

#include <string.h>

enum { V = SC_HTML_VOID, S = SC_HTML_STYLE, R = SC_HTML_RAW, O = SC_HTML_OPEN };

static const struct {
    const char *name;
    unsigned char kind, flags;
} elements[SC_HTML_N] = {
    [SC_HTML_TEXT] = {"", SC_HTML_INLINE, 0},
    [SC_HTML_OTHER] = {"?", SC_HTML_INLINE, 0},
#define ELEMENT(name, kind, flags) [SC_HTML_##name] = {#name, SC_HTML_##kind, flags},
#include "format/extract/elements.def"
#undef ELEMENT
};

enum { LONGEST = 10 }; /* blockquote, figcaption */

sc_html_element sc__html_element_find(const char *name, size_t n) {
    char lower[LONGEST + 1];
    if (n > LONGEST) return SC_HTML_OTHER;
    for (size_t i = 0; i < n; i++)
        lower[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 32) : name[i];
    lower[n] = 0;
    int low = SC_HTML_OTHER + 1, high = SC_HTML_N;
    while (low < high) {
        const int middle = (low + high) / 2, first = lower[0] - elements[middle].name[0];
        const int order = first ? first : strcmp(lower, elements[middle].name);
        if (!order) return (sc_html_element)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return SC_HTML_OTHER;
}

sc_html_kind sc__html_element_kind(int element) { return (sc_html_kind)elements[element].kind; }
int sc__html_element_flags(int element) { return elements[element].flags; }
const char *sc__html_element_name(int element) { return elements[element].name; }
