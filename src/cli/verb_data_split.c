/* verb_data_split.c - `socle data split`: documents to train on and documents to hold out. */
#include "data.h"

#include <inttypes.h>

static const cli_option options[] = {
    DATA_OUT_DIR,
    DATA_RECORDS,
    DATA_SHARD,
    {"valid", CLI_REAL, "SHARE", "0.01", "of the documents, to OUT/valid"},
    {"test", CLI_REAL, "SHARE", "0", "of the documents, to OUT/test"},
    {"seed", CLI_INT, "N", "0", "another seed, other parts"},
    {0},
};

static sc_status run(const cli_args *a) {
    sc_split_report r;
    sc_split_options o = {.inputs = cli_operands(a),
                          .n_inputs = cli_count(a),
                          .valid = cli_real(a, "valid"),
                          .test = cli_real(a, "test"),
                          .seed = (uint64_t)cli_int(a, "seed")};
    sc_status s = data_options(&o.common, a, "split");
    if (s >= 0) s = data_out(&o.out, a);
    if (s >= 0) s = sc_data_split(&r, &o);
    if (s < 0) return s;
    data_done(a, &r.reading);
    if (cli_json(a)) {
        data_json_begin(&r.reading);
        printf(",\"train\":%" PRId64 ",\"valid\":%" PRId64 ",\"test\":%" PRId64 "}\n", r.train,
               r.valid, r.test);
    } else if (!cli_quiet(a)) {
        printf("%10" PRId64 "  documents to train on, in %s/documents\n", r.train, o.out);
        printf("%10" PRId64 "  held out, in %s/valid\n", r.valid, o.out);
        if (o.test > 0) printf("%10" PRId64 "  for tests, in %s/test\n", r.test, o.out);
    }
    return SC_OK;
}

const cli_verb cli_data_split = {
    .name = "split",
    .usage = "CORPUS...",
    .summary = "Part a corpus into documents to train on and to hold out",
    .description =
        "By a hash of each document's text and the seed: equal texts fall into one part, "
        "so that nothing leaks, and a document stays where it is when the corpus grows.",
    .examples = "  socle data split corpus --valid 0.005 --out parts\n"
                "      then data: {train: parts, valid: parts/valid} in a recipe\n",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
