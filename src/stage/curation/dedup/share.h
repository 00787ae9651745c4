/* share.h - one job done by several processes, on one machine or many, with a common folder.
 *
 * The work is cut into phases (sc_dedup_phase). In each a process does its share by itself: every
 * Nth input file, or a range of the parts of the buckets. What it made lies in OUT/.dedup/PHASE/
 * under its number, and OUT/.dedup/PHASE-NNNNN.json, written last, says so and with which settings.
 * A phase begins when all shares of the one before are there. What is told as done is not done
 * again, so that after a process was killed the same commands go on.
 *
 * No process need know of another but by these files: Slurm, MPI and a shell loop do alike. */
#ifndef SC_STAGE_CURATION_DEDUP_SHARE_H
#define SC_STAGE_CURATION_DEDUP_SHARE_H

#include "stage/curation/dedup/dedup.h"

/* The phase of that name, which the method has; SC_DEDUP_PHASES for NULL. */
SC_MUST_USE sc_status sc__share_find_phase(sc_dedup_phase *out, const sc_dedup *d);

/* The phase that is asked for, or all, each as soon as the others are done with the one before.
 * report->is_whole then: this process was the last, the report is that of all, and the folder of
 * what is left is sc__share_remove's. SC_IO: something that one phase needs is missing;
 * SC_MISMATCH: it was made with other settings, inputs or another number of shares. */
SC_MUST_USE sc_status sc__share_run(sc_dedup *d);
SC_MUST_USE sc_status sc__share_remove(sc_dedup *d);

/* How many seconds others wait for one that says that it has failed: it may have been started again
 * and not have begun. Tests make it short. */
extern double sc__share_patience;

/* Where a share of a phase lies. */
const char *sc__share_path(sc_dedup *d, sc_dedup_phase phase, int shard);
/* What another process left is not what it should be. */
sc_status sc__share_damaged(const char *path);

#endif
