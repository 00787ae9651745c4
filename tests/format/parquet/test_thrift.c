/* test_thrift.c - Thrift's compact protocol: every type read or passed over, and lies. */
#include "test.h"

#include "format/parquet/thrift.h"

static sc_thrift begin(const unsigned char *p, size_t n) {
    return (sc_thrift){"file", p, p, p + n, "part", SC_OK};
}

TEST(thrift_fields, "format/parquet/thrift/fields") {
    /* 1: i32 -3, 2: true, 17: i64 300 (long form), 18: "ab", 19: list of i32 1, 2 */
    static const unsigned char bytes[] = {0x15, 5,   0x11, 6,    34,   0xD8, 4, 0x18,
                                          2,    'a', 'b',  0x19, 0x25, 2,    4, 0};
    sc_thrift t = begin(bytes, sizeof bytes);
    sc_thrift_field f = {0}, item;
    size_t n;
    CHECK(sc__thrift_next(&f, &t) && f.id == 1);
    CHECK_INT(sc__thrift_int(&t, &f, -3, 3), -3);
    CHECK(sc__thrift_next(&f, &t) && f.id == 2 && sc__thrift_bool(&t, &f));
    CHECK(sc__thrift_next(&f, &t) && f.id == 17);
    CHECK_INT(sc__thrift_int(&t, &f, 0, 1000), 300);
    CHECK(sc__thrift_next(&f, &t) && f.id == 18);
    const char *s = sc__thrift_binary(&n, &t, &f);
    CHECK(n == 2 && !memcmp(s, "ab", 2));
    CHECK(sc__thrift_next(&f, &t) && f.id == 19);
    CHECK_INT(sc__thrift_list(&item, &t, &f, 1), 2);
    CHECK_INT(sc__thrift_int(&t, &item, 0, 9), 1);
    CHECK_INT(sc__thrift_int(&t, &item, 0, 9), 2);
    CHECK(!sc__thrift_next(&f, &t) && t.status == SC_OK && t.p == t.end);
}

TEST(thrift_skip, "format/parquet/thrift/skip") {
    static const unsigned char bytes[] = {0x13, 7,                                  /* i8 */
                                          0x17, 1,    2,    3,  4,  5,   6,  7,  8, /* double */
                                          0x1B, 1,    0x58, 2,  1,  'x', /* map of i32 to binary */
                                          0x1B, 0,                       /* empty map */
                                          0x1A, 0x21, 1,    2,           /* set of two booleans */
                                          0x1C, 0x12, 0,                 /* structure with false */
                                          0x1D, 1,    2,    3,  4,  5,   6,  7,  8,
                                          9,    10,   11,   12, 13, 14,  15, 16, /* uuid */
                                          0x14, 0x80, 1,                         /* i16 */
                                          0};
    sc_thrift t = begin(bytes, sizeof bytes);
    int n = 0;
    for (sc_thrift_field f = {0}; sc__thrift_next(&f, &t); n++) sc__thrift_skip(&t, &f);
    CHECK_INT(n, 8);
    CHECK(t.status == SC_OK && t.p == t.end);
}

static void check_refused(const unsigned char *bytes, size_t n, const char *words) {
    sc_thrift t = begin(bytes, n);
    for (sc_thrift_field f = {0}; sc__thrift_next(&f, &t);) sc__thrift_skip(&t, &f);
    CHECK_STATUS(SC_FORMAT, t.status);
    CHECK_ERROR("file: part: byte");
    CHECK_ERROR(words);
}

TEST(thrift_lies, "format/parquet/thrift/lies") {
    check_refused((const unsigned char *)"\x18\xff\x01", 3, "exceeds what is there");
    check_refused((const unsigned char *)"\x15", 1, "ends early");
    check_refused((const unsigned char *)"\x1e", 1, "unknown type");
    check_refused((const unsigned char *)"\x19\xf3\xff\xff\xff\xff\x0f", 7, "ends early");
    check_refused((const unsigned char *)"\x19\x1f\x00", 3, "value of unknown type");
    check_refused((const unsigned char *)"\x05\xff\xff\xff\xff\x0f\x00", 7, "beyond 16 bits");
    check_refused((const unsigned char *)"\x16\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12,
                  "more than 64 bits");
    unsigned char deep[64];
    memset(deep, 0x1C, sizeof deep);
    check_refused(deep, sizeof deep, "nested too deep");
}

TEST(thrift_types, "format/parquet/thrift/types") {
    sc_thrift_field f = {0}, item;
    size_t n;
    sc_thrift t = begin((const unsigned char *)"\x15\x02", 2);
    CHECK(sc__thrift_next(&f, &t) && !sc__thrift_binary(&n, &t, &f));
    CHECK_STATUS(SC_FORMAT, t.status);
    t = begin((const unsigned char *)"\x15\x08", 2);
    f = (sc_thrift_field){0};
    CHECK(sc__thrift_next(&f, &t));
    CHECK_INT(sc__thrift_int(&t, &f, 0, 3), 0);
    CHECK_ERROR("out of its range");
    t = begin((const unsigned char *)"\x19\x55", 2);
    f = (sc_thrift_field){0};
    CHECK(sc__thrift_next(&f, &t));
    CHECK_INT(sc__thrift_list(&item, &t, &f, 1), 0);
    CHECK_ERROR("more elements than there are bytes for");
}
