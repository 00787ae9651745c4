/* verb_data_inspect.c - `socle data inspect`: documents to look at. */
#include "data.h"

#include "socle/text.h"

#include <inttypes.h>

static const cli_option options[] = {
    {"sample", CLI_INT, "N", "10", "documents, drawn by a hash of their text"},
    {"seed", CLI_INT, "N", "0", "another seed, another sample"},
    {"grep", CLI_TEXT, "TEXT", NULL, "instead: the first N documents that hold this text"},
    {"text", CLI_FLAG, NULL, NULL, "with the whole texts, as JSON lines"},
    {"text-field", CLI_TEXT, "KEY", "text", "the key of a record's text"},
    {"id-field", CLI_TEXT, "KEY", "id", "the key of its name"},
    {0},
};

static sc_status run(const cli_args *a) {
    char *text;
    sc_trace_report r;
    const bool whole = cli_flag(a, "text");
    const sc_trace_options o = {.inputs = cli_operands(a),
                                .n_inputs = cli_count(a),
                                .text = cli_text(a, "grep"),
                                .limit = cli_int(a, "sample"),
                                .seed = (uint64_t)cli_int(a, "seed"),
                                .whole = whole,
                                .common = {.threads = cli_threads(a),
                                           .text_field = cli_text(a, "text-field"),
                                           .id_field = cli_text(a, "id-field"),
                                           .stop = &cli_interrupted}};
    const sc_status s =
        sc_data_trace(&text, &r, &o, whole || cli_json(a) ? SC_FORM_JSON : SC_FORM_TABLE);
    if (s < 0) return s;
    data_done(a, &r.reading);
    fputs(text, stdout);
    sc_text_free(text);
    return SC_OK;
}

const cli_verb cli_data_inspect = {
    .name = "inspect",
    .usage = "CORPUS...",
    .summary = "Show a sample of the documents, or those that hold a text",
    .description = "A sample is the same each time, and does not depend on the order of the files.",
    .examples = "  socle data inspect corpus --sample 20\n"
                "  socle data inspect corpus/dropped --sample 5 --text\n"
                "  socle data inspect corpus --grep 'Lorem ipsum'\n",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
