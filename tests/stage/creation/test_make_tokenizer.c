/* test_make_tokenizer.c - a tokenizer is made with its account. */
#include "test.h"

#include "account/lineage.h"
#include "base/file.h"
#include "socle/tokenizer.h"

TEST(make_tokenizer, "stage/creation/make_tokenizer/account") {
    const char *path = test_path("a.txt");
    sc_tokenizer_options o = SC_TOKENIZER_OPTIONS_INIT;
    sc_tokenizer *t;
    o.vocab_size = 300;
    CHECK_OK(sc__file_write(path, "low lower lowest low low", 24));
    CHECK_OK(sc_tokenizer_make(&t, &o, &path, 1, test_path("tok")));
    CHECK(sc_tokenizer_vocab_size(t) > 256);
    sc_tokenizer_close(t);
    json_t *lineage;
    sc_verdict v;
    CHECK_OK(sc__lineage_verify(&v, test_path("tok/lineage.json"), NULL, NULL));
    CHECK_INT(v.inputs, 1);
    CHECK_OK(sc__lineage_load(&lineage, test_path("tok/lineage.json")));
    const json_t *e = sc__lineage_newest(lineage);
    CHECK_STR(json_string_value(json_object_get(e, "kind")), "tokenizer");
    CHECK_INT(json_integer_value(json_object_get(json_object_get(e, "recipe"), "vocab_size")), 300);
    json_decref(lineage);
    path = test_path("none");
    CHECK_STATUS(SC_IO, sc_tokenizer_make(&t, &o, &path, 1, test_path("other")));
    CHECK(!t);
    CHECK(!sc__path_exists(test_path("other")));
}
