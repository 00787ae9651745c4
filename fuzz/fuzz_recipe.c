/* fuzz_recipe.c - any bytes as a recipe: read or refused; what was read prints as YAML that reads
 * back to the same. */
#include "base/recipe.h"

#include <stdlib.h>
#include <string.h>

static const sc_recipe_key keys[] = {{"model", SC_RECIPE_MAP, NULL, NULL, "free form"},
                                     {"model.path", SC_RECIPE_TEXT, NULL, NULL, "text"},
                                     {"data.train", SC_RECIPE_LIST, NULL, NULL, "list"},
                                     {"data.valid_fraction", SC_RECIPE_REAL, "0.1", NULL, "real"},
                                     {"train.steps", SC_RECIPE_INT, "1000", NULL, "int"},
                                     {"train.resume", SC_RECIPE_BOOL, "false", NULL, "bool"},
                                     {"output", SC_RECIPE_TEXT, NULL, NULL, "text"},
                                     {0}};

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n) {
    sc_recipe *r, *again;
    if (sc__recipe_parse(&r, keys, (const char *)data, n, "fuzz") < 0) return 0;
    sc_buffer yaml = SC_BUFFER_INIT, twice = SC_BUFFER_INIT;
    if (sc__recipe_yaml(&yaml, r) < 0) abort();
    if (yaml.len < (size_t)1 << 19) {
        const char *text = yaml.data ? yaml.data : "";
        if (sc__recipe_parse(&again, keys, text, yaml.len, "again") < 0) abort();
        if (sc__recipe_yaml(&twice, again) < 0) abort();
        if (twice.len != yaml.len || (yaml.len && memcmp(twice.data, yaml.data, yaml.len))) abort();
        sc__recipe_close(again);
    }
    sc__buffer_deinit(&yaml);
    sc__buffer_deinit(&twice);
    sc__recipe_close(r);
    return 0;
}
