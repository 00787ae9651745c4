/* rules.c - the table of rules, those chosen from it, and judging by them. */
#include "stage/curation/tag/rules.h"

#include "base/alloc.h"
#include "base/text.h"
#include "stage/curation/tag/tagger.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OFF NAN
#define RULE(set, name, attribute, compare, threshold, spans, action, help, source)                \
    {set,                                                                                          \
     name,                                                                                         \
     attribute,                                                                                    \
     SC_RULE_##compare,                                                                            \
     (double)(threshold),                                                                          \
     SC_RULE_##spans,                                                                              \
     SC_RULE_##action,                                                                             \
     help,                                                                                         \
     source,                                                                                       \
     NULL},
const sc_rule sc__rule_table[] = {
#include "stage/curation/tag/rules.def"
};
#undef RULE
#undef OFF
const int sc__n_rules = SC_LEN(sc__rule_table);

struct sc_rules {
    sc_arena arena;
    sc_rule *rules;
    int n;
    const char **attributes, **taggers, **rest;
    int n_attributes, n_taggers, n_rest;
};

/* ---- choosing -------------------------------------------------------------------------------- */

static sc_status unknown_set(const char *name) {
    const char *names[64];
    int n = 0, place;
    for (int i = 0; i < sc__n_rules && n < SC_LEN(names) - 1; i++)
        if (!i || strcmp(sc__rule_table[i].set, sc__rule_table[i - 1].set) != 0)
            names[n++] = sc__rule_table[i].set;
    names[n] = NULL;
    return sc__name_find(&place, "set of rules", name, names);
}

static sc_status choose(sc_rules *r, const char *set) {
    const int before = r->n;
    for (int i = 0; i < r->n; i++)
        if (!strcmp(r->rules[i].set, set))
            return SC_FAIL(SC_USAGE, "set of rules \"%s\" is named twice", set);
    for (int i = 0; i < sc__n_rules; i++)
        if (!strcmp(sc__rule_table[i].set, set)) r->rules[r->n++] = sc__rule_table[i];
    return r->n > before ? SC_OK : unknown_set(set);
}

static bool is_rule(const sc_rule *rule, const char *setting, size_t n) {
    const size_t set = strlen(rule->set), name = strlen(rule->name);
    return n == set + 1 + name && !memcmp(setting, rule->set, set) && setting[set] == '.' &&
           !memcmp(setting + set + 1, rule->name, name);
}

/* The action of that name; false: it is none. */
static bool find_action(sc_rule_action *out, const char *name) {
    static const char *const names[] = {"drop", "cut", "redact"};
    for (int i = 0; i < SC_LEN(names); i++) {
        *out = (sc_rule_action)i;
        if (!strcmp(names[i], name)) return true;
    }
    return false;
}

static sc_status act(sc_rule *rule, sc_rule_action action, const char *setting) {
    if (rule->spans == SC_RULE_SUM && action != SC_RULE_DROP)
        return SC_FAIL(SC_USAGE, "%s: rule %s.%s can only drop", setting, rule->set, rule->name);
    rule->action = action;
    return SC_OK;
}

/* "SET=ACTION": *n of its rules. */
static sc_status set_all(sc_rules *r, const char *setting, size_t n_set, int *n) {
    sc_rule_action action;
    for (int i = *n = 0; i < r->n; i++) {
        sc_rule *rule = &r->rules[i];
        if (strlen(rule->set) != n_set || memcmp(rule->set, setting, n_set)) continue;
        if (!find_action(&action, setting + n_set + 1))
            return SC_FAIL(SC_USAGE, "%s: must be drop, cut or redact", setting);
        SC_TRY(act(rule, action, setting));
        ++*n;
    }
    return SC_OK;
}

/* "SET.RULE=NUMBER"; what names no rule goes to the rest. */
static sc_status set(sc_rules *r, const char *setting) {
    const char *equals = strchr(setting, '=');
    sc_rule_action action;
    int n;
    if (!equals) return SC_FAIL(SC_USAGE, "\"%s\" is not SET.NAME=VALUE", setting);
    SC_TRY(set_all(r, setting, (size_t)(equals - setting), &n));
    if (n) return SC_OK;
    for (int i = 0; i < r->n; i++) {
        if (!is_rule(&r->rules[i], setting, (size_t)(equals - setting))) continue;
        if (find_action(&action, equals + 1)) return act(&r->rules[i], action, setting);
        char *end;
        const double value = strtod(equals + 1, &end);
        const bool off = !strcmp(equals + 1, "off");
        if (!off && (end == equals + 1 || *end || !isfinite(value)))
            return SC_FAIL(SC_USAGE, "%s: must be a number, off, drop, cut or redact", setting);
        r->rules[i].threshold = off ? (double)NAN : value;
        return SC_OK;
    }
    r->rest[r->n_rest++] = setting;
    return SC_OK;
}

static void remove_off(sc_rules *r) {
    int n = 0;
    for (int i = 0; i < r->n; i++)
        if (!isnan(r->rules[i].threshold)) r->rules[n++] = r->rules[i];
    r->n = n;
}

/* "<US_SSN>" of "us_ssn". */
static sc_status name_puts(sc_rules *r) {
    for (int i = 0; i < r->n; i++) {
        if (r->rules[i].action != SC_RULE_REDACT) continue;
        char *put = sc__arena_printf(&r->arena, "<%s>", r->rules[i].name);
        if (!put) return SC_FAIL(SC_NOMEM, "rules");
        for (char *c = put; *c; c++)
            if (*c >= 'a' && *c <= 'z') *c = (char)(*c - 32);
        r->rules[i].put = put;
    }
    return SC_OK;
}

static bool add_name(const char **names, int *n, const char *name) {
    for (int i = 0; i < *n; i++)
        if (!strcmp(names[i], name)) return false;
    names[(*n)++] = name;
    return true;
}

static const char *tagger_of(const char *attribute) {
    const sc_tagger_row *row = sc__tagger_of(attribute);
    sc_assert(row); /* a rule's attribute belongs to a tagger */
    return row->name;
}

static sc_status fill(sc_rules *r, const sc_rules_options *o) {
    const size_t most = (size_t)sc__n_rules + 1;
    r->rules = sc__arena_array(&r->arena, most, sizeof *r->rules);
    r->attributes = sc__arena_array(&r->arena, most, sizeof *r->attributes);
    r->taggers = sc__arena_array(&r->arena, most, sizeof *r->taggers);
    r->rest = sc__arena_array(&r->arena, (size_t)o->n_settings + 1, sizeof *r->rest);
    if (!r->rules || !r->attributes || !r->taggers || !r->rest) return SC_FAIL(SC_NOMEM, "rules");
    for (int i = 0; i < o->n_sets; i++) SC_TRY(choose(r, o->sets[i]));
    for (int i = 0; i < o->n_settings; i++) SC_TRY(set(r, o->settings[i]));
    remove_off(r);
    SC_TRY(name_puts(r));
    for (int i = 0; i < r->n; i++) {
        add_name(r->attributes, &r->n_attributes, r->rules[i].attribute);
        add_name(r->taggers, &r->n_taggers, tagger_of(r->rules[i].attribute));
    }
    return r->n ? SC_OK : SC_FAIL(SC_USAGE, "there is no rule to judge by");
}

sc_status sc__rules_open(sc_rules **out, const sc_rules_options *o) {
    *out = NULL;
    sc_rules *r = sc__calloc(1, sizeof *r);
    if (!r) return SC_FAIL(SC_NOMEM, "rules");
    const sc_status s = fill(r, o);
    if (s < 0)
        sc__rules_close(r);
    else
        *out = r;
    return s;
}

void sc__rules_close(sc_rules *r) {
    if (!r) return;
    sc__arena_deinit(&r->arena);
    sc__free(r);
}

int sc__rules_count(const sc_rules *r) { return r->n; }
const sc_rule *sc__rules_get(const sc_rules *r, int i) { return &r->rules[i]; }
const char *const *sc__rules_attributes(const sc_rules *r) { return r->attributes; }
const char *const *sc__rules_taggers(const sc_rules *r, int *n) {
    return *n = r->n_taggers, r->taggers;
}
const char *const *sc__rules_rest(const sc_rules *r, int *n) { return *n = r->n_rest, r->rest; }
