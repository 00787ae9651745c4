/* corpus.h - whole corpora: cleaned of evaluation sets, mixed, asked, taken back, described,
 * exported, or made from one recipe.
 *
 *     const sc_data_run_options o = {.recipe = "corpus.yaml"};
 *     sc_data_run_report r;
 *     if (sc_data_run(&r, &o) < 0) puts(sc_error_text());
 *     else printf("%lld documents in %s\n", (long long)r.documents, r.output);
 */
#ifndef SOCLE_CORPUS_H
#define SOCLE_CORPUS_H

#include "socle/data.h"
#include "socle/tag.h"
#include "socle/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -- decontaminate ----------------------------------------------------------------------------- */

enum { SC_CONTAMINATION_SETS_MAX = 64 };

typedef struct {
    const char *const *inputs; /* JSONL files, folders, globs */
    int n_inputs;
    const char *const *against; /* evaluation sets, each a file, folder or glob: of records and rows
                                   every string counts, another file is one item */
    int n_against;
    const char *out;     /* a folder, a .jsonl(.gz, .zst) file, "-" */
    int ngram;           /* words; 0: 13 (Brown et al. 2020, appendix C) */
    int64_t min_matches; /* n-grams that a document must share to be dropped; 0: 1 */
    sc_data_options common;
} sc_decontaminate_options;

typedef struct {
    char name[256];
    int64_t items, too_short, ngrams; /* strings; those of fewer than 8 words; in the index */
    int64_t items_found, documents;   /* items of which something was found; documents dropped */
} sc_contamination;

typedef struct {
    sc_data_reading reading;
    int64_t kept, dropped, ngrams;
    int n_sets;
    sc_contamination sets[SC_CONTAMINATION_SETS_MAX];
} sc_decontaminate_report;

/* Leaves out the documents that share an n-gram with an evaluation set: OUT/documents, OUT/dropped
 * with the set in metadata.dropped. Words are compared without case and punctuation; an item of 8
 * to 12 words is looked for as a whole. A set of which nothing was found is warned of. SC_FORMAT:
 * there is nothing to look for. */
SC_API SC_MUST_USE sc_status sc_data_decontaminate(sc_decontaminate_report *out,
                                                   const sc_decontaminate_options *o);

/* -- mix --------------------------------------------------------------------------------------- */

enum { SC_MIX_SOURCES_MAX = 64 };

/* What a source gives to the mixture: by its weight, or exactly so much. */
typedef struct {
    const char *path; /* a corpus, file, folder or glob of JSONL */
    double weight;    /* 1: as it is; not used where one of the next two is not 0 */
    double epochs;    /* so often */
    int64_t size;     /* so many bytes, or tokens */
    const char *name; /* begins the names of its files; NULL: its number and the last part of the
                         path; "": they keep theirs, which must differ from those of the others */
} sc_mix_part;

/* "2.5": a weight; "3x": epochs; "500M": a size, with K, M, G or T (of 1024). False: none. */
SC_API bool sc_mix_amount(sc_mix_part *out, const char *text);

typedef struct {
    sc_mix_part sources[SC_MIX_SOURCES_MAX];
    int n_sources;
    const char *out;       /* a folder; an earlier mixture in it is replaced, nothing else */
    const char *tokenizer; /* sizes and budget are tokens of it; NULL: bytes of text */
    int64_t budget;        /* of the whole mixture; 0: as much as the sources hold */
    double temperature;    /* 0: 1 */
    double max_epochs;     /* of one source that is not given its epochs; 0: 4 */
    uint64_t seed;
    /* Rules on the attributes that `tag` left, as of sc_data_filter; none: all is kept. */
    const char *const *rules, *const *settings;
    int n_rules, n_settings;
    const char *attributes; /* the folder of all of them; NULL: SOURCE/attributes of each */
    sc_data_options common;
} sc_mix_options;

typedef struct {
    char path[256];
    int64_t documents, size;       /* of the source, what no rule dropped or cut */
    double share, epochs;          /* of the mixture; how often the source is in it */
    int64_t written, written_size; /* documents; bytes or tokens */
} sc_mix_source;

typedef struct {
    sc_data_reading reading; /* of all sources, once */
    int n_sources;
    sc_mix_source sources[SC_MIX_SOURCES_MAX];
    sc_filter_report judged; /* by the rules, of all sources */
} sc_mix_report;

/* Mixes corpora: OUT/documents, and OUT/dropped what a rule dropped, with its reason. First what
 * the rules keep is measured. Sources with epochs or a size give that; of what is left of the
 * budget (else of what they hold themselves) the share of each other source = weight *
 * size^(1/temperature) of the sum of all. Documents are repeated or left out by a hash of their
 * text to fill it. SC_USAGE: a weight below 0, parts above the budget, a rule that is not known;
 * SC_FORMAT: there is no text; SC_IO, SC_MISMATCH: there are no attributes of these documents. */
SC_API SC_MUST_USE sc_status sc_data_mix(sc_mix_report *out, const sc_mix_options *o);

/* -- forget ------------------------------------------------------------------------------------ */

enum { SC_FORGET_MODELS_MAX = 64 };

typedef struct {
    const char *corpus;  /* a folder or file */
    const char *out;     /* the new one */
    const char *ids;     /* a file of ids, one a line; NULL: none */
    const char *domain;  /* documents whose URL is of this site or below it */
    const char *licence; /* documents under this licence, as their metadata says it */
    sc_data_options common;
} sc_forget_options;

typedef struct {
    sc_data_reading reading;
    int64_t kept, forgotten;
    int n_models; /* of the registry, that were made from the corpus with them */
    char models[SC_FORGET_MODELS_MAX][256];
} sc_forget_report;

/* Writes the corpus again without the documents that one of the three means; those lie in
 * OUT/dropped. The lineage records what was asked and which models still carry them. SC_USAGE:
 * nothing was asked. */
SC_API SC_MUST_USE sc_status sc_data_forget(sc_forget_report *out, const sc_forget_options *o);

/* -- trace, inspect ---------------------------------------------------------------------------- */

typedef struct {
    const char *const *inputs; /* JSONL files, folders, globs */
    int n_inputs;
    /* What to look for, UTF-8, white space as one space; none: a random sample. Or `from`, a file
     * of such texts, one a line, "-" for standard input. */
    const char *const *texts;
    int n_texts;
    const char *from;
    /* Conditions that must all hold: "NAME", "NAME=VALUE", also != < > <= >=. A NAME with "__" is
     * an attribute of `data tag`, else keys of the record or its metadata joined by dots. */
    const char *const *where;
    int n_where;
    const char *attributes; /* the folder of attributes; NULL: looked for beside the documents */
    int64_t limit;          /* rows of the answer for each text */
    uint64_t seed;          /* of a sample */
    bool whole;             /* whole texts */
    bool no_index;          /* read the documents though there is an index */
    sc_data_options common;
} sc_trace_options;

typedef struct {
    sc_data_reading reading;        /* where an index was asked: what it was made of */
    int64_t texts, found;           /* that were looked for; that are in a document */
    int64_t documents, occurrences; /* that hold a text; of it in them */
    bool indexed;
} sc_trace_report;

/* The documents that hold a text, in the order of the corpus, or a sample of all: id, file, line,
 * URL, the values that `where` asked for and what stands around, as a table or one JSON object a
 * line; several texts one after another. One input that has an index (sc_data_index) is not read
 * but asked, with the same answer; an index that is out of date is warned of and not used. Free
 * with sc_text_free. SC_USAGE: a text is empty or not UTF-8; a condition is none. */
SC_API SC_MUST_USE sc_status sc_data_trace(char **out, sc_trace_report *report,
                                           const sc_trace_options *o, sc_text_form form);

/* -- index ------------------------------------------------------------------------------------- */

typedef struct {
    const char *corpus; /* a file or a folder */
    sc_data_options common;
} sc_index_options;

typedef struct {
    sc_data_reading reading;
    int64_t documents, text_bytes; /* in it */
    int64_t bytes;                 /* of the file: about 5 for each of text */
    bool reused;                   /* it was there and is up to date */
    char path[512];
    double seconds;
} sc_index_report;

/* Writes suffix arrays of the texts of a corpus to CORPUS/text.index where CORPUS holds documents/,
 * else to CORPUS.index, for sc_data_trace. Its answers do not depend on threads and memory. */
SC_API SC_MUST_USE sc_status sc_data_index(sc_index_report *out, const sc_index_options *o);

/* -- export ------------------------------------------------------------------------------------ */

typedef struct {
    const char *const *inputs; /* JSONL files, folders, globs */
    int n_inputs;
    const char *out; /* a file whose name ends in .parquet */
    sc_data_options common;
} sc_export_options;

typedef struct {
    sc_data_reading reading;
    int64_t documents;
} sc_export_report;

/* Writes records as one Parquet file, zstd, with columns of strings: id, text, source, added,
 * created, metadata (JSON), other (JSON of whatever else the record has). The same bytes whatever
 * the threads. A lineage is written beside it. SC_USAGE: `out` is no .parquet. */
SC_API SC_MUST_USE sc_status sc_data_export(sc_export_report *out, const sc_export_options *o);

/* -- report ------------------------------------------------------------------------------------ */

typedef struct {
    sc_data_reading reading;
    int64_t documents, bytes, characters; /* kept */
    int64_t dropped;                      /* documents that lie in its folders `dropped` */
} sc_corpus_report;

/* Describes a corpus folder anew: report.html (funnel, histograms, samples), README.md (a data
 * card) and croissant.json (Croissant 1.1 with checksums and provenance). `o` may be NULL. */
SC_API SC_MUST_USE sc_status sc_data_report(sc_corpus_report *out, const char *corpus,
                                            const sc_data_options *o);

/* -- run --------------------------------------------------------------------------------------- */

enum { SC_RUN_STEPS_MAX = 24 };

typedef struct {
    char name[40];                         /* "ingest", "filter", "dedup-minhash", "split" */
    int64_t seen, kept, dropped, held_out; /* documents; kept 0: it learned from what it saw */
    int64_t bytes_in;                      /* that it read, decompressed */
    int number, of;     /* the first is 1; steps of this recipe. 0: the report behind them */
    int64_t unreadable; /* passed over */
    char first_unreadable[400];
    bool reused; /* it was done before, with the same input and settings */
    double seconds;
} sc_data_run_step;

typedef struct {
    int n_steps;
    sc_data_run_step steps[SC_RUN_STEPS_MAX];
    int64_t documents, bytes, characters; /* of the corpus */
    char output[512];
    double seconds;
} sc_data_run_report;

typedef struct {
    const char *recipe;           /* path of the YAML file */
    const char *const *overrides; /* "filter.words=english" */
    int n_overrides;
    bool dry_run;           /* check the recipe, say which steps are `reused`, and make nothing */
    sc_data_options common; /* fields and shards are not used */
    /* Before and after each step; may be NULL. `user` is that of common. */
    void (*step)(void *user, const sc_data_run_step *step, bool done);
} sc_data_run_options;

/* A corpus from a recipe: ingest, ngram, classifier, filter, dedup, decontaminate, split, mix, tag,
 * one after another. Steps that were done before are not done again; after an interruption the call
 * is simply repeated, and the corpus is the same bytes. Writes documents/, whose files begin with
 * the names of their sources, attributes/, dropped/STEP/, clusters/, valid/, test/, models/,
 * report.html, README.md, croissant.json and lineage.json into the recipe's output. SC_FORMAT,
 * SC_USAGE: the recipe, naming line and key; otherwise the failure of a step. */
SC_API SC_MUST_USE sc_status sc_data_run(sc_data_run_report *out, const sc_data_run_options *o);
/* Writes a recipe that shows and explains every key. SC_IO: the file is there already. */
SC_API SC_MUST_USE sc_status sc_data_template(const char *path);

#ifdef __cplusplus
}
#endif
#endif
