/* test_loader.c - the order is a shuffle that depends on seed and position alone. */
#include "test.h"

#include "stage/training/loader.h"

/* Token i is i, in documents of `length`. */
static sc_shard *make_shard(int32_t n, int32_t length) {
    const sc_shard head = {.vocab_size = 100000, .eos = -1};
    sc_shard_writer w;
    sc_shard *s;
    int32_t *ids = malloc((size_t)n * sizeof *ids);
    CHECK(ids);
    for (int32_t i = 0; i < n; i++) ids[i] = i;
    CHECK_OK(sc__shard_writer_open(&w, test_path("t.tokens"), &head));
    for (int32_t i = 0; i < n; i += length)
        sc__shard_writer_append(&w, ids + i, SC_MIN(length, n - i), length);
    CHECK_OK(sc__shard_writer_commit(NULL, &w));
    CHECK_OK(sc__shard_open(&s, test_path("t.tokens")));
    free(ids);
    return s;
}

TEST(loader_epoch, "stage/training/loader/epoch") {
    enum { N = 1003, T = 10 };
    sc_shard *s = make_shard(N, 100);
    const int64_t n = sc__windows_per_epoch(s, T);
    CHECK_INT(n, 99);
    int64_t in_order = 0, offset[2];
    for (int epoch = 0; epoch < 2; epoch++) {
        bool seen[N] = {false};
        int64_t last = -1, smallest = N;
        for (int64_t i = 0; i < n; i++) {
            const sc_window w = sc__window_find(s, T, 7, epoch * n + i);
            CHECK_INT(w.epoch, epoch);
            CHECK(w.first_token >= 0 && w.first_token + T < N);
            for (int64_t k = 0; k < T; k++) { /* inputs of an epoch never repeat */
                CHECK(!seen[w.first_token + k]);
                seen[w.first_token + k] = true;
            }
            CHECK_INT(w.first_document, w.first_token / 100);
            CHECK_INT(w.last_document, (w.first_token + T) / 100);
            in_order += w.first_token > last;
            last = w.first_token;
            smallest = SC_MIN(smallest, last);
        }
        CHECK(smallest < 2 * T);
        offset[epoch] = smallest;
    }
    CHECK(in_order > 60 && in_order < 140); /* about half of 198 */
    CHECK(offset[0] != offset[1] ||
          sc__window_find(s, T, 7, 0).first_token != sc__window_find(s, T, 7, n).first_token);
    CHECK(sc__window_find(s, T, 7, 0).first_token != sc__window_find(s, T, 8, 0).first_token);
    sc__shard_close(s);
}

TEST(loader_batches, "stage/training/loader/batches") {
    enum { T = 8, COUNT = 300 };
    static int32_t tokens[COUNT * T], targets[COUNT * T], x[COUNT * T], y[COUNT * T];
    sc_shard *s = make_shard(500, 33);
    sc_loader *l;
    sc_loader_options o = {.T = T, .ahead = 7, .seed = 3};
    CHECK_OK(sc__loader_open(&l, s, &o));
    CHECK_OK(sc__loader_next(tokens, targets, l, COUNT));
    CHECK_INT(sc__loader_position(l), COUNT);
    sc__loader_close(l);
    for (int64_t i = 0; i < COUNT; i++) {
        const int64_t first = sc__window_find(s, T, 3, i).first_token;
        for (int64_t k = 0; k < T; k++) {
            CHECK_INT(tokens[i * T + k], first + k);
            CHECK_INT(targets[i * T + k], first + k + 1);
        }
    }
    for (int64_t batch = 1; batch < 20; batch += 6) { /* any batches, resumed anywhere */
        o.position = batch * 5;
        o.ahead = batch % 4 + 1;
        CHECK_OK(sc__loader_open(&l, s, &o));
        int64_t i = o.position;
        for (; i + batch <= COUNT; i += batch)
            CHECK_OK(sc__loader_next(x + i * T, y + i * T, l, batch));
        const size_t bytes = (size_t)((i - o.position) * T) * sizeof *x;
        CHECK(!memcmp(x + o.position * T, tokens + o.position * T, bytes));
        CHECK(!memcmp(y + o.position * T, targets + o.position * T, bytes));
        sc__loader_close(l);
    }
    sc__shard_close(s);
}

TEST(loader_short, "stage/training/loader/short-text") {
    int32_t x[8], y[8];
    int64_t n;
    sc_loader *l;
    sc_shard *s = make_shard(8, 8);
    const sc_loader_options o = {.T = 8, .ahead = 2};
    CHECK_STATUS(SC_FORMAT, sc__loader_open(&l, s, &o));
    CHECK_ERROR("t.tokens: 8 tokens are too few for one sequence of 8");
    CHECK(!l);
    CHECK_INT(sc__valid_windows(s, 8), 1);
    CHECK_OK(sc__valid_read(x, y, &n, s, 8, 0));
    CHECK_INT(n, 7);
    CHECK(x[6] == 6 && y[6] == 7);
    sc__shard_close(s);
    s = make_shard(9, 9);
    CHECK_OK(sc__loader_open(&l, s, &o));
    for (int i = 0; i < 5; i++) {
        CHECK_OK(sc__loader_next(x, y, l, 1));
        CHECK(x[0] == 0 && y[7] == 8);
    }
    sc__loader_close(l);
    sc__shard_close(s);
}

TEST(loader_valid, "stage/training/loader/valid") {
    int32_t x[8], y[8];
    int64_t n, total = 0;
    sc_shard *s = make_shard(100, 9);
    for (int64_t i = 0; i < sc__valid_windows(s, 8); i++) {
        CHECK_OK(sc__valid_read(x, y, &n, s, 8, i));
        for (int64_t k = 0; k < n; k++) CHECK(x[k] == total + k && y[k] == total + k + 1);
        total += n;
    }
    CHECK_INT(total, 99); /* each token but the first is a target once */
    sc__shard_close(s);
    s = make_shard(1, 1);
    CHECK_INT(sc__valid_windows(s, 8), 0);
    sc__shard_close(s);
    s = make_shard(9, 9);
    CHECK_INT(sc__valid_windows(s, 8), 1);
    sc__shard_close(s);
}

TEST(loader_lying, "stage/training/loader/lying-shard") {
    sc_buffer b = SC_BUFFER_INIT;
    sc_shard *s = make_shard(100, 100);
    sc__shard_close(s);
    CHECK_OK(sc__file_read(&b, test_path("t.tokens"), 4096));
    memset(b.data + 128 + 4 * 99, 0xFF, 4); /* the last token, a target at most */
    CHECK_OK(sc__file_write(test_path("t.tokens"), b.data, b.len));
    CHECK_OK(sc__shard_open(&s, test_path("t.tokens")));
    sc_loader *l;
    const sc_loader_options o = {.T = 9, .ahead = 3};
    int32_t x[9], y[9];
    sc_status status = SC_OK;
    CHECK_OK(sc__loader_open(&l, s, &o));
    int64_t good = 0;
    while (good < 1000 && (status = sc__loader_next(x, y, l, 1)) >= 0) {
        const sc_window w = sc__window_find(s, 9, 0, good++);
        CHECK(w.first_token + 9 < 99 && x[0] == w.first_token); /* all that is good comes first */
    }
    CHECK(status == SC_FORMAT && good < 1000);
    CHECK_ERROR("is not in a vocabulary of 100000");
    CHECK_INT(sc__loader_position(l), good);
    CHECK_INT(sc__window_find(s, 9, 0, good).first_token + 9, 99);
    CHECK_STATUS(SC_FORMAT, sc__loader_next(x, y, l, 1));
    sc__loader_close(l);
    sc__shard_close(s);
    sc__buffer_deinit(&b);
}

static sc_status open_loader(void *arg) {
    sc_loader *l;
    int32_t x[16], y[16];
    const sc_loader_options o = {.T = 8, .ahead = 2};
    SC_TRY(sc__loader_open(&l, arg, &o));
    sc_status s = sc__loader_next(x, y, l, 2);
    sc__loader_close(l);
    return s;
}

TEST(loader_oom, "stage/training/loader/oom") {
    sc_shard *s = make_shard(100, 10);
    CHECK_INT(test_oom(open_loader, s), 2);
    sc__shard_close(s);
}
