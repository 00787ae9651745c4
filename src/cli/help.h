/* help.h - the overview, --help, man pages and completion, all made from the verbs' rows. */
#ifndef SC_CLI_HELP_H
#define SC_CLI_HELP_H

#include "args.h"

/* A row of verbs.def: a group (verb NULL) or a verb. */
typedef struct {
    const char *group;
    const cli_verb *verb;
    bool at_once, hidden;
} cli_row;

extern const cli_row cli_rows[];
extern const int cli_n_rows;

/* NULL when there is none of that name. */
const cli_row *cli_find_row(const char *name);
const cli_verb *cli_find_verb(const char *name);
const cli_verb *cli_find_action(const cli_verb *verb, const char *name);

void help_overview(FILE *out);
/* `action` NULL: the verb itself. */
void help_verb(FILE *out, const cli_verb *verb, const cli_verb *action);
/* "--max-tokens N" */
void help_spell(char *out, size_t size, const cli_option *o);

#endif
