/* verb_data_decontaminate.c - `socle data decontaminate`: evaluation sets kept out of a corpus. */
#include "data.h"

#include <inttypes.h>
#include <string.h>

static const cli_option options[] = {
    DATA_OUT,
    DATA_RECORDS,
    DATA_SHARD,
    {"against", CLI_LIST, "PATH", NULL, "an evaluation set (required)"},
    {"ngram", CLI_INT, "N", "13", "words that must follow one another in both"},
    {"min-matches", CLI_INT, "N", "1", "n-grams that a document must share to be dropped"},
    {0},
};

static void print_json(const sc_decontaminate_report *r) {
    data_json_begin(&r->reading);
    printf(",\"kept\":%" PRId64 ",\"dropped\":%" PRId64 ",\"ngrams\":%" PRId64 ",\"sets\":[",
           r->kept, r->dropped, r->ngrams);
    for (int i = 0; i < r->n_sets; i++) {
        const sc_contamination *s = &r->sets[i];
        printf("%s{\"name\":", i ? "," : "");
        cli_json_string(stdout, s->name);
        printf(",\"items\":%" PRId64 ",\"too_short\":%" PRId64 ",\"ngrams\":%" PRId64
               ",\"items_found\":%" PRId64 ",\"documents\":%" PRId64 "}",
               s->items, s->too_short, s->ngrams, s->items_found, s->documents);
    }
    puts("]}");
}

static void print_table(const sc_decontaminate_report *r, FILE *f) {
    fprintf(f, "%10s %10s %10s %10s  %s\n", "items", "n-grams", "found", "documents", "set");
    for (int i = 0; i < r->n_sets; i++) {
        const sc_contamination *s = &r->sets[i];
        fprintf(f, "%10" PRId64 " %10" PRId64 " %10" PRId64 " %10" PRId64 "  %s\n", s->items,
                s->ngrams, s->items_found, s->documents, s->name);
    }
    fprintf(f, "%" PRId64 " documents kept, %" PRId64 " dropped\n", r->kept, r->dropped);
}

static sc_status run(const cli_args *a) {
    const char *against[SC_CONTAMINATION_SETS_MAX];
    sc_decontaminate_report r;
    sc_decontaminate_options o = {.inputs = cli_operands(a),
                                  .n_inputs = cli_count(a),
                                  .against = against,
                                  .n_against = cli_list_count(a, "against"),
                                  .ngram = cli_int32(a, "ngram"),
                                  .min_matches = cli_int(a, "min-matches")};
    if (!o.n_against) return cli_usage("data decontaminate: --against is required");
    if (o.n_against > SC_CONTAMINATION_SETS_MAX)
        return cli_usage("--against: more than %d", SC_CONTAMINATION_SETS_MAX);
    for (int i = 0; i < o.n_against; i++) against[i] = cli_list(a, "against", i);
    sc_status s = data_options(&o.common, a, "decontaminate");
    if (s >= 0) s = data_out(&o.out, a);
    if (s >= 0) s = sc_data_decontaminate(&r, &o);
    if (s < 0) return s;
    data_done(a, &r.reading);
    const bool piped = !strcmp(o.out, "-");
    if (cli_json(a) && !piped)
        print_json(&r);
    else if (!cli_quiet(a))
        print_table(&r, piped ? stderr : stdout);
    return SC_OK;
}

const cli_verb cli_data_decontaminate = {
    .name = "decontaminate",
    .usage = "CORPUS...",
    .summary = "Leave out documents that hold parts of evaluation sets",
    .description =
        "A document that shares a run of 13 words with an item of an evaluation set is dropped "
        "(Brown et al. 2020, appendix C); words are compared without case and punctuation, an item "
        "of 8 to 12 words "
        "is looked for as a whole. Of evaluation sets in JSONL every string is an item, whatever "
        "its "
        "key. OUT/documents holds what is kept, OUT/dropped the rest with the set's name.",
    .examples =
        "  socle data decontaminate corpus --against lambada.jsonl --against 'mmlu/*.jsonl' \\\n"
        "      --out clean\n",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
