/* url.c - a URL as it is compared: what does not change which page it is, is left out.
 *
 * Source: RFC 3986, section 6 (case of scheme and host, default ports, empty paths); beyond it
 * http and https are one, "www.", fragments, tracking parameters and the slash at the end go. */
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

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static sc_slice trim(sc_slice s) {
    while (s.n && is_space(*s.p)) s = from(s, 1);
    while (s.n && is_space(s.p[s.n - 1])) s.n--;
    return s;
}

static bool is_tracking(sc_slice parameter) {
    const sc_slice name = {parameter.p, length_to(parameter, "=")};
    for (int i = 0; i < SC_LEN(tracking); i++)
        if (begins(name, tracking[i].name) &&
            (tracking[i].is_prefix || name.n == strlen(tracking[i].name)))
            return true;
    return false;
}

/* "user@Host:80" as it is compared. */
static void append_host(sc_buffer *out, sc_slice host, bool is_web) {
    const char *user = host.n ? memchr(host.p, '@', host.n) : NULL;
    if (user) {
        const size_t n = (size_t)(user + 1 - host.p);
        sc__buffer_append(out, host.p, n);
        host = from(host, n);
    }
    if (is_web && begins(host, "www.")) host = from(host, 4);
    if (is_web && host.n > 3 && !memcmp(host.p + host.n - 3, ":80", 3)) host.n -= 3;
    if (is_web && host.n > 4 && !memcmp(host.p + host.n - 4, ":443", 4)) host.n -= 4;
    if (host.n && host.p[host.n - 1] == '.') host.n--;
    for (size_t i = 0; i < host.n; i++) sc__buffer_putc(out, lower(host.p[i]));
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

/* Leaves the rest of the URL; what is no web address keeps its scheme, in small letters. */
static sc_slice pass_scheme(sc_buffer *out, bool *is_web, sc_slice url) {
    *is_web = true;
    if (begins(url, "http://")) return from(url, 7);
    if (begins(url, "https://")) return from(url, 8);
    if (begins(url, "//")) return from(url, 2);
    const size_t n = length_to(url, ":/?#");
    *is_web = !(n + 2 < url.n && !memcmp(url.p + n, "://", 3));
    if (*is_web) return url;
    for (size_t i = 0; i < n + 3; i++) sc__buffer_putc(out, lower(url.p[i]));
    return from(url, n + 3);
}

void sc__url_normalize(sc_buffer *out, sc_slice url) {
    bool is_web;
    url = pass_scheme(out, &is_web, trim(url));
    url.n = length_to(url, "#");
    const sc_slice host = {url.p, length_to(url, "/?")};
    append_host(out, host, is_web);
    url = from(url, host.n);
    sc_slice path = {url.p, length_to(url, "?")};
    url = from(url, path.n);
    while (path.n && path.p[path.n - 1] == '/') path.n--;
    sc__buffer_append(out, path.p, path.n);
    if (url.n) append_parameters(out, from(url, 1));
}
