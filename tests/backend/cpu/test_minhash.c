/* test_minhash.c - every compilation gives the bits of the plain one, which are the definition's.
 */
#include "test.h"

#include "backend/cpu/cpu.h"
#include "backend/cpu/minhash.h"
#include "base/random.h"

enum { LANES = 7 * SC_MINHASH_LANES, N_MAX = 300 };

static uint32_t a[LANES], b[LANES];
static uint64_t x[N_MAX];
static const sc_minhash_family family = {a, b, LANES};

static void make_family(void) {
    for (uint32_t i = 0; i < LANES; i++) {
        uint32_t random[4];
        sc__philox(1, i, 2, random);
        a[i] = random[0] | 1;
        b[i] = random[1];
    }
    for (uint32_t i = 0; i < N_MAX; i++) {
        uint32_t random[4];
        sc__philox(3, i, 4, random);
        x[i] = (uint64_t)random[0] << 32 | random[1];
    }
}

TEST(minhash_plain, "backend/cpu/minhash/definition") {
    uint32_t least[LANES];
    make_family();
    sc__minhash_plain(least, &family, x, N_MAX);
    for (int j = 0; j < LANES; j++) {
        uint32_t want = UINT32_MAX;
        for (int i = 0; i < N_MAX; i++) {
            const uint32_t y = (uint32_t)((uint64_t)a[j] * (uint32_t)x[i] + b[j]);
            if (y < want) want = y;
        }
        CHECK(least[j] == want);
    }
}

TEST(minhash_sets, "backend/cpu/minhash/instruction_sets") {
    static const int sizes[] = {0, 1, 2, 17, N_MAX};
    static const int64_t lanes[] = {16, 32, 48, 64, 80, 112};
    make_family();
    for (int isa = 0; isa < SC_ISA_COUNT; isa++) {
        if (!sc__cpu_isa_has((sc_isa)isa)) continue;
        sc_minhash_fn *f;
        setenv("SOCLE_ISA", sc__cpu_isa_name((sc_isa)isa), 1);
        CHECK_OK(sc__minhash_choose(&f));
        for (int s = 0; s < SC_LEN(sizes); s++)
            for (int l = 0; l < SC_LEN(lanes); l++) {
                uint32_t got[LANES], want[LANES];
                const sc_minhash_family some = {a, b, lanes[l]};
                f(got, &some, x, sizes[s]);
                sc__minhash_plain(want, &some, x, sizes[s]);
                CHECK(!memcmp(got, want, (size_t)lanes[l] * sizeof *got));
            }
    }
    sc_minhash_fn *f;
    setenv("SOCLE_ISA", "abacus", 1);
    CHECK_STATUS(SC_USAGE, sc__minhash_choose(&f));
}
