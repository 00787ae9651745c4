/* verb_data_filter.c - `socle data filter`: keep or drop documents by published rules. */
#include "data.h"

#include "socle/tag.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"rules", CLI_TEXT, "SET[,SET]", NULL,
     "sets of rules, in the order in which they judge (--list)"},
    {"set", CLI_LIST, "SET.RULE=VALUE", NULL,
     "a threshold, off, drop, cut, redact, or a setting of a tagger"},
    {"attributes", CLI_TEXT, "DIR", NULL,
     "judge by what `socle data tag` left there; no tagger runs"},
    {"words", CLI_TEXT, "KIND", "unicode", "what a word is: unicode, whitespace or english"},
    {"list", CLI_FLAG, NULL, NULL, "print the rules, with their thresholds and sources"},
    DATA_OUT,
    DATA_RECORDS,
    DATA_SHARD,
    {0},
};

static void print_threshold(const sc_filter_rule *r) {
    if (isnan(r->threshold))
        printf("%-10s", "off");
    else
        printf("%s %-8g", r->less ? "<" : ">", r->threshold);
}

static sc_status print_list(void) {
    sc_filter_rule r;
    for (int i = 0; sc_filter_rule_get(&r, i); i++) {
        char name[80];
        snprintf(name, sizeof name, "%s.%s", r.set, r.name);
        printf("%-45s %s ", name, r.cuts ? "cut" : r.redacts ? "redact" : "drop");
        print_threshold(&r);
        printf(" %s\n%-45s source: %s\n", r.help, "", r.source);
    }
    return SC_OK;
}

static void print_report(const sc_filter_report *r) {
    printf("%10" PRId64 "  documents, %.1f MB, %.1f s\n", r->reading.documents,
           (double)r->reading.bytes_in / 1e6, r->reading.seconds);
    data_rules_table(r);
    printf("%10" PRId64 "  documents kept, %.1f MB of text\n", r->kept,
           (double)r->bytes_kept / 1e6);
}

static sc_status run(const cli_args *a) {
    static sc_filter_report r; /* large */
    data_judging judging;
    sc_data_options o;
    const char *out;
    if (cli_flag(a, "list")) return print_list();
    if (!cli_count(a)) return cli_usage("data filter: no input is named");
    if (!cli_text(a, "rules")) return cli_usage("data filter: --rules is required");
    sc_status s = data_judging_read(&judging, a);
    if (s >= 0) s = data_options(&o, a, "filter");
    if (s >= 0) s = data_out(&out, a);
    if (s < 0) return s;
    const sc_filter_job job = {.inputs = cli_operands(a),
                               .n_inputs = cli_count(a),
                               .rules = judging.rules.names,
                               .n_rules = judging.rules.n,
                               .settings = judging.settings,
                               .n_settings = judging.n_settings,
                               .words = cli_text(a, "words"),
                               .attributes = cli_text(a, "attributes")};
    s = sc_data_filter(&r, &job, out, &o);
    data_done(a, &r.reading);
    if (s < 0) return s;
    if (!strcmp(out, "-")) return SC_OK; /* the documents are there */
    if (!cli_json(a)) {
        if (!cli_quiet(a)) print_report(&r);
        return SC_OK;
    }
    data_json_begin(&r.reading);
    data_rules_json(&r);
    puts("}");
    return SC_OK;
}

const cli_verb cli_data_filter = {
    .name = "filter",
    .usage = "IN...",
    .summary = "Keep, cut or drop documents by published rules",
    .description =
        "Reads records (JSONL, also .gz or .zst), tags them and judges them by sets of rules, in "
        "one pass. Kept documents go to DIR/documents/, the others to DIR/dropped/, each with the "
        "rule, value, threshold and span that decided in metadata.dropped. All rules look at the "
        "text as it came; what they cut is cut at the end.\n\n"
        "The thresholds are those of the papers that --list names; they were made for English. "
        "--set changes one, or turns its rule off; or what the rule, or all rules of a set, does: "
        "drop, cut, redact (write <EMAIL> where an e-mail address was).",
    .examples = "  socle data filter corpus/documents --rules gopher-quality,c4 --out clean\n"
                "      clean/documents/, clean/dropped/ and what each rule took away\n"
                "  socle data filter web.jsonl.zst --rules gopher-quality --set "
                "gopher-quality.min_words=30 --out clean.jsonl.zst\n"
                "      another threshold, one file\n"
                "  zcat web.jsonl.gz | socle data filter - --rules length --out - | head\n"
                "      in a pipe\n"
                "  socle data filter corpus/documents --rules pii,secrets --set secrets=drop --out "
                "clean\n"
                "      personal data redacted, documents with secrets dropped\n"
                "  socle data filter --list\n"
                "      the rules and where they come from\n",
    .options = options,
    .min_args = 0,
    .max_args = -1,
    .run = run,
};
