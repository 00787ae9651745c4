/* funnel.c - what each step and each of its rules took away, in their order: as the account of the
 * run tells it, else as it can be counted in the folders of what was dropped. */
#include "account/web.h"
#include "stage/curation/report/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "report"); }

/* ---- the rows -------------------------------------------------------------------------------- */

static int64_t number(const json_t *o, const char *key) {
    return json_integer_value(json_object_get(o, key));
}

static const char *text(const json_t *o, const char *key) {
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

/* What the rules of one folder dropped, from the groups [i, *end); into `rules` where that is not
 * told already. */
static sc_status count_rules(int64_t *dropped, int *end, json_t *rules, const sc_census *c, int i) {
    const int place = c->groups[i].place;
    const bool told = json_array_size(rules) > 0;
    for (*dropped = 0; i < c->n_groups && c->groups[i].place == place; i++) {
        const sc_group *g = &c->groups[i];
        *dropped += g->n;
        if (told) continue;
        json_t *rule = json_pack("{ss sI}", "rule", g->rule, "dropped", (json_int_t)g->n);
        if (json_array_append_new(rules, rule) < 0) return no_memory();
    }
    *end = i;
    return SC_OK;
}

static sc_status count_rows(json_t **out, const sc_described *d) {
    const sc_census *c = d->census;
    const json_t *told = json_object_get(json_object_get(d->entry, "notes"), "rules");
    int64_t came = 0, dropped = 0;
    json_t *rows = *out = json_array();
    if (!rows) return no_memory();
    for (int i = 0; i < c->n_groups; i++) came += c->groups[i].n;
    for (int i = 1, end = 1; i < c->n_groups; i = end) {
        const char *step = c->groups[i].step;
        json_t *rules = json_is_array(told) ? json_deep_copy(told) : json_array();
        sc_status s = rules ? count_rules(&dropped, &end, rules, c, i) : no_memory();
        json_t *row =
            json_pack("{ss sI sI sI sO?}", "step", step, "seen", (json_int_t)came, "kept",
                      (json_int_t)(came - dropped), "dropped", (json_int_t)dropped, "rules", rules);
        if (json_array_append_new(rows, row) < 0) s = no_memory();
        json_decref(rules);
        SC_TRY(s);
        came -= dropped;
    }
    if (json_array_size(rows) || !json_is_array(told)) return SC_OK;
    json_t *row = json_pack("{ss sI sI sI sO}", "step", text(d->entry, "step"), "seen",
                            (json_int_t)came, "kept", (json_int_t)came, "dropped", (json_int_t)0,
                            "rules", told); /* they cut, and dropped nothing */
    return json_array_append_new(rows, row) < 0 ? no_memory() : SC_OK;
}

sc_status sc__funnel_rows(json_t **out, const sc_described *d) {
    json_t *told = json_object_get(json_object_get(d->entry, "notes"), "funnel");
    *out = NULL;
    if (json_is_array(told)) return *out = json_incref(told), SC_OK;
    const sc_status s = count_rows(out, d);
    if (s < 0) {
        json_decref(*out);
        *out = NULL;
    }
    return s;
}

void sc__funnel_sums(int64_t *seen, int64_t *dropped, const json_t *rows) {
    size_t i;
    const json_t *row;
    *seen = number(json_array_get(rows, 0), "seen");
    *dropped = 0;
    json_array_foreach(rows, i, row) *dropped += number(row, "dropped");
}

/* ---- the table ------------------------------------------------------------------------------- */

static void cell(sc_buffer *b, int64_t n, bool known) {
    if (known)
        sc__buffer_printf(b, "<td class=\"n\">%" PRId64 "</td>", n);
    else
        sc__buffer_puts(b, "<td class=\"n\"></td>");
}

typedef struct {
    const char *name, *note;
    bool is_step;  /* else a part of one */
    bool hands_on; /* it dropped or kept: it did not only look */
    int64_t came, dropped, kept;
} line;

static void print(sc_buffer *b, const line *l, int64_t all) {
    sc__buffer_puts(b, l->is_step ? "<tr><th><b>" : "<tr><th>&emsp;");
    sc__web_puts(b, l->name);
    sc__buffer_puts(b, l->is_step ? "</b>" : "");
    sc__buffer_puts(b, *l->note ? "<br><small>&emsp;" : "");
    sc__web_puts(b, l->note);
    sc__buffer_puts(b, *l->note ? "</small></th>" : "</th>");
    cell(b, l->came, true);
    cell(b, l->dropped, l->hands_on);
    if (l->hands_on && l->came)
        sc__buffer_printf(b, "<td class=\"n\">%.2f %%</td>",
                          100.0 * (double)l->dropped / (double)l->came);
    else
        cell(b, 0, false);
    cell(b, l->kept, l->hands_on);
    const int64_t of = l->is_step ? all : l->came, part = l->is_step ? l->kept : l->dropped;
    sc__page_bar(b, of ? (double)part / (double)of : 0, !l->is_step);
    sc__buffer_puts(b, "</tr>\n");
}

static void rule_line(sc_buffer *b, const json_t *rule, int64_t *left) {
    const int64_t dropped = number(rule, "dropped"), cut = number(rule, "cut");
    const json_t *threshold = json_object_get(rule, "threshold");
    char name[200], note[120] = "";
    if (!dropped && !cut) return;
    snprintf(name, sizeof name, "%s", text(rule, "rule"));
    const size_t n = strlen(name);
    if (json_is_number(threshold))
        snprintf(name + n, sizeof name - n, " (%g)", json_number_value(threshold));
    if (cut)
        snprintf(note, sizeof note, "cut or redacted %" PRId64 " parts of %" PRId64 " documents",
                 number(rule, "spans"), cut);
    const line l = {name, note, false, true, *left, dropped, *left - dropped};
    print(b, &l, 0);
    *left = l.kept;
}

/* Those that judged and took nothing. */
static void idle_rules(sc_buffer *b, const json_t *rules) {
    size_t i, n = 0;
    const json_t *rule;
    json_array_foreach(rules, i, rule) {
        if (number(rule, "dropped") || number(rule, "cut")) continue;
        sc__buffer_puts(
            b,
            n++ ? ", " : "<tr><td colspan=\"6\" style=\"width:auto\"><small>&emsp;Took nothing: ");
        sc__web_puts(b, text(rule, "rule"));
    }
    if (n) sc__buffer_puts(b, "</small></td></tr>\n");
}

/* A set that documents were compared with. */
static void set_line(sc_buffer *b, const json_t *set, int64_t came) {
    const int64_t dropped = number(set, "documents");
    char note[96];
    snprintf(note, sizeof note, "%" PRId64 " of its %" PRId64 " items were found",
             number(set, "items_found"), number(set, "items"));
    const line l = {text(set, "name"), note, false, true, came, dropped, came - dropped};
    print(b, &l, 0);
}

static void part_line(sc_buffer *b, const char *name, const json_t *part) {
    sc__buffer_puts(b, "<tr><th>&emsp;");
    sc__web_puts(b, name);
    sc__buffer_printf(
        b,
        "<br><small>&emsp;%.2f %% of the mixture, %.3g times</small></th>"
        "<td class=\"n\"></td><td class=\"n\"></td><td class=\"n\"></td><td class=\"n\">%" PRId64
        "</td><td></td></tr>\n",
        100 * json_number_value(json_object_get(part, "share")),
        json_number_value(json_object_get(part, "epochs")), number(part, "written"));
}

static void note_of(char *note, size_t n, const json_t *row) {
    const json_t *dedup = json_object_get(row, "dedup");
    const int64_t held_out = number(row, "held_out"), clusters = number(dedup, "clusters"),
                  changed = number(dedup, "changed"), unreadable = number(row, "unreadable");
    *note = 0;
    if (held_out) snprintf(note, n, "%" PRId64 " held out", held_out);
    if (clusters) snprintf(note, n, "%" PRId64 " clusters", clusters);
    if (changed) snprintf(note, n, "%" PRId64 " documents lost a part", changed);
    if (unreadable) snprintf(note, n, "%" PRId64 " more cannot be read", unreadable);
}

static void step_lines(sc_buffer *b, const json_t *row, int64_t all) {
    char note[96];
    size_t i;
    const char *name;
    json_t *one;
    note_of(note, sizeof note, row);
    const line l = {.name = text(row, "step"),
                    .note = note,
                    .is_step = true,
                    .hands_on = number(row, "kept") || number(row, "dropped"),
                    .came = number(row, "seen"),
                    .dropped = number(row, "dropped"),
                    .kept = number(row, "kept")};
    int64_t left = l.came;
    print(b, &l, all);
    json_array_foreach(json_object_get(row, "rules"), i, one) rule_line(b, one, &left);
    idle_rules(b, json_object_get(row, "rules"));
    json_array_foreach(json_object_get(row, "sets"), i, one) set_line(b, one, l.came);
    json_object_foreach(json_object_get(row, "parts"), name, one) part_line(b, name, one);
}

void sc__funnel_table(sc_buffer *b, const json_t *rows) {
    size_t i;
    const json_t *row;
    int64_t all = 0;
    sc__buffer_puts(b, "<section><h2>Funnel</h2><table><tr><th></th><th class=\"n\">documents</th>"
                       "<th class=\"n\">dropped</th><th class=\"n\"></th>"
                       "<th class=\"n\">kept</th><td></td></tr>\n");
    json_array_foreach(rows, i, row) {
        if (number(row, "seen") > all) all = number(row, "seen");
    }
    json_array_foreach(rows, i, row) step_lines(b, row, all);
    sc__buffer_puts(b, "</table></section>\n");
}
