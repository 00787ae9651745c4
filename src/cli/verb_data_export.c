/* verb_data_export.c - `socle data export`: a corpus as a Parquet file. */
#include "data.h"

#include <inttypes.h>

static const cli_option options[] = {
    {"out", CLI_TEXT, "FILE.parquet", NULL, "the file that is made"},
    DATA_RECORDS,
    DATA_SHARD,
    {0},
};

static sc_status run(const cli_args *a) {
    sc_export_report r;
    sc_export_options o = {.inputs = cli_operands(a), .n_inputs = cli_count(a)};
    sc_status s = data_options(&o.common, a, "export");
    if (s >= 0) s = data_out(&o.out, a);
    if (s >= 0) s = sc_data_export(&r, &o);
    if (s < 0) return s;
    data_done(a, &r.reading);
    if (cli_json(a)) {
        data_json_begin(&r.reading);
        printf("}\n");
    } else if (!cli_quiet(a)) {
        printf("%10" PRId64 "  documents in %s\n", r.documents, o.out);
    }
    return SC_OK;
}

const cli_verb cli_data_export = {
    .name = "export",
    .usage = "CORPUS...",
    .summary = "Write a corpus as a Parquet file",
    .description =
        "Columns of strings, compressed by zstd: id, text, source, added, created; metadata as "
        "JSON; and `other`, JSON of whatever else a record has. `socle data ingest` reads it "
        "again, and so does every program that opens Parquet.",
    .examples = "  socle data export corpus --out corpus.parquet\n"
                "  socle data export corpus --shard 0/4 --out corpus-0.parquet\n",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
