/* codec.h - the compressions of Parquet's pages (Compression.md of the format). */
#ifndef SC_FORMAT_PARQUET_CODEC_H
#define SC_FORMAT_PARQUET_CODEC_H

#include "base/status.h"

#include <zlib.h>
#include <zstd.h>

enum { /* in the format's numbers */
       SC_PARQUET_UNCOMPRESSED,
       SC_PARQUET_SNAPPY,
       SC_PARQUET_GZIP,
       SC_PARQUET_LZO,
       SC_PARQUET_BROTLI,
       SC_PARQUET_LZ4,
       SC_PARQUET_ZSTD,
       SC_PARQUET_LZ4_RAW
};

typedef struct { /* what is worth keeping from page to page; zero at first */
    z_stream z;
    bool has_z;
    ZSTD_DCtx *zstd;
} sc_parquet_codec;

/* Whether n bytes could become `n_out`, and the codec is one of those below: to be asked before
 * memory for them is. */
SC_MUST_USE sc_status sc__parquet_codec_check(int codec, size_t n, size_t n_out);
/* Exactly n_out bytes at `to` out of n bytes at `from`, of any codec but UNCOMPRESSED. */
SC_MUST_USE sc_status sc__parquet_decompress(sc_parquet_codec *c, int codec, const void *from,
                                             size_t n, void *to, size_t n_out);
void sc__parquet_codec_deinit(sc_parquet_codec *c);

#endif
