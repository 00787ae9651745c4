/* fuzz_spm.c - any bytes as a sentencepiece model: refused with a text, or what is made of it is a
 * tokenizer that encodes and decodes. */
#include "base/status.h"
#include "base/utf8.h"
#include "tokenizer/foreign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] = "a ab (b) \xE2\x96\x81 \xEA\xB0\x80  x\n<s>\xFF  ";

static void run(const sc_tokenizer *t) {
    sc_encoder *e;
    sc_decoder *d;
    sc_ids ids = SC_IDS_INIT;
    const char *out;
    size_t n;
    if (sc_encoder_open(&e, t) < 0) return;
    (void)!sc_encoder_run(e, &ids, text, sizeof text - 1, 0);
    for (int64_t i = 0; i < ids.n; i++) sc_assert(sc_tokenizer_token(t, ids.ids[i]));
    if (sc_decoder_open(&d, t, 0) >= 0) {
        if (sc_decoder_push(d, &out, &n, ids.ids, ids.n) >= 0)
            sc_assert(sc__utf8_valid_prefix(out, n) == n);
        sc_decoder_close(d);
    }
    sc_ids_deinit(&ids);
    sc_encoder_close(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sc_foreign f = {.bos = -1, .eos = -1, .pad = -1};
    sc_buffer json = SC_BUFFER_INIT;
    sc_tokenizer *t = NULL;
    if (sc__spm_parse(&f, data, size, "fuzz") < 0)
        sc_assert(*sc_error_text());
    else if (sc__foreign_print(&json, &f, "fuzz") >= 0 &&
             sc_tokenizer_parse(&t, json.data, json.len, "fuzz") >= 0)
        run(t);
    sc_tokenizer_close(t);
    sc__buffer_deinit(&json);
    sc__foreign_deinit(&f);
    return 0;
}
