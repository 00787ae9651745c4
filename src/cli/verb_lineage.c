/* verb_lineage.c - where artifacts come from, what came of them, and whether they are what they
 * were. */
#include "cli.h"

#include "socle/account.h"

#include <stdio.h>

static sc_text_form form(const cli_args *a) { return cli_json(a) ? SC_FORM_JSON : SC_FORM_TABLE; }

/* Prints the answer, also that of a verification which found differences. */
static sc_status print(sc_status s, char *text) {
    if (text) fputs(text, stdout);
    sc_text_free(text);
    return s;
}

static sc_status run_show(const cli_args *a) {
    char *text;
    const sc_status s = sc_lineage_show(&text, cli_arg(a, 0), form(a));
    return print(s, text);
}

static sc_status run_ancestors(const cli_args *a) {
    char *text;
    const sc_status s = sc_lineage_ancestors(&text, cli_arg(a, 0), form(a));
    return print(s, text);
}

static sc_status run_descendants(const cli_args *a) {
    char *text;
    const sc_status s = sc_lineage_descendants(&text, cli_arg(a, 0), form(a));
    return print(s, text);
}

static sc_status run_verify(const cli_args *a) {
    char *text;
    const sc_status s = sc_lineage_verify(&text, cli_arg(a, 0), form(a));
    return print(s, text);
}

#define WHAT                                                                                       \
    "WHAT is a model directory, a corpus or another thing that socle made, a file in it, a file "  \
    "that something was made from, or the first 8 or more digits of a SHA-256."

static const cli_verb show = {
    .name = "show",
    .usage = "WHAT",
    .summary = "Show every command that made or changed an artifact",
    .description = "From its lineage.json: command, recipe, machine, time, energy, inputs and "
                   "outputs with their SHA-256. " WHAT,
    .examples = "  socle lineage show runs/demo\n",
    .min_args = 1,
    .max_args = 1,
    .run = run_show,
};
static const cli_verb ancestors = {
    .name = "ancestors",
    .usage = "WHAT",
    .summary = "Show all that an artifact was made from, as a tree",
    .description = "As far back as the registry and the lineage files know. " WHAT,
    .examples = "  socle lineage ancestors runs/chat\n",
    .min_args = 1,
    .max_args = 1,
    .run = run_ancestors,
};
static const cli_verb descendants = {
    .name = "descendants",
    .usage = "WHAT",
    .summary = "Show all that was made from it, as a tree",
    .description = "Which models inherit this data, this defect? " WHAT,
    .examples = "  socle lineage descendants data/crawl.jsonl\n",
    .min_args = 1,
    .max_args = 1,
    .run = run_descendants,
};
static const cli_verb verify = {
    .name = "verify",
    .usage = "WHAT",
    .summary = "Hash again what was recorded and name what differs",
    .description = "Recomputes the chain of entries, the hash of each output and of each input "
                   "that is still there. Exit code 1 when anything differs; with --json the "
                   "findings come in one line and the failure in the next. " WHAT,
    .examples = "  socle lineage verify runs/demo\n",
    .min_args = 1,
    .max_args = 1,
    .run = run_verify,
};
static const cli_verb *const actions[] = {&show, &ancestors, &descendants, &verify, NULL};

const cli_verb cli_lineage = {
    .name = "lineage",
    .usage = "",
    .summary = "Show where models and data come from, and verify it",
    .description = "Every command that makes something writes lineage.json beside it and enters it "
                   "in the registry ($SOCLE_HOME/registry.db). These questions are answered from "
                   "both.",
    .examples =
        "  socle lineage verify runs/demo\n      are its files, and the data it was trained "
        "on, what they were?\n",
    .actions = actions,
};
