/* verb_data_forget.c - `socle data forget`: a corpus without some documents. */
#include "data.h"

#include <inttypes.h>

static const cli_option options[] = {
    DATA_OUT,
    DATA_RECORDS,
    {"ids", CLI_TEXT, "FILE", NULL, "ids to forget, one a line"},
    {"domain", CLI_TEXT, "NAME", NULL, "documents of this site and those below it"},
    {"licence", CLI_TEXT, "SPDX", NULL, "documents under this licence"},
    {0},
};

static void print_json(const sc_forget_report *r) {
    data_json_begin(&r->reading);
    printf(",\"kept\":%" PRId64 ",\"forgotten\":%" PRId64 ",\"models\":[", r->kept, r->forgotten);
    for (int i = 0; i < r->n_models; i++) {
        if (i) putchar(',');
        cli_json_string(stdout, r->models[i]);
    }
    puts("]}");
}

static sc_status run(const cli_args *a) {
    sc_forget_report r;
    sc_forget_options o = {.corpus = cli_arg(a, 0),
                           .ids = cli_text(a, "ids"),
                           .domain = cli_text(a, "domain"),
                           .licence = cli_text(a, "licence")};
    sc_status s = data_options(&o.common, a, "forget");
    if (s >= 0) s = data_out(&o.out, a);
    if (s >= 0) s = sc_data_forget(&r, &o);
    if (s < 0) return s;
    data_done(a, &r.reading);
    if (cli_json(a)) {
        print_json(&r);
    } else if (!cli_quiet(a)) {
        printf("%" PRId64 " documents forgotten, %" PRId64 " kept in %s\n", r.forgotten, r.kept,
               o.out);
        if (r.n_models) puts("models that were made of the corpus with them and still carry them:");
        for (int i = 0; i < r.n_models; i++) printf("  %s\n", r.models[i]);
        if (r.n_models)
            puts("socle lineage who-saw ID tells in which of their steps they were seen");
    }
    return SC_OK;
}

const cli_verb cli_data_forget = {
    .name = "forget",
    .usage = "CORPUS",
    .summary = "Make a corpus without some documents, and name the models that carry them",
    .description =
        "By id, by site or by licence. The new corpus records what was asked; what was "
        "forgotten lies in OUT/dropped, to be deleted when its time has come. The models "
        "of the registry that were made from the old corpus are listed: to forget there "
        "too, they must be trained anew.",
    .examples = "  socle data forget corpus --domain example.org --out corpus-2\n"
                "  socle data forget corpus --ids withdrawn.txt --out corpus-2\n",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
