/* eval.h - how well a model knows a text.
 *
 *     sc_session *s;
 *     sc_eval_result r;
 *     const char *files[] = {"valid.txt"};
 *     if (sc_session_open(&s, "runs/demo", NULL) < 0) return 1;
 *     if (sc_eval_text(&r, s, files, 1, NULL) >= 0)
 *         printf("%.4f nats a token, perplexity %.2f\n", r.loss, r.perplexity);
 *     sc_session_close(s);
 */
#ifndef SOCLE_EVAL_H
#define SOCLE_EVAL_H

#include "socle/generate.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SC_EVAL_HASHED = 64 /* positions that logits_hash is made of */ };

typedef struct {
    int64_t context; /* tokens a window; 0: the model's positions, 2048 at most */
    int64_t stride;  /* tokens from window to window, 1 to context; 0: half the context */
    void (*progress)(void *user, int64_t tokens, double loss); /* after each batch; may be NULL */
    void *user;
} sc_eval_options;

typedef struct {
    double loss;              /* nats a scored token, the mean */
    double perplexity;        /* exp(loss) */
    double bits_per_byte;     /* the sum of nats / ln 2 / bytes */
    int64_t tokens;           /* scored */
    int64_t bytes, documents; /* of UTF-8 text, all of it */
    int64_t context, stride;
    /* SHA-256 (hexadecimal) of the f32 logits, bit for bit as little-endian rows of the vocabulary,
     * at the first SC_EVAL_HASHED positions of the first document, run as one sequence: the same on
     * every machine that runs the same kernels (`isa`), whatever its threads. A change of the code
     * that is not meant to change a number must not change it. */
    char logits_hash[65];
    const char *isa; /* of the kernels */
    double seconds;
} sc_eval_result;

/* Scores files, folders and globs of plain text (one document a file) and JSONL (one a line), each
 * also .gz or .zst. Each document is tokenized as a whole and cut into windows of `context` tokens,
 * `stride` apart; a window scores the tokens that no window before it held, given all before them
 * in the window (Hugging Face's guide "Perplexity of fixed-length models"). A document's first
 * token, and with stride = context a window's first, has nothing before it and is not scored.
 * SC_IO, SC_FORMAT: the files; no token to score; logits that are not numbers. SC_USAGE: context or
 * stride out of range. SC_INTERRUPTED: the session's `stop`. */
SC_MUST_USE SC_API sc_status sc_eval_text(sc_eval_result *out, sc_session *s,
                                          const char *const *paths, int n_paths,
                                          const sc_eval_options *o);

#ifdef __cplusplus
}
#endif
#endif
