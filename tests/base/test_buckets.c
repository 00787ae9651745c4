/* test_buckets.c - what was appended comes back by key, from memory and from files. */
#include "test.h"

#include "base/buckets.h"
#include "base/random.h"

enum { N = 200000 };

typedef struct {
    uint64_t key;
    int64_t number, more;
} item;

static item make(int64_t i) {
    uint32_t random[4];
    sc__philox(5, (uint64_t)i / 3, 6, random); /* keys in threes */
    return (item){(uint64_t)random[0] << 32 | random[1], i, -i};
}

/* All of them are there once; checks the order. */
static void check_all(const sc_buckets *b, int64_t want, bool in_order) {
    bool *seen = calloc((size_t)want + 1, 1);
    int64_t n_all = 0;
    for (int p = 0; p < SC_BUCKET_PARTS; p++) {
        void *loaded;
        int64_t n;
        CHECK_OK(sc__buckets_load(&loaded, &n, b, p));
        const item *items = loaded;
        for (int64_t i = 0; i < n; i++) {
            CHECK_INT(sc__bucket_part(items[i].key), p);
            CHECK(items[i].number >= 0 && items[i].number < want && !seen[items[i].number]);
            CHECK(items[i].key == make(items[i].number).key);
            CHECK_INT(items[i].more, -items[i].number);
            seen[items[i].number] = true;
            if (!i) continue;
            CHECK(items[i - 1].key <= items[i].key);
            if (in_order && items[i - 1].key == items[i].key)
                CHECK(items[i - 1].number < items[i].number);
        }
        n_all += n;
        sc__free(loaded);
    }
    CHECK_INT(n_all, want);
    free(seen);
}

static void append(sc_buckets *b, int64_t from, int64_t to) {
    item some[7];
    for (int64_t i = from; i < to;) {
        int64_t n = 0;
        for (; n < SC_LEN(some) && i < to; n++) some[n] = make(i++);
        CHECK_OK(sc__buckets_append(b, some, n));
    }
}

TEST(buckets_memory, "base/buckets/memory") {
    sc_buckets b;
    sc__buckets_init(&b, test_path("keys"), 0, sizeof(item), 1 << 30);
    append(&b, 0, N);
    CHECK_OK(sc__buckets_gather(&b, 0));
    CHECK_INT(b.spilled, 0);
    check_all(&b, N, true);
    sc__buckets_deinit(&b);
}

TEST(buckets_files, "base/buckets/files") {
    sc_buckets b;
    sc__buckets_init(&b, test_path("keys"), 0, sizeof(item), 1);
    append(&b, 0, N);
    CHECK(b.n_runs >= 3);
    CHECK_OK(sc__buckets_gather(&b, 0));
    CHECK(b.spilled > N * sizeof(item));
    check_all(&b, N, true);
    sc__buckets_deinit(&b);
}

TEST(buckets_alone, "base/buckets/alone_leaves_nothing") {
    sc_buckets b;
    sc_paths left;
    sc_arena a = SC_ARENA_INIT;
    const char *dir = test_path("alone");
    CHECK_OK(sc__dir_make(dir));
    sc__buckets_init(&b, dir, SC_BUCKETS_ALONE, sizeof(item), 1);
    append(&b, 0, N);
    CHECK(b.n_runs >= 3);
    CHECK_OK(sc__buckets_gather(&b, 0));
    CHECK_STATUS(SC_IO, sc__paths_find(&left, &a, dir)); /* no file has a name */
    check_all(&b, N, true);
    sc__buckets_deinit(&b);
    sc__arena_deinit(&a);
}

TEST(buckets_shards, "base/buckets/shards_in_any_order") {
    sc_buckets b;
    static const int64_t cut[] = {0, 50000, 50000, N};
    const char *dir = test_path("keys");
    for (int shard = 2; shard >= 0; shard--) { /* the second has nothing */
        sc__buckets_init(&b, dir, shard, sizeof(item), 1 << 20);
        append(&b, cut[2 - shard], cut[3 - shard]);
        CHECK_OK(sc__buckets_flush(&b));
        sc__buckets_deinit(&b);
    }
    sc__buckets_init(&b, dir, 0, sizeof(item), 1 << 20);
    CHECK_OK(sc__buckets_gather(&b, 3));
    check_all(&b, N, false);
    sc__buckets_deinit(&b);
}

TEST(buckets_none, "base/buckets/none") {
    sc_buckets b;
    sc__buckets_init(&b, test_path("keys"), 0, sizeof(item), 1);
    CHECK_OK(sc__buckets_gather(&b, 0));
    check_all(&b, 0, true);
    sc__buckets_deinit(&b);
    sc__buckets_init(&b, test_path("keys"), 0, sizeof(item), 1);
    CHECK_OK(sc__buckets_gather(&b, 2)); /* shards without keys leave no folder */
    check_all(&b, 0, true);
    sc__buckets_deinit(&b);
}

static sc_status load_all(const sc_buckets *b) {
    for (int p = 0; p < SC_BUCKET_PARTS; p++) {
        void *items;
        int64_t n;
        SC_TRY(sc__buckets_load(&items, &n, b, p));
        sc__free(items);
    }
    return SC_OK;
}

TEST(buckets_damaged, "base/buckets/damaged_runs") {
    sc_buckets b;
    sc_buffer run = SC_BUFFER_INIT;
    const char *dir = test_path("keys");
    const char *path = test_path("keys/00000/000000.run");
    sc__buckets_init(&b, dir, 0, sizeof(item), 1);
    append(&b, 0, 1000);
    CHECK_OK(sc__buckets_flush(&b));
    sc__buckets_deinit(&b);
    CHECK_OK(sc__file_read(&run, path, 1 << 28));
    for (size_t cut = 0; cut < run.len; cut += 1 + run.len / 40) { /* cut short */
        CHECK_OK(sc__file_write(path, run.data, cut));
        sc__buckets_init(&b, dir, 0, sizeof(item), 1);
        CHECK_STATUS(SC_FORMAT, sc__buckets_gather(&b, 1));
        sc__buckets_deinit(&b);
    }
    for (size_t at = 0; at < 2000; at += 31) { /* other bytes */
        char was = run.data[at];
        run.data[at] = (char)(was ^ 0x55);
        CHECK_OK(sc__file_write(path, run.data, run.len));
        sc__buckets_init(&b, dir, 0, sizeof(item), 1);
        if (sc__buckets_gather(&b, 1) >= 0 && load_all(&b) < 0) CHECK_ERROR("run");
        sc__buckets_deinit(&b);
        run.data[at] = was;
    }
    sc__buffer_deinit(&run);
}

static sc_status fill_and_gather(void *arg) {
    sc_buckets b;
    sc__buckets_init(&b, arg, 0, sizeof(item), 1);
    sc_status s = SC_OK;
    for (int64_t i = 0; i < 70000 && s >= 0; i++) {
        const item one = make(i);
        s = sc__buckets_append(&b, &one, 1);
    }
    if (s >= 0) s = sc__buckets_gather(&b, 0);
    void *items;
    int64_t n;
    for (int p = 0; p < 3 && s >= 0; p++) {
        s = sc__buckets_load(&items, &n, &b, p);
        if (s >= 0) sc__free(items);
    }
    sc__buckets_deinit(&b);
    return s;
}

TEST(buckets_oom, "base/buckets/oom") {
    CHECK(test_oom(fill_and_gather, (void *)(uintptr_t)test_path("keys")) > 8);
}
