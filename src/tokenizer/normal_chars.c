/* normal_chars.c - normalizers that look at one character at a time: lower case, accents, and the
 * steps of BERT's (Devlin et al. 2018, tokenization.py) and sentencepiece's nmt. A set of bits
 * tells which characters a step touches; runs of others are copied whole. */
#include "base/json.h"
#include "base/utf8.h"
#include "tokenizer/tokenizer.h"

#include <utf8proc.h>

static bool touches(const sc_normalizer *m, uint32_t c) {
    if (c < SC_TOUCHED) return m->touched[c >> 3] >> (c & 7) & 1;
    uint32_t to[3];
    return m->fn(c, to) != 1 || to[0] != c;
}

static bool chars_idle(const sc_normalizer *m, const char *text, size_t n) {
    for (size_t i = 0; i < n;) {
        int len;
        if (touches(m, sc__utf8_decode(text + i, &len))) return false;
        i += (size_t)len;
    }
    return true;
}

static void put_mapped(const sc_normalizer *m, sc_rewrite *w, uint32_t c, size_t len) {
    uint32_t to[3];
    const int n = m->fn(c, to);
    if (!n) sc__skip(w, len);
    for (int i = 0; i < n; i++) {
        char bytes[4];
        sc__put(w, bytes, (size_t)sc__utf8_encode(bytes, to[i]), i > 0);
    }
}

static sc_status chars_run(const sc_normalizer *m, sc_rewrite *w) {
    const char *text = w->in.text;
    size_t done = 0;
    for (size_t i = 0; i < w->in.n;) {
        int len;
        const uint32_t c = sc__utf8_decode(text + i, &len);
        if (touches(m, c)) {
            if (i > done) sc__copy(w, done, i - done);
            put_mapped(m, w, c, (size_t)len);
            done = i + (size_t)len;
        }
        i += (size_t)len;
    }
    if (w->in.n > done) sc__copy(w, done, w->in.n - done);
    return SC_OK;
}

sc_status sc__normalizer_push_chars(sc_tokenizer *t, sc_char_fn *fn, const char *name) {
    sc_normalizer *m;
    SC_TRY(sc__normalizer_push(&m, t, name));
    m->touched = sc__arena_alloc(&t->arena, SC_TOUCHED / 8);
    if (!m->touched) return SC_FAIL(SC_NOMEM, "%s: no memory for a normalizer", name);
    m->run = chars_run;
    m->idle = chars_idle;
    m->may_cut = true;
    m->fn = fn;
    for (uint32_t c = 0; c < SC_TOUCHED; c++) {
        uint32_t to[3];
        if (fn(c, to) != 1 || to[0] != c) m->touched[c >> 3] |= (uint8_t)(1u << (c & 7));
    }
    return SC_OK;
}

/* -- the characters -------------------------------------------------------------------------- */

static int lower(uint32_t c, uint32_t *to) {
    if (c == 0x130) return to[0] = 'i', to[1] = 0x307, 2; /* the one that becomes two */
    to[0] = sc__char_lower(c);
    return 1;
}

static int without_marks(uint32_t c, uint32_t *to) {
    to[0] = c;
    return !sc__char_is(c, SC_CHAR_MARK);
}

static int without_accents(uint32_t c, uint32_t *to) {
    to[0] = c;
    return !sc__char_is(c, SC_CHAR_ACCENT);
}

/* BERT: control characters go, white space becomes a space. */
static int clean(uint32_t c, uint32_t *to) {
    to[0] = c == '\t' || c == '\n' || c == '\r' || sc__char_is_space(c) ? ' ' : c;
    if (c == '\t' || c == '\n' || c == '\r') return 1;
    return c && c != 0xFFFD && !sc__char_is(c, SC_CHAR_CONTROL);
}

/* BERT: a space on either side of a character of the CJK ideograph blocks. */
static int spaced_ideograph(uint32_t c, uint32_t *to) {
    static const uint32_t blocks[][2] = {
        {0x4E00, 0x9FFF},   {0x3400, 0x4DBF},   {0x20000, 0x2A6DF}, {0x2A700, 0x2B73F},
        {0x2B740, 0x2B81F}, {0x2B920, 0x2CEAF}, {0xF900, 0xFAFF},   {0x2F800, 0x2FA1F},
    };
    for (int i = 0; i < SC_LEN(blocks); i++)
        if (c >= blocks[i][0] && c <= blocks[i][1]) return to[0] = ' ', to[1] = c, to[2] = ' ', 3;
    return to[0] = c, 1;
}

/* sentencepiece's "nmt" rules. */
static int nmt(uint32_t c, uint32_t *to) {
    static const uint32_t spaces[] = {0x9,    0xA,    0xC,    0xD,    0x1680,
                                      0x200B, 0x200C, 0x200D, 0x200E, 0x200F,
                                      0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD};
    to[0] = c;
    for (int i = 0; i < SC_LEN(spaces); i++)
        if (c == spaces[i]) return to[0] = ' ', 1;
    return !((c >= 1 && c <= 8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F ||
             c == 0x9F);
}

sc_status sc__normalizer_lowercase(sc_tokenizer *t, const json_t *part, const char *name) {
    (void)part;
    return sc__normalizer_push_chars(t, lower, name);
}

sc_status sc__normalizer_strip_accents(sc_tokenizer *t, const json_t *part, const char *name) {
    (void)part;
    return sc__normalizer_push_chars(t, without_accents, name);
}

sc_status sc__normalizer_nmt(sc_tokenizer *t, const json_t *part, const char *name) {
    (void)part;
    return sc__normalizer_push_chars(t, nmt, name);
}

sc_status sc__normalizer_bert(sc_tokenizer *t, const json_t *part, const char *name) {
    bool clean_text, chinese, accents, lowercase;
    SC_TRY(sc__json_get_bool(&clean_text, part, "clean_text", true, name));
    SC_TRY(sc__json_get_bool(&chinese, part, "handle_chinese_chars", true, name));
    SC_TRY(sc__json_get_bool(&lowercase, part, "lowercase", true, name));
    SC_TRY(sc__json_get_bool(&accents, part, "strip_accents", lowercase, name));
    if (clean_text) SC_TRY(sc__normalizer_push_chars(t, clean, name));
    if (chinese) SC_TRY(sc__normalizer_push_chars(t, spaced_ideograph, name));
    if (accents) {
        SC_TRY(sc__normalizer_push_form(t, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE, name));
        SC_TRY(sc__normalizer_push_chars(t, without_marks, name));
    }
    return lowercase ? sc__normalizer_push_chars(t, lower, name) : SC_OK;
}
