/* test_pack.c - the split falls where nanoGPT's does, documents keep their ends, folders are used
 * again only when nothing has changed. */
#include "test.h"

#include "base/log.h"
#include "stage/curation/pack.h"
#include "stage/curation/sources.h"

#include <zlib.h>

enum { EOS = 256 };

/* One token a byte. */
static sc_status encode_bytes(void *user, sc_buffer *ids, const char *text, size_t n) {
    (void)user;
    int32_t *to = sc__buffer_extend(ids, n * sizeof *to);
    if (!to) return ids->status;
    for (size_t i = 0; i < n; i++) to[i] = (unsigned char)text[i];
    return SC_OK;
}

static const char *inputs[4];

static sc_pack_options options_for(int n_inputs) {
    return (sc_pack_options){
        .train = inputs,
        .n_train = n_inputs,
        .encode = encode_bytes,
        .vocab_size = 257,
        .eos = EOS,
        .tokenizer = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"};
}

static void put(const char *name, const char *text) {
    CHECK_OK(sc__file_write(test_path(name), text, strlen(text)));
}

static void input(int i, const char *name, const char *text) {
    static char kept[4][512];
    if (text) put(name, text);
    snprintf(kept[i], sizeof kept[i], "%s", test_path(name));
    inputs[i] = kept[i];
}

/* The tokens as text, '$' for the end token. */
static void check_tokens(const sc_shard *s, const char *want) {
    int32_t ids[256];
    char text[257] = {0};
    CHECK(s->n_tokens <= 256);
    CHECK_OK(sc__shard_read(ids, s, 0, s->n_tokens));
    for (int64_t i = 0; i < s->n_tokens; i++) text[i] = (char)(ids[i] == EOS ? '$' : ids[i]);
    CHECK_STR(text, want);
}

static void check_split(double fraction, const char *train, const char *valid) {
    sc_packed p;
    sc_pack_options o = options_for(3);
    o.valid_fraction = fraction;
    CHECK_OK(sc__packed_open(&p, test_path("data"), &o));
    CHECK(!p.reused);
    check_tokens(p.train, train);
    check_tokens(p.valid, valid);
    CHECK_INT(p.train->n_bytes + p.valid->n_bytes, 11);
    sc__packed_close(&p);
}

TEST(pack_split, "stage/curation/pack/split") { /* nine characters of eleven bytes */
    input(0, "a.txt", "abc\xC3\xA9");
    input(1, "b.jsonl", "{\"text\":\"d\\u00e9\"}\n");
    input(2, "c.txt", "xyz");
    check_split(0.34, "abc\xC3\xA9$d", "\xC3\xA9$xyz$"); /* 9 * 0.66 = 5.94: in the second */
    check_split(0.33, "abc\xC3\xA9$d\xC3\xA9$", "xyz$"); /* 6.03: between two */
    check_split(0.1, "abc\xC3\xA9$d\xC3\xA9$xy", "z$");
    check_split(0.7, "ab", "c\xC3\xA9$d\xC3\xA9$xyz$");
    check_split(0.6, "abc", "\xC3\xA9$d\xC3\xA9$xyz$");
}

static void check_source(const char *split, int64_t document, const sc_source *want) {
    sc_sources *s;
    sc_source got;
    CHECK_OK(sc__sources_open(&s, test_path("data"), split));
    CHECK_OK(sc__sources_get(&got, s, document));
    CHECK_STR(got.path, want->path);
    CHECK_INT(got.document, want->document);
    CHECK_INT(got.characters, want->characters);
    CHECK(got.id.n == want->id.n && !memcmp(got.id.p, want->id.p, got.id.n));
    CHECK(got.sha256 && strlen(got.sha256) == 64);
    CHECK_STATUS(SC_FORMAT, sc__sources_get(&got, s, sc__sources_count(s)));
    sc__sources_close(s);
}

TEST(pack_source, "stage/curation/pack/source") {
    sc_packed p;
    sc_sources *s;
    input(0, "a.jsonl", "{\"id\":\"A\",\"text\":\"ab\"}\n{\"text\":\"cd\"}\n{\"text\":\"ef\"}\n");
    input(1, "b.txt", "abc");
    sc_pack_options o = options_for(2);
    o.valid_fraction = 0.6; /* "abc" | "d", "ef", "abc" */
    CHECK_OK(sc__packed_open(&p, test_path("data"), &o));
    CHECK_INT(p.train->n_documents, 2);
    CHECK_INT(p.valid->n_documents, 3);
    sc__packed_close(&p);
    const sc_slice cd = {"\"21e721c35a5823fdb452fa2f9f0a612c\"", 34},
                   ef = {"\"4ca669ac3713d1f4aea07dae8dcc0d1c\"", 34},
                   abc = {"\"ba7816bf8f01cfea414140de5dae2223\"", 34};
    check_source("train", 0, &(sc_source){.id = {"\"A\"", 3}, .path = inputs[0]});
    check_source("train", 1, &(sc_source){.id = cd, .path = inputs[0], .document = 1});
    check_source("valid", 0,
                 &(sc_source){.id = cd, .path = inputs[0], .document = 1, .characters = 1});
    check_source("valid", 1, &(sc_source){.id = ef, .path = inputs[0], .document = 2});
    check_source("valid", 2, &(sc_source){.id = abc, .path = inputs[1]});
    CHECK_OK(sc__sources_open(&s, test_path("data"), "valid"));
    CHECK_INT(sc__sources_find(s, "ba7816bf8f01cfea414140de5dae2223", 0), 2);
    CHECK_INT(sc__sources_find(s, "A", 0), -1);
    sc__sources_close(s);
}

TEST(pack_source_bad, "stage/curation/pack/source_bad") {
    sc_packed p;
    sc_sources *s;
    input(0, "a.txt", "hello");
    sc_pack_options o = options_for(1);
    CHECK_OK(sc__packed_open(&p, test_path("data"), &o));
    sc__packed_close(&p);
    CHECK_STATUS(SC_FORMAT, sc__sources_open(&s, test_path("data"), "valid"));
    CHECK_ERROR("valid: missing");
    put("data/train.ids", "\"a\"\n\"b\"\n");
    CHECK_STATUS(SC_FORMAT, sc__sources_open(&s, test_path("data"), "train"));
    CHECK_ERROR("train.ids");
    put("data/train.ids", "a\n");
    CHECK_STATUS(SC_FORMAT, sc__sources_open(&s, test_path("data"), "train"));
    CHECK_ERROR("line 1");
}

TEST(pack_reuse, "stage/curation/pack/reuse") {
    sc_packed p;
    input(0, "a.txt", "hello");
    input(1, "v.txt", "world");
    sc_pack_options o = options_for(1);
    o.valid = inputs + 1;
    o.n_valid = 1;
    for (int i = 0; i < 2; i++) {
        CHECK_OK(sc__packed_open(&p, test_path("data"), &o));
        CHECK(p.reused == (i == 1));
        check_tokens(p.train, "hello$");
        check_tokens(p.valid, "world$");
        sc__packed_close(&p);
    }
    put("a.txt", "hellO");
    CHECK_OK(sc__packed_open(&p, test_path("data"), &o));
    CHECK(!p.reused);
    check_tokens(p.train, "hellO$");
    sc__packed_close(&p);
    o.tokenizer = "ca7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    CHECK_OK(sc__packed_open(&p, test_path("data"), &o));
    CHECK(!p.reused);
    sc__packed_close(&p);
    sc_buffer b = SC_BUFFER_INIT; /* a changed token is found and packed again */
    CHECK_OK(sc__file_read(&b, test_path("data/train.tokens"), 4096));
    b.data[128] ^= 1;
    CHECK_OK(sc__file_write(test_path("data/train.tokens"), b.data, b.len));
    sc__buffer_deinit(&b);
    CHECK_OK(sc__packed_open(&p, test_path("data"), &o));
    CHECK(!p.reused);
    check_tokens(p.train, "hellO$");
    sc__packed_close(&p);
    CHECK_OK(sc__file_write(test_path("data/shards.json"), "{", 1));
    CHECK_OK(sc__packed_open(&p, test_path("data"), &o));
    CHECK(!p.reused);
    sc__packed_close(&p);
    o.n_valid = 0;
    CHECK_OK(sc__packed_open(&p, test_path("data"), &o));
    CHECK(!p.valid && !sc__path_exists(test_path("data/valid.tokens")));
    sc__packed_close(&p);
}

static void check_fails(sc_status want, const sc_pack_options *o, const char *words) {
    sc_packed p;
    CHECK_STATUS(want, sc__packed_open(&p, test_path("data"), o));
    CHECK_ERROR(words);
    CHECK(!p.train && !p.valid);
}

TEST(pack_bad, "stage/curation/pack/bad-input") {
    static const int stop = 1;
    input(0, "a.jsonl", "{\"text\":\"a\"}\n{\"txt\":\"a\"}\n");
    input(1, "v.txt", "v");
    sc_pack_options o = options_for(1);
    check_fails(SC_FORMAT, &o, "a.jsonl: line 2: text: missing");
    input(0, "e.jsonl", "\n");
    check_fails(SC_FORMAT, &o, "e.jsonl: holds no text");
    input(0, "none.txt", NULL);
    check_fails(SC_IO, &o, "none.txt");
    input(0, "one.txt", "1");
    o.valid_fraction = 0.5;
    check_fails(SC_FORMAT, &o, "valid_fraction: 0.5 of 1 characters leaves none to train on");
    o.valid = inputs + 1;
    o.n_valid = 1;
    check_fails(SC_USAGE, &o, "valid and valid_fraction");
    o.valid_fraction = 1;
    check_fails(SC_USAGE, &o, "valid_fraction: 1");
    o.valid_fraction = (double)NAN;
    check_fails(SC_USAGE, &o, "valid_fraction");
    o.valid_fraction = 0;
    o.stop = &stop;
    check_fails(SC_INTERRUPTED, &o, "interrupted");
    o.stop = NULL;
    o.vocab_size = 40;
    check_fails(SC_FORMAT, &o, "id 49");
    o.vocab_size = 257;
    input(0, "latin.txt", "\xE9");
    o.strict = true;
    check_fails(SC_FORMAT, &o, "latin.txt: byte 1: not valid UTF-8");
    put("data-file", "");
    sc_packed p;
    CHECK_STATUS(SC_IO, sc__packed_open(&p, test_path("data-file"), &o));
    CHECK_ERROR("data-file");
}

TEST(pack_disk_full, "stage/curation/pack/disk-full") {
    sc_packed p;
    sc_pack_options o = options_for(1);
    input(0, "a.txt", "first text");
    o.valid_fraction = 0.2;
    CHECK_OK(sc__packed_open(&p, test_path("data"), &o));
    sc__packed_close(&p);
    put("a.txt", "other text");
    for (int k = 0;; k++) { /* whatever fails, the next run works and is right */
        CHECK(k < 40);
        sc__file_fail_at(k);
        sc_status s = sc__packed_open(&p, test_path("data"), &o);
        sc__file_fail_at(-1);
        if (s >= 0) break;
        CHECK(s == SC_IO);
        CHECK_OK(sc__packed_open(&p, test_path("data"), &o));
        check_tokens(p.train, "other te");
        check_tokens(p.valid, "xt$");
        sc__packed_close(&p);
        CHECK_OK(sc__dir_remove(test_path("data/shards.json")));
    }
    sc__packed_close(&p);
}

static sc_status pack_twice(void *arg) {
    sc_packed p;
    SC_TRY(sc__dir_remove(test_path("data")));
    for (int i = 0; i < 2; i++) {
        SC_TRY(sc__packed_open(&p, test_path("data"), arg));
        sc__packed_close(&p);
    }
    return SC_OK;
}

TEST(pack_oom, "stage/curation/pack/oom") {
    sc_pack_options o = options_for(2);
    input(0, "a.txt", "some text");
    input(1, "b.jsonl", "{\"text\":\"more\"}");
    o.valid_fraction = 0.3;
    CHECK(test_oom(pack_twice, &o) > 30);
}

TEST(pack_shakespeare, "stage/curation/pack/tinyshakespeare") {
    const char *shared = getenv("SOCLE_SHARED");
    char path[512];
    snprintf(path, sizeof path, "%s/data/lm-english/tinyshakespeare.txt.gz",
             shared ? shared : "../shared");
    if (!sc__path_exists(path)) test_skip("%s is not here", path);
    sc_packed p;
    sc_pack_options o = options_for(1);
    inputs[0] = path;
    o.valid_fraction = 0.1;
    o.eos = -1;
    CHECK_OK(sc__packed_open(&p, test_path("data"), &o));
    CHECK_INT(p.train->n_tokens, 1003854);
    CHECK_INT(p.valid->n_tokens, 111540);
    sc__packed_close(&p);
}
