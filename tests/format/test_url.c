/* test_url.c - the parts of addresses, as people write them. */
#include "test.h"

#include "format/url.h"

static sc_slice slice(const char *text) { return (sc_slice){text, strlen(text)}; }

static void check_part(const char *url, sc_slice got, const char *want) {
    if (want ? got.p && got.n == strlen(want) && !memcmp(got.p, want, got.n) : !got.p) return;
    test_fail(__FILE__, __LINE__, "%s: \"%.*s\", want \"%s\"", url, got.p ? (int)got.n : 6,
              got.p ? got.p : "(none)", want ? want : "(none)");
}

static void check_host(const char *url, const char *want) {
    check_part(url, sc__url_host(slice(url)), want);
}

TEST(url_hosts, "format/url/hosts") {
    check_host("http://example.org/a", "example.org");
    check_host("https://www.Example.org", "www.Example.org");
    check_host("https://user:pw@example.org:8080/a?b#c", "example.org");
    check_host("http://a@b@example.org/", "example.org");
    check_host("//example.org?x", "example.org");
    check_host("example.org/a", "example.org");
    check_host("localhost:80/a", "localhost");
    check_host("http://example.org./", "example.org");
    check_host("http://a.b//c.d/", "a.b"); /* slashes of the path */
    check_host("http://[2001:db8::1]:80/", "[2001:db8::1]");
    check_host("http://[2001:db8::1]/", "[2001:db8::1]");
    check_host(" http://example.org \n", "example.org");
    check_host("/a/b", NULL);
    check_host("mailto:a@example.org", NULL);
    check_host("urn:uuid:12", NULL);
    check_host("file:///a", NULL);
    check_host("http://", NULL);
    check_host("", NULL);
    CHECK(!sc__url_host((sc_slice){NULL, 0}).p);
}

TEST(url_parts, "format/url/parts") {
    static const struct {
        const char *url, *parts[7]; /* scheme, user, host, port, path, query, fragment */
    } rows[] = {
        {"https://u:p@h.org:8/a/b?x=1&y#top?",
         {"https", "u:p", "h.org", "8", "/a/b", "x=1&y", "top?"}},
        {"http://h?q", {"http", NULL, "h", NULL, "", "q", NULL}},
        {"http://h/#", {"http", NULL, "h", NULL, "/", NULL, ""}},
        {"urn:a:b", {"urn", NULL, NULL, NULL, "a:b", NULL, NULL}},
        {"h.org:", {NULL, NULL, "h.org", "", "", NULL, NULL}},
        {"/a", {NULL, NULL, NULL, NULL, "/a", NULL, NULL}},
    };
    for (int i = 0; i < SC_LEN(rows); i++) {
        sc_url u;
        sc__url_parse(&u, slice(rows[i].url));
        const sc_slice got[] = {u.scheme, u.user, u.host, u.port, u.path, u.query, u.fragment};
        for (int k = 0; k < SC_LEN(got); k++) check_part(rows[i].url, got[k], rows[i].parts[k]);
    }
}
