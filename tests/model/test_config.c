/* test_config.c - configurations that are wrong, each told by the field that is wrong. */
#include "test.h"

#include "base/json.h"
#include "model/model.h"

static void refuse(const char *text, sc_status want, const char *mention) {
    sc_model *m;
    CHECK_STATUS(want, sc_model_new(&m, text, 1));
    CHECK(!m);
    CHECK_ERROR(mention);
}

#define GPT2 "\"model_type\": \"gpt2\", \"vocab_size\": 10, \"n_positions\": 8, \"n_layer\": 1"

TEST(refused, "model/config/refused") {
    refuse("[]", SC_FORMAT, "not a JSON object");
    refuse("{\"n_layer\": 1}", SC_FORMAT, "model_type is missing");
    refuse("{\"model_type\": \"mamba\"}", SC_UNSUPPORTED, "\"mamba\" is not known; there are gpt2");
    refuse("{" GPT2 ", \"n_embd\": 8}", SC_FORMAT, "n_head is missing");
    refuse("{" GPT2 ", \"n_embd\": 8, \"n_head\": 3}", SC_FORMAT, "not a multiple of n_head");
    refuse("{" GPT2 ", \"n_embd\": 8, \"n_head\": 0}", SC_FORMAT, "n_head");
    refuse("{" GPT2 ", \"n_embd\": \"8\", \"n_head\": 2}", SC_FORMAT,
           "n_embd: must be a whole number");
    refuse("{" GPT2 ", \"n_embd\": 8, \"n_head\": 2, \"activation_function\": \"mish\"}",
           SC_UNSUPPORTED, "mish");
    refuse("{" GPT2 ", \"n_embd\": 8, \"n_head\": -2}", SC_FORMAT, "n_head");
    refuse("{\"model_type\": \"llama\", \"vocab_size\": 8, \"hidden_size\": 8, "
           "\"intermediate_size\": 8, "
           "\"num_hidden_layers\": 1, \"num_attention_heads\": 4, \"num_key_value_heads\": 3}",
           SC_FORMAT, "num_key_value_heads");
    refuse("{\"model_type\": \"llama\", \"vocab_size\": 8, \"hidden_size\": 8, "
           "\"intermediate_size\": 8, "
           "\"num_hidden_layers\": 1, \"num_attention_heads\": 2, \"rope_scaling\": {\"type\": "
           "\"yarn\"}}",
           SC_UNSUPPORTED, "yarn");
}

/* Both spellings of rotary parameters give the same frequencies. */
TEST(old_spelling, "model/config/old-and-new-spelling") {
    json_t *old, *new;
    sc_model *a, *b;
    CHECK_OK(sc__json_load(&old, test_data("golden/llama3/config-v4.json")));
    CHECK_OK(sc__json_load(&new, test_data("golden/llama3/config.json")));
    CHECK_OK(sc__model_declare(&a, old, "old"));
    CHECK_OK(sc__model_declare(&b, new, "new"));
    CHECK_INT(a->params.n, b->params.n);
    CHECK_INT(sc_model_n_params(a), sc_model_n_params(b));
    sc_model_close(a);
    sc_model_close(b);
}

static sc_status make(void *arg) {
    sc_model *m;
    SC_TRY(sc_model_new(&m, arg, 1));
    sc_model_close(m);
    return SC_OK;
}

TEST(oom, "model/config/oom") {
    char text[] = "{" GPT2 ", \"n_embd\": 8, \"n_head\": 2}";
    CHECK(test_oom(make, text) > 10);
}

TEST(saved_and_loaded,
     "model/model/saved-and-loaded") { /* bits survive, bf16 rounds, unknown keys stay */
    sc_model *m, *back;
    CHECK_OK(sc_model_new(
        &m, "{" GPT2 ", \"n_embd\": 8, \"n_head\": 2, \"summary_type\": \"cls_index\"}", 7));
    CHECK_OK(sc_model_save(m, test_path("m"), SC_F32));
    CHECK_OK(sc_model_load(&back, test_path("m"), NULL));
    CHECK_INT(sc_model_n_tensors(m), sc_model_n_tensors(back));
    for (int i = 0; i < m->params.n; i++) {
        const sc_tensor *a = &m->params.list[i]->t, *b = &back->params.list[i]->t;
        CHECK(!memcmp(a->data, b->data, (size_t)sc_shape_elements(&a->shape) * sizeof(float)));
    }
    CHECK_STR(json_string_value(json_object_get(back->config, "summary_type")), "cls_index");
    sc_model_close(back);
    CHECK_OK(sc_model_save(m, test_path("h"), SC_BF16));
    CHECK_OK(sc_model_load(&back, test_path("h"), NULL));
    CHECK(back->params.list[0]->t.dtype == SC_BF16);
    sc_model_close(back);
    sc_model_close(m);
}
