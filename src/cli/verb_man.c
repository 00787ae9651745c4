/* verb_man.c - manual pages, made from the verbs' rows. */
#include "help.h"

#include "socle/version.h"

#include <ctype.h>
#include <string.h>

/* Text as roff: dashes that stay dashes, no line taken for a request. */
static void print_roff(const char *text) {
    bool line_start = true;
    for (const char *p = text; *p; p++) {
        if (line_start && (*p == '.' || *p == '\'')) fputs("\\&", stdout);
        if (*p == '-')
            fputs("\\-", stdout);
        else if (*p == '\\')
            fputs("\\e", stdout);
        else
            putchar(*p);
        line_start = *p == '\n';
    }
}

/* Paragraphs; lines that start with a space are shown as they are. */
static void print_paragraphs(const char *text) {
    bool verbatim = false;
    char line[1024];
    while (*text) {
        const size_t n = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)n, text);
        if ((line[0] == ' ') != verbatim) {
            verbatim = !verbatim;
            puts(verbatim ? ".PP\n.nf" : ".fi");
        }
        if (n == 0)
            puts(".PP");
        else {
            print_roff(line);
            putchar('\n');
        }
        text += n + (text[n] == '\n');
    }
    if (verbatim) puts(".fi");
}

static void print_options(const cli_option *table) {
    char name[128];
    for (const cli_option *o = table; o && o->name; o++) {
        help_spell(name, sizeof name, o);
        fputs(".TP\n.B ", stdout);
        print_roff(name);
        putchar('\n');
        print_roff(o->help);
        if (o->kind == CLI_LIST) fputs(" (may be repeated)", stdout);
        if (o->dflt && *o->dflt) {
            fputs(" (default ", stdout);
            print_roff(o->dflt);
            putchar(')');
        }
        putchar('\n');
    }
}

static void print_title(const char *verb) {
    char name[64];
    snprintf(name, sizeof name, "socle%s%s", *verb ? "-" : "", verb);
    for (char *p = name; *p; p++) *p = (char)toupper((unsigned char)*p);
    printf(".TH %s 1 \"\" \"socle %s\" \"User Commands\"\n.SH NAME\n", name, sc_version());
}

static void print_synopsis(const cli_verb *verb, const cli_verb *v) {
    printf(".B socle %s%s%s\n", verb->name, v == verb ? "" : " ", v == verb ? "" : v->name);
    print_roff(v->actions ? "ACTION [options]" : "[options] ");
    if (!v->actions) print_roff(v->usage);
    putchar('\n');
}

static void print_examples(const char *examples) {
    if (!examples || !*examples) return;
    puts(".SH EXAMPLES");
    print_paragraphs(examples);
}

static void print_action(const cli_verb *verb, const cli_verb *action) {
    printf(".SS %s\n", action->name);
    print_synopsis(verb, action);
    puts(".PP");
    print_roff(action->summary);
    puts(".");
    if (action->description && *action->description) {
        puts(".PP");
        print_paragraphs(action->description);
    }
    print_options(action->options);
    if (action->examples && *action->examples) {
        puts(".PP\nFor example:");
        print_paragraphs(action->examples);
    }
}

static void print_verb(const cli_verb *v) {
    print_title(v->name);
    printf("socle\\-%s \\- ", v->name);
    print_roff(v->summary);
    puts("\n.SH SYNOPSIS");
    print_synopsis(v, v);
    puts(".SH DESCRIPTION");
    print_paragraphs(v->description && *v->description ? v->description : v->summary);
    if (v->actions) {
        puts(".SH ACTIONS");
        for (int i = 0; v->actions[i]; i++) print_action(v, v->actions[i]);
    } else if (v->options && v->options->name) {
        puts(".SH OPTIONS");
        print_options(v->options);
    }
    puts(".SH COMMON OPTIONS");
    print_options(args_common);
    print_examples(v->examples);
    puts(".SH SEE ALSO\n.BR socle (1)");
}

static void print_program(void) {
    print_title("");
    puts("socle \\- train, adapt, evaluate and run language models on hardware that you own\n"
         ".SH SYNOPSIS\n.B socle\nVERB [options]");
    for (int i = 0; i < cli_n_rows; i++) {
        const cli_row *row = &cli_rows[i];
        if (row->group && i + 1 < cli_n_rows && cli_rows[i + 1].verb && !cli_rows[i + 1].hidden)
            printf(".SH %s\n", row->group);
        if (!row->verb || row->hidden) continue;
        printf(".TP\n.BR socle\\-%s (1)\n", row->verb->name);
        print_roff(row->verb->summary);
        putchar('\n');
    }
    puts(".SH COMMON OPTIONS");
    print_options(args_common);
    puts(".SH EXIT STATUS\n0 done, 1 failed, 2 wrong usage, 130 interrupted with the work saved.\n"
         ".SH ENVIRONMENT\n"
         ".TP\n.B SOCLE_THREADS\nworker threads where \\-\\-threads is not given\n"
         ".TP\n.B SOCLE_ISA\nforces one set of kernels\n"
         ".TP\n.B SOCLE_HOME\nwhere the registry lies (default ~/.local/share/socle)");
}

static sc_status run(const cli_args *a) {
    if (!cli_count(a)) return print_program(), SC_OK;
    const cli_verb *v = cli_find_verb(cli_arg(a, 0));
    if (!v) return cli_usage("unknown verb \"%s\"", cli_arg(a, 0));
    print_verb(v);
    return SC_OK;
}

const cli_verb cli_man = {
    .name = "man",
    .usage = "[VERB]",
    .summary = "Print a manual page in roff",
    .description = "The page of one verb, or of the program. The pages are made from the same rows "
                   "as --help.",
    .examples = "  socle man train | man -l -\n",
    .min_args = 0,
    .max_args = 1,
    .run = run,
};
