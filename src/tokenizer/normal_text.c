/* normal_text.c - normalizers that look at more than a character: Strip, Replace, Prepend, and
 * ByteLevel, which spells bytes in GPT-2's alphabet. */
#include "base/json.h"
#include "base/utf8.h"
#include "tokenizer/tokenizer.h"

/* -- Strip ----------------------------------------------------------------------------------- */

static size_t leading_space(const char *text, size_t n) {
    size_t i = 0;
    for (int len; i < n && sc__char_is_space(sc__utf8_decode(text + i, &len)); i += (size_t)len) {}
    return i;
}

static size_t without_trailing_space(const char *text, size_t from, size_t n) {
    while (n > from) {
        const size_t at = sc__utf8_start(text, n - 1);
        int len;
        if (!sc__char_is_space(sc__utf8_decode(text + at, &len))) break;
        n = at;
    }
    return n;
}

static sc_status strip_run(const sc_normalizer *m, sc_rewrite *w) {
    const size_t from = m->left ? leading_space(w->in.text, w->in.n) : 0;
    const size_t to = m->right ? without_trailing_space(w->in.text, from, w->in.n) : w->in.n;
    sc__copy(w, from, to - from);
    return SC_OK;
}

static bool strip_idle(const sc_normalizer *m, const char *text, size_t n) {
    return !(m->left && leading_space(text, n)) &&
           !(m->right && without_trailing_space(text, 0, n) < n);
}

sc_status sc__normalizer_strip(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_normalizer *m;
    SC_TRY(sc__normalizer_push(&m, t, name));
    m->run = strip_run;
    m->idle = strip_idle;
    SC_TRY(sc__json_get_bool(&m->left, part, "strip_left", false, name));
    return sc__json_get_bool(&m->right, part, "strip_right", false, name);
}

/* -- Replace --------------------------------------------------------------------------------- */

/* The content has the range of the last character that it replaces. */
static void put_content(const sc_normalizer *m, sc_rewrite *w, size_t to) {
    w->at = to;
    if (m->n_content) sc__put(w, m->content, m->n_content, 1);
}

static sc_status replace_literal(const sc_normalizer *m, sc_rewrite *w) {
    const char *text = w->in.text, *p;
    size_t done = 0;
    while ((p = memchr(text + done, m->literal, w->in.n - done))) {
        const size_t from = (size_t)(p - text);
        if (from > done) sc__copy(w, done, from - done);
        put_content(m, w, done = from + 1);
    }
    if (w->in.n > done) sc__copy(w, done, w->in.n - done);
    return SC_OK;
}

static bool literal_idle(const sc_normalizer *m, const char *text, size_t n) {
    return !memchr(text, m->literal, n);
}

static sc_status replace_pattern(const sc_normalizer *m, sc_rewrite *w) {
    sc_matches at = SC_MATCHES_INIT(m->pattern, w->matcher, w->in.text, w->in.n);
    size_t done = 0, from, to;
    sc_status found;
    while ((found = sc__matches_next(&at, &from, &to)) == SC_OK) {
        if (from > done) sc__copy(w, done, from - done);
        put_content(m, w, to);
        done = to;
    }
    SC_TRY(found);
    if (w->in.n > done) sc__copy(w, done, w->in.n - done);
    return SC_OK;
}

sc_status sc__normalizer_replace(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_normalizer *m;
    const json_t *content = json_object_get(part, "content");
    const char *literal;
    SC_TRY(sc__normalizer_push(&m, t, name));
    if (!json_is_string(content))
        return SC_FAIL(SC_FORMAT, "%s: normalizer.content: must be a string", name);
    m->n_content = json_string_length(content);
    m->content = sc__arena_strndup(&t->arena, json_string_value(content), m->n_content);
    if (!m->content) return SC_FAIL(SC_NOMEM, "%s: no memory for a normalizer", name);
    SC_TRY(sc__json_get_string(&literal, json_object_get(part, "pattern"), "String", NULL, name));
    m->run = replace_pattern;
    if (literal && strlen(literal) == 1 && (unsigned char)*literal < 0x80) {
        m->literal = *literal;
        m->run = replace_literal;
        m->idle = literal_idle;
        m->may_cut = *literal != ' ' || m->n_content;
        return SC_OK;
    }
    return sc__pattern_parse(&m->pattern, json_object_get(part, "pattern"), name,
                             "normalizer.pattern");
}

/* -- Prepend --------------------------------------------------------------------------------- */

/* All of it has the range of the character before which it is put. */
static sc_status prepend_run(const sc_normalizer *m, sc_rewrite *w) {
    int len;
    sc__utf8_decode(w->in.text, &len);
    w->at = (size_t)len;
    sc__put(w, m->content, m->n_content, 1);
    sc__copy(w, 0, w->in.n);
    return SC_OK;
}

sc_status sc__normalizer_prepend(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_normalizer *m;
    const char *content;
    SC_TRY(sc__normalizer_push(&m, t, name));
    SC_TRY(sc__json_get_string(&content, part, "prepend", NULL, name));
    if (!content) return SC_FAIL(SC_FORMAT, "%s: normalizer.prepend: missing", name);
    m->n_content = strlen(content);
    m->content = sc__arena_strndup(&t->arena, content, m->n_content);
    m->run = prepend_run;
    return m->content ? SC_OK : SC_FAIL(SC_NOMEM, "%s: no memory for a normalizer", name);
}

/* -- ByteLevel ------------------------------------------------------------------------------- */

void sc__spell_bytes(sc_rewrite *w) {
    for (size_t i = 0; i < w->in.n;) {
        int len;
        sc__utf8_decode(w->in.text + i, &len);
        for (int k = 0; k < len; k++) {
            char bytes[4];
            const uint32_t c = sc__byte_to_char((uint8_t)w->in.text[i + (size_t)k]);
            sc__put(w, bytes, (size_t)sc__utf8_encode(bytes, c), k > 0);
        }
        i += (size_t)len;
    }
}

static sc_status spell_run(const sc_normalizer *m, sc_rewrite *w) {
    (void)m;
    sc__spell_bytes(w);
    return SC_OK;
}

sc_status sc__normalizer_byte_level(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_normalizer *m;
    (void)part;
    SC_TRY(sc__normalizer_push(&m, t, name));
    m->run = spell_run;
    return SC_OK;
}
