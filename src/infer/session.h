/* session.h - a session from the inside: what chats need of it. */
#ifndef SC_INFER_SESSION_H
#define SC_INFER_SESSION_H

#include "base/buffer.h"
#include "model/model.h"
#include "socle/generate.h"

enum { SC_SESSION_EOS = 64 };

struct sc_session {
    const sc_model *model;
    const sc_tokenizer *tokenizer;
    sc_machine *machine;
    sc_model *own_model; /* what is closed with the session; NULL where borrowed */
    sc_tokenizer *own_tokenizer;
    sc_machine *own_machine;
    sc_encoder *encoder;
    sc_decoder *decoder;
    sc_generator *generator; /* NULL until the first prompt; grows with what is asked for */
    int64_t capacity, max_context;
    const volatile int *stop;
    int32_t eos[SC_SESSION_EOS];
    int n_eos;
    sc_ids prompt, answer;
    sc_buffer text;
};

SC_MUST_USE sc_status sc__ids_push(sc_ids *ids, int32_t id);
/* The ids of session->prompt are the prompt. */
SC_MUST_USE sc_status sc__session_answer(sc_session *s, sc_answer *out, const sc_answer_options *o);
/* Appends the ids of text to session->prompt; `flags` as sc_encoder_run's. */
SC_MUST_USE sc_status sc__session_encode(sc_session *s, const char *text, size_t n, unsigned flags);
/* One more id at which answers end. */
void sc__session_add_eos(sc_session *s, int32_t id);

#endif
