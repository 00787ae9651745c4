/* files.h - hashing the files of one account: in parallel over files, each file once. */
#ifndef SC_ACCOUNT_FILES_H
#define SC_ACCOUNT_FILES_H

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/pool.h"

/* Remembers the digest of each file by device, inode, size and time of change. */
typedef struct sc_file_hashes sc_file_hashes;
SC_MUST_USE sc_status sc__file_hashes_open(sc_file_hashes **out, int threads);
void sc__file_hashes_close(sc_file_hashes *h); /* NULL is fine */

/* Digest and size of each path, in its order, in an array of the arena. Files that an earlier call
 * hashed and that have not changed are not read. */
typedef struct {
    sc_digest digest;
    uint64_t bytes;
} sc_file_hash;
SC_MUST_USE sc_status sc__file_hashes_get(sc_file_hash **out, sc_file_hashes *h, sc_arena *a,
                                          const sc_paths *paths);

/* A text as JSON; bytes that are not UTF-8 become U+FFFD. NULL without memory. */
json_t *sc__json_text(const char *text);

#endif
