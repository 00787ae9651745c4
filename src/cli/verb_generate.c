/* verb_generate.c - socle generate: one completion. */
#include "speak.h"

#include <errno.h>
#include <string.h>

static const cli_option options[] = {
    {"prompt", CLI_TEXT, "TEXT", NULL, "the text to continue; - reads it from standard input"},
    SPEAK_OPTIONS("256"),
    {"ignore-eos", CLI_FLAG, NULL, NULL, "go on where the model would end the text"},
    {"no-stream", CLI_FLAG, NULL, NULL, "print the text when all of it is there"},
    {0},
};

enum { MAX_PROMPT = 1 << 24 };
static char input[MAX_PROMPT + 1];

static sc_status read_prompt(const cli_args *a, const char **text, size_t *n) {
    *text = cli_text(a, "prompt");
    if (!*text) return cli_usage("--prompt: missing");
    *n = strlen(*text);
    if (strcmp(*text, "-")) return SC_OK;
    *text = input;
    *n = fread(input, 1, sizeof input, stdin);
    if (ferror(stdin)) return cli_fail(SC_IO, "standard input: %s", strerror(errno));
    if (*n > MAX_PROMPT)
        return cli_fail(SC_USAGE, "standard input: a prompt of more than %d bytes", MAX_PROMPT);
    return SC_OK;
}

static sc_status run_session(const cli_args *a, sc_session *s) {
    sc_answer_options o;
    sc_answer r;
    const char *prompt;
    size_t n = 0;
    sc_status status = speak_options(&o, a);
    if (status >= 0) status = read_prompt(a, &prompt, &n);
    if (status < 0) return status;
    o.ignore_eos = cli_flag(a, "ignore-eos");
    if (!cli_json(a) && !cli_flag(a, "no-stream")) o.sink = speak_print;
    status = sc_session_run(s, &r, prompt, n, &o);
    if (status < 0) return status;
    if (cli_json(a)) return speak_json(&r), SC_OK;
    if (!o.sink) fwrite(r.text, 1, r.n_text, stdout);
    if (!r.n_text || r.text[r.n_text - 1] != '\n') putchar('\n');
    fflush(stdout);
    if (!cli_quiet(a)) speak_report(&r);
    return r.ended == SC_ENDED_INTERRUPTED ? cli_fail(SC_INTERRUPTED, "interrupted") : SC_OK;
}

static sc_status run(const cli_args *a) {
    sc_answer_options check;
    sc_session *s;
    sc_status status = speak_options(&check, a); /* before a large model is read */
    if (status >= 0 && !cli_text(a, "prompt")) status = cli_usage("--prompt: missing");
    if (status < 0) return status;
    const sc_session_options o = {.n_threads = cli_threads(a), .stop = &cli_interrupted};
    status = sc_session_open(&s, cli_arg(a, 0), &o);
    if (status < 0) return status;
    status = run_session(a, s);
    sc_session_close(s);
    return status;
}

const cli_verb cli_generate = {
    .name = "generate",
    .usage = "MODEL",
    .summary = "Continue a text",
    .description =
        "Prints what a model directory makes of a prompt, as it comes. The prompt itself is not "
        "printed. The same seed gives the same text whatever the number of threads. It ends at "
        "--max-tokens, at a --stop text, at an end-of-text token of generation_config.json, or "
        "when the model has no more positions; --json names which.\n",
    .examples = "  socle generate runs/demo --prompt 'Once upon a time' --seed 7\n"
                "  socle generate runs/demo --prompt - --temperature 0 --json <prompt.txt\n",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
