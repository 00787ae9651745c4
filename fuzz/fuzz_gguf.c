/* fuzz_gguf.c - any bytes as a GGUF file: refused with a text, or its metadata can be walked, its
 * tensors lie in it or are refused, and its vocabulary is a tokenizer or refused. */
#include "format/gguf.h"
#include "tokenizer/foreign.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const sc_gguf *g) {
    for (uint64_t i = 0; i < g->n_values; i++) {
        const sc_gguf_value *v = &g->values[i];
        const unsigned char *at = v->at;
        for (uint64_t k = 0; k < v->n; k++) {
            if (v->item != SC_GGUF_STRING) {
                (void)sc__gguf_item(v, k);
                continue;
            }
            const sc_gguf_string s = sc__gguf_next_string(&at);
            sc_assert((const unsigned char *)s.text + s.n <= v->end);
        }
    }
}

static void measure(const sc_gguf *g) {
    for (uint64_t i = 0; i < g->n_tensors; i++) {
        uint64_t elements, bytes;
        if (sc__gguf_tensor_size(&elements, &bytes, g, &g->tensors[i]) < 0)
            sc_assert(strstr(sc_error_text(), "tensor"));
        else
            sc_assert(g->data + g->tensors[i].offset + bytes <= g->size || !bytes);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sc_foreign f = {.bos = -1, .eos = -1, .pad = -1};
    sc_buffer json = SC_BUFFER_INIT;
    sc_tokenizer *t = NULL;
    sc_gguf g;
    if (sc__gguf_parse(&g, data, size, "fuzz") < 0) {
        sc_assert(*sc_error_text());
        return 0;
    }
    walk(&g);
    measure(&g);
    if (sc__gguf_vocabulary(&f, &g) < 0)
        sc_assert(*sc_error_text());
    else if (sc__foreign_print(&json, &f, "fuzz") >= 0)
        (void)!sc_tokenizer_parse(&t, json.data, json.len, "fuzz");
    sc_tokenizer_close(t);
    sc__buffer_deinit(&json);
    sc__foreign_deinit(&f);
    sc__gguf_close(&g);
    return 0;
}
