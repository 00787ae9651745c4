/* text.c - edit distance with swaps of neighbours (optimal string alignment), three rows at a time.
 */
#include "base/text.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

enum { MAX_WORD = 63 }; /* longer words are nobody's typing error */

static int min3(int a, int b, int c) { return SC_MIN(a, SC_MIN(b, c)); }

static int distance(const char *a, const char *b) {
    int rows[3][MAX_WORD + 1];
    const int n = (int)strlen(a), m = (int)strlen(b);
    for (int j = 0; j <= m; j++) rows[0][j] = j;
    for (int i = 1; i <= n; i++) {
        int *row = rows[i % 3];
        const int *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];
        row[0] = i;
        for (int j = 1; j <= m; j++) {
            row[j] = min3(up[j] + 1, row[j - 1] + 1, up[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = SC_MIN(row[j], up2[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

const char *sc__nearest(const char *word, const char *const *candidates) {
    const size_t len = strlen(word);
    if (len == 0 || len > MAX_WORD) return NULL;
    const char *best = NULL;
    int best_distance = SC_MAX(1, (int)len / 3) + 1;
    for (; *candidates; candidates++) {
        if (strlen(*candidates) > MAX_WORD) continue;
        const int d = distance(word, *candidates);
        if (d < best_distance) {
            best = *candidates;
            best_distance = d;
        }
    }
    return best;
}

sc_status sc__name_find(int *out, const char *what, const char *name, const char *const *names) {
    char known[256] = "";
    for (int i = 0; names[i]; i++) {
        if (!strcmp(names[i], name)) {
            *out = i;
            return SC_OK;
        }
        const size_t n = strlen(known);
        snprintf(known + n, sizeof known - n, "%s%s", n ? ", " : "", names[i]);
    }
    const char *near = sc__nearest(name, names);
    return SC_FAIL(SC_USAGE, "no %s is called \"%s\"; %s%s%sthere are %s", what, name,
                   near ? "did you mean \"" : "", near ? near : "", near ? "\"? " : "", known);
}

bool sc__take_line(sc_slice *line, sc_slice *rest) {
    if (!rest->n) return false;
    const char *newline = memchr(rest->p, '\n', rest->n);
    const size_t n = newline ? (size_t)(newline - rest->p) : rest->n;
    const size_t taken = n + (newline != NULL);
    *line = (sc_slice){rest->p, n};
    *rest = (sc_slice){rest->p + taken, rest->n - taken};
    return true;
}

bool sc__take_entry(sc_slice *entry, sc_slice *rest) {
    while (sc__take_line(entry, rest)) {
        for (; entry->n && (unsigned char)*entry->p <= ' '; entry->n--) entry->p++;
        while (entry->n && (unsigned char)entry->p[entry->n - 1] <= ' ') entry->n--;
        if (entry->n && *entry->p != '#') return true;
    }
    return false;
}

const char *sc_text_nearest(const char *word, const char *const *candidates) {
    return sc__nearest(word, candidates);
}

void sc_text_free(char *text) { sc__free(text); }
