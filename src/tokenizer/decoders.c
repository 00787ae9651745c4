/* decoders.c - what each part of a decoder makes of a token. */
#include "tokenizer/decoders.h"

#include "base/utf8.h"

static sc_status push(sc_decoder_part **out, sc_tokenizer *t, const char *name) {
    *out = NULL;
    if (t->n_decoders == SC_DECODERS_MAX)
        return SC_FAIL(SC_FORMAT, "%s: decoder: more than %d parts", name, SC_DECODERS_MAX);
    if (!t->decoders)
        t->decoders = sc__arena_array(&t->arena, SC_DECODERS_MAX, sizeof *t->decoders);
    if (!t->decoders) return SC_FAIL(SC_NOMEM, "%s: no memory for a decoder", name);
    *out = &t->decoders[t->n_decoders++];
    return SC_OK;
}

void sc__decoders_close(sc_tokenizer *t) {
    for (int i = 0; i < t->n_decoders; i++) sc__pattern_close(t->decoders[i].pattern);
}

static sc_status keep_text(const char **out, size_t *n, sc_tokenizer *t, const char *text,
                           const char *name) {
    *n = strlen(text);
    *out = sc__arena_strndup(&t->arena, text, *n);
    return *out ? SC_OK : SC_FAIL(SC_NOMEM, "%s: no memory for a decoder", name);
}

/* Appends text with each `from` replaced. */
static void replace_all(sc_buffer *out, const char *text, size_t n, const char *from,
                        const char *to) {
    const size_t n_from = strlen(from);
    size_t done = 0;
    for (size_t i = 0; n_from && i + n_from <= n;) {
        if (memcmp(text + i, from, n_from)) {
            i++;
            continue;
        }
        sc__buffer_append(out, text + done, i - done);
        sc__buffer_puts(out, to);
        done = i += n_from;
    }
    sc__buffer_append(out, text + done, n - done);
}

/* -- joining --------------------------------------------------------------------------------- */

static sc_status map_same(const sc_decoder_part *p, sc_matcher *m, sc_buffer *out, const char *text,
                          size_t n, int place) {
    (void)p, (void)m, (void)place;
    sc__buffer_append(out, text, n);
    return out->status;
}

/* A token of the alphabet's characters is the bytes that they spell, any other its own text. */
static sc_status map_bytes(const sc_decoder_part *p, sc_matcher *m, sc_buffer *out,
                           const char *text, size_t n, int place) {
    const size_t before = out->len;
    (void)p, (void)m, (void)place;
    for (size_t i = 0; i < n;) {
        int len;
        const int byte = sc__char_to_byte(sc__utf8_decode(text + i, &len));
        if (byte < 0) {
            out->len = before;
            sc__buffer_append(out, text, n);
            break;
        }
        sc__buffer_putc(out, (char)byte);
        i += (size_t)len;
    }
    return out->status;
}

int sc__fallback_byte(const char *text, size_t n) {
    int value = 0;
    if (n != 6 || memcmp(text, "<0x", 3) || text[5] != '>') return -1;
    for (int i = 3; i < 5; i++) {
        const char c = (char)(text[i] >= 'a' && text[i] <= 'f' ? text[i] - 32 : text[i]);
        if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'F')) return -1;
        value = value * 16 + (c <= '9' ? c - '0' : c - 'A' + 10);
    }
    return value;
}

static sc_status map_fallback(const sc_decoder_part *p, sc_matcher *m, sc_buffer *out,
                              const char *text, size_t n, int place) {
    const int byte = sc__fallback_byte(text, n);
    if (byte < 0) return map_same(p, m, out, text, n, place);
    sc__buffer_putc(out, (char)byte);
    return out->status;
}

static sc_status open_plain(sc_tokenizer *t, sc_decoder_kind kind, const char *name) {
    sc_decoder_part *p;
    SC_TRY(push(&p, t, name));
    p->kind = kind;
    p->map = kind == SC_DECODER_BYTES      ? map_bytes
             : kind == SC_DECODER_FALLBACK ? map_fallback
                                           : map_same;
    return SC_OK;
}

sc_status sc__decode_byte_level(sc_tokenizer *t, const json_t *part, const char *name) {
    (void)part;
    return open_plain(t, SC_DECODER_BYTES, name);
}

sc_status sc__decode_byte_fallback(sc_tokenizer *t, const json_t *part, const char *name) {
    (void)part;
    return open_plain(t, SC_DECODER_FALLBACK, name);
}

sc_status sc__decode_fuse(sc_tokenizer *t, const json_t *part, const char *name) {
    (void)part;
    return open_plain(t, SC_DECODER_FUSE, name);
}

/* -- WordPiece, CTC -------------------------------------------------------------------------- */

/* Spaces that English does not put before punctuation, in this order. */
static sc_status clean_up(sc_buffer *out, size_t from) {
    static const char *const rules[][2] = {
        {" .", "."},   {" ?", "?"},     {" !", "!"},     {" ,", ","},
        {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},   {" do not", " don't"},
        {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
    };
    sc_buffer text = SC_BUFFER_INIT;
    for (int i = 0; i < SC_LEN(rules) && out->status >= 0; i++) {
        if (out->len == from || !memchr(out->data + from, ' ', out->len - from)) break;
        sc__buffer_clear(&text);
        replace_all(&text, out->data + from, out->len - from, rules[i][0], rules[i][1]);
        out->len = from;
        if (text.status < 0) out->status = text.status;
        sc__buffer_append(out, text.data, text.len);
    }
    sc__buffer_deinit(&text);
    return out->status;
}

static sc_status map_wordpiece(const sc_decoder_part *p, sc_matcher *m, sc_buffer *out,
                               const char *text, size_t n, int place) {
    const size_t before = out->len;
    const bool joined = n >= p->n_text && !memcmp(text, p->text, p->n_text);
    (void)m;
    if (place & SC_DECODE_FIRST) {
        sc__buffer_append(out, text, n);
    } else if (joined) {
        sc__buffer_append(out, text + p->n_text, n - p->n_text);
    } else {
        sc__buffer_putc(out, ' ');
        sc__buffer_append(out, text, n);
    }
    return p->cleanup ? clean_up(out, before) : out->status;
}

sc_status sc__decode_wordpiece(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_decoder_part *p;
    const char *prefix;
    SC_TRY(push(&p, t, name));
    p->map = map_wordpiece;
    SC_TRY(sc__json_get_bool(&p->cleanup, part, "cleanup", true, name));
    SC_TRY(sc__json_get_string(&prefix, part, "prefix", "##", name));
    return keep_text(&p->text, &p->n_text, t, prefix, name);
}

static sc_status map_ctc(const sc_decoder_part *p, sc_matcher *m, sc_buffer *out, const char *text,
                         size_t n, int place) {
    const size_t before = out->len;
    (void)m, (void)place;
    replace_all(out, text, n, p->text, "");
    if (!p->cleanup || out->len == before) return out->status;
    SC_TRY(clean_up(out, before));
    sc_buffer cleaned = SC_BUFFER_INIT;
    replace_all(&cleaned, out->data + before, out->len - before, p->delimiter, " ");
    out->len = before;
    sc__buffer_append(out, cleaned.data ? cleaned.data : "", cleaned.len);
    if (cleaned.status < 0) out->status = cleaned.status;
    sc__buffer_deinit(&cleaned);
    return out->status;
}

sc_status sc__decode_ctc(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_decoder_part *p;
    const char *pad, *delimiter;
    size_t n;
    SC_TRY(push(&p, t, name));
    p->kind = SC_DECODER_CTC;
    p->map = map_ctc;
    SC_TRY(sc__json_get_bool(&p->cleanup, part, "cleanup", true, name));
    SC_TRY(sc__json_get_string(&pad, part, "pad_token", "<pad>", name));
    SC_TRY(sc__json_get_string(&delimiter, part, "word_delimiter_token", "|", name));
    SC_TRY(keep_text(&p->delimiter, &n, t, delimiter, name));
    return keep_text(&p->text, &p->n_text, t, pad, name);
}

/* -- Metaspace, BPEDecoder ------------------------------------------------------------------- */

static sc_status map_metaspace(const sc_decoder_part *p, sc_matcher *m, sc_buffer *out,
                               const char *text, size_t n, int place) {
    (void)m;
    for (size_t i = 0; i < n;) {
        int len;
        if (sc__utf8_decode(text + i, &len) != p->point)
            sc__buffer_append(out, text + i, (size_t)len);
        else if (!(place & SC_DECODE_FIRST) || !p->prepended)
            sc__buffer_putc(out, ' ');
        i += (size_t)len;
    }
    return out->status;
}

sc_status sc__decode_metaspace(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_decoder_part *p;
    const char *scheme;
    bool old;
    SC_TRY(push(&p, t, name));
    p->map = map_metaspace;
    SC_TRY(sc__json_get_char(&p->point, part, "replacement", name));
    SC_TRY(sc__json_get_bool(&old, part, "add_prefix_space", true, name));
    SC_TRY(sc__json_get_string(&scheme, part, "prepend_scheme", old ? "always" : "never", name));
    p->prepended = strcmp(scheme, "never") != 0;
    return SC_OK;
}

static sc_status map_bpe(const sc_decoder_part *p, sc_matcher *m, sc_buffer *out, const char *text,
                         size_t n, int place) {
    (void)m;
    replace_all(out, text, n, p->text, place & SC_DECODE_LAST ? "" : " ");
    return out->status;
}

sc_status sc__decode_bpe(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_decoder_part *p;
    const char *suffix;
    SC_TRY(push(&p, t, name));
    p->map = map_bpe;
    p->needs_last = true;
    SC_TRY(sc__json_get_string(&suffix, part, "suffix", "</w>", name));
    return keep_text(&p->text, &p->n_text, t, suffix, name);
}

/* -- Replace, Strip -------------------------------------------------------------------------- */

static sc_status map_replace(const sc_decoder_part *p, sc_matcher *m, sc_buffer *out,
                             const char *text, size_t n, int place) {
    sc_matches at = SC_MATCHES_INIT(p->pattern, m, text, n);
    size_t done = 0, from, to;
    sc_status found;
    (void)place;
    while ((found = sc__matches_next(&at, &from, &to)) == SC_OK) {
        sc__buffer_append(out, text + done, from - done);
        sc__buffer_append(out, p->text, p->n_text);
        done = to;
    }
    SC_TRY(found);
    sc__buffer_append(out, text + done, n - done);
    return out->status;
}

sc_status sc__decode_replace(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_decoder_part *p;
    const char *content;
    SC_TRY(push(&p, t, name));
    p->map = map_replace;
    SC_TRY(sc__json_get_string(&content, part, "content", "", name));
    SC_TRY(keep_text(&p->text, &p->n_text, t, content, name));
    return sc__pattern_parse(&p->pattern, json_object_get(part, "pattern"), name,
                             "decoder.pattern");
}

static sc_status map_strip(const sc_decoder_part *p, sc_matcher *m, sc_buffer *out,
                           const char *text, size_t n, int place) {
    char c[4];
    const size_t len = (size_t)sc__utf8_encode(c, p->point);
    (void)m, (void)place;
    for (int64_t i = 0; i < p->start && n >= len && !memcmp(text, c, len); i++) {
        text += len;
        n -= len;
    }
    for (int64_t i = 0; i < p->stop && n >= len && !memcmp(text + n - len, c, len); i++) n -= len;
    sc__buffer_append(out, text, n);
    return out->status;
}

sc_status sc__decode_strip(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_decoder_part *p;
    SC_TRY(push(&p, t, name));
    p->kind = SC_DECODER_STRIP;
    p->map = map_strip;
    SC_TRY(sc__json_get_char(&p->point, part, "content", name));
    SC_TRY(sc__json_get_int(&p->start, part, "start", 0, name));
    SC_TRY(sc__json_get_int(&p->stop, part, "stop", 0, name));
    if (p->start >= 0 && p->stop >= 0) return SC_OK;
    return SC_FAIL(SC_FORMAT, "%s: decoder.start and .stop: must not be negative", name);
}

/* -- what tokens stand for ------------------------------------------------------------------- */

/* In the middle of a text: behind a part that joins, nothing more happens to a single token. */
static sc_status token_bytes(const sc_tokenizer *t, sc_matcher *m, sc_buffer b[2],
                             const sc_token *k) {
    sc__buffer_clear(&b[0]);
    sc__buffer_append(&b[0], k->text, k->n_text);
    SC_TRY(b[0].status);
    for (int i = 0; i < t->n_decoders; i++) {
        const sc_decoder_part *p = &t->decoders[i];
        if (p->kind == SC_DECODER_FUSE) break;
        sc__buffer_clear(&b[1]);
        SC_TRY(p->map(p, m, &b[1], b[0].data, b[0].len, 0));
        sc__buffer_append(&b[1], "", 0);
        const sc_buffer swap = b[0];
        b[0] = b[1], b[1] = swap;
        if (p->kind == SC_DECODER_BYTES) break;
        if (p->kind == SC_DECODER_FALLBACK && sc__fallback_byte(k->text, k->n_text) >= 0) break;
    }
    return b[0].status;
}

static sc_status set_bytes(sc_tokenizer *t, sc_matcher *m, sc_buffer b[2], const char *name) {
    for (int64_t id = 0; id < t->vocab.n; id++) {
        sc_token *k = &t->vocab.tokens[id];
        if (!k->text) continue;
        k->bytes = k->text;
        k->n_bytes = k->n_text;
        if (!t->n_decoders) continue;
        SC_TRY(token_bytes(t, m, b, k));
        if (b[0].len == k->n_text && !memcmp(b[0].data, k->text, k->n_text)) continue;
        k->n_bytes = (uint32_t)b[0].len;
        k->bytes = sc__arena_strndup(&t->vocab.arena, b[0].data, b[0].len);
        if (!k->bytes) return SC_FAIL(SC_NOMEM, "%s: no memory for a vocabulary", name);
    }
    return SC_OK;
}

sc_status sc__decoders_finish(sc_tokenizer *t, const char *name) {
    sc_matcher *m;
    sc_buffer b[2] = {SC_BUFFER_INIT, SC_BUFFER_INIT};
    SC_TRY(sc__matcher_open(&m));
    const sc_status s = set_bytes(t, m, b, name);
    sc__buffer_deinit(&b[0]);
    sc__buffer_deinit(&b[1]);
    sc__matcher_close(m);
    return s;
}
