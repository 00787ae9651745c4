/* verb_data_ngram.c - `socle data ngram`: an n-gram language model of a corpus. */
#include "data.h"

#include "socle/tag.h"

#include <inttypes.h>

static const cli_option options[] = {
    {"order", CLI_INT, "N", "5", "words of the longest n-gram, 1 to 8"},
    {"min-count", CLI_INT, "N", "1", "words that come less often are <unk>"},
    {"one-discount", CLI_FLAG, NULL, NULL, "one discount for an order, not three"},
    {"words", CLI_TEXT, "KIND", "unicode", "what a word is: unicode, whitespace or english"},
    {"out", CLI_TEXT, "FILE.arpa", NULL, "where the model goes"},
    DATA_TEXT,
    {0},
};

static sc_status run(const cli_args *a) {
    sc_ngram_report r;
    sc_ngram_options o = {.order = cli_int32(a, "order"),
                          .min_count = cli_int(a, "min-count"),
                          .one_discount = cli_flag(a, "one-discount"),
                          .words = cli_text(a, "words")};
    const char *out;
    if (cli_int(a, "order") < 1 || cli_int(a, "order") > 8)
        return cli_usage("--order: must be 1 to 8");
    if (o.min_count < 1) return cli_usage("--min-count: must be 1 or more");
    sc_status s = data_options(&o.common, a, "ngram");
    if (s >= 0) s = data_out(&out, a);
    if (s >= 0) s = sc_data_ngram(&r, cli_operands(a), cli_count(a), out, &o);
    if (s < 0) return s;
    data_done(a, &r.reading);
    if (cli_json(a)) {
        data_json_begin(&r.reading);
        printf(",\"words\":%" PRId64 ",\"lines\":%" PRId64 ",\"vocabulary\":%" PRId64
               ",\"ngrams\":%" PRId64 ",\"fallback_orders\":%d}\n",
               r.words, r.lines, r.vocabulary, r.ngrams, r.fallback);
        return SC_OK;
    }
    if (cli_quiet(a)) return SC_OK;
    printf("%10" PRId64 "  words of %" PRId64 " documents, %" PRId64 " of them different\n",
           r.words, r.reading.documents, r.vocabulary);
    printf("%10" PRId64 "  n-grams of %d words and less\n", r.ngrams, o.order);
    if (r.fallback)
        printf("%10d  orders have too few texts for discounts of their own: 0.5, 1, 1.5\n",
               r.fallback);
    return SC_OK;
}

const cli_verb cli_data_ngram = {
    .name = "ngram",
    .usage = "IN...",
    .summary = "Train an n-gram language model, for the tagger `perplexity`",
    .description =
        "Counts the words of records (JSONL, also .gz or .zst), each line a sentence, and writes a "
        "model with interpolated modified Kneser-Ney smoothing (Chen and Goodman 1998) as an ARPA "
        "file, which other toolkits read too. Train it on texts such as you want: a document that "
        "surprises it (a great perplexity) is unlike them. Tag with the same --words.",
    .examples = "  socle data ngram good/documents --order 5 --min-count 2 --out good.arpa\n"
                "  socle data tag corpus/documents --tagger perplexity --set "
                "perplexity.model=good.arpa --out corpus\n"
                "      what it says of each document\n"
                "  socle data filter corpus/documents --rules perplexity --set "
                "perplexity.model=good.arpa --set perplexity.max=1000 --out clean\n"
                "      those it knows\n",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
