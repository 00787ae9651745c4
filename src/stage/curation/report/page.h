/* page.h - the parts of report.html that are files of their own. */
#ifndef SC_STAGE_CURATION_REPORT_PAGE_H
#define SC_STAGE_CURATION_REPORT_PAGE_H

#include "base/buffer.h"
#include "stage/curation/report/report.h"

/* A bar of this share of the cell; `gone`: of what was taken away. */
void sc__page_bar(sc_buffer *b, double share, bool gone);

/* What the steps did, a list: {"step", "seen", "kept", "dropped", "rules": [{"rule", "dropped"}]};
 * the caller's. How many documents came to the first of them, and how many all dropped. */
SC_MUST_USE sc_status sc__funnel_rows(json_t **out, const sc_described *d);
void sc__funnel_sums(int64_t *seen, int64_t *dropped, const json_t *rows);
void sc__funnel_table(sc_buffer *b, const json_t *rows);

#endif
