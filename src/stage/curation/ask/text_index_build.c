/* text_index_build.c - the step that makes an index of a corpus.
 *
 * Workers of a flow fold the texts; in the order of the corpus they fill blocks, a document whole
 * in one. When there are as many full blocks as threads (or as memory allows), each thread sorts
 * the suffixes of one while the flow waits, and they are written one after another. A block takes
 * up to 9 bytes of memory for one of its text: the text, the array, and room to sort. */
#define _GNU_SOURCE
#include "account/files.h"
#include "account/step.h"
#include "base/clock.h"
#include "base/pool.h"
#include "base/suffix.h"
#include "base/utf8.h"
#include "format/documents.h"
#include "socle/corpus.h"
#include "stage/curation/ask/text_index.h"
#include "stage/curation/flow.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOCK_BYTES = 16 << 20, BYTES_PER_BYTE = 9 };

typedef struct {
    sc_buffer text, begins, heads, head_bytes; /* as they are written */
    int32_t *suffixes;
    int64_t n_suffixes, n_documents;
} block;

typedef struct {
    const sc_index_options *o;
    sc_index_report *report;
    const char *root, *path; /* of the documents, of the index */
    sc_paths files;
    sc_arena arena;
    json_t *about;
    sc_writer writer;
    sc_pool *pool;
    block *blocks;    /* of one wave */
    int n_blocks, at; /* at: the one that is filled */
    size_t block_bytes;
    sc_buffer table;
    int64_t n_written;
} indexing;

/* How a worker hands over a document: this, then its id, URL and folded text. */
typedef struct {
    sc_index_head head;
    uint64_t n_text;
} handed;

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "index"); }

/* ---- workers --------------------------------------------------------------------------------- */

static sc_status fold_record(void *user, const sc_flow_item *item) {
    sc_flow_scratch *w = item->worker;
    sc_slice url;
    (void)user;
    sc__buffer_clear(&w->id);
    sc__buffer_clear(&w->text);
    SC_TRY(sc__record_id(&w->id, item->record));
    SC_TRY(sc__record_string(&url, &w->room, item->record, "url"));
    sc__fold(&w->text, item->record->text);
    const handed h = {{(uint64_t)item->line, (uint32_t)item->file, (uint32_t)w->id.len,
                       (uint32_t)url.n, url.p != NULL},
                      w->text.len};
    sc__buffer_append(item->out, &h, sizeof h);
    sc__buffer_append(item->out, w->id.data, w->id.len);
    sc__buffer_append(item->out, url.p, url.n);
    sc__buffer_append(item->out, w->text.data, w->text.len);
    return w->text.status < 0 ? w->text.status : item->out->status;
}

/* ---- sorting --------------------------------------------------------------------------------- */

static bool begins_character(char c) { return !sc__utf8_is_inner(c) && c != SC_TEXT_INDEX_END; }

static sc_status sort_block(void *arg, int64_t task, int worker) {
    block *b = &((indexing *)arg)->blocks[task];
    const uint8_t *text = (const uint8_t *)b->text.data;
    const int64_t n = (int64_t)b->text.len;
    (void)worker;
    b->suffixes = sc__alloc((size_t)n * sizeof *b->suffixes);
    if (!b->suffixes) return no_memory();
    SC_TRY(sc__suffix_array(b->suffixes, text, n));
    for (int64_t i = 0; i < n; i++)
        if (begins_character(b->text.data[b->suffixes[i]]))
            b->suffixes[b->n_suffixes++] = b->suffixes[i];
    return SC_OK;
}

static void clear(block *b) {
    sc__buffer_clear(&b->text);
    sc__buffer_clear(&b->begins);
    sc__buffer_clear(&b->heads);
    sc__buffer_clear(&b->head_bytes);
    sc__free(b->suffixes);
    b->suffixes = NULL;
    b->n_suffixes = b->n_documents = 0;
}

static void deinit(block *b) {
    clear(b);
    sc__buffer_deinit(&b->text);
    sc__buffer_deinit(&b->begins);
    sc__buffer_deinit(&b->heads);
    sc__buffer_deinit(&b->head_bytes);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void pad(sc_writer *w) {
    static const char zeros[8];
    sc__writer_append(w, zeros, (size_t)(-w->written & 7));
}

static void put(sc_writer *w, const void *bytes, size_t n) {
    sc__writer_append(w, bytes, n);
    pad(w);
}

/* The last entries: where the last document and its head end. */
static void end_lists(block *b) {
    const uint32_t n_text = (uint32_t)b->text.len;
    const uint64_t n_heads = b->head_bytes.len;
    sc__buffer_append(&b->begins, &n_text, sizeof n_text);
    sc__buffer_append(&b->heads, &n_heads, sizeof n_heads);
}

static sc_status write_block(indexing *x, block *b) {
    const uint64_t row[] = {x->writer.written, b->text.len, (uint64_t)b->n_suffixes,
                            (uint64_t)b->n_documents, b->head_bytes.len};
    _Static_assert(sizeof row == SC_TEXT_INDEX_ROW, "a row of the table");
    end_lists(b);
    SC_TRY(b->begins.status < 0 ? b->begins.status : b->heads.status);
    put(&x->writer, b->text.data, b->text.len);
    put(&x->writer, b->suffixes, (size_t)b->n_suffixes * sizeof *b->suffixes);
    put(&x->writer, b->begins.data, b->begins.len);
    put(&x->writer, b->heads.data, b->heads.len);
    put(&x->writer, b->head_bytes.data, b->head_bytes.len);
    sc__buffer_append(&x->table, row, sizeof row);
    x->n_written++;
    x->report->text_bytes += (int64_t)b->text.len - b->n_documents;
    x->report->documents += b->n_documents;
    return x->writer.status < 0 ? x->writer.status : x->table.status;
}

static sc_status write_wave(indexing *x) {
    const int n = x->at + (x->blocks[x->at].n_documents > 0);
    SC_TRY(sc__pool_try(x->pool, n, sort_block, x, x->o->common.stop));
    for (int i = 0; i < n; i++) {
        block *b = &x->blocks[i];
        SC_TRY(write_block(x, b));
        clear(b);
    }
    x->at = 0;
    return SC_OK;
}

/* ---- filling --------------------------------------------------------------------------------- */

static sc_status add(indexing *x, const handed *h, const char *bytes) {
    const size_t n_names = (size_t)h->head.n_id + h->head.n_url;
    block *b = &x->blocks[x->at];
    if (b->n_documents && b->text.len + h->n_text + 1 > x->block_bytes) {
        if (x->at + 1 < x->n_blocks)
            x->at++;
        else
            SC_TRY(write_wave(x));
        b = &x->blocks[x->at];
    }
    const uint32_t begin = (uint32_t)b->text.len;
    const uint64_t head = b->head_bytes.len;
    sc__buffer_append(&b->begins, &begin, sizeof begin);
    sc__buffer_append(&b->heads, &head, sizeof head);
    sc__buffer_append(&b->head_bytes, &h->head, sizeof h->head);
    sc__buffer_append(&b->head_bytes, bytes, n_names);
    sc__buffer_append(&b->text, bytes + n_names, h->n_text);
    sc__buffer_putc(&b->text, SC_TEXT_INDEX_END);
    b->n_documents++;
    SC_TRY(b->text.status);
    return b->head_bytes.status;
}

static sc_status collect(void *user, int kind, const char *bytes, size_t n) {
    (void)kind;
    for (const char *p = bytes, *end = bytes + n; p < end;) {
        handed h;
        memcpy(&h, p, sizeof h);
        p += sizeof h;
        SC_TRY(add(user, &h, p));
        p += h.head.n_id + h.head.n_url + h.n_text;
    }
    return SC_OK;
}

/* ---- about ----------------------------------------------------------------------------------- */

static sc_status add_file(json_t *list, sc_account *a, const indexing *x, const char *path) {
    struct stat st;
    sc_digest digest;
    if (stat(path, &st)) return SC_FAIL(SC_IO, "%s: %s", path, strerror(errno));
    SC_TRY(sc__account_digest(a, &digest, path));
    const int64_t modified = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    json_t *file = json_pack(
        "{s:o, s:I, s:I, s:s}", "name", sc__json_text(sc__text_index_name(x->root, path)), "bytes",
        (json_int_t)st.st_size, "modified", (json_int_t)modified, "sha256", digest.hex);
    return file && !json_array_append_new(list, file) ? SC_OK : no_memory();
}

/* Before anything is read, so that what changes meanwhile makes the index one of other files. */
static sc_status note_files(indexing *x, sc_account *a) {
    const sc_data_options *o = &x->o->common;
    json_t *files = json_array();
    x->about = json_pack("{s:s, s:s, s:o}", "id_field", o->id_field ? o->id_field : "id",
                         "text_field", o->text_field ? o->text_field : "text", "files", files);
    if (!x->about) return no_memory();
    for (int64_t i = 0; i < x->files.n; i++) SC_TRY(add_file(files, a, x, x->files.paths[i]));
    return SC_OK;
}

static sc_status note_reading(indexing *x) {
    const sc_data_reading *r = &x->report->reading;
    json_t *facts =
        json_pack("{s:I, s:I, s:I, s:I, s:o}", "documents", (json_int_t)r->documents, "bytes_in",
                  (json_int_t)r->bytes_in, "unreadable", (json_int_t)r->unreadable, "replaced",
                  (json_int_t)r->replaced, "first_unreadable", sc__json_text(r->first_unreadable));
    const int failed = !facts || json_object_update(x->about, facts);
    json_decref(facts);
    return failed ? no_memory() : SC_OK;
}

/* ---- the step -------------------------------------------------------------------------------- */

static sc_status open_blocks(indexing *x) {
    const size_t memory = SC_MAX(
        x->o->common.max_memory ? x->o->common.max_memory : (size_t)2 << 30, (size_t)2 << 20);
    SC_TRY(sc__pool_open(&x->pool, x->o->common.threads));
    x->block_bytes = SC_MIN(memory / 2 / BYTES_PER_BYTE, (size_t)BLOCK_BYTES);
    const size_t fit = memory / (x->block_bytes * BYTES_PER_BYTE);
    x->n_blocks = (int)SC_MIN(fit, (size_t)sc__pool_threads(x->pool));
    x->blocks = sc__arena_array(&x->arena, (size_t)x->n_blocks, sizeof *x->blocks);
    return x->blocks ? SC_OK : no_memory();
}

static sc_status read_corpus(indexing *x) {
    static const char *const none[] = {NULL};
    static const sc_flow_step step = {.record = fold_record,
                                      .open_worker = sc__flow_scratch_open,
                                      .close_worker = sc__flow_scratch_close,
                                      .collect = collect};
    sc_flow_options f = {.inputs = &x->o->corpus, .n_inputs = 1, .kinds = none, .n_kinds = 1};
    sc__flow_take(&f, &x->o->common);
    SC_TRY(sc__flow_run(&x->report->reading, &step, x, &f));
    return write_wave(x);
}

static sc_status write_end(indexing *x) {
    sc_buffer about = SC_BUFFER_INIT;
    const uint64_t table = x->writer.written;
    put(&x->writer, x->table.data, x->table.len);
    sc__json_print(&about, x->about);
    uint64_t head[6] = {0,     SC_TEXT_INDEX_VERSION, (uint64_t)x->n_written,
                        table, x->writer.written,     about.len};
    _Static_assert(sizeof head == SC_TEXT_INDEX_HEAD, "the head of the file");
    memcpy(head, SC_TEXT_INDEX_MAGIC, 8);
    put(&x->writer, about.data, about.len);
    sc__writer_patch(&x->writer, 0, head, sizeof head);
    const sc_status s = about.status;
    sc__buffer_deinit(&about);
    x->report->bytes = (int64_t)x->writer.written;
    return s;
}

static sc_status write_index(indexing *x) {
    static const char head[SC_TEXT_INDEX_HEAD];
    SC_TRY(sc__writer_open(&x->writer, x->path));
    sc__writer_append(&x->writer, head, sizeof head);
    sc_status s = open_blocks(x);
    if (s >= 0) s = read_corpus(x);
    if (s >= 0) s = note_reading(x);
    if (s >= 0) s = write_end(x);
    if (s >= 0) return sc__writer_commit(&x->writer);
    sc__writer_abandon(&x->writer);
    return s;
}

static sc_status tell(sc_account *a, const indexing *x) {
    const sc_data_options *o = &x->o->common;
    json_t *recipe =
        json_pack("{s:s*, s:s*}", "id_field", o->id_field, "text_field", o->text_field);
    sc_status s = recipe ? sc__account_recipe(a, recipe) : no_memory();
    json_decref(recipe);
    return s < 0 ? s : sc__account_input(a, "data", x->o->corpus);
}

static sc_status run(sc_account *a, void *arg) {
    indexing *x = arg;
    SC_TRY(tell(a, x));
    SC_TRY(note_files(x, a));
    return write_index(x);
}

/* ---- the call -------------------------------------------------------------------------------- */

static sc_status find_files(indexing *x) {
    const char *corpus = x->o->corpus;
    char *path;
    if (!sc__path_exists(corpus))
        return SC_FAIL(SC_IO, "%s: not there; an index is made of one file or folder", corpus);
    SC_TRY(sc__text_index_path(&path, &x->arena, corpus));
    x->path = path;
    snprintf(x->report->path, sizeof x->report->path, "%s", path);
    SC_TRY(sc__documents_root(&x->root, &x->arena, corpus));
    return sc__documents_find(&x->files, &x->arena, &corpus, 1);
}

/* Whether there is nothing to do. One that cannot be read is made again. */
static sc_status is_done(bool *out, const indexing *x) {
    const sc_record_names names = {x->o->common.id_field, x->o->common.text_field};
    sc_text_index old;
    char why[256];
    *out = false;
    if (!sc__path_exists(x->path) || sc__text_index_open(&old, x->path) < 0) return SC_OK;
    const sc_status s = sc__text_index_check(why, &old, x->root, &x->files, &names);
    *out = s >= 0 && !*why;
    x->report->documents = old.n_documents;
    x->report->text_bytes = old.text_bytes;
    x->report->bytes = (int64_t)old.map.size;
    sc__text_index_close(&old);
    return s;
}

static sc_status make(indexing *x) {
    static const sc_step step = {"data index", "curation", "index", run};
    SC_TRY(find_files(x));
    SC_TRY(is_done(&x->report->reused, x));
    if (x->report->reused) return SC_OK;
    const sc_step_where where = {.artifact = x->path, .threads = x->o->common.threads};
    x->report->documents = x->report->text_bytes = 0;
    return sc__step_run(&step, x, &where);
}

sc_status sc_data_index(sc_index_report *out, const sc_index_options *o) {
    indexing x = {.o = o, .report = out};
    const double start = sc__clock_now();
    *out = (sc_index_report){0};
    const sc_status s = make(&x);
    out->seconds = sc__clock_now() - start;
    for (int i = 0; x.blocks && i < x.n_blocks; i++) deinit(&x.blocks[i]);
    sc__buffer_deinit(&x.table);
    sc__pool_close(x.pool);
    json_decref(x.about);
    sc__arena_deinit(&x.arena);
    return s;
}
