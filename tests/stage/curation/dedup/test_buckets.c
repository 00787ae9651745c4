/* test_buckets.c - what was appended comes back by key, from memory and from files. */
#include "job.h"

#include "base/random.h"
#include "stage/curation/dedup/buckets.h"

enum { N = 200000 };

static sc_bucket_item item(int64_t i) {
    uint32_t random[4];
    sc__philox(5, (uint64_t)i / 3, 6, random); /* keys in threes */
    return (sc_bucket_item){(uint64_t)random[0] << 32 | random[1], sc__place(i % 2, 1 + i / 2)};
}

/* Sums of what comes back; checks the order. */
static void check_all(const sc_buckets *b, int64_t want) {
    int64_t n_all = 0;
    uint64_t sum = 0, want_sum = 0;
    for (int p = 0; p < SC_BUCKET_PARTS; p++) {
        sc_bucket_item *items;
        int64_t n;
        CHECK_OK(sc__buckets_load(&items, &n, b, p));
        for (int64_t i = 0; i < n; i++) {
            CHECK_INT(sc__bucket_part(items[i].key), p);
            sum += items[i].key ^ items[i].place * 0x9E3779B97F4A7C15u;
            if (!i) continue;
            CHECK(items[i - 1].key <= items[i].key);
            if (items[i - 1].key == items[i].key) CHECK(items[i - 1].place < items[i].place);
        }
        n_all += n;
        sc__free(items);
    }
    for (int64_t i = 0; i < want; i++)
        want_sum += item(i).key ^ item(i).place * 0x9E3779B97F4A7C15u;
    CHECK_INT(n_all, want);
    CHECK(sum == want_sum);
}

static void append(sc_buckets *b, int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) {
        const sc_bucket_item one = item(i);
        CHECK_OK(sc__buckets_append(b, &one, 1));
    }
}

TEST(buckets_memory, "stage/curation/dedup/buckets/memory") {
    sc_buckets b;
    sc__buckets_init(&b, test_path("keys"), 0, 1 << 30);
    append(&b, 0, N);
    CHECK_OK(sc__buckets_gather(&b, 0));
    CHECK_INT(b.spilled, 0);
    check_all(&b, N);
    sc__buckets_deinit(&b);
}

TEST(buckets_files, "stage/curation/dedup/buckets/files") {
    sc_buckets b;
    sc__buckets_init(&b, test_path("keys"), 0, 1);
    append(&b, 0, N);
    CHECK(b.n_runs >= 3);
    CHECK_OK(sc__buckets_gather(&b, 0));
    CHECK(b.spilled > N * sizeof(sc_bucket_item));
    check_all(&b, N);
    sc__buckets_deinit(&b);
}

TEST(buckets_shards, "stage/curation/dedup/buckets/shards_in_any_order") {
    sc_buckets b;
    static const int64_t cut[] = {0, 50000, 50000, N};
    const char *dir = job_path("keys");
    for (int shard = 2; shard >= 0; shard--) { /* the second has nothing */
        sc__buckets_init(&b, dir, shard, 1 << 20);
        append(&b, cut[2 - shard], cut[3 - shard]);
        CHECK_OK(sc__buckets_flush(&b));
        sc__buckets_deinit(&b);
    }
    sc__buckets_init(&b, dir, 0, 1 << 20);
    CHECK_OK(sc__buckets_gather(&b, 3));
    check_all(&b, N);
    sc__buckets_deinit(&b);
}

TEST(buckets_none, "stage/curation/dedup/buckets/none") {
    sc_buckets b;
    sc__buckets_init(&b, test_path("keys"), 0, 1);
    CHECK_OK(sc__buckets_gather(&b, 0));
    check_all(&b, 0);
    sc__buckets_deinit(&b);
    sc__buckets_init(&b, test_path("keys"), 0, 1);
    CHECK_OK(sc__buckets_gather(&b, 2)); /* shards without keys leave no folder */
    check_all(&b, 0);
    sc__buckets_deinit(&b);
}

static sc_status load_all(const sc_buckets *b) {
    for (int p = 0; p < SC_BUCKET_PARTS; p++) {
        sc_bucket_item *items;
        int64_t n;
        SC_TRY(sc__buckets_load(&items, &n, b, p));
        sc__free(items);
    }
    return SC_OK;
}

TEST(buckets_damaged, "stage/curation/dedup/buckets/damaged_runs") {
    sc_buckets b;
    sc_buffer run = SC_BUFFER_INIT;
    const char *dir = job_path("keys");
    const char *path = job_path("keys/00000/000000.run");
    sc__buckets_init(&b, dir, 0, 1);
    append(&b, 0, 1000);
    CHECK_OK(sc__buckets_flush(&b));
    sc__buckets_deinit(&b);
    CHECK_OK(sc__file_read(&run, path, 1 << 28));
    for (size_t cut = 0; cut < run.len; cut += 1 + run.len / 40) { /* cut short */
        CHECK_OK(sc__file_write(path, run.data, cut));
        sc__buckets_init(&b, dir, 0, 1);
        CHECK_STATUS(SC_FORMAT, sc__buckets_gather(&b, 1));
        sc__buckets_deinit(&b);
    }
    for (size_t at = 0; at < 2000; at += 31) { /* other bytes */
        char was = run.data[at];
        run.data[at] = (char)(was ^ 0x55);
        CHECK_OK(sc__file_write(path, run.data, run.len));
        sc__buckets_init(&b, dir, 0, 1);
        if (sc__buckets_gather(&b, 1) >= 0 && load_all(&b) < 0) CHECK_ERROR("run");
        sc__buckets_deinit(&b);
        run.data[at] = was;
    }
    sc__buffer_deinit(&run);
}

static sc_status fill_and_gather(void *arg) {
    sc_buckets b;
    sc__buckets_init(&b, arg, 0, 1);
    sc_status s = SC_OK;
    for (int64_t i = 0; i < 70000 && s >= 0; i++) {
        const sc_bucket_item one = item(i);
        s = sc__buckets_append(&b, &one, 1);
    }
    if (s >= 0) s = sc__buckets_gather(&b, 0);
    sc_bucket_item *items;
    int64_t n;
    for (int p = 0; p < 3 && s >= 0; p++) {
        s = sc__buckets_load(&items, &n, &b, p);
        if (s >= 0) sc__free(items);
    }
    sc__buckets_deinit(&b);
    return s;
}

TEST(buckets_oom, "stage/curation/dedup/buckets/oom") {
    CHECK(test_oom(fill_and_gather, (void *)(uintptr_t)job_path("keys")) > 8);
}
