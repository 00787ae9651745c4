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
    const char *prefix; /* of those files: "web" for web-00000.jsonl.zst; NULL: 00000.jsonl.zst */
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
    const char *method;     /* minhash (the default), exact, url, paragraph, line, substring */
    double threshold;       /* minhash: Jaccard of the sets of n-grams from which on; 0: 0.8 */
    int ngram;              /* minhash: words of an n-gram; 0: 5 */
    int bands, rows;        /* minhash; 0: 14 and 8 */
    int64_t min_length;     /* paragraph, line: characters; 0: 50 and 30. substring: words; 0: 50 */
    sc_dedup_keep keep;     /* which of those alike */
    const char *score;      /* BEST: a number of the metadata or the record, "key" or "key.key" */
    const char *attributes; /* BEST: a folder of `socle data tag`; `score` is an attribute in it */
    const char *phase; /* only this one of keys, groups, sets, pairs, write (below); NULL: all */
} sc_dedup_options;

typedef struct {
    sc_data_reading reading; /* of the last pass */
    int64_t kept, dropped;   /* documents */
    int64_t clusters;        /* of documents that are alike */
    int64_t changed;         /* documents that lost parts */
    int64_t cut, cut_bytes;  /* parts, and text */
    int64_t spilled;         /* bytes of keys and candidates that went through files */
    bool is_whole;  /* false: others have not written their share, and this tells of one alone */
    double seconds; /* of all passes */
} sc_dedup_report;

/* Reads corpora (files, folders, globs of JSONL; "-" standard input) and writes `output` without
 * what is there twice: OUT/documents/ what is kept, OUT/dropped/ the rest with its reason in
 * metadata.dropped, OUT/clusters/clusters.jsonl.zst who is alike; or one file of what is kept. The
 * same bytes whatever the threads, the memory and the shards. A lineage is written beside the
 * output. docs/curation.md has the methods.
 *
 * With common.n_shards > 1 so many calls, each with its own shard, do the job together through
 * OUT/.dedup, each waiting for the others between phases; the last one to write makes the account.
 * What is done there is not done again. With `phase` a call does its share of that phase alone.
 * SC_USAGE: an option is out of range. SC_IO: the shares of the phase before are not all there.
 * SC_MISMATCH: they were made with other options or inputs. */
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

#ifdef __cplusplus
}
#endif
#endif
