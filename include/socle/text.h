/* text.h - small help with words.
 *
 *     static const char *const known[] = {"learning_rate", "weight_decay", NULL};
 *     const char *near = sc_text_nearest("lerning_rate", known);
 *     printf("unknown key%s%s\n", near ? "; did you mean " : "", near ? near : "");
 */
#ifndef SOCLE_TEXT_H
#define SOCLE_TEXT_H

#include "socle/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The candidate that a person who typed `word` probably meant: the fewest insertions, deletions,
 * substitutions and swaps of neighbours (Damerau 1964, optimal string alignment) away, the first of
 * equals; NULL when none is within a third of the word's length. `candidates` ends with NULL. */
SC_API const char *sc_text_nearest(const char *word, const char *const *candidates);

/* How a function that answers with a text writes it: aligned for people, or for programs. */
typedef enum { SC_FORM_TABLE, SC_FORM_JSON } sc_text_form;

/* Frees a text that a function of socle handed out; NULL is fine. */
SC_API void sc_text_free(char *text);

#ifdef __cplusplus
}
#endif
#endif
