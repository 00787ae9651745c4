/* suffix.h - suffix arrays in linear time, by induced sorting. */
#ifndef SC_BASE_SUFFIX_H
#define SC_BASE_SUFFIX_H

#include "base/status.h"

#include <stdint.h>

/* sa[i] becomes the place in text[0, n) where its i-th smallest suffix begins. A suffix that is the
 * beginning of another comes before it. Besides sa (4 n bytes) at most 4 n bytes are needed for a
 * moment, usually less than n; time is linear in n. SC_FORMAT: n is above SC_SUFFIX_MAX. SC_NOMEM.
 */
#define SC_SUFFIX_MAX (INT32_MAX - 1)
SC_MUST_USE sc_status sc__suffix_array(int32_t *sa, const uint8_t *text, int64_t n);
/* The same over symbols 0 .. alphabet - 1 (tokens, characters); 8 bytes more for each of them. */
SC_MUST_USE sc_status sc__suffix_array_ids(int32_t *sa, const int32_t *text, int64_t n,
                                           int64_t alphabet);
/* The same over bytes for texts of any length, with places of 64 bits. */
SC_MUST_USE sc_status sc__suffix_array_long(int64_t *sa, const uint8_t *text, int64_t n);

/* lcp[p] becomes how many symbols the suffix at place p has in common with the one before it in sa
 * (0 for the smallest): by place in the text, so that lcp[sa[i]] belongs to sa[i]. No further
 * memory (Kaerkkaeinen, Manzini, Puglisi 2009, "Permuted Longest-Common-Prefix Array"). */
void sc__suffix_lcp(int32_t *lcp, const int32_t *sa, const uint8_t *text, int64_t n);
void sc__suffix_lcp_ids(int32_t *lcp, const int32_t *sa, const int32_t *text, int64_t n);
void sc__suffix_lcp_long(int64_t *lcp, const int64_t *sa, const uint8_t *text, int64_t n);

#endif
