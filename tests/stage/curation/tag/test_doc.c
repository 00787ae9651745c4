/* test_doc.c - the units of a text. */
#include "test.h"

#include "stage/curation/tag/doc.h"

static sc_slice slice(const char *text) { return (sc_slice){text, strlen(text)}; }

/* The units of a text joined by "|". */
static const char *joined(sc_words_mode mode, const char *text,
                          sc_status (*units)(sc_units *, sc_doc *)) {
    static char out[4096];
    sc_doc *d;
    sc_units u;
    size_t n = 0;
    CHECK_OK(sc__doc_open(&d, mode));
    CHECK_OK(sc__doc_set(d, slice(text), NULL));
    CHECK_OK(units(&u, d));
    for (int64_t i = 0; i < u.n; i++)
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s", i ? "|" : "",
                              (int)(u.at[i].end - u.at[i].start), text + u.at[i].start);
    out[n] = 0;
    sc__doc_close(d);
    return out;
}

#define UNITS(mode, text, units, want)                                                             \
    CHECK_STR(joined(SC_WORDS_##mode, text, sc__doc_##units), want)

TEST(doc_words_latin, "stage/curation/tag/doc/words_latin") {
    UNITS(UNICODE, "The quick (\"brown\") fox can't jump 32.3 feet, right?", words,
          "The|quick|brown|fox|can't|jump|32.3|feet|right");
    UNITS(UNICODE, "a.b  e-mail foo_bar 3,000 x2 -- ... don\xE2\x80\x99t", words,
          "a.b|e|mail|foo_bar|3,000|x2|don\xE2\x80\x99t");
    UNITS(UNICODE, "", words, "");
    UNITS(UNICODE, " \n\t", words, "");
    UNITS(WHITESPACE,
          " a, (b)\tc\xC2\xA0"
          "d\n-- ",
          words, "a,|(b)|c|d|--");
    UNITS(WHITESPACE,
          "a\x1C"
          "b\xE3\x80\x80"
          "c",
          words, "a|b|c");
}

TEST(doc_words_marks, "stage/curation/tag/doc/words_marks") {
    UNITS(UNICODE, "e\xCC\x81t\xC3\xA9 nai\xCC\x88ve", words, "e\xCC\x81t\xC3\xA9|nai\xCC\x88ve");
    /* Hebrew with its double quote inside an abbreviation */
    UNITS(UNICODE, "\xD7\xA6\xD7\x94\"\xD7\x9C x", words, "\xD7\xA6\xD7\x94\"\xD7\x9C|x");
}

/* Hangul by spaces, Han and hiragana by character, katakana by run, Thai by character. */
TEST(doc_words_east, "stage/curation/tag/doc/words_east") {
    UNITS(UNICODE, "나는 학교에 갔다.", words, "나는|학교에|갔다");
    UNITS(UNICODE, "한국어A1을 2024년", words, "한국어A1을|2024년");
    UNITS(UNICODE, "我爱北京。", words, "我|爱|北|京");
    UNITS(UNICODE, "カタカナとひらがな、漢字", words, "カタカナ|と|ひ|ら|が|な|漢|字");
    UNITS(UNICODE, "ｶﾞｲﾄﾞ", words, "ｶﾞｲﾄﾞ");
    UNITS(UNICODE, "กา", words, "ก|า");
    UNITS(WHITESPACE, "나는 학교에 갔다.", words, "나는|학교에|갔다.");
}

TEST(doc_sentences, "stage/curation/tag/doc/sentences") {
    UNITS(UNICODE, "One. Two! Is it 3.5? Yes.", sentences, "One. |Two! |Is it 3.5? |Yes.");
    UNITS(UNICODE, "See fig. two for it. (Good.) \"Fine.\" End", sentences,
          "See fig. two for it. |(Good.) |\"Fine.\" |End");
    UNITS(UNICODE, "line one\nline two\r\nthree", sentences, "line one\n|line two\r\n|three");
    UNITS(UNICODE, "今日は。明日！本当？", sentences, "今日は。|明日！|本当？");
    UNITS(UNICODE, "갔다. 왔다?  끝", sentences, "갔다. |왔다?  |끝");
    UNITS(UNICODE, "etc., and so on", sentences, "etc., and so on");
    UNITS(UNICODE, "\n \n", sentences, "");
}

TEST(doc_lines, "stage/curation/tag/doc/lines") {
    UNITS(UNICODE,
          "a\nb\r\nc\rd\ve\xC2\x85"
          "f\xE2\x80\xA8g\n",
          lines, "a|b|c|d|e|f|g");
    UNITS(UNICODE, "\n\n", lines, "|");
    UNITS(UNICODE, "", lines, "");
    UNITS(UNICODE, "\xC2\xA9\xE2\x80\x9C", lines, "\xC2\xA9\xE2\x80\x9C");
    UNITS(UNICODE, "a\nb\r\n\nc", rows, "a|b\r||c");
    UNITS(UNICODE, "", rows, "");
    UNITS(UNICODE, " \na\nb\n\n\nc\n\nd\n\n", paragraphs, "a\nb|c|d");
    UNITS(UNICODE, "", paragraphs, "");
}

TEST(doc_places, "stage/curation/tag/doc/places") {
    char text[4001] = "";
    sc_doc *d;
    for (int i = 0; i < 1000; i++) strcat(text, i % 3 ? "x" : "한");
    CHECK_OK(sc__doc_open(&d, SC_WORDS_UNICODE));
    CHECK_OK(sc__doc_set(d, slice(text), NULL));
    CHECK_INT(sc__doc_chars(d), 1000);
    size_t byte = 0;
    for (int64_t c = 0; c <= 1000; c++) {
        int64_t got_char;
        size_t got_byte;
        CHECK_OK(sc__doc_char_of(&got_char, d, byte));
        CHECK_OK(sc__doc_byte_of(&got_byte, d, c));
        CHECK_INT(got_char, c);
        CHECK_INT(got_byte, byte);
        byte += c % 3 ? 1 : 3;
    }
    sc__doc_close(d);
}

TEST(doc_reused, "stage/curation/tag/doc/reused") {
    sc_doc *d;
    sc_units u;
    const uint64_t *grams;
    int64_t n;
    CHECK_OK(sc__doc_open(&d, SC_WORDS_UNICODE));
    CHECK_OK(sc__doc_set(d, slice("a b a b a"), NULL));
    CHECK_OK(sc__doc_grams(&grams, &n, d, 2));
    CHECK_INT(n, 4);
    CHECK(grams[0] == grams[2] && grams[1] == grams[3] && grams[0] != grams[1]);
    CHECK_OK(sc__doc_grams(&grams, &n, d, 3));
    CHECK_INT(n, 3);
    CHECK(grams[0] == grams[2] && grams[0] != grams[1]);
    CHECK_OK(sc__doc_grams(&grams, &n, d, 2)); /* fewer again */
    CHECK(grams[0] == grams[2] && grams[0] != grams[1]);
    CHECK_OK(sc__doc_grams(&grams, &n, d, 6));
    CHECK_INT(n, 0);
    CHECK_OK(sc__doc_set(d, slice("one"), NULL));
    CHECK_OK(sc__doc_words(&u, d));
    CHECK_INT(u.n, 1);
    CHECK(u.at[0].flags & SC_UNIT_LETTER);
    CHECK_OK(sc__doc_split(&u, d, slice("x y")));
    CHECK_INT(u.n, 2);
    CHECK_OK(sc__doc_count_sentences(&n, d, slice("A b. C d.")));
    CHECK_INT(n, 2);
    sc__doc_close(d);
}

TEST(doc_strip, "stage/curation/tag/doc/strip") {
    static const char text[] = "\t\xE3\x80\x80 ab\xC2\xA0 \n";
    sc_doc *d;
    CHECK_OK(sc__doc_open(&d, SC_WORDS_UNICODE));
    CHECK_OK(sc__doc_set(d, slice(text), NULL));
    const sc_unit u = sc__doc_strip(d, (sc_unit){.end = sizeof text - 1});
    CHECK_INT(u.start, 5);
    CHECK_INT(u.end, 7);
    CHECK(sc__doc_is_blank(d, 0, 5));
    CHECK(!sc__doc_is_blank(d, 0, 6));
    sc__doc_close(d);
}

TEST(doc_hash_set, "stage/curation/tag/doc/hash_set") {
    sc_hash_set s = {0};
    for (int round = 0; round < 3; round++) {
        CHECK_OK(sc__hash_set_begin(&s, round == 1 ? 5000 : 10));
        for (uint64_t i = 0; i < 10; i++)
            CHECK_INT(sc__hash_set_put(&s, i << 40, (uint32_t)i)->count, 1);
        CHECK_INT(sc__hash_set_put(&s, (uint64_t)3 << 40, 99)->count, 2);
        CHECK_INT(sc__hash_set_put(&s, (uint64_t)3 << 40, 99)->first, 3);
    }
    sc__hash_set_deinit(&s);
}

static sc_status all_units(void *arg) {
    sc_doc *d;
    sc_units u;
    const uint64_t *grams;
    int64_t n;
    sc_status s = sc__doc_open(&d, *(sc_words_mode *)arg);
    if (s < 0) return s;
    s = sc__doc_set(d,
                    slice("Ein Satz. 한국 noch \xE2\x80\x9C"
                          "einer\xE2\x80\x9D!\n\nb c"),
                    NULL);
    if (s >= 0) s = sc__doc_rows(&u, d);
    if (s >= 0) s = sc__doc_lines(&u, d);
    if (s >= 0) s = sc__doc_paragraphs(&u, d);
    if (s >= 0) s = sc__doc_words(&u, d);
    if (s >= 0) s = sc__doc_sentences(&u, d);
    if (s >= 0) s = sc__doc_grams(&grams, &n, d, 3);
    if (s >= 0) s = sc__doc_char_of(&n, d, 10);
    if (s >= 0) s = sc__doc_count_sentences(&n, d, slice("x. y."));
    sc__doc_close(d);
    return s;
}

TEST(doc_oom, "stage/curation/tag/doc/oom") {
    for (int i = 0; sc_words_names[i]; i++) {
        sc_words_mode mode = (sc_words_mode)i;
        CHECK(test_oom(all_units, &mode) > 5);
    }
}

/* The rules for English: contractions, abbreviations, faces, URLs, money, units, hyphens. */
TEST(doc_words_english, "stage/curation/tag/doc/words_english") {
    UNITS(ENGLISH, "I can't, don't; they'll've won\xE2\x80\x99t cannot \"gonna\".", words,
          "I|ca|n't|,|do|n't|;|they|'ll|'ve|wo|n\xE2\x80\x99t|can|not|\"|gon|na|\"|.");
    UNITS(ENGLISH, "Mr. Smith (Dr.Jones) came at 8am, e.g. to the U.S. in Jan. 1999.", words,
          "Mr.|Smith|(|Dr.|Jones|)|came|at|8|am|,|e.g.|to|the|U.S.|in|Jan.|1999|.");
    UNITS(ENGLISH, ":-) ok:) (:-) <3!", words, ":-)|ok|:)|(|:-)|<3|!");
    UNITS(ENGLISH, "See (http://a.example/b?c=d). mail x.y@host.example or www.z.example:80/p",
          words, "See|(|http://a.example/b?c=d|)|.|mail|x.y@host.example|or|www.z.example:80/p");
    UNITS(ENGLISH, "US$5 $7.50 10km 50% 3km/h 5+5 a-b well--known x/y 1,000 a,b ... wait...what",
          words,
          "US$|5|$|7.50|10|km|50|%|3|km/h|5|+|5|a|-|b|well|--|known|x|/"
          "|y|1,000|a|,|b|...|wait|...|what");
    UNITS(ENGLISH,
          "John's dogs' end.Start A.B. 20\xC2\xB0"
          "C.",
          words, "John|'s|dogs|'|end|.|Start|A.B.|20|\xC2\xB0|C|.");
    UNITS(ENGLISH, "its Well, well.", words, "its|Well|,|well|.");
    UNITS(ENGLISH, "\xE4\xBD\xA0\xE5\xA5\xBD\xE3\x80\x82", words,
          "\xE4\xBD\xA0\xE5\xA5\xBD|\xE3\x80\x82");
    UNITS(ENGLISH, "One. Two \"three.\" Four? (Five.)  Six", sentences,
          "One. |Two \"three.\" |Four? (|Five.)  |Six"); /* a bracket begins none */
}

/* A quarter of a megabyte without a space costs no more than its length: no rule looks at all of it
 * twice. */
TEST(doc_words_long, "stage/curation/tag/doc/words_long") {
    static const char *const parts[] = {"(", ".",  ":)",           "a.",   "@",
                                        "-", "'s", "\xE2\x80\xA6", "a@b.", "<3"};
    enum { BYTES = 1 << 18 };
    char *text = sc__alloc(BYTES + 8);
    sc_doc *d;
    sc_units u;
    CHECK(text);
    CHECK_OK(sc__doc_open(&d, SC_WORDS_ENGLISH));
    for (int i = 0; i < SC_LEN(parts); i++) {
        size_t n = 0;
        while (n < BYTES) n += (size_t)snprintf(text + n, 8, "%s", parts[i]);
        CHECK_OK(sc__doc_set(d, (sc_slice){text, n}, NULL));
        CHECK_OK(sc__doc_words(&u, d));
        CHECK(u.n > 0 && u.at[u.n - 1].end == n);
        for (int64_t k = 1; k < u.n; k++) CHECK(u.at[k].start == u.at[k - 1].end);
    }
    sc__free(text);
    sc__doc_close(d);
}
