/* verb_data_tag.c - `socle data tag`: attributes beside documents. */
#include "data.h"

#include "socle/tag.h"

#include <inttypes.h>
#include <string.h>

static const cli_option options[] = {
    {"tagger", CLI_TEXT, "NAME[,NAME]", NULL, "who looks at the documents (--list)"},
    {"set", CLI_LIST, "NAME.KEY=VALUE", NULL, "a setting of a tagger"},
    {"words", CLI_TEXT, "KIND", "unicode", "what a word is: unicode, whitespace or english"},
    {"list", CLI_FLAG, NULL, NULL, "print the taggers, with their settings and sources"},
    DATA_OUT,
    DATA_RECORDS,
    DATA_SHARD,
    {0},
};

static sc_status print_list(void) {
    sc_tagger_info t;
    for (int i = 0; sc_tagger_get(&t, i); i++) {
        printf("%-18s %s\n%-18s source: %s\n", t.name, t.help, "", t.source);
        for (int k = 0; k < t.n_settings; k++)
            printf("%-18s --set %s.%s=%s: %s\n", "", t.name, t.settings[k].key,
                   t.settings[k].dflt ? t.settings[k].dflt : "", t.settings[k].help);
    }
    return SC_OK;
}

static sc_status run(const cli_args *a) {
    data_name_list taggers;
    sc_data_options o;
    sc_data_reading r;
    const char *out, *settings[DATA_NAMES_MAX];
    if (cli_flag(a, "list")) return print_list();
    if (!cli_count(a)) return cli_usage("data tag: no input is named");
    if (!cli_text(a, "tagger")) return cli_usage("data tag: --tagger is required");
    sc_status s = data_names(&taggers, cli_text(a, "tagger"));
    if (s >= 0) s = data_options(&o, a, "tag");
    if (s >= 0) s = data_out(&out, a);
    const int n_settings = cli_list_count(a, "set");
    if (s >= 0 && n_settings > DATA_NAMES_MAX) s = cli_usage("--set: given too often");
    if (s < 0) return s;
    for (int i = 0; i < n_settings; i++) settings[i] = cli_list(a, "set", i);
    const sc_tag_job job = {.inputs = cli_operands(a),
                            .n_inputs = cli_count(a),
                            .taggers = taggers.names,
                            .n_taggers = taggers.n,
                            .settings = settings,
                            .n_settings = n_settings,
                            .words = cli_text(a, "words")};
    s = sc_data_tag(&r, &job, out, &o);
    data_done(a, &r);
    if (s < 0) return s;
    if (cli_json(a)) {
        data_json_begin(&r);
        puts("}");
    } else if (!cli_quiet(a) && strcmp(out, "-") != 0) {
        printf("%10" PRId64 "  documents tagged, %.1f MB, %.1f s\n", r.documents,
               (double)r.bytes_in / 1e6, r.seconds);
    }
    return SC_OK;
}

const cli_verb cli_data_tag = {
    .name = "tag",
    .usage = "IN...",
    .summary = "Write what taggers say of documents, beside them",
    .description =
        "Reads records (JSONL, also .gz or .zst) and writes the attributes that each tagger gives "
        "them to DIR/attributes/TAGGER/, in files of the same names, in the layout of the Dolma "
        "toolkit: spans of code points with a number. Nothing is changed or dropped: `mix` and "
        "`filter` decide by rules on the attributes, so that another threshold needs no other "
        "tagging.\n\n"
        "Words are those of Unicode (UAX #29), where Han and hiragana count by character; or what "
        "stands between white space; or English words as spaCy cuts them, which is what "
        "datatrove's filters count.",
    .examples = "  socle data tag corpus/documents --tagger length --out corpus\n"
                "      into corpus/attributes/length/\n"
                "  zcat web.jsonl.gz | socle data tag - --tagger length --out -\n"
                "      in a pipe, one line of attributes a document\n"
                "  socle data tag --list\n"
                "      who there is, and where its rules come from\n",
    .options = options,
    .min_args = 0,
    .max_args = -1,
    .run = run,
};
