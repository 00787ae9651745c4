/* config.c - a family's table of fields against config.json, in both directions. */
#include "model/family.h"

#include "base/json.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* transformers' ACT2FN names; "gelu_new" and "gelu_pytorch_tanh" are the tanh form. The first of a
 * kind is written. */
static const struct {
    const char *name;
    sc_act act;
} activations[] = {{"gelu_new", SC_GELU_TANH}, {"gelu_pytorch_tanh", SC_GELU_TANH},
                   {"gelu", SC_GELU},          {"silu", SC_SILU},
                   {"swish", SC_SILU},         {"relu", SC_RELU},
                   {"tanh", SC_TANH}};

static const json_t *find_dotted(const json_t *o, const char *key, size_t n) {
    char part[64];
    while (o && n) {
        const char *dot = memchr(key, '.', n);
        const size_t len = dot ? (size_t)(dot - key) : n;
        if (len >= sizeof part) return NULL;
        memcpy(part, key, len);
        part[len] = 0;
        o = json_object_get(o, part);
        n -= dot ? len + 1 : len;
        key += len + 1;
    }
    return o && !json_is_null(o) ? o : NULL;
}

static const json_t *find(const json_t *config, const char *key) {
    for (const char *at = key;;) {
        const size_t n = strcspn(at, "|");
        const json_t *v = find_dotted(config, at, n);
        if (v || !at[n]) return v;
        at += n + 1;
    }
}

static sc_status wrong(const char *path, const sc_field *f, const char *what) {
    return SC_FAIL(SC_FORMAT, "%s: %.*s: must be %s", path, (int)strcspn(f->key, "|"), f->key,
                   what);
}

static sc_status read_activation(sc_act *out, const sc_field *f, const json_t *v,
                                 const char *path) {
    const char *name = json_string_value(v);
    for (int i = 0; name && i < SC_LEN(activations); i++)
        if (!strcmp(name, activations[i].name)) {
            *out = activations[i].act;
            return SC_OK;
        }
    return SC_FAIL(SC_UNSUPPORTED, "%s: %.*s: no activation \"%s\"", path,
                   (int)strcspn(f->key, "|"), f->key, name ? name : "(not a string)");
}

static sc_status read_field(const sc_field *f, char *at, const json_t *v, sc_arena *a,
                            const char *path) {
    switch (f->kind) {
    case 'i':
        if (v && !json_is_integer(v)) return wrong(path, f, "a whole number");
        *(int64_t *)at = v ? json_integer_value(v) : (int64_t)f->dflt;
        return *(int64_t *)at >= 0 && *(int64_t *)at <= INT32_MAX ? SC_OK
                                                                  : wrong(path, f, "0 .. 2^31 - 1");
    case 'f':
        if (v && !json_is_number(v)) return wrong(path, f, "a number");
        *(double *)at = v ? json_number_value(v) : f->dflt;
        return isfinite(*(double *)at) ? SC_OK : wrong(path, f, "finite");
    case 'b':
        if (v && !json_is_boolean(v)) return wrong(path, f, "true or false");
        *(bool *)at = v ? json_is_true(v) : f->dflt != 0;
        return SC_OK;
    case 's':
        if (v && !json_is_string(v)) return wrong(path, f, "a string");
        *(const char **)at = v ? sc__arena_strdup(a, json_string_value(v)) : NULL;
        return v && !*(const char **)at ? SC_FAIL(SC_NOMEM, "%s", path) : SC_OK;
    default:
        *(sc_act *)at = (sc_act)f->dflt;
        return v ? read_activation((sc_act *)at, f, v, path) : SC_OK;
    }
}

sc_status sc__config_read(const sc_field *fields, void *model, const json_t *config, sc_arena *a,
                          const char *path) {
    for (const sc_field *f = fields; f->key; f++) {
        const json_t *v = find(config, f->key);
        if (!v && f->required)
            return SC_FAIL(SC_FORMAT, "%s: %.*s is missing", path, (int)strcspn(f->key, "|"),
                           f->key);
        SC_TRY(read_field(f, (char *)model + f->offset, v, a, path));
    }
    return SC_OK;
}

static json_t *value_of(const sc_field *f, const char *at) {
    switch (f->kind) {
    case 'i':
        return json_integer(*(const int64_t *)at);
    case 'f':
        return json_real(*(const double *)at);
    case 'b':
        return json_boolean(*(const bool *)at);
    case 's':
        return *(const char *const *)at ? json_string(*(const char *const *)at) : NULL;
    default:
        for (int i = 0; i < SC_LEN(activations); i++)
            if (activations[i].act == *(const sc_act *)at) return json_string(activations[i].name);
        return NULL;
    }
}

/* Keys that the configuration has in one of their spellings are left as they are: they say the
 * same. */
sc_status sc__config_write(const sc_field *fields, const void *model, json_t *config) {
    for (const sc_field *f = fields; f->key; f++) {
        char key[64];
        snprintf(key, sizeof key, "%.*s", (int)strcspn(f->key, "|"), f->key);
        if (find(config, f->key) || strchr(key, '.')) continue;
        json_t *v = value_of(f, (const char *)model + f->offset);
        if (v && json_object_set_new(config, key, v)) return SC_FAIL(SC_NOMEM, "config.json");
    }
    return SC_OK;
}
