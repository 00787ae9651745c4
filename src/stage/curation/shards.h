/* shards.h - token shards: all tokens of a split in one memory-mapped file, with the place of each
 * document and a digest of the contents.
 *
 * Little-endian: a header of 128 bytes, n_tokens of 2 or 4 bytes (2 when the vocabulary has at most
 * 65,536), zeros up to a multiple of 8, then two lists of n_documents + 1 offsets of 8 bytes: the
 * first token of each document and the first byte of its source text, each ending with the total.
 *
 * A shard is checked when it is opened (sizes, offsets) and token by token when it is read: a lying
 * file is refused and never gives an id that the vocabulary has not. */
#ifndef SC_STAGE_CURATION_SHARDS_H
#define SC_STAGE_CURATION_SHARDS_H

#include "base/file.h"
#include "base/hash.h"

typedef struct {
    const char *path;
    int64_t n_tokens, n_documents;
    int64_t n_bytes; /* of source text: bits per byte = nats / ln 2 / n_bytes */
    int64_t vocab_size;
    int64_t eos;         /* the token that ends each document, -1 for none */
    sc_digest tokenizer; /* of tokenizer.json */
    sc_digest digest;    /* of header, tokens and offsets, as the header says; see _verify */
    /* the rest is the module's own */
    sc_map map;
    int token_bytes;
    const unsigned char *tokens;
    const uint64_t *token_at, *byte_at; /* n_documents + 1 each */
    sc_arena arena;
} sc_shard;

SC_MUST_USE sc_status sc__shard_open(sc_shard **out, const char *path);
/* The same from bytes aligned to 8, which are borrowed. */
SC_MUST_USE sc_status sc__shard_parse(sc_shard **out, const void *bytes, size_t n,
                                      const char *name);
void sc__shard_close(sc_shard *s); /* NULL is fine */

/* Tokens first .. first + n - 1, which must exist. SC_FORMAT names one that is not in the
 * vocabulary. Safe from several threads. */
SC_MUST_USE sc_status sc__shard_read(int32_t *out, const sc_shard *s, int64_t first, int64_t n);
/* SC_MISMATCH when the contents are not those of the digest. Reads the whole file. */
SC_MUST_USE sc_status sc__shard_verify(const sc_shard *s);

/* The document that holds a token (which must exist), the first token of a document (n_documents
 * is allowed: the end), and the bytes of its source text. */
int64_t sc__shard_document(const sc_shard *s, int64_t token);
int64_t sc__shard_begin(const sc_shard *s, int64_t document);
int64_t sc__shard_document_bytes(const sc_shard *s, int64_t document);

/* ---- writing ----------------------------------------------------------------------------------
 */

typedef struct {
    sc_writer file;
    sc_hasher *hash;
    sc_shard head; /* what the header will say */
    sc_buffer token_at, byte_at, packed;
    bool open;
    sc_status status;
} sc_shard_writer;

/* `head` gives vocab_size, eos and tokenizer. */
SC_MUST_USE sc_status sc__shard_writer_open(sc_shard_writer *w, const char *path,
                                            const sc_shard *head);
/* One document: its ids and the bytes it was made of. SC_FORMAT on an id outside the vocabulary.
 * Sticky. */
void sc__shard_writer_append(sc_shard_writer *w, const int32_t *ids, int64_t n, int64_t n_bytes);
/* Durable and in place on SC_OK; `out` (may be NULL) is what the header says. Ends the writer. */
SC_MUST_USE sc_status sc__shard_writer_commit(sc_shard *out, sc_shard_writer *w);
void sc__shard_writer_abandon(sc_shard_writer *w); /* harmless after commit */

#endif
