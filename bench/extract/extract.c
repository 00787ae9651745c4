/* extract.c - main text of all pages of a folder: the texts for score.py, and the time of it.
 * usage: extract FOLDER OUT.jsonl REPEAT */
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "format/extract/main_text.h"
#include "format/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *id;
    sc_buffer html;
} page;

static void need(sc_status s) {
    if (s >= 0) return;
    fprintf(stderr, "extract: %s\n", sc_error_text());
    exit(1);
}

static void load(page *p, char *path) {
    sc_stream *s;
    size_t got = 1;
    need(sc__stream_open(&s, path));
    while (got) {
        char *at = sc__buffer_extend(&p->html, 1 << 16);
        need(p->html.status);
        need(sc__stream_read(&got, s, at, 1 << 16));
        p->html.len -= (1 << 16) - got;
    }
    sc__stream_close(s);
    char *id = strdup(sc__path_name(path));
    id[strcspn(id, ".")] = 0;
    p->id = id;
}

static void save(sc_extractor *x, const page *pages, int64_t n, const char *path) {
    sc_buffer out = SC_BUFFER_INIT, text = SC_BUFFER_INIT;
    for (int64_t i = 0; i < n; i++) {
        sc_page_facts f;
        sc__buffer_clear(&text);
        need(sc__main_text(&text, &f, x, pages[i].html.data, pages[i].html.len));
        json_t *row =
            json_pack("{s:s, s:o, s:i, s:s, s:s, s:s, s:s, s:s, s:s}", "id", pages[i].id,
                      "articleBody", json_stringn(text.data ? text.data : "", text.len), "rule",
                      (int)f.rule, "title", f.title, "url", f.url, "language", f.language, "author",
                      f.author, "published", f.published, "licence", f.licence);
        sc__json_print(&out, row);
        sc__buffer_putc(&out, '\n');
        json_decref(row);
    }
    need(sc__file_write(path, out.data, out.len));
    sc__buffer_deinit(&text);
    sc__buffer_deinit(&out);
}

static double run(sc_extractor *x, const page *pages, int64_t n) {
    sc_buffer text = SC_BUFFER_INIT;
    sc_page_facts f;
    const double begin = sc__clock_now();
    for (int64_t i = 0; i < n; i++) {
        sc__buffer_clear(&text);
        need(sc__main_text(&text, &f, x, pages[i].html.data, pages[i].html.len));
    }
    const double seconds = sc__clock_now() - begin;
    sc__buffer_deinit(&text);
    return seconds;
}

int main(int argc, char **argv) {
    sc_arena arena = SC_ARENA_INIT;
    sc_paths found;
    sc_extractor *x;
    if (argc != 4) return fputs("usage: extract FOLDER OUT.jsonl REPEAT\n", stderr), 2;
    need(sc__paths_find(&found, &arena, argv[1]));
    page *pages = calloc((size_t)found.n, sizeof *pages);
    size_t bytes = 0;
    for (int64_t i = 0; i < found.n; i++) {
        load(&pages[i], found.paths[i]);
        bytes += pages[i].html.len;
    }
    need(sc__extractor_open(&x, NULL));
    save(x, pages, found.n, argv[2]);
    double best = 1e9;
    for (int i = 0; i < atoi(argv[3]); i++) {
        const double seconds = run(x, pages, found.n);
        if (seconds < best) best = seconds;
    }
    printf("{\"pages\": %lld, \"bytes\": %zu, \"seconds\": %.6f, \"mb_per_s\": %.2f}\n",
           (long long)found.n, bytes, best, (double)bytes / best / 1e6);
    return 0;
}
