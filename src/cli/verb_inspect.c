/* verb_inspect.c - what is in a model directory or a file. */
#include "cli.h"

#include "socle/inspect.h"

#include <stdio.h>

static sc_status run(const cli_args *a) {
    for (int i = 0; i < cli_count(a); i++) {
        char *text;
        const sc_status s =
            sc_inspect(&text, cli_arg(a, i), cli_json(a) ? SC_FORM_JSON : SC_FORM_TABLE);
        if (s < 0) return s;
        if (i && !cli_json(a)) putchar('\n');
        fputs(text, stdout);
        sc_text_free(text);
    }
    return SC_OK;
}

const cli_verb cli_inspect = {
    .name = "inspect",
    .usage = "MODEL|CORPUS|FILE...",
    .summary = "Show what is in a model, a corpus, a tokenizer, a file of tensors, tokens or text",
    .description =
        "A model directory: configuration, tensors with type and shape, number of parameters, "
        "tokenizer and how it was made. A corpus: its documents, their sizes, its parts. A file: "
        "safetensors, GGUF, tokenizers and vocabularies, token shards, indexes of texts, n-gram "
        "models, classifiers, Parquet, web archives, JSON, plain text and JSONL (packed too), told "
        "apart by their contents, then by their names.",
    .examples = "  socle inspect runs/demo\n"
                "  socle inspect model.gguf\n"
                "  socle inspect --json runs/demo | jq .parameters\n",
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
