/* job.c - see job.h. */
#include "job.h"

#include "base/random.h"
#include "format/stream.h"

char *job_line(int id, const char *text) {
    static char *ring[4096];
    static int next;
    sc_buffer b = SC_BUFFER_INIT;
    json_t *o = json_pack("{s:o, s:s}", "id", json_sprintf("%d", id), "text", text);
    sc__json_print(&b, o);
    json_decref(o);
    CHECK_OK(b.status);
    free(ring[next]);
    ring[next] = strdup(b.data);
    sc__buffer_deinit(&b);
    char *line = ring[next];
    next = (next + 1) % SC_LEN(ring);
    return line;
}

const char *job_path(const char *name) {
    static char kept[512][200];
    static int n;
    const char *path = test_path(name);
    for (int i = 0; i < n; i++)
        if (!strcmp(kept[i], path)) return kept[i];
    CHECK(n < SC_LEN(kept));
    snprintf(kept[n], sizeof kept[n], "%s", path);
    return kept[n++];
}

void job_put(const char *const *lines, int n, int n_files) {
    setenv("SOCLE_HOME", test_path("home"), 1);
    CHECK_OK(sc__dir_make(test_path("in")));
    for (int f = 0; f < n_files; f++) {
        sc_buffer b = SC_BUFFER_INIT;
        char name[32];
        for (int i = 0; i < n; i++)
            if ((int64_t)i * n_files / n == f) sc__buffer_printf(&b, "%s\n", lines[i]);
        snprintf(name, sizeof name, "in/%03d.jsonl", f);
        CHECK_OK(sc__file_write(test_path(name), b.data ? b.data : "", b.len));
        sc__buffer_deinit(&b);
    }
}

const char *job_random_line(int id) {
    static char lines[2048][1024];
    sc_buffer text = SC_BUFFER_INIT;
    uint64_t k = (uint64_t)id * 1000;
    const int n_lines = (int)sc__random_below(test_seed(), 2, k++, 5);
    for (int l = 0; l < n_lines; l++) {
        const int words = 1 + (int)sc__random_below(test_seed(), 2, k++, 3);
        for (int w = 0; w < words; w++)
            sc__buffer_printf(&text, "word%d ", (int)sc__random_below(test_seed(), 2, k++, 4));
        sc__buffer_puts(&text, sc__random_below(test_seed(), 2, k++, 3) ? "\\n" : "\\n\\n");
    }
    snprintf(lines[id], sizeof lines[0],
             "{\"id\":\"%d\",\"text\":\"%s\",\"metadata\":{\"url\":\"http://x.org/%d\"}}", id,
             text.data ? text.data : "", (int)sc__random_below(test_seed(), 2, k, 500));
    sc__buffer_deinit(&text);
    return lines[id];
}

void job_put_random(int n, int n_files) {
    const char *lines[2048];
    for (int i = 0; i < n; i++) lines[i] = job_random_line(i);
    job_put(lines, n, n_files);
}

const char *job_run(sc_dedup_report *r, const char *name, const sc_dedup_options *o) {
    const char *in = job_path("in"), *out = job_path(name);
    CHECK_OK(sc_data_dedup(r, &in, 1, out, o));
    return out;
}

static void read_stream(sc_buffer *out, const char *path) {
    sc_stream *s;
    CHECK_OK(sc__stream_open(&s, path));
    for (size_t got = 1; got;) {
        char piece[4096];
        CHECK_OK(sc__stream_read(&got, s, piece, sizeof piece));
        sc__buffer_append(out, piece, got);
    }
    sc__stream_close(s);
}

static void add_lines(json_t *all, const char *path) {
    sc_buffer b = SC_BUFFER_INIT;
    read_stream(&b, path);
    for (const char *p = b.data, *end; b.len && p < b.data + b.len; p = end + 1) {
        json_t *o;
        end = strchr(p, '\n');
        CHECK(end);
        CHECK_OK(sc__json_parse(&o, p, (size_t)(end - p), path));
        json_array_append_new(all, o);
    }
    sc__buffer_deinit(&b);
}

json_t *job_read(const char *dir, const char *kind) {
    sc_arena a = SC_ARENA_INIT;
    sc_paths paths;
    json_t *all = json_array();
    CHECK_OK(sc__paths_find(&paths, &a, sc__path_join(&a, dir, kind)));
    for (int64_t i = 0; i < paths.n; i++) add_lines(all, paths.paths[i]);
    sc__arena_deinit(&a);
    return all;
}

static bool same_bytes(const char *a, const char *b) {
    sc_buffer x = SC_BUFFER_INIT, y = SC_BUFFER_INIT;
    CHECK_OK(sc__file_read(&x, a, 1 << 28));
    CHECK_OK(sc__file_read(&y, b, 1 << 28));
    const bool same = x.len == y.len && !memcmp(x.data, y.data, x.len);
    sc__buffer_deinit(&x);
    sc__buffer_deinit(&y);
    return same;
}

bool job_same(const char *a, const char *b, const char *kind) {
    sc_arena arena = SC_ARENA_INIT;
    sc_paths x, y;
    CHECK_OK(sc__paths_find(&x, &arena, sc__path_join(&arena, a, kind)));
    CHECK_OK(sc__paths_find(&y, &arena, sc__path_join(&arena, b, kind)));
    bool same = x.n == y.n;
    for (int64_t i = 0; same && i < x.n; i++)
        same = !strcmp(sc__path_name(x.paths[i]), sc__path_name(y.paths[i])) &&
               same_bytes(x.paths[i], y.paths[i]);
    sc__arena_deinit(&arena);
    return same;
}

bool job_same_all(const char *a, const char *b) {
    sc_arena arena = SC_ARENA_INIT;
    bool same = job_same(a, b, "documents") && job_same(a, b, "dropped");
    if (sc__path_exists(sc__path_join(&arena, a, "clusters")))
        same = same && job_same(a, b, "clusters");
    sc__arena_deinit(&arena);
    return same;
}
