/* fuzz_template.c - any bytes as a chat template, rendered with a small conversation. */
#include "infer/template.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n) {
    sc_buffer source = SC_BUFFER_INIT, out = SC_BUFFER_INIT;
    sc_template *t;
    json_t *v = json_pack("{s[{ssss}{ssss}]sbss}", "messages", "role", "user", "content",
                          "a\xC3\xA9", "role", "assistant", "content", " b ",
                          "add_generation_prompt", 1, "bos_token", "<s>");
    sc__buffer_append(&source, data, n);
    if (v && source.data && sc__template_open(&t, source.data) >= 0) {
        const sc_status s = sc__template_render(&out, t, v);
        (void)s;
        sc__template_close(t);
    }
    json_decref(v);
    sc__buffer_deinit(&source);
    sc__buffer_deinit(&out);
    return 0;
}
