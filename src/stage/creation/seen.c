/* seen.c - a table of digests, open addressing, at most half full. */
#include "stage/creation/seen.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static uint64_t *find_slot(const sc_seen *s, const uint64_t key[4]) {
    const uint64_t mask = (uint64_t)s->n_slots - 1;
    for (uint64_t i = key[0] & mask;; i = (i + 1) & mask) {
        uint64_t *at = s->slots[i];
        if (!(at[0] | at[1] | at[2] | at[3]) || !memcmp(at, key, sizeof s->slots[0])) return at;
    }
}

static sc_status grow(sc_seen *s) {
    sc_seen larger = {NULL, s->n, SC_MAX(2 * s->n_slots, 1024)};
    larger.slots = sc__calloc((size_t)larger.n_slots, sizeof larger.slots[0]);
    if (!larger.slots) return SC_FAIL(SC_NOMEM, "a table of %lld texts", (long long)s->n);
    for (int64_t i = 0; i < s->n_slots; i++) {
        const uint64_t *key = s->slots[i];
        if (key[0] | key[1] | key[2] | key[3])
            memcpy(find_slot(&larger, key), key, sizeof s->slots[0]);
    }
    sc__free(s->slots);
    *s = larger;
    return SC_OK;
}

sc_status sc__seen_add(bool *is_new, sc_seen *s, const sc_digest *d) {
    uint64_t key[4];
    if (2 * s->n >= s->n_slots) SC_TRY(grow(s));
    for (int i = 0; i < 4; i++) {
        char part[17] = "";
        memcpy(part, d->hex + 16 * i, 16);
        key[i] = strtoull(part, NULL, 16);
    }
    uint64_t *at = find_slot(s, key);
    *is_new = memcmp(at, key, sizeof key) != 0;
    memcpy(at, key, sizeof key);
    s->n += *is_new;
    return SC_OK;
}

void sc__seen_deinit(sc_seen *s) { sc__free(s->slots); }
