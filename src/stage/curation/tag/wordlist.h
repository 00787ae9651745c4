/* wordlist.h - where the words and phrases of a list stand in a text, all at once: an automaton of
 * Aho and Corasick (1975) over small letters. A phrase is found where no letter, digit or
 * underscore touches it; where it begins or ends with a Han character, kana or a letter of Thai,
 * that side needs no border, since those scripts have none. */
#ifndef SC_STAGE_CURATION_TAG_WORDLIST_H
#define SC_STAGE_CURATION_TAG_WORDLIST_H

#include "stage/curation/tag/doc.h"

typedef struct sc_wordlist sc_wordlist; /* read by any number of threads */

/* One phrase a line; blank lines and those that begin with "#" are passed over. */
SC_MUST_USE sc_status sc__wordlist_open(sc_wordlist **out, const char *path);
void sc__wordlist_close(sc_wordlist *l); /* NULL is fine */
int64_t sc__wordlist_size(const sc_wordlist *l);

/* Calls found(user, start, end) in the order of their ends, in bytes of the text of `doc`; of those
 * that end at one place the longest alone. */
void sc__wordlist_find(const sc_wordlist *l, sc_doc *doc,
                       void (*found)(void *user, size_t start, size_t end), void *user);

#endif
