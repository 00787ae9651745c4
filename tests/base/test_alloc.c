/* test_alloc.c - arenas and counted allocation. */
#include "test.h"

TEST(arena_aligns, "base/alloc/arena-aligns") {
    sc_arena a = SC_ARENA_INIT;
    for (size_t n = 1; n < 300; n += 7) {
        unsigned char *p = sc__arena_alloc(&a, n);
        CHECK(p && (uintptr_t)p % (n >= 64 ? 64 : 16) == 0);
        for (size_t i = 0; i < n; i++) CHECK(p[i] == 0);
        memset(p, 1, n);
    }
    CHECK(!sc__arena_array(&a, SIZE_MAX / 2, 3));
    CHECK_STR(sc__arena_printf(&a, "%s-%d", "blk", 3), "blk-3");
    sc__arena_deinit(&a);
    CHECK_INT(sc__alloc_live(), 0);
}

static sc_status fill(void *arg) {
    (void)arg;
    sc_arena a = SC_ARENA_INIT;
    bool ok = true;
    for (int i = 0; ok && i < 40; i++) ok = sc__arena_alloc(&a, 5000);
    sc__arena_deinit(&a);
    return ok ? SC_OK : SC_FAIL(SC_NOMEM, "arena");
}

TEST(arena_survives_oom, "base/alloc/oom") { CHECK(test_oom(fill, NULL) >= 3); }
