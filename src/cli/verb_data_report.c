/* verb_data_report.c - `socle data report`: a corpus described for people and programs. */
#include "data.h"

#include <inttypes.h>

static sc_status run(const cli_args *a) {
    sc_corpus_report r;
    const sc_data_options o = {.threads = cli_threads(a), .stop = &cli_interrupted};
    const char *corpus = cli_arg(a, 0);
    const sc_status s = sc_data_report(&r, corpus, &o);
    if (s < 0) return s;
    data_done(a, &r.reading);
    if (cli_json(a)) {
        data_json_begin(&r.reading);
        printf(",\"bytes\":%" PRId64 ",\"characters\":%" PRId64 ",\"dropped\":%" PRId64 "}\n",
               r.bytes, r.characters, r.dropped);
    } else if (!cli_quiet(a)) {
        printf("%" PRId64 " documents, %.1f MB of text; %" PRId64 " were dropped\n", r.documents,
               (double)r.bytes / 1e6, r.dropped);
        printf("%s/report.html  %s/README.md  %s/croissant.json\n", corpus, corpus, corpus);
    }
    return SC_OK;
}

const cli_verb cli_data_report = {
    .name = "report",
    .usage = "CORPUS",
    .summary = "Describe a corpus: a page to look at, a data card, Croissant metadata",
    .description =
        "Writes into the folder: report.html, with the funnel of what each rule kept and dropped, "
        "histograms of length, language, site and licence, and twenty documents of each rule with "
        "the span that decided; README.md, a data card as the Hugging Face hub reads it; "
        "croissant.json, the same for programs, with checksums and provenance.",
    .examples = "  socle data report corpus\n      then open corpus/report.html\n",
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
