/* verb_data_mix.c - `socle data mix`: corpora in chosen proportions. */
#include "data.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    DATA_OUT_DIR,
    DATA_RECORDS,
    {"tokenizer", CLI_TEXT, "TOKENIZER", NULL, "count tokens of it, not bytes"},
    {"budget", CLI_SIZE, "N", NULL,
     "tokens or bytes of the mixture, with K, M or G (default: what the sources hold)"},
    {"temperature", CLI_REAL, "T", "1", "above 1: evens out the sizes of the sources"},
    {"max-epochs", CLI_REAL, "N", "4", "how often a source may be repeated"},
    {"seed", CLI_INT, "N", "0", "of the choice of documents"},
    {0},
};

/* "corpus" or "corpus=2.5"; the path is made in `room`. */
static sc_status read_source(sc_mix_options *o, char *room, size_t size, const char *text) {
    const char *equals = strrchr(text, '=');
    char *end = NULL;
    const double weight = equals ? strtod(equals + 1, &end) : 1;
    if (equals && (end == equals + 1 || *end))
        return cli_usage("\"%s\" is not CORPUS=WEIGHT", text);
    const size_t n = equals ? (size_t)(equals - text) : strlen(text);
    if (n >= size) return cli_usage("\"%s\": too long", text);
    memcpy(room, text, n);
    room[n] = 0;
    o->sources[o->n_sources].path = room;
    o->sources[o->n_sources++].weight = weight;
    return SC_OK;
}

static void print_table(const sc_mix_report *r, bool tokens) {
    printf("%10s %14s %8s %8s %10s %14s  %s\n", "documents", tokens ? "tokens" : "bytes", "share",
           "epochs", "written", tokens ? "tokens" : "bytes", "source");
    for (int i = 0; i < r->n_sources; i++) {
        const sc_mix_source *s = &r->sources[i];
        printf("%10" PRId64 " %14" PRId64 " %7.2f%% %8.3f %10" PRId64 " %14" PRId64 "  %s\n",
               s->documents, s->size, 100 * s->share, s->epochs, s->written, s->written_size,
               s->path);
    }
}

static void print_json(const sc_mix_report *r) {
    fputs("{\"sources\":[", stdout);
    for (int i = 0; i < r->n_sources; i++) {
        const sc_mix_source *s = &r->sources[i];
        fputs(i ? ",{\"path\":" : "{\"path\":", stdout);
        cli_json_string(stdout, s->path);
        printf(",\"documents\":%" PRId64 ",\"size\":%" PRId64 ",\"share\":%.6f,\"epochs\":%.6f"
               ",\"written\":%" PRId64 ",\"written_size\":%" PRId64 "}",
               s->documents, s->size, s->share, s->epochs, s->written, s->written_size);
    }
    puts("]}");
}

static sc_status run(const cli_args *a) {
    static char rooms[SC_MIX_SOURCES_MAX][4096];
    sc_mix_report r;
    sc_mix_options o = {.tokenizer = cli_text(a, "tokenizer"),
                        .temperature = cli_real(a, "temperature"),
                        .max_epochs = cli_real(a, "max-epochs"),
                        .budget = cli_size(a, "budget"),
                        .seed = (uint64_t)cli_int(a, "seed")};
    sc_status s = SC_OK;
    if (cli_count(a) > SC_MIX_SOURCES_MAX)
        return cli_usage("data mix: more than %d sources", SC_MIX_SOURCES_MAX);
    for (int i = 0; i < cli_count(a) && s >= 0; i++)
        s = read_source(&o, rooms[i], sizeof rooms[i], cli_arg(a, i));
    if (s >= 0 && !(o.temperature > 0)) s = cli_usage("--temperature: must be above 0");
    if (s >= 0) s = data_options(&o.common, a, "mix");
    if (s >= 0) s = data_out(&o.out, a);
    if (s >= 0) s = sc_data_mix(&r, &o);
    if (s < 0) return s;
    data_done(a, &r.reading);
    if (cli_json(a))
        print_json(&r);
    else if (!cli_quiet(a))
        print_table(&r, o.tokenizer != NULL);
    return SC_OK;
}

const cli_verb cli_data_mix = {
    .name = "mix",
    .usage = "CORPUS[=WEIGHT]...",
    .summary = "Mix corpora in chosen proportions",
    .description =
        "The share of a source is its weight times its size to the power 1/T. With a budget, "
        "sources are repeated or thinned to fill their shares: each document as often as the whole "
        "epochs say, and once more where a hash of its text falls below the rest.",
    .examples =
        "  socle data mix web=1 wiki=3 code=0.5 --budget 10G --out mixture\n"
        "  socle data mix en ko zh --temperature 3 --tokenizer runs/tokenizer --out mixture\n",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
