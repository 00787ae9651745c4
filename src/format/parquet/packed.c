/* packed.c - see packed.h. */
#include "format/parquet/packed.h"

#include <string.h>

/* `width` bits from bit `at` of n bytes, which hold them. */
static uint64_t bits(const unsigned char *p, size_t n, uint64_t at, int width) {
    const size_t first = (size_t)(at >> 3);
    const int shift = (int)(at & 7);
    uint64_t low = 0, high = 0;
    if (n - first >= 9) {
        memcpy(&low, p + first, 8);
        high = p[first + 8];
    } else {
        for (size_t i = 0; i < n - first; i++) low |= (uint64_t)p[first + i] << 8 * i;
    }
    low >>= shift;
    if (shift) low |= high << (64 - shift);
    return width == 64 ? low : low & ((UINT64_C(1) << width) - 1);
}

static bool varint(uint64_t *out, const unsigned char **p, const unsigned char *end) {
    *out = 0;
    for (int shift = 0; shift < 64 && *p < end; shift += 7) {
        const unsigned b = *(*p)++;
        *out |= (uint64_t)(b & 0x7F) << shift;
        if (b < 0x80) return true;
    }
    return false;
}

/* ---- runs ------------------------------------------------------------------------------------ */

void sc__hybrid_init(sc_hybrid *h, const unsigned char *p, size_t n, int width) {
    *h = (sc_hybrid){.p = p, .end = p + n, .width = width};
    if (!width) h->left = UINT64_MAX;
}

void sc__hybrid_init_big_endian(sc_hybrid *h, const unsigned char *p, size_t n, int width) {
    sc__hybrid_init(h, p, n, width);
    h->packed = h->big_endian = true;
    h->left = width ? n * 8 / (size_t)width : UINT64_MAX;
}

static bool begin_run(sc_hybrid *h) {
    uint64_t head;
    if (h->packed) h->p += SC_MIN((h->bit + 7) / 8, (uint64_t)(h->end - h->p));
    if (h->big_endian || !varint(&head, &h->p, h->end)) return false;
    h->packed = head & 1;
    h->bit = 0;
    h->value = 0;
    h->left = head >> 1;
    if (h->packed) return !__builtin_mul_overflow(h->left, 8, &h->left);
    const int n = (h->width + 7) / 8;
    if (h->end - h->p < n) return false;
    for (int i = 0; i < n; i++) h->value |= (uint32_t)*h->p++ << 8 * i;
    return h->width == 32 || !(h->value >> h->width);
}

static uint32_t reversed(const sc_hybrid *h) {
    uint32_t v = 0;
    for (int i = 0; i < h->width; i++)
        v = v << 1 | (h->p[(h->bit + (unsigned)i) / 8] >> (7 - (h->bit + (unsigned)i) % 8) & 1);
    return v;
}

bool sc__hybrid_next_run(uint32_t *out, sc_hybrid *h) {
    while (!h->left)
        if (!begin_run(h)) return false;
    h->left--;
    *out = h->value;
    if (!h->packed || !h->width) return true;
    /* the last run may promise more groups than were needed and written */
    const uint64_t n = (uint64_t)(h->end - h->p);
    if (h->bit + (unsigned)h->width > n * 8) return false;
    *out = h->big_endian ? reversed(h) : (uint32_t)bits(h->p, (size_t)n, h->bit, h->width);
    h->bit += (unsigned)h->width;
    return true;
}

/* ---- differences ----------------------------------------------------------------------------- */

static uint64_t unzigzag(uint64_t v) { return v >> 1 ^ -(v & 1); }

static sc_status cut(void) { return SC_FAIL(SC_FORMAT, "delta-packed integers end early"); }

sc_status sc__delta_init(sc_delta *d, const unsigned char *p, size_t n) {
    uint64_t block, first;
    *d = (sc_delta){.p = p, .end = p + n, .first = true};
    if (!varint(&block, &d->p, d->end) || !varint(&d->n_minis, &d->p, d->end) ||
        !varint(&d->left, &d->p, d->end) || !varint(&first, &d->p, d->end))
        return cut();
    d->last = unzigzag(first);
    if (!d->n_minis || block > INT32_MAX || block % d->n_minis || !block || d->left > INT32_MAX ||
        block / d->n_minis % 32)
        return SC_FAIL(SC_FORMAT, "delta-packed integers in blocks of %llu by %llu",
                       (unsigned long long)block, (unsigned long long)d->n_minis);
    d->mini = block / d->n_minis;
    d->i_mini = d->n_minis; /* the first block is yet to begin */
    return SC_OK;
}

static sc_status begin_block(sc_delta *d) {
    uint64_t least;
    if (!varint(&least, &d->p, d->end) || (uint64_t)(d->end - d->p) < d->n_minis) return cut();
    d->least = unzigzag(least);
    d->widths = d->p;
    d->p += d->n_minis;
    d->i_mini = d->in_mini = 0;
    return SC_OK;
}

/* Passes the miniblock that was read; a last one may be cut after the values it needs. */
static sc_status next_mini(sc_delta *d) {
    if (d->i_mini < d->n_minis && d->in_mini) {
        const uint64_t n = d->mini / 8 * d->widths[d->i_mini];
        d->p += SC_MIN(n, (uint64_t)(d->end - d->p));
        d->i_mini++;
        d->in_mini = 0;
    }
    if (d->i_mini == d->n_minis) SC_TRY(begin_block(d));
    if (d->widths[d->i_mini] > 64)
        return SC_FAIL(SC_FORMAT, "delta-packed integers of %d bits", d->widths[d->i_mini]);
    return SC_OK;
}

sc_status sc__delta_next(int64_t *out, sc_delta *d) {
    if (!d->left) return SC_FAIL(SC_FORMAT, "fewer delta-packed integers than values");
    d->left--;
    if (!d->first) {
        if (d->i_mini == d->n_minis || d->in_mini == d->mini) SC_TRY(next_mini(d));
        const uint64_t width = d->widths[d->i_mini], n = (uint64_t)(d->end - d->p);
        const uint64_t at = d->in_mini++ * width;
        if (at + width > n * 8) return cut();
        d->last += d->least + (width ? bits(d->p, (size_t)n, at, (int)width) : 0);
    }
    d->first = false;
    *out = (int64_t)d->last;
    return SC_OK;
}

sc_status sc__delta_end(const unsigned char **out, sc_delta d) {
    for (uint64_t left = d.left > 1 ? d.left - 1 : 0; left; left -= SC_MIN(left, d.mini)) {
        SC_TRY(next_mini(&d));
        d.in_mini = d.mini;
    }
    if (d.in_mini && d.i_mini < d.n_minis)
        d.p += SC_MIN(d.mini / 8 * d.widths[d.i_mini], (uint64_t)(d.end - d.p));
    *out = d.p;
    return SC_OK;
}
