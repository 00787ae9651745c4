/* test_store.c - candidates come back as they were put, from memory and from the file. */
#include "job.h"

#include "stage/curation/dedup/store.h"

enum { N = 500 };

static sc_status put(sc_store *s, int64_t number) {
    uint64_t bytes[64] = {0};
    const sc_candidate_head head = {.number = number,
                                    .n_set = number % 50,
                                    .length = 7 * number,
                                    .score = (double)number / 2,
                                    .n_id = number % 9};
    memcpy(bytes, &head, sizeof head);
    uint64_t *set = bytes + sizeof head / 8;
    for (int64_t i = 0; i < head.n_set; i++) set[i] = (uint64_t)(number * 1000 + i);
    memset(set + head.n_set, 'a' + (int)(number % 26), (size_t)head.n_id);
    return sc__store_put(s, bytes);
}

static void check_one(const sc_store *s, sc_buffer *room, int64_t number) {
    sc_candidate c;
    CHECK_OK(sc__store_get(&c, room, s, number));
    CHECK_INT(c.head.number, number);
    CHECK_INT(c.head.length, 7 * number);
    CHECK_NEAR(c.head.score, (double)number / 2, 0);
    CHECK_INT(c.head.n_set, number % 50);
    CHECK_INT(c.head.n_id, number % 9);
    for (int64_t i = 0; i < c.head.n_set; i++) CHECK_INT(c.set[i], number * 1000 + i);
    for (int64_t i = 0; i < c.head.n_id; i++) CHECK_INT(c.id[i], 'a' + number % 26);
}

static void check_store(size_t max_bytes, bool spills) {
    sc_store s;
    sc_buffer room = SC_BUFFER_INIT;
    const char *path = job_path("candidates");
    CHECK_OK(sc__store_init(&s, path, N + 1, max_bytes));
    for (int64_t i = N - 1; i >= 0; i--) CHECK_OK(put(&s, i));
    CHECK_OK(sc__store_finish(&s));
    CHECK((s.spilled > 0) == spills);
    for (int64_t i = 0; i < N; i++) check_one(&s, &room, i);
    sc_candidate c;
    CHECK_STATUS(SC_FORMAT, sc__store_get(&c, &room, &s, N));
    sc__store_deinit(&s);
    CHECK(!sc__path_exists(path));
    sc__buffer_deinit(&room);
}

TEST(store_memory, "stage/curation/dedup/store/memory") { check_store(1 << 30, false); }
TEST(store_file, "stage/curation/dedup/store/file") { check_store(0, true); }
TEST(store_both, "stage/curation/dedup/store/both") { check_store(1 << 17, true); }

static sc_status fill(void *arg) {
    sc_store s;
    SC_TRY(sc__store_init(&s, arg, 3, 1 << 20));
    sc_status status = put(&s, 1);
    if (status >= 0) status = sc__store_finish(&s);
    sc__store_deinit(&s);
    return status;
}

TEST(store_oom, "stage/curation/dedup/store/oom") {
    CHECK(test_oom(fill, (void *)(uintptr_t)job_path("candidates")) >= 3);
}
