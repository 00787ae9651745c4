/* test_seen.c - what a model says that it saw is what the loader handed it. Document k of the text
 * is made of one letter alone, so that the tokens themselves tell. */
#include "tiny.h"

#include "base/json.h"
#include "base/log.h"
#include "stage/training/loader.h"
#include "stage/training/seen.h"

enum { N_DOCUMENTS = 24, STEPS = 12, BATCH = 4, T = 16 };

static const char *write_documents(void) {
    static char set[600];
    sc_buffer b = SC_BUFFER_INIT;
    for (int d = 0; d < N_DOCUMENTS; d++) {
        sc__buffer_printf(&b, "{\"id\":\"doc-%d\",\"text\":\"", d);
        for (int i = 0; i < 20 + 7 * d; i++) sc__buffer_putc(&b, (char)('a' + d));
        sc__buffer_puts(&b, "\"}\n");
    }
    CHECK_OK(sc__file_write(test_path("docs.jsonl"), b.data, b.len));
    sc__buffer_deinit(&b);
    snprintf(set, sizeof set, "data.train=%s", test_path("docs.jsonl"));
    return set;
}

static void train(bool interrupted) {
    tiny t = {.set = {write_documents()}, .stop_at = interrupted ? 5 : 0};
    CHECK_STATUS(interrupted ? SC_INTERRUPTED : SC_OK, tiny_train(&t));
    if (!interrupted) return;
    tiny again = {.set = {t.set[0]}, .resume = true};
    CHECK_OK(tiny_train(&again));
}

/* Tokens of each letter that the loader gives to a step, first and last included. */
static void count_tokens(int64_t *counts, const sc_seen *seen, int64_t step) {
    const sc_loader_options o = {T, BATCH, (step - 1) * BATCH, seen->parts[0].seed};
    int32_t tokens[BATCH * T], targets[BATCH * T];
    sc_loader *l;
    memset(counts, 0, N_DOCUMENTS * sizeof *counts);
    CHECK_OK(sc__loader_open(&l, seen->shard, &o));
    CHECK_OK(sc__loader_next(tokens, targets, l, BATCH));
    sc__loader_close(l);
    for (int b = 0; b < BATCH; b++)
        for (int i = 0; i <= T; i++) {
            /* ids of a `chars` tokenizer: U+FFFD, then the characters in their order */
            const int32_t id = (i < T ? tokens[b * T + i] : targets[b * T + T - 1]) - 1;
            if (id >= 0) counts[id]++;
        }
}

typedef struct {
    int64_t counts[STEPS + 1][N_DOCUMENTS];
} table;

static sc_status note(void *user, int64_t step, int64_t document, int64_t n_tokens) {
    table *t = user;
    CHECK(step >= 1 && step <= STEPS && document < N_DOCUMENTS);
    CHECK(!t->counts[step][document]);
    t->counts[step][document] = n_tokens;
    return SC_OK;
}

static void check_all(void) {
    sc_seen seen;
    table t = {{{0}}};
    CHECK_OK(sc__seen_open(&seen, test_path("run")));
    CHECK_INT(seen.n_steps, STEPS);
    CHECK_OK(sc__seen_run(&seen, 1, STEPS, note, &t));
    for (int64_t step = 1; step <= STEPS; step++) {
        int64_t want[N_DOCUMENTS];
        count_tokens(want, &seen, step);
        for (int d = 0; d < N_DOCUMENTS; d++) CHECK_INT(t.counts[step][d], want[d]);
    }
    sc__seen_close(&seen);
}

TEST(seen_steps, "stage/training/seen/steps") {
    train(false);
    check_all();
}

TEST(seen_resumed, "stage/training/seen/resumed") {
    train(true);
    check_all();
}

static json_t *first_row(const char *text) {
    json_t *row;
    CHECK_OK(sc__json_parse(&row, text, strcspn(text, "\n"), "row"));
    return row;
}

TEST(seen_documents, "stage/training/seen/documents") {
    char *text;
    train(false);
    sc_train_question q = {2, 3, true};
    CHECK_OK(sc_train_documents(&text, test_path("run"), &q, SC_FORM_JSON));
    json_t *row = first_row(text);
    const char *id = json_string_value(json_object_get(row, "id"));
    const int64_t document = json_integer_value(json_object_get(row, "document")) - 1;
    char want[16];
    snprintf(want, sizeof want, "doc-%d", (int)document);
    CHECK_STR(id, want);
    CHECK_INT(json_integer_value(json_object_get(row, "step")), 2);
    const json_t *said = json_object_get(row, "text");
    CHECK_INT((int64_t)json_string_length(said), 20 + 7 * document);
    CHECK(json_string_value(said)[0] == (char)('a' + document));
    json_decref(row);
    sc_text_free(text);
    q.last_step = STEPS + 1;
    CHECK_STATUS(SC_USAGE, sc_train_documents(&text, test_path("run"), &q, SC_FORM_TABLE));
    CHECK_ERROR("it has steps 1:12");
    q.last_step = 3;
    CHECK_OK(sc__file_write(test_path("docs.jsonl"), "{\"text\":\"other\"}\n", 17));
    CHECK_STATUS(SC_MISMATCH, sc_train_documents(&text, test_path("run"), &q, SC_FORM_JSON));
    CHECK_ERROR("has changed");
}

TEST(seen_who_saw, "stage/training/seen/who_saw") {
    char *text;
    train(false);
    CHECK_OK(sc_train_who_saw(&text, "doc-23", SC_FORM_JSON));
    json_t *rows;
    CHECK_OK(sc__json_parse(&rows, text, strlen(text), "rows"));
    sc_text_free(text);
    /* the longest document: 181 of some 2,400 tokens, held out in part */
    CHECK(json_array_size(rows) <= 1);
    json_decref(rows);
    CHECK_OK(sc_train_who_saw(&text, "doc-12", SC_FORM_JSON));
    CHECK_OK(sc__json_parse(&rows, text, strlen(text), "rows"));
    sc_text_free(text);
    CHECK_INT((int64_t)json_array_size(rows), 1);
    const json_t *row = json_array_get(rows, 0);
    CHECK(json_integer_value(json_object_get(row, "steps")) >= 1);
    CHECK_INT(json_integer_value(json_object_get(row, "document")), 13); /* from 1 */
    CHECK(strstr(json_string_value(json_object_get(row, "path")), "docs.jsonl"));
    json_decref(rows);
    CHECK_OK(sc_train_who_saw(&text, "nobody", SC_FORM_TABLE));
    CHECK(strstr(text, "no model"));
    sc_text_free(text);
}

TEST(seen_bad, "stage/training/seen/bad") {
    sc_seen seen;
    train(false);
    char path[600];
    snprintf(path, sizeof path, "%s/data/train.tokens", test_path("run"));
    CHECK_OK(sc__file_write(path, "short", 5));
    CHECK_STATUS(SC_FORMAT, sc__seen_open(&seen, test_path("run")));
    CHECK_ERROR("train.tokens");
    CHECK_STATUS(SC_IO, sc__seen_open(&seen, test_path("nothing")));
}
