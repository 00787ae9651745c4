/* speak.h - what the verbs that generate text share: options of sampling, printing, rates. */
#ifndef SC_CLI_SPEAK_H
#define SC_CLI_SPEAK_H

#include "cli.h"

#include "socle/generate.h"

/* Rows of a table of options. */
#define SPEAK_OPTIONS(max_tokens)                                                                  \
    {"max-tokens", CLI_INT, "N", max_tokens, "tokens at most; 0: until the positions end"},        \
        {"temperature", CLI_REAL, "T", "0.8", "0: always the likeliest; 1: as the model says"},    \
        {"top-k", CLI_INT, "K", "0", "draw from the K likeliest; 0: from all"},                    \
        {"top-p", CLI_REAL, "P", "1", "draw from the likeliest that together have P"},             \
        {"min-p", CLI_REAL, "P", "0", "draw from those at least P times as likely as the first"},  \
        {"repetition-penalty", CLI_REAL, "R", "1", "above 1: less of what is in the text"},        \
        {"seed", CLI_INT, "N", "0", "of the random numbers"}, {                                    \
        "stop", CLI_LIST, "TEXT", NULL, "end before this text"                                     \
    }

/* From the rows above; SC_USAGE names what is out of range. */
sc_status speak_options(sc_answer_options *o, const cli_args *a);
/* An sc_answer_sink that prints at once. */
sc_status speak_print(void *user, const char *text, size_t n);
double speak_prefill_rate(const sc_answer *r); /* tokens a second */
double speak_decode_rate(const sc_answer *r);
void speak_json(const sc_answer *r);   /* one line on standard output */
void speak_report(const sc_answer *r); /* one line on standard error */

#endif
