/* inspect_parquet.h - what is in a Parquet file, for inspect.c. */
#ifndef SC_STAGE_DEPLOYMENT_INSPECT_PARQUET_H
#define SC_STAGE_DEPLOYMENT_INSPECT_PARQUET_H

#include "base/json.h"

/* Adds kind, rows, schema, metadata, columns, row groups and the first rows to `o`. Rows that
 * cannot be read are no failure: "rows_not_read" says why. */
SC_MUST_USE sc_status sc__inspect_parquet(json_t *o, const char *path);

#endif
