/* test_charset.c - who says what set it is, and whom to believe. */
#include "test.h"

#include "format/source/charset.h"

typedef struct {
    const char *bytes, *label;
    bool html;
    const char *set, *text;
} row;

static void check(const row *r, size_t n) {
    sc_buffer room = SC_BUFFER_INIT;
    sc_charset set;
    const char *text = r->bytes;
    CHECK_OK(sc__charset_decode(&text, &n, &set, &room, r->label, r->html));
    if (strcmp(set.name, r->set) != 0 || n != strlen(r->text) || memcmp(text, r->text, n) != 0)
        test_fail(__FILE__, __LINE__, "\"%s\": %s \"%.*s\"", r->bytes, set.name, (int)n, text);
    sc__buffer_deinit(&room);
}

TEST(charset_belief, "format/source/charset/whom-to-believe") {
    static const row rows[] = {
        {"plain", NULL, false, "utf-8", "plain"},
        {"caf\xC3\xA9", "iso-8859-1", false, "utf-8", "caf\xC3\xA9"}, /* it is UTF-8 all the same */
        {"caf\xE9", "ISO-8859-1", false, "windows-1252", "caf\xC3\xA9"},
        {"\x93x\x94", "latin1", false, "windows-1252", "\xE2\x80\x9Cx\xE2\x80\x9D"},
        {"\xEF\xBB\xBFx", "iso-8859-1", false, "utf-8", "x"},
        {"\xC7\xD1\xB1\xDB", "euc-kr", false, "cp949", "\xED\x95\x9C\xEA\xB8\x80"},
        {"<meta charset=\"gb2312\">\xD6\xD0", NULL, true, "gb18030",
         "<meta charset=\"gb2312\">\xE4\xB8\xAD"},
        {"<meta http-equiv=x content='text/html; charset=windows-1251'>\xCF", "", true,
         "windows-1251", "<meta http-equiv=x content='text/html; charset=windows-1251'>\xD0\x9F"},
        {"<meta charset=nonsense><meta charset=utf-16><meta charset=latin1>caf\xE9", "rubbish",
         true, "windows-1252",
         "<meta charset=nonsense><meta charset=utf-16><meta charset=latin1>caf\xC3\xA9"},
        {"\x1B$B$3\x1B(B", "iso-2022-jp", false, "iso-2022-jp", "\xE3\x81\x93"},
        {"", NULL, false, "utf-8", ""},
        /* a label that the bytes are not in */
        {"<meta charset=windows-1251>\xCF\xF0\xE8\xE2\xE5\xF2", "utf-8", true, "windows-1251",
         "<meta charset=windows-1251>\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82"},
        {"<meta charset=utf-8><meta charset=latin1>caf\xE9", "euc-kr", true, "windows-1252",
         "<meta charset=utf-8><meta charset=latin1>caf\xC3\xA9"},
        {"<meta charset=iso-2022-jp>\x1B$B$3\x1B(B", "utf-8", true, "iso-2022-jp",
         "<meta charset=iso-2022-jp>\xE3\x81\x93"},
        {"\x1B[1mbold\x1B[0m", NULL, false, "utf-8", "\x1B[1mbold\x1B[0m"},
    };
    for (int i = 0; i < SC_LEN(rows); i++) check(&rows[i], strlen(rows[i].bytes));
    const row wide = {"\xFF\xFEh\0i\0", NULL, false, "utf-16le", "hi"},
              labelled = {"\0h\0i", "utf-16be", false, "utf-16be", "hi"};
    check(&wide, 6);
    check(&labelled, 4);
}

TEST(charset_guess, "format/source/charset/guess") {
    static const char russian[] =
        "\xCF\xF0\xE8\xE2\xE5\xF2, \xEC\xE8\xF0! \xDD\xF2\xEE \xF2\xE5\xEA\xF1\xF2 "
        "\xED\xE0 \xF0\xF3\xF1\xF1\xEA\xEE\xEC \xFF\xE7\xFB\xEA\xE5, "
        "\xEA\xEE\xF2\xEE\xF0\xFB\xE9 \xED\xE8\xF7\xE5\xE3\xEE \xEE "
        "\xF1\xE5\xE1\xE5 \xED\xE5 \xE3\xEE\xE2\xEE\xF0\xE8\xF2.";
    sc_buffer room = SC_BUFFER_INIT;
    sc_charset set;
    const char *text = russian;
    size_t n = sizeof russian - 1;
    CHECK_OK(sc__charset_decode(&text, &n, &set, &room, NULL, false));
    CHECK_STR(set.name, "windows-1251");
    CHECK(!strncmp(text, "\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82", 12));
    sc__buffer_deinit(&room);
}

/* What uchardet takes for IBM852. */
TEST(charset_dos, "format/source/charset/western-text-with-few-accents") {
    static const char quiz[] =
        "0 What is the capital of France ?\n1 Who wrote Les Mis\xE9rables ?\n"
        "1 What actor first portrayed James Bond ?\n2 Where is the Louvre ?\n";
    sc_buffer room = SC_BUFFER_INIT;
    sc_charset set;
    const char *text = quiz;
    size_t n = sizeof quiz - 1;
    CHECK_OK(sc__charset_decode(&text, &n, &set, &room, NULL, false));
    CHECK(strstr(text, "Mis\xC3\xA9rables"));
    sc__buffer_deinit(&room);
}

TEST(charset_invalid, "format/source/charset/invalid") {
    sc_buffer room = SC_BUFFER_INIT;
    sc_charset set;
    const char *text = "\xC7\xD1\xB1\xDB\xFF x\xC7";
    size_t n = 8;
    CHECK_OK(sc__charset_decode(&text, &n, &set, &room, "euc-kr", false));
    CHECK_INT(set.replaced, 2);
    CHECK(n == 14 && !memcmp(text, "\xED\x95\x9C\xEA\xB8\x80\xEF\xBF\xBD x\xEF\xBF\xBD", 14));
    sc__buffer_deinit(&room);
}

/* Cut inside a character, and with a label that is wrong. */
TEST(charset_mostly, "format/source/charset/broken-utf8-is-utf8") {
    sc_buffer room = SC_BUFFER_INIT, b = SC_BUFFER_INIT;
    sc_charset set;
    for (int i = 0; i < 21; i++) sc__buffer_puts(&b, "\xED\x95\x9C ");
    sc__buffer_puts(&b, "\xED\x95");
    const char *text = b.data;
    size_t n = b.len;
    CHECK_OK(sc__charset_decode(&text, &n, &set, &room, "iso-8859-1", false));
    CHECK_STR(set.name, "utf-8");
    CHECK_INT(set.replaced, 1);
    CHECK_INT(n, 21 * 4 + 3);
    sc__buffer_deinit(&room);
    sc__buffer_deinit(&b);
}

static void check_composed(const char *in, const char *want) {
    sc_buffer room = SC_BUFFER_INIT;
    const char *text = in;
    size_t n = strlen(in);
    CHECK_OK(sc__text_compose(&text, &n, &room));
    CHECK(n == strlen(want) && !memcmp(text, want, n));
    sc__buffer_deinit(&room);
}

TEST(charset_compose, "format/source/charset/normal-form-c") {
    check_composed("caf\xC3\xA9", "caf\xC3\xA9");
    check_composed("cafe\xCC\x81", "caf\xC3\xA9");
    check_composed("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", "\xED\x95\x9C"); /* jamo to a syllable */
    check_composed("\xED\x95\x98\xE1\x86\xAB", "\xED\x95\x9C");
    check_composed("\xE2\x84\xAB", "\xC3\x85");                 /* Angstrom sign */
    check_composed("\xE3\x81\x8B\xE3\x82\x99", "\xE3\x81\x8C"); /* ka and its mark */
    check_composed("a\xCC\x81\xCC\xA7", "\xC3\xA1\xCC\xA7");
    check_composed("\xE4\xB8\xAD \xED\x95\x9C \xF0\x9F\x98\x80",
                   "\xE4\xB8\xAD \xED\x95\x9C \xF0\x9F\x98\x80");
}
