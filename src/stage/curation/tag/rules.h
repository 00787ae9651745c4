/* rules.h - what is kept of what was said: rules on attributes, from the table of published ones
 * (rules.def) with thresholds that a person may change. Judging needs the attributes alone, so it
 * works on the fly (`filter`) and from files of attributes (`mix`).
 *
 *     sc__rules_open(&rules, &options);                  // once a run
 *     sc__judge_open(&judge, rules, &tags);              // once a thread
 *     sc__judge_run(&verdict, judge);                    // tags: of one document
 *     if (!verdict.dropped) sc__verdict_apply(&text, &verdict, record->text); */
#ifndef SC_STAGE_CURATION_TAG_RULES_H
#define SC_STAGE_CURATION_TAG_RULES_H

#include "stage/curation/tag/tags.h"

typedef enum { SC_RULE_LESS, SC_RULE_MORE } sc_rule_compare;
typedef enum { SC_RULE_EACH, SC_RULE_SUM } sc_rule_spans;
typedef enum { SC_RULE_DROP, SC_RULE_CUT, SC_RULE_REDACT } sc_rule_action;

typedef struct {
    const char *set, *name; /* "gopher-quality", "min_words" */
    const char *attribute;
    sc_rule_compare compare;
    double threshold; /* NaN: the rule is off */
    sc_rule_spans spans;
    sc_rule_action action;
    const char *help, *source;
    const char *put; /* REDACT: what stands there instead, "<EMAIL>" */
} sc_rule;

extern const sc_rule sc__rule_table[];
extern const int sc__n_rules;

typedef struct {
    const char *const *sets; /* names of sets, in the order in which they are asked */
    int n_sets;
    /* "SET.RULE=NUMBER", =off, =drop, =cut, =redact; "SET=drop" and so on */
    const char *const *settings;
    int n_settings;
} sc_rules_options;

typedef struct sc_rules sc_rules; /* read by any number of threads */

/* Settings that name no rule of these sets are left for the taggers. SC_USAGE: a set that is not
 * known, a value that is no number. */
SC_MUST_USE sc_status sc__rules_open(sc_rules **out, const sc_rules_options *o);
void sc__rules_close(sc_rules *r); /* NULL is fine */
int sc__rules_count(const sc_rules *r);
const sc_rule *sc__rules_get(const sc_rules *r, int i); /* with the threshold that counts */
/* The attributes they look at; the taggers that say those; the settings they left. */
const char *const *sc__rules_attributes(const sc_rules *r); /* NULL-terminated */
const char *const *sc__rules_taggers(const sc_rules *r, int *n);
const char *const *sc__rules_rest(const sc_rules *r, int *n);

/* ---- judging --------------------------------------------------------------------------------- */

typedef struct {
    uint32_t start, end; /* bytes */
    const char *put;     /* what stands there instead; NULL: nothing */
} sc_span;

typedef struct {
    bool dropped;
    int rule; /* which dropped it; -1: none */
    double value, threshold;
    sc_span span;        /* that decided */
    const sc_span *cuts; /* sorted, apart, redacted ones too; until the next run */
    int64_t n_cuts;
    const int64_t *n_cut; /* spans that each rule has cut */
} sc_verdict;

typedef struct sc_judge sc_judge;

/* `tags` is borrowed: its documents are judged. */
SC_MUST_USE sc_status sc__judge_open(sc_judge **out, const sc_rules *r, sc_tags *tags);
void sc__judge_close(sc_judge *j); /* NULL is fine */
/* Of the document that the tags are of now. A rule whose attribute was not said does not apply. */
SC_MUST_USE sc_status sc__judge_run(sc_verdict *out, sc_judge *j);

/* Appends what is left of the text. A cut that is a whole line takes the line's end with it; where
 * anything was cut, white space at both ends goes too; redacting leaves both as they are. */
SC_MUST_USE sc_status sc__verdict_apply(sc_buffer *out, const sc_verdict *v, sc_slice text);

#endif
