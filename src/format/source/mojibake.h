/* mojibake.h - UTF-8 that was read as Latin-1 or windows-1252 and written again ("cafÃ©"), put
 * right where it is certain. */
#ifndef SC_FORMAT_MOJIBAKE_H
#define SC_FORMAT_MOJIBAKE_H

#include "base/buffer.h"

/* Valid UTF-8 in, valid UTF-8 out: *text is itself where nothing is wrong, else lies in `room`
 * (cleared). *n_repaired counts the characters put right, of both levels. */
SC_MUST_USE sc_status sc__mojibake_repair(const char **text, size_t *n, sc_buffer *room,
                                          int64_t *n_repaired);

#endif
