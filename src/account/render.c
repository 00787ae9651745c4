/* render.c - see render.h. */
#include "account/render.h"

#include "base/utf8.h"
#include <stdio.h>
#include <string.h>

enum { MAX_COLUMNS = 16, GAP = 2 };

/* Code points: near enough for paths and names. */
static int width(const char *s, size_t n) { return (int)sc__utf8_count(s, n); }

/* Calls itself done at the end of the line; returns the cell's length. */
static size_t cell(const char *at) { return strcspn(at, "\t\n"); }

static bool has_cells(const char *line) { return line[cell(line)] == '\t'; }

static const char *next_line(const char *line) {
    line += strcspn(line, "\n");
    return line + (*line == '\n');
}

void sc__render_table(sc_buffer *out, const char *tsv) {
    int widths[MAX_COLUMNS] = {0};
    for (const char *line = tsv; *line; line = next_line(line)) {
        const char *at = line;
        for (int c = 0; has_cells(line) && c < MAX_COLUMNS; c++) {
            const size_t n = cell(at);
            if (at[n] != '\t') break; /* the last cell needs no room after it */
            widths[c] = SC_MAX(widths[c], width(at, n));
            at += n + 1;
        }
    }
    for (const char *line = tsv; *line; line = next_line(line)) {
        const char *at = line;
        for (int c = 0;; c++) {
            const size_t n = cell(at);
            sc__buffer_append(out, at, n);
            if (at[n] != '\t') break;
            if (at[n + 1] == '\n') break; /* no spaces at the end of a line */
            const int pad = c < MAX_COLUMNS ? widths[c] - width(at, n) : 0;
            sc__buffer_printf(out, "%*s", pad + GAP, "");
            at += n + 1;
        }
        sc__buffer_putc(out, '\n');
    }
}

void sc__render_bytes(sc_buffer *out, double bytes) {
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    int u = 0;
    for (; bytes >= 999.95 && u < 4; u++) bytes /= 1000;
    sc__buffer_printf(out, u && bytes < 99.95 ? "%.1f %s" : "%.0f %s", bytes, units[u]);
}

void sc__render_seconds(sc_buffer *out, double seconds) {
    const int64_t s = (int64_t)(seconds + 0.5);
    if (seconds < 99.95)
        sc__buffer_printf(out, "%.1f s", seconds);
    else if (s < 3600)
        sc__buffer_printf(out, "%d min %d s", (int)(s / 60), (int)(s % 60));
    else
        sc__buffer_printf(out, "%lld h %d min", (long long)(s / 3600), (int)(s / 60 % 60));
}

void sc__render_joules(sc_buffer *out, const json_t *joules, const char *source) {
    if (!json_is_number(joules)) {
        sc__buffer_putc(out, '-');
        return;
    }
    static const char *const units[] = {"J", "kJ", "MJ", "GJ"};
    double j = json_number_value(joules);
    int u = 0;
    for (; j >= 999.95 && u < 3; u++) j /= 1000;
    sc__buffer_printf(out, "%.1f %s", j, units[u]);
    if (source && strcmp(source, "rapl")) {
        sc__buffer_puts(out, " (");
        sc__render_cell(out, source);
        sc__buffer_putc(out, ')');
    }
}

void sc__render_cell(sc_buffer *out, const char *text) {
    if (!text) text = "-";
    for (; *text; text++) {
        const bool plain = (unsigned char)*text >= 0x20 && *text != 0x7F;
        sc__buffer_putc(out, plain ? *text : ' ');
    }
}
