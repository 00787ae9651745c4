/* report.h - report.html: the run on one page that needs nothing else, written as it goes. */
#ifndef SC_STAGE_TRAINING_REPORT_H
#define SC_STAGE_TRAINING_REPORT_H

#include "stage/training/monitor.h"

typedef struct sc_report sc_report;

/* Options and their texts are borrowed. Nothing is written yet. */
SC_MUST_USE sc_status sc__report_open(sc_report **out, const sc_monitor_options *o);
void sc__report_close(sc_report *r); /* NULL is fine */
/* Remembers an event, in bounded memory. */
SC_MUST_USE sc_status sc__report_take(sc_report *r, const sc_train_event *e);
/* Writes the page where it is due: two seconds after the last time, or at once for something
 * `new`; never so often that writing takes more than 0.4 % of the time. */
SC_MUST_USE sc_status sc__report_refresh(sc_report *r, bool is_new);
/* Writes the last state. `why` is shown where the run failed. */
SC_MUST_USE sc_status sc__report_finish(sc_report *r, sc_status ended, const char *why);

#endif
