/* verb_completion.c - a bash completion script, made from the verbs' rows. */
#include "help.h"

#include <string.h>

static void print_words(const cli_option *table) {
    for (const cli_option *o = table; o && o->name; o++) printf(" --%s", o->name);
}

static void print_case(const cli_verb *verb, const cli_verb *action) {
    const cli_verb *v = action ? action : verb;
    printf("    \"%s%s%s\") words=\"", verb->name, action ? " " : "", action ? action->name : "");
    for (int i = 0; v->actions && v->actions[i]; i++) printf("%s ", v->actions[i]->name);
    if (v->actions)
        fputs("--help", stdout);
    else {
        print_words(v->options);
        print_words(args_common);
    }
    fputs("\" ;;\n", stdout);
}

static void print_script(void) {
    fputs("# bash completion for socle, made by `socle completion bash`\n"
          "_socle() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} at=${COMP_WORDS[1]} words=\n"
          "    case $at in\n",
          stdout);
    for (int i = 0; i < cli_n_rows; i++)
        if (cli_rows[i].verb && cli_rows[i].verb->actions)
            printf("    %s) [ \"$COMP_CWORD\" -gt 2 ] && at=\"$at ${COMP_WORDS[2]}\" ;;\n",
                   cli_rows[i].verb->name);
    fputs("    esac\n    [ \"$COMP_CWORD\" = 1 ] && at=\n    case $at in\n    \"\") words=\"",
          stdout);
    for (int i = 0; i < cli_n_rows; i++)
        if (cli_rows[i].verb && !cli_rows[i].hidden) printf("%s ", cli_rows[i].verb->name);
    fputs("--help --version\" ;;\n", stdout);
    for (int i = 0; i < cli_n_rows; i++) {
        const cli_verb *v = cli_rows[i].verb;
        if (!v || cli_rows[i].hidden) continue;
        print_case(v, NULL);
        for (int k = 0; v->actions && v->actions[k]; k++) print_case(v, v->actions[k]);
    }
    /* An empty answer falls back to file names (-o default): options are offered after a dash. */
    fputs("    esac\n"
          "    COMPREPLY=()\n"
          "    case $cur,$words in\n"
          "    -*) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\") ;;\n"
          "    *,\" --\"*) ;;\n"
          "    *) mapfile -t COMPREPLY < <(compgen -W \"${words%% --*}\" -- \"$cur\") ;;\n"
          "    esac\n"
          "}\n"
          "complete -o default -F _socle socle\n",
          stdout);
}

static sc_status run(const cli_args *a) {
    if (strcmp(cli_arg(a, 0), "bash") != 0)
        return cli_usage("no completion for \"%s\", only for bash", cli_arg(a, 0));
    print_script();
    return SC_OK;
}

const cli_verb cli_completion = {
    .name = "completion",
    .usage = "bash",
    .summary = "Print a completion script for a shell",
    .description = "Source it, or install it as /usr/share/bash-completion/completions/socle.",
    .examples = "  source <(socle completion bash)\n",
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
