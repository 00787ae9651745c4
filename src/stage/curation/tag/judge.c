/* judge.c - one document against the rules, in their order: the first that drops it decides. */
#include "stage/curation/tag/rules.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    sc_span *at;
    int64_t n, cap;
} span_list;

struct sc_judge {
    const sc_rules *rules;
    const sc_tags *tags;
    int *attributes; /* by rule */
    /* The tags of attribute a are order[first[a] .. first[a + 1]). */
    int64_t *first, *order;
    int64_t cap_first, cap_order;
    span_list gone;  /* what this set has cut: sorted, apart */
    span_list cuts;  /* what all have */
    span_list fresh; /* what this rule cuts */
    span_list merged;
    int64_t *n_cut; /* by rule */
};

sc_status sc__judge_open(sc_judge **out, const sc_rules *r, sc_tags *tags) {
    const int n = sc__rules_count(r);
    *out = NULL;
    sc_judge *j = sc__calloc(1, sizeof *j);
    if (!j) return SC_FAIL(SC_NOMEM, "rules");
    j->rules = r;
    j->tags = tags;
    j->attributes = sc__calloc((size_t)n + 1, sizeof *j->attributes);
    j->n_cut = sc__calloc((size_t)n + 1, sizeof *j->n_cut);
    sc_status s = j->attributes && j->n_cut ? SC_OK : SC_FAIL(SC_NOMEM, "rules");
    for (int i = 0; i < n && s >= 0; i++) {
        j->attributes[i] = sc__tags_find(tags, sc__rules_get(r, i)->attribute);
        s = tags->status;
    }
    if (s < 0)
        sc__judge_close(j);
    else
        *out = j;
    return s;
}

void sc__judge_close(sc_judge *j) {
    if (!j) return;
    sc__free(j->attributes);
    sc__free(j->n_cut);
    sc__free(j->first);
    sc__free(j->order);
    sc__free(j->gone.at);
    sc__free(j->cuts.at);
    sc__free(j->fresh.at);
    sc__free(j->merged.at);
    sc__free(j);
}

/* ---- tags by attribute ----------------------------------------------------------------------- */

static sc_status grow(int64_t **at, int64_t *cap, int64_t n) {
    if (n <= *cap) return SC_OK;
    int64_t *more = sc__realloc(*at, (size_t)n * 2 * sizeof *more);
    if (!more) return SC_FAIL(SC_NOMEM, "rules");
    *at = more;
    *cap = n * 2;
    return SC_OK;
}

static sc_status sort_tags(sc_judge *j) {
    const sc_tags *t = j->tags;
    SC_TRY(grow(&j->first, &j->cap_first, t->n_names + 2));
    SC_TRY(grow(&j->order, &j->cap_order, t->n + 1));
    memset(j->first, 0, (size_t)(t->n_names + 2) * sizeof *j->first);
    for (int64_t i = 0; i < t->n; i++) j->first[t->at[i].attribute + 2]++;
    for (int a = 1; a <= t->n_names; a++) j->first[a + 1] += j->first[a];
    for (int64_t i = 0; i < t->n; i++) j->order[j->first[t->at[i].attribute + 1]++] = i;
    return SC_OK;
}

/* ---- spans ----------------------------------------------------------------------------------- */

static sc_status push(span_list *l, sc_span span) {
    if (l->n == l->cap) {
        const int64_t cap = l->cap * 2 + 32;
        sc_span *at = sc__realloc(l->at, (size_t)cap * sizeof *at);
        if (!at) return SC_FAIL(SC_NOMEM, "rules");
        l->at = at;
        l->cap = cap;
    }
    l->at[l->n++] = span;
    return SC_OK;
}

static int by_place(const void *a, const void *b) {
    const sc_span *x = a, *y = b;
    if (x->start != y->start) return x->start < y->start ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

static bool is_sorted(const span_list *l) {
    for (int64_t i = 1; i < l->n; i++)
        if (by_place(&l->at[i - 1], &l->at[i]) > 0) return false;
    return true;
}

/* `into` with the spans of `more`, both sorted; those that overlap become one. */
static sc_status merge(span_list *into, const span_list *more, span_list *room) {
    int64_t i = 0, k = 0;
    room->n = 0;
    while (i < into->n || k < more->n) {
        const bool left =
            k == more->n || (i < into->n && by_place(&into->at[i], &more->at[k]) <= 0);
        const sc_span next = left ? into->at[i++] : more->at[k++];
        sc_span *last = room->n ? &room->at[room->n - 1] : NULL;
        if (last && next.start < last->end) {
            last->end = SC_MAX(last->end, next.end);
            if (!next.put) last->put = NULL; /* what is cut is not told */
        } else if (!last || by_place(last, &next) != 0) {
            SC_TRY(push(room, next));
        }
    }
    const span_list old = *into;
    *into = *room;
    *room = old;
    return SC_OK;
}

static bool is_gone(const sc_judge *j, const sc_tag *tag) {
    int64_t low = 0, high = j->gone.n; /* the last span that does not begin behind the tag */
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (j->gone.at[middle].start <= tag->start)
            low = middle + 1;
        else
            high = middle;
    }
    return low && tag->end <= j->gone.at[low - 1].end;
}

/* ---- rules ----------------------------------------------------------------------------------- */

static bool applies(const sc_rule *rule, double value) {
    return rule->compare == SC_RULE_LESS ? value < rule->threshold : value > rule->threshold;
}

static void drop(sc_verdict *v, const sc_rule *rule, double value, sc_span span) {
    v->dropped = true;
    v->value = value;
    v->threshold = rule->threshold;
    v->span = span;
}

static sc_status cut(sc_judge *j, int i) {
    j->n_cut[i] += j->fresh.n;
    if (!j->fresh.n) return SC_OK;
    if (!is_sorted(&j->fresh))
        qsort(j->fresh.at, (size_t)j->fresh.n, sizeof *j->fresh.at, by_place);
    SC_TRY(merge(&j->gone, &j->fresh, &j->merged));
    return merge(&j->cuts, &j->fresh, &j->merged);
}

static sc_status ask(sc_verdict *v, sc_judge *j, int i) {
    const sc_rule *rule = sc__rules_get(j->rules, i);
    const int64_t *order = j->order, end = j->first[j->attributes[i] + 1];
    double sum = 0;
    sc_span span = {0};
    j->fresh.n = 0;
    for (int64_t k = j->first[j->attributes[i]]; k < end; k++) {
        const sc_tag *tag = &j->tags->at[order[k]];
        if (is_gone(j, tag)) continue;
        span = (sc_span){tag->start, tag->end, rule->put};
        sum += tag->value;
        if (rule->spans == SC_RULE_SUM || !applies(rule, tag->value)) continue;
        if (rule->action == SC_RULE_DROP) return drop(v, rule, tag->value, span), SC_OK;
        SC_TRY(push(&j->fresh, span));
    }
    if (rule->spans == SC_RULE_SUM && applies(rule, sum))
        drop(v, rule, sum, (sc_span){0, j->tags->text_end, NULL});
    return cut(j, i);
}

sc_status sc__judge_run(sc_verdict *out, sc_judge *j) {
    const int n = sc__rules_count(j->rules);
    *out = (sc_verdict){.rule = -1, .n_cut = j->n_cut};
    memset(j->n_cut, 0, (size_t)n * sizeof *j->n_cut);
    j->gone.n = j->cuts.n = 0;
    SC_TRY(sort_tags(j));
    for (int i = 0; i < n && !out->dropped; i++) {
        if (i && strcmp(sc__rules_get(j->rules, i)->set, sc__rules_get(j->rules, i - 1)->set) != 0)
            j->gone.n = 0; /* a set of rules looks at the text as it came */
        SC_TRY(ask(out, j, i));
        if (out->dropped) out->rule = i;
    }
    out->cuts = j->cuts.at;
    out->n_cuts = j->cuts.n;
    return SC_OK;
}

/* ---- what is left ---------------------------------------------------------------------------- */

static bool begins_line(sc_slice text, size_t at) {
    for (size_t n = 1; n <= 3 && n <= at; n++)
        if (sc__line_end(text.p + at - n, text.p + at) == n) return true;
    return at == 0;
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static void strip(sc_buffer *out, size_t from) {
    size_t begin = from;
    while (out->len > from && is_space(out->data[out->len - 1])) out->len--;
    while (begin < out->len && is_space(out->data[begin])) begin++;
    memmove(out->data + from, out->data + begin, out->len - begin);
    out->len -= begin - from;
    out->data[out->len] = 0;
}

sc_status sc__verdict_apply(sc_buffer *out, const sc_verdict *v, sc_slice text) {
    const size_t from = out->len;
    size_t at = 0;
    bool any_cut = false;
    for (int64_t i = 0; i < v->n_cuts; i++) {
        const sc_span span = v->cuts[i];
        size_t end = span.end;
        const size_t n = end < text.n ? sc__line_end(text.p + end, text.p + text.n) : 0;
        if (n && !span.put && begins_line(text, span.start)) end += n;
        if (span.start > at) sc__buffer_append(out, text.p + at, span.start - at);
        if (span.put) sc__buffer_puts(out, span.put);
        any_cut |= !span.put;
        at = SC_MAX(at, end);
    }
    sc__buffer_append(out, text.p + at, text.n - at);
    SC_TRY(out->status);
    if (any_cut && out->data) strip(out, from);
    return SC_OK;
}
