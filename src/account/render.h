/* render.h - JSON rows as text for people: aligned columns, trees, sizes. */
#ifndef SC_ACCOUNT_RENDER_H
#define SC_ACCOUNT_RENDER_H

#include "base/json.h"

/* Appends lines of cells, separated by tabs, with each column as wide as its widest cell that
 * another follows. */
void sc__render_table(sc_buffer *out, const char *tsv);
/* "12.3 MB", "512 B"; "2 h 5 min", "1.2 s"; "1.3 kJ" and "-" for what is not known. */
void sc__render_bytes(sc_buffer *out, double bytes);
void sc__render_seconds(sc_buffer *out, double seconds);
void sc__render_joules(sc_buffer *out, const json_t *joules, const char *source);
/* A text as one cell: tabs and control characters become spaces. NULL is "-". */
void sc__render_cell(sc_buffer *out, const char *text);

#endif
