/* verb_data_mix.c - `socle data mix`: corpora in chosen proportions. */
#include "data.h"

#include <inttypes.h>
#include <string.h>

static const cli_option options[] = {
    DATA_OUT_DIR,
    DATA_RECORDS,
    {"tokenizer", CLI_TEXT, "TOKENIZER", NULL, "count tokens of it, not bytes"},
    {"budget", CLI_SIZE, "N", NULL,
     "tokens or bytes of the mixture, with K, M or G (default: what the sources hold)"},
    {"rules", CLI_TEXT, "SET[,SET]", NULL,
     "keep what these rules keep, by the attributes of `socle data tag`"},
    {"set", CLI_LIST, "SET.RULE=VALUE", NULL, "a threshold, off, drop, cut or redact"},
    {"attributes", CLI_TEXT, "DIR", NULL, "where those are (default: CORPUS/attributes of each)"},
    {"temperature", CLI_REAL, "T", "1", "above 1: evens out the sizes of the sources"},
    {"max-epochs", CLI_REAL, "N", "4", "how often a source may be repeated"},
    {"seed", CLI_INT, "N", "0", "of the choice of documents"},
    {0},
};

/* "corpus", "corpus=2.5", "corpus=3x", "corpus=500M"; the path is made in `room`. */
static sc_status read_source(sc_mix_options *o, char *room, size_t size, const char *text) {
    sc_mix_part *part = &o->sources[o->n_sources++];
    const char *equals = strrchr(text, '=');
    *part = (sc_mix_part){.path = room, .weight = 1};
    if (equals && !sc_mix_amount(part, equals + 1))
        return cli_usage("\"%s\" is not CORPUS=WEIGHT, CORPUS=EPOCHSx or CORPUS=SIZE", text);
    const size_t n = equals ? (size_t)(equals - text) : strlen(text);
    if (n >= size) return cli_usage("\"%s\": too long", text);
    memcpy(room, text, n);
    room[n] = 0;
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
    data_rules_table(&r->judged);
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
    fputs("]", stdout);
    if (r->judged.n_rules) data_rules_json(&r->judged);
    puts("}");
}

static sc_status read_sources(sc_mix_options *o, const cli_args *a) {
    static char rooms[SC_MIX_SOURCES_MAX][4096];
    if (cli_count(a) > SC_MIX_SOURCES_MAX)
        return cli_usage("data mix: more than %d sources", SC_MIX_SOURCES_MAX);
    for (int i = 0; i < cli_count(a); i++) {
        const sc_status s = read_source(o, rooms[i], sizeof rooms[i], cli_arg(a, i));
        if (s < 0) return s;
    }
    return SC_OK;
}

static sc_status read_options(sc_mix_options *o, const cli_args *a) {
    if (!(o->temperature > 0)) return cli_usage("--temperature: must be above 0");
    if (!(o->max_epochs > 0)) return cli_usage("--max-epochs: must be above 0");
    const sc_status s = data_options(&o->common, a, "mix");
    return s < 0 ? s : data_out(&o->out, a);
}

static sc_status run(const cli_args *a) {
    static sc_mix_report r; /* large */
    data_judging judging = {0};
    sc_mix_options o = {.tokenizer = cli_text(a, "tokenizer"),
                        .temperature = cli_real(a, "temperature"),
                        .max_epochs = cli_real(a, "max-epochs"),
                        .budget = cli_size(a, "budget"),
                        .seed = (uint64_t)cli_int(a, "seed"),
                        .attributes = cli_text(a, "attributes")};
    sc_status s = read_sources(&o, a);
    if (s >= 0) s = read_options(&o, a);
    if (s >= 0) s = data_judging_read(&judging, a);
    if (s < 0) return s;
    o.rules = judging.rules.names;
    o.n_rules = judging.rules.n;
    o.settings = judging.settings;
    o.n_settings = judging.n_settings;
    s = sc_data_mix(&r, &o);
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
    .usage = "CORPUS[=PART]...",
    .summary = "Mix corpora in chosen proportions, of what rules keep",
    .description =
        "PART is a weight (2.5), how often (3x), or a size (500M of bytes, or of tokens with "
        "--tokenizer). Epochs and sizes are given as they are; of the rest of the budget the share "
        "of a source is its weight times its size to the power 1/T. Sources are repeated or "
        "thinned to fill their shares: each document as often as the whole epochs say, and once "
        "more where a hash of its text falls below the rest.\n\n"
        "With --rules only what they keep is in the mixture. They judge by the attributes that "
        "`socle data tag` left beside each corpus, so that another threshold is another mixing "
        "and no other tagging; what they drop goes to DIR/dropped/ with the reason in "
        "metadata.dropped, and does not count in sizes.",
    .examples =
        "  socle data mix web=1 wiki=3x code=500M --budget 10G --out mixture\n"
        "      all of wiki three times, 500 MB of code, web to fill 10 GB\n"
        "  socle data mix en ko zh --temperature 3 --tokenizer runs/tokenizer --out mixture\n"
        "  socle data tag web/documents --tagger gopher-quality,pii --out web\n"
        "  socle data mix web --rules gopher-quality,pii --set gopher-quality.min_words=30 --out "
        "mild\n"
        "      what each document is like is said once, what is kept as often as you like\n",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
