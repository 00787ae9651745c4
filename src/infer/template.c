/* template.c - statements of chat templates: text, {{ }}, {% if for set %}, {# #}, and the white
 * space around them, as Jinja has it with trim_blocks and lstrip_blocks on. */
#include "infer/template_tree.h"

#include <ctype.h>
#include <string.h>

enum { MAX_SOURCE = 1 << 20, MAX_OUTPUT = 1 << 26 };

/* ---- pieces of source ------------------------------------------------------------------------ */

/* A template being read. After body(), `stop` is the word of the block tag that ended it, "" at the
 * end of the source; the rest of that tag is in `inner`. */
typedef struct {
    sc_template *t;
    const char *p, *end;
    int line, depth;
    bool trim, trim_line, at_line_start; /* what the tag before leaves to do */
    sc_template_parser inner;
    char stop[16];
} reader;

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static const char *find_tag(const reader *d) {
    for (const char *q = d->p; q + 1 < d->end; q++)
        if (*q == '{' && (q[1] == '{' || q[1] == '%' || q[1] == '#')) return q;
    return d->end;
}

static void count_lines(reader *d, const char *from, const char *to) {
    for (; from < to; from++) d->line += *from == '\n';
}

/* Where the text before the tag at q ends, by "-" or by lstrip_blocks. */
static const char *text_end(const reader *d, const char *from, const char *q) {
    const char *e = q;
    if (q == d->end) return q;
    const char sign = q + 2 < d->end ? q[2] : 0;
    if (sign == '-') {
        while (e > from && is_space(e[-1])) e--;
        return e;
    }
    if (q[1] == '{' || sign == '+') return q;
    while (e > from && (e[-1] == ' ' || e[-1] == '\t')) e--;
    const bool line_start = e > from ? e[-1] == '\n' : d->at_line_start || from > d->p;
    return line_start ? e : q;
}

static const char *text_start(reader *d) {
    const char *s = d->p;
    if (d->trim)
        while (s < d->end && is_space(*s)) s++;
    else if (d->trim_line && s < d->end && *s == '\n')
        s++;
    if (s > d->p) d->at_line_start = s[-1] == '\n';
    return s;
}

static sc_status new_statement(reader *d, sc_statement **out, sc_statement_kind kind) {
    *out = sc__arena_alloc(&d->t->arena, sizeof **out);
    if (!*out) return SC_FAIL(SC_NOMEM, "chat template");
    (*out)->kind = kind;
    (*out)->line = d->line;
    return SC_OK;
}

/* The text up to the next tag; `out` moves on when there is any. */
static sc_status read_text(reader *d, sc_statement ***out) {
    const char *q = find_tag(d), *s = text_start(d);
    if (s > q) q = s; /* never: white space holds no tag */
    const char *e = text_end(d, s, q);
    if (e > s) {
        SC_TRY(new_statement(d, *out, SC_S_TEXT));
        (**out)->text = s;
        (**out)->n = (size_t)(e - s);
        *out = &(**out)->next;
    }
    count_lines(d, d->p, q);
    d->p = q;
    d->trim = d->trim_line = false;
    return SC_OK;
}

/* The end of the tag at d->p, past texts in quotes and what stands in brackets: where its inside
 * ends. */
static sc_status find_close(const reader *d, const char *close, const char **inside_end) {
    const bool comment = *close == '#';
    char quote = 0;
    int open = 0;
    for (const char *q = d->p + 2; q + 1 < d->end; q++) {
        if (quote) {
            if (*q == '\\')
                q++;
            else if (*q == quote)
                quote = 0;
        } else if (open <= 0 && q[0] == close[0] && q[1] == close[1]) {
            *inside_end = q;
            return SC_OK;
        } else if (!comment) {
            if (*q == '"' || *q == '\'') quote = *q;
            open += *q == '{' || *q == '[' || *q == '(';
            open -= *q == '}' || *q == ']' || *q == ')';
        }
    }
    return SC_FAIL(SC_FORMAT, "chat template, line %d: a tag does not end", d->line);
}

/* Reads the tag at d->p: d->inner stands before its first token, d->p after it. */
static sc_status open_tag(reader *d) {
    const char kind = d->p[1];
    const char close[] = {kind == '{' ? '}' : kind, '}', 0};
    const char *e = NULL, *from = d->p + 2;
    SC_TRY(find_close(d, close, &e));
    const char *after = e + 2;
    if (from < e && (*from == '-' || *from == '+')) from++;
    d->trim = e > from && e[-1] == '-';
    const bool keep = e > from && e[-1] == '+' && kind != '{';
    d->trim_line = kind != '{' && !keep;
    d->inner = (sc_template_parser){
        .t = d->t, .p = from, .end = d->trim || keep ? e - 1 : e, .line = d->line};
    count_lines(d, d->p, after);
    d->p = after;
    d->at_line_start = false;
    return kind == '#' ? SC_OK : sc__template_advance(&d->inner);
}

static sc_status tag_ends(const reader *d) {
    if (d->inner.token.kind == SC_T_END) return SC_OK;
    return SC_FAIL(SC_FORMAT, "chat template, line %d: \"%.*s\" is too much", d->inner.line,
                   (int)SC_MIN(d->inner.token.n, (size_t)40), d->inner.token.at);
}

/* ---- statements ------------------------------------------------------------------------------ */

static sc_status body(reader *d, sc_statement **out);

static bool stopped_at(const reader *d, const char *word) { return !strcmp(d->stop, word); }

static sc_status expect_stop(reader *d, const char *word, int line) {
    if (stopped_at(d, word)) return tag_ends(d);
    return SC_FAIL(SC_FORMAT, "chat template, line %d: the tag of line %d ends with \"%s\", not %s",
                   d->line, line, d->stop, word);
}

static sc_status read_if(reader *d, sc_statement *s) {
    SC_TRY(sc__template_expression(&d->inner, &s->condition));
    SC_TRY(tag_ends(d));
    SC_TRY(body(d, &s->body));
    if (stopped_at(d, "elif")) {
        if (++d->depth > SC_TEMPLATE_DEPTH)
            return SC_FAIL(SC_FORMAT, "chat template, line %d: too many elif", d->line);
        SC_TRY(new_statement(d, &s->other, SC_S_IF));
        SC_TRY(read_if(d, s->other)); /* which reads the endif */
        d->depth--;
        return SC_OK;
    }
    if (stopped_at(d, "else")) {
        SC_TRY(tag_ends(d));
        SC_TRY(body(d, &s->other));
    }
    return expect_stop(d, "endif", s->line);
}

static sc_status read_for(reader *d, sc_statement *s) {
    sc_template_parser *p = &d->inner;
    SC_TRY(sc__template_name(p, &s->names[0]));
    if (sc__template_is(p, ",")) {
        SC_TRY(sc__template_advance(p));
        SC_TRY(sc__template_name(p, &s->names[1]));
    }
    SC_TRY(sc__template_expect(p, "in"));
    SC_TRY(sc__template_or(p, &s->value));
    if (sc__template_is(p, "if")) {
        SC_TRY(sc__template_advance(p));
        SC_TRY(sc__template_expression(p, &s->condition));
    }
    SC_TRY(tag_ends(d));
    SC_TRY(body(d, &s->body));
    if (stopped_at(d, "else")) {
        SC_TRY(tag_ends(d));
        SC_TRY(body(d, &s->other));
    }
    return expect_stop(d, "endfor", s->line);
}

static sc_status read_set(reader *d, sc_statement *s) {
    sc_template_parser *p = &d->inner;
    SC_TRY(sc__template_name(p, &s->names[0]));
    if (sc__template_is(p, ".")) {
        SC_TRY(sc__template_advance(p));
        SC_TRY(sc__template_name(p, &s->names[1]));
    }
    if (!sc__template_is(p, "="))
        return SC_FAIL(SC_UNSUPPORTED, "chat template, line %d: set without a value", s->line);
    SC_TRY(sc__template_advance(p));
    SC_TRY(sc__template_expression(p, &s->value));
    return tag_ends(d);
}

static const struct {
    const char *word;
    sc_statement_kind kind;
    sc_status (*read)(reader *d, sc_statement *s);
} statements[] = {
    {"if", SC_S_IF, read_if}, {"for", SC_S_FOR, read_for}, {"set", SC_S_SET, read_set}};

static const char *const stops[] = {"elif", "else", "endif", "endfor"};

/* DONE: the tag ends the body. */
static sc_status read_block(reader *d, sc_statement ***out) {
    const sc_token *word = &d->inner.token;
    for (int i = 0; i < SC_LEN(stops); i++)
        if (sc__template_is(&d->inner, stops[i])) {
            memcpy(d->stop, stops[i], strlen(stops[i]) + 1);
            SC_TRY(sc__template_advance(&d->inner));
            return SC_DONE;
        }
    for (int i = 0; i < SC_LEN(statements); i++) {
        if (!sc__template_is(&d->inner, statements[i].word)) continue;
        SC_TRY(new_statement(d, *out, statements[i].kind));
        SC_TRY(sc__template_advance(&d->inner));
        sc_statement *s = **out;
        *out = &s->next;
        return statements[i].read(d, s);
    }
    /* transformers' mark of what the assistant says: for training, of no consequence here */
    if (sc__template_is(&d->inner, "generation") || sc__template_is(&d->inner, "endgeneration"))
        return SC_OK;
    return SC_FAIL(SC_UNSUPPORTED,
                   "chat template, line %d: the statement \"%.*s\" is not supported", d->inner.line,
                   (int)SC_MIN(word->n, (size_t)40), word->at);
}

static sc_status read_print(reader *d, sc_statement ***out) {
    SC_TRY(new_statement(d, *out, SC_S_PRINT));
    SC_TRY(sc__template_expression(&d->inner, &(**out)->value));
    *out = &(**out)->next;
    return tag_ends(d);
}

static sc_status body(reader *d, sc_statement **out) {
    if (++d->depth > SC_TEMPLATE_DEPTH)
        return SC_FAIL(SC_FORMAT, "chat template, line %d: nested too deeply", d->line);
    sc_status s = SC_OK;
    d->stop[0] = 0;
    while (s == SC_OK) {
        SC_TRY(read_text(d, &out));
        if (d->p == d->end) break;
        const char kind = d->p[1];
        SC_TRY(open_tag(d));
        if (kind == '{') s = read_print(d, &out);
        if (kind == '%') s = read_block(d, &out);
        if (kind == '%' && s == SC_OK) d->stop[0] = 0; /* of the block inside */
    }
    d->depth--;
    return s < 0 ? s : SC_OK;
}

/* ---- opening --------------------------------------------------------------------------------- */

/* Lines end with \n, and one at the very end is dropped, as Jinja does. */
static sc_status copy_source(sc_template *t, const char *source, size_t *n) {
    *n = 0;
    if (strlen(source) > MAX_SOURCE) return SC_FAIL(SC_FORMAT, "chat template: over a megabyte");
    t->source = sc__alloc(strlen(source) + 1);
    if (!t->source) return SC_FAIL(SC_NOMEM, "chat template");
    for (const char *p = source; *p; p++) {
        if (*p == '\r' && p[1] == '\n') continue;
        t->source[(*n)++] = *p == '\r' ? '\n' : *p;
    }
    if (*n && t->source[*n - 1] == '\n') --*n;
    t->source[*n] = 0;
    return SC_OK;
}

static sc_status parse(sc_template *t, const char *source) {
    size_t n;
    SC_TRY(copy_source(t, source, &n));
    t->literals = json_array();
    if (!t->literals) return SC_FAIL(SC_NOMEM, "chat template");
    reader d = {.t = t, .p = t->source, .end = t->source + n, .line = 1, .at_line_start = true};
    SC_TRY(body(&d, &t->body));
    if (!d.stop[0]) return SC_OK;
    return SC_FAIL(SC_FORMAT, "chat template, line %d: %s without its beginning", d.line, d.stop);
}

sc_status sc__template_open(sc_template **out, const char *source) {
    *out = NULL;
    sc_template *t = sc__calloc(1, sizeof *t);
    if (!t) return SC_FAIL(SC_NOMEM, "chat template");
    const sc_status s = parse(t, source);
    if (s < 0)
        sc__template_close(t);
    else
        *out = t;
    return s;
}

void sc__template_close(sc_template *t) {
    if (!t) return;
    json_decref(t->literals);
    sc__free(t->source);
    sc__arena_deinit(&t->arena);
    sc__free(t);
}

/* ---- rendering ------------------------------------------------------------------------------- */

static sc_status render(sc_template_run *r, const sc_statement *s, sc_buffer *out);

static sc_status holds(sc_template_run *r, const sc_expression *e, bool *yes) {
    json_t *v;
    SC_TRY(sc__template_value(r, e, &v));
    *yes = sc__template_truth(v);
    json_decref(v);
    return SC_OK;
}

static sc_status render_print(sc_template_run *r, const sc_statement *s, sc_buffer *out) {
    json_t *v;
    SC_TRY(sc__template_value(r, s->value, &v));
    const sc_status status = sc__template_print(out, v, s->line);
    json_decref(v);
    return status;
}

static sc_status render_if(sc_template_run *r, const sc_statement *s, sc_buffer *out) {
    bool yes;
    SC_TRY(holds(r, s->condition, &yes));
    return render(r, yes ? s->body : s->other, out);
}

static json_t *frame(const sc_template_run *r) { return r->frames[r->n_frames - 1]; }

static sc_status set_member(sc_template_run *r, const sc_statement *s, json_t *v) {
    for (int i = r->n_frames - 1; i >= 0; i--) {
        json_t *space = json_object_get(r->frames[i], s->names[0]);
        for (size_t k = 0; space && k < json_array_size(r->namespaces); k++)
            if (json_array_get(r->namespaces, k) == space) {
                json_object_set_new(space, s->names[1], v ? json_deep_copy(v) : json_null());
                return SC_OK;
            }
    }
    return SC_FAIL(SC_FORMAT, "chat template, line %d: %s is no namespace", s->line, s->names[0]);
}

static sc_status render_set(sc_template_run *r, const sc_statement *s) {
    json_t *v;
    sc_status status = SC_OK;
    SC_TRY(sc__template_value(r, s->value, &v));
    if (s->names[1])
        status = set_member(r, s, v);
    else if (v)
        json_object_set(frame(r), s->names[0], v);
    else
        json_object_del(frame(r), s->names[0]);
    json_decref(v);
    return status;
}

/* Names the element, or its two parts. */
static sc_status bind(sc_template_run *r, const sc_statement *s, json_t *v) {
    if (!s->names[1]) return json_object_set(frame(r), s->names[0], v), SC_OK;
    if (json_array_size(v) != 2)
        return SC_FAIL(SC_FORMAT, "chat template, line %d: an element that is no pair", s->line);
    for (size_t i = 0; i < 2; i++) json_object_set(frame(r), s->names[i], json_array_get(v, i));
    return SC_OK;
}

static sc_status set_loop(sc_template_run *r, const json_t *list, size_t i) {
    const json_int_t n = (json_int_t)json_array_size(list), at = (json_int_t)i;
    json_t *loop =
        json_pack("{sIsIsIsIsIsbsb}", "index", at + 1, "index0", at, "length", n, "revindex",
                  n - at, "revindex0", n - at - 1, "first", at == 0, "last", at == n - 1);
    if (!loop) return SC_FAIL(SC_NOMEM, "chat template");
    if (i) json_object_set(loop, "previtem", json_array_get(list, i - 1));
    if (at + 1 < n) json_object_set(loop, "nextitem", json_array_get(list, i + 1));
    json_object_set_new(frame(r), "loop", loop);
    return SC_OK;
}

static sc_status push_frame(sc_template_run *r, int line) {
    if (r->n_frames == SC_TEMPLATE_DEPTH)
        return SC_FAIL(SC_FORMAT, "chat template, line %d: nested too deeply", line);
    r->frames[r->n_frames] = json_object();
    if (!r->frames[r->n_frames]) return SC_FAIL(SC_NOMEM, "chat template");
    r->n_frames++;
    return SC_OK;
}

static void pop_frame(sc_template_run *r) { json_decref(r->frames[--r->n_frames]); }

/* The elements that the condition lets through. */
static sc_status filter(sc_template_run *r, const sc_statement *s, const json_t *all,
                        json_t **out) {
    sc_status status = push_frame(r, s->line);
    *out = json_array();
    if (status < 0) return status;
    for (size_t i = 0; status >= 0 && i < json_array_size(all); i++) {
        bool yes = true;
        status = bind(r, s, json_array_get(all, i));
        if (status >= 0 && s->condition) status = holds(r, s->condition, &yes);
        if (status >= 0 && yes) json_array_append(*out, json_array_get(all, i));
    }
    pop_frame(r);
    return status;
}

static sc_status elements(const sc_statement *s, json_t *v, json_t **out) {
    const char *key;
    json_t *ignored;
    *out = json_is_array(v) ? json_incref(v) : json_array();
    if (json_is_array(v)) return SC_OK;
    if (!json_is_object(v))
        return SC_FAIL(SC_FORMAT, "chat template, line %d: for over what is no list", s->line);
    json_object_foreach(v, key, ignored) json_array_append_new(*out, json_string(key));
    return SC_OK;
}

static sc_status loop_over(sc_template_run *r, const sc_statement *s, const json_t *list,
                           sc_buffer *out) {
    sc_status status = SC_OK;
    for (size_t i = 0; status >= 0 && i < json_array_size(list); i++) {
        SC_TRY(push_frame(r, s->line)); /* of each turn: what it sets does not outlive it */
        status = set_loop(r, list, i);
        if (status >= 0) status = bind(r, s, json_array_get(list, i));
        if (status >= 0) status = render(r, s->body, out);
        pop_frame(r);
    }
    if (status >= 0 && !json_array_size(list)) status = render(r, s->other, out);
    return status;
}

static sc_status render_for(sc_template_run *r, const sc_statement *s, sc_buffer *out) {
    json_t *v = NULL, *all = NULL, *list = NULL;
    sc_status status = sc__template_value(r, s->value, &v);
    if (status >= 0) status = elements(s, v, &all);
    if (status >= 0) status = filter(r, s, all, &list);
    if (status >= 0) status = loop_over(r, s, list, out);
    json_decref(v);
    json_decref(all);
    json_decref(list);
    return status;
}

static sc_status render(sc_template_run *r, const sc_statement *s, sc_buffer *out) {
    for (; s; s = s->next) {
        switch (s->kind) {
        case SC_S_TEXT:
            sc__buffer_append(out, s->text, s->n);
            break;
        case SC_S_PRINT:
            SC_TRY(render_print(r, s, out));
            break;
        case SC_S_IF:
            SC_TRY(render_if(r, s, out));
            break;
        case SC_S_FOR:
            SC_TRY(render_for(r, s, out));
            break;
        case SC_S_SET:
            SC_TRY(render_set(r, s));
            break;
        }
        r->steps++;
        if (out->len > MAX_OUTPUT || r->steps > SC_TEMPLATE_STEPS)
            return SC_FAIL(SC_FORMAT, "chat template, line %d: takes too long", s->line);
    }
    return out->status;
}

sc_status sc__template_render(sc_buffer *out, const sc_template *t, const json_t *variables) {
    sc_template_run r = {.namespaces = json_array()};
    json_t *globals = json_copy((json_t *)(uintptr_t)variables);
    sc_status s = r.namespaces && globals ? SC_OK : SC_FAIL(SC_NOMEM, "chat template");
    r.frames[r.n_frames++] = globals;
    if (s >= 0) s = push_frame(&r, 1);
    if (s >= 0) s = render(&r, t->body, out);
    while (r.n_frames) pop_frame(&r);
    json_decref(r.namespaces);
    return s;
}
