/* inspect.c - what is in a model directory or a file. Each kind of thing has one function that
 * describes it as JSON; one printer writes any of these for people. */
#include "socle/inspect.h"

#include "account/files.h"
#include "account/lineage.h"
#include "base/file.h"
#include "base/utf8.h"
#include "format/documents.h"
#include "format/parquet/parquet.h"
#include "format/safetensors.h"
#include "format/source/warc.h"
#include "stage/curation/ask/text_index.h"
#include "stage/curation/shards.h"
#include "stage/deployment/inspect_part.h"
#include "tensor/dtype.h"

#include <string.h>

enum { HEAD_BYTES = 4096 };

static sc_status no_memory(const char *path) { return SC_FAIL(SC_NOMEM, "%s", path); }

sc_status sc__inspect_put(json_t *o, const char *key, json_t *value) {
    return json_object_set_new(o, key, value) ? SC_FAIL(SC_NOMEM, "%s", key) : SC_OK;
}

sc_status sc__inspect_add(json_t *o, json_t *facts) {
    const int failed = !facts || json_object_update(o, facts);
    json_decref(facts);
    return failed ? SC_FAIL(SC_NOMEM, "inspect") : SC_OK;
}

json_t *sc__inspect_text(const char *bytes, size_t n, size_t most) {
    sc_buffer b = SC_BUFFER_INIT;
    const size_t cut = n > most ? sc__utf8_start(bytes, most) : n;
    if (sc__utf8_repair(&b, bytes, cut, NULL) >= 0 && cut < n)
        sc__buffer_printf(&b, "... (%zu bytes)", n);
    json_t *v = b.status < 0 ? NULL : json_stringn(b.data ? b.data : "", b.len);
    sc__buffer_deinit(&b);
    return v;
}

static bool ends_with(const char *s, const char *end) {
    const size_t n = strlen(s), k = strlen(end);
    return n >= k && !strcmp(s + n - k, end);
}

/* ---- tensors --------------------------------------------------------------------------------- */

static json_t *tensor(const sc_safetensor *t) {
    json_t *shape = json_array();
    for (int i = 0; shape && i < SC_MIN(t->shape.n_dims, SC_MAX_DIMS); i++)
        json_array_append_new(shape, json_integer(t->shape.dim[i]));
    return json_pack("{s:s, s:s, s:o, s:I}", "name", t->name, "dtype", t->type_name, "shape", shape,
                     "bytes", (json_int_t)t->bytes);
}

/* Parameters are what can be learned: floating values, and the integers of quantized ones. */
static int64_t parameters(const sc_safetensor *t) {
    const bool masks = !strcmp(t->type_name, "BOOL") || t->dtype == SC_I64 || t->dtype == SC_I32;
    if (masks || t->dtype == SC_DTYPE_COUNT) return 0;
    return (int64_t)(t->bytes / sc_dtype_size(t->dtype));
}

static sc_status add_tensors(json_t *o, const char *path) {
    sc_safetensors *s;
    SC_TRY(sc__safetensors_open(&s, path));
    json_t *list = json_array(), *metadata = json_object();
    int64_t n = 0, bytes = 0;
    int failed = !list || !metadata;
    for (int64_t i = 0; i < s->n && !failed; i++) {
        n += parameters(&s->tensors[i]);
        bytes += (int64_t)s->tensors[i].bytes;
        failed = json_array_append_new(list, tensor(&s->tensors[i]));
    }
    for (int64_t i = 0; i < s->n_metadata && !failed; i++)
        failed =
            json_object_set_new(metadata, s->metadata[i].key, json_string(s->metadata[i].value));
    sc__safetensors_close(s);
    if (!failed && json_object_size(metadata)) failed = json_object_set(o, "metadata", metadata);
    if (!failed) failed = json_object_set_new(o, "parameters", json_integer(n));
    if (!failed) failed = json_object_set_new(o, "tensor_bytes", json_integer(bytes));
    if (!failed) failed = json_object_set(o, "tensors", list);
    json_decref(list);
    json_decref(metadata);
    return failed ? no_memory(path) : SC_OK;
}

/* ---- tokenizers ------------------------------------------------------------------------------ */

static const char *type_of(const json_t *o, const char *key) {
    const char *type = json_string_value(json_object_get(json_object_get(o, key), "type"));
    return type ? type : "none";
}

/* Any tokenizer.json, also of kinds that socle cannot run. */
static sc_status describe_tokenizer(json_t **out, const json_t *t, const char *path) {
    const json_t *model = json_object_get(t, "model"), *added = json_object_get(t, "added_tokens");
    const json_t *vocab = json_object_get(model, "vocab"), *token;
    if (!json_is_object(model))
        return SC_FAIL(SC_FORMAT, "%s: model: missing, so this is no tokenizer", path);
    const size_t n_vocab = json_is_array(vocab) ? json_array_size(vocab) : json_object_size(vocab);
    json_t *specials = json_array();
    size_t i;
    json_array_foreach(added, i, token) {
        json_t *content = json_object_get(token, "content");
        if (json_is_true(json_object_get(token, "special")) && content)
            json_array_append(specials, content);
    }
    *out = json_pack("{s:s, s:I, s:I, s:I, s:s, s:s, s:s, s:o}", "model", type_of(t, "model"),
                     "vocab", (json_int_t)n_vocab, "merges",
                     (json_int_t)json_array_size(json_object_get(model, "merges")), "added_tokens",
                     (json_int_t)json_array_size(added), "normalizer", type_of(t, "normalizer"),
                     "pre_tokenizer", type_of(t, "pre_tokenizer"), "decoder", type_of(t, "decoder"),
                     "special_tokens", specials);
    return *out ? SC_OK : no_memory(path);
}

static sc_status add_tokenizer(json_t *o, sc_arena *a, const char *dir) {
    const char *path = sc__path_join(a, dir, "tokenizer.json");
    json_t *t, *facts;
    if (!path) return no_memory(dir);
    if (!sc__path_exists(path)) return SC_OK;
    SC_TRY(sc__json_load(&t, path));
    sc_status s = describe_tokenizer(&facts, t, path);
    json_decref(t);
    return s < 0 ? s : sc__inspect_put(o, "tokenizer", facts);
}

/* ---- lineage --------------------------------------------------------------------------------- */

static sc_status add_lineage(json_t *o, sc_arena *a, const char *path) {
    char *file;
    json_t *lineage;
    SC_TRY(sc__lineage_find(&file, a, path));
    if (!file) return SC_OK;
    SC_TRY(sc__lineage_load(&lineage, file));
    const json_t *e = sc__lineage_newest(lineage);
    json_t *facts =
        e ? json_pack("{s:O, s:O, s:O, s:O, s:O, s:I}", "step", json_object_get(e, "step"), "state",
                      json_object_get(e, "state"), "started", json_object_get(e, "started"),
                      "duration_s", json_object_get(e, "duration_s"), "artifact",
                      json_object_get(e, "artifact"), "commands",
                      (json_int_t)json_array_size(json_object_get(lineage, "entries")))
          : json_object();
    json_decref(lineage);
    return facts ? sc__inspect_put(o, "lineage", facts) : no_memory(file);
}

/* ---- the kinds of things --------------------------------------------------------------------- */

static sc_status model_dir(json_t *o, sc_arena *a, const char *path) {
    const char *config_path = sc__path_join(a, path, "config.json");
    json_t *config;
    if (!config_path) return no_memory(path);
    SC_TRY(sc__inspect_put(o, "kind", json_string("model")));
    SC_TRY(sc__json_load(&config, config_path));
    const bool is_object = json_is_object(config);
    SC_TRY(sc__inspect_put(o, "config", config));
    if (!is_object) return SC_FAIL(SC_FORMAT, "%s: must be an object", config_path);
    SC_TRY(add_tokenizer(o, a, path));
    SC_TRY(add_tensors(o, path));
    return add_lineage(o, a, path);
}

static sc_status shard(json_t *o, const char *path) {
    sc_shard *s;
    SC_TRY(sc__shard_open(&s, path));
    json_t *facts = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:s, s:s}", "kind", "token shard",
                              "tokens", (json_int_t)s->n_tokens, "documents",
                              (json_int_t)s->n_documents, "source_bytes", (json_int_t)s->n_bytes,
                              "vocab_size", (json_int_t)s->vocab_size, "eos", (json_int_t)s->eos,
                              "tokenizer_sha256", s->tokenizer.hex, "digest", s->digest.hex);
    sc__shard_close(s);
    return sc__inspect_add(o, facts);
}

typedef struct {
    int64_t n, bytes, shortest, longest;
    sc_buffer first;
} text_facts;

static sc_status read_text(text_facts *f, sc_documents *t) {
    sc_document d;
    sc_status s;
    while ((s = sc__documents_next(&d, t)) == SC_OK) {
        const int64_t n = (int64_t)d.n;
        if (!f->n) {
            const size_t cut =
                d.n > SC_INSPECT_SHORT ? sc__utf8_start(d.text, SC_INSPECT_SHORT) : d.n;
            sc__buffer_append(&f->first, d.text, cut);
        }
        f->shortest = f->n ? SC_MIN(f->shortest, n) : n;
        f->longest = SC_MAX(f->longest, n);
        f->bytes += n;
        f->n++;
    }
    return s < 0 ? s : f->first.status;
}

/* Of a file, or of the documents of a corpus. */
static sc_status add_text(json_t *o, const char *path) {
    sc_documents *t;
    text_facts f = {0};
    SC_TRY(sc__documents_open(&t, &path, 1, NULL));
    sc_status s = read_text(&f, t);
    const int64_t replaced = sc__documents_replaced(t);
    sc__documents_close(t);
    json_t *facts = NULL;
    if (s >= 0)
        facts = json_pack("{s:I, s:I, s:I, s:I, s:I, s:s%}", "documents", (json_int_t)f.n,
                          "text_bytes", (json_int_t)f.bytes, "shortest", (json_int_t)f.shortest,
                          "longest", (json_int_t)f.longest, "invalid_utf8", (json_int_t)replaced,
                          "begins", f.first.data ? f.first.data : "", f.first.len);
    sc__buffer_deinit(&f.first);
    return s < 0 ? s : sc__inspect_add(o, facts);
}

static sc_status text(json_t *o, const char *path) {
    SC_TRY(sc__inspect_put(o, "kind", json_string("text")));
    return add_text(o, path);
}

static sc_status json_file(json_t *o, const char *path) {
    json_t *v, *facts = NULL;
    SC_TRY(sc__json_load(&v, path));
    sc_status s = SC_OK;
    if (json_is_object(json_object_get(v, "model"))) {
        s = describe_tokenizer(&facts, v, path);
        if (s >= 0) s = sc__inspect_put(o, "kind", json_string("tokenizer"));
        if (s >= 0) s = sc__inspect_put(o, "tokenizer", facts);
    } else if (json_object_get(v, "socle_lineage")) {
        s = sc__inspect_put(o, "kind", json_string("lineage"));
        if (s >= 0) s = sc__inspect_put(o, "lineage", json_incref(v));
    } else {
        s = sc__inspect_put(o, "kind", json_string("JSON"));
        if (s >= 0) s = sc__inspect_put(o, "value", json_incref(v));
    }
    json_decref(v);
    return s;
}

/* The begin of a file, decompressed; nothing where it cannot be. */
static void read_head(sc_buffer *out, const char *path) {
    sc_stream *s;
    size_t got = 0;
    char *to = sc__buffer_extend(out, HEAD_BYTES);
    if (!to) return;
    sc_status status = sc__stream_open(&s, path);
    if (status >= 0) {
        status = sc__stream_read(&got, s, to, HEAD_BYTES);
        sc__stream_close(s);
    }
    out->len = status < 0 ? 0 : got;
    out->data[out->len] = 0;
}

static bool begins(const sc_buffer *head, const char *with) {
    const size_t n = strlen(with);
    return head->len >= n && !memcmp(head->data, with, n);
}

static bool begins_behind_space(const sc_buffer *head, const char *with) {
    const char *p = head->data ? head->data : "";
    return !strncmp(p + strspn(p, " \t\r\n"), with, strlen(with));
}

static bool is_vocabulary(const char *path) {
    static const char *const names[] = {".model", "vocab.txt", "vocab.json", "merges.txt",
                                        ".tiktoken"};
    for (int i = 0; i < SC_LEN(names); i++)
        if (ends_with(path, names[i])) return true;
    return false;
}

/* What `data classifier` makes: a bias and the weights of one kind of words. */
static bool is_classifier(const json_t *tensors) {
    const char *names[2];
    if (json_array_size(tensors) != 2) return false;
    for (size_t i = 0; i < 2; i++)
        names[i] = json_string_value(json_object_get(json_array_get(tensors, i), "name"));
    return !strcmp(names[0], "bias") && !strncmp(names[1], "weights.", 8);
}

static sc_status tensors(json_t *o, const char *path) {
    SC_TRY(sc__inspect_put(o, "kind", json_string("safetensors")));
    SC_TRY(add_tensors(o, path));
    if (!is_classifier(json_object_get(o, "tensors"))) return SC_OK;
    return sc__inspect_put(o, "kind", json_string("classifier of texts"));
}

static sc_status unknown(const char *path) {
    return SC_FAIL(SC_FORMAT,
                   "%s: neither safetensors, GGUF, a tokenizer, a token shard, a text index, "
                   "Parquet, a web archive, JSON nor text; socle data ingest reads archives",
                   path);
}

/* What the first bytes say, else the name. */
static sc_status file_of_kind(json_t *o, const char *path, const sc_map *m, const sc_buffer *head) {
    /* eight bytes of header length, then a JSON object */
    const bool is_tensors = m->size > 9 && m->data[8] == '{' && !m->data[6] && !m->data[7];
    const bool is_parquet = m->size && sc__parquet_is(m->data, m->size);
    if (begins(head, "SOCLETOK")) return shard(o, path);
    if (begins(head, SC_TEXT_INDEX_MAGIC)) return sc__inspect_text_index(o, path);
    if (begins(head, "GGUF")) return sc__inspect_gguf(o, path);
    if (is_tensors || ends_with(path, ".safetensors")) return tensors(o, path);
    if (is_parquet || ends_with(path, ".parquet")) return sc__inspect_parquet(o, path);
    if (sc__warc_detect(head->data ? head->data : "", head->len))
        return sc__inspect_web_archive(o, path);
    if (begins_behind_space(head, "\\data\\")) return sc__inspect_ngram(o, path);
    if (is_vocabulary(path)) return sc__inspect_vocabulary(o, path);
    if (begins(head, "{") && ends_with(path, ".json")) return json_file(o, path);
    const bool packed = sc__stream_bare_length(path) < strlen(path);
    if (head->len ? memchr(head->data, 0, head->len) != NULL : m->size && !packed)
        return unknown(path);
    return text(o, path);
}

static sc_status file(json_t *o, sc_arena *a, const char *path) {
    sc_map m;
    sc_buffer head = SC_BUFFER_INIT;
    SC_TRY(sc__map_open(&m, path));
    read_head(&head, path);
    sc_status s = head.status;
    if (s >= 0) s = sc__inspect_put(o, "bytes", json_integer((json_int_t)m.size));
    if (s >= 0) s = file_of_kind(o, path, &m, &head);
    sc__map_close(&m);
    sc__buffer_deinit(&head);
    return s < 0 ? s : add_lineage(o, a, path);
}

/* Files and bytes of a folder of the corpus; nothing where it has none. */
static sc_status add_part(json_t *list, sc_arena *a, const char *dir, const char *name) {
    sc_paths files = {0};
    uint64_t all = 0, bytes;
    const char *part = sc__path_join(a, dir, name);
    if (!part) return no_memory(dir);
    if (!sc__path_is_dir(part)) return SC_OK;
    if (sc__paths_find(&files, a, part) == SC_NOMEM) return SC_NOMEM; /* an empty one has none */
    for (int64_t i = 0; i < files.n; i++) {
        SC_TRY(sc__path_size(files.paths[i], &bytes));
        all += bytes;
    }
    json_t *row = json_pack("{s:s, s:I, s:I}", "part", name, "files", (json_int_t)files.n, "bytes",
                            (json_int_t)all);
    return !row || json_array_append_new(list, row) ? no_memory(dir) : SC_OK;
}

static sc_status corpus_dir(json_t *o, sc_arena *a, const char *path) {
    static const char *const parts[] = {"documents",  "valid",    "test",
                                        "attributes", "clusters", "dropped"};
    SC_TRY(sc__inspect_put(o, "kind", json_string("corpus")));
    SC_TRY(add_text(o, path));
    json_t *list = json_array();
    SC_TRY(sc__inspect_put(o, "parts", list));
    for (int i = 0; i < SC_LEN(parts); i++) SC_TRY(add_part(list, a, path, parts[i]));
    return add_lineage(o, a, path);
}

static sc_status other_dir(json_t *o, sc_arena *a, const char *path) {
    sc_paths files;
    SC_TRY(sc__inspect_put(o, "kind", json_string("folder")));
    json_t *list = json_array();
    SC_TRY(sc__inspect_put(o, "files", list));
    SC_TRY(sc__paths_find(&files, a, path));
    for (int64_t i = 0; i < files.n; i++) {
        uint64_t bytes;
        SC_TRY(sc__path_size(files.paths[i], &bytes));
        json_t *f = json_pack("{s:o, s:I}", "name", sc__json_text(files.paths[i]), "bytes",
                              (json_int_t)bytes);
        if (!f || json_array_append_new(list, f)) return no_memory(path);
    }
    SC_TRY(add_tokenizer(o, a, path));
    return add_lineage(o, a, path);
}

static sc_status describe(json_t *o, sc_arena *a, const char *path) {
    SC_TRY(sc__inspect_put(o, "path", sc__json_text(path)));
    if (!sc__path_is_dir(path)) return file(o, a, path);
    const char *config = sc__path_join(a, path, "config.json");
    const char *documents = sc__path_join(a, path, "documents");
    if (!config || !documents) return no_memory(path);
    if (sc__path_exists(config)) return model_dir(o, a, path);
    return sc__path_is_dir(documents) ? corpus_dir(o, a, path) : other_dir(o, a, path);
}

/* ---------------------------------------------------------------------------------------------- */

sc_status sc_inspect(char **out, const char *path, sc_text_form form) {
    sc_arena a = SC_ARENA_INIT;
    sc_buffer b = SC_BUFFER_INIT;
    json_t *o = json_object();
    *out = NULL;
    sc_status s = o ? describe(o, &a, path) : no_memory(path);
    if (s >= 0 && form == SC_FORM_JSON) sc__json_print_lines(&b, o);
    if (s >= 0 && form == SC_FORM_TABLE) sc__inspect_print(&b, o);
    if (s >= 0) s = b.status;
    if (s >= 0)
        *out = b.data;
    else
        sc__buffer_deinit(&b);
    json_decref(o);
    sc__arena_deinit(&a);
    return s;
}
