/* test_same_url.c - which addresses are the same page. */
#include "test.h"

#include "stage/curation/dedup/dedup.h"

static void check(const char *url, const char *want) {
    sc_buffer b = SC_BUFFER_INIT;
    sc__url_normalize(&b, (sc_slice){url, strlen(url)});
    CHECK_OK(b.status);
    CHECK_STR(b.data ? b.data : "", want);
    sc__buffer_deinit(&b);
}

TEST(url_normal, "stage/curation/dedup/same_url/normalized") {
    check("http://example.com/a", "example.com/a");
    check("https://www.Example.COM/a/", "example.com/a");
    check(" HTTPS://EXAMPLE.com:443/A#top ", "example.com/A");
    check("http://example.com:80", "example.com");
    check("http://example.com:8080/", "example.com:8080");
    check("//example.com./x", "example.com/x");
    check("example.com/a?", "example.com/a");
    check("http://example.com/a?utm_source=x&b=1&fbclid=2&c=", "example.com/a?b=1&c=");
    check("http://example.com/?UTM_Campaign=x", "example.com");
    check("http://example.com?id=1", "example.com?id=1");
    check("http://example.com/?gclidx=1&&a", "example.com?gclidx=1&a");
    check("http://example.com/a//", "example.com/a");
    check("http://user@WWW.example.com/", "user@example.com");
    check("FTP://www.Example.com/a", "ftp://www.example.com/a");
    check("ftp://Example.com:80/", "ftp://example.com:80");
    check("URN:isbn:0-395-36341-1", "urn:isbn:0-395-36341-1");
    check("http://[2001:DB8::1]:443/a", "[2001:db8::1]/a");
    check("", "");
    check("http://", "");
    check("#", "");
    check("?", "");
    check("https://example.com/\xEC\x95\x88", "example.com/\xEC\x95\x88");
}
