/* encoding.c - what models want besides ids: spans, types, truncation to a length with windows for
 * what was cut off, padding. The rules are those of Hugging Face tokenizers. */
#include "base/utf8.h"
#include "tokenizer/tokenizer.h"

#include <inttypes.h>

enum { NO_SEQUENCE = -1 };

/* One of the texts: its tokens and the windows [from, to) of them that are kept. */
typedef struct {
    sc_spanned got;
    sc_span *windows;
    int64_t n_windows;
} side;

static void side_deinit(side *s) {
    sc_ids_deinit(&s->got.ids);
    sc__buffer_deinit(&s->got.spans);
    sc__buffer_deinit(&s->got.words);
    sc__free(s->windows);
}

void sc_encodings_deinit(sc_encodings *list) {
    for (int64_t i = 0; i < list->n; i++) sc__free(list->items[i].tokens);
    sc__free(list->items);
    *list = (sc_encodings)SC_ENCODINGS_INIT;
}

/* -- ByteLevel's trimmed offsets ------------------------------------------------------------- */

static bool is_trimmed(uint32_t c) { return c == 0x120 || sc__char_is_space(c); }

static uint32_t leading(const char *text, size_t n) {
    uint32_t count = 0;
    for (size_t i = 0; i < n; count++) {
        int len;
        if (!is_trimmed(sc__utf8_decode(text + i, &len))) break;
        i += (size_t)len;
    }
    return count;
}

static uint32_t trailing(const char *text, size_t n) {
    uint32_t count = 0;
    for (; n; count++) {
        const size_t at = sc__utf8_start(text, n - 1);
        int len;
        if (!is_trimmed(sc__utf8_decode(text + at, &len))) break;
        n = at;
    }
    return count;
}

/* The reference counts characters, so a span moves by characters of the source. */
static uint32_t forward(const char *source, size_t n, uint32_t at, uint32_t chars) {
    for (; chars && at < n; chars--) do
            at++;
        while (at < n && sc__utf8_is_inner(source[at]));
    return at;
}

static uint32_t backward(const char *source, uint32_t at, uint32_t chars) {
    for (; chars && at; chars--) at = (uint32_t)sc__utf8_start(source, at - 1);
    return at;
}

/* An added token that was found is spelled as it stands in the text, with the space that it took.
 */
static sc_text spelling(const sc_tokenizer *t, const side *s, const char *source, int64_t i) {
    const sc_token *k = &t->vocab.tokens[s->got.ids.ids[i]];
    const sc_span span = ((const sc_span *)(const void *)s->got.spans.data)[i];
    const size_t n = span.to - span.from;
    if (((const int32_t *)(const void *)s->got.words.data)[i] >= 0 ||
        sc__utf8_valid_prefix(source + span.from, n) < n)
        return (sc_text){k->text, k->n_text, NULL, false};
    return (sc_text){source + span.from, n, NULL, false};
}

static void trim(const sc_tokenizer *t, side *s, const char *source, size_t n, bool prefix_space) {
    sc_span *spans = (sc_span *)(void *)s->got.spans.data;
    for (int64_t i = 0; i < s->got.ids.n; i++) {
        const sc_text k = spelling(t, s, source, i);
        uint32_t before = leading(k.text, k.n), behind = trailing(k.text, k.n);
        if (before == 1 && prefix_space && (!i || !spans[i].from)) before = 0; /* we put it there */
        spans[i].from = SC_MIN(forward(source, n, spans[i].from, before), spans[i].to);
        spans[i].to = SC_MAX(backward(source, spans[i].to, behind), spans[i].from);
    }
}

/* -- truncation ------------------------------------------------------------------------------ */

static sc_status cut(side *s, int64_t length, const sc_truncation *o) {
    const int64_t n = s->got.ids.n, step = length - o->stride;
    if (length < n && length && step <= 0)
        return SC_FAIL(SC_USAGE, "stride: %" PRId64 " leaves nothing of windows of %" PRId64,
                       o->stride, length);
    s->n_windows = length >= n ? 1 : length ? (n - length + step - 1) / step + 1 : 2;
    s->windows = sc__calloc((size_t)s->n_windows, sizeof *s->windows);
    if (!s->windows) return SC_FAIL(SC_NOMEM, "no memory for windows");
    if (length >= n || !length) { /* of a length of 0, the whole is what was cut off */
        s->windows[s->n_windows - 1].to = (uint32_t)n;
        return SC_OK;
    }
    for (int64_t i = 0; i < s->n_windows; i++) {
        const int64_t from = i * step, to = SC_MIN(from + length, n);
        s->windows[i] = o->left ? (sc_span){(uint32_t)(n - to), (uint32_t)(n - from)}
                                : (sc_span){(uint32_t)from, (uint32_t)to};
    }
    return SC_OK;
}

/* How many tokens of each text are kept. */
static sc_status share(int64_t keep[2], const int64_t n[2], bool pair, const sc_truncation *o,
                       int64_t room) {
    const int64_t over = n[0] + n[1] - room;
    keep[0] = n[0], keep[1] = n[1];
    if (!room) return keep[0] = keep[1] = 0, SC_OK;
    if (over <= 0) return SC_OK;
    if (o->strategy == SC_TRUNCATE_LONGEST_FIRST && !pair) return keep[0] = room, SC_OK;
    if (o->strategy == SC_TRUNCATE_LONGEST_FIRST) {
        const int small = n[0] > n[1];
        if (n[small] <= room && SC_MAX(n[small], room - n[small]) + n[small] <= room)
            return keep[!small] = SC_MAX(n[small], room - n[small]), SC_OK;
        keep[small] = room / 2;
        keep[!small] = room / 2 + room % 2;
        return SC_OK;
    }
    const int which = o->strategy == SC_TRUNCATE_ONLY_SECOND;
    if (which && !pair)
        return SC_FAIL(SC_USAGE, "truncation: only the second text, which is not there");
    if (n[which] <= over)
        return SC_FAIL(SC_USAGE, "truncation: a text of %" PRId64 " tokens cannot lose %" PRId64,
                       n[which], over);
    keep[which] = n[which] - over;
    return SC_OK;
}

static sc_status truncate(side sides[2], const sc_encode_input *in, int64_t n_added) {
    const sc_truncation none = {INT64_MAX, 0, SC_TRUNCATE_LONGEST_FIRST, false};
    const sc_truncation *o = in->truncation ? in->truncation : &none;
    const int64_t n[2] = {sides[0].got.ids.n, sides[1].got.ids.n};
    int64_t keep[2];
    if (o->stride < 0 || o->max_length < 0)
        return SC_FAIL(SC_USAGE, "truncation: a negative length");
    if (o->max_length < n_added)
        return SC_FAIL(SC_USAGE,
                       "max_length: %" PRId64 " leaves no room beside %" PRId64 " special tokens",
                       o->max_length, n_added);
    SC_TRY(share(keep, n, in->pair, o, o->max_length - n_added));
    for (int i = 0; i < 2; i++) SC_TRY(cut(&sides[i], keep[i], o));
    return SC_OK;
}

/* -- one input ------------------------------------------------------------------------------- */

static sc_status new_item(sc_encoding **out, sc_encodings *list, int64_t n_tokens) {
    *out = NULL;
    if (list->n == list->capacity) {
        const int64_t capacity = SC_MAX(8, 2 * list->capacity);
        sc_encoding *items = sc__realloc(list->items, (size_t)capacity * sizeof *items);
        if (!items) return SC_FAIL(SC_NOMEM, "no memory for encodings");
        list->items = items;
        list->capacity = capacity;
    }
    *out = &list->items[list->n];
    **out = (sc_encoding){NULL, 0, n_tokens};
    (*out)->tokens = sc__calloc((size_t)n_tokens + 1, sizeof *(*out)->tokens);
    if (!(*out)->tokens) return SC_FAIL(SC_NOMEM, "no memory for %" PRId64 " tokens", n_tokens);
    list->n++;
    return SC_OK;
}

static void put_side(sc_encoding *out, const side *s, int64_t window, const sc_item *item) {
    const sc_span *spans = (const sc_span *)(const void *)s->got.spans.data;
    const int32_t *words = (const int32_t *)(const void *)s->got.words.data;
    for (uint32_t i = s->windows[window].from; i < s->windows[window].to; i++) {
        sc_token_info *k = &out->tokens[out->n++];
        *k = (sc_token_info){s->got.ids.ids[i], spans[i], words[i] < 0 ? ~words[i] : words[i], 0,
                             item->type,        0};
        k->sequence = item->kind == SC_ITEM_SECOND;
    }
}

static int64_t window_length(const side *s, int64_t window) {
    return s->windows ? s->windows[window].to - s->windows[window].from : 0;
}

/* One window of either text in the template. */
static sc_status put_item(sc_encodings *list, const sc_template *t, const side sides[2],
                          const int64_t window[2], unsigned flags) {
    const int64_t n =
        t->n + window_length(&sides[0], window[0]) + window_length(&sides[1], window[1]);
    sc_encoding *out;
    SC_TRY(new_item(&out, list, n));
    for (int i = 0; i < t->n; i++) {
        const sc_item *item = &t->items[i];
        const int which = item->kind == SC_ITEM_SECOND;
        if (item->kind != SC_ITEM_TOKEN)
            put_side(out, &sides[which], window[which], item);
        else if (!(flags & SC_ENCODE_NO_SPECIAL))
            out->tokens[out->n++] =
                (sc_token_info){item->id, {0, 0}, -1, NO_SEQUENCE, item->type, SC_TOKEN_SPECIAL};
    }
    return SC_OK;
}

/* The first windows, then every other combination in the reference's order. */
static sc_status put_items(sc_encodings *list, const sc_template *t, const side sides[2],
                           const sc_encode_input *in) {
    const int64_t n[2] = {sides[0].n_windows, in->pair ? sides[1].n_windows : 1};
    SC_TRY(put_item(list, t, sides, (const int64_t[]){0, 0}, in->flags));
    for (int64_t i = 1; i < n[0]; i++)
        for (int64_t k = 0; k < n[1]; k++)
            SC_TRY(put_item(list, t, sides, (const int64_t[]){i, k}, in->flags));
    for (int64_t k = 1; k < n[1]; k++)
        SC_TRY(put_item(list, t, sides, (const int64_t[]){0, k}, in->flags));
    return SC_OK;
}

static sc_status encode_sides(sc_encoder *e, side sides[2], const sc_encode_input *in) {
    const sc_tokenizer *t = sc__encoder_tokenizer(e);
    const char *texts[2] = {in->text, in->pair};
    const size_t n[2] = {in->n, in->n_pair};
    for (int i = 0; i < 2 && texts[i]; i++) {
        SC_TRY(sc__encode_spanned(e, &sides[i].got, texts[i], n[i], in->flags));
        for (int k = 0; k < t->post.n_trims; k++)
            trim(t, &sides[i], texts[i], n[i], t->post.prefix_space[k]);
    }
    return SC_OK;
}

static sc_status encode(sc_encoder *e, sc_encodings *list, side sides[2],
                        const sc_encode_input *in) {
    const sc_post *post = &sc__encoder_tokenizer(e)->post;
    const sc_template *t = in->pair ? &post->pair : &post->single;
    int64_t n_added = 0;
    if (!t->n)
        return SC_FAIL(SC_FORMAT, "post_processor.pair: does not say how two texts are put "
                                  "together");
    for (int i = 0; i < t->n && !(in->flags & SC_ENCODE_NO_SPECIAL); i++)
        n_added += t->items[i].kind == SC_ITEM_TOKEN;
    SC_TRY(encode_sides(e, sides, in));
    SC_TRY(truncate(sides, in, n_added));
    return put_items(list, t, sides, in);
}

sc_status sc_encoder_encode(sc_encoder *e, sc_encodings *list, const sc_encode_input *in) {
    side sides[2] = {0};
    const int64_t before = list->n;
    const sc_status s = encode(e, list, sides, in);
    for (; s < 0 && list->n > before; list->n--) sc__free(list->items[list->n - 1].tokens);
    side_deinit(&sides[0]);
    side_deinit(&sides[1]);
    return s;
}

/* -- padding --------------------------------------------------------------------------------- */

static sc_status pad_one(sc_encoding *e, int64_t length, const sc_padding *p) {
    const int64_t more = length - e->n;
    if (more <= 0) return SC_OK;
    sc_token_info *tokens = sc__realloc(e->tokens, (size_t)length * sizeof *tokens);
    if (!tokens) return SC_FAIL(SC_NOMEM, "no memory for %" PRId64 " tokens", length);
    e->tokens = tokens;
    e->capacity = length;
    if (p->left) memmove(tokens + more, tokens, (size_t)e->n * sizeof *tokens);
    const int64_t from = p->left ? 0 : e->n;
    for (int64_t i = 0; i < more; i++)
        tokens[from + i] = (sc_token_info){p->id,       {0, 0},  -1,
                                           NO_SEQUENCE, p->type, SC_TOKEN_SPECIAL | SC_TOKEN_PAD};
    e->n = length;
    return SC_OK;
}

sc_status sc_encodings_pad(sc_encodings *list, const sc_padding *p) {
    int64_t length = p->length;
    for (int64_t i = 0; !p->length && i < list->n; i++) length = SC_MAX(length, list->items[i].n);
    if (length < 0 || length > INT32_MAX || p->multiple < 0 || p->multiple > INT32_MAX)
        return SC_FAIL(SC_USAGE, "padding: a length out of range");
    if (p->multiple > 1 && length % p->multiple) length += p->multiple - length % p->multiple;
    for (int64_t i = 0; i < list->n; i++) SC_TRY(pad_one(&list->items[i], length, p));
    return SC_OK;
}
