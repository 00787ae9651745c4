/* data_common.c - options, progress and warnings of the actions of `socle data`. */
#include "data.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The progress line: one at a time in a process. */
static struct {
    const char *step;
    bool live;
    double shown; /* seconds of the run when it was last written */
} line;

static void show_progress(void *user, const sc_data_reading *r) {
    (void)user;
    if (r->seconds - line.shown < 0.2) return;
    line.shown = r->seconds;
    const double part = r->bytes_total ? (double)r->bytes_read / (double)r->bytes_total : 0;
    fprintf(stderr, "\r\033[K%s: %" PRId64 " documents, %.0f/s, %.1f MB/s", line.step, r->documents,
            (double)r->documents / r->seconds, (double)r->bytes_in / 1e6 / r->seconds);
    if (part > 0 && part <= 1)
        fprintf(stderr, ", %.0f %%, %.0f s left", 100 * part, r->seconds * (1 - part) / part);
}

static bool read_shard(int *shard, int *n, const char *text) {
    char *end;
    const long i = strtol(text, &end, 10);
    if (end == text || *end != '/') return false;
    const char *second = end + 1;
    const long count = strtol(second, &end, 10);
    if (end == second || *end || i < 0 || count < 1 || count > 1000000 || i >= count) return false;
    *shard = (int)i;
    *n = (int)count;
    return true;
}

/* A number of the environment, from `least` on; false where it is not there or no such number. */
static bool read_number(long *out, const char *name, long least) {
    const char *text = getenv(name);
    char *end;
    if (!text) return false;
    *out = strtol(text, &end, 10);
    return end != text && !*end && *out >= least && *out <= 1000000;
}

/* Which of the processes that were started together this is: a rank and their number. */
static bool find_rank(long *rank, long *size) {
    static const char *const names[3][2] = {
        {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}, /* Open MPI */
        {"PMI_RANK", "PMI_SIZE"},                         /* MPICH, Intel MPI */
        {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS"},         /* srun */
    };
    for (int i = 0; i < 3; i++)
        if (read_number(rank, names[i][0], 0) && read_number(size, names[i][1], 1)) return true;
    return false;
}

/* The element of a Slurm array that this is; --array=3-9:2 has four, counted from 0. */
static bool find_element(long *element, long *count) {
    long id, first, step = 1;
    if (!read_number(&id, "SLURM_ARRAY_TASK_ID", 0) ||
        !read_number(count, "SLURM_ARRAY_TASK_COUNT", 1) ||
        !read_number(&first, "SLURM_ARRAY_TASK_MIN", 0))
        return false;
    read_number(&step, "SLURM_ARRAY_TASK_STEP", 1);
    *element = (id - first) / step;
    return id >= first && (id - first) % step == 0;
}

/* Where both are there, each element of the array starts so many processes. */
static sc_status find_shard(int *shard, int *n) {
    long element = 0, count = 1, rank = 0, size = 1;
    const bool has_element = find_element(&element, &count), has_rank = find_rank(&rank, &size);
    if (!has_element && !has_rank)
        return cli_usage("--shard auto: neither Slurm nor MPI says which process this is; "
                         "give it as I/N");
    if (element >= count || rank >= size || count * size > 1000000)
        return cli_usage("--shard auto: element %ld of %ld, process %ld of %ld cannot be (an array "
                         "must be a range)",
                         element, count, rank, size);
    *shard = (int)(element * size + rank);
    *n = (int)(count * size);
    return SC_OK;
}

sc_status data_options(sc_data_options *o, const cli_args *a, const char *step) {
    line.live = !cli_quiet(a) && !cli_json(a) && isatty(STDERR_FILENO);
    data_step(step);
    *o = (sc_data_options){
        .threads = cli_threads(a),
        .strict = cli_has(a, "strict") && cli_flag(a, "strict"),
        .max_memory = cli_has(a, "max-memory") ? (size_t)cli_size(a, "max-memory") : 0,
        .text_field = cli_has(a, "text-field") ? cli_text(a, "text-field") : NULL,
        .id_field = cli_has(a, "id-field") ? cli_text(a, "id-field") : NULL,
        .stop = &cli_interrupted,
        .progress = line.live ? show_progress : NULL};
    const char *shard = cli_has(a, "shard") ? cli_text(a, "shard") : NULL;
    if (shard && !strcmp(shard, "auto")) return find_shard(&o->shard, &o->n_shards);
    if (shard && !read_shard(&o->shard, &o->n_shards, shard))
        return cli_usage("--shard: \"%s\" is not I/N with 0 <= I < N, nor auto", shard);
    return SC_OK;
}

void data_step(const char *step) {
    line.step = step;
    line.shown = 0;
}

void data_clear_line(void) {
    if (line.live) fputs("\r\033[K", stderr);
}

sc_status data_names(data_name_list *out, const char *text) {
    out->n = 0;
    if (strlen(text) >= sizeof out->room) return cli_usage("\"%s\": too long", text);
    memcpy(out->room, text, strlen(text) + 1);
    for (char *at = out->room; at;) {
        char *comma = strchr(at, ',');
        if (comma) *comma++ = 0;
        if (out->n == DATA_NAMES_MAX) return cli_usage("\"%s\": too many names", text);
        if (!*at) return cli_usage("\"%s\": an empty name", text);
        out->names[out->n++] = at;
        at = comma;
    }
    return SC_OK;
}

sc_status data_judging_read(data_judging *out, const cli_args *a) {
    const char *rules = cli_text(a, "rules");
    out->rules.n = 0;
    out->n_settings = cli_list_count(a, "set");
    if (out->n_settings > DATA_NAMES_MAX) return cli_usage("--set: given too often");
    for (int i = 0; i < out->n_settings; i++) out->settings[i] = cli_list(a, "set", i);
    return rules ? data_names(&out->rules, rules) : SC_OK;
}

void data_rules_table(const sc_filter_report *r) {
    int64_t left = r->kept + r->dropped;
    for (int i = 0; i < r->n_rules; i++) {
        const sc_filter_rule *rule = &r->rules[i];
        left -= rule->dropped;
        if (rule->dropped)
            printf("%10" PRId64 "  dropped: %s.%s, %" PRId64 " left\n", rule->dropped, rule->set,
                   rule->name, left);
        if (rule->cut)
            printf("%10" PRId64 "  %s: %s.%s, %" PRId64 " spans\n", rule->cut,
                   rule->redacts ? "redacted" : "cut", rule->set, rule->name, rule->spans);
    }
}

void data_rules_json(const sc_filter_report *r) {
    printf(",\"kept\":%" PRId64 ",\"dropped\":%" PRId64 ",\"bytes_kept\":%" PRId64 ",\"rules\":[",
           r->kept, r->dropped, r->bytes_kept);
    for (int i = 0; i < r->n_rules; i++)
        printf("%s{\"rule\":\"%s.%s\",\"threshold\":%.17g,\"dropped\":%" PRId64 ",\"cut\":%" PRId64
               ",\"spans\":%" PRId64 "}",
               i ? "," : "", r->rules[i].set, r->rules[i].name, r->rules[i].threshold,
               r->rules[i].dropped, r->rules[i].cut, r->rules[i].spans);
    fputs("]", stdout);
}

sc_status data_out(const char **out, const cli_args *a) {
    *out = cli_text(a, "out");
    if (!*out) return cli_usage("--out is required");
    return **out ? SC_OK : cli_usage("--out: the name is empty");
}

void data_done(const cli_args *a, const sc_data_reading *r) {
    data_clear_line();
    if (cli_quiet(a)) return;
    if (r->unreadable)
        fprintf(stderr,
                "socle: warning: %" PRId64 " passed over that cannot be read, the first: %s\n",
                r->unreadable, r->first_unreadable);
    if (r->replaced)
        fprintf(stderr, "socle: warning: %" PRId64 " invalid UTF-8 sequences became U+FFFD\n",
                r->replaced);
}

void data_json_begin(const sc_data_reading *r) {
    printf("{\"files\":%" PRId64 ",\"documents\":%" PRId64 ",\"bytes_in\":%" PRId64
           ",\"unreadable\":%" PRId64 ",\"replaced\":%" PRId64 ",\"seconds\":%.3f",
           r->files, r->documents, r->bytes_in, r->unreadable, r->replaced, r->seconds);
}
