/* args.h - the command line, split into operands and options; private to the frame of the program
 * (verbs use cli.h). */
#ifndef SC_CLI_ARGS_H
#define SC_CLI_ARGS_H

#include "cli.h"

enum { ARGS_MAX = 1 << 16 };

typedef struct {
    const cli_option *option;
    const char *value; /* NULL for flags */
} args_item;

struct cli_args {
    const cli_verb *verb;
    int n_operands, n_items;
    const char *operands[ARGS_MAX];
    args_item items[ARGS_MAX];
};

extern const cli_option args_common[]; /* --threads --quiet --json --help */

/* Reads argv[0 .. argc-1], the words after the verb. SC_DONE when --help was asked for. */
SC_MUST_USE sc_status args_parse(cli_args *a, const cli_verb *verb, int argc,
                                 const char *const *argv);

#endif
