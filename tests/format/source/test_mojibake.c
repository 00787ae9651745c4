/* test_mojibake.c - what was misread is put right, what only looks so is left alone. */
#include "test.h"

#include "base/utf8.h"
#include "format/source/mojibake.h"

/* The text read as windows-1252 (Latin-1 where that has nothing), as UTF-8. */
static void misread(sc_buffer *out, const char *text, size_t n) {
    static const uint16_t windows[32] = {
        0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
    for (size_t i = 0; i < n; i++) {
        char c[4];
        const unsigned char b = (unsigned char)text[i];
        const uint32_t point = b >= 0x80 && b < 0xA0 ? windows[b - 0x80] : b;
        sc__buffer_append(out, c, (size_t)sc__utf8_encode(c, point));
    }
    CHECK_OK(out->status);
}

static void check(const char *in, const char *want) {
    sc_buffer room = SC_BUFFER_INIT;
    const char *text = in;
    size_t n = strlen(in);
    int64_t repaired;
    CHECK_OK(sc__mojibake_repair(&text, &n, &room, &repaired));
    if (n != strlen(want) || memcmp(text, want, n) != 0)
        test_fail(__FILE__, __LINE__, "\"%s\" became \"%.*s\"", in, (int)n, text);
    CHECK((repaired > 0) == (strcmp(in, want) != 0));
    sc__buffer_deinit(&room);
}

static const char *const texts[] = {"caf\xC3\xA9",
                                    "na\xC3\xAFve r\xC3\xB4le \xC3\x80 la carte",
                                    "it\xE2\x80\x99s \xE2\x80\x9Cquoted\xE2\x80\x9D",
                                    "\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82",
                                    "\xED\x95\x9C\xEA\xB5\xAD\xEC\x96\xB4 \xE4\xB8\xAD\xE6\x96\x87",
                                    "\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80"};

TEST(mojibake_repair, "format/source/mojibake/repair") {
    for (int i = 0; i < SC_LEN(texts); i++) {
        sc_buffer once = SC_BUFFER_INIT, twice = SC_BUFFER_INIT;
        misread(&once, texts[i], strlen(texts[i]));
        misread(&twice, once.data, once.len);
        check(once.data, texts[i]);
        check(twice.data, texts[i]);
        check(texts[i], texts[i]);
        sc__buffer_deinit(&once);
        sc__buffer_deinit(&twice);
    }
}

TEST(mojibake_alone, "format/source/mojibake/left-alone") {
    static const char *const genuine[] = {
        "plain",
        ("\xE2\x80\x9E"
         "Fu\xC3\x9F\xE2\x80\x9C"),                      /* German quotes */
        "Fu\xC3\x9F\xE2\x80\x9C",                        /* its end alone */
        "L\xE2\x80\x99\xC3\x89T\xC3\x89 \xC3\x80 PARIS", /* French capitals */
        "caf\xC3\xA9\xE2\x80\xA6\xE2\x80\x9D",
        "\xC2\xAB MA\xC3\x87\xC3\x83 \xC2\xBB",
        "\xC3\x82\xC2\xBB",                          /* one pair may be meant */
        "mixed caf\xC3\x83\xC2\xA9 and caf\xC3\xA9", /* not the whole line */
    };
    for (int i = 0; i < SC_LEN(genuine); i++) check(genuine[i], genuine[i]);
}

/* Lines are judged alone. */
TEST(mojibake_lines, "format/source/mojibake/lines") {
    check("caf\xC3\x83\xC2\xA9\ncaf\xC3\xA9\n", "caf\xC3\xA9\ncaf\xC3\xA9\n");
}

/* A manual that shows what mojibake is. */
TEST(mojibake_quoted, "format/source/mojibake/shown-and-not-suffered") {
    sc_buffer b = SC_BUFFER_INIT;
    for (int i = 0; i < 11; i++) sc__buffer_puts(&b, "t\xC3\xA9st\n");
    sc__buffer_puts(&b, "prints t\xC3\x83\xC2\xA9st\n");
    check(b.data, b.data);
    sc__buffer_deinit(&b);
}
