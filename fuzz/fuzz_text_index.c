/* fuzz_text_index.c - any bytes as an index of texts: refused with a text, or asked without a step
 * outside of it; whatever it lies, what is shown holds what was asked for. */
#include "stage/curation/ask/text_index.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const sc_text_index *x) {
    static const sc_slice texts[] = {{"a", 1}, {"the ", 4}, {"\xED\x95\x9C", 3}};
    static char name[] = "file";
    char *paths[256];
    sc_answer answer;
    sc_buffer out = SC_BUFFER_INIT;
    const sc_needles needles = {texts, SC_LEN(texts)};
    if (x->n_files > SC_LEN(paths)) return;
    for (int64_t i = 0; i < x->n_files; i++) paths[i] = name;
    const sc_paths files = {paths, x->n_files};
    const sc_index_question q = {.needles = &needles, .files = &files, .threads = 1};
    if (sc__answer_init(&answer, needles.n, 2, false) < 0) return;
    if (sc__text_index_find(&answer, x, &q) < 0)
        sc_assert(*sc_error_text());
    else
        sc__answer_print(&out, &answer, SC_FORM_TABLE);
    sc__buffer_deinit(&out);
    sc__answer_deinit(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    void *aligned = sc__alloc(size);
    sc_text_index x;
    if (!aligned) return 0;
    if (size) memcpy(aligned, data, size);
    if (sc__text_index_parse(&x, aligned, size, "fuzz") < 0) {
        sc_assert(*sc_error_text());
    } else {
        ask(&x);
        sc__text_index_close(&x);
    }
    sc__free(aligned);
    return 0;
}
