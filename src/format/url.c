/* url.c - cut from left to right, as appendix B of RFC 3986 does it; see url.h. */
#include "format/url.h"

#include <string.h>

static sc_slice from(sc_slice s, size_t n) { return (sc_slice){s.p + n, s.n - n}; }

/* How much of it comes before one of these characters. */
static size_t length_to(sc_slice s, const char *ends) {
    size_t n = 0;
    while (n < s.n && (!s.p[n] || !strchr(ends, s.p[n]))) n++;
    return n;
}

static bool begins(sc_slice s, const char *prefix) {
    const size_t n = strlen(prefix);
    return s.n >= n && !memcmp(s.p, prefix, n);
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static sc_slice trim(sc_slice s) {
    while (s.n && is_space(*s.p)) s = from(s, 1);
    while (s.n && is_space(s.p[s.n - 1])) s.n--;
    return s;
}

/* Takes what stands before one of these characters. */
static sc_slice take_to(sc_slice *rest, const char *ends) {
    const sc_slice part = {rest->p, length_to(*rest, ends)};
    *rest = from(*rest, part.n);
    return part;
}

static bool is_digit(char c) { return (unsigned char)(c - '0') < 10; }

static size_t digits_before(const char *p, size_t n) {
    size_t k = 0;
    while (k < n && is_digit(p[n - 1 - k])) k++;
    return k;
}

/* user@host:port */
static void parse_authority(sc_url *out, sc_slice s) {
    size_t at = s.n;
    while (at && s.p[at - 1] != '@') at--; /* the last one, as browsers have it */
    if (at) out->user = (sc_slice){s.p, at - 1};
    sc_slice host = from(s, at);
    const size_t port = host.n - digits_before(host.p, host.n);
    if (port && host.p[port - 1] == ':') {
        out->port = from(host, port);
        host.n = port - 1;
    }
    while (host.n && host.p[host.n - 1] == '.') host.n--;
    if (host.n) out->host = host;
}

/* Is this colon before the number of a port? */
static bool before_port(sc_slice colon) {
    const sc_slice number = from(colon, 1);
    const size_t n = length_to(number, "/?#");
    return digits_before(number.p, n) == n;
}

/* Takes a scheme and says whether a host follows: "scheme://", "//", or neither of them in front of
 * what may be a host. "urn:a" and "mailto:a@b" have a scheme and no host. */
static bool pass_scheme(sc_url *out, sc_slice *rest) {
    const size_t n = length_to(*rest, ":/?#");
    const sc_slice after = from(*rest, n);
    const bool has_slashes = begins(after, "://");
    if (begins(*rest, "//")) {
        *rest = from(*rest, 2);
        return true;
    }
    if (!begins(after, ":") || (!has_slashes && before_port(after))) return true;
    out->scheme = (sc_slice){rest->p, n};
    *rest = from(after, has_slashes ? 3 : 1);
    return has_slashes;
}

void sc__url_parse(sc_url *out, sc_slice url) {
    sc_slice rest = url.n ? trim(url) : (sc_slice){"", 0};
    *out = (sc_url){0};
    if (pass_scheme(out, &rest)) parse_authority(out, take_to(&rest, "/?#"));
    out->path = take_to(&rest, "?#");
    if (begins(rest, "?")) {
        rest = from(rest, 1);
        out->query = take_to(&rest, "#");
    }
    if (begins(rest, "#")) out->fragment = from(rest, 1);
}

sc_slice sc__url_host(sc_slice url) {
    sc_url u;
    sc__url_parse(&u, url);
    return u.host;
}
