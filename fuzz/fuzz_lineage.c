/* fuzz_lineage.c - any bytes as a lineage.json: refused, or an entry can be hashed and printed. */
#include "account/lineage.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n) {
    json_t *v;
    if (sc__json_parse(&v, (const char *)data, n, "fuzz") < 0) return 0;
    if (sc__lineage_check(v, "fuzz") >= 0) {
        size_t i;
        const json_t *e;
        json_array_foreach(json_object_get(v, "entries"), i, e) {
            sc_digest d;
            if (sc__lineage_entry_hash(&d, e) < 0) abort();
            if (sc__lineage_artifact_id(&d, json_object_get(e, "outputs")) < 0) abort();
        }
    }
    json_decref(v);
    return 0;
}
