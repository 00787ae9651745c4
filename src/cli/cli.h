/* cli.h - what a verb is: rows of options and one function. Help, man pages and completion are made
 * from these rows.
 *
 * A verb lives in src/cli/verb_NAME.c, defines `const cli_verb cli_NAME`, and has one row in
 * verbs.def. It sees only the public headers include/socle/. Rows of options may not repeat the
 * common ones: --threads --quiet --json --help. */
#ifndef SC_CLI_H
#define SC_CLI_H

#include "socle/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef enum {
    CLI_FLAG,
    CLI_INT,
    CLI_SIZE, /* "500M": a whole number, or with K, M, G or T that many times 1024, 1024^2 ... */
    CLI_REAL,
    CLI_TEXT,
    CLI_LIST /* may be repeated */
} cli_kind;

typedef struct {
    const char *name; /* "max-tokens"; NULL ends the table */
    cli_kind kind;
    const char *value; /* "N", "FILE": what the help calls the value; NULL for flags */
    const char *dflt;  /* as typed; NULL: none */
    const char *help;  /* one line */
} cli_option;

typedef struct cli_args cli_args;

typedef struct cli_verb cli_verb;
struct cli_verb {
    const char *name;          /* "train"; of an action: "encode" */
    const char *usage;         /* operands: "MODEL", "TOKENIZER [FILE]"; "" for none */
    const char *summary;       /* one line, no full stop */
    const char *description;   /* a paragraph or more for --help and the man page */
    const char *examples;      /* lines of "  command\n      what it does\n" */
    const cli_option *options; /* ends with {0}; --threads --quiet --json --help are everyone's */
    int min_args, max_args;    /* operands; max_args < 0: any number */
    const cli_verb *const
        *actions; /* NULL-terminated: `socle tokenizer ACTION`; then run is NULL */
    sc_status (*run)(const cli_args *args); /* on failure sc_error_text() is printed; exit 1, USAGE
                                               2, INTERRUPTED 130 */
};

/* Operands and options. The name must be in the verb's table (a contract). */
int cli_count(const cli_args *a);
const char *cli_arg(const cli_args *a, int i);      /* NULL when not given */
const char *const *cli_operands(const cli_args *a); /* cli_count of them */
bool cli_given(const cli_args *a, const char *option);
bool cli_has(const cli_args *a, const char *option); /* whether the verb has such a row */
bool cli_flag(const cli_args *a, const char *option);
int64_t cli_int(const cli_args *a, const char *option);  /* checked as a number while parsing */
int cli_int32(const cli_args *a, const char *option);    /* its limit where the number is beyond */
int64_t cli_size(const cli_args *a, const char *option); /* 0 when neither given nor defaulted */
double cli_real(const cli_args *a, const char *option);
const char *cli_text(const cli_args *a,
                     const char *option); /* NULL when neither given nor defaulted */
int cli_list_count(const cli_args *a, const char *option);
const char *cli_list(const cli_args *a, const char *option, int i);
int cli_threads(const cli_args *a); /* --threads, else SOCLE_THREADS, else 0: all processors */
bool cli_quiet(const cli_args *a);
bool cli_json(const cli_args *a);

/* Set once SIGINT or SIGTERM came; long verbs hand it to the library as `stop`. A second signal
 * ends at once. */
extern volatile int cli_interrupted;

/* Fails with SC_USAGE and this text (exit code 2); with any other status and this text. */
sc_status cli_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
sc_status cli_fail(sc_status s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints text as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD. */
void cli_json_string(FILE *out, const char *text);

#endif
