/* verb_data_trace.c - `socle data trace`: which documents hold this text? */
#include "data.h"

#include "socle/text.h"

#include <inttypes.h>

static const cli_option options[] = {
    {"limit", CLI_INT, "N", "100", "documents of the answer at most"},
    {"text-field", CLI_TEXT, "KEY", "text", "the key of a record's text"},
    {"id-field", CLI_TEXT, "KEY", "id", "the key of its name"},
    {0},
};

static sc_status run(const cli_args *a) {
    char *text;
    sc_trace_report r;
    const char *corpus = cli_arg(a, 0);
    const sc_trace_options o = {.inputs = &corpus,
                                .n_inputs = 1,
                                .text = cli_arg(a, 1),
                                .limit = cli_int(a, "limit"),
                                .common = {.threads = cli_threads(a),
                                           .text_field = cli_text(a, "text-field"),
                                           .id_field = cli_text(a, "id-field"),
                                           .stop = &cli_interrupted}};
    const sc_status s = sc_data_trace(&text, &r, &o, cli_json(a) ? SC_FORM_JSON : SC_FORM_TABLE);
    if (s < 0) return s;
    data_done(a, &r.reading);
    if (r.documents) fputs(text, stdout);
    sc_text_free(text);
    if (!cli_quiet(a) && !cli_json(a))
        fprintf(stderr, "%" PRId64 " times in %" PRId64 " of %" PRId64 " documents\n",
                r.occurrences, r.documents, r.reading.documents);
    return SC_OK;
}

const cli_verb cli_data_trace = {
    .name = "trace",
    .usage = "CORPUS TEXT",
    .summary = "Show which documents hold a text",
    .description =
        "Searches all documents on all cores. White space counts as one space in both, so "
        "that a sentence is found however its lines were broken. `socle lineage who-saw "
        "ID` then tells which models were trained on one of them.",
    .examples = "  socle data trace corpus \"the quick brown fox\"\n",
    .options = options,
    .min_args = 2,
    .max_args = 2,
    .run = run,
};
