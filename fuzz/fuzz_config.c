/* fuzz_config.c - config.json of a model: whatever it says, a model is declared or a sentence is
 * given. */
#include "base/json.h"
#include "model/model.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    json_t *config;
    sc_model *m;
    if (sc__json_parse(&config, (const char *)data, size, "config.json") < 0) return 0;
    if (sc__model_declare(&m, config, "config.json") < 0) return 0;
    sc_assert(sc_model_n_params(m) >= 0 && sc__model_head(m));
    sc_model_close(m);
    return 0;
}
