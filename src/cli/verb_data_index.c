/* verb_data_index.c - `socle data index`: suffix arrays for `socle data trace`. */
#include "data.h"

#include <inttypes.h>

static const cli_option options[] = {
    DATA_RECORDS,
    {0},
};

static void print_report(const sc_index_report *r) {
    printf("%s: %" PRId64 " documents, %.1f MB of text, %.1f MB%s", r->path, r->documents,
           (double)r->text_bytes / 1e6, (double)r->bytes / 1e6, r->reused ? "; up to date\n" : "");
    if (!r->reused) printf(", %.1f s\n", r->seconds);
}

static sc_status run(const cli_args *a) {
    sc_index_report r;
    sc_index_options o = {.corpus = cli_arg(a, 0)};
    sc_status s = data_options(&o.common, a, "index");
    if (s >= 0) s = sc_data_index(&r, &o);
    if (s < 0) return s;
    data_done(a, &r.reading);
    if (cli_json(a)) {
        data_json_begin(&r.reading);
        printf(",\"indexed\":%" PRId64 ",\"text_bytes\":%" PRId64 ",\"bytes\":%" PRId64
               ",\"reused\":%s,\"path\":",
               r.documents, r.text_bytes, r.bytes, r.reused ? "true" : "false");
        cli_json_string(stdout, r.path);
        puts("}");
    } else if (!cli_quiet(a)) {
        print_report(&r);
    }
    return SC_OK;
}

const cli_verb cli_data_index = {
    .name = "index",
    .usage = "CORPUS",
    .summary = "Make an index of the texts, so that `trace` answers at once",
    .description =
        "Writes the text of all documents with its suffix arrays to CORPUS/text.index, or beside a "
        "file or a folder without documents/ to CORPUS.index: about 5 bytes for each byte of text, "
        "less in scripts of several bytes a character. `trace` uses it as long as the files are "
        "the same (name, size, and time or SHA-256); then make it anew. An index that is up to "
        "date is left as it is.",
    .examples = "  socle data index corpus\n"
                "  socle data trace corpus \"the quick brown fox\"\n",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
