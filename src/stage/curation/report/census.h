/* census.h - what lies in a corpus: how many documents of which length, language, site and licence
 * were kept, which rule dropped how many, and some of each to look at. */
#ifndef SC_STAGE_CURATION_REPORT_CENSUS_H
#define SC_STAGE_CURATION_REPORT_CENSUS_H

#include "socle/data.h"
#include "stage/curation/report/clusters.h"
#include "stage/curation/report/counts.h"

enum {
    SC_CENSUS_SAMPLES = 20,
    SC_CENSUS_LENGTHS = 32,
    SC_SNIPPET_BYTES = 900,   /* of a sample of what was kept or dropped */
    SC_COMPARISON_BYTES = 300 /* of one that was kept, beside those a rule dropped */
};

typedef struct {
    uint64_t draw; /* of its id: the smallest ones are the sample, whoever counts */
    char *id, *why;
    char *text;                         /* begins near the span that decided */
    int64_t n_text, mark_from, mark_to; /* the span in it; equal: none */
} sc_sample;

/* Documents that one rule of one step dropped; or that were kept: step "kept". */
typedef struct {
    char *step, *rule;
    int place; /* of the folder where they lie, in order: groups are sorted by it, then by n */
    int64_t n, bytes;
    sc_sample samples[SC_CENSUS_SAMPLES], kept[SC_CENSUS_SAMPLES]; /* kept: others for each rule */
    int n_samples, n_kept;
    uint64_t seed; /* of the draws of those kept */
} sc_group;

typedef struct {
    sc_group *groups; /* the first is what was kept */
    int n_groups, cap_groups;
    int64_t lengths[SC_CENSUS_LENGTHS]; /* kept, by log2 of their characters */
    int64_t characters;
    sc_counts languages, domains, licences, sources; /* languages: as they say, else CLD2's */
    sc_looks looks;
    sc_data_reading reading;
} sc_census;

/* Looks at CORPUS/documents and CORPUS/dropped, where each step may have a folder. */
SC_MUST_USE sc_status sc__census_take(sc_census *out, const char *corpus, const sc_data_options *o);
void sc__census_deinit(sc_census *c);

#endif
