/* test_safetensors.c - files of the reference implementation read, our files equal to its bytes,
 * and lies refused by name. */
#include "test.h"

#include "base/file.h"
#include "corpus.h"
#include "format/safetensors.h"

static const sc_safetensor *must_find(const sc_safetensors *s, const char *name) {
    const sc_safetensor *t = sc__safetensors_find(s, name);
    if (!t) test_fail(__FILE__, __LINE__, "no tensor %s", name);
    return t;
}

static void check_ramp(const sc_safetensors *s, const char *name) { /* -2.5 .. 2.5 */
    float x[6];
    CHECK_OK(sc__safetensor_read(x, SC_F32, must_find(s, name), 0, 6));
    for (int i = 0; i < 6; i++) CHECK_NEAR(x[i], i - 2.5, 0);
}

TEST(safetensors_golden, "format/safetensors/golden") {
    sc_safetensors *s;
    CHECK_OK(sc__safetensors_open(&s, test_data("golden/safetensors/native.safetensors")));
    CHECK_INT(s->n, 8);
    check_ramp(s, "wte.weight");
    check_ramp(s, "h.0.bias");
    check_ramp(s, "h.0.half");
    const sc_safetensor *w = must_find(s, "wte.weight");
    CHECK(w->dtype == SC_F32 && w->shape.n_dims == 2 && w->shape.dim[0] == 2 &&
          w->shape.dim[1] == 3 && w->bytes == 24);
    CHECK_STR(w->type_name, "F32");
    int64_t ids[4];
    CHECK_OK(sc__safetensor_read(ids, SC_I64, must_find(s, "ids"), 0, 4));
    CHECK_INT(ids[0], -2);
    double scalar;
    CHECK_OK(sc__safetensor_read(&scalar, SC_F64, must_find(s, "scalar"), 0, 1));
    CHECK_NEAR(scalar, 1.5, 0);
    CHECK_INT(must_find(s, "empty")->bytes, 0);
    CHECK(!sc__safetensors_find(s, "absent"));
    CHECK_INT(s->n_metadata, 1);
    CHECK_STR(s->metadata[0].key, "format");
    CHECK_STR(s->metadata[0].value, "pt");
    CHECK_STR(s->tensors[0].name, "ids"); /* in the order of the data: the largest type first */
    CHECK_STR(s->tensors[7].name, "small");
    sc__safetensors_close(s);
}

TEST(safetensors_foreign, "format/safetensors/foreign-types") {
    static const char *const names[] = {"mask", "bytes", "short", "ushort", "uint", "ulong", "f8"};
    sc_safetensors *s;
    float x[8];
    CHECK_OK(sc__safetensors_open(&s, test_data("golden/safetensors/foreign.safetensors")));
    check_ramp(s, "weight");
    for (int i = 0; i < SC_LEN(names); i++) {
        const sc_safetensor *t = must_find(s, names[i]);
        CHECK(!sc__safetensor_aligned(t));
        CHECK_STATUS(SC_UNSUPPORTED, sc__safetensor_read(x, SC_F32, t, 0, 1));
        CHECK_ERROR(names[i]);
        CHECK_ERROR("foreign.safetensors");
        CHECK_STATUS(SC_UNSUPPORTED, sc__safetensor_check(t));
    }
    CHECK_STATUS(SC_UNSUPPORTED, sc__safetensor_check(must_find(s, "five")));
    CHECK_ERROR("5 dimensions");
    sc__safetensors_close(s);
    CHECK_OK(sc__safetensors_open(&s, test_data("golden/safetensors/native.safetensors")));
    CHECK_STATUS(SC_UNSUPPORTED, sc__safetensor_read(x, SC_F32, must_find(s, "ids"), 0, 1));
    CHECK_ERROR("tensor ids");
    sc__safetensors_close(s);
}

static sc_status accepts(const char *path) {
    sc_safetensors *s;
    SC_TRY(sc__safetensors_open(&s, path));
    sc__safetensors_close(s);
    return SC_OK;
}

TEST(safetensors_corpus, "format/safetensors/corpus") { test_corpus("safetensors", accepts); }

static void check_refused(const char *file, const char *words) {
    char path[256];
    snprintf(path, sizeof path, "corpus/safetensors/bad-%s.safetensors", file);
    CHECK_STATUS(SC_FORMAT, accepts(test_data(path)));
    CHECK_ERROR(words);
}

TEST(safetensors_sentences, "format/safetensors/sentences") {
    check_refused("header-longer-than-file", "header length: 1000 bytes, but the file has");
    check_refused("overlap", "tensor b: data_offsets: overlaps tensor a");
    check_refused("hole", "tensor b: data_offsets: 4 bytes before it belong to no tensor");
    check_refused("trailing-bytes", "the last 4 bytes belong to no tensor");
    check_refused("data-cut", "tensor a: data_offsets: ends at byte 8 of the data, which has 7");
    check_refused("size", "tensor a: data_offsets: 8 bytes, but 3 elements of F32 take 12");
    check_refused("dtype-unknown", "tensor a: dtype: unknown type \"F33\"");
    check_refused("shape-negative", "tensor a: shape: dimension 0");
    check_refused("duplicate", "duplicate");
    check_refused("offsets-reversed", "tensor a: data_offsets: begins at 4, after its end 0");
    CHECK_STATUS(SC_IO, accepts(test_path("none.safetensors")));
    CHECK_ERROR("none.safetensors");
    CHECK_STATUS(SC_IO, accepts(test_dir()));
    CHECK_ERROR("model.safetensors");
}

TEST(safetensors_unaligned, "format/safetensors/unaligned") {
    sc_safetensors *s;
    CHECK_OK(sc__safetensors_open(&s, test_data("corpus/safetensors/ok-unaligned.safetensors")));
    double x = 1;
    float f = 1;
    CHECK(!sc__safetensor_aligned(must_find(s, "f")) || !sc__safetensor_aligned(must_find(s, "d")));
    CHECK_OK(sc__safetensor_read(&x, SC_F64, must_find(s, "f"), 0, 1));
    CHECK_NEAR(x, 0, 0);
    CHECK_OK(sc__safetensor_read(&f, SC_F32, must_find(s, "d"), 0, 1));
    CHECK_NEAR(f, 0, 0);
    sc__safetensors_close(s);
}

/* ---- writing ----------------------------------------------------------------------------------
 */

/* The tensors of a set, written again in another order of declaration. */
static sc_status copy(const sc_safetensors *from, const char *path, uint64_t shard_bytes) {
    sc_safetensor_decl d[16];
    sc_safetensors_writer *w;
    CHECK(from->n <= 16);
    for (int64_t i = 0; i < from->n; i++) {
        const sc_safetensor *t = &from->tensors[from->n - 1 - i];
        d[i] = (sc_safetensor_decl){t->name, t->dtype, t->shape};
    }
    if (shard_bytes)
        SC_TRY(sc__safetensors_writer_open_dir(&w, path, d, from->n, shard_bytes));
    else
        SC_TRY(sc__safetensors_writer_open(&w, path, d, from->n));
    for (int64_t i; (i = sc__safetensors_writer_next(w)) >= 0;) {
        const sc_safetensor *t = must_find(from, d[i].name);
        const size_t half = t->bytes / 2; /* in two pieces */
        sc__safetensors_writer_append(w, t->data, half);
        sc__safetensors_writer_append(w, t->data + half, t->bytes - half);
    }
    return sc__safetensors_writer_commit(w);
}

static void check_equal(const sc_safetensors *a, const sc_safetensors *b) {
    CHECK_INT(a->n, b->n);
    for (int64_t i = 0; i < a->n; i++) {
        const sc_safetensor *x = &a->tensors[i], *y = must_find(b, x->name);
        CHECK(x->dtype == y->dtype && x->bytes == y->bytes);
        CHECK(!memcmp(x->data, y->data, x->bytes));
    }
}

static void check_same_file(const char *a, const char *b) {
    sc_buffer x = SC_BUFFER_INIT, y = SC_BUFFER_INIT;
    CHECK_OK(sc__file_read(&x, a, 1 << 20));
    CHECK_OK(sc__file_read(&y, b, 1 << 20));
    CHECK_INT(x.len, y.len);
    CHECK(!memcmp(x.data, y.data, x.len));
    sc__buffer_deinit(&x);
    sc__buffer_deinit(&y);
}

TEST(safetensors_written, "format/safetensors/written-as-the-reference") {
    const char *golden = test_data("golden/safetensors/native.safetensors");
    const char *keep = getenv("SOCLE_KEEP"); /* for tests/parity/make_safetensors.py */
    char path[512];
    snprintf(path, sizeof path, "%s/native.safetensors", keep ? keep : test_dir());
    sc_safetensors *s, *again;
    CHECK_OK(sc__safetensors_open(&s, golden));
    CHECK_OK(copy(s, path, 0));
    check_same_file(golden, path);
    snprintf(path, sizeof path, "%s/sharded", keep ? keep : test_dir());
    CHECK_OK(sc__dir_make(path));
    CHECK_OK(copy(s, path, 40));
    CHECK_OK(sc__safetensors_open(&again, path));
    CHECK(again->n_maps >= 3);
    check_equal(s, again);
    sc__safetensors_close(again);
    sc__safetensors_close(s);
}

TEST(safetensors_one_or_many, "format/safetensors/one-or-many") {
    sc_safetensors *s, *again;
    CHECK_OK(sc__safetensors_open(&s, test_data("golden/safetensors/native.safetensors")));
    CHECK_OK(copy(s, test_dir(), 1 << 20));
    CHECK(sc__path_exists(test_path("model.safetensors")));
    CHECK_OK(copy(s, test_dir(), 40)); /* the single file would win over the index */
    CHECK(!sc__path_exists(test_path("model.safetensors")));
    CHECK_OK(copy(s, test_dir(), 1 << 20));
    CHECK(!sc__path_exists(test_path("model.safetensors.index.json")));
    CHECK_OK(sc__safetensors_open(&again, test_dir()));
    check_equal(s, again);
    sc__safetensors_close(again);
    sc__safetensors_close(s);
}

TEST(safetensors_disk_full, "format/safetensors/disk-full") {
    sc_safetensors *s, *again;
    CHECK_OK(sc__safetensors_open(&s, test_data("golden/safetensors/native.safetensors")));
    CHECK_OK(copy(s, test_dir(), 1 << 20));
    for (int k = 0; k < 3; k++) { /* write, fsync, rename */
        sc__file_fail_at(k);
        CHECK_STATUS(SC_IO, copy(s, test_dir(), 1 << 20));
        CHECK_ERROR("model.safetensors");
        sc__file_fail_at(-1);
        CHECK_OK(sc__safetensors_open(&again, test_dir()));
        check_equal(s, again);
        sc__safetensors_close(again);
    }
    CHECK_STATUS(SC_IO, copy(s, test_path("no/such/folder.safetensors"), 0));
    sc__safetensors_close(s);
}

TEST(safetensors_bad_names, "format/safetensors/bad-names") {
    const sc_shape one = {1, {1}};
    const sc_safetensor_decl twice[] = {{"a", SC_F32, one}, {"b", SC_I8, one}, {"a", SC_I8, one}},
                             bytes[] = {{"a\xff", SC_F32, one}},
                             meta[] = {{"__metadata__", SC_F32, one}},
                             shape[] = {{"a", SC_F32, {1, {-1}}}};
    sc_safetensors_writer *w;
    CHECK_STATUS(SC_FORMAT, sc__safetensors_writer_open(&w, test_path("x"), twice, 3));
    CHECK_ERROR("tensor a: declared twice");
    CHECK_STATUS(SC_FORMAT, sc__safetensors_writer_open(&w, test_path("x"), bytes, 1));
    CHECK_STATUS(SC_FORMAT, sc__safetensors_writer_open(&w, test_path("x"), meta, 1));
    CHECK_STATUS(SC_SHAPE, sc__safetensors_writer_open(&w, test_path("x"), shape, 1));
    CHECK(!w);
}

/* ---- shards that lie --------------------------------------------------------------------------
 */

static sc_status open_with_index(const char *index) {
    CHECK_OK(sc__file_write(test_path("model.safetensors.index.json"), index, strlen(index)));
    return accepts(test_dir());
}

TEST(safetensors_shards, "format/safetensors/shards-that-lie") {
    const sc_shape one = {1, {1}};
    const sc_safetensor_decl a[] = {{"a", SC_F32, one}};
    const char *const files[] = {"x.st", "y.st"};
    const float zero = 0;
    for (int i = 0; i < 2; i++) {
        sc_safetensors_writer *w;
        CHECK_OK(sc__safetensors_writer_open(&w, test_path(files[i]), a, 1));
        sc__safetensors_writer_append(w, &zero, sizeof zero);
        CHECK_OK(sc__safetensors_writer_commit(w));
    }
    CHECK_OK(open_with_index("{\"weight_map\":{\"a\":\"x.st\"}}"));
    CHECK_STATUS(SC_FORMAT, open_with_index("{\"weight_map\":{\"a\":\"x.st\",\"b\":\"x.st\"}}"));
    CHECK_ERROR("tensor b is not in x.st");
    CHECK_STATUS(SC_FORMAT, open_with_index("{\"weight_map\":{\"a\":\"x.st\",\"b\":\"y.st\"}}"));
    CHECK_ERROR("tensor a: is in ");
    CHECK_STATUS(SC_FORMAT, open_with_index("{\"weight_map\":{\"b\":\"x.st\"}}"));
    CHECK_STATUS(SC_IO, open_with_index("{\"weight_map\":{\"a\":\"z.st\"}}"));
    CHECK_ERROR("z.st");
    CHECK_STATUS(SC_FORMAT, open_with_index("{\"weight_map\":{\"a\":\"../x.st\"}}"));
    CHECK_ERROR("same folder");
    CHECK_STATUS(SC_FORMAT, open_with_index("{\"weight_map\":{\"a\":1}}"));
    CHECK_STATUS(SC_FORMAT, open_with_index("{\"weight_map\":[]}"));
    CHECK_STATUS(SC_FORMAT, open_with_index("{"));
}

static sc_status open_golden(void *arg) {
    (void)arg;
    return accepts(test_data("golden/safetensors/native.safetensors"));
}

static sc_status open_shards(void *arg) {
    (void)arg;
    return accepts(test_dir());
}

static sc_status write_golden(void *arg) { return copy(arg, test_dir(), 40); }

TEST(safetensors_oom, "format/safetensors/oom") {
    sc_safetensors *s;
    CHECK_OK(sc__safetensors_open(&s, test_data("golden/safetensors/native.safetensors")));
    CHECK(test_oom(open_golden, NULL) >= 2);
    CHECK_OK(copy(s, test_dir(), 40));
    CHECK(test_oom(open_shards, NULL) >= 2);
    CHECK(test_oom(write_golden, s) > 10);
    sc__safetensors_close(s);
}
