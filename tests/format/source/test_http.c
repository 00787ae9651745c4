/* test_http.c - headers and bodies as crawlers stored them. */
#include "test.h"

#include "format/source/http.h"
#include "format/source/pack.h"

static void check_body(const char *response, size_t n, const char *want) {
    sc_buffer room = SC_BUFFER_INIT;
    sc_http h;
    CHECK_OK(sc__http_parse(&h, &room, response, n, 1000));
    if (h.n != strlen(want) || memcmp(h.body, want, h.n) != 0)
        test_fail(__FILE__, __LINE__, "body \"%.*s\", want \"%s\"", (int)h.n, h.body, want);
    sc__buffer_deinit(&room);
}
#define BODY(response, want) check_body(response, sizeof(response) - 1, want)

TEST(http_header, "format/source/http/header") {
    static const char text[] =
        "HTTP/1.1 404 Not Found\r\nContent-type: Text/HTML; a=b;Charset=\"UTF-8\"\r\n"
        "X: y\r\n\r\nbody";
    sc_buffer room = SC_BUFFER_INIT;
    sc_http h;
    CHECK_OK(sc__http_parse(&h, &room, text, sizeof text - 1, 1000));
    CHECK_INT(h.status, 404);
    CHECK_STR(h.type, "text/html");
    CHECK_STR(h.charset, "utf-8");
    CHECK(h.n == 4 && !memcmp(h.body, "body", 4));
    CHECK_STATUS(SC_FORMAT, sc__http_parse(&h, &room, "GET / HTTP/1.1", 14, 1000));
    CHECK_STATUS(SC_FORMAT, sc__http_parse(&h, &room, "HTTP/1.1 OK", 11, 1000));
    BODY("HTTP/1.1 200 OK\nA: b\n\nbody", "body");
    BODY("HTTP/1.0 200 \r\n\r\n", "");
    BODY("HTTP/1.0 200 OK", "");
    sc__buffer_deinit(&room);
}

TEST(http_robots, "format/source/http/robots") {
    static const char text[] = "HTTP/1.1 200 OK\r\nX-Robots-Tag: noarchive\r\nA: b\r\n"
                               "x-robots-tag: bot: NoIndex\r\n\r\n";
    sc_buffer room = SC_BUFFER_INIT, many = SC_BUFFER_INIT;
    sc_http h;
    CHECK_OK(sc__http_parse(&h, &room, text, sizeof text - 1, 1000));
    CHECK_STR(h.robots, "noarchive, bot: noindex");
    sc__buffer_puts(&many, "HTTP/1.1 200 OK\n");
    for (int i = 0; i < 50; i++) sc__buffer_puts(&many, "X-Robots-Tag: none\n");
    CHECK_OK(sc__http_parse(&h, &room, many.data, many.len, 1000));
    CHECK(strlen(h.robots) > 70 && strlen(h.robots) < sizeof h.robots);
    sc__buffer_deinit(&many);
    sc__buffer_deinit(&room);
}

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

TEST(http_chunks, "format/source/http/chunks") {
    BODY(CHUNKED "3\r\nabc\r\n0A;x=y\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", "abc0123456789");
    BODY(CHUNKED "0\r\n\r\n", "");
    BODY(CHUNKED "<html>not in chunks", "<html>not in chunks");
    static const char *const bad[] = {CHUNKED "3\r\nab", CHUNKED "3\r\nabc\r\n",
                                      CHUNKED "3\r\nabc\r\nxyz\r\n",
                                      CHUNKED "3\r\nabc\r\nffffffffffffffffff\r\nabc"};
    for (int i = 0; i < SC_LEN(bad); i++) {
        sc_buffer room = SC_BUFFER_INIT;
        sc_http h;
        CHECK_STATUS(SC_FORMAT, sc__http_parse(&h, &room, bad[i], strlen(bad[i]), 1000));
        CHECK_ERROR("chunk");
        sc__buffer_deinit(&room);
    }
}

static void check_encoded(const char *encoding, void (*add)(sc_buffer *, const char *, size_t)) {
    sc_buffer b = SC_BUFFER_INIT, room = SC_BUFFER_INIT, bomb = SC_BUFFER_INIT;
    char zeros[5000] = "";
    sc_http h;
    sc__buffer_printf(&b, "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\n\r\n", encoding);
    sc__buffer_append(&bomb, b.data, b.len);
    add(&b, "the body", 8);
    check_body(b.data, b.len, "the body");
    for (size_t n = b.len - 3; n > b.len - 9; n--)
        CHECK_STATUS(SC_FORMAT, sc__http_parse(&h, &room, b.data, n, 1000));
    add(&bomb, zeros, sizeof zeros);
    CHECK_STATUS(SC_FORMAT, sc__http_parse(&h, &room, bomb.data, bomb.len, 1000));
    CHECK_ERROR("longer than 1000");
    sc__buffer_deinit(&b);
    sc__buffer_deinit(&room);
    sc__buffer_deinit(&bomb);
}

TEST(http_encodings, "format/source/http/encodings") {
    check_encoded("gzip", add_gzip);
    check_encoded("zstd", add_zstd);
    BODY("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nstored decoded", "stored decoded");
    BODY("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n<html>", "<html>");
    BODY("HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\n\r\nbody", "body");
    sc_buffer room = SC_BUFFER_INIT, inner = SC_BUFFER_INIT, twice = SC_BUFFER_INIT;
    sc_http h;
    sc__buffer_puts(&twice, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip, identity ,GZIP\r\n\r\n");
    add_gzip(&inner, "the body", 8);
    add_gzip(&twice, inner.data, inner.len);
    check_body(twice.data, twice.len, "the body");
    sc__buffer_deinit(&inner);
    sc__buffer_deinit(&twice);
    /* stored bytes (RFC 7932, section 9.2): 5 of them, then the last, empty part */
    static const char br[] = "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n\x0B\x02\x80hello\x03";
    check_body(br, sizeof br - 1, "hello");
    CHECK_STATUS(SC_FORMAT, sc__http_parse(&h, &room, br, sizeof br - 3, 1000));
    CHECK_ERROR("damaged brotli");
    static const char odd[] = "HTTP/1.1 200 OK\r\nContent-Encoding: pack200-gzip\r\n\r\nxyz";
    CHECK_STATUS(SC_FORMAT, sc__http_parse(&h, &room, odd, sizeof odd - 1, 1000));
    CHECK_ERROR("pack200-gzip is not read");
    sc__buffer_deinit(&room);
}
