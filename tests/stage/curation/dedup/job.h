/* job.h - whole jobs in tests: a corpus put into files, a job run, what it left read back. */
#ifndef SC_TEST_DEDUP_JOB_H
#define SC_TEST_DEDUP_JOB_H

#include "test.h"

#include "base/buffer.h"
#include "base/file.h"
#include "base/json.h"
#include "socle/data.h"

/* As test_path, for as long as the test runs: that one's ring is short. */
const char *job_path(const char *name);

/* A corpus in `n_files` files of a folder IN: lines[i] goes to file i * n_files / n. */
void job_put(const char *const *lines, int n, int n_files);
/* {"id": "N", "text": ...}; in a static ring of buffers. */
char *job_line(int id, const char *text);

/* Documents of few words and few lines, so that everything is there more than once: one; IN of n.
 */
const char *job_random_line(int id);
void job_put_random(int n, int n_files);

/* Runs IN into a folder of this name and returns its path. The account goes to a folder of the
 * test. */
const char *job_run(sc_dedup_report *r, const char *name, const sc_dedup_options *o);

/* All lines of DIR/KIND as JSON objects, an array that the caller frees. */
json_t *job_read(const char *dir, const char *kind);
/* Whether the two folders hold the same files with the same bytes under this kind. */
bool job_same(const char *a, const char *b, const char *kind);
/* The same of documents, dropped, and clusters where there are some. */
bool job_same_all(const char *a, const char *b);

#endif
