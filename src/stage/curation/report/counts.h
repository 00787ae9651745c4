/* counts.h - how often each name occurred, and how many bytes it stood for. */
#ifndef SC_STAGE_CURATION_REPORT_COUNTS_H
#define SC_STAGE_CURATION_REPORT_COUNTS_H

#include "base/alloc.h"

typedef struct {
    const char *name;
    int64_t n, bytes;
} sc_count;

/* Zeroed is empty. Beyond SC_COUNTS_MAX names, new ones are counted together under "(others)", so
 * that a crawl of many sites does not take all memory. */
typedef struct {
    sc_arena arena;
    sc_count *rows;
    int64_t n, capacity;
    int32_t *slots; /* open addressing: row + 1, 0 free */
    uint64_t mask;
} sc_counts;

enum { SC_COUNTS_MAX = 1 << 20 };

SC_MUST_USE sc_status sc__counts_add(sc_counts *c, const char *name, size_t n_name, int64_t n,
                                     int64_t bytes);
SC_MUST_USE sc_status sc__counts_merge(sc_counts *into, const sc_counts *from);
/* The most frequent first, equal ones by name. No more may be added then. */
void sc__counts_sort(sc_counts *c);
void sc__counts_deinit(sc_counts *c);

#endif
