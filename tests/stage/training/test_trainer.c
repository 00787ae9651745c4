/* test_trainer.c - a step of training where any allocation may fail. */
#include "test.h"

#include "stage/training/trainer.h"

static const char config[] = "{\"model_type\": \"llama\", \"hidden_size\": 16, "
                             "\"intermediate_size\": 24, \"num_hidden_layers\": 1, "
                             "\"num_attention_heads\": 2, \"num_key_value_heads\": 1, "
                             "\"max_position_embeddings\": 8, \"vocab_size\": 11}";

static sc_status train(void *arg) {
    sc_machine *machine = arg;
    const sc_trainer_options o = {.batch_size = 2,
                                  .micro_batch = 1,
                                  .T = 8,
                                  .dtype = SC_F32,
                                  .optimizer = {.beta1 = 0.9, .beta2 = 0.95, .eps = 1e-8}};
    int32_t tokens[16], targets[16];
    for (int i = 0; i < 16; i++) tokens[i] = i % 11, targets[i] = (i + 1) % 11;
    sc_model *m;
    sc_trainer *t = NULL;
    sc_step_result r;
    SC_TRY(sc_model_new(&m, config, 1));
    sc_status s = sc__trainer_open(&t, m, machine, &o);
    if (s >= 0) s = sc__trainer_step(&r, t, tokens, targets, 0, 1e-3);
    sc__trainer_close(t);
    sc_model_close(m);
    return s;
}

TEST(trainer_memory, "stage/training/trainer/memory") {
    sc_machine *machine;
    CHECK_OK(sc_machine_open(&machine, NULL, 2));
    CHECK_OK(train(machine)); /* what the machine keeps for later is there from now on */
    CHECK(test_oom(train, machine) > 20);
    sc_machine_close(machine);
}
