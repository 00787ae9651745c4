/* chat.c - a conversation is a list of messages, or a text. Each turn is rendered and tokenized as
 * a whole; the generator keeps what its tokens have in common with the turn before. */
#include "infer/session.h"
#include "infer/template.h"

#include "base/file.h"
#include "base/utf8.h"

#include <string.h>

struct sc_chat {
    sc_session *session;
    sc_template *template; /* NULL: plain text */
    json_t *messages;
    sc_buffer text, scratch; /* the text so far; one message, or what the template made */
    char *system;
};

/* ---- what was said --------------------------------------------------------------------------- */

static sc_status add_message(sc_chat *c, const char *role, const char *text, size_t n) {
    sc__buffer_clear(&c->scratch);
    SC_TRY(sc__utf8_repair(&c->scratch, text, n, NULL));
    json_t *m = json_pack("{ssss%}", "role", role, "content",
                          c->scratch.data ? c->scratch.data : "", c->scratch.len);
    if (!m || json_array_append_new(c->messages, m)) return SC_FAIL(SC_NOMEM, "chat");
    return SC_OK;
}

/* A line typed after an answer begins a line of its own. */
static sc_status add_text(sc_chat *c, const char *text, size_t n) {
    if (c->text.len && c->text.data[c->text.len - 1] != '\n') sc__buffer_putc(&c->text, '\n');
    sc__buffer_append(&c->text, text, n);
    return c->text.status;
}

static sc_status begin(sc_chat *c) {
    json_array_clear(c->messages);
    sc__buffer_clear(&c->text);
    if (!c->system) return SC_OK;
    return c->template ? add_message(c, "system", c->system, strlen(c->system))
                       : add_text(c, c->system, strlen(c->system));
}

/* ---- opening --------------------------------------------------------------------------------- */

static sc_status init(sc_chat *c, const sc_chat_options *o) {
    const sc_tokenizer *t = c->session->tokenizer;
    const char *source = o->plain ? NULL : sc_tokenizer_chat_template(t);
    c->messages = json_array();
    c->system = o->system ? sc__strdup(o->system) : NULL;
    if (!c->messages || (o->system && !c->system)) return SC_FAIL(SC_NOMEM, "chat");
    if (source) {
        SC_TRY(sc__template_open(&c->template, source));
        sc__session_add_eos(c->session, sc_tokenizer_eos(t)); /* the end of a message, often */
    }
    return begin(c);
}

sc_status sc_chat_open(sc_chat **out, sc_session *s, const sc_chat_options *o) {
    const sc_chat_options none = {0};
    *out = NULL;
    sc_chat *c = sc__calloc(1, sizeof *c);
    if (!c) return SC_FAIL(SC_NOMEM, "chat");
    c->session = s;
    const sc_status status = init(c, o ? o : &none);
    if (status < 0)
        sc_chat_close(c);
    else
        *out = c;
    return status;
}

void sc_chat_close(sc_chat *c) {
    if (!c) return;
    sc__template_close(c->template);
    json_decref(c->messages);
    sc__buffer_deinit(&c->text);
    sc__buffer_deinit(&c->scratch);
    sc__free(c->system);
    sc__free(c);
}

bool sc_chat_has_template(const sc_chat *c) { return c->template != NULL; }

void sc_chat_reset(sc_chat *c) {
    const sc_status s = begin(c); /* of what was there when it was opened: memory is kept */
    (void)s;
}

/* ---- turns ----------------------------------------------------------------------------------- */

static const char *token_text(const sc_tokenizer *t, int32_t id) {
    const char *text = id >= 0 ? sc_tokenizer_token(t, id) : NULL;
    return text ? text : "";
}

/* The conversation as the model was taught to read it, into c->scratch. */
static sc_status render(sc_chat *c) {
    const sc_tokenizer *t = c->session->tokenizer;
    json_t *v = json_pack("{sOsbsnsnssss}", "messages", c->messages, "add_generation_prompt", 1,
                          "tools", "documents", "bos_token", token_text(t, sc_tokenizer_bos(t)),
                          "eos_token", token_text(t, sc_tokenizer_eos(t)));
    if (!v) return SC_FAIL(SC_NOMEM, "chat");
    sc__buffer_clear(&c->scratch);
    const sc_status s = sc__template_render(&c->scratch, c->template, v);
    json_decref(v);
    return s;
}

static sc_status answer(sc_chat *c, sc_answer *out, const sc_answer_options *o) {
    sc_session *s = c->session;
    const sc_buffer *said = c->template ? &c->scratch : &c->text;
    s->prompt.n = 0;
    if (c->template) SC_TRY(render(c));
    SC_TRY(sc__session_encode(s, said->data ? said->data : "", said->len,
                              c->template ? SC_ENCODE_NO_SPECIAL : 0));
    return sc__session_answer(s, out, o);
}

static sc_status take_turn(sc_chat *c, sc_answer *out, const char *text, size_t n,
                           const sc_answer_options *o) {
    SC_TRY(c->template ? add_message(c, "user", text, n) : add_text(c, text, n));
    SC_TRY(answer(c, out, o));
    if (c->template) return add_message(c, "assistant", out->text, out->n_text);
    sc__buffer_append(&c->text, out->text, out->n_text);
    return c->text.status;
}

sc_status sc_chat_run(sc_chat *c, sc_answer *out, const char *text, size_t n,
                      const sc_answer_options *o) {
    const size_t messages = json_array_size(c->messages), length = c->text.len;
    const sc_status s = take_turn(c, out, text, n, o);
    if (s >= 0) return s;
    while (json_array_size(c->messages) > messages)
        json_array_remove(c->messages, json_array_size(c->messages) - 1);
    c->text.len = length;
    c->text.status = SC_OK;
    if (c->text.data) c->text.data[length] = 0;
    return s;
}

sc_status sc_chat_save(const sc_chat *c, const char *path) {
    json_t *v;
    sc_buffer repaired = SC_BUFFER_INIT;
    if (c->template) {
        v = json_pack("{sO}", "messages", c->messages);
    } else {
        SC_TRY(sc__utf8_repair(&repaired, c->text.data ? c->text.data : "", c->text.len, NULL));
        v = json_pack("{ss%}", "text", repaired.data ? repaired.data : "", repaired.len);
    }
    const sc_status s = v ? sc__json_save(v, path) : SC_FAIL(SC_NOMEM, "%s", path);
    json_decref(v);
    sc__buffer_deinit(&repaired);
    return s;
}
