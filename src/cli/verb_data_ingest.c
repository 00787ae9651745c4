/* verb_data_ingest.c - `socle data ingest`: files into a corpus. */
#include "data.h"

#include <inttypes.h>
#include <string.h>

static const cli_option ingest_options[] = {
    DATA_OUT,
    DATA_RECORDS,
    DATA_SHARD,
    INGEST_OPTIONS,
    {"html", CLI_TEXT, "main|body|source", "main",
     "of pages: their main text, all text but menus, or the page as it is"},
    {0},
};

typedef struct {
    const char *name, *text; /* text NULL: in the JSON only */
    int64_t value;
} row;

enum { N_ROWS = 15 };

static void rows_of(row rows[N_ROWS], const sc_ingest_report *r) {
    const row all[N_ROWS] = {
        {"plain", "kept: plain text", r->plain},
        {"markdown", "kept: Markdown", r->markdown},
        {"manual", "kept: manual pages", r->manual},
        {"html", "kept: HTML pages", r->html},
        {"jsonl", "kept: documents of JSON files", r->jsonl},
        {"csv", "kept: rows of CSV and TSV files", r->csv},
        {"parquet", "kept: rows of Parquet files", r->parquet},
        {"web", "kept: pages of web archives", r->web},
        {"wiki", "kept: pages of MediaWiki dumps", r->wiki},
        {"binary", "left out: binary", r->binary},
        {"near_empty", "left out: near-empty", r->near_empty},
        {"duplicates", "left out: exact duplicates", r->duplicates},
        {"passed_over", "left out: hold no document (requests, redirects, images)", r->passed_over},
        {"converted", "from another character set than UTF-8", r->converted},
        {"repaired", "characters of mojibake put right", r->repaired},
    };
    memcpy(rows, all, sizeof all);
}

static void print_row(int64_t n, const char *what) {
    if (n) printf("%10" PRId64 "  %s\n", n, what);
}

static void print_report(const sc_ingest_report *r, const char *out) {
    row rows[N_ROWS];
    rows_of(rows, r);
    printf("%10" PRId64 "  files read, %.1f MB of text\n", r->read.files,
           (double)r->read.bytes_in / 1e6);
    for (int i = 0; i < N_ROWS; i++) print_row(rows[i].value, rows[i].text);
    print_row(r->read.unreadable, "left out: cannot be read");
    printf("%10" PRId64 "  documents in %s, %.1f MB\n", r->documents, out, (double)r->bytes / 1e6);
}

static void print_json(const sc_ingest_report *r, const char *out) {
    row rows[N_ROWS];
    rows_of(rows, r);
    sc_data_reading read = r->read;
    read.documents = r->documents;
    data_json_begin(&read);
    printf(",\"bytes\":%" PRId64, r->bytes);
    for (int i = 0; i < N_ROWS; i++) printf(",\"%s\":%" PRId64, rows[i].name, rows[i].value);
    fputs(",\"out\":", stdout);
    cli_json_string(stdout, out);
    puts("}");
}

static bool read_html(sc_ingest_html_text *out, const char *text) {
    static const char *const names[] = {"main", "body", "source"};
    for (int i = 0; i < 3; i++) {
        *out = (sc_ingest_html_text)i;
        if (!strcmp(text, names[i])) return true;
    }
    return false;
}

sc_status data_ingest(const cli_args *a, const char *step, sc_ingest_options o) {
    sc_ingest_report report;
    const char *out;
    o.min_characters = cli_int(a, "min-characters");
    o.drop_duplicates = cli_flag(a, "drop-duplicates");
    o.source = cli_text(a, "source");
    o.licence = cli_text(a, "licence");
    sc_status s = data_options(&o.common, a, step);
    if (s >= 0) s = data_out(&out, a);
    if (s < 0) return s;
    o.file_bytes = (size_t)cli_size(a, "file-size");
    if (o.min_characters < 1) return cli_usage("--min-characters: must be at least 1");
    s = sc_data_ingest(&report, cli_operands(a), cli_count(a), out, &o);
    if (s < 0) return data_clear_line(), s;
    data_done(a, &report.read);
    if (!strcmp(out, "-")) return s;
    if (cli_json(a))
        print_json(&report, out);
    else if (!cli_quiet(a))
        print_report(&report, out);
    return SC_OK;
}

static sc_status run_ingest(const cli_args *a) {
    sc_ingest_options o = {0};
    if (!read_html(&o.html, cli_text(a, "html")))
        return cli_usage("--html: \"%s\" is not main, body or source", cli_text(a, "html"));
    return data_ingest(a, "ingest", o);
}

const cli_verb cli_data_ingest = {
    .name = "ingest",
    .usage = "PATH...",
    .summary = "Make a corpus of files, folders and globs",
    .description =
        "Reads plain text, Markdown, HTML, manual pages, JSONL, JSON, CSV, TSV, "
        "Parquet, web archives "
        "(WARC, "
        "WET, ARC) and MediaWiki dumps, also packed (.gz .zst .xz .bz2) and in .tar and .zip, and "
        "writes every document as one line of JSON: id, text, source, added, created, metadata.\n\n"
        "Text of other character sets becomes UTF-8 in Unicode's composed form, mojibake is put "
        "right where that is certain, HTML, wikitext and manual pages become plain text, white "
        "space "
        "is tidied. What cannot be read is counted and passed over. What the output was made of is "
        "recorded beside it in a lineage.",
    .examples = "  socle data ingest /usr/share/doc --out docs.jsonl.zst\n"
                "      the documentation of this machine as a corpus\n"
                "  socle data ingest crawl/*.warc.gz --out corpus/ --source my-crawl\n"
                "      pages of web archives into corpus/documents/00000.jsonl.zst ...\n"
                "  socle data ingest reviews.csv --text-field comment --out - | head\n"
                "      rows of a table, to look at\n",
    .options = ingest_options,
    .min_args = 1,
    .max_args = -1,
    .run = run_ingest,
};
