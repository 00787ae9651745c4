/* test_random.c - Philox against the authors' known answers, shuffles against sets. */
#include "test.h"

#include "base/random.h"

TEST(philox_known_answers,
     "base/random/known-answers") { /* Random123, kat_vectors: philox4x32 10 */
    uint32_t out[4];
    sc__philox(0, 0, 0, out);
    CHECK(out[0] == 0x6627e8d5 && out[1] == 0xe169c58d && out[2] == 0xbc57ac4c &&
          out[3] == 0x9b00dbd8);
    sc__philox(UINT64_MAX, UINT64_MAX, UINT64_MAX, out);
    CHECK(out[0] == 0x408f276d && out[1] == 0x41c83b0e && out[2] == 0xa20bc7c6 &&
          out[3] == 0x6d5451fd);
}

TEST(normal_moments, "base/random/normal-moments") {
    double sum = 0, squares = 0;
    const int n = 100000;
    for (int i = 0; i < n; i++) {
        const double x = (double)sc__random_normal(3, 5, (uint64_t)i);
        sum += x;
        squares += x * x;
    }
    CHECK_NEAR(sum / n, 0, 0.02);
    CHECK_NEAR(squares / n, 1, 0.03);
}

TEST(permutation, "base/random/permutation") {
    static bool seen[5000];
    for (uint64_t n = 1; n <= 5000; n = n * 3 + 1) {
        memset(seen, 0, sizeof seen);
        for (uint64_t i = 0; i < n; i++) {
            const uint64_t j = sc__random_permute(42, i, n);
            CHECK(j < n && !seen[j]);
            seen[j] = true;
        }
    }
}
