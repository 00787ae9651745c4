/* fuzz_tokenizer.c - any bytes as a tokenizer.json: refused with a text, or it encodes, and decodes
 * what it encoded to valid UTF-8; a text in pieces gives the ids of the whole. */
#include "base/status.h"
#include "base/utf8.h"
#include "socle/tokenizer.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] =
    "the  low lower's 12345 \xEA\xB0\x80\xE5\xAD\x97 ne\xCC\x81\n\n <s> x\xFF"
    "\xF0\x9F\x98\x80 <s>lowest--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

static void decode(const sc_tokenizer *t, const sc_ids *ids) {
    sc_decoder *d;
    const char *out;
    size_t n;
    if (sc_decoder_open(&d, t, 0) < 0) return;
    if (sc_decoder_push(d, &out, &n, ids->ids, ids->n) >= 0)
        sc_assert(sc__utf8_valid_prefix(out, n) == n);
    sc_decoder_close(d);
}

/* The same ids with spans, which lie in the text; a pair is cut to windows and padded. */
static void encode_pair(sc_encoder *e, sc_status whole, const sc_ids *ids) {
    const sc_truncation cut = {6, 1, SC_TRUNCATE_LONGEST_FIRST, true};
    const sc_padding pad = {0, 4, 0, 0, true};
    sc_encode_input in = {.text = text, .n = sizeof text - 1};
    sc_encodings list = SC_ENCODINGS_INIT;
    if (sc_encoder_encode(e, &list, &in) >= 0 && whole >= 0) {
        sc_assert(list.n == 1 && list.items[0].n == ids->n);
        for (int64_t i = 0; i < ids->n; i++) {
            sc_assert(list.items[0].tokens[i].id == ids->ids[i]);
            sc_assert(list.items[0].tokens[i].span.to < sizeof text);
        }
    }
    in.truncation = &cut;
    in.pair = "lower [MASK]";
    in.n_pair = 12;
    if (sc_encoder_encode(e, &list, &in) < 0) sc_assert(*sc_error_text());
    sc_assert(sc_encodings_pad(&list, &pad) >= 0);
    sc_encodings_deinit(&list);
}

static void encode(const sc_tokenizer *t) {
    sc_encoder *e;
    sc_ids ids = SC_IDS_INIT, again = SC_IDS_INIT;
    if (sc_encoder_open(&e, t) < 0) return;
    const sc_status s = sc_encoder_run(e, &ids, text, sizeof text - 1, 0);
    for (int64_t i = 0; i < ids.n; i++) sc_assert(sc_tokenizer_token(t, ids.ids[i]));
    if (s >= 0 && sc_encoder_push(e, &again, text, 20, 0) >= 0 &&
        sc_encoder_push(e, &again, text + 20, sizeof text - 21, 0) >= 0 &&
        sc_encoder_finish(e, &again, 0) >= 0) {
        sc_assert(again.n == ids.n);
        sc_assert(!ids.n || !memcmp(again.ids, ids.ids, (size_t)ids.n * sizeof *ids.ids));
    }
    decode(t, &ids);
    encode_pair(e, s, &ids);
    sc_ids_deinit(&ids);
    sc_ids_deinit(&again);
    sc_encoder_close(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sc_tokenizer *t;
    if (sc_tokenizer_parse(&t, (const char *)data, size, "fuzz") < 0) {
        sc_assert(*sc_error_text());
        return 0;
    }
    encode(t);
    sc_tokenizer_close(t);
    return 0;
}
