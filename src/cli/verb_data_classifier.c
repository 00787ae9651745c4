/* verb_data_classifier.c - `socle data classifier`: good and bad examples into a classifier. */
#include "data.h"

#include "socle/tag.h"

#include <inttypes.h>

static const cli_option options[] = {
    {"good", CLI_LIST, "PATH", NULL, "records of the one kind (required)"},
    {"bad", CLI_LIST, "PATH", NULL, "of the other (required)"},
    {"epochs", CLI_INT, "N", "5", "how often each example is looked at"},
    {"rate", CLI_REAL, "RATE", "1", "of the first steps"},
    {"bits", CLI_INT, "N", "20", "2^N weights, 8 to 26"},
    {"valid", CLI_REAL, "SHARE", "0.1", "of the examples, held out to measure"},
    {"seed", CLI_INT, "N", "0", "another seed, another order and other examples held out"},
    {"words", CLI_TEXT, "KIND", "unicode", "what a word is: unicode, whitespace or english"},
    {"out", CLI_TEXT, "FILE", NULL, "where the model goes"},
    DATA_TEXT,
    {0},
};

static sc_status paths(const char **to, int *n, const cli_args *a, const char *option) {
    *n = cli_list_count(a, option);
    if (!*n) return cli_usage("data classifier: --%s is required", option);
    if (*n > DATA_NAMES_MAX) return cli_usage("--%s: given too often", option);
    for (int i = 0; i < *n; i++) to[i] = cli_list(a, option, i);
    return SC_OK;
}

static void print(const sc_classifier_report *r) {
    printf("%10" PRId64 "  good documents, %" PRId64 " bad\n", r->good.documents, r->bad.documents);
    if (r->held_out)
        printf("%10" PRId64 "  of them held out: %.1f %% classified rightly, loss %.4f\n",
               r->held_out, 100.0 * (double)r->right / (double)r->held_out, r->loss);
}

static sc_status run(const cli_args *a) {
    const char *good[DATA_NAMES_MAX], *bad[DATA_NAMES_MAX], *out;
    sc_classifier_report r;
    sc_classifier_options o = {.good = good,
                               .bad = bad,
                               .epochs = cli_int32(a, "epochs"),
                               .rate = cli_real(a, "rate"),
                               .bits = cli_int32(a, "bits"),
                               .valid = cli_real(a, "valid"),
                               .seed = (uint64_t)cli_int(a, "seed"),
                               .words = cli_text(a, "words")};
    if (cli_int(a, "epochs") < 1 || cli_int(a, "epochs") > 10000)
        return cli_usage("--epochs: must be 1 to 10000");
    if (!(o.rate > 0)) return cli_usage("--rate: must be above 0");
    if (cli_int(a, "bits") < 8 || cli_int(a, "bits") > 26)
        return cli_usage("--bits: must be 8 to 26");
    sc_status s = paths(good, &o.n_good, a, "good");
    if (s >= 0) s = paths(bad, &o.n_bad, a, "bad");
    if (s >= 0) s = data_options(&o.common, a, "classifier");
    if (s >= 0) s = data_out(&out, a);
    if (s >= 0) s = sc_data_classifier(&r, out, &o);
    if (s < 0) return s;
    data_done(a, &r.good);
    data_done(a, &r.bad);
    if (cli_json(a))
        printf("{\"good\":%" PRId64 ",\"bad\":%" PRId64 ",\"held_out\":%" PRId64
               ",\"right\":%" PRId64 ",\"loss\":%.17g}\n",
               r.good.documents, r.bad.documents, r.held_out, r.right, r.loss);
    else if (!cli_quiet(a))
        print(&r);
    return SC_OK;
}

const cli_verb cli_data_classifier = {
    .name = "classifier",
    .usage = "",
    .summary = "Train a classifier on good and bad documents, for the tagger `classifier`",
    .description =
        "Learns from records of two kinds (JSONL, also .gz or .zst) which is which, by their words "
        "and pairs of words: logistic regression over hashed features. What is good is yours to "
        "say: texts of quality and of none, harmless and toxic ones, of a domain and of others. "
        "Both kinds weigh the same, however many there are. Some are held out, and how many of "
        "those are classified rightly is printed. The same file for any number of threads.",
    .examples = "  socle data classifier --good wiki.jsonl --bad crawl.jsonl --out quality.model\n"
                "  socle data tag corpus/documents --tagger classifier --set "
                "classifier.model=quality.model --out corpus\n"
                "      the probability that each document is good\n"
                "  socle data filter corpus/documents --rules classifier --set "
                "classifier.model=quality.model --out clean\n"
                "      those that rather are\n",
    .options = options,
    .min_args = 0,
    .max_args = 0,
    .run = run,
};
