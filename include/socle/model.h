/* model.h - models on disk and in memory. A model directory is an ordinary Hugging Face one:
 * config.json, model.safetensors (or shards with an index), tokenizer files.
 *
 *     sc_model *m;
 *     if (sc_model_load(&m, "runs/demo", NULL) < 0) return 1;
 *     printf("%s, %lld parameters\n", sc_model_type(m), (long long)sc_model_n_params(m));
 *     sc_model_close(m);
 *
 * A model may be read by many threads; changing it (training) is one thread's affair. */
#ifndef SOCLE_MODEL_H
#define SOCLE_MODEL_H

#include "socle/tensor.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sc_model sc_model;

typedef struct {
    bool trainable; /* parameters become f32 in memory of the model; else they may be views of the
                       file */
} sc_model_options;

/* SC_IO: missing files; SC_FORMAT: a config.json or tensors that contradict themselves, naming the
 * field; SC_UNSUPPORTED: an unknown model_type or option. `o` may be NULL. */
SC_MUST_USE SC_API sc_status sc_model_load(sc_model **out, const char *dir,
                                           const sc_model_options *o);
/* A new model with random parameters (a function of the seed alone) from the text of a config.json.
 * Without initializer_range in it, matrices begin with a deviation of 0.02 * sqrt(768 / width), at
 * most 0.1. */
SC_MUST_USE SC_API sc_status sc_model_new(sc_model **out, const char *config_json, uint64_t seed);
/* Writes config.json, generation_config.json and model.safetensors (sharded above 5 GB), each
 * atomically; `t` is the type on disk: SC_F32, SC_BF16 or SC_F16. Creates the folder. */
SC_MUST_USE SC_API sc_status sc_model_save(const sc_model *m, const char *dir, sc_dtype t);
SC_API void sc_model_close(sc_model *m); /* NULL is fine */

SC_API const char *sc_model_type(const sc_model *m); /* "gpt2" */
SC_API int64_t sc_model_n_params(const sc_model *m);
SC_API int64_t sc_model_n_vocab(const sc_model *m);
SC_API int64_t sc_model_n_positions(const sc_model *m);

/* Parameter i of sc_model_n_tensors: its role ("blk.0.attn_q.weight"), its name in the checkpoint,
 * type and shape. */
typedef struct {
    const char *role, *name;
    sc_dtype dtype;
    sc_shape shape;
} sc_model_tensor;
SC_API int sc_model_n_tensors(const sc_model *m);
SC_API sc_model_tensor sc_model_get_tensor(const sc_model *m, int i);
/* Families that this build knows: model_type i, NULL past the last. */
SC_API const char *sc_model_family(int i);

#ifdef __cplusplus
}
#endif
#endif
