/* verb_data_ingest.c - `socle data ingest`: files into a corpus. */
#include "data.h"

#include <inttypes.h>
#include <unistd.h>

static const cli_option ingest_options[] = {
    {"output", CLI_TEXT, "FILE.jsonl|DIR", NULL, "where the corpus goes (required)"},
    {"min-characters", CLI_INT, "N", "64", "leave out documents that are shorter when cleaned"},
    {"strict", CLI_FLAG, NULL, NULL, "fail on what cannot be read or is not UTF-8"},
    {0},
};

static void show_progress(void *user, const sc_ingest_report *r) {
    (void)user;
    const int64_t done = r->documents + r->unreadable + r->binary + r->near_empty + r->duplicates;
    if (done % 64 == 0)
        fprintf(stderr, "\r\033[K%" PRId64 " documents of %" PRId64 " files, %.1f MB", r->documents,
                r->files, (double)r->bytes / 1e6);
}

static void print_row(int64_t n, const char *what) {
    if (n) printf("%10" PRId64 "  %s\n", n, what);
}

static void print_report(const sc_ingest_report *r, const char *output) {
    printf("%10" PRId64 "  files read, %.1f MB of text\n", r->files, (double)r->bytes_in / 1e6);
    print_row(r->plain, "kept: plain text");
    print_row(r->manual, "kept: manual pages");
    print_row(r->html, "kept: HTML pages");
    print_row(r->jsonl, "kept: documents of JSONL files");
    print_row(r->unreadable, "left out: cannot be read");
    print_row(r->binary, "left out: binary");
    print_row(r->near_empty, "left out: near-empty");
    print_row(r->duplicates, "left out: exact duplicates");
    print_row(r->invalid, "invalid UTF-8 sequences became U+FFFD");
    printf("%10" PRId64 "  documents in %s, %.1f MB\n", r->documents, output,
           (double)r->bytes / 1e6);
    if (r->unreadable)
        fprintf(stderr, "socle: warning: %" PRId64 " could not be read, the first: %s\n",
                r->unreadable, r->first_unreadable);
}

static void print_json(const sc_ingest_report *r, const char *output) {
    fputs("{\"output\":", stdout);
    cli_json_string(stdout, output);
    const struct {
        const char *name;
        int64_t value;
    } rows[] = {
        {"files", r->files},    {"bytes_in", r->bytes_in},     {"documents", r->documents},
        {"bytes", r->bytes},    {"plain", r->plain},           {"html", r->html},
        {"manual", r->manual},  {"jsonl", r->jsonl},           {"unreadable", r->unreadable},
        {"binary", r->binary},  {"near_empty", r->near_empty}, {"duplicates", r->duplicates},
        {"invalid", r->invalid}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        printf(",\"%s\":%" PRId64, rows[i].name, rows[i].value);
    puts("}");
}

static sc_status run_ingest(const cli_args *a) {
    sc_ingest_report report;
    const char *output = cli_text(a, "output");
    if (!output) return cli_usage("data ingest: --output is required");
    if (cli_int(a, "min-characters") < 1)
        return cli_usage("data ingest: --min-characters: must be at least 1");
    const bool live = !cli_quiet(a) && !cli_json(a) && isatty(STDERR_FILENO);
    const sc_ingest_options o = {.min_characters = cli_int(a, "min-characters"),
                                 .threads = cli_threads(a),
                                 .strict = cli_flag(a, "strict"),
                                 .stop = &cli_interrupted,
                                 .progress = live ? show_progress : NULL};
    const sc_status s = sc_data_ingest(&report, cli_operands(a), cli_count(a), output, &o);
    if (live) fputs("\r\033[K", stderr);
    if (s < 0) return s;
    if (cli_json(a))
        print_json(&report, output);
    else if (!cli_quiet(a))
        print_report(&report, output);
    return SC_OK;
}

const cli_verb cli_data_ingest = {
    .name = "ingest",
    .usage = "PATH...",
    .summary = "Make a corpus of files, folders and globs",
    .description =
        "Reads plain text, HTML, manual pages (man and mdoc) and JSONL, each also .gz or .zst, and "
        "writes one line of JSON a document: its text, its source and the SHA-256 of the text.\n\n"
        "HTML tags, scripts and navigation and the requests of manual pages are taken out, what is "
        "left is filled to 80 columns; white space is tidied. Binary files, near-empty documents "
        "and exact duplicates are left out and counted. What the output was made of is recorded "
        "beside it in a lineage.",
    .examples = "  socle data ingest /usr/share/doc --output docs.jsonl\n"
                "      the documentation of this machine as a corpus\n"
                "  socle data ingest 'notes/*.html' mail.jsonl.gz --output corpus/\n"
                "      several sources into corpus/documents.jsonl\n",
    .options = ingest_options,
    .min_args = 1,
    .max_args = -1,
    .run = run_ingest,
};
