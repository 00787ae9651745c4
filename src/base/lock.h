/* lock.h - a folder in which one process at a time is at work. The kernel gives it free when the
 * process ends, however it does. */
#ifndef SC_BASE_LOCK_H
#define SC_BASE_LOCK_H

#include "base/status.h"

/* SC_IO: another one holds it, and that is not to be waited for. Where the file system knows no
 * locks (some network ones), one at a time is up to people. *lock is -1 on failure. */
SC_MUST_USE sc_status sc__lock_take(int *lock, const char *dir, bool wait);
void sc__lock_give(int lock); /* -1 is fine */

#endif
