/* embed.c - trains a model and lets it speak: embed RECIPE.yaml PROMPT
 * cc embed.c $(pkg-config --cflags --libs socle) -o embed */
#include <socle/socle.h>
#include <stdio.h>
#include <string.h>

static sc_status print(void *user, const char *text, size_t n) {
    return fwrite(text, 1, n, user) == n ? SC_OK : SC_IO;
}

int main(int argc, char **argv) {
    if (argc != 3) return fprintf(stderr, "usage: embed RECIPE.yaml PROMPT\n"), 2;
    sc_train_options train = {.recipe = argv[1]};
    sc_answer_options how = {.max_tokens = 100, .sampling = SC_SAMPLING_INIT, .sink = print};
    sc_train_result trained;
    sc_session *session = NULL;
    sc_answer answer;
    how.sampling.temperature = 0.8;
    how.user = stdout;
    sc_status s = sc_train_run(&trained, &train);
    if (s >= 0) s = sc_session_open(&session, trained.output, NULL);
    if (s >= 0) s = sc_session_run(session, &answer, argv[2], strlen(argv[2]), &how);
    if (s < 0)
        fprintf(stderr, "embed: %s\n", sc_error_text());
    else
        printf("\n(%lld tokens)\n", (long long)answer.n_ids);
    sc_session_close(session);
    return s < 0;
}
