/* verb_data_extract.c - `socle data extract`: pages into a corpus of their main texts. */
#include "data.h"

static const cli_option options[] = {
    DATA_OUT,
    DATA_RECORDS,
    DATA_SHARD,
    INGEST_OPTIONS,
    {"comments", CLI_FLAG, NULL, NULL, "readers' comments belong to the text"},
    {0},
};

static sc_status run(const cli_args *a) {
    const sc_ingest_options o = {.pages = true, .comments = cli_flag(a, "comments")};
    return data_ingest(a, "extract", o);
}

const cli_verb cli_data_extract = {
    .name = "extract",
    .usage = "PATH...",
    .summary = "Make a corpus of the main texts of web pages",
    .description =
        "Reads what `socle data ingest` reads, and JSONL and tables whose text is HTML besides (it "
        "begins with a tag), as `socle data ingest --html source` leaves it. Of each page it keeps "
        "what the page is there for: navigation, consent notices, comments, related links, share "
        "bars, advertisements and footers are left out; headings, lists, tables, quotes and code "
        "keep their shape. What a page says of itself becomes metadata: title, author, language, "
        "published, licence (SPDX), url, robots (noindex, noai ...).",
    .examples = "  socle data extract crawl.jsonl.zst --text-field html --out corpus\n"
                "      pages that lie in a corpus into corpus/documents/00000.jsonl.zst ...\n"
                "  socle data extract page.html --out - | head\n"
                "      one page, to look at\n",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
