/* status.h - how every function of socle reports failure.
 *
 * A function that can fail returns sc_status and puts its result behind its first argument.
 * Negative codes are failures; sc_error_text() then says what happened, to which file and field.
 *
 *     sc_graph *g;
 *     if (sc_graph_open(&g, NULL) < 0)
 *         fprintf(stderr, "%s\n", sc_error_text());
 *
 * Threads: the text belongs to the calling thread and lives until its next failure. */
#ifndef SOCLE_STATUS_H
#define SOCLE_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#define SC_API      __attribute__((visibility("default")))
#define SC_MUST_USE __attribute__((warn_unused_result))

typedef enum {
#define STATUS(name, code, text) SC_##name = (code),
#include "socle/status.def"
#undef STATUS
} sc_status;

/* "OK", "IO", ... and the one-line meaning of a code. Never NULL. */
SC_API const char *sc_status_name(sc_status s);
SC_API const char *sc_status_text(sc_status s);

/* What the last failure on this thread was about. Never NULL, "" when nothing failed yet. */
SC_API const char *sc_error_text(void);

#ifdef __cplusplus
}
#endif
#endif
