/* same_url.c - a URL as it is compared: what does not change which page it is, is left out.
 *
 * Source: RFC 3986, section 6 (case of scheme and host, default ports, empty paths); beyond it
 * http and https are one, "www.", fragments, tracking parameters and the slash at the end go. */
#include "format/url.h"
#include "stage/curation/dedup/dedup.h"

#include <string.h>

static const struct {
    const char *name;
    bool is_prefix;
} tracking[] = {
#define PREFIX(name) {name, true},
#define NAME(name)   {name, false},
#include "stage/curation/dedup/tracking.def"
#undef PREFIX
#undef NAME
};

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c; }

static bool begins(sc_slice s, const char *prefix) {
    const size_t n = strlen(prefix);
    if (s.n < n) return false;
    for (size_t i = 0; i < n; i++)
        if (lower(s.p[i]) != prefix[i]) return false;
    return true;
}

static sc_slice from(sc_slice s, size_t n) { return (sc_slice){s.p + n, s.n - n}; }

/* How much of it comes before one of these characters. */
static size_t length_to(sc_slice s, const char *ends) {
    size_t n = 0;
    while (n < s.n && (!s.p[n] || !strchr(ends, s.p[n]))) n++;
    return n;
}

static bool is_tracking(sc_slice parameter) {
    const sc_slice name = {parameter.p, length_to(parameter, "=")};
    for (int i = 0; i < SC_LEN(tracking); i++)
        if (begins(name, tracking[i].name) &&
            (tracking[i].is_prefix || name.n == strlen(tracking[i].name)))
            return true;
    return false;
}

static void append_lower(sc_buffer *out, sc_slice s) {
    for (size_t i = 0; i < s.n; i++) sc__buffer_putc(out, lower(s.p[i]));
}

static bool is(sc_slice s, const char *text) { return s.n == strlen(text) && begins(s, text); }

/* http and https, which need not be said. */
static bool is_web(const sc_url *u) {
    return !u->scheme.p || is(u->scheme, "http") || is(u->scheme, "https");
}

/* "user@Host:80" as it is compared. */
static void append_authority(sc_buffer *out, const sc_url *u) {
    const bool web = is_web(u);
    const sc_slice host = web && begins(u->host, "www.") ? from(u->host, 4) : u->host;
    const bool is_usual = web && (is(u->port, "80") || is(u->port, "443"));
    if (u->user.p) {
        sc__buffer_append(out, u->user.p, u->user.n);
        sc__buffer_putc(out, '@');
    }
    append_lower(out, host);
    if (!u->port.n || is_usual) return;
    sc__buffer_putc(out, ':');
    sc__buffer_append(out, u->port.p, u->port.n);
}

static void append_parameters(sc_buffer *out, sc_slice query) {
    for (char before = '?'; query.n;) {
        const sc_slice one = {query.p, length_to(query, "&")};
        query = from(query, SC_MIN(one.n + 1, query.n));
        if (!one.n || is_tracking(one)) continue;
        sc__buffer_putc(out, before);
        sc__buffer_append(out, one.p, one.n);
        before = '&';
    }
}

void sc__url_normalize(sc_buffer *out, sc_slice url) {
    sc_url u;
    sc__url_parse(&u, url);
    if (!is_web(&u)) {
        append_lower(out, u.scheme);
        sc__buffer_puts(out, u.host.p ? "://" : ":");
    }
    append_authority(out, &u);
    while (u.path.n && u.path.p[u.path.n - 1] == '/') u.path.n--;
    sc__buffer_append(out, u.path.p, u.path.n);
    append_parameters(out, u.query);
}
