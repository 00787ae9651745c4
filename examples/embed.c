/* embed.c - a model trained and asked from C, in thirty lines: embed RECIPE.yaml PROMPT
 *   cc embed.c $(pkg-config --cflags --libs socle) -o embed */
#include <socle/socle.h>
#include <stdio.h>

static sc_status speak(sc_generator *g, sc_decoder *d, sc_encoder *e, const char *prompt) {
    const sc_sampling sampling = {
        .temperature = 0.8, .top_k = 50, .top_p = 1, .repetition_penalty = 1, .seed = 1};
    sc_ids ids = SC_IDS_INIT;
    const char *text;
    size_t n;
    int32_t id;
    sc_status s = sc_encoder_run(e, &ids, prompt, strlen(prompt), 0);
    if (s >= 0) s = sc_generator_prompt(g, ids.ids, ids.n);
    for (int i = 0; i < 100 && s == SC_OK; i++) {
        if ((s = sc_generator_sample(g, &id, &sampling)) < 0) break;
        if ((s = sc_decoder_push(d, &text, &n, &id, 1)) >= 0) fwrite(text, 1, n, stdout);
        if (s >= 0) s = sc_generator_push(g, id); /* SC_DONE: the context is full */
    }
    sc_ids_deinit(&ids);
    return s;
}

int main(int argc, char **argv) {
    sc_train_result r;
    sc_model *m = NULL;
    sc_machine *machine = NULL;
    sc_tokenizer *t = NULL;
    sc_encoder *e = NULL;
    sc_decoder *d = NULL;
    sc_generator *g = NULL;
    if (argc != 3) return fprintf(stderr, "usage: embed RECIPE.yaml PROMPT\n"), 2;
    sc_status s = sc_train_run(&r, &(sc_train_options){.recipe = argv[1]});
    if (s >= 0) s = sc_model_load(&m, r.output, NULL);
    if (s >= 0) s = sc_tokenizer_load(&t, r.output);
    if (s >= 0) s = sc_machine_open(&machine, NULL, 0);
    if (s >= 0) s = sc_encoder_open(&e, t);
    if (s >= 0) s = sc_decoder_open(&d, t, 0);
    if (s >= 0) s = sc_generator_open(&g, m, machine, NULL);
    if (s >= 0) s = speak(g, d, e, argv[2]);
    if (s < 0) fprintf(stderr, "embed: %s\n", sc_error_text());
    sc_generator_close(g);
    sc_decoder_close(d);
    sc_encoder_close(e);
    sc_machine_close(machine);
    sc_tokenizer_close(t);
    sc_model_close(m);
    return s < 0;
}
