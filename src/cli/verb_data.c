/* verb_data.c - `socle data`: the list of its actions. */
#include "data.h"

static const cli_verb *const actions[] = {
#define ACTION(x) &cli_data_##x,
#include "data_actions.def"
#undef ACTION
    NULL};

const cli_verb cli_data = {
    .name = "data",
    .usage = "",
    .summary = "Make corpora of text",
    .description = "From files to a corpus that `socle train` and `socle tokenizer train` read.",
    .examples = "  socle data ingest /usr/share/doc --out docs.jsonl.zst\n",
    .actions = actions,
};
