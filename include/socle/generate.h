/* generate.h - text out of a model: from a prompt to tokens, one at a time.
 *
 *     sc_session *s;
 *     sc_answer a;
 *     const sc_answer_options o = {.max_tokens = 50, .sampling = SC_SAMPLING_INIT};
 *     if (sc_session_open(&s, "runs/demo", NULL) < 0) return 1;
 *     if (sc_session_run(s, &a, "Once upon", 9, &o) >= 0) puts(a.text);
 *     sc_session_close(s);
 *
 * Sessions, chats and generators belong to one thread at a time; they run on the threads of their
 * machine, whose number changes no token. */
#ifndef SOCLE_GENERATE_H
#define SOCLE_GENERATE_H

#include "socle/graph.h"
#include "socle/model.h"
#include "socle/tokenizer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- tokens ---------------------------------------------------------------------------------- */

typedef struct sc_generator sc_generator;

typedef struct {
    int64_t context;          /* tokens of prompt and answer together; 0: the model's positions */
    int64_t chunk;            /* tokens of the prompt taken in at once; 0: 256 */
    const volatile int *stop; /* becomes non-zero: a long prompt ends with SC_INTERRUPTED */
} sc_generator_options;

/* Model and machine are borrowed, and the model may not change while a text is in the cache: begin
 * anew with sc_generator_reset after training steps. Products are of the type of the model's
 * matrices, f32 or bf16; logits are f32. SC_USAGE: a context longer than the model's positions. */
SC_MUST_USE SC_API sc_status sc_generator_open(sc_generator **out, const sc_model *m,
                                               sc_machine *machine, const sc_generator_options *o);
SC_API void sc_generator_close(sc_generator *g); /* NULL is fine */
SC_API void sc_generator_reset(sc_generator *g); /* forgets the text and what is cached of it */

/* The text is these n > 0 tokens. What it has in common with the text so far stays in the cache;
 * the rest is run. SC_USAGE: more tokens than the context, an id outside the vocabulary. */
SC_MUST_USE SC_API sc_status sc_generator_prompt(sc_generator *g, const int32_t *ids, int64_t n);
/* One more token. SC_DONE: the context is full, nothing was added. */
SC_MUST_USE SC_API sc_status sc_generator_push(sc_generator *g, int32_t id);
/* (n_vocab) f32: what the model says comes next; the generator's, until the next call. */
SC_API const float *sc_generator_logits(const sc_generator *g);
/* The tokens of the text, and how many; how many of the last prompt were found in the cache. */
SC_API const int32_t *sc_generator_ids(const sc_generator *g, int64_t *n);
SC_API int64_t sc_generator_reused(const sc_generator *g);
SC_API int64_t sc_generator_context(const sc_generator *g);

/* How the next token is drawn, in this order, as transformers' processors do it:
 *   1. repetition_penalty (Keskar et al. 2019): logits of tokens that are in the text are divided
 *      by it where positive and multiplied where negative; 1: none
 *   2. temperature: logits are divided by it; 0: the largest logit is taken and the rest is moot
 *   3. top_k (Fan et al. 2018): only the k largest, and their equals; 0: all
 *   4. top_p (Holtzman et al. 2020): the fewest largest whose probabilities reach p; 1: all
 *   5. min_p (Nguyen et al. 2024): those at least min_p times as probable as the largest; 0: all
 * Of equal logits the lower id goes first. The i-th token after a prompt is a function of the
 * logits, `seed` and i alone. */
typedef struct {
    double temperature;
    int64_t top_k;
    double top_p, min_p, repetition_penalty;
    uint64_t seed;
} sc_sampling;
#define SC_SAMPLING_INIT                                                                           \
    { 0, 0, 1, 0, 1, 0 }
/* SC_USAGE names the value that is out of range. */
SC_MUST_USE SC_API sc_status sc_sampling_check(const sc_sampling *s);

/* The token that follows the text; push it to go on. SC_USAGE: as sc_sampling_check, or no text.
 * SC_FORMAT: the logits are not numbers, so the model's weights cannot be. */
SC_MUST_USE SC_API sc_status sc_generator_sample(sc_generator *g, int32_t *id,
                                                 const sc_sampling *s);

/* ---- text ------------------------------------------------------------------------------------ */

typedef struct sc_session sc_session; /* a model, its tokenizer, a machine and a cache */

typedef struct {
    int n_threads;            /* as sc_machine_open's; not for sc_session_over */
    int64_t context;          /* tokens of prompt and answer at most; 0: the model's positions */
    const volatile int *stop; /* becomes non-zero: the answer ends there */
} sc_session_options;

/* Loads a model directory. Text ends at the eos ids of its generation_config.json, else of its
 * config.json, else at the tokenizer's. SC_IO, SC_FORMAT; SC_MISMATCH: the tokenizer has ids that
 * the model has no embedding for. `o` may be NULL. */
SC_MUST_USE SC_API sc_status sc_session_open(sc_session **out, const char *dir,
                                             const sc_session_options *o);
/* The same over what the caller has loaded, which is borrowed. */
SC_MUST_USE SC_API sc_status sc_session_over(sc_session **out, const sc_model *m,
                                             const sc_tokenizer *t, sc_machine *machine,
                                             const sc_session_options *o);
SC_API void sc_session_close(sc_session *s); /* NULL is fine */
SC_API void sc_session_reset(sc_session *s); /* after the model has changed */
SC_API const sc_model *sc_session_model(const sc_session *s);
SC_API const sc_tokenizer *sc_session_tokenizer(const sc_session *s);

/* Why an answer ended: max_tokens, a stop text, an eos token, the model's positions, `stop`. */
typedef enum {
    SC_ENDED_LENGTH,
    SC_ENDED_STOP,
    SC_ENDED_EOS,
    SC_ENDED_CONTEXT,
    SC_ENDED_INTERRUPTED
} sc_ended;
SC_API const char *
sc_ended_name(sc_ended e); /* "length", "stop", "eos", "context", "interrupted" */

/* Further text of an answer: n bytes of whole characters, zero-terminated. A failure ends the
 * answer with that status. */
typedef sc_status sc_answer_sink(void *user, const char *text, size_t n);

typedef struct {
    int64_t max_tokens; /* 0: as many as the context has room for */
    sc_sampling sampling;
    const char *const *stops; /* texts that end the answer and are not part of it */
    int n_stops;
    bool ignore_eos;
    sc_answer_sink *sink; /* NULL: the text comes only at the end */
    void *user;
} sc_answer_options;

typedef struct {
    const char
        *text; /* n_text bytes of UTF-8, zero-terminated: the session's until its next call */
    size_t n_text;
    const int32_t *ids; /* of the answer, n_ids, without the eos token; likewise */
    int64_t n_ids;
    int64_t n_prompt, n_reused; /* tokens of the prompt; those of them found in the cache */
    sc_ended ended;
    double prompt_seconds, answer_seconds;
} sc_answer;

/* Continues a prompt of n bytes. Invalid UTF-8 is read as U+FFFD, with one warning. An empty prompt
 * begins with the bos token. SC_USAGE: a prompt longer than the model's positions, sampling out of
 * range, an empty prompt where there is no bos token. */
SC_MUST_USE SC_API sc_status sc_session_run(sc_session *s, sc_answer *out, const char *prompt,
                                            size_t n, const sc_answer_options *o);

/* ---- conversations --------------------------------------------------------------------------- */

typedef struct sc_chat sc_chat;

typedef struct {
    const char *system; /* what the model is told first; NULL: nothing */
    bool plain;         /* continue the text so far, also where there is a chat template */
} sc_chat_options;

/* The session is borrowed, and only the chat may use it meanwhile. What turns have in common stays
 * in its cache. With the tokenizer's chat template (Jinja, the part that templates are written in),
 * a turn is a message; without one, what is said is appended to the text so far and continued.
 * SC_UNSUPPORTED, SC_FORMAT: the template, naming line and construct. */
SC_MUST_USE SC_API sc_status sc_chat_open(sc_chat **out, sc_session *s, const sc_chat_options *o);
SC_API void sc_chat_close(sc_chat *c); /* NULL is fine */
SC_API bool sc_chat_has_template(const sc_chat *c);
/* One turn: n bytes of the user's, and the answer. A turn that fails leaves the conversation as it
 * was; one that is interrupted keeps what was said. SC_USAGE: as sc_session_run, and when the
 * template refuses the conversation. */
SC_MUST_USE SC_API sc_status sc_chat_run(sc_chat *c, sc_answer *out, const char *text, size_t n,
                                         const sc_answer_options *o);
SC_API void sc_chat_reset(sc_chat *c); /* back to the system text */
/* {"messages": [{"role", "content"} ...]}, or {"text"} without a template; atomically. SC_IO. */
SC_MUST_USE SC_API sc_status sc_chat_save(const sc_chat *c, const char *path);

#ifdef __cplusplus
}
#endif
#endif
