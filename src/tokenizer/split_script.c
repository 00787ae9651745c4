/* split_script.c - UnicodeScripts: a new piece where the writing system changes (Unicode Standard
 * Annex 24). As in sentencepiece's rule for tokens, kana count as Han; a space belongs to any. */
#include "base/utf8.h"
#include "tokenizer/tokenizer.h"

typedef enum {
#define SCRIPT(name) SCRIPT_##name,
#define RANGE(first, last, name)
#include "tokenizer/scripts.def"
#undef SCRIPT
#undef RANGE
    SCRIPT_ANY
} script;

static const struct {
    uint32_t first, last;
    script value;
} ranges[] = {
#define SCRIPT(name)
#define RANGE(first, last, name) {0x##first, 0x##last, SCRIPT_##name},
#include "tokenizer/scripts.def"
#undef SCRIPT
#undef RANGE
};

static script script_of(uint32_t c) {
    if (c == ' ') return SCRIPT_ANY;
    int low = 0, high = SC_LEN(ranges);
    while (low < high) {
        const int middle = (low + high) / 2;
        if (c > ranges[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < SC_LEN(ranges) && c >= ranges[low].first ? ranges[low].value : SCRIPT_ANY;
}

const char *sc__script_name(uint32_t c) {
    static const char *const names[] = {
#define SCRIPT(name) #name,
#define RANGE(first, last, name)
#include "tokenizer/scripts.def"
#undef SCRIPT
#undef RANGE
        NULL};
    const script s = script_of(c);
    return s == SCRIPT_Common || s == SCRIPT_Inherited ? NULL : names[s];
}

static sc_status script_stage(sc_split *s, int stage, const char *text, size_t n) {
    script last = SCRIPT_ANY;
    bool begun = false; /* a script was met: before the first one nothing is cut off */
    size_t from = SIZE_MAX;
    for (size_t i = 0; i < n;) {
        int len;
        const script now = script_of(sc__utf8_decode(text + i, &len));
        if (now != SCRIPT_ANY && (!begun || now != last)) {
            if (from != SIZE_MAX) SC_TRY(sc__split_hand(s, stage, text + from, i - from));
            from = i;
            last = now;
            begun = true;
        }
        i += (size_t)len;
    }
    return from == SIZE_MAX ? SC_OK : sc__split_hand(s, stage, text + from, n - from);
}

sc_status sc__stage_scripts(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_stage *g;
    (void)part;
    return sc__stage_push(&g, t, script_stage, name);
}
