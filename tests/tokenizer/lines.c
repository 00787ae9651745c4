/* lines.c - see lines.h. */
#include "lines.h"

#include "test.h"

#include "base/file.h"

sc_status test_next_line(void *user, const char **text, size_t *n) {
    test_lines *l = user;
    if (l->at >= l->n || l->most < 0) return SC_DONE;
    const char *from = l->text + l->at, *stop = memchr(from, '\n', l->n - l->at);
    *text = from;
    *n = stop ? (size_t)(stop - from) : l->n - l->at;
    l->at += *n + 1;
    if (l->most && !--l->most) l->most = -1;
    return SC_OK;
}

void test_read_golden(sc_buffer *out, const char *name) {
    char path[128];
    snprintf(path, sizeof path, "golden/tokenizer/%s", name);
    CHECK_OK(sc__file_read(out, test_data(path), 1 << 20));
}

json_t *test_load_golden(const char *name) {
    char path[128];
    json_t *root;
    snprintf(path, sizeof path, "golden/tokenizer/%s", name);
    CHECK_OK(sc__json_load(&root, test_data(path)));
    return root;
}

json_t *test_learn_model(const sc_tokenizer_options *o, test_lines lines) {
    sc_tokenizer *t;
    json_t *root;
    CHECK_OK(sc_tokenizer_train(&t, o, test_next_line, &lines));
    CHECK_OK(sc_tokenizer_save(t, test_dir(), 512));
    CHECK_OK(sc__json_load(&root, test_path("tokenizer.json")));
    json_t *model = json_incref(json_object_get(root, "model"));
    json_decref(root);
    sc_tokenizer_close(t);
    return model;
}

void test_learn_digest(char out[65], const sc_tokenizer_options *o, test_lines lines) {
    sc_tokenizer *t;
    CHECK_OK(sc_tokenizer_train(&t, o, test_next_line, &lines));
    snprintf(out, 65, "%s", sc_tokenizer_digest(t));
    sc_tokenizer_close(t);
}
