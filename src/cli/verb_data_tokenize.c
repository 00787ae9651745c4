/* verb_data_tokenize.c - `socle data tokenize`: text into token shards. */
#include "data.h"

#include <inttypes.h>

static const cli_option options[] = {
    {"tokenizer", CLI_TEXT, "TOKENIZER", NULL, "a tokenizer or model directory (required)"},
    {"out", CLI_TEXT, "DIR", NULL, "where the shards go (required)"},
    {"valid", CLI_LIST, "PATH", NULL, "held-out text"},
    {"valid-fraction", CLI_REAL, "SHARE", "0", "or this share of the text, its last part"},
    {"strict", CLI_FLAG, NULL, NULL, "what is not UTF-8 is an error"},
    {0},
};

static sc_status run(const cli_args *a) {
    enum { MAX_VALID = 1024 };
    const char *valid[MAX_VALID], *out = cli_text(a, "out");
    sc_tokenize_report r;
    sc_tokenize_options o = {.tokenizer = cli_text(a, "tokenizer"),
                             .train = cli_operands(a),
                             .n_train = cli_count(a),
                             .valid = valid,
                             .n_valid = cli_list_count(a, "valid"),
                             .valid_fraction = cli_real(a, "valid-fraction"),
                             .strict = cli_flag(a, "strict"),
                             .stop = &cli_interrupted};
    if (!o.tokenizer) return cli_usage("data tokenize: --tokenizer is required");
    if (!out) return cli_usage("data tokenize: --out is required");
    if (o.n_valid > MAX_VALID) return cli_usage("--valid: more than %d", MAX_VALID);
    for (int i = 0; i < o.n_valid; i++) valid[i] = cli_list(a, "valid", i);
    sc_status s = sc_data_tokenize(&r, out, &o);
    if (s < 0) return s;
    if (cli_json(a)) {
        printf("{\"train_tokens\":%" PRId64 ",\"train_documents\":%" PRId64
               ",\"train_bytes\":%" PRId64 ",\"valid_tokens\":%" PRId64
               ",\"valid_documents\":%" PRId64 ",\"reused\":%s}\n",
               r.train_tokens, r.train_documents, r.train_bytes, r.valid_tokens, r.valid_documents,
               r.reused ? "true" : "false");
    } else if (!cli_quiet(a)) {
        printf("%s: %" PRId64 " tokens of %" PRId64 " documents, %.2f bytes a token%s\n", out,
               r.train_tokens, r.train_documents, (double)r.train_bytes / (double)r.train_tokens,
               r.reused ? " (as it was)" : "");
        if (r.valid_tokens)
            printf("%s: %" PRId64 " tokens of %" PRId64 " documents held out\n", out,
                   r.valid_tokens, r.valid_documents);
    }
    return SC_OK;
}

const cli_verb cli_data_tokenize = {
    .name = "tokenize",
    .usage = "CORPUS...",
    .summary = "Turn text into memory-mapped token shards",
    .description =
        "Writes train.tokens and valid.tokens with an index of the documents, the ids of "
        "the documents, and the tokenizer beside them. A recipe of `socle train` takes "
        "the folder as data.tokens; without it the training does this step itself. A "
        "folder whose inputs and tokenizer are the same is left as it is.",
    .examples = "  socle data tokenize corpus --tokenizer runs/tokenizer --valid-fraction 0.01 \\\n"
                "      --out tokens\n",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
