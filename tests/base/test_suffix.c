/* test_suffix.c - suffix arrays and common prefixes against sorting by comparison, and long ones
 * against what makes an array right: neighbours in order by first symbol, then by rank. */
#include "test.h"

#include "base/random.h"
#include "base/suffix.h"

static const int32_t *sorted_text;
static int64_t sorted_n;

static int by_suffix(const void *a, const void *b) {
    int64_t p = *(const int32_t *)a, q = *(const int32_t *)b;
    for (; p < sorted_n && q < sorted_n; p++, q++)
        if (sorted_text[p] != sorted_text[q]) return sorted_text[p] < sorted_text[q] ? -1 : 1;
    return p > q ? -1 : 1; /* the shorter one first */
}

static int64_t common_prefix(const int32_t *text, int64_t n, int64_t p, int64_t q) {
    int64_t k = 0;
    while (p + k < n && q + k < n && text[p + k] == text[q + k]) k++;
    return k;
}

enum { MOST = 300 };

/* All three kinds over the same small text of symbols below 256. */
static void check_small(const int32_t *text, int64_t n) {
    int32_t want[MOST], got[MOST], lcp[MOST];
    int64_t wide[MOST], wide_lcp[MOST];
    uint8_t bytes[MOST];
    for (int64_t i = 0; i < n; i++) want[i] = (int32_t)i, bytes[i] = (uint8_t)text[i];
    sorted_text = text;
    sorted_n = n;
    qsort(want, (size_t)n, sizeof *want, by_suffix);
    CHECK_OK(sc__suffix_array_ids(got, text, n, 256));
    CHECK(!memcmp(got, want, (size_t)n * sizeof *want));
    memset(got, 0xAA, sizeof got);
    CHECK_OK(sc__suffix_array(got, bytes, n));
    CHECK(!memcmp(got, want, (size_t)n * sizeof *want));
    CHECK_OK(sc__suffix_array_long(wide, bytes, n));
    for (int64_t i = 0; i < n; i++) CHECK_INT(wide[i], want[i]);
    for (int kind = 0; kind < 2; kind++) {
        memset(lcp, 0xAA, sizeof lcp);
        kind ? sc__suffix_lcp_ids(lcp, got, text, n) : sc__suffix_lcp(lcp, got, bytes, n);
        for (int64_t i = 0; i < n; i++)
            CHECK_INT(lcp[want[i]], i ? common_prefix(text, n, want[i - 1], want[i]) : 0);
    }
    sc__suffix_lcp_long(wide_lcp, wide, bytes, n);
    for (int64_t i = 0; i < n; i++) CHECK_INT(wide_lcp[i], lcp[i]);
}

TEST(suffix_random, "base/suffix/random") {
    int32_t text[MOST];
    for (uint64_t round = 0; round < 3000; round++) {
        const uint64_t seed = test_seed() + round;
        const int64_t n = (int64_t)sc__random_below(seed, 0, 0, MOST);
        const uint64_t symbols = 1 + sc__random_below(seed, 0, 1, round % 3 ? 4 : 256);
        for (int64_t i = 0; i < n; i++)
            text[i] = (int32_t)sc__random_below(seed, 1, (uint64_t)i, symbols);
        check_small(text, n);
    }
}

/* Every text of up to nine symbols out of three. */
TEST(suffix_all_short, "base/suffix/all-short") {
    int32_t text[9];
    for (int n = 0, texts = 1; n <= 9; n++, texts *= 3)
        for (int code = 0; code < texts; code++) {
            for (int i = 0, rest = code; i < n; i++, rest /= 3) text[i] = rest % 3;
            check_small(text, n);
        }
}

static void fill(uint8_t *text, int64_t n, int shape) {
    int64_t a = 1, b = 1;
    for (int64_t i = 0; i < n; i++) switch (shape) {
        case 0:
            text[i] = 'a';
            break;
        case 1:
            text[i] = (uint8_t)(i & 1);
            break;
        case 2:
            text[i] = (uint8_t)(i % 7 * 36);
            break;
        case 3:
            text[i] = (uint8_t)sc__random_below(5, 0, (uint64_t)i, 2);
            break;
        case 4:
            text[i] = (uint8_t)sc__random_below(5, 0, (uint64_t)i, 256);
            break;
        case 5:
            text[i] = (uint8_t)sc__random_below(5, 0, (uint64_t)i % 1000, 5);
            break;
        default: /* Fibonacci's word: the deepest recursion */
            if (i < 2) text[0] = 1, text[1] = 0;
            if (i == a + b) b = a + b, a = b - a;
            if (i >= 2) text[i] = text[i - b];
        }
}

static void check_long(const uint8_t *text, const int32_t *sa, int64_t n) {
    int32_t *rank = malloc((size_t)(n + 1) * sizeof *rank);
    for (int64_t i = 0; i < n; i++) rank[i] = -2;
    for (int64_t i = 0; i < n; i++) {
        CHECK(sa[i] >= 0 && sa[i] < n && rank[sa[i]] == -2);
        rank[sa[i]] = (int32_t)i;
    }
    rank[n] = -1;
    for (int64_t i = 1; i < n; i++) {
        const int32_t p = sa[i - 1], q = sa[i];
        CHECK(text[p] < text[q] || (text[p] == text[q] && rank[p + 1] < rank[q + 1]));
    }
    free(rank);
}

TEST(suffix_long, "base/suffix/long") {
    const int64_t n = 200003;
    uint8_t *text = malloc((size_t)n);
    int32_t *sa = malloc((size_t)n * sizeof *sa), *ids = malloc((size_t)n * sizeof *ids);
    int64_t *wide = malloc((size_t)n * sizeof *wide);
    for (int shape = 0; shape < 7; shape++) {
        fill(text, n, shape);
        CHECK_OK(sc__suffix_array(sa, text, n));
        check_long(text, sa, n);
        CHECK_OK(sc__suffix_array_long(wide, text, n));
        for (int64_t i = 0; i < n; i++) CHECK_INT(wide[i], sa[i]);
        for (int64_t i = 0; i < n; i++) ids[i] = 1000 * text[i];
        int32_t *same = malloc((size_t)n * sizeof *same);
        CHECK_OK(sc__suffix_array_ids(same, ids, n, 256 * 1000));
        CHECK(!memcmp(same, sa, (size_t)n * sizeof *sa));
        free(same);
    }
    free(text), free(sa), free(ids), free(wide);
}

TEST(suffix_too_long, "base/suffix/too-long") {
    CHECK_STATUS(SC_FORMAT, sc__suffix_array(NULL, NULL, INT32_MAX));
    CHECK_STATUS(SC_FORMAT, sc__suffix_array_ids(NULL, NULL, (int64_t)1 << 40, 2));
    CHECK_OK(sc__suffix_array(NULL, NULL, 0));
}

static sc_status sort_without_memory(void *arg) {
    int32_t sa[MOST];
    return sc__suffix_array(sa, arg, MOST);
}

/* A text whose names do not fit into the room that is left: memory is asked for at two levels. */
TEST(suffix_no_memory, "base/suffix/no-memory") {
    uint8_t text[MOST];
    for (int i = 0; i < MOST; i++)
        text[i] = (uint8_t)(i & 1 ? 0 : 1 + sc__random_below(3, 0, (uint64_t)i, 100));
    CHECK_INT(test_oom(sort_without_memory, text), 2);
}
