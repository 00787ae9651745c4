/* data.h - text from files into a corpus.
 *
 *     const char *paths[] = {"/usr/share/doc", "notes.html"};
 *     sc_ingest_report r;
 *     if (sc_data_ingest(&r, paths, 2, "corpus.jsonl.zst", NULL) < 0) puts(sc_error_text());
 *     printf("%lld documents\n", (long long)r.documents);
 */
#ifndef SOCLE_DATA_H
#define SOCLE_DATA_H

#include "socle/status.h"
#include "socle/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* -- what every step over records shares ------------------------------------------------------- */

/* What was read, so far and in the end. */
typedef struct {
    int64_t files, documents;        /* input files that are done; records seen */
    int64_t bytes_in;                /* of JSONL, decompressed */
    int64_t bytes_read, bytes_total; /* of the files as they lie there: for progress */
    int64_t unreadable;              /* lines, and ends of archives, that were passed over */
    int64_t replaced;                /* sequences of bytes that became U+FFFD */
    char first_unreadable[400];      /* the error text of the first */
    double seconds;
} sc_data_reading;

/* All zero is the default. */
typedef struct {
    const char *id_field, *text_field; /* keys of the input's records; NULL: "id", "text" */
    int threads;                       /* 0: all processors; changes no byte of the output */
    size_t max_memory;                 /* bytes, about; 0: 2 GiB */
    bool strict;                       /* what is unreadable is an error */
    int shard, n_shards;      /* work on input files i with i mod n_shards = shard; 0, 0: on all */
    const volatile int *stop; /* SC_INTERRUPTED once it is not 0; may be NULL */
    /* One call at a time, from any thread; may be NULL. */
    void (*progress)(void *user, const sc_data_reading *so_far);
    void *user;
} sc_data_options;

/* -- ingest ------------------------------------------------------------------------------------ */

typedef struct {
    sc_data_reading read; /* documents: all that were looked at */
    /* kept, by what they were */
    int64_t plain, markdown, html, manual;  /* whole files */
    int64_t jsonl, csv, parquet, web, wiki; /* records of JSONL, tables, web archives and dumps */
    /* left out */
    int64_t binary, near_empty, duplicates;
    int64_t passed_over;         /* what holds no document: requests, redirects, images */
    int64_t documents, bytes;    /* written; of their text */
    int64_t converted, repaired; /* from another character set than UTF-8; put right as mojibake */
} sc_ingest_report;

/* What the text of an HTML page is. */
typedef enum {
    SC_INGEST_HTML_MAIN,  /* what the page is there for, by socle/extract.h */
    SC_INGEST_HTML_BODY,  /* all of its body but scripts, forms and menus */
    SC_INGEST_HTML_SOURCE /* the page as it is, for a later extraction */
} sc_ingest_html_text;

/* All zero is the default. */
typedef struct {
    sc_data_options common;
    int64_t min_characters; /* a document with fewer is near-empty; 0: 1 */
    bool drop_duplicates;   /* exact ones, by SHA-256 of the text: 64 bytes of memory a document */
    const char *source;     /* the records' `source`; NULL: the path of the file */
    const char *licence;    /* SPDX expression of what says none itself; NULL: none */
    size_t file_bytes;      /* of JSON in a file of a folder, about; 0: 1 GiB */
    sc_ingest_html_text html;
    bool pages;    /* rows whose text begins with a tag are HTML pages too */
    bool comments; /* readers' comments are part of a page's main text */
} sc_ingest_options;

/* Reads files, folders and globs ("-": standard input) and writes every document as a record of the
 * Dolma layout, one line of JSON {"id", "text", "source", "added", "created", "metadata": {...}},
 * to `out`: a name that ends in .jsonl, .jsonl.gz or .jsonl.zst, "-" for standard output, else a
 * folder with documents/00000.jsonl.zst and so on. docs/data.md says which kinds of files, what is
 * done to their text and what the metadata holds. The output is the same bytes for the same input
 * whatever the number of threads: `added` is the file's own date, or SOURCE_DATE_EPOCH.
 *
 * A lineage is written beside the output, but for "-". `o` may be NULL. On failure the output is as
 * it was before. SC_IO: a path that matches nothing, or the output cannot be written; SC_FORMAT:
 * nothing was kept, or a folder holds documents that are not ingest's. */
SC_API SC_MUST_USE sc_status sc_data_ingest(sc_ingest_report *report, const char *const *paths,
                                            int n_paths, const char *out,
                                            const sc_ingest_options *o);

/* -- dedup ------------------------------------------------------------------------------------- */

typedef enum { SC_DEDUP_FIRST, SC_DEDUP_LONGEST, SC_DEDUP_BEST } sc_dedup_keep;

/* All zero is the default. */
typedef struct {
    sc_data_options common;
    const char *method; /* minhash (the default), exact, url, paragraph, line */
    double threshold;   /* minhash: Jaccard of the sets of n-grams from which on; 0: 0.8 */
    int ngram;          /* minhash: words of an n-gram; 0: 5 */
    int bands, rows;    /* minhash; 0: 14 and 8 */
    int64_t min_length; /* paragraph, line: characters; 0: 50 and 30 */
    sc_dedup_keep keep; /* which of those alike */
    const char *score;  /* BEST: a number of the metadata or the record, "key" or "key.key" */
    bool merge;         /* what all shards left is joined and the corpus written */
} sc_dedup_options;

typedef struct {
    sc_data_reading reading; /* of the last pass */
    int64_t kept, dropped;   /* documents */
    int64_t clusters;        /* of documents that are alike */
    int64_t changed;         /* documents that lost parts */
    int64_t cut, cut_bytes;  /* parts, and text */
    int64_t spilled;         /* bytes of keys and candidates that went through files */
    double seconds;          /* of all passes */
} sc_dedup_report;

/* Reads corpora (files, folders, globs of JSONL; "-" standard input) and writes `output` without
 * what is there twice: OUT/documents/ what is kept, OUT/dropped/ the rest with its reason in
 * metadata.dropped, OUT/clusters/clusters.jsonl.zst who is alike; or one file of what is kept. The
 * same bytes whatever the threads, the memory and the shards. With common.n_shards > 1 only the
 * keys of the shard's files are made and left in OUT/.dedup for the call that merges. A lineage is
 * written beside the output. docs/curation.md has the methods. SC_USAGE: an option is out of range.
 * SC_MISMATCH: shards were made with other options. */
SC_API SC_MUST_USE sc_status sc_data_dedup(sc_dedup_report *out, const char *const *inputs,
                                           int n_inputs, const char *output,
                                           const sc_dedup_options *o);

/* About what a job would take, from the first lines of up to 16 of its files. */
typedef struct {
    int64_t files, documents, bytes_in; /* bytes_in: of JSONL, decompressed */
    int64_t keys;
    int64_t memory, disk; /* bytes at most; disk with the output */
} sc_dedup_plan;
SC_API SC_MUST_USE sc_status sc_data_dedup_estimate(sc_dedup_plan *out, const char *const *inputs,
                                                    int n_inputs, const sc_dedup_options *o);

/* -- decontaminate ----------------------------------------------------------------------------- */

enum { SC_CONTAMINATION_SETS_MAX = 64 };

typedef struct {
    const char *const *inputs; /* JSONL files, folders, globs */
    int n_inputs;
    const char *const *against; /* evaluation sets, each a file, folder or glob: of JSONL every
                                   string counts, another file is one item */
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

/* -- tokenize ---------------------------------------------------------------------------------- */

typedef struct {
    const char *tokenizer;    /* a file or a model directory */
    const char *const *train; /* files, folders, globs: plain text and JSONL */
    int n_train;
    const char *const *valid; /* held-out text of its own; or none and a fraction */
    int n_valid;
    double valid_fraction; /* of the characters, the last ones; 0: none */
    bool strict;
    const volatile int *stop;
} sc_tokenize_options;

typedef struct {
    int64_t train_tokens, train_documents, train_bytes;
    int64_t valid_tokens, valid_documents;
    bool reused; /* the folder held them already */
} sc_tokenize_report;

/* Writes train.tokens and valid.tokens (memory-mapped token shards with a document index), the ids
 * of their documents, shards.json and the tokenizer into `dir`, which a recipe of `socle train`
 * takes as data.tokens. A folder whose inputs, tokenizer and options are the same is left as it is.
 */
SC_API SC_MUST_USE sc_status sc_data_tokenize(sc_tokenize_report *out, const char *dir,
                                              const sc_tokenize_options *o);

/* -- split ------------------------------------------------------------------------------------- */

typedef struct {
    const char *const *inputs; /* JSONL files, folders, globs */
    int n_inputs;
    const char *out;    /* a folder */
    double valid, test; /* shares of the documents, below 1 together */
    uint64_t seed;
    sc_data_options common;
} sc_split_options;

typedef struct {
    sc_data_reading reading;
    int64_t train, valid, test; /* documents */
} sc_split_report;

/* Parts documents by a hash of their text and the seed: OUT/documents, OUT/valid, OUT/test. Equal
 * texts fall into one part, and a document stays in its part when others come or go. */
SC_API SC_MUST_USE sc_status sc_data_split(sc_split_report *out, const sc_split_options *o);

/* -- mix --------------------------------------------------------------------------------------- */

enum { SC_MIX_SOURCES_MAX = 64 };

typedef struct {
    struct {
        const char *path; /* a corpus, file, folder or glob of JSONL */
        double weight;    /* 1: as it is */
    } sources[SC_MIX_SOURCES_MAX];
    int n_sources;
    const char *out;       /* a folder */
    const char *tokenizer; /* sizes and budget are tokens of it; NULL: bytes of text */
    int64_t budget;        /* of the whole mixture; 0: as much as the sources hold */
    double temperature;    /* 0: 1 */
    double max_epochs;     /* of one source; 0: 4 */
    uint64_t seed;
    sc_data_options common;
} sc_mix_options;

typedef struct {
    char path[256];
    int64_t documents, size;       /* of the source */
    double share, epochs;          /* of the mixture; how often the source is in it */
    int64_t written, written_size; /* documents; bytes or tokens */
} sc_mix_source;

typedef struct {
    sc_data_reading reading; /* of the last source */
    int n_sources;
    sc_mix_source sources[SC_MIX_SOURCES_MAX];
} sc_mix_report;

/* Mixes corpora: share of a source = weight * size^(1/temperature) of the sum of all; documents are
 * repeated or left out by a hash of their text to fill it. SC_USAGE: a weight below 0; SC_FORMAT:
 * there is no text. */
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
    const char *text; /* what to look for, white space as one space; NULL: a random sample */
    int64_t limit;    /* rows of the answer */
    uint64_t seed;    /* of a sample */
    bool whole;       /* a sample's whole texts */
    sc_data_options common;
} sc_trace_options;

typedef struct {
    sc_data_reading reading;
    int64_t documents, occurrences; /* that hold the text; of it in them */
} sc_trace_report;

/* The documents that hold a text, in the order of the corpus, or a sample of all: id, file, line,
 * URL and what stands around, as a table or one JSON object a line. Free with sc_text_free. */
SC_API SC_MUST_USE sc_status sc_data_trace(char **out, sc_trace_report *report,
                                           const sc_trace_options *o, sc_text_form form);

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

enum { SC_RUN_STEPS_MAX = 20 };

typedef struct {
    char name[40];                         /* "ingest", "filter", "dedup-minhash", "split" */
    int64_t seen, kept, dropped, held_out; /* documents */
    int64_t unreadable;                    /* of the sources */
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
    sc_data_options common; /* fields, shards and memory of single steps are not used */
    /* Before and after each step; may be NULL. `user` is that of common. */
    void (*step)(void *user, const sc_data_run_step *step, bool done);
} sc_data_run_options;

/* A corpus from a recipe: ingest, filter, dedup, decontaminate, split, one after another. Steps
 * that were done before are not done again; after an interruption the call is simply repeated, and
 * the corpus is the same bytes. Writes documents/, dropped/STEP/, clusters/, valid/, test/,
 * report.html, README.md, croissant.json and lineage.json into the recipe's output. SC_FORMAT,
 * SC_USAGE: the recipe, naming line and key; otherwise the failure of a step. */
SC_API SC_MUST_USE sc_status sc_data_run(sc_data_run_report *out, const sc_data_run_options *o);
/* Writes a recipe that shows and explains every key. SC_IO: the file is there already. */
SC_API SC_MUST_USE sc_status sc_data_template(const char *path);

#ifdef __cplusplus
}
#endif
#endif
