/* text_index.h - the text of a corpus with its suffix arrays, in one file that is mapped and asked:
 * which documents hold these words? An answer takes two binary searches a block.
 *
 * Little-endian, everything at multiples of 8, zeros between:
 *
 *     "SOCLEIDX", version, number of blocks, place of the table, place and length of `about`
 *     blocks: text | suffix array, 4 bytes each | where documents begin in the text, 4 bytes each
 *             | where their heads begin, 8 bytes each | heads
 *     table: of each block its place, bytes of text, entries of its suffix array, documents, bytes
 *            of heads, 8 bytes each
 *     about: JSON; the files it was made of, with size, time and SHA-256
 *
 * The text of a block is that of whole documents, white space folded, with the byte FF, which no
 * UTF-8 holds, behind each: so no match crosses from one to the next. Its suffix array has the
 * places where a character begins. A head says file, line, id and URL. The offsets of documents and
 * heads have one entry more, the end.
 *
 * Nothing in the file is believed: sizes are checked when it is opened, and every offset where it
 * is used. A damaged one may miss documents, never show one that does not hold the text. */
#ifndef SC_STAGE_CURATION_ASK_TEXT_INDEX_H
#define SC_STAGE_CURATION_ASK_TEXT_INDEX_H

#include "base/file.h"
#include "base/json.h"
#include "format/record.h"
#include "stage/curation/ask/answer.h"

#define SC_TEXT_INDEX_MAGIC "SOCLEIDX"
enum { SC_TEXT_INDEX_VERSION = 1, SC_TEXT_INDEX_HEAD = 48, SC_TEXT_INDEX_ROW = 40 };
#define SC_TEXT_INDEX_END '\xFF'

/* A head, before the bytes of id and URL. */
typedef struct {
    uint64_t line;
    uint32_t file, n_id, n_url, has_url;
} sc_index_head;

typedef struct {
    uint64_t at, n_text, n_suffixes, n_documents, n_heads;
    const char *text;
    const uint32_t *suffixes;
    const uint32_t *begins; /* n_documents + 1 */
    const uint64_t *heads;  /* n_documents + 1 */
    const unsigned char *head_bytes;
} sc_index_block;

typedef struct {
    const char *name;
    sc_map map;
    sc_arena arena;
    sc_index_block *blocks;
    int64_t n_blocks;
    json_t *about; /* an object; its "files" are n_files objects */
    int64_t n_files, n_documents, text_bytes;
} sc_text_index;

/* Where the index of a file or folder lies: in it where it holds documents/, else beside it. */
SC_MUST_USE sc_status sc__text_index_path(char **out, sc_arena *a, const char *corpus);
/* How the index names a file of the corpus: without the folder. */
const char *sc__text_index_name(const char *root, const char *path);

SC_MUST_USE sc_status sc__text_index_open(sc_text_index *out, const char *path);
/* The same from bytes aligned to 8, which are borrowed. */
SC_MUST_USE sc_status sc__text_index_parse(sc_text_index *out, const void *bytes, size_t n,
                                           const char *name);
void sc__text_index_close(sc_text_index *x); /* zeroed is fine */

/* Whether it was made of these files, as they are now, read with these field names: "" or why not.
 * A file whose time has changed is read for its hash. */
SC_MUST_USE sc_status sc__text_index_check(char why[256], const sc_text_index *x, const char *root,
                                           const sc_paths *files, const sc_record_names *names);

/* Takes the documents that hold the needles into the answer, as a scan of `files` would. The first
 * `has_queries` rows tell their needle. SC_FORMAT: the index is damaged. */
typedef struct {
    const sc_needles *needles;
    bool has_queries; /* rows tell which needle */
    const sc_paths *files;
    int threads;
    const volatile int *stop;
} sc_index_question;
SC_MUST_USE sc_status sc__text_index_find(sc_answer *out, const sc_text_index *x,
                                          const sc_index_question *q);

#endif
