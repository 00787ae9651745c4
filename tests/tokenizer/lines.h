/* lines.h - a text whose lines are documents, to train on. */
#ifndef SC_TEST_LINES_H
#define SC_TEST_LINES_H

#include "base/json.h"
#include "socle/tokenizer.h"

typedef struct {
    const char *text;
    size_t n, at;
    int64_t most; /* documents to hand out; 0: all */
} test_lines;

sc_status test_next_line(void *user, const char **text, size_t *n);
/* tests/golden/tokenizer/train.txt */
void test_read_golden(sc_buffer *out, const char *name);
json_t *test_load_golden(const char *name);
/* `model` of the tokenizer.json that is learned from the lines of `text`. */
json_t *test_learn_model(const sc_tokenizer_options *o, test_lines lines);
/* Its digest, into `out`. */
void test_learn_digest(char out[65], const sc_tokenizer_options *o, test_lines lines);

#endif
