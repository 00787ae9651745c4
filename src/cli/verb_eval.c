/* verb_eval.c - socle eval: how well a model knows a text. */
#include "cli.h"

#include "socle/eval.h"

#include <inttypes.h>
#include <math.h>
#include <unistd.h>

enum { MAX_PATHS = 256 };

static const cli_option options[] = {
    {"text", CLI_LIST, "FILE", NULL, "text to score: a file, a folder or a glob"},
    {"context", CLI_INT, "N", "0", "tokens a window; 0: the model's positions, 2048 at most"},
    {"stride", CLI_INT, "N", "0", "tokens from window to window; 0: half the context"},
    {0},
};

static void show_progress(void *user, int64_t tokens, double loss) {
    (void)user;
    fprintf(stderr, "\r%" PRId64 " tokens, loss %.4f ", tokens, loss);
}

static void print_result(const sc_eval_result *r, bool json) {
    if (json)
        printf(
            "{\"loss\": %.9g, \"perplexity\": %.9g, \"bits_per_byte\": %.9g, \"tokens\": %" PRId64
            ", \"bytes\": %" PRId64 ", \"documents\": %" PRId64 ", \"context\": %" PRId64
            ", \"stride\": %" PRId64 ", \"logits_hash\": \"%s\", \"isa\": \"%s\", "
            "\"seconds\": %.3f}\n",
            r->loss, r->perplexity, r->bits_per_byte, r->tokens, r->bytes, r->documents, r->context,
            r->stride, r->logits_hash, r->isa, r->seconds);
    else
        printf("loss           %.6f nats a token\nperplexity     %.4f\nbits_per_byte  %.6f\n"
               "tokens         %" PRId64 " scored, windows of %" PRId64 ", stride %" PRId64 "\n"
               "logits_hash    %s (%s)\n",
               r->loss, r->perplexity, r->bits_per_byte, r->tokens, r->context, r->stride,
               r->logits_hash, r->isa);
}

static sc_status score(const cli_args *a, sc_session *s, sc_eval_result *r) {
    static const char *paths[MAX_PATHS];
    const int n = cli_list_count(a, "text");
    const bool shows = isatty(STDERR_FILENO) && !cli_quiet(a);
    const sc_eval_options o = {.context = cli_int(a, "context"),
                               .stride = cli_int(a, "stride"),
                               .progress = shows ? show_progress : NULL};
    for (int i = 0; i < n; i++) paths[i] = cli_list(a, "text", i);
    const sc_status status = sc_eval_text(r, s, paths, n, &o);
    if (shows) fputs("\r\033[K", stderr);
    return status;
}

static sc_status run(const cli_args *a) {
    sc_session *s;
    sc_eval_result r;
    const sc_session_options o = {.n_threads = cli_threads(a), .stop = &cli_interrupted};
    if (!cli_list_count(a, "text")) return cli_usage("--text: missing");
    if (cli_list_count(a, "text") > MAX_PATHS)
        return cli_usage("--text: more than %d: name their folder", MAX_PATHS);
    sc_status status = sc_session_open(&s, cli_arg(a, 0), &o);
    if (status < 0) return status;
    status = score(a, s, &r);
    sc_session_close(s);
    if (status >= 0) print_result(&r, cli_json(a));
    return status;
}

const cli_verb cli_eval = {
    .name = "eval",
    .usage = "MODEL",
    .summary = "Score a text: loss, perplexity, bits per byte",
    .description =
        "Loss is in nats a token, perplexity its exponential, bits_per_byte the whole in bits over "
        "the bytes of the UTF-8 text, so that models with different tokenizers compare. A long "
        "text is cut into windows; each scores the tokens that no window before it held. "
        "logits_hash is of the first 64 positions' logits, bit for bit, with the kernels named "
        "beside it: it shows that a change of the program changed no number.\n"
        "Text files are one document each, JSONL one a line; .gz and .zst too.",
    .examples = "  socle eval runs/demo --text valid.txt\n"
                "  socle eval runs/demo --text corpus/ --context 1024 --stride 512 --json\n",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
