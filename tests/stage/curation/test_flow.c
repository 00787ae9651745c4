/* test_flow.c - what goes through a flow comes out whole and in order, whoever did the work. */
#include "test.h"

#include "base/file.h"
#include "format/documents.h"
#include "format/stream.h"
#include "stage/curation/flow.h"

static const char *const kinds[] = {"documents", "dropped"};

/* Keeps documents whose text has an even length; counts both. */
static sc_status by_parity(void *user, const sc_flow_item *item) {
    (void)user;
    const int kind = item->record->text.n & 1;
    item->tally[kind]++;
    return sc__record_change(&item->out[kind], item->record, NULL, NULL);
}

typedef struct {
    int64_t files, tally[2];
    sc_buffer seen;
} sums;

static sc_status file_done(void *user, const char *path, const int64_t *tally) {
    sums *s = user;
    (void)path;
    s->files++;
    s->tally[0] += tally[0];
    s->tally[1] += tally[1];
    return SC_OK;
}

static const sc_flow_step parity = {.record = by_parity, .file_done = file_done, .n_tally = 2};

/* n documents of growing length, large enough in all for several chunks. */
static const char *make_input(const char *name, int n) {
    static char paths[8][600]; /* the ring of test_path is short */
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s", test_path(name));
    sc_buffer b = SC_BUFFER_INIT, packed = SC_BUFFER_INIT;
    sc_packer *p;
    for (int i = 0; i < n; i++)
        sc__buffer_printf(&b, "{\"id\":\"%s-%d\",\"text\":\"%0*d\"}\n", name, i, 10 + i % 1000, i);
    CHECK_OK(sc__packer_open(&p, path));
    CHECK_OK(sc__packer_run(p, &packed, b.data, b.len));
    CHECK_OK(sc__file_write(path, packed.data, packed.len));
    sc__packer_close(p);
    sc__buffer_deinit(&b);
    sc__buffer_deinit(&packed);
    return path;
}

static void read_file(sc_buffer *out, const char *path) {
    CHECK_OK(sc__file_read(out, path, 1 << 28));
}

static bool same_files(const char *a, const char *b) {
    sc_buffer x = SC_BUFFER_INIT, y = SC_BUFFER_INIT;
    read_file(&x, a);
    read_file(&y, b);
    const bool same = x.len == y.len && !memcmp(x.data, y.data, x.len);
    sc__buffer_deinit(&x);
    sc__buffer_deinit(&y);
    return same;
}

static const char *in_dir(const char *dir, const char *kind, const char *name) {
    static char paths[4][4096];
    static int next;
    char *p = paths[next++ % 4];
    snprintf(p, sizeof paths[0], "%s/%s/%s", dir, kind, name);
    return p;
}

TEST(flow_threads, "stage/curation/flow/thread_count_changes_nothing") {
    const char *inputs[] = {make_input("a.jsonl.gz", 20000), make_input("b.jsonl", 7),
                            make_input("c.jsonl.zst", 12000)};
    static const int threads[] = {1, 2, 7};
    const char *first = NULL;
    for (int t = 0; t < 3; t++) {
        char name[16];
        sums s = {0};
        sc_flow_report r;
        snprintf(name, sizeof name, "out-%d", threads[t]);
        const char *dir = test_path(name);
        const sc_flow_options o = {.inputs = inputs,
                                   .n_inputs = 3,
                                   .out = dir,
                                   .kinds = kinds,
                                   .n_kinds = 2,
                                   .threads = threads[t]};
        CHECK_OK(sc__flow_run(&r, &parity, &s, &o));
        CHECK_INT(r.documents, 32007);
        CHECK_INT(r.files, 3);
        CHECK_INT(s.files, 3);
        CHECK_INT(s.tally[0] + s.tally[1], 32007);
        CHECK_INT(r.unreadable, 0);
        if (!first) first = dir;
        for (int k = 0; k < 2; k++)
            for (const char *const *n = (const char *const[]){"a", "b", "c", NULL}; *n; n++) {
                char file[32];
                snprintf(file, sizeof file, "%s.jsonl.zst", *n);
                CHECK(same_files(in_dir(first, kinds[k], file), in_dir(dir, kinds[k], file)));
            }
    }
}

/* Every document of the input is in one of the outputs, in order: compared through the reader. */
TEST(flow_whole, "stage/curation/flow/nothing_is_lost") {
    const char *input = make_input("a.jsonl", 9000);
    sums s = {0};
    sc_flow_report r;
    const char *dir = test_path("out"), *paths[2] = {dir, NULL};
    const sc_flow_options o = {
        .inputs = &input, .n_inputs = 1, .out = dir, .kinds = kinds, .n_kinds = 2, .threads = 3};
    CHECK_OK(sc__flow_run(&r, &parity, &s, &o));
    sc_documents *in, *kept, *dropped;
    sc_document want, got;
    const char *gone = in_dir(dir, "dropped", "a.jsonl.zst");
    CHECK_OK(sc__documents_open(&in, &input, 1, NULL));
    CHECK_OK(sc__documents_open(&kept, paths, 1, NULL)); /* the folder: only documents/ is meant */
    CHECK_OK(sc__documents_open(&dropped, &gone, 1, NULL));
    while (sc__documents_next(&want, in) == SC_OK) {
        CHECK_OK(sc__documents_next(&got, want.n & 1 ? dropped : kept));
        CHECK(got.n == want.n && !memcmp(got.text, want.text, got.n));
    }
    CHECK_STATUS(SC_DONE, sc__documents_next(&got, kept));
    CHECK_STATUS(SC_DONE, sc__documents_next(&got, dropped));
    sc__documents_close(in);
    sc__documents_close(kept);
    sc__documents_close(dropped);
}

TEST(flow_one_file, "stage/curation/flow/one_file") {
    const char *inputs[] = {make_input("a.jsonl", 3), make_input("b.jsonl", 2)};
    sums s = {0};
    sc_flow_report r;
    sc_buffer b = SC_BUFFER_INIT;
    const char *out = test_path("all.jsonl");
    const sc_flow_options o = {
        .inputs = inputs, .n_inputs = 2, .out = out, .kinds = kinds, .n_kinds = 2, .threads = 2};
    CHECK_OK(sc__flow_run(&r, &parity, &s, &o));
    read_file(&b, out);
    CHECK_STR(b.data, "{\"id\":\"a.jsonl-0\",\"text\":\"0000000000\"}\n"
                      "{\"id\":\"a.jsonl-2\",\"text\":\"000000000002\"}\n"
                      "{\"id\":\"b.jsonl-0\",\"text\":\"0000000000\"}\n");
    sc__buffer_deinit(&b);
}

static sc_status collect(void *user, int kind, const char *bytes, size_t n) {
    sums *s = user;
    CHECK_INT(kind, 0);
    sc__buffer_append(&s->seen, bytes, n);
    return s->seen.status;
}

static sc_status note_length(void *user, const sc_flow_item *item) {
    (void)user;
    sc__buffer_printf(&item->out[0], "%d:%d:%d ", (int)item->file, (int)item->line,
                      (int)item->record->text.n);
    return item->out[0].status;
}

TEST(flow_collects, "stage/curation/flow/collects_in_order") {
    const char *inputs[] = {make_input("a.jsonl", 3), make_input("b.jsonl", 2)};
    static const char *const nothing[] = {NULL};
    const sc_flow_step step = {.record = note_length, .collect = collect};
    sums s = {0};
    sc_flow_report r;
    const sc_flow_options o = {
        .inputs = inputs, .n_inputs = 2, .kinds = nothing, .n_kinds = 1, .threads = 2};
    CHECK_OK(sc__flow_run(&r, &step, &s, &o));
    CHECK_STR(s.seen.data, "0:1:10 0:2:11 0:3:12 1:1:10 1:2:11 ");
    sc__buffer_deinit(&s.seen);
}

/* A bad line in the middle, a truncated archive, a file that is no JSONL: the rest is processed. */
TEST(flow_damage, "stage/curation/flow/damage_is_counted") {
    const char *bad = test_path("bad.jsonl"), *cut = make_input("cut.jsonl.gz", 5000),
               *not = test_path("not.txt"), *good = make_input("good.jsonl", 4);
    const char *lines = "{\"text\":\"ab\"}\n{\"text\":\n\n{\"text\":\"\xFF\"}\n{\"text\":\"cd\"}";
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(sc__file_write(bad, lines, strlen(lines)));
    CHECK_OK(sc__file_write(not, "hello", 5));
    read_file(&b, cut);
    CHECK_OK(sc__file_write(cut, b.data, b.len / 2));
    const char *inputs[] = {bad, cut, not, good};
    sums s = {0};
    sc_flow_report r;
    sc_flow_options o = {.inputs = inputs,
                         .n_inputs = 4,
                         .out = test_path("out"),
                         .kinds = kinds,
                         .n_kinds = 2,
                         .threads = 2};
    CHECK_OK(sc__flow_run(&r, &parity, &s, &o));
    CHECK_INT(r.unreadable, 3);
    CHECK(strstr(r.first_unreadable, "bad.jsonl: line 2"));
    CHECK(r.documents > 3 + 4 + 1000 && r.documents < 3 + 4 + 5000);
    CHECK_INT(r.replaced, 1);
    CHECK_INT(s.files, 4);
    o.strict = true;
    CHECK_STATUS(SC_FORMAT, sc__flow_run(&r, &parity, &s, &o));
    CHECK_ERROR("bad.jsonl: line 2");
    sc__buffer_deinit(&b);
}

TEST(flow_long_line, "stage/curation/flow/long_line") {
    const char *input = test_path("long.jsonl");
    sc_buffer b = SC_BUFFER_INIT;
    sc__buffer_puts(&b, "{\"text\":\"ab\"}\n{\"text\":\"");
    memset(sc__buffer_extend(&b, 9 << 20), 'x', 9 << 20);
    sc__buffer_puts(&b, "\"}\n{\"text\":\"cd\"}\n");
    CHECK_OK(sc__file_write(input, b.data, b.len));
    sums s = {0};
    sc_flow_report r;
    const sc_flow_options o = {.inputs = &input,
                               .n_inputs = 1,
                               .out = test_path("out.jsonl"),
                               .kinds = kinds,
                               .n_kinds = 2,
                               .threads = 1,
                               .max_line = 3 << 20};
    CHECK_OK(sc__flow_run(&r, &parity, &s, &o));
    CHECK_INT(r.documents, 2);
    CHECK_INT(r.unreadable, 1);
    CHECK(strstr(r.first_unreadable, "line 2: longer than"));
    sc__buffer_deinit(&b);
}

static sc_status fails_at_line(void *user, const sc_flow_item *item) {
    return item->line == *(const int *)user ? SC_FAIL(SC_FORMAT, "line %d", (int)item->line)
                                            : SC_OK;
}

TEST(flow_fails, "stage/curation/flow/failure_leaves_nothing") {
    const char *input = make_input("a.jsonl", 9000);
    const sc_flow_step step = {.record = fails_at_line};
    int line = 5000;
    sc_flow_report r;
    const char *out = test_path("out.jsonl");
    const sc_flow_options o = {
        .inputs = &input, .n_inputs = 1, .out = out, .kinds = kinds, .n_kinds = 1, .threads = 3};
    CHECK_STATUS(SC_FORMAT, sc__flow_run(&r, &step, &line, &o));
    CHECK_ERROR("line 5000");
    CHECK(!sc__path_exists(out));
}

/* Of more processes than files one has nothing to do: its file holds nothing. */
TEST(flow_idle, "stage/curation/flow/shard_of_nothing") {
    const char *input = make_input("a.jsonl", 3);
    sums s = {0};
    sc_flow_report r;
    sc_buffer b = SC_BUFFER_INIT;
    const sc_flow_options o = {.inputs = &input,
                               .n_inputs = 1,
                               .out = test_path("none.jsonl"),
                               .kinds = kinds,
                               .n_kinds = 2,
                               .shard = 1,
                               .n_shards = 2};
    CHECK_OK(sc__flow_run(&r, &parity, &s, &o));
    CHECK_INT(r.documents, 0);
    read_file(&b, o.out);
    CHECK_INT((int64_t)b.len, 0);
    sc__buffer_deinit(&b);
}

TEST(flow_resumes, "stage/curation/flow/resume_and_shards") {
    const char *inputs[] = {make_input("a.jsonl", 30), make_input("b.jsonl", 20)};
    sums s = {0};
    sc_flow_report r;
    sc_flow_options o = {.inputs = inputs,
                         .n_inputs = 2,
                         .out = test_path("out"),
                         .kinds = kinds,
                         .n_kinds = 2,
                         .threads = 1,
                         .shard = 1,
                         .n_shards = 2};
    CHECK_OK(sc__flow_run(&r, &parity, &s, &o));
    CHECK_INT(r.documents, 20);
    CHECK(!sc__path_exists(in_dir(o.out, "documents", "a.jsonl.zst")));
    o.n_shards = 0;
    o.resume = true;
    CHECK_OK(sc__flow_run(&r, &parity, &s, &o));
    CHECK_INT(r.documents, 30);
    CHECK_OK(sc__flow_run(&r, &parity, &s, &o));
    CHECK_INT(r.documents, 0);
}

static sc_status run_small(void *arg) {
    const char *input = arg;
    sums s = {0};
    sc_flow_report r;
    const sc_flow_options o = {.inputs = &input,
                               .n_inputs = 1,
                               .out = test_path("oom"),
                               .kinds = kinds,
                               .n_kinds = 2,
                               .threads = 1};
    return sc__flow_run(&r, &parity, &s, &o);
}

TEST(flow_oom, "stage/curation/flow/oom") {
    CHECK(test_oom(run_small, (void *)(uintptr_t)make_input("a.jsonl.zst", 40)) > 5);
}

TEST(flow_full_disk, "stage/curation/flow/full_disk") {
    const char *input = make_input("a.jsonl", 40);
    for (int k = 0; k < 50; k++) {
        sc__file_fail_at(k);
        const sc_status s = run_small((void *)(uintptr_t)input);
        sc__file_fail_at(-1);
        if (s >= 0) {
            CHECK(k > 3);
            return;
        }
        CHECK_INT(s, SC_IO);
    }
    test_fail(__FILE__, __LINE__, "never succeeded");
}

/* A step whose output would take the place of what it reads is refused, under any name. */
TEST(flow_own_input, "stage/curation/flow/own_input") {
    CHECK_OK(sc__dir_make(test_path("c/documents")));
    const char *input = make_input("c/documents/x.jsonl.zst", 3);
    const char *whole = test_path("c");
    sc_flow_report r;
    sc_flow_options o = {
        .inputs = &input, .n_inputs = 1, .out = whole, .kinds = kinds, .n_kinds = 2};
    CHECK_STATUS(SC_USAGE, sc__flow_run(&r, &parity, NULL, &o));
    CHECK_ERROR("would be replaced");
    o.out = input;
    o.n_kinds = 1;
    CHECK_STATUS(SC_USAGE, sc__flow_run(&r, &parity, NULL, &o));
    o.out = test_path("c/../c/./documents/x.jsonl.zst");
    CHECK_STATUS(SC_USAGE, sc__flow_run(&r, &parity, NULL, &o));
    o.out = test_path("other");
    sums s = {0};
    CHECK_OK(sc__flow_run(&r, &parity, &s, &o));
    CHECK_INT(r.documents, 3);
    sc__buffer_deinit(&s.seen);
}

/* What ten files became, and later five others, would look like one corpus of fifteen. */
TEST(flow_other_run, "stage/curation/flow/another_run") {
    const char *first = make_input("a.jsonl", 3), *second = make_input("b.jsonl", 3);
    sc_flow_report r;
    sums s = {0};
    sc_flow_options o = {
        .inputs = &first, .n_inputs = 1, .out = test_path("d"), .kinds = kinds, .n_kinds = 2};
    CHECK_OK(sc__flow_run(&r, &parity, &s, &o));
    CHECK_OK(sc__flow_run(&r, &parity, &s, &o));
    o.inputs = &second;
    CHECK_STATUS(SC_USAGE, sc__flow_run(&r, &parity, &s, &o));
    CHECK_ERROR("a.jsonl.zst: is of another run");
    CHECK(!sc__path_exists(test_path("d/documents/b.jsonl.zst")));
    o.n_shards = 2; /* shards fill one folder together */
    CHECK_OK(sc__flow_run(&r, &parity, &s, &o));
    sc__buffer_deinit(&s.seen);
}
