/* pack.c - text into token shards; see pack.h. */
#include "stage/curation/pack.h"

#include "base/json.h"
#include "base/log.h"
#include "base/utf8.h"
#include "format/documents.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { SIDECAR_VERSION = 2 };

typedef struct {
    const char *name, *path; /* "train", FOLDER/train.tokens */
    const char *ids_path;    /* FOLDER/train.ids: a JSON string a line, a line a document */
    sc_shard_writer writer;
    sc_writer ids;
    bool open;
    sc_shard head;   /* after commit */
    json_t *sources; /* a row a file: where its documents begin */
    const char *last;
} split;

typedef struct {
    const sc_pack_options *o;
    sc_arena arena;
    const char *sidecar;
    json_t *key; /* all that the shards depend on */
    split train, valid;
    sc_buffer ids, id, quoted;
    int64_t cut; /* the first held-out character, INT64_MAX for none */
    int64_t at;  /* characters so far */
} packer;

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "packing tokens"); }

static bool holds_out(const sc_pack_options *o) { return o->n_valid || o->valid_fraction > 0; }

/* ---- what the shards depend on --------------------------------------------------------------- */

static sc_status add_inputs(json_t *key, const char *name, const char *const *patterns, int n) {
    sc_documents *t;
    json_t *files = json_array();
    if (!files || json_object_set_new(key, name, files)) return no_memory();
    if (!n) return SC_OK;
    SC_TRY(sc__documents_open(&t, patterns, n, NULL));
    const sc_paths *paths = sc__documents_paths(t);
    sc_status s = SC_OK;
    for (int64_t i = 0; i < paths->n && s >= 0; i++) {
        sc_digest d;
        s = sc__hash_file(&d, paths->paths[i]);
        if (s < 0) break;
        json_t *row = json_pack("{s:s, s:s}", "path", paths->paths[i], "sha256", d.hex);
        if (!row)
            s = SC_FAIL(SC_FORMAT, "%s: a file name that is not UTF-8 cannot be recorded",
                        paths->paths[i]);
        else if (json_array_append_new(files, row))
            s = no_memory();
    }
    sc__documents_close(t);
    return s;
}

static sc_status make_key(packer *p) {
    const sc_pack_options *o = p->o;
    p->key =
        json_pack("{s:i, s:s, s:I, s:I, s:f, s:b}", "version", SIDECAR_VERSION, "tokenizer",
                  o->tokenizer, "vocab_size", (json_int_t)o->vocab_size, "eos", (json_int_t)o->eos,
                  "valid_fraction", o->valid_fraction, "strict", (int)o->strict);
    if (!p->key) return no_memory();
    SC_TRY(add_inputs(p->key, "train", o->train, o->n_train));
    return add_inputs(p->key, "valid", o->valid, o->n_valid);
}

/* ---- packing --------------------------------------------------------------------------------- */

static bool stopped(const packer *p) { return p->o->stop && *p->o->stop; }

static sc_status interrupted(void) {
    return SC_FAIL(SC_INTERRUPTED, "interrupted while packing tokens: nothing was changed");
}

static sc_status open_inputs(sc_documents **out, const packer *p, const char *const *patterns,
                             int n) {
    const sc_documents_options options = {.strict = p->o->strict};
    return sc__documents_open(out, patterns, n, &options);
}

static sc_status find_cut(packer *p) {
    sc_documents *t;
    sc_document d;
    sc_status s;
    int64_t total = 0;
    p->cut = INT64_MAX;
    if (!(p->o->valid_fraction > 0)) return SC_OK;
    SC_TRY(open_inputs(&t, p, p->o->train, p->o->n_train));
    while ((s = sc__documents_next(&d, t)) == SC_OK && !stopped(p))
        total += sc__utf8_count(d.text, d.n);
    sc__documents_close(t);
    SC_TRY(s);
    if (s != SC_DONE) return interrupted();
    p->cut = (int64_t)floor((double)total * (1.0 - p->o->valid_fraction));
    return SC_OK;
}

static sc_status note_source(split *t, const sc_document *d, int64_t ordinal, int64_t characters) {
    if (t->last == d->path) return SC_OK;
    t->last = d->path;
    json_t *row = json_pack("{s:s, s:I, s:I, s:I}", "path", d->path, "first_document",
                            (json_int_t)t->writer.head.n_documents, "from_document",
                            (json_int_t)ordinal, "from_character", (json_int_t)characters);
    return row && !json_array_append_new(t->sources, row) ? SC_OK : no_memory();
}

static sc_status put_id(packer *p, split *to, const sc_document *d) {
    sc__buffer_clear(&p->id);
    sc__buffer_clear(&p->quoted);
    SC_TRY(sc__document_id(&p->id, d));
    sc__json_quote(&p->quoted, p->id.data, p->id.len);
    sc__buffer_putc(&p->quoted, '\n');
    SC_TRY(p->quoted.status);
    sc__writer_append(&to->ids, p->quoted.data, p->quoted.len);
    return to->ids.status;
}

static sc_status put(packer *p, split *to, const char *text, size_t n, bool ends) {
    const int32_t eos = (int32_t)p->o->eos;
    sc__buffer_clear(&p->ids);
    SC_TRY(p->o->encode(p->o->user, &p->ids, text, n));
    if (ends && p->o->eos >= 0) sc__buffer_append(&p->ids, &eos, sizeof eos);
    SC_TRY(p->ids.status);
    const void *ids = p->ids.data;
    sc__shard_writer_append(&to->writer, ids, (int64_t)(p->ids.len / sizeof eos), (int64_t)n);
    return to->writer.status;
}

/* A document before the cut, behind it, or cut in two. */
static sc_status put_document(packer *p, split *to, const sc_document *d, int64_t ordinal) {
    const int64_t n = p->cut == INT64_MAX ? 0 : sc__utf8_count(d->text, d->n), begin = p->at;
    size_t first = d->n; /* bytes before the cut */
    p->at += n;
    if (p->at > p->cut) first = begin < p->cut ? sc__utf8_prefix(d->text, d->n, p->cut - begin) : 0;
    if (first == d->n && (d->n || begin < p->cut)) {
        SC_TRY(note_source(to, d, ordinal, 0));
        SC_TRY(put_id(p, to, d));
        return put(p, to, d->text, d->n, true);
    }
    if (first) {
        SC_TRY(note_source(to, d, ordinal, 0));
        SC_TRY(put_id(p, to, d));
        SC_TRY(put(p, to, d->text, first, false));
    }
    SC_TRY(note_source(&p->valid, d, ordinal, first ? p->cut - begin : 0));
    SC_TRY(put_id(p, &p->valid, d));
    return put(p, &p->valid, d->text + first, d->n - first, true);
}

static sc_status put_all(packer *p, split *to, const char *const *patterns, int n) {
    sc_documents *t;
    sc_document d;
    sc_status s;
    const char *path = NULL;
    int64_t ordinal = 0;
    if (!n) return SC_OK;
    SC_TRY(open_inputs(&t, p, patterns, n));
    while ((s = sc__documents_next(&d, t)) == SC_OK) {
        ordinal = d.path == path ? ordinal + 1 : 0;
        path = d.path;
        s = stopped(p) ? interrupted() : put_document(p, to, &d, ordinal);
        if (s < 0) break;
    }
    sc__documents_close(t);
    return s < 0 ? s : SC_OK;
}

static sc_status open_split(packer *p, split *t) {
    sc_shard head = {.vocab_size = p->o->vocab_size, .eos = p->o->eos};
    snprintf(head.tokenizer.hex, sizeof head.tokenizer.hex, "%s", p->o->tokenizer);
    t->sources = json_array();
    if (!t->sources) return no_memory();
    SC_TRY(sc__shard_writer_open(&t->writer, t->path, &head));
    SC_TRY(sc__writer_open(&t->ids, t->ids_path));
    t->open = true;
    return SC_OK;
}

static sc_status check_tokens(const packer *p, const split *t) {
    const bool is_valid = t == &p->valid;
    if (t->writer.head.n_tokens) return SC_OK;
    if (p->o->valid_fraction > 0 && p->at)
        return SC_FAIL(
            SC_FORMAT, "%s: valid_fraction: %g of %" PRId64 " characters leaves none to %s",
            p->o->train[0], p->o->valid_fraction, p->at, is_valid ? "hold out" : "train on");
    return SC_FAIL(SC_FORMAT, "%s: holds no text", is_valid ? p->o->valid[0] : p->o->train[0]);
}

static sc_status describe(json_t *sidecar, split *t) {
    json_t *row = json_pack("{s:s, s:s, s:I, s:I, s:I, s:O}", "file", sc__path_name(t->path),
                            "digest", t->head.digest.hex, "tokens", (json_int_t)t->head.n_tokens,
                            "documents", (json_int_t)t->head.n_documents, "bytes",
                            (json_int_t)t->head.n_bytes, "sources", t->sources);
    return row && !json_object_set_new(sidecar, t->name, row) ? SC_OK : no_memory();
}

/* Last, so that it never describes files that are not there. */
static sc_status write_sidecar(packer *p) {
    json_t *sidecar = json_pack("{s:O}", "made_of", p->key);
    sc_status s = sidecar ? describe(sidecar, &p->train) : no_memory();
    if (s >= 0 && holds_out(p->o)) s = describe(sidecar, &p->valid);
    if (s >= 0) s = sc__json_save(sidecar, p->sidecar);
    json_decref(sidecar);
    return s;
}

static sc_status commit(split *t) {
    t->open = false;
    SC_TRY(sc__writer_commit(&t->ids));
    return sc__shard_writer_commit(&t->head, &t->writer);
}

static sc_status build(packer *p) {
    SC_TRY(find_cut(p));
    SC_TRY(open_split(p, &p->train));
    if (holds_out(p->o)) SC_TRY(open_split(p, &p->valid));
    SC_TRY(put_all(p, &p->train, p->o->train, p->o->n_train));
    p->cut = INT64_MAX;
    SC_TRY(put_all(p, &p->valid, p->o->valid, p->o->n_valid));
    SC_TRY(check_tokens(p, &p->train));
    if (holds_out(p->o)) SC_TRY(check_tokens(p, &p->valid));
    SC_TRY(commit(&p->train));
    if (holds_out(p->o)) {
        SC_TRY(commit(&p->valid));
    } else {
        SC_TRY(sc__dir_remove(p->valid.path));
        SC_TRY(sc__dir_remove(p->valid.ids_path));
    }
    return write_sidecar(p);
}

/* ---- using what is there --------------------------------------------------------------------- */

/* The shard must be the one that the sidecar describes, untouched. */
static sc_status open_recorded(sc_shard **out, const split *t, const json_t *sidecar) {
    const char *digest =
        json_string_value(json_object_get(json_object_get(sidecar, t->name), "digest"));
    SC_TRY(sc__shard_open(out, t->path));
    if (!digest || strcmp(digest, (*out)->digest.hex))
        return SC_FAIL(SC_MISMATCH, "%s: is not the one that shards.json describes", t->path);
    return sc__shard_verify(*out);
}

static sc_status open_both(sc_packed *out, packer *p, const json_t *sidecar) {
    const bool has_valid = json_object_get(sidecar, p->valid.name) != NULL;
    sc_status s = open_recorded(&out->train, &p->train, sidecar);
    if (s >= 0 && has_valid) s = open_recorded(&out->valid, &p->valid, sidecar);
    if (s < 0) sc__packed_close(out);
    return s;
}

/* False, after a note where it is surprising, when the shards must be made. */
static bool reuse(sc_packed *out, packer *p) {
    json_t *sidecar = NULL;
    if (!sc__path_exists(p->sidecar)) return false;
    sc_status s = sc__json_load(&sidecar, p->sidecar);
    bool same = s >= 0 && json_equal(json_object_get(sidecar, "made_of"), p->key);
    if (same) s = open_both(out, p, sidecar);
    if (s < 0) SC_NOTE("tokens are packed again: %s", sc_error_text());
    json_decref(sidecar);
    return same && s >= 0;
}

static sc_status name_files(packer *p, const char *dir) {
    p->train.name = "train";
    p->valid.name = "valid";
    p->train.path = sc__path_join(&p->arena, dir, "train.tokens");
    p->valid.path = sc__path_join(&p->arena, dir, "valid.tokens");
    p->train.ids_path = sc__path_join(&p->arena, dir, "train.ids");
    p->valid.ids_path = sc__path_join(&p->arena, dir, "valid.ids");
    p->sidecar = sc__path_join(&p->arena, dir, "shards.json");
    if (!p->train.path || !p->valid.path || !p->train.ids_path || !p->valid.ids_path || !p->sidecar)
        return no_memory();
    return SC_OK;
}

static sc_status check_options(const sc_pack_options *o) {
    if (!(o->valid_fraction >= 0 && o->valid_fraction < 1))
        return SC_FAIL(SC_USAGE, "valid_fraction: %g: must be at least 0 and below 1",
                       o->valid_fraction);
    if (o->n_valid && o->valid_fraction > 0)
        return SC_FAIL(SC_USAGE, "valid and valid_fraction: only one of them can be given");
    return SC_OK;
}

static void abandon(split *t) {
    sc__shard_writer_abandon(&t->writer);
    if (t->open) sc__writer_abandon(&t->ids);
    json_decref(t->sources);
}

static void deinit(packer *p) {
    abandon(&p->train);
    abandon(&p->valid);
    json_decref(p->key);
    sc__buffer_deinit(&p->ids);
    sc__buffer_deinit(&p->id);
    sc__buffer_deinit(&p->quoted);
    sc__arena_deinit(&p->arena);
}

sc_status sc__packed_open(sc_packed *out, const char *dir, const sc_pack_options *o) {
    packer p = {.o = o};
    *out = (sc_packed){NULL, NULL, false};
    SC_TRY(check_options(o));
    sc_status s = name_files(&p, dir);
    if (s >= 0) s = make_key(&p);
    if (s >= 0) s = sc__dir_make(dir);
    if (s >= 0 && !(out->reused = reuse(out, &p))) {
        json_t *sidecar = NULL;
        s = build(&p);
        if (s >= 0) s = sc__json_load(&sidecar, p.sidecar);
        if (s >= 0) s = open_both(out, &p, sidecar);
        json_decref(sidecar);
    }
    deinit(&p);
    return s;
}

sc_status sc__packed_reopen(sc_packed *out, const char *dir) {
    packer p = {0};
    json_t *sidecar = NULL;
    *out = (sc_packed){NULL, NULL, true};
    sc_status s = name_files(&p, dir);
    if (s >= 0) s = sc__json_load(&sidecar, p.sidecar);
    if (s >= 0) s = open_both(out, &p, sidecar);
    json_decref(sidecar);
    deinit(&p);
    return s;
}

void sc__packed_close(sc_packed *p) {
    sc__shard_close(p->train);
    sc__shard_close(p->valid);
    *p = (sc_packed){NULL, NULL, false};
}
