/* tensorboard.c - a record is: length (u64), masked CRC-32C of the length, the message, masked
 * CRC-32C of the message, all little-endian (tensorflow/core/lib/io/record_writer.h). The message
 * is protobuf, written by hand: a field is its number and wire type, then a varint (0), eight bytes
 * (1), a length and bytes (2) or four bytes (5). Each event goes out in one write, so that a reader
 * or a kill sees whole records but perhaps the last. */
#define _GNU_SOURCE
#include "stage/training/watch/tensorboard.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    EVENT_WALL_TIME = 1,
    EVENT_STEP = 2,
    EVENT_VERSION = 3,
    EVENT_SUMMARY = 5,
    EVENT_SESSION = 7
};
enum { SUMMARY_VALUE = 1, VALUE_TAG = 1, VALUE_SIMPLE = 2, SESSION_STATUS = 1, STATUS_START = 1 };
enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

/* ---- messages -------------------------------------------------------------------------------- */

typedef struct {
    unsigned char bytes[2048]; /* an event of ours is far smaller */
    size_t n;
} message;

static void byte(message *m, unsigned char b) {
    sc_assert(m->n < sizeof m->bytes);
    m->bytes[m->n++] = b;
}

static void varint(message *m, uint64_t v) {
    for (; v >= 0x80; v >>= 7) byte(m, (unsigned char)(v | 0x80));
    byte(m, (unsigned char)v);
}

static void little(message *m, uint64_t v, int bytes) {
    for (int i = 0; i < bytes; i++) byte(m, (unsigned char)(v >> 8 * i));
}

static void field(message *m, int number, int wire) { varint(m, (uint64_t)(number << 3 | wire)); }

static void bytes_field(message *m, int number, const void *bytes, size_t n) {
    field(m, number, WIRE_BYTES);
    varint(m, n);
    for (size_t i = 0; i < n; i++) byte(m, ((const unsigned char *)bytes)[i]);
}

static void begin(message *m, double wall_time, int64_t step) {
    uint64_t bits;
    memcpy(&bits, &wall_time, sizeof bits);
    m->n = 0;
    field(m, EVENT_WALL_TIME, WIRE_64);
    little(m, bits, 8);
    if (!step) return;
    field(m, EVENT_STEP, WIRE_VARINT);
    varint(m, (uint64_t)step);
}

/* ---- records --------------------------------------------------------------------------------- */

static uint32_t masked(const void *bytes, size_t n) {
    const uint32_t crc = sc__crc32c(bytes, n);
    return (crc >> 15 | crc << 17) + 0xA282EAD8u;
}

static void record(sc_buffer *out, const message *m) {
    message head = {.n = 0}, tail = {.n = 0};
    little(&head, m->n, 8);
    little(&head, masked(head.bytes, 8), 4);
    little(&tail, masked(m->bytes, m->n), 4);
    sc__buffer_append(out, head.bytes, head.n);
    sc__buffer_append(out, m->bytes, m->n);
    sc__buffer_append(out, tail.bytes, tail.n);
}

void sc__event_scalars(sc_buffer *out, double wall_time, int64_t step, const sc_scalar *s, int n) {
    message m, summary = {.n = 0};
    for (int i = 0; i < n; i++) {
        message value = {.n = 0};
        const float v = (float)s[i].value;
        uint32_t bits;
        memcpy(&bits, &v, sizeof bits);
        sc_assert(strlen(s[i].tag) <= 100);
        bytes_field(&value, VALUE_TAG, s[i].tag, strlen(s[i].tag));
        field(&value, VALUE_SIMPLE, WIRE_32);
        little(&value, bits, 4);
        bytes_field(&summary, SUMMARY_VALUE, value.bytes, value.n);
    }
    begin(&m, wall_time, step);
    bytes_field(&m, EVENT_SUMMARY, summary.bytes, summary.n);
    record(out, &m);
}

void sc__event_version(sc_buffer *out, double wall_time) {
    static const char version[] = "brain.Event:2";
    message m;
    begin(&m, wall_time, 0);
    bytes_field(&m, EVENT_VERSION, version, sizeof version - 1);
    record(out, &m);
}

void sc__event_restart(sc_buffer *out, double wall_time, int64_t step) {
    message m, session = {.n = 0};
    field(&session, SESSION_STATUS, WIRE_VARINT);
    varint(&session, STATUS_START);
    begin(&m, wall_time, step);
    bytes_field(&m, EVENT_SESSION, session.bytes, session.n);
    record(out, &m);
}

/* ---- the file -------------------------------------------------------------------------------- */

struct sc_tensorboard {
    sc_arena arena;
    const char *path;
    int fd;
    sc_buffer pending;
};

static double wall_clock(void) {
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static sc_status flush(sc_tensorboard *t) {
    sc_status s = t->pending.status;
    for (size_t done = 0; s >= 0 && done < t->pending.len;) {
        const ssize_t n = write(t->fd, t->pending.data + done, t->pending.len - done);
        if (n < 0 && errno != EINTR)
            s = SC_FAIL(SC_IO, "%s: cannot write: %s", t->path, strerror(errno));
        if (n > 0) done += (size_t)n;
    }
    sc__buffer_clear(&t->pending);
    return s;
}

static sc_status start(sc_tensorboard *t, const char *dir, int64_t first_step) {
    char host[200] = "localhost";
    const double now = wall_clock();
    gethostname(host, sizeof host - 1);
    for (char *p = host; *p; p++)
        if (*p == '/') *p = '-';
    SC_TRY(sc__dir_make(dir));
    t->path = sc__arena_printf(&t->arena, "%s/events.out.tfevents.%010lld.%s.%ld", dir,
                               (long long)now, host, (long)getpid());
    if (!t->path) return SC_FAIL(SC_NOMEM, "%s", dir);
    t->fd = open(t->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (t->fd < 0) return SC_FAIL(SC_IO, "%s: cannot create: %s", t->path, strerror(errno));
    sc__event_version(&t->pending, now);
    if (first_step > 0) sc__event_restart(&t->pending, now, first_step);
    return flush(t);
}

sc_status sc__tensorboard_open(sc_tensorboard **out, const char *dir, int64_t first_step) {
    *out = NULL;
    sc_tensorboard *t = sc__calloc(1, sizeof *t);
    if (!t) return SC_FAIL(SC_NOMEM, "tensorboard");
    t->fd = -1;
    const sc_status s = start(t, dir, first_step);
    if (s < 0)
        (void)!sc__tensorboard_close(t);
    else
        *out = t;
    return s;
}

sc_status sc__tensorboard_append(sc_tensorboard *t, int64_t step, const sc_scalar *s, int n) {
    sc__event_scalars(&t->pending, wall_clock(), step, s, n);
    return flush(t);
}

sc_status sc__tensorboard_close(sc_tensorboard *t) {
    if (!t) return SC_OK;
    const bool failed = t->fd >= 0 && close(t->fd);
    const sc_status s =
        failed ? SC_FAIL(SC_IO, "%s: cannot write: %s", t->path, strerror(errno)) : SC_OK;
    sc__buffer_deinit(&t->pending);
    sc__arena_deinit(&t->arena);
    sc__free(t);
    return s;
}
