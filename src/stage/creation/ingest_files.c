/* ingest_files.c - the output of ingest; see ingest_files.h. */
#include "stage/creation/ingest_files.h"

#include <string.h>

enum { DIGITS = 5, NUMBERS = 100000 };

static sc_status no_memory(const sc_ingest_files *f) { return SC_FAIL(SC_NOMEM, "%s", f->out); }

/* "00012.jsonl.zst", perhaps with the number of a process before, and all behind "PREFIX-": what
 * ingest names its files. */
static bool is_ours(const char *name, const char *prefix) {
    const size_t n = prefix ? strlen(prefix) : 0;
    if (n && (strncmp(name, prefix, n) != 0 || name[n] != '-')) return false;
    if (n) name += n + 1;
    const size_t digits = strspn(name, "0123456789");
    if (digits && name[digits] == '-') return is_ours(name + digits + 1, NULL);
    return digits == DIGITS && !strcmp(name + digits, ".jsonl.zst");
}

/* What would be replaced must be an earlier run's. */
static sc_status check_old(sc_ingest_files *f, const char *prefix) {
    sc_paths found;
    if (!sc__path_exists(f->folder) || sc__paths_find(&found, &f->arena, f->folder) < 0)
        return SC_OK;
    for (int64_t i = 0; i < found.n; i++)
        if (!is_ours(sc__path_name(found.paths[i]), prefix))
            return SC_FAIL(SC_FORMAT, "%s: is not from ingest and would be lost", found.paths[i]);
    return SC_OK;
}

static sc_status open_folder(sc_ingest_files *f, const sc_ingest_options *o) {
    const bool shared = o->common.n_shards > 1;
    f->folder = sc__path_join(&f->arena, f->out, "documents");
    if (!f->folder) return no_memory(f);
    f->writing = shared ? f->folder : sc__arena_printf(&f->arena, "%s.tmp", f->folder);
    const char *name = o->prefix ? o->prefix : "", *dash = *name ? "-" : "";
    f->prefix = shared ? sc__arena_printf(&f->arena, "%s%s%d-", name, dash, o->common.shard)
                       : sc__arena_printf(&f->arena, "%s%s", name, dash);
    if (!f->writing || !f->prefix) return no_memory(f);
    SC_TRY(check_old(f, o->prefix));
    SC_TRY(sc__dir_make(f->out));
    if (!shared) SC_TRY(sc__dir_remove(f->writing));
    return sc__dir_make(f->writing);
}

sc_status sc__ingest_files_open(sc_ingest_files *f, const char *out, const sc_ingest_options *o) {
    *f = (sc_ingest_files){.out = out,
                           .file_bytes = o->file_bytes ? o->file_bytes : (size_t)1 << 30};
    return sc__output_is_file(out) ? sc__output_open(&f->file, out) : open_folder(f, o);
}

static sc_status end_file(sc_ingest_files *f) {
    f->n = 0;
    return f->file.open ? sc__output_commit(&f->file) : SC_OK;
}

static sc_status next_file(sc_ingest_files *f) {
    if (f->number == NUMBERS)
        return SC_FAIL(SC_USAGE, "%s: more than %d files: let each hold more (file size)", f->out,
                       NUMBERS);
    const char *path =
        sc__arena_printf(&f->arena, "%s/%s%05d.jsonl.zst", f->writing, f->prefix, f->number++);
    return path ? sc__output_open(&f->file, path) : no_memory(f);
}

sc_status sc__ingest_files_append(sc_ingest_files *f, const void *packed, size_t n, size_t n_json) {
    if (f->folder && f->n >= f->file_bytes) SC_TRY(end_file(f));
    if (!f->file.open) SC_TRY(next_file(f));
    f->n += n_json;
    return sc__output_append(&f->file, packed, n);
}

sc_status sc__ingest_files_commit(sc_ingest_files *f) {
    SC_TRY(end_file(f));
    if (!f->folder || f->writing == f->folder) return SC_OK;
    SC_TRY(sc__dir_remove(f->folder));
    SC_TRY(sc__dir_publish(f->writing, f->folder));
    f->writing = f->folder;
    return SC_OK;
}

void sc__ingest_files_close(sc_ingest_files *f) {
    sc__output_close(&f->file);
    if (f->folder && f->writing && f->writing != f->folder && sc__dir_remove(f->writing) < 0)
        f->writing = NULL; /* it stays; the next run removes it */
    sc__arena_deinit(&f->arena);
}
