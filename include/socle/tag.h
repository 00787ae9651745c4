/* tag.h - attributes of documents, and documents kept or dropped by rules on them.
 *
 *     const char *in[] = {"corpus/documents"}, *taggers[] = {"length", "gopher-quality"};
 *     const sc_tag_job job = {.inputs = in, .n_inputs = 1, .taggers = taggers, .n_taggers = 2};
 *     sc_data_reading r;
 *     if (sc_data_tag(&r, &job, "corpus", NULL) < 0) puts(sc_error_text());
 */
#ifndef SOCLE_TAG_H
#define SOCLE_TAG_H

#include "socle/data.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A tagger that is known. */
typedef struct {
    const char *name, *help;
    const char *source; /* paper or table that its figures come from */
    struct {
        const char *key, *dflt, *help; /* dflt NULL: none */
    } settings[8];
    int n_settings;
} sc_tagger_info;

/* The i-th, from 0; false behind the last. */
SC_API bool sc_tagger_get(sc_tagger_info *out, int i);

typedef struct {
    const char *const *inputs; /* files, folders, globs of JSONL(.gz, .zst); "-": standard input */
    int n_inputs;
    const char *const *taggers; /* names */
    int n_taggers;
    const char *const *settings; /* "NAME.KEY=VALUE" */
    int n_settings;
    const char *words; /* "unicode" (NULL), "whitespace", "english": what a word is */
} sc_tag_job;

/* Writes what each tagger says of each document to OUT/attributes/TAGGER/ in a file of the same
 * name as that of the documents: {"id", "line", "attributes": {"TAGGER__METRIC": [[start, end,
 * value]]}}, in code points, as Dolma's toolkit does. When `out` is "-" or the name of a
 * .jsonl(.gz, .zst) file, all goes there, one line a document. A lineage is written beside. `o` may
 * be NULL. SC_USAGE: an unknown tagger, setting or kind of words. */
SC_API SC_MUST_USE sc_status sc_data_tag(sc_data_reading *report, const sc_tag_job *job,
                                         const char *out, const sc_data_options *o);

/* -- filter ------------------------------------------------------------------------------------ */

/* A rule that is known, or that judged. */
typedef struct {
    const char *set, *name;
    const char *help, *source; /* paper or table that the threshold comes from */
    double threshold;          /* NaN: off until it is set */
    bool less;                 /* it applies to values below the threshold, else above */
    bool cuts;                 /* it cuts spans */
    bool redacts;              /* it puts <NAME> in the place of spans; neither: it drops */
    int64_t dropped;           /* documents that it was the first to drop */
    int64_t cut, spans; /* kept documents that it cut or redacted, and how many spans of them */
} sc_filter_rule;

/* The i-th that is known, from 0; false behind the last. */
SC_API bool sc_filter_rule_get(sc_filter_rule *out, int i);

enum { SC_FILTER_RULES_MAX = 160 };

typedef struct {
    sc_data_reading reading;
    int64_t kept, dropped;
    int64_t bytes_kept; /* of text, after cutting */
    int n_rules;
    sc_filter_rule rules[SC_FILTER_RULES_MAX]; /* in the order in which they judge */
} sc_filter_report;

typedef struct {
    const char *const *inputs; /* files, folders, globs of JSONL(.gz, .zst); "-": standard input */
    int n_inputs;
    const char *const *rules; /* names of sets, in the order in which they judge */
    int n_rules;
    const char *const *settings; /* "SET.RULE=NUMBER", =off, =drop, =cut, =redact; "SET=drop";
                                    "TAGGER.KEY=VALUE" */
    int n_settings;
    const char *words; /* "unicode" (NULL), "whitespace", "english": what a word is */
    /* The folder of what `tag` said of these documents ("corpus/attributes"): the rules judge by it
     * and no tagger runs, so that another threshold costs a reading. NULL: the taggers run now. */
    const char *attributes;
} sc_filter_job;

/* Tags each document and judges it by the rules, all in one pass: all rules look at the text as it
 * came; what they cut is cut at the end. Writes OUT/documents/ and OUT/dropped/, where each record
 * tells in metadata.dropped which rule dropped it, with its value, threshold and span; when `out`
 * is "-" or the name of a .jsonl(.gz, .zst) file, the kept documents alone go there. A lineage is
 * written beside. `o` may be NULL. SC_USAGE: an unknown set, setting or kind of words. SC_MISMATCH:
 * the attributes are not of these documents. */
SC_API SC_MUST_USE sc_status sc_data_filter(sc_filter_report *report, const sc_filter_job *job,
                                            const char *out, const sc_data_options *o);

/* -- models for taggers ------------------------------------------------------------------------ */

/* All zero is the default. */
typedef struct {
    sc_data_options common; /* max_memory: beyond it scratch files beside the model */
    int order;              /* words of the longest n-gram, 1 to 8; 0: 5 */
    int64_t min_count;      /* words that come less often are <unk>; 0: 1 */
    bool one_discount;      /* an order has one discount and not three */
    const char *words;      /* "unicode" (NULL), "whitespace", "english": what a word is */
} sc_ngram_options;

typedef struct {
    sc_data_reading reading;
    int64_t words, lines; /* of the texts */
    int64_t vocabulary;   /* words, with <unk>, <s> and </s> */
    int64_t ngrams;       /* of all orders */
    int fallback;         /* orders with too few texts for discounts of their own */
} sc_ngram_report;

/* Trains an n-gram language model on the texts of a corpus, by interpolated modified Kneser-Ney
 * (Chen and Goodman 1998), for the tagger `perplexity`: each line a sentence. Writes an ARPA file
 * and its lineage beside. The same bytes for any number of threads and any memory. `o` may be NULL.
 * SC_NOMEM: the different words alone take half of the memory. SC_FORMAT: there are no words. */
SC_API SC_MUST_USE sc_status sc_data_ngram(sc_ngram_report *report, const char *const *inputs,
                                           int n_inputs, const char *out,
                                           const sc_ngram_options *o);

/* All zero but the examples is the default. */
typedef struct {
    sc_data_options common;  /* max_memory: of the features of all examples */
    const char *const *good; /* files, folders, globs of JSONL(.gz, .zst) */
    const char *const *bad;
    int n_good, n_bad;
    int bits;          /* 2^bits weights, 8 to 26; 0: 20 */
    int epochs;        /* 0: 5 */
    double rate;       /* 0: 1 */
    double valid;      /* share of the examples that is held out, by a hash of their text */
    uint64_t seed;     /* of the order, and of what is held out */
    const char *words; /* "unicode" (NULL), "whitespace", "english": what a word is */
} sc_classifier_options;

typedef struct {
    sc_data_reading good, bad;
    int64_t held_out, right; /* examples held out; of them classified rightly */
    double loss;             /* their mean loss, in nats */
} sc_classifier_report;

/* Trains a linear classifier of words and pairs of words on examples of two kinds, for the tagger
 * `classifier`. Writes a safetensors file and its lineage beside. The same bytes for any number of
 * threads. SC_FORMAT: a kind has no examples. */
SC_API SC_MUST_USE sc_status sc_data_classifier(sc_classifier_report *report, const char *out,
                                                const sc_classifier_options *o);

#ifdef __cplusplus
}
#endif
#endif
