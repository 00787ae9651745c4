/* ingest.c - files into a corpus of cleaned documents; socle/data.h is the contract. */
#include "socle/data.h"

#include "account/step.h"
#include "base/json.h"
#include "format/documents.h"
#include "stage/creation/clean.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The texts seen so far, by the 256 bits of their digest. */
typedef struct {
    uint64_t (*slots)[4]; /* all zero: empty */
    int64_t n, n_slots;
} seen_set;

typedef struct {
    const char *const *paths;
    int n_paths;
    const char *output, *file; /* as given; the .jsonl */
    sc_ingest_options o;
    sc_ingest_report *report;
    sc_documents *in;
    sc_writer out;
    sc_buffer text, line;
    seen_set seen;
    const char *path; /* of the last document */
} ingest;

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "ingest"); }

/* ---- duplicates ------------------------------------------------------------------------------ */

static uint64_t *find_slot(const seen_set *s, const uint64_t key[4]) {
    const uint64_t mask = (uint64_t)s->n_slots - 1;
    for (uint64_t i = key[0] & mask;; i = (i + 1) & mask) {
        uint64_t *at = s->slots[i];
        if (!(at[0] | at[1] | at[2] | at[3]) || !memcmp(at, key, sizeof s->slots[0])) return at;
    }
}

static sc_status grow(seen_set *s) {
    seen_set larger = {NULL, s->n, SC_MAX(2 * s->n_slots, 1024)};
    larger.slots = sc__calloc((size_t)larger.n_slots, sizeof larger.slots[0]);
    if (!larger.slots) return no_memory();
    for (int64_t i = 0; i < s->n_slots; i++)
        memcpy(find_slot(&larger, s->slots[i]), s->slots[i], sizeof s->slots[0]);
    sc__free(s->slots);
    *s = larger;
    return SC_OK;
}

/* *is_new is false when the digest was there before. */
static sc_status add_digest(bool *is_new, seen_set *s, const sc_digest *d) {
    uint64_t key[4];
    if (2 * s->n >= s->n_slots) SC_TRY(grow(s));
    for (int i = 0; i < 4; i++) {
        char part[17] = "";
        memcpy(part, d->hex + 16 * i, 16);
        key[i] = strtoull(part, NULL, 16);
    }
    uint64_t *at = find_slot(s, key);
    *is_new = memcmp(at, key, sizeof key) != 0;
    memcpy(at, key, sizeof key);
    s->n += *is_new;
    return SC_OK;
}

/* ---- one document ---------------------------------------------------------------------------- */

static sc_status write_document(ingest *g, const sc_document *d, const sc_digest *digest) {
    json_t *source = json_string(d->path);
    if (!source) source = json_string(sc__path_name(d->path));
    if (!source) source = json_string("(a name that is not UTF-8)");
    json_t *row = json_pack("{s:o, s:o, s:s}", "text", json_stringn(g->text.data, g->text.len),
                            "source", source, "sha256", digest->hex);
    if (!row) return no_memory();
    sc__buffer_clear(&g->line);
    sc__json_print(&g->line, row);
    sc__buffer_putc(&g->line, '\n');
    json_decref(row);
    SC_TRY(g->line.status);
    sc__writer_append(&g->out, g->line.data, g->line.len);
    return g->out.status;
}

static int64_t count_characters(const sc_buffer *b) {
    int64_t n = 0;
    for (size_t i = 0; i < b->len; i++) n += ((unsigned char)b->data[i] & 0xC0) != 0x80;
    return n;
}

static void count_kept(ingest *g, const sc_document *d, sc_text_kind kind, int64_t n_invalid) {
    sc_ingest_report *r = g->report;
    r->documents++;
    r->bytes += (int64_t)g->text.len;
    r->invalid += n_invalid;
    if (d->line)
        r->jsonl++;
    else
        *(kind == SC_TEXT_HTML ? &r->html : kind == SC_TEXT_MANUAL ? &r->manual : &r->plain) += 1;
}

static sc_status take(ingest *g, const sc_document *d, int64_t n_invalid) {
    const sc_text_kind kind =
        d->line ? SC_TEXT_PLAIN : sc__text_kind(d->path, d->text, d->n, n_invalid);
    sc_digest digest;
    bool is_new;
    if (kind == SC_TEXT_BINARY) return g->report->binary++, SC_OK;
    sc__buffer_clear(&g->text);
    SC_TRY(sc__text_clean(&g->text, kind, d->text, d->n));
    if (count_characters(&g->text) < g->o.min_characters) return g->report->near_empty++, SC_OK;
    SC_TRY(sc__hash_bytes(&digest, g->text.data, g->text.len));
    SC_TRY(add_digest(&is_new, &g->seen, &digest));
    if (!is_new) return g->report->duplicates++, SC_OK;
    count_kept(g, d, kind, n_invalid);
    return write_document(g, d, &digest);
}

/* ---- all of them ----------------------------------------------------------------------------- */

/* A file that cannot be read costs that file, not the corpus; it is counted and the first named. */
static sc_status pass_over(ingest *g, sc_status s) {
    sc_ingest_report *r = g->report;
    if (s == SC_NOMEM || g->o.strict) return s;
    if (!r->unreadable++)
        snprintf(r->first_unreadable, sizeof r->first_unreadable, "%s", sc_error_text());
    return SC_OK;
}

static void note_progress(ingest *g, const sc_document *d) {
    if (d->path != g->path && g->o.progress) g->o.progress(g->o.user, g->report);
    g->path = d->path;
}

static sc_status read_all(ingest *g) {
    sc_document d;
    sc_status s = SC_OK;
    while (s >= 0) {
        const int64_t before = sc__documents_replaced(g->in);
        if (g->o.stop && *g->o.stop)
            return SC_FAIL(SC_INTERRUPTED, "%s: interrupted, nothing was written", g->output);
        s = sc__documents_next(&d, g->in);
        if (s == SC_DONE) return SC_OK;
        if (s >= 0) {
            g->report->bytes_in += (int64_t)d.n;
            note_progress(g, &d);
            s = take(g, &d, sc__documents_replaced(g->in) - before);
            if (s == SC_FORMAT) s = pass_over(g, sc__fail_context(s, "%s", d.path));
        } else {
            s = pass_over(g, s);
        }
    }
    return s;
}

static sc_status write_corpus(ingest *g) {
    const sc_documents_options options = {.strict = g->o.strict, .quiet = true};
    SC_TRY(sc__documents_open(&g->in, g->paths, g->n_paths, &options));
    g->report->files = sc__documents_paths(g->in)->n;
    SC_TRY(sc__writer_open(&g->out, g->file));
    sc_status s = read_all(g);
    if (s >= 0 && !g->report->documents)
        s = SC_FAIL(SC_FORMAT, "%s: nothing of %" PRId64 " files is left after cleaning",
                    g->paths[0], g->report->files);
    if (s >= 0) return sc__writer_commit(&g->out);
    sc__writer_abandon(&g->out);
    return s;
}

static json_t *report_json(const sc_ingest_report *r) {
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "files",
                     (json_int_t)r->files, "bytes_in", (json_int_t)r->bytes_in, "documents",
                     (json_int_t)r->documents, "bytes", (json_int_t)r->bytes, "plain",
                     (json_int_t)r->plain, "html", (json_int_t)r->html, "manual",
                     (json_int_t)r->manual, "jsonl", (json_int_t)r->jsonl, "unreadable",
                     (json_int_t)r->unreadable, "binary", (json_int_t)r->binary, "near_empty",
                     (json_int_t)r->near_empty, "duplicates", (json_int_t)r->duplicates, "invalid",
                     (json_int_t)r->invalid);
}

static sc_status tell(sc_account *a, const ingest *g) {
    json_t *recipe = json_pack("{s:I, s:b}", "min_characters", (json_int_t)g->o.min_characters,
                               "strict", (int)g->o.strict);
    sc_status s = recipe ? sc__account_recipe(a, recipe) : no_memory();
    json_decref(recipe);
    for (int i = 0; i < g->n_paths && s >= 0; i++) s = sc__account_input(a, "data", g->paths[i]);
    return s;
}

static sc_status run(sc_account *a, void *arg) {
    ingest *g = arg;
    SC_TRY(tell(a, g));
    if (g->file != g->output) SC_TRY(sc__dir_make(g->output));
    SC_TRY(write_corpus(g));
    json_t *report = report_json(g->report);
    sc_status s = report ? sc__account_note(a, "report", report) : no_memory();
    json_decref(report);
    return s;
}

static bool names_a_file(const char *output) {
    const size_t n = strlen(output);
    return n > 6 && !strcmp(output + n - 6, ".jsonl");
}

sc_status sc_data_ingest(sc_ingest_report *out, const char *const *paths, int n_paths,
                         const char *output, const sc_ingest_options *o) {
    static const sc_step step = {"data ingest", "creation", "corpus", run};
    sc_arena arena = SC_ARENA_INIT;
    ingest g = {.paths = paths, .n_paths = n_paths, .output = output, .report = out};
    *out = (sc_ingest_report){0};
    if (o) g.o = *o;
    if (g.o.min_characters <= 0) g.o.min_characters = 64;
    g.out.fd = -1;
    g.file = names_a_file(output) ? output : sc__path_join(&arena, output, "documents.jsonl");
    const sc_step_where where = {.artifact = output, .threads = g.o.threads};
    sc_status s = g.file ? sc__step_run(&step, &g, &where) : no_memory();
    sc__documents_close(g.in);
    sc__buffer_deinit(&g.text);
    sc__buffer_deinit(&g.line);
    sc__free(g.seen.slots);
    sc__arena_deinit(&arena);
    return s;
}
