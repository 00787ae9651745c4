/* window.c - a stream with room before it; see window.h. */
#include "format/window.h"

#include <string.h>

enum { PIECE = 1 << 18 };

void sc__window_deinit(sc_window *w) {
    sc__buffer_deinit(&w->raw);
    w->used = 0;
}

sc_status sc__window_more(sc_window *w) {
    size_t got = 0;
    if (w->used) {
        memmove(w->raw.data, w->raw.data + w->used, w->raw.len - w->used);
        w->raw.len -= w->used;
        w->base += w->used;
        w->used = 0;
    }
    char *at = sc__buffer_extend(&w->raw, PIECE);
    if (!at) return w->raw.status;
    const sc_status s = sc__stream_read(&got, w->stream, at, PIECE);
    w->raw.len -= PIECE - got;
    w->raw.data[w->raw.len] = 0;
    if (s >= 0) w->ended = got == 0;
    w->damaged = s < 0;
    return s;
}

sc_status sc__window_need(sc_window *w, size_t n) {
    while (sc__window_left(w) < n && !w->ended) SC_TRY(sc__window_more(w));
    return SC_OK;
}

static sc_status pass_line(sc_window *w, size_t max) {
    for (;;) {
        const size_t left = sc__window_left(w);
        const char *at = sc__window_at(w), *end = left ? memchr(at, '\n', left) : NULL;
        sc__window_take(w, end ? (size_t)(end - at) + 1 : left);
        if (end || w->ended) return SC_FAIL(SC_FORMAT, "longer than %zu bytes", max);
        SC_TRY(sc__window_more(w));
    }
}

sc_status sc__window_line(char **line, size_t *n, sc_window *w, size_t max) {
    for (size_t searched = 0;;) {
        char *at = sc__window_at(w);
        const size_t left = sc__window_left(w);
        const char *end = left > searched ? memchr(at + searched, '\n', left - searched) : NULL;
        *n = end ? (size_t)(end - at) : left;
        if (*n > max) return pass_line(w, max);
        if (end || w->ended) {
            *line = end || left ? at : NULL;
            sc__window_take(w, *n + (end != NULL));
            return SC_OK;
        }
        searched = left;
        SC_TRY(sc__window_more(w));
    }
}
