/* monitor.h - what people and programs watch while a model trains: metrics.jsonl, samples.jsonl,
 * TensorBoard event files and report.html, all kept up to date as the run goes. */
#ifndef SC_STAGE_TRAINING_MONITOR_H
#define SC_STAGE_TRAINING_MONITOR_H

#include "base/json.h"
#include "socle/train.h"

typedef struct {
    const char *output;   /* the run's folder */
    const char *recipe;   /* resolved, YAML */
    const char *model;    /* "gpt2, 0.80 M parameters" */
    const char *machine;  /* "2 threads, avx512bf16 kernels, ..." */
    int64_t n_vocab;      /* chance is ln of this */
    int64_t resumed_from; /* step; records of later steps are dropped; 0: a new run */
    bool look_again;      /* the evaluation of that step will be made again: its records go too */
} sc_monitor_options;

typedef struct sc_monitor sc_monitor;

/* Texts are borrowed until close. SC_IO, SC_FORMAT: what an earlier run left is not readable. */
SC_MUST_USE sc_status sc__monitor_open(sc_monitor **out, const sc_monitor_options *o);
/* Takes every event of the run. SC_IO: a record could not be written. */
SC_MUST_USE sc_status sc__monitor_event(sc_monitor *m, const sc_train_event *e);
/* Writes the last state of the report: how the run ended, and the error text where it failed. NULL
 * is fine. */
SC_MUST_USE sc_status sc__monitor_close(sc_monitor *m, sc_status ended);

#endif
