/* output.c - see output.h. */
#include "format/output.h"

#include "format/stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool sc__output_is_file(const char *out) {
    return !strcmp(out, "-") || sc__stream_has_suffix(out, ".jsonl");
}

const char *sc__output_packing(const char *out) {
    if (!strcmp(out, "-")) return "plain";
    return sc__output_is_file(out) ? out : ".jsonl.zst";
}

sc_status sc__output_open(sc_output *o, const char *path) {
    *o = (sc_output){.to_stdout = !strcmp(path, "-")};
    if (!o->to_stdout) SC_TRY(sc__writer_open(&o->writer, path));
    o->open = true;
    return SC_OK;
}

static sc_status to_stdout(const char *p, size_t n) {
    while (n) {
        const ssize_t done = write(STDOUT_FILENO, p, n);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return SC_FAIL(SC_IO, "standard output: %s", strerror(errno));
        p += done;
        n -= (size_t)done;
    }
    return SC_OK;
}

sc_status sc__output_append(sc_output *o, const void *packed, size_t n) {
    if (o->to_stdout) return to_stdout(packed, n);
    sc__writer_append(&o->writer, packed, n);
    return o->writer.status;
}

static sc_status append_empty_archive(sc_output *o) {
    sc_buffer b = SC_BUFFER_INIT;
    sc_packer *p;
    SC_TRY(sc__packer_open(&p, o->writer.path));
    sc_status s = sc__packer_run(p, &b, "", 0);
    if (s >= 0) s = sc__output_append(o, b.data, b.len);
    sc__packer_close(p);
    sc__buffer_deinit(&b);
    return s;
}

sc_status sc__output_commit(sc_output *o) {
    sc_status s = SC_OK;
    if (!o->to_stdout && !o->writer.written) s = append_empty_archive(o);
    if (s >= 0 && !o->to_stdout) s = sc__writer_commit(&o->writer);
    sc__output_close(o);
    return s;
}

void sc__output_close(sc_output *o) {
    if (o->open && !o->to_stdout) sc__writer_abandon(&o->writer);
    o->open = false;
}
