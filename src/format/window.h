/* window.h - a stream with room before it: readers of formats look at what they have, ask for more
 * and take what they are done with, so that memory follows the longest item and not the file. */
#ifndef SC_FORMAT_WINDOW_H
#define SC_FORMAT_WINDOW_H

#include "format/stream.h"

typedef struct {
    sc_stream *stream; /* borrowed */
    sc_buffer raw;
    size_t used;   /* of raw */
    uint64_t base; /* bytes of the stream before raw */
    bool ended;
    bool damaged; /* the last read failed */
} sc_window;

void sc__window_deinit(sc_window *w); /* the buffer only */
static inline char *sc__window_at(const sc_window *w) {
    return w->raw.data ? w->raw.data + w->used : NULL;
}
static inline size_t sc__window_left(const sc_window *w) { return w->raw.len - w->used; }
static inline uint64_t sc__window_offset(const sc_window *w) { return w->base + w->used; }
static inline void sc__window_take(sc_window *w, size_t n) { w->used += n; }
/* One read more; pointers into the window are void after it. `ended` tells of the end. */
SC_MUST_USE sc_status sc__window_more(sc_window *w);
/* Reads until n bytes are there or the stream ends. */
SC_MUST_USE sc_status sc__window_need(sc_window *w, size_t n);
/* Takes the next line and its end (\n); *line is NULL when there is none, else n bytes which are
 * valid until the next call. A line of more than `max` bytes is passed over: SC_FORMAT. */
SC_MUST_USE sc_status sc__window_line(char **line, size_t *n, sc_window *w, size_t max);

#endif
