/* licence.c - Creative Commons by rule, others by table. */
#include "format/extract/licence.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *address, *spdx;
} known[] = {
#define LICENCE(address, spdx) {address, spdx},
#include "format/extract/licences.def"
#undef LICENCE
};

/* The licences made for one country that are on the SPDX list; others of CC's are references. */
static const char *const of_countries[] = {
    "CC-BY-2.5-AU",       "CC-BY-3.0-AT",        "CC-BY-3.0-AU",        "CC-BY-3.0-DE",
    "CC-BY-3.0-IGO",      "CC-BY-3.0-NL",        "CC-BY-3.0-US",        "CC-BY-NC-3.0-DE",
    "CC-BY-NC-ND-3.0-DE", "CC-BY-NC-ND-3.0-IGO", "CC-BY-NC-SA-2.0-DE",  "CC-BY-NC-SA-2.0-FR",
    "CC-BY-NC-SA-2.0-UK", "CC-BY-NC-SA-3.0-DE",  "CC-BY-NC-SA-3.0-IGO", "CC-BY-ND-3.0-DE",
    "CC-BY-SA-2.0-UK",    "CC-BY-SA-2.1-JP",     "CC-BY-SA-3.0-AT",     "CC-BY-SA-3.0-DE",
    "CC-BY-SA-3.0-IGO"};
static const char *const versions[] = {"1.0", "2.0", "2.5", "3.0", "4.0"};

static bool is_one_of(const char *text, const char *const *list, int n) {
    for (int i = 0; i < n; i++)
        if (!strcmp(text, list[i])) return true;
    return false;
}

/* Length up to the next slash or end; a file at the end (legalcode, deed.de) is no part. */
static size_t part_length(const char *p) { return strcspn(p, "/?#"); }

static bool has_term(const char *terms, size_t n, const char *term) {
    for (size_t i = 0; i + 2 <= n; i += 3)
        if (!strncasecmp(terms + i, term, 2) && (i + 2 == n || terms[i + 2] == '-')) return true;
    return false;
}

/* by-nc-sa/3.0/de/deed.de -> CC-BY-NC-SA-3.0-DE */
static bool read_cc(char out[SC_LICENCE_MAX], const char *p) {
    const size_t n = part_length(p);
    if (n < 2 || n > 11 || p[n] != '/') return false;
    const char *by = has_term(p, n, "by") ? "-BY" : "", *nc = has_term(p, n, "nc") ? "-NC" : "",
               *nd = has_term(p, n, "nd") ? "-ND" : "", *sa = has_term(p, n, "sa") ? "-SA" : "";
    if (strlen(by) + strlen(nc) + strlen(nd) + strlen(sa) != n + 1) return false;
    const char *version = p + n + 1;
    const size_t v = part_length(version);
    if (v != 3 || version[1] != '.' || version[0] < '1' || version[0] > '4') return false;
    char country[4] = "";
    if (version[v] == '/') {
        const char *c = version + v + 1;
        const size_t m = part_length(c);
        for (size_t i = 0; m >= 2 && m <= 3 && i < m; i++) country[i] = (char)(c[i] & ~32);
    }
    char name[SC_LICENCE_MAX - 16];
    snprintf(name, sizeof name, "CC%s%s%s%s-%.3s%s%s", by, nc, nd, sa, version, *country ? "-" : "",
             country);
    char number[4] = {version[0], '.', version[2], 0};
    const bool listed = *country ? is_one_of(name, of_countries, SC_LEN(of_countries))
                                 : *by && is_one_of(number, versions, SC_LEN(versions));
    snprintf(out, SC_LICENCE_MAX, "%s%s", listed ? "" : "LicenseRef-", name);
    return true;
}

static const char *after(const char *p, const char *prefix) {
    const size_t n = strlen(prefix);
    return strncasecmp(p, prefix, n) ? NULL : p + n;
}

bool sc__licence_find(char out[SC_LICENCE_MAX], const char *url) {
    static const char *const fronts[] = {"https:", "http:", "//", "www."};
    out[0] = 0;
    while (*url == ' ' || *url == '\n' || *url == '\t') url++;
    for (int i = 0; i < SC_LEN(fronts); i++) {
        const char *rest = after(url, fronts[i]);
        if (rest) url = rest;
    }
    const char *cc = after(url, "creativecommons.org/licenses/");
    if (cc && read_cc(out, cc)) return true;
    for (int i = 0; i < SC_LEN(known); i++) {
        if (!after(url, known[i].address)) continue;
        snprintf(out, SC_LICENCE_MAX, "%s", known[i].spdx);
        return true;
    }
    return false;
}
