/* verb_listing.c - `socle list`: what the registry knows. */
#include "cli.h"

#include "socle/account.h"

#include <inttypes.h>
#include <stdio.h>

static const cli_option options[] = {
    {"kind", CLI_TEXT, "KIND", NULL, "only artifacts of this kind: model, corpus, tokenizer"},
    {"rebuild", CLI_LIST, "DIR", NULL, "first enter every lineage.json found below DIR"},
    {0},
};

static sc_status rebuild(const cli_args *a) {
    for (int i = 0; i < cli_list_count(a, "rebuild"); i++) {
        const char *dir = cli_list(a, "rebuild", i);
        int64_t lineages, entries;
        const sc_status s = sc_registry_rebuild(dir, &lineages, &entries);
        if (s < 0) return s;
        if (!cli_quiet(a))
            fprintf(stderr, "socle: %s: %" PRId64 " lineages, %" PRId64 " new entries\n", dir,
                    lineages, entries);
    }
    return SC_OK;
}

static sc_status run(const cli_args *a) {
    char *text;
    sc_status s = rebuild(a);
    if (s < 0) return s;
    s = sc_registry_list(&text, cli_text(a, "kind"), cli_json(a) ? SC_FORM_JSON : SC_FORM_TABLE);
    if (text) fputs(text, stdout);
    sc_text_free(text);
    return s;
}

const cli_verb cli_listing = {
    .name = "list",
    .usage = "",
    .summary = "List the models, corpora and tokenizers that were made here",
    .description = "The newest state of each artifact in the registry, $SOCLE_HOME/registry.db "
                   "(default ~/.local/share/socle). The registry is an index of the lineage.json "
                   "files and can be made anew from them with --rebuild.",
    .examples = "  socle list --kind model\n  socle list --rebuild runs\n",
    .options = options,
    .min_args = 0,
    .max_args = 0,
    .run = run,
};
