/* speaking.h - a small model directory that speaks: a golden GPT-2 (96 tokens and an end, 40
 * positions) with a tokenizer of characters. */
#ifndef SC_TESTS_SPEAKING_H
#define SC_TESTS_SPEAKING_H

#include "test.h"

#include "base/file.h"
#include "socle/generate.h"

static inline void speaking_copy(const char *dir, const char *name) {
    char from[300], to[340];
    sc_buffer b = SC_BUFFER_INIT;
    snprintf(from, sizeof from, "golden/gpt2/%s", name);
    snprintf(to, sizeof to, "%s/%s", dir, name);
    CHECK_OK(sc__file_read(&b, test_data(from), 1 << 26));
    CHECK_OK(sc__file_write(to, b.data, b.len));
    sc__buffer_deinit(&b);
}

static inline sc_status speaking_source(void *user, const char **text, size_t *n) {
    int *given = user;
    *text =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;:!?'\"()[]{}<>-+*/=_%"
        "#@&$|~\n\xC3\xA9\xE2\x82\xAC";
    *n = strlen(*text);
    return (*given)++ ? SC_DONE : SC_OK;
}

/* n_chars: vocabulary of the tokenizer, 97 fits the model. */
static inline void speaking_model(const char *dir, int64_t n_chars) {
    const char *special[] = {"<|endoftext|>"};
    sc_tokenizer_options o = SC_TOKENIZER_OPTIONS_INIT;
    sc_tokenizer *t;
    int given = 0;
    CHECK_OK(sc__dir_make(dir));
    speaking_copy(dir, "config.json");
    speaking_copy(dir, "generation_config.json");
    speaking_copy(dir, "model.safetensors");
    o.type = "chars";
    o.special_tokens = special;
    o.n_special = 1;
    o.vocab_size = n_chars;
    CHECK_OK(sc_tokenizer_train(&t, &o, speaking_source, &given));
    CHECK_OK(sc_tokenizer_save(t, dir, 0));
    sc_tokenizer_close(t);
}

#endif
