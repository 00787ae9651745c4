/* verb_data_run.c - `socle data run`: a corpus from a recipe. */
#include "data.h"

#include <inttypes.h>
#include <string.h>

static const cli_option options[] = {
    {"set", CLI_LIST, "KEY=VALUE", NULL, "override a key of the recipe: split.valid=0.01"},
    {"init", CLI_TEXT, "FILE", NULL, "write a commented recipe to start from"},
    {"dry-run", CLI_FLAG, NULL, NULL, "check the recipe, say which steps would be done"},
    DATA_LIMITS,
    {0},
};

/* A row of the table, when its step is done. */
static void print_row(const sc_data_run_step *s) {
    const bool hands_on = s->kept || s->dropped || s->held_out;
    char kept[24] = "-", rate[24] = "";
    if (s->number == 1)
        printf("%-16s %10s %10s %10s %12s %8s %9s\n", "step", "documents", "kept", "dropped",
               "documents/s", "MB/s", "time");
    if (hands_on) snprintf(kept, sizeof kept, "%" PRId64, s->kept);
    printf("%-16s %10" PRId64 " %10s %10" PRId64, s->name, s->seen, kept, s->dropped);
    if (s->reused) {
        fputs("  done before\n", stdout);
        return;
    }
    const double seconds = s->seconds > 1e-3 ? s->seconds : 1e-3;
    snprintf(rate, sizeof rate, "%.0f", (double)s->seen / seconds);
    printf(" %12s %8.1f %7.1f s", rate, (double)s->bytes_in / 1e6 / seconds, s->seconds);
    if (s->held_out) printf("  %" PRId64 " held out", s->held_out);
    putchar('\n');
}

static void show_step(void *user, const sc_data_run_step *s, bool done) {
    static char name[80]; /* the progress line keeps it */
    (void)user;
    if (!done) {
        snprintf(name, sizeof name, s->number ? "%s (%d of %d)" : "%s", s->name, s->number, s->of);
        data_step(name);
        return;
    }
    data_clear_line();
    print_row(s);
    fflush(stdout);
    if (s->unreadable)
        fprintf(stderr,
                "socle: warning: %" PRId64 " passed over that cannot be read, the first: %s\n",
                s->unreadable, s->first_unreadable);
}

static void print_json(const sc_data_run_report *r) {
    fputs("{\"output\":", stdout);
    cli_json_string(stdout, r->output);
    printf(",\"documents\":%" PRId64 ",\"bytes\":%" PRId64 ",\"characters\":%" PRId64
           ",\"seconds\":%.3f,\"steps\":[",
           r->documents, r->bytes, r->characters, r->seconds);
    for (int i = 0; i < r->n_steps; i++) {
        const sc_data_run_step *s = &r->steps[i];
        printf("%s{\"step\":\"%s\",\"seen\":%" PRId64 ",\"kept\":%" PRId64 ",\"dropped\":%" PRId64
               ",\"held_out\":%" PRId64 ",\"bytes_in\":%" PRId64 ",\"unreadable\":%" PRId64
               ",\"seconds\":%.3f,\"reused\":%s}",
               i ? "," : "", s->name, s->seen, s->kept, s->dropped, s->held_out, s->bytes_in,
               s->unreadable, s->seconds, s->reused ? "true" : "false");
    }
    puts("]}");
}

static void print_plan(const sc_data_run_report *r) {
    for (int i = 0; i < r->n_steps; i++)
        printf("%-16s %s\n", r->steps[i].name,
               r->steps[i].reused ? "was done before" : "would be done");
    printf("into %s\n", r->output);
}

static sc_status init(const cli_args *a) {
    const char *path = cli_text(a, "init");
    const sc_status s = sc_data_template(path);
    if (s >= 0 && !cli_quiet(a)) printf("%s: edit it, then socle data run %s\n", path, path);
    return s;
}

static sc_status run(const cli_args *a) {
    enum { MAX_SET = 256 };
    const char *set[MAX_SET];
    sc_data_run_report r;
    if (cli_given(a, "init")) return init(a);
    if (!cli_arg(a, 0)) return cli_usage("data run: expected RECIPE");
    sc_data_run_options o = {.recipe = cli_arg(a, 0),
                             .overrides = set,
                             .n_overrides = cli_list_count(a, "set"),
                             .dry_run = cli_flag(a, "dry-run"),
                             .step = cli_quiet(a) || cli_json(a) ? NULL : show_step};
    if (o.n_overrides > MAX_SET) return cli_usage("--set: more than %d", MAX_SET);
    for (int i = 0; i < o.n_overrides; i++) set[i] = cli_list(a, "set", i);
    sc_status s = data_options(&o.common, a, "data run");
    if (s >= 0) s = sc_data_run(&r, &o);
    data_clear_line();
    if (s < 0) return s;
    if (cli_json(a)) {
        print_json(&r);
    } else if (o.dry_run) {
        print_plan(&r);
    } else if (!cli_quiet(a)) {
        printf("%s: %" PRId64 " documents, %.1f MB of text, in %.1f s\n", r.output, r.documents,
               (double)r.bytes / 1e6, r.seconds);
        printf("look at %s/report.html; train on it with data: {train: %s}\n", r.output, r.output);
    }
    return SC_OK;
}

const cli_verb cli_data_run = {
    .name = "run",
    .usage = "[RECIPE.yaml]",
    .summary = "Make a whole corpus from one recipe",
    .description =
        "Ingest, filter, deduplicate, decontaminate, split, mix and tag, one after another, as the "
        "recipe says; models for the rules of perplexity and classifier are trained on the way. "
        "What each step made is kept, so that after a change only what depends on it is done "
        "again, and after an interruption (also kill -9) the same command goes on to the same "
        "bytes.\n\n"
        "The output holds documents/, in files that begin with the names of their sources, what "
        "was dropped by each step and why, attributes/, report.html with the funnel, a data card, "
        "croissant.json and lineage.json.",
    .examples = "  socle data run --init corpus.yaml\n      a commented recipe\n"
                "  socle data run corpus.yaml\n"
                "  socle data run corpus.yaml --set filter.words=english --set mix.budget=10G\n",
    .options = options,
    .min_args = 0,
    .max_args = 1,
    .run = run,
};
