/* tiny.c - see tiny.h. */
#include "tiny.h"

#include "base/random.h"

#include <unistd.h>

const char *tiny_output(const char *name) {
    static char ring[8][512];
    static int next;
    char *text = ring[next++ % 8];
    snprintf(text, sizeof ring[0], "output=%s", test_path(name));
    return text;
}

/* Words of a few syllables: something can be learned from it. */
static void write_text(const char *path) {
    static const char *const syllables[] = {"so", "cle", "ba", "ta", "mi", "ren", "o", "lu"};
    sc_buffer b = SC_BUFFER_INIT;
    for (uint64_t i = 0; i < 2000; i++) {
        sc__buffer_puts(&b, syllables[sc__random_below(1, 0, i, 8)]);
        if (sc__random_below(1, 1, i, 3) == 0) sc__buffer_putc(&b, i % 11 ? ' ' : '\n');
    }
    CHECK_OK(sc__file_write(path, b.data, b.len));
    sc__buffer_deinit(&b);
}

const char *tiny_recipe(void) {
    const char *path = test_path("tiny.yaml");
    sc_buffer b = SC_BUFFER_INIT;
    if (sc__path_exists(path)) return path;
    setenv("SOCLE_HOME", test_path("home"), 1);
    write_text(test_path("text.txt"));
    sc__buffer_printf(&b,
                      "model: {model_type: gpt2, n_layer: 1, n_head: 2, n_embd: 16, n_positions: "
                      "16, resid_pdrop: 0.1}\n"
                      "tokenizer: {type: chars}\n"
                      "data: {train: %s, valid_fraction: 0.1}\n"
                      "train: {steps: %d, batch_size: 4, eval_interval: 5, eval_batches: 2, "
                      "checkpoint_interval: 4, sample_tokens: 6}\n"
                      "output: %s\n",
                      test_path("text.txt"), TINY_STEPS, test_path("run"));
    CHECK_OK(sc__file_write(path, b.data, b.len));
    sc__buffer_deinit(&b);
    return path;
}

static void watch(void *user, const sc_train_event *e) {
    tiny *t = user;
    if (e->kind == SC_TRAIN_STEP && e->step <= SC_LEN(t->losses)) t->losses[e->step - 1] = e->loss;
    if (e->kind == SC_TRAIN_STEP && e->step == t->stop_at) t->stopped = 1;
    if (e->kind == SC_TRAIN_NOTE) {
        const size_t n = strlen(t->notes);
        snprintf(t->notes + n, sizeof t->notes - n, "%s\n", e->text);
    }
    if (t->also) t->also(e);
}

sc_status tiny_train(tiny *t) {
    sc_train_options o = {.recipe = tiny_recipe(),
                          .overrides = t->set,
                          .resume = t->resume,
                          .threads = t->threads ? t->threads : 2,
                          .stop = &t->stopped,
                          .event = watch,
                          .user = t};
    while (o.n_overrides < SC_LEN(t->set) && t->set[o.n_overrides]) o.n_overrides++;
    return sc_train_run(&t->result, &o);
}

sc_digest tiny_weights(const char *name) {
    sc_digest d;
    char path[512];
    snprintf(path, sizeof path, "%s/model.safetensors", test_path(name));
    CHECK_OK(sc__hash_file(&d, path));
    return d;
}
