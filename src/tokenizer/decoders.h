/* decoders.h - the decoder: a chain of parts, one row of decoders.def each, through which the
 * spellings of tokens become text.
 *
 * The reference gives a part all tokens at once. Here they come one by one, and behind a part that
 * joins them (Fuse, ByteLevel) in arbitrary fractions of the one that is left: a fraction says
 * whether it begins and whether it ends its token. A part that cannot work on fractions gets its
 * token when it is whole. */
#ifndef SC_TOKENIZER_DECODERS_H
#define SC_TOKENIZER_DECODERS_H

#include "tokenizer/tokenizer.h"

typedef enum { SC_DECODE_FIRST = 1, SC_DECODE_LAST = 2 } sc_decode_place;

typedef enum {
    SC_DECODER_MAP,      /* each token by itself */
    SC_DECODER_STRIP,    /* as well in fractions */
    SC_DECODER_FUSE,     /* joins all */
    SC_DECODER_BYTES,    /* joins all, which are bytes */
    SC_DECODER_FALLBACK, /* joins the bytes of neighbours */
    SC_DECODER_CTC       /* drops repetitions */
} sc_decoder_kind;

struct sc_decoder_part {
    sc_decoder_kind kind;
    /* Appends what a token becomes; `place` are bits of sc_decode_place. */
    sc_status (*map)(const sc_decoder_part *p, sc_matcher *m, sc_buffer *out, const char *text,
                     size_t n, int place);
    bool needs_last; /* map looks at SC_DECODE_LAST */
    sc_pattern *pattern;
    const char *text; /* a prefix, suffix, token, content */
    size_t n_text;
    const char *delimiter;
    uint32_t point;
    bool cleanup, prepended;
    int64_t start, stop;
};

/* The byte that a token "<0xNN>" stands for, -1: it is none. */
int sc__fallback_byte(const char *text, size_t n);

#endif
