/* decode.c - ids to text, a few at a time: bytes that may still become a character are held back,
 * so that what is handed out is always whole, valid UTF-8. */
#include "base/utf8.h"
#include "tokenizer/tokenizer.h"

#include <inttypes.h>
#include <string.h>

struct sc_decoder {
    const sc_tokenizer *t;
    unsigned flags;
    bool begun;    /* a token was decoded: a spaced tokenizer puts a space before the next */
    sc_buffer raw; /* bytes of tokens; at its beginning what was held back */
    sc_buffer text;
};

sc_status sc_decoder_open(sc_decoder **out, const sc_tokenizer *t, unsigned flags) {
    sc_decoder *d = *out = sc__calloc(1, sizeof *d);
    if (!d) return SC_FAIL(SC_NOMEM, "no memory for a decoder");
    d->t = t;
    d->flags = flags;
    return SC_OK;
}

void sc_decoder_close(sc_decoder *d) {
    if (!d) return;
    sc__buffer_deinit(&d->raw);
    sc__buffer_deinit(&d->text);
    sc__free(d);
}

/* raw[0, n) repaired into text; the rest moves to the front. */
static sc_status hand_out(sc_decoder *d, size_t n, const char **text, size_t *n_text) {
    sc__buffer_clear(&d->text);
    sc__buffer_append(&d->text, "", 0); /* so that there is a terminator */
    SC_TRY(d->text.status);
    SC_TRY(sc__utf8_repair(&d->text, d->raw.data ? d->raw.data : "", n, NULL));
    const size_t rest = d->raw.len - n;
    if (rest) memmove(d->raw.data, d->raw.data + n, rest);
    d->raw.len = rest;
    *text = d->text.data;
    *n_text = d->text.len;
    return SC_OK;
}

static sc_status append(sc_decoder *d, int32_t id) {
    size_t n;
    const char *bytes = sc_tokenizer_bytes(d->t, id, &n);
    if (!bytes)
        return SC_FAIL(SC_FORMAT, "id %" PRId32 " is not in the vocabulary of %" PRId64 " tokens",
                       id, sc_tokenizer_vocab_size(d->t));
    if ((d->flags & SC_DECODE_SKIP_SPECIAL) && sc_tokenizer_is_special(d->t, id)) return SC_OK;
    if (d->t->rule == DECODE_SPACED && d->begun) sc__buffer_putc(&d->raw, ' ');
    d->begun = true;
    sc__buffer_append(&d->raw, bytes, n);
    return d->raw.status;
}

sc_status sc_decoder_push(sc_decoder *d, const char **text, size_t *n, const int32_t *ids,
                          int64_t n_ids) {
    *text = "";
    *n = 0;
    const size_t before = d->raw.len;
    sc_status s = SC_OK;
    for (int64_t i = 0; i < n_ids && s >= 0; i++) s = append(d, ids[i]);
    if (s >= 0)
        s = hand_out(d,
                     d->raw.len - (d->raw.len ? sc__utf8_partial_tail(d->raw.data, d->raw.len) : 0),
                     text, n);
    if (s < 0) {
        d->raw.len = SC_MIN(before, d->raw.len);
        d->raw.status = SC_OK;
    }
    return s;
}

sc_status sc_decoder_finish(sc_decoder *d, const char **text, size_t *n) {
    *text = "";
    *n = 0;
    d->begun = false;
    return hand_out(d, d->raw.len, text, n);
}
