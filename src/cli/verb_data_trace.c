/* verb_data_trace.c - `socle data trace`: which documents hold this text? */
#include "data.h"

#include "socle/text.h"

#include <inttypes.h>

static const cli_option options[] = {
    {"from", CLI_TEXT, "FILE|-", NULL, "look for all texts of a file, one a line"},
    {"limit", CLI_INT, "N", "100", "documents of the answer at most, for each text"},
    {"no-index", CLI_FLAG, NULL, NULL, "read the documents though there is an index"},
    {"text-field", CLI_TEXT, "KEY", "text", "the key of a record's text"},
    {"id-field", CLI_TEXT, "KEY", "id", "the key of its name"},
    {0},
};

static void print_summary(const sc_trace_report *r, bool many) {
    if (many)
        fprintf(stderr, "%" PRId64 " of %" PRId64 " texts found, among %" PRId64 " documents\n",
                r->found, r->texts, r->reading.documents);
    else
        fprintf(stderr, "%" PRId64 " times in %" PRId64 " of %" PRId64 " documents\n",
                r->occurrences, r->documents, r->reading.documents);
}

static sc_status run(const cli_args *a) {
    char *text;
    sc_trace_report r;
    const char *corpus = cli_arg(a, 0), *what = cli_arg(a, 1);
    sc_trace_options o = {.inputs = &corpus,
                          .n_inputs = 1,
                          .texts = &what,
                          .n_texts = what != NULL,
                          .from = cli_text(a, "from"),
                          .limit = cli_int(a, "limit"),
                          .no_index = cli_flag(a, "no-index")};
    if (!what == !o.from) return cli_usage("data trace: give a TEXT or --from FILE");
    sc_status s = data_options(&o.common, a, "trace");
    if (s >= 0) s = sc_data_trace(&text, &r, &o, cli_json(a) ? SC_FORM_JSON : SC_FORM_TABLE);
    if (s < 0) return s;
    data_done(a, &r.reading);
    fputs(text, stdout);
    sc_text_free(text);
    if (!cli_quiet(a) && !cli_json(a)) print_summary(&r, o.from != NULL);
    return SC_OK;
}

const cli_verb cli_data_trace = {
    .name = "trace",
    .usage = "CORPUS [TEXT]",
    .summary = "Show which documents hold a text",
    .description =
        "White space counts as one space in documents and text, so that a sentence is found "
        "however its lines were broken. Where `socle data index` has made an index that is up to "
        "date, it is asked; else all documents are read, on all cores. The answer is the same. "
        "`socle lineage who-saw ID` then tells which models were trained on one of them.",
    .examples = "  socle data trace corpus \"the quick brown fox\"\n"
                "  socle data trace corpus --from test-set.txt --limit 1 --json\n"
                "      the sentences of a test set, one a line, that the corpus holds\n",
    .options = options,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
