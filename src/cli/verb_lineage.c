/* verb_lineage.c - where artifacts come from, what came of them, and whether they are what they
 * were. */
#include "cli.h"

#include "socle/account.h"
#include "socle/train.h"

#include <stdio.h>
#include <stdlib.h>

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

/* "7" or "7:9". */
static bool read_steps(sc_train_question *q, const char *text) {
    char *end;
    q->first_step = q->last_step = strtoll(text, &end, 10);
    if (end == text) return false;
    if (*end == ':') {
        const char *second = end + 1;
        q->last_step = strtoll(second, &end, 10);
        if (end == second) return false;
    }
    return !*end;
}

static sc_status run_docs(const cli_args *a) {
    char *text;
    const char *steps = cli_text(a, "steps");
    sc_train_question q = {.texts = cli_flag(a, "text")};
    if (!steps) return cli_usage("lineage docs: --steps is required");
    if (!read_steps(&q, steps))
        return cli_usage("--steps: \"%s\" is neither a step nor FIRST:LAST", steps);
    const sc_text_form f = q.texts ? SC_FORM_JSON : form(a);
    const sc_status s = sc_train_documents(&text, cli_arg(a, 0), &q, f);
    return print(s, text);
}

static sc_status run_who_saw(const cli_args *a) {
    char *text;
    const sc_status s = sc_train_who_saw(&text, cli_arg(a, 0), form(a));
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
static const cli_option docs_options[] = {
    {"steps", CLI_TEXT, "FIRST:LAST", NULL, "training steps, from 1 (required)"},
    {"text", CLI_FLAG, NULL, NULL, "the documents with their texts, as JSON lines"},
    {0},
};
static const cli_verb docs = {
    .name = "docs",
    .usage = "MODEL",
    .summary = "Show the documents that some steps of a training saw",
    .description = "Computed again from the seed and the token shards that the model's lineage "
                   "records: for each step the documents, where they lie and how many of their "
                   "tokens. Texts are read from the files, which must not have changed.",
    .examples = "  socle lineage docs runs/demo --steps 100:101\n"
                "  socle lineage docs runs/demo --steps 7 --text >seen.jsonl\n"
                "      what a step that went wrong was made of\n",
    .options = docs_options,
    .min_args = 1,
    .max_args = 1,
    .run = run_docs,
};
static const cli_verb who_saw = {
    .name = "who-saw",
    .usage = "DOC-ID",
    .summary = "Show which models were trained on a document",
    .description = "Asks every model of the registry: in how many steps, the first and the last, "
                   "how many tokens, and what was made from it since. DOC-ID is the id of the "
                   "document's record; of one without, the first 32 digits of the SHA-256 of its "
                   "text.",
    .examples = "  socle lineage who-saw 0f3b6e2d9a\n",
    .min_args = 1,
    .max_args = 1,
    .run = run_who_saw,
};
static const cli_verb *const actions[] = {&show, &ancestors, &descendants, &verify,
                                          &docs, &who_saw,   NULL};

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
