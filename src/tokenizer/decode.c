/* decode.c - ids to text, a few at a time. What is handed out is always whole, valid UTF-8, and all
 * of it together is what the reference gives for the ids at once: text that further ids may change
 * is held back. */
#include "base/utf8.h"
#include "tokenizer/decoders.h"

#include <inttypes.h>

enum { BEGINS = 1, ENDS = 2, WHOLE = BEGINS | ENDS };

/* Between two parts: what one of them has seen and holds back. */
typedef struct {
    int64_t n_seen;      /* tokens */
    sc_buffer held;      /* bytes that wait */
    bool holds;          /* a token waits in it, if an empty one */
    int64_t left, right; /* Strip: still to be taken off at the beginning; waits at the end */
    sc_buffer out;
} link;

struct sc_decoder {
    const sc_tokenizer *t;
    unsigned flags;
    sc_matcher *matcher;
    link links[SC_DECODERS_MAX + 1]; /* the last: the text itself */
    sc_buffer text;
};

sc_status sc_decoder_open(sc_decoder **out, const sc_tokenizer *t, unsigned flags) {
    sc_decoder *d = *out = sc__calloc(1, sizeof *d);
    if (!d) return SC_FAIL(SC_NOMEM, "no memory for a decoder");
    d->t = t;
    d->flags = flags;
    const sc_status s = sc__matcher_open(&d->matcher);
    if (s < 0) {
        sc_decoder_close(d);
        *out = NULL;
    }
    return s;
}

void sc_decoder_close(sc_decoder *d) {
    if (!d) return;
    for (int i = 0; i <= SC_DECODERS_MAX; i++) {
        sc__buffer_deinit(&d->links[i].held);
        sc__buffer_deinit(&d->links[i].out);
    }
    sc__buffer_deinit(&d->text);
    sc__matcher_close(d->matcher);
    sc__free(d);
}

/* -- the chain ------------------------------------------------------------------------------- */

static sc_status feed(sc_decoder *d, int at, const char *text, size_t n, int fraction);

/* No decoder: tokens with spaces between them. */
static sc_status sink(sc_decoder *d, link *k, const char *text, size_t n, int fraction) {
    if (!d->t->n_decoders && (fraction & BEGINS) && k->n_seen++) sc__buffer_putc(&d->text, ' ');
    sc__buffer_append(&d->text, text, n);
    return d->text.status;
}

static sc_status map_one(sc_decoder *d, int at, const char *text, size_t n, int place) {
    const sc_decoder_part *p = &d->t->decoders[at];
    link *k = &d->links[at];
    sc__buffer_clear(&k->out);
    SC_TRY(p->map(p, d->matcher, &k->out, text, n, place));
    return feed(d, at + 1, k->out.data ? k->out.data : "", k->out.len, WHOLE);
}

static sc_status map_token(sc_decoder *d, int at, const char *text, size_t n, int place) {
    link *k = &d->links[at];
    if (!k->n_seen++) place |= SC_DECODE_FIRST;
    return map_one(d, at, text, n, place);
}

/* One that asks whether it sees the last token gets each when the next is there. */
static sc_status put_map(sc_decoder *d, int at, const char *text, size_t n) {
    link *k = &d->links[at];
    if (!d->t->decoders[at].needs_last) return map_token(d, at, text, n, 0);
    if (k->holds) SC_TRY(map_token(d, at, k->held.data ? k->held.data : "", k->held.len, 0));
    sc__buffer_clear(&k->held);
    sc__buffer_append(&k->held, text, n);
    k->holds = true;
    return k->held.status;
}

static sc_status put_ctc(sc_decoder *d, int at, const char *text, size_t n) {
    link *k = &d->links[at];
    const bool again = k->holds && k->held.len == n && (!n || !memcmp(k->held.data, text, n));
    sc__buffer_clear(&k->held);
    sc__buffer_append(&k->held, text, n);
    SC_TRY(k->held.status);
    k->holds = true;
    if (again) return SC_OK;
    const sc_decoder_part *p = &d->t->decoders[at];
    sc__buffer_clear(&k->out);
    SC_TRY(p->map(p, d->matcher, &k->out, text, n, 0));
    return k->out.len ? feed(d, at + 1, k->out.data, k->out.len, WHOLE) : SC_OK;
}

/* Bytes that are whole characters go on, the rest waits. */
static sc_status give_bytes(sc_decoder *d, int at, bool all) {
    link *k = &d->links[at];
    const char *bytes = k->held.data ? k->held.data : "";
    const size_t n = k->held.len - (all ? 0 : sc__utf8_partial_tail(bytes, k->held.len));
    sc__buffer_clear(&k->out);
    SC_TRY(sc__utf8_repair(&k->out, bytes, n, NULL));
    if (n < k->held.len) memmove(k->held.data, k->held.data + n, k->held.len - n);
    k->held.len -= n;
    if (!k->out.len && !all) return SC_OK;
    const int fraction = (k->n_seen++ ? 0 : BEGINS) | (all ? ENDS : 0);
    return feed(d, at + 1, k->out.data ? k->out.data : "", k->out.len, fraction);
}

static sc_status put_bytes(sc_decoder *d, int at, const char *text, size_t n) {
    const sc_decoder_part *p = &d->t->decoders[at];
    SC_TRY(p->map(p, d->matcher, &d->links[at].held, text, n, 0));
    return give_bytes(d, at, false);
}

/* The bytes that wait, as characters; all are U+FFFD where they are not UTF-8. */
static sc_status give_fallback(sc_decoder *d, int at) {
    link *k = &d->links[at];
    const size_t n = k->held.len;
    if (!n) return SC_OK;
    k->held.len = 0;
    if (sc__utf8_valid_prefix(k->held.data, n) == n) return feed(d, at + 1, k->held.data, n, WHOLE);
    for (size_t i = 0; i < n; i++) SC_TRY(feed(d, at + 1, "\xEF\xBF\xBD", 3, WHOLE));
    return SC_OK;
}

static sc_status put_fallback(sc_decoder *d, int at, const char *text, size_t n) {
    const int byte = sc__fallback_byte(text, n);
    if (byte >= 0) {
        sc__buffer_putc(&d->links[at].held, (char)byte);
        return d->links[at].held.status;
    }
    SC_TRY(give_fallback(d, at));
    return feed(d, at + 1, text, n, WHOLE);
}

static sc_status put_strip(sc_decoder *d, int at, const char *text, size_t n, int fraction) {
    const sc_decoder_part *p = &d->t->decoders[at];
    link *k = &d->links[at];
    char c[4];
    const size_t len = (size_t)sc__utf8_encode(c, p->point);
    if (fraction & BEGINS) k->left = p->start, k->right = 0;
    for (; k->left && n; k->left--) {
        if (n < len || memcmp(text, c, len)) break;
        text += len, n -= len;
    }
    if (n) k->left = 0;
    int64_t waits = 0; /* at the end of this fraction */
    while (waits < p->stop && n >= len && !memcmp(text + n - len, c, len)) waits++, n -= len;
    sc__buffer_clear(&k->out);
    for (; k->right > (n ? 0 : p->stop - waits); k->right--) sc__buffer_append(&k->out, c, len);
    sc__buffer_append(&k->out, text, n);
    k->right += waits;
    SC_TRY(k->out.status);
    return feed(d, at + 1, k->out.data ? k->out.data : "", k->out.len, fraction);
}

static sc_status put_whole(sc_decoder *d, int at, const char *text, size_t n) {
    switch (d->t->decoders[at].kind) {
    case SC_DECODER_MAP:
        return put_map(d, at, text, n);
    case SC_DECODER_CTC:
        return put_ctc(d, at, text, n);
    case SC_DECODER_FALLBACK:
        return put_fallback(d, at, text, n);
    case SC_DECODER_BYTES:
        return put_bytes(d, at, text, n);
    default:
        return SC_OK;
    }
}

static sc_status feed(sc_decoder *d, int at, const char *text, size_t n, int fraction) {
    link *k = &d->links[at];
    if (at == d->t->n_decoders) return sink(d, k, text, n, fraction);
    const sc_decoder_kind kind = d->t->decoders[at].kind;
    if (kind == SC_DECODER_STRIP) return put_strip(d, at, text, n, fraction);
    if (kind == SC_DECODER_FUSE) return feed(d, at + 1, text, n, k->n_seen++ ? 0 : BEGINS);
    if (fraction == WHOLE) return put_whole(d, at, text, n);
    sc__buffer_append(&k->held, text, n);
    SC_TRY(k->held.status);
    if (!(fraction & ENDS)) return SC_OK;
    sc_buffer token = k->held;
    k->held = (sc_buffer)SC_BUFFER_INIT;
    const sc_status s = put_whole(d, at, token.data ? token.data : "", token.len);
    sc__buffer_deinit(&token);
    return s;
}

/* No more tokens come to part `at`. */
static sc_status end(sc_decoder *d, int at) {
    link *k = &d->links[at];
    const sc_decoder_part *p = &d->t->decoders[at];
    switch (p->kind) {
    case SC_DECODER_FUSE:
        return feed(d, at + 1, "", 0, ENDS | (k->n_seen ? 0 : BEGINS));
    case SC_DECODER_BYTES:
        return give_bytes(d, at, true);
    case SC_DECODER_FALLBACK:
        return give_fallback(d, at);
    case SC_DECODER_MAP:
        return k->holds
                   ? map_token(d, at, k->held.data ? k->held.data : "", k->held.len, SC_DECODE_LAST)
                   : SC_OK;
    default:
        return SC_OK;
    }
}

static void forget(sc_decoder *d) {
    for (int i = 0; i <= d->t->n_decoders; i++) {
        link *k = &d->links[i];
        sc__buffer_clear(&k->held);
        k->n_seen = k->left = k->right = 0;
        k->holds = false;
    }
}

/* -- the calls ------------------------------------------------------------------------------- */

static sc_status put_id(sc_decoder *d, int32_t id) {
    const sc_tokenizer *t = d->t;
    const sc_token *k = id >= 0 && id < t->vocab.n ? &t->vocab.tokens[id] : NULL;
    if (!k || !k->text)
        return SC_FAIL(SC_FORMAT, "id %" PRId32 " is not in the vocabulary of %" PRId64 " tokens",
                       id, t->vocab.n);
    if ((d->flags & SC_DECODE_SKIP_SPECIAL) && k->special) return SC_OK;
    return feed(d, 0, k->text, k->n_text, WHOLE);
}

static void begin_call(sc_decoder *d) {
    sc__buffer_clear(&d->text);
    sc__buffer_append(&d->text, "", 0); /* so that there is a terminator */
}

static sc_status end_call(sc_decoder *d, sc_status s, const char **text, size_t *n) {
    if (s >= 0) s = d->text.status;
    *text = s < 0 ? "" : d->text.data;
    *n = s < 0 ? 0 : d->text.len;
    if (s < 0) forget(d);
    return s;
}

sc_status sc_decoder_push(sc_decoder *d, const char **text, size_t *n, const int32_t *ids,
                          int64_t n_ids) {
    sc_status s = SC_OK;
    begin_call(d);
    for (int64_t i = 0; i < n_ids && s >= 0; i++) s = put_id(d, ids[i]);
    return end_call(d, s, text, n);
}

sc_status sc_decoder_finish(sc_decoder *d, const char **text, size_t *n) {
    sc_status s = SC_OK;
    begin_call(d);
    for (int i = 0; i < d->t->n_decoders && s >= 0; i++) s = end(d, i);
    forget(d);
    return end_call(d, s, text, n);
}
