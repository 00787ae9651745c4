/* pii.h - what may tell who a person is, at one place of a text: numbers with a check digit or a
 * known shape, addresses. Each looks at p, where no letter or digit stands before, and gives the
 * bytes of what begins there; 0: nothing does. */
#ifndef SC_STAGE_CURATION_TAG_PII_H
#define SC_STAGE_CURATION_TAG_PII_H

#include <stdbool.h>
#include <stddef.h>

/* ---- pii_address.c --------------------------------------------------------------------------- */

/* RFC 5321 (sizes), 5322 (dot-atom, of its characters those in use), 1123 (names of hosts). */
size_t sc__pii_email(const char *p, const char *end);
/* `is_public`: outside the ranges of RFC 6890 and the documentation prefixes, and, of IPv4, not the
 * number of a version. */
size_t sc__pii_ipv4(const char *p, const char *end, bool *is_public);
size_t sc__pii_ipv6(const char *p, const char *end, bool *is_public); /* RFC 4291, section 2.2 */

/* ---- pii_number.c ---------------------------------------------------------------------------- */

/* ISO 13616: the country's length, mod 97. */
size_t sc__pii_iban(const char *p, const char *end);
/* ISO/IEC 7812: the ranges of issuers, Luhn's digit. */
size_t sc__pii_card(const char *p, const char *end);
/* Korean resident number: a date, its check digit (births since October 2020 have none). */
size_t sc__pii_kr_rrn(const char *p, const char *end);
/* Chinese resident number, GB 11643-1999: a province, a date, ISO 7064 MOD 11-2. */
size_t sc__pii_cn_id(const char *p, const char *end);
/* US social security number: written with -; numbers that were never given are none. */
size_t sc__pii_us_ssn(const char *p, const char *end);
/* E.164 with its +, and the national forms of North America, Korea, China, Japan and Europe. */
size_t sc__pii_phone(const char *p, const char *end);

static inline bool sc__is_digit(char c) { return (unsigned char)(c - '0') < 10; }
static inline bool sc__is_letter(char c) { return (unsigned char)((c | 32) - 'a') < 26; }
static inline bool sc__is_word(char c) { return sc__is_digit(c) || sc__is_letter(c) || c == '_'; }

#endif
