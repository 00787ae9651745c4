/* test_shards.c - what was written is read back; a shard that lies is refused. */
#include "test.h"

#include "corpus.h"
#include "stage/curation/shards.h"

static const sc_digest tokenizer = {
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"};

/* Three documents of 3, 0 and 2 tokens. */
static sc_status write_three(const char *path, int64_t vocab_size) {
    const sc_shard head = {.vocab_size = vocab_size, .eos = 1, .tokenizer = tokenizer};
    const int32_t a[] = {5, 6, 1}, b[] = {(int32_t)vocab_size - 1, 1};
    sc_shard_writer w;
    SC_TRY(sc__shard_writer_open(&w, path, &head));
    sc__shard_writer_append(&w, a, 3, 10);
    sc__shard_writer_append(&w, a, 0, 0);
    sc__shard_writer_append(&w, b, 2, 7);
    return sc__shard_writer_commit(NULL, &w);
}

static void check_three(int64_t vocab_size, int64_t file_size) {
    uint64_t size;
    sc_shard *s;
    int32_t ids[5];
    CHECK_OK(write_three(test_path("a.tokens"), vocab_size));
    CHECK_OK(sc__path_size(test_path("a.tokens"), &size));
    CHECK_INT(size, file_size);
    CHECK_OK(sc__shard_open(&s, test_path("a.tokens")));
    CHECK_INT(s->n_tokens, 5);
    CHECK_INT(s->n_documents, 3);
    CHECK_INT(s->n_bytes, 17);
    CHECK_INT(s->vocab_size, vocab_size);
    CHECK_INT(s->eos, 1);
    CHECK_STR(s->tokenizer.hex, tokenizer.hex);
    CHECK_OK(sc__shard_read(ids, s, 0, 5));
    CHECK(ids[0] == 5 && ids[1] == 6 && ids[2] == 1 && ids[3] == vocab_size - 1 && ids[4] == 1);
    CHECK_OK(sc__shard_read(ids, s, 5, 0));
    CHECK_INT(sc__shard_document(s, 2), 0);
    CHECK_INT(sc__shard_document(s, 3), 2); /* document 1 is empty */
    CHECK_INT(sc__shard_begin(s, 3), 5);
    CHECK_INT(sc__shard_document_bytes(s, 2), 7);
    CHECK_OK(sc__shard_verify(s));
    sc__shard_close(s);
}

TEST(shards_narrow, "stage/curation/shards/two-bytes") { check_three(65536, 128 + 16 + 64); }
TEST(shards_wide, "stage/curation/shards/four-bytes") { check_three(65537, 128 + 24 + 64); }

/* The file with one byte changed; what it says to being opened, read and verified. */
static sc_status changed(const sc_buffer *file, size_t at, int flip) {
    sc_shard *s;
    int32_t ids[5];
    char *copy = sc__alloc(file->len);
    CHECK(copy);
    memcpy(copy, file->data, file->len);
    copy[at] = (char)(copy[at] ^ flip);
    sc_status status = sc__shard_parse(&s, copy, file->len, "x.tokens");
    if (status >= 0) {
        status = sc__shard_read(ids, s, 0, 5);
        if (status >= 0) status = sc__shard_verify(s);
        sc__shard_close(s);
    }
    sc__free(copy);
    return status;
}

TEST(shards_every_byte, "stage/curation/shards/every-byte-counts") {
    sc_buffer file = SC_BUFFER_INIT;
    CHECK_OK(write_three(test_path("a.tokens"), 300));
    CHECK_OK(sc__file_read(&file, test_path("a.tokens"), 1000));
    for (size_t i = 0; i < file.len; i++)
        for (int bit = 1; bit < 256; bit *= 2)
            if (changed(&file, i, bit) >= 0)
                test_fail(__FILE__, __LINE__, "byte %zu, bit %d: change not seen", i, bit);
    for (size_t n = 0; n < file.len; n++) {
        sc_shard *s;
        CHECK_STATUS(SC_FORMAT, sc__shard_parse(&s, file.data, n, "cut.tokens"));
        CHECK_ERROR("cut.tokens");
    }
    CHECK_STATUS(SC_FORMAT, changed(&file, 0, 1));
    CHECK_ERROR("magic");
    CHECK_STATUS(SC_FORMAT, changed(&file, 8, 2));
    CHECK_ERROR("version");
    CHECK_STATUS(SC_FORMAT, changed(&file, 24, 1));
    CHECK_ERROR("n_tokens");
    CHECK_STATUS(SC_FORMAT, changed(&file, 129, 255));
    CHECK_ERROR("is not in a vocabulary of 300");
    CHECK_STATUS(SC_FORMAT, changed(&file, 128 + 16 + 8, 64));
    CHECK_ERROR("token offsets: document 1");
    CHECK_STATUS(SC_MISMATCH, changed(&file, 128, 1));
    sc__buffer_deinit(&file);
}

TEST(shards_bad_ids, "stage/curation/shards/bad-ids") {
    const sc_shard head = {.vocab_size = 10, .eos = -1, .tokenizer = tokenizer};
    const int32_t high[] = {1, 10}, low[] = {-1};
    sc_shard_writer w;
    CHECK_OK(sc__shard_writer_open(&w, test_path("a.tokens"), &head));
    sc__shard_writer_append(&w, high, 2, 2);
    CHECK_STATUS(SC_FORMAT, sc__shard_writer_commit(NULL, &w));
    CHECK_ERROR("id 10");
    CHECK_OK(sc__shard_writer_open(&w, test_path("a.tokens"), &head));
    sc__shard_writer_append(&w, low, 1, 1);
    CHECK_STATUS(SC_FORMAT, sc__shard_writer_commit(NULL, &w));
    CHECK(!sc__path_exists(test_path("a.tokens")));
}

TEST(shards_disk_full, "stage/curation/shards/disk-full") {
    sc_shard *s;
    CHECK_OK(write_three(test_path("a.tokens"), 300));
    for (int k = 0; k < 4; k++) { /* write, patch, fsync, rename */
        sc__file_fail_at(k);
        CHECK_STATUS(SC_IO, write_three(test_path("a.tokens"), 70000));
        CHECK_ERROR("a.tokens");
        sc__file_fail_at(-1);
        CHECK_OK(sc__shard_open(&s, test_path("a.tokens")));
        CHECK_INT(s->vocab_size, 300);
        sc__shard_close(s);
    }
    CHECK_STATUS(SC_IO, write_three(test_path("none/a.tokens"), 300));
}

static sc_status accepts(const char *path) {
    sc_shard *s;
    int32_t id;
    SC_TRY(sc__shard_open(&s, path));
    sc_status status = sc__shard_verify(s);
    for (int64_t i = 0; i < s->n_tokens && status >= 0; i++) status = sc__shard_read(&id, s, i, 1);
    sc__shard_close(s);
    return status;
}

TEST(shards_corpus, "stage/curation/shards/corpus") { test_corpus("shards", accepts); }

static sc_status write_and_open(void *arg) {
    SC_TRY(write_three(arg, 300));
    return accepts(arg);
}

TEST(shards_oom, "stage/curation/shards/oom") {
    char path[256];
    snprintf(path, sizeof path, "%s", test_path("a.tokens"));
    CHECK(test_oom(write_and_open, path) > 8);
}
