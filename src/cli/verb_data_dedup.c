/* verb_data_dedup.c - `socle data dedup`: a corpus without what it says twice. */
#include "data.h"

#include <inttypes.h>
#include <string.h>

static const cli_option dedup_options[] = {
    {"method", CLI_TEXT, "NAME", "minhash", "minhash, exact, url, paragraph, line or substring"},
    {"threshold", CLI_REAL, "X", "0.8", "minhash: from this Jaccard similarity on"},
    {"ngram", CLI_INT, "N", "5", "minhash: words that are compared together"},
    {"bands", CLI_INT, "N", "14", "minhash: bands of the signature"},
    {"rows", CLI_INT, "N", "8", "minhash: permutations in a band"},
    {"keep", CLI_TEXT, "POLICY", "first", "of those alike: first, longest or best"},
    {"score", CLI_TEXT, "FIELD", NULL, "best: a number in the metadata, \"key\" or \"key.key\""},
    {"attributes", CLI_TEXT, "DIR", NULL,
     "best: --score is an attribute of `data tag` that lies there: classifier__good"},
    {"min-length", CLI_INT, "N", NULL,
     "paragraph (50), line (30): characters it has at least; substring (50): words"},
    {"phase", CLI_TEXT, "NAME", NULL,
     "with --shard, only its part of keys, groups, sets, pairs or write"},
    {"dry-run", CLI_FLAG, NULL, NULL, "say what it would take, and make nothing"},
    DATA_OUT,
    DATA_RECORDS,
    DATA_SHARD,
    {0},
};

static sc_status read_keep(sc_dedup_keep *out, const char *name) {
    static const char *const names[] = {"first", "longest", "best"};
    for (int i = 0; i < 3; i++)
        if (!strcmp(name, names[i])) return *out = (sc_dedup_keep)i, SC_OK;
    return cli_usage("--keep: \"%s\" is not first, longest or best", name);
}

static sc_status read_options(sc_dedup_options *o, const cli_args *a) {
    *o = (sc_dedup_options){.method = cli_text(a, "method"),
                            .threshold = cli_real(a, "threshold"),
                            .ngram = cli_int32(a, "ngram"),
                            .bands = cli_int32(a, "bands"),
                            .rows = cli_int32(a, "rows"),
                            .score = cli_text(a, "score"),
                            .attributes = cli_text(a, "attributes"),
                            .phase = cli_text(a, "phase")};
    if (cli_given(a, "min-length")) {
        o->min_length = cli_int(a, "min-length");
        if (o->min_length < 1) return cli_usage("--min-length: must be at least 1");
    }
    if (!(o->threshold > 0)) return cli_usage("--threshold: must be above 0");
    const char *const counts[] = {"ngram", "bands", "rows"};
    for (int i = 0; i < 3; i++)
        if (cli_int(a, counts[i]) < 1 || cli_int(a, counts[i]) > 4096)
            return cli_usage("--%s: must be 1 to 4096", counts[i]);
    const sc_status s = read_keep(&o->keep, cli_text(a, "keep"));
    return s < 0 ? s : data_options(&o->common, a, "dedup");
}

static void print_row(int64_t n, const char *what) {
    if (n) printf("%10" PRId64 "  %s\n", n, what);
}

static void print_report(const sc_dedup_report *r, const char *out) {
    const sc_data_reading *in = &r->reading;
    printf("%10" PRId64 "  documents read, %.1f MB in %.1f s\n", in->documents,
           (double)in->bytes_in / 1e6, r->seconds);
    print_row(r->clusters, "clusters of documents that are alike");
    print_row(r->cut, "parts cut");
    print_row(r->changed, "documents lost a part");
    print_row(r->dropped, "documents dropped");
    printf("%10" PRId64 "  documents kept in %s\n", r->kept, out);
}

static void print_json(const sc_dedup_report *r) {
    data_json_begin(&r->reading);
    printf(",\"kept\":%" PRId64 ",\"dropped\":%" PRId64 ",\"clusters\":%" PRId64
           ",\"changed\":%" PRId64 ",\"cut\":%" PRId64 ",\"cut_bytes\":%" PRId64
           ",\"spilled\":%" PRId64 ",\"total_seconds\":%.3f}\n",
           r->kept, r->dropped, r->clusters, r->changed, r->cut, r->cut_bytes, r->spilled,
           r->seconds);
}

static sc_status tell_plan(const cli_args *a, const sc_dedup_options *o) {
    sc_dedup_plan p;
    const sc_status s = sc_data_dedup_estimate(&p, cli_operands(a), cli_count(a), o);
    if (s < 0) return s;
    if (cli_json(a)) {
        printf("{\"files\":%" PRId64 ",\"documents\":%" PRId64 ",\"bytes_in\":%" PRId64
               ",\"keys\":%" PRId64 ",\"memory\":%" PRId64 ",\"disk\":%" PRId64 "}\n",
               p.files, p.documents, p.bytes_in, p.keys, p.memory, p.disk);
        return SC_OK;
    }
    printf("%10" PRId64 "  files, about %" PRId64 " documents, %.1f MB\n", p.files, p.documents,
           (double)p.bytes_in / 1e6);
    printf("%10" PRId64 "  keys\n", p.keys);
    printf("%10.0f  MB of memory at most\n", (double)p.memory / 1e6);
    printf("%10.0f  MB of disk at most, the output among it\n", (double)p.disk / 1e6);
    return SC_OK;
}

static sc_status run_dedup(const cli_args *a) {
    sc_dedup_options o;
    sc_dedup_report report;
    const char *out;
    sc_status s = read_options(&o, a);
    if (s < 0) return s;
    if (cli_flag(a, "dry-run")) return tell_plan(a, &o);
    s = data_out(&out, a);
    if (s < 0) return s;
    s = sc_data_dedup(&report, cli_operands(a), cli_count(a), out, &o);
    data_done(a, &report.reading);
    if (s < 0 || !strcmp(out, "-")) return s;
    if (cli_json(a))
        print_json(&report);
    else if (!cli_quiet(a) && !report.is_whole)
        printf("shard %d of %d: %s\n", o.common.shard, o.common.n_shards ? o.common.n_shards : 1,
               o.phase ? "this phase is done" : "done; the last one tells of all");
    else if (!cli_quiet(a))
        print_report(&report, out);
    return SC_OK;
}

const cli_verb cli_data_dedup = {
    .name = "dedup",
    .usage = "CORPUS...",
    .summary = "Take out what a corpus says twice",
    .description =
        "Writes the corpus without documents, paragraphs, lines or runs of words that were there "
        "before: "
        "OUT/documents/ what is kept, OUT/dropped/ the rest, each with its reason in "
        "metadata.dropped, and OUT/clusters/clusters.jsonl.zst which documents are alike.\n\n"
        "minhash finds documents whose sets of word 5-grams have a Jaccard similarity of at least "
        "the threshold; every candidate is compared exactly, so that nothing is dropped for a "
        "document that is less alike. exact compares the SHA-256 of texts, url the URL without "
        "what does not change the page. paragraph and line cut out of the texts what came before "
        "anywhere in the corpus, substring every run of at least 50 words, wherever it begins.\n\n"
        "Several processes or machines share a job through one folder: each runs the same command "
        "with "
        "its own --shard I/N, or --shard auto under srun, mpirun or in a Slurm array. They wait "
        "for "
        "each other between phases, so that all must run at once; where they cannot, --phase does "
        "one phase at a time: keys, groups, sets, pairs, write (keys, groups, write for paragraph, "
        "line and substring). A command that was killed is repeated. The output is the same "
        "whatever the threads, the memory and the shards.",
    .examples = "  socle data dedup corpus/ --out clean/\n"
                "      near-duplicates out, the first of each kept\n"
                "  socle data dedup corpus/ --method line --out lines/\n"
                "      repeated lines out of all texts\n"
                "  socle data dedup corpus/ --method substring --out clean/\n"
                "      runs of 50 words and more that came before out of all texts\n"
                "  socle data dedup corpus/ --keep best --score classifier__good \\\n"
                "      --attributes corpus/attributes --out clean/\n"
                "      of those alike the one that a classifier likes best\n"
                "  srun -n 8 socle data dedup in/ --out clean/ --shard auto\n"
                "      eight processes do it together\n",
    .options = dedup_options,
    .min_args = 1,
    .max_args = -1,
    .run = run_dedup,
};
