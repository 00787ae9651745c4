/* test_packed.c - the examples of the format's Encodings.md, widths of all sizes, and the ends. */
#include "test.h"

#include "format/parquet/packed.h"

TEST(packed_spec, "format/parquet/packed/specification") {
    /* "The numbers 1 through 7 using bit width 3": lowest bits first, then the deprecated order */
    static const unsigned char little[] = {3, 0x88, 0xC6, 0xFA}, big[] = {0x05, 0x39, 0x77};
    sc_hybrid h;
    uint32_t v;
    sc__hybrid_init(&h, little, sizeof little, 3);
    for (uint32_t i = 0; i < 8; i++) CHECK(sc__hybrid_next(&v, &h) && v == i);
    CHECK(!sc__hybrid_next(&v, &h));
    sc__hybrid_init_big_endian(&h, big, sizeof big, 3);
    for (uint32_t i = 0; i < 8; i++) CHECK(sc__hybrid_next(&v, &h) && v == i);
    CHECK(!sc__hybrid_next(&v, &h));
}

TEST(packed_runs, "format/parquet/packed/runs") {
    /* 3 times 258 in two bytes, 8 packed of 9 bits, a run of none, once 1 */
    static const unsigned char bytes[] = {6,  2,   1, 3, 1, 2, 4, 8, 16, 32,
                                          64, 128, 0, 0, 0, 0, 2, 1, 0};
    sc_hybrid h;
    uint32_t v;
    sc__hybrid_init(&h, bytes, sizeof bytes, 9);
    for (int i = 0; i < 3; i++) CHECK(sc__hybrid_next(&v, &h) && v == 258);
    for (int i = 0; i < 8; i++) CHECK(sc__hybrid_next(&v, &h) && v == 1);
    CHECK(sc__hybrid_next(&v, &h) && v == 1);
    CHECK(!sc__hybrid_next(&v, &h));
    sc__hybrid_init(&h, NULL, 0, 0);
    for (int i = 0; i < 100; i++) CHECK(sc__hybrid_next(&v, &h) && v == 0);
}

TEST(packed_too_wide, "format/parquet/packed/value-too-wide") {
    static const unsigned char bytes[] = {4, 4};
    sc_hybrid h;
    uint32_t v;
    sc__hybrid_init(&h, bytes, sizeof bytes, 2);
    CHECK(!sc__hybrid_next(&v, &h));
}

/* Without its last byte the block gives some of its values, then fails. */
static void check_cut(const unsigned char *bytes, size_t n) {
    sc_delta d;
    int64_t v;
    int given = 0;
    CHECK_OK(sc__delta_init(&d, bytes, n));
    while (sc__delta_next(&v, &d) == SC_OK) given++;
    CHECK(given >= 24 && given <= 32);
    CHECK_ERROR("end early");
}

/* One block of one miniblock of 32 values, all of `width` bits, at every width. */
TEST(packed_widths, "format/parquet/packed/delta-widths") {
    for (int width = 0; width <= 64; width++) {
        unsigned char bytes[300] = {32, 1, 33, 0, 0, (unsigned char)width};
        const size_t n = 6 + (size_t)width * 4;
        uint64_t want = 0;
        sc_delta d;
        int64_t v;
        const unsigned char *end;
        for (uint64_t i = 0; i < 32; i++) /* difference i: bit i % width alone */
            if (width) {
                const uint64_t bit = i * (uint64_t)width + i % (uint64_t)width;
                bytes[6 + bit / 8] |= (unsigned char)(1 << bit % 8);
            }
        CHECK_OK(sc__delta_init(&d, bytes, n));
        CHECK_OK(sc__delta_end(&end, d));
        CHECK(end == bytes + n);
        CHECK_OK(sc__delta_next(&v, &d));
        CHECK_INT(v, 0);
        for (uint64_t i = 0; i < 32; i++) {
            want += width ? UINT64_C(1) << i % (uint64_t)width : 0;
            CHECK_OK(sc__delta_next(&v, &d));
            CHECK_INT(v, (int64_t)want);
        }
        CHECK_STATUS(SC_FORMAT, sc__delta_next(&v, &d));
        if (width) check_cut(bytes, n - 1);
    }
}

TEST(packed_delta_refused, "format/parquet/packed/delta-refused") {
    static const unsigned char heads[][8] = {{0x80, 1, 0, 3, 0},
                                             {0x80, 1, 3, 3, 0},
                                             {0, 1, 3, 0},
                                             {8, 1, 3, 0},
                                             {0xFF, 0xFF, 0xFF, 0xFF}};
    sc_delta d;
    for (int i = 0; i < SC_LEN(heads); i++)
        CHECK_STATUS(SC_FORMAT, sc__delta_init(&d, heads[i], 5));
    CHECK_STATUS(SC_FORMAT, sc__delta_init(&d, heads[0], 0));
}
