/* evaluate.c - values of expressions in chat templates. A value is a json_t, NULL is Jinja's
 * undefined: it prints as nothing and is false, and has no members. */
#include "infer/template_tree.h"

#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 500, MAX_TEXT = 1 << 24 };

bool sc__template_truth(const json_t *v) {
    if (!v || json_is_null(v) || json_is_false(v)) return false;
    if (json_is_integer(v)) return json_integer_value(v) != 0;
    if (json_is_real(v)) return fabs(json_real_value(v)) > 0;
    if (json_is_string(v)) return json_string_length(v) > 0;
    if (json_is_array(v)) return json_array_size(v) > 0;
    return !json_is_object(v) || json_object_size(v) > 0;
}

static bool is_number(const json_t *v) { return v && (json_is_number(v) || json_is_boolean(v)); }

static double number(const json_t *v) {
    return json_is_boolean(v) ? (double)json_is_true(v) : json_number_value(v);
}

bool sc__template_equal(const json_t *a, const json_t *b) {
    if (!a || !b) return a == b;
    if (is_number(a) && is_number(b)) return !(number(a) < number(b)) && !(number(a) > number(b));
    return json_equal(a, b);
}

/* ---- as text --------------------------------------------------------------------------------- */

/* The fewest digits that read back as the same number, as Python writes it. */
static void print_real(sc_buffer *out, double v) {
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (!(strtod(text, NULL) < v) && !(strtod(text, NULL) > v)) break;
    }
    sc__buffer_puts(out, text);
    if (!strpbrk(text, ".en")) sc__buffer_puts(out, ".0");
}

sc_status sc__template_print(sc_buffer *out, const json_t *v, int line) {
    if (!v) return SC_OK;
    if (json_is_string(v))
        sc__buffer_append(out, json_string_value(v), json_string_length(v));
    else if (json_is_integer(v))
        sc__buffer_printf(out, "%lld", (long long)json_integer_value(v));
    else if (json_is_real(v))
        print_real(out, json_real_value(v));
    else if (json_is_boolean(v))
        sc__buffer_puts(out, json_is_true(v) ? "True" : "False");
    else if (json_is_null(v))
        sc__buffer_puts(out, "None");
    else
        return SC_FAIL(SC_UNSUPPORTED,
                       "chat template, line %d: a list or dictionary as text, without tojson",
                       line);
    return out->status;
}

static sc_status made(json_t *v, json_t **out) {
    *out = v;
    return v ? SC_OK : SC_FAIL(SC_NOMEM, "chat template: a value");
}

/* ---- names and members ----------------------------------------------------------------------- */

static json_t *find_variable(const sc_template_run *r, const char *name) {
    json_t *v = NULL;
    for (int i = r->n_frames - 1; i >= 0 && !v; i--) v = json_object_get(r->frames[i], name);
    return json_incref(v);
}

/* The byte at which code point `index` begins; the length past the end. */
static size_t code_point(const char *s, size_t n, int64_t index) {
    size_t at = 0;
    for (int size; at < n && index > 0; index--) {
        sc__utf8_decode(s + at, &size);
        at += (size_t)size;
    }
    return at;
}

static int64_t length_of(const json_t *v) {
    if (json_is_array(v)) return (int64_t)json_array_size(v);
    const char *s = json_string_value(v);
    const size_t n = json_string_length(v);
    int64_t count = 0;
    for (size_t at = 0; at < n; count++) at += code_point(s + at, n - at, 1);
    return count;
}

/* Elements from .. to-1 of a list, characters of a text. */
static json_t *part(const json_t *v, int64_t from, int64_t to) {
    if (json_is_string(v)) {
        const char *s = json_string_value(v);
        const size_t n = json_string_length(v), a = code_point(s, n, from);
        return json_stringn(s + a, to > from ? code_point(s, n, to) - a : 0);
    }
    json_t *list = json_array();
    for (int64_t i = from; list && i < to; i++)
        json_array_append(list, json_array_get(v, (size_t)i));
    return list;
}

static bool is_sequence(const json_t *v) { return json_is_array(v) || json_is_string(v); }

static sc_status find_member(const json_t *v, const json_t *key, int line, json_t **out) {
    *out = NULL;
    if (!v || json_is_null(v))
        return SC_FAIL(SC_FORMAT, "chat template, line %d: a member (%s) of nothing", line,
                       json_is_string(key) ? json_string_value(key) : "by number");
    if (json_is_object(v) && json_is_string(key)) {
        *out = json_incref(json_object_get(v, json_string_value(key)));
        return SC_OK;
    }
    if (!is_sequence(v) || !json_is_integer(key)) return SC_OK;
    const int64_t n = length_of(v), i = json_integer_value(key);
    const int64_t at = i < 0 ? i + n : i;
    if (at < 0 || at >= n) return SC_OK;
    if (json_is_string(v)) return made(part(v, at, at + 1), out);
    *out = json_incref(json_array_get(v, (size_t)at));
    return SC_OK;
}

static sc_status member(sc_template_run *r, const sc_expression *e, json_t **out) {
    json_t *v = NULL, *key = NULL;
    sc_status s = sc__template_value(r, e->a, &v);
    if (s >= 0) s = sc__template_value(r, e->b, &key);
    if (s >= 0) s = find_member(v, key, e->line, out);
    json_decref(v);
    json_decref(key);
    return s;
}

/* A bound of a slice: absent gives dflt, negative counts from the end. */
static sc_status bound(sc_template_run *r, const sc_expression *e, int64_t n, int64_t *at) {
    json_t *v = NULL;
    if (!e) return SC_OK;
    SC_TRY(sc__template_value(r, e, &v));
    const int64_t i = json_integer_value(v);
    const bool good = json_is_integer(v);
    json_decref(v);
    if (!good) return SC_FAIL(SC_FORMAT, "chat template, line %d: a slice by no number", e->line);
    *at = SC_MAX(0, SC_MIN(n, i < 0 ? i + n : i));
    return SC_OK;
}

static sc_status reversed(const json_t *v, json_t **out) {
    json_t *list = json_array();
    for (size_t i = json_array_size(v); list && i-- > 0;)
        json_array_append(list, json_array_get(v, i));
    return made(list, out);
}

static sc_status slice_of(sc_template_run *r, const sc_expression *e, const json_t *v,
                          json_t **out) {
    int64_t n, from = 0, to, step = 1;
    if (!is_sequence(v))
        return SC_FAIL(SC_FORMAT, "chat template, line %d: a slice of no list", e->line);
    to = n = length_of(v);
    if (e->d) {
        json_t *by = NULL;
        SC_TRY(sc__template_value(r, e->d, &by));
        step = json_integer_value(by);
        json_decref(by);
    }
    if (step == -1 && !e->b && !e->c && json_is_array(v)) return reversed(v, out);
    if (step != 1)
        return SC_FAIL(SC_UNSUPPORTED, "chat template, line %d: a slice with a step", e->line);
    SC_TRY(bound(r, e->b, n, &from));
    SC_TRY(bound(r, e->c, n, &to));
    return made(part(v, from, to), out);
}

static sc_status slice(sc_template_run *r, const sc_expression *e, json_t **out) {
    json_t *v = NULL;
    SC_TRY(sc__template_value(r, e->a, &v));
    const sc_status s = slice_of(r, e, v, out);
    json_decref(v);
    return s;
}

/* ---- lists, dictionaries, calls -------------------------------------------------------------- */

static sc_status list(sc_template_run *r, const sc_expression *e, json_t **out) {
    SC_TRY(made(json_array(), out));
    for (const sc_expression *a = e->args; a; a = a->next) {
        json_t *v = NULL;
        SC_TRY(sc__template_value(r, a, &v));
        json_array_append_new(*out, v ? v : json_null());
    }
    return SC_OK;
}

static sc_status dictionary(sc_template_run *r, const sc_expression *e, json_t **out) {
    SC_TRY(made(json_object(), out));
    for (const sc_expression *a = e->args; a; a = a->next->next) {
        json_t *key = NULL, *v = NULL;
        sc_status s = sc__template_value(r, a, &key);
        if (s >= 0) s = sc__template_value(r, a->next, &v);
        if (s >= 0 && !json_is_string(key))
            s = SC_FAIL(SC_UNSUPPORTED, "chat template, line %d: a key that is no text", a->line);
        if (s >= 0) json_object_set(*out, json_string_value(key), v ? v : json_null());
        json_decref(key);
        json_decref(v);
        SC_TRY(s);
    }
    return SC_OK;
}

static sc_status call_named(sc_template_run *r, const sc_expression *e, json_t *self,
                            json_t **out) {
    const bool is_call = e->kind == SC_E_CALL;
    sc_template_arguments a = {.line = e->line};
    sc_status s = SC_OK;
    for (const sc_expression *x = e->args; x && s >= 0; x = x->next) {
        if (a.n == SC_TEMPLATE_ARGUMENTS)
            s = SC_FAIL(SC_UNSUPPORTED, "chat template, line %d: so many arguments", e->line);
        else {
            a.keyword[a.n] = x->keyword;
            s = sc__template_value(r, x, &a.v[a.n]);
            a.n++;
        }
    }
    const sc_builtin_kind kind = e->kind == SC_E_FILTER      ? SC_B_FILTER
                                 : e->kind == SC_E_TEST      ? SC_B_TEST
                                 : e->a->kind == SC_E_MEMBER ? SC_B_METHOD
                                                             : SC_B_FUNCTION;
    if (s >= 0) s = sc__template_call(r, kind, is_call ? e->a->name : e->name, self, &a, out);
    for (int i = 0; i < a.n; i++) json_decref(a.v[i]);
    return s;
}

static sc_status call(sc_template_run *r, const sc_expression *e, json_t **out) {
    json_t *self = NULL;
    const bool method = e->kind == SC_E_CALL && e->a->kind == SC_E_MEMBER;
    if (e->kind == SC_E_CALL && !e->a->name)
        return SC_FAIL(SC_UNSUPPORTED, "chat template, line %d: a call of no name", e->line);
    if (method || e->kind != SC_E_CALL)
        SC_TRY(sc__template_value(r, method ? e->a->a : e->a, &self));
    const sc_status s = call_named(r, e, self, out);
    json_decref(self);
    return s;
}

/* ---- operators ------------------------------------------------------------------------------- */

static sc_status unary(sc_template_run *r, const sc_expression *e, json_t **out) {
    json_t *v = NULL;
    SC_TRY(sc__template_value(r, e->a, &v));
    sc_status s = SC_OK;
    if (!strcmp(e->name, "not"))
        *out = json_boolean(!sc__template_truth(v));
    else if (json_is_integer(v))
        s = made(json_integer(-json_integer_value(v)), out);
    else if (json_is_real(v))
        s = made(json_real(-json_real_value(v)), out);
    else
        s = SC_FAIL(SC_FORMAT, "chat template, line %d: minus of no number", e->line);
    json_decref(v);
    return s;
}

static sc_status join_text(const sc_expression *e, const json_t *a, const json_t *b, json_t **out) {
    sc_buffer t = SC_BUFFER_INIT;
    sc_status s = sc__template_print(&t, a, e->line);
    if (s >= 0) s = sc__template_print(&t, b, e->line);
    if (s >= 0) s = made(json_stringn(t.data ? t.data : "", t.len), out);
    sc__buffer_deinit(&t);
    return s;
}

static sc_status mismatch(const sc_expression *e) {
    return SC_FAIL(SC_FORMAT, "chat template, line %d: %s of values that do not go together",
                   e->line, e->name);
}

static sc_status real_arithmetic(const sc_expression *e, double a, double b, json_t **out) {
    const char op = e->name[0];
    const bool divides = op == '/' || op == '%';
    if (divides && !(fabs(b) > 0))
        return SC_FAIL(SC_FORMAT, "chat template, line %d: division by zero", e->line);
    const double v = op == '+'                ? a + b
                     : op == '-'              ? a - b
                     : op == '*'              ? a * b
                     : op == '%'              ? a - floor(a / b) * b
                     : !strcmp(e->name, "//") ? floor(a / b)
                                              : a / b;
    return made(json_real(v), out); /* NULL for what is no number */
}

/* Python's: // and % round towards minus infinity. */
static sc_status integer_arithmetic(const sc_expression *e, int64_t a, int64_t b, json_t **out) {
    const char op = e->name[0];
    int64_t v = 0;
    bool over = false;
    if (!strcmp(e->name, "/") || ((op == '/' || op == '%') && (b == 0 || b == -1)))
        return real_arithmetic(e, (double)a, (double)b, out);
    if (op == '+') over = __builtin_add_overflow(a, b, &v);
    if (op == '-') over = __builtin_sub_overflow(a, b, &v);
    if (op == '*') over = __builtin_mul_overflow(a, b, &v);
    if (op == '/') v = a / b - (a % b != 0 && (a < 0) != (b < 0));
    if (op == '%') v = a % b + (a % b != 0 && (a < 0) != (b < 0) ? b : 0);
    if (over) return SC_FAIL(SC_FORMAT, "chat template, line %d: a number too large", e->line);
    return made(json_integer(v), out);
}

static sc_status arithmetic(const sc_expression *e, json_t *a, json_t *b, json_t **out) {
    const bool plus = !strcmp(e->name, "+");
    if (!strcmp(e->name, "~")) return join_text(e, a, b, out);
    if (!a || !b) return mismatch(e);
    if (plus && json_is_string(a) && json_is_string(b)) return join_text(e, a, b, out);
    if (plus && json_is_array(a) && json_is_array(b)) {
        SC_TRY(made(json_copy(a), out));
        json_array_extend(*out, b);
        return SC_OK;
    }
    if (json_is_integer(a) && json_is_integer(b))
        return integer_arithmetic(e, json_integer_value(a), json_integer_value(b), out);
    return is_number(a) && is_number(b) ? real_arithmetic(e, number(a), number(b), out)
                                        : mismatch(e);
}

static sc_status contains(const sc_expression *e, const json_t *in, const json_t *what,
                          bool *found) {
    *found = false;
    if (json_is_string(in) && json_is_string(what))
        *found = strstr(json_string_value(in), json_string_value(what)) != NULL;
    else if (json_is_object(in))
        *found = json_is_string(what) && json_object_get(in, json_string_value(what));
    else if (json_is_array(in))
        for (size_t i = 0; i < json_array_size(in) && !*found; i++)
            *found = sc__template_equal(json_array_get(in, i), what);
    else
        return mismatch(e);
    return SC_OK;
}

static sc_status order(const sc_expression *e, const json_t *a, const json_t *b, bool *holds) {
    int sign;
    if (is_number(a) && is_number(b))
        sign = (number(a) > number(b)) - (number(a) < number(b));
    else if (json_is_string(a) && json_is_string(b))
        sign = strcmp(json_string_value(a), json_string_value(b));
    else
        return mismatch(e);
    *holds = (e->name[0] == '<' && sign < 0) || (e->name[0] == '>' && sign > 0) ||
             (e->name[1] == '=' && sign == 0);
    return SC_OK;
}

static sc_status operate(const sc_expression *e, json_t *a, json_t *b, json_t **out) {
    const char *op = e->name;
    bool holds;
    if (!strcmp(op, "==") || !strcmp(op, "!="))
        holds = sc__template_equal(a, b) == (op[0] == '=');
    else if (op[0] == '<' || op[0] == '>')
        SC_TRY(order(e, a, b, &holds));
    else if (!strcmp(op, "in") || !strcmp(op, "not in")) {
        SC_TRY(contains(e, b, a, &holds));
        holds = holds == (op[0] == 'i');
    } else
        return arithmetic(e, a, b, out);
    *out = json_boolean(holds);
    return SC_OK;
}

/* `and` and `or` give one of their sides, as in Python. */
static sc_status binary(sc_template_run *r, const sc_expression *e, json_t **out) {
    json_t *a = NULL, *b = NULL;
    SC_TRY(sc__template_value(r, e->a, &a));
    const bool is_and = !strcmp(e->name, "and");
    if (is_and || !strcmp(e->name, "or")) {
        if (sc__template_truth(a) != is_and) return *out = a, SC_OK;
        json_decref(a);
        return sc__template_value(r, e->b, out);
    }
    sc_status s = sc__template_value(r, e->b, &b);
    if (s >= 0) s = operate(e, a, b, out);
    json_decref(a);
    json_decref(b);
    return s;
}

static sc_status choice(sc_template_run *r, const sc_expression *e, json_t **out) {
    json_t *v = NULL;
    SC_TRY(sc__template_value(r, e->b, &v));
    const bool holds = sc__template_truth(v);
    json_decref(v);
    if (!holds && !e->c) return SC_OK;
    return sc__template_value(r, holds ? e->a : e->c, out);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static sc_status value(sc_template_run *r, const sc_expression *e, json_t **out) {
    switch (e->kind) {
    case SC_E_LITERAL:
        return *out = json_incref(e->literal), SC_OK;
    case SC_E_NAME:
        return *out = find_variable(r, e->name), SC_OK;
    case SC_E_LIST:
        return list(r, e, out);
    case SC_E_DICT:
        return dictionary(r, e, out);
    case SC_E_MEMBER:
        return member(r, e, out);
    case SC_E_SLICE:
        return slice(r, e, out);
    case SC_E_CALL:
    case SC_E_FILTER:
    case SC_E_TEST:
        return call(r, e, out);
    case SC_E_UNARY:
        return unary(r, e, out);
    case SC_E_BINARY:
        return binary(r, e, out);
    case SC_E_CHOICE:
        return choice(r, e, out);
    }
    return SC_OK;
}

sc_status sc__template_value(sc_template_run *r, const sc_expression *e, json_t **out) {
    *out = NULL;
    if (++r->depth > MAX_DEPTH || ++r->steps > SC_TEMPLATE_STEPS)
        return SC_FAIL(SC_FORMAT, "chat template, line %d: takes too long", e->line);
    sc_status s = value(r, e, out);
    r->depth--;
    r->steps += (int64_t)(json_string_length(*out) / 64 + json_array_size(*out));
    if (json_string_length(*out) > MAX_TEXT || json_array_size(*out) > MAX_TEXT)
        s = SC_FAIL(SC_FORMAT, "chat template, line %d: a value too large", e->line);
    if (s >= 0) return s;
    json_decref(*out);
    *out = NULL;
    return s;
}
