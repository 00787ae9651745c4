/* lock.c - flock of the folder itself, so that nothing is left in it. */
#define _GNU_SOURCE
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

sc_status sc__lock_take(int *lock, const char *dir, bool wait) {
    int failed;
    *lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*lock < 0) return SC_FAIL(SC_IO, "%s: cannot open folder: %s", dir, strerror(errno));
    do failed = flock(*lock, wait ? LOCK_EX : LOCK_EX | LOCK_NB);
    while (failed && errno == EINTR);
    if (!failed || errno == ENOLCK || errno == EOPNOTSUPP) return SC_OK;
    const sc_status s = errno == EWOULDBLOCK
                            ? SC_FAIL(SC_IO, "%s: another process is at work in it", dir)
                            : SC_FAIL(SC_IO, "%s: cannot lock: %s", dir, strerror(errno));
    sc__lock_give(*lock);
    *lock = -1;
    return s;
}

void sc__lock_give(int lock) {
    if (lock >= 0) close(lock);
}
