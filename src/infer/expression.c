/* expression.c - tokens and expressions of chat templates, by recursive descent in Jinja's order of
 * precedence: if-else, or, and, not, comparisons, + -, ~, * / // %, unary, then members, calls,
 * filters and tests. */
#include "infer/template_tree.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- tokens ---------------------------------------------------------------------------------- */

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

static sc_status read_string(sc_template_parser *p) {
    const char *q = p->p + 1;
    while (q < p->end && *q != *p->p) q += *q == '\\' && q + 1 < p->end ? 2 : 1;
    if (q >= p->end)
        return SC_FAIL(SC_FORMAT, "chat template, line %d: a string does not end", p->line);
    p->token = (sc_token){SC_T_STRING, p->p, (size_t)(q + 1 - p->p)};
    p->p = q + 1;
    return SC_OK;
}

static void read_while_word(sc_template_parser *p, sc_token_kind kind) {
    const char *q = p->p;
    while (q < p->end && (is_word(*q) || (kind == SC_T_NUMBER && *q == '.' && q + 1 < p->end &&
                                          isdigit((unsigned char)q[1]))))
        q++;
    p->token = (sc_token){kind, p->p, (size_t)(q - p->p)};
    p->p = q;
}

sc_status sc__template_advance(sc_template_parser *p) {
    static const char *const pairs[] = {"==", "!=", "<=", ">=", "//", "**"};
    for (; p->p < p->end && isspace((unsigned char)*p->p); p->p++) p->line += *p->p == '\n';
    p->token = (sc_token){SC_T_END, p->p, 0};
    if (p->p == p->end) return SC_OK;
    if (*p->p == '"' || *p->p == '\'') return read_string(p);
    if (isdigit((unsigned char)*p->p)) return read_while_word(p, SC_T_NUMBER), SC_OK;
    if (is_word(*p->p)) return read_while_word(p, SC_T_NAME), SC_OK;
    size_t n = 1;
    for (int i = 0; i < SC_LEN(pairs); i++)
        if (p->end - p->p > 1 && !memcmp(p->p, pairs[i], 2)) n = 2;
    if (n == 1 && !strchr("+-*/%~<>=|.,:()[]{}", *p->p))
        return SC_FAIL(SC_FORMAT, "chat template, line %d: an unexpected character", p->line);
    p->token = (sc_token){SC_T_OP, p->p, n};
    p->p += n;
    return SC_OK;
}

bool sc__template_is(const sc_template_parser *p, const char *word) {
    return (p->token.kind == SC_T_OP || p->token.kind == SC_T_NAME) && p->token.n == strlen(word) &&
           !memcmp(p->token.at, word, p->token.n);
}

static sc_status unexpected(const sc_template_parser *p, const char *wanted) {
    const int n = (int)SC_MIN(p->token.n, (size_t)40);
    return SC_FAIL(SC_FORMAT, "chat template, line %d: \"%.*s\" where %s should be", p->line, n,
                   p->token.at, wanted);
}

sc_status sc__template_expect(sc_template_parser *p, const char *word) {
    return sc__template_is(p, word) ? sc__template_advance(p) : unexpected(p, word);
}

sc_status sc__template_name(sc_template_parser *p, const char **out) {
    if (p->token.kind != SC_T_NAME) return unexpected(p, "a name");
    *out = sc__arena_strndup(&p->t->arena, p->token.at, p->token.n);
    if (!*out) return SC_FAIL(SC_NOMEM, "chat template");
    return sc__template_advance(p);
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static sc_status new_node(sc_template_parser *p, sc_expression **out, sc_expression proto) {
    *out = sc__arena_alloc(&p->t->arena, sizeof **out);
    if (!*out) return SC_FAIL(SC_NOMEM, "chat template");
    **out = proto;
    (*out)->line = p->line;
    return SC_OK;
}

static sc_status new_literal(sc_template_parser *p, sc_expression **out, json_t *v) {
    if (!v || json_array_append_new(p->t->literals, v))
        return SC_FAIL(SC_FORMAT, "chat template, line %d: a literal that is not text", p->line);
    SC_TRY(new_node(p, out, (sc_expression){.kind = SC_E_LITERAL, .literal = v}));
    return sc__template_advance(p);
}

static char escaped(char c) { return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c; }

static sc_status string_literal(sc_template_parser *p, sc_expression **out) {
    sc_buffer b = SC_BUFFER_INIT;
    const char *q = p->token.at + 1, *end = p->token.at + p->token.n - 1;
    for (; q < end; q++) {
        if (*q == '\\' && q + 1 < end && strchr("xuUN0", q[1])) {
            sc__buffer_deinit(&b);
            return SC_FAIL(SC_UNSUPPORTED, "chat template, line %d: the escape \\%c", p->line,
                           q[1]);
        }
        p->line += *q == '\n';
        if (*q == '\\' && q + 1 < end && strchr("ntr\\'\"", q[1]))
            sc__buffer_putc(&b, escaped(*++q));
        else
            sc__buffer_putc(&b, *q);
    }
    sc_status s = b.status;
    if (s >= 0) s = new_literal(p, out, json_stringn(b.data ? b.data : "", b.len));
    sc__buffer_deinit(&b);
    return s;
}

static sc_status number_literal(sc_template_parser *p, sc_expression **out) {
    char text[64], *end;
    if (p->token.n >= sizeof text) return unexpected(p, "a shorter number");
    memcpy(text, p->token.at, p->token.n);
    text[p->token.n] = 0;
    const bool real = strchr(text, '.');
    json_t *v = real ? json_real(strtod(text, &end)) : json_integer(strtoll(text, &end, 10));
    if (*end) {
        json_decref(v);
        return unexpected(p, "a number");
    }
    return new_literal(p, out, v);
}

static json_t *constant(const sc_template_parser *p) {
    if (sc__template_is(p, "true") || sc__template_is(p, "True")) return json_true();
    if (sc__template_is(p, "false") || sc__template_is(p, "False")) return json_false();
    return sc__template_is(p, "none") || sc__template_is(p, "None") ? json_null() : NULL;
}

/* ---- primaries ------------------------------------------------------------------------------- */

/* Expressions up to `close`, which is read; with keywords in calls, with values in dictionaries. */
static sc_status list_until(sc_template_parser *p, const char *close, sc_expression **out) {
    while (!sc__template_is(p, close)) {
        const char *keyword = NULL;
        if (p->token.kind == SC_T_NAME && *close == ')') {
            sc_template_parser ahead = *p;
            SC_TRY(sc__template_advance(&ahead));
            if (sc__template_is(&ahead, "=")) {
                SC_TRY(sc__template_name(p, &keyword));
                SC_TRY(sc__template_advance(p));
            }
        }
        SC_TRY(sc__template_expression(p, out));
        (*out)->keyword = keyword;
        out = &(*out)->next;
        if (*close == '}') {
            SC_TRY(sc__template_expect(p, ":"));
            SC_TRY(sc__template_expression(p, out));
            out = &(*out)->next;
        }
        if (!sc__template_is(p, ",")) break;
        SC_TRY(sc__template_advance(p));
    }
    return sc__template_expect(p, close);
}

static sc_status parenthesis(sc_template_parser *p, sc_expression **out) {
    SC_TRY(sc__template_advance(p));
    SC_TRY(sc__template_expression(p, out));
    if (sc__template_is(p, ","))
        return SC_FAIL(SC_UNSUPPORTED, "chat template, line %d: a tuple", p->line);
    return sc__template_expect(p, ")");
}

static sc_status primary(sc_template_parser *p, sc_expression **out) {
    const bool list = sc__template_is(p, "[");
    json_t *known = constant(p);
    if (known) return new_literal(p, out, known);
    if (p->token.kind == SC_T_STRING) return string_literal(p, out);
    if (p->token.kind == SC_T_NUMBER) return number_literal(p, out);
    if (sc__template_is(p, "(")) return parenthesis(p, out);
    if (list || sc__template_is(p, "{")) {
        SC_TRY(new_node(p, out, (sc_expression){.kind = list ? SC_E_LIST : SC_E_DICT}));
        SC_TRY(sc__template_advance(p));
        return list_until(p, list ? "]" : "}", &(*out)->args);
    }
    const char *name;
    SC_TRY(sc__template_name(p, &name));
    return new_node(p, out, (sc_expression){.kind = SC_E_NAME, .name = name});
}

static sc_status dot(sc_template_parser *p, sc_expression **out) {
    const char *name;
    sc_expression *key;
    SC_TRY(sc__template_advance(p));
    SC_TRY(sc__template_name(p, &name));
    json_t *v = json_string(name);
    if (!v || json_array_append_new(p->t->literals, v)) return SC_FAIL(SC_NOMEM, "chat template");
    SC_TRY(new_node(p, &key, (sc_expression){.kind = SC_E_LITERAL, .literal = v}));
    return new_node(p, out,
                    (sc_expression){.kind = SC_E_MEMBER, .name = name, .a = *out, .b = key});
}

static sc_status slice_part(sc_template_parser *p, sc_expression **out) {
    if (sc__template_is(p, ":") || sc__template_is(p, "]")) return SC_OK;
    return sc__template_expression(p, out);
}

static sc_status bracket(sc_template_parser *p, sc_expression **out) {
    sc_expression e = {.kind = SC_E_MEMBER, .a = *out};
    SC_TRY(sc__template_advance(p));
    SC_TRY(slice_part(p, &e.b));
    for (sc_expression **part = &e.c; sc__template_is(p, ":"); part = &e.d) {
        if (e.d) return unexpected(p, "]");
        e.kind = SC_E_SLICE;
        SC_TRY(sc__template_advance(p));
        SC_TRY(slice_part(p, part));
        if (part == &e.d) break;
    }
    if (e.kind == SC_E_MEMBER && !e.b) return unexpected(p, "an index");
    SC_TRY(sc__template_expect(p, "]"));
    return new_node(p, out, e);
}

static sc_status call(sc_template_parser *p, sc_expression **out) {
    SC_TRY(new_node(p, out, (sc_expression){.kind = SC_E_CALL, .a = *out}));
    SC_TRY(sc__template_advance(p));
    return list_until(p, ")", &(*out)->args);
}

static sc_status postfix(sc_template_parser *p, sc_expression **out) {
    SC_TRY(primary(p, out));
    for (;;) {
        if (sc__template_is(p, "."))
            SC_TRY(dot(p, out));
        else if (sc__template_is(p, "["))
            SC_TRY(bracket(p, out));
        else if (sc__template_is(p, "("))
            SC_TRY(call(p, out));
        else
            return SC_OK;
    }
}

/* ---- filters and tests ----------------------------------------------------------------------- */

static sc_status filter(sc_template_parser *p, sc_expression **out) {
    sc_expression e = {.kind = SC_E_FILTER, .a = *out};
    SC_TRY(sc__template_advance(p));
    SC_TRY(sc__template_name(p, &e.name));
    SC_TRY(new_node(p, out, e));
    if (!sc__template_is(p, "(")) return SC_OK;
    SC_TRY(sc__template_advance(p));
    return list_until(p, ")", &(*out)->args);
}

static sc_status negate(sc_template_parser *p, sc_expression **out, const char *name) {
    return new_node(p, out, (sc_expression){.kind = SC_E_UNARY, .name = name, .a = *out});
}

static bool begins_argument(const sc_template_parser *p) {
    return p->token.kind == SC_T_STRING || p->token.kind == SC_T_NUMBER;
}

static sc_status test(sc_template_parser *p, sc_expression **out) {
    sc_expression e = {.kind = SC_E_TEST, .a = *out};
    SC_TRY(sc__template_advance(p));
    const bool negated = sc__template_is(p, "not");
    if (negated) SC_TRY(sc__template_advance(p));
    SC_TRY(sc__template_name(p, &e.name));
    if (sc__template_is(p, "(")) {
        SC_TRY(sc__template_advance(p));
        SC_TRY(list_until(p, ")", &e.args));
    } else if (begins_argument(p)) {
        SC_TRY(primary(p, &e.args));
    }
    SC_TRY(new_node(p, out, e));
    return negated ? negate(p, out, "not") : SC_OK;
}

static sc_status deeper(sc_template_parser *p) {
    if (++p->depth < SC_TEMPLATE_DEPTH) return SC_OK;
    return SC_FAIL(SC_FORMAT, "chat template, line %d: nested too deeply", p->line);
}

static sc_status unary(sc_template_parser *p, sc_expression **out) {
    if (sc__template_is(p, "-") || sc__template_is(p, "+")) {
        const bool minus = *p->token.at == '-';
        SC_TRY(deeper(p));
        SC_TRY(sc__template_advance(p));
        SC_TRY(unary(p, out));
        p->depth--;
        return minus ? negate(p, out, "-") : SC_OK;
    }
    SC_TRY(postfix(p, out));
    for (;;) {
        if (sc__template_is(p, "|"))
            SC_TRY(filter(p, out));
        else if (sc__template_is(p, "is"))
            SC_TRY(test(p, out));
        else
            return SC_OK;
    }
}

/* ---- binary operators, from the tightest ----------------------------------------------------- */

static const char *const levels[][9] = {
    {"*", "/", "//", "%", NULL},
    {"~", NULL},
    {"+", "-", NULL},
    {"==", "!=", "<=", ">=", "<", ">", "in", "not", NULL},
};
enum { COMPARISONS = 3 };

static const char *operator_of(const sc_template_parser *p, int level) {
    for (const char *const *op = levels[level]; *op; op++)
        if (sc__template_is(p, *op)) return *op;
    return NULL;
}

static sc_status binary(sc_template_parser *p, sc_expression **out, int level) {
    SC_TRY(level ? binary(p, out, level - 1) : unary(p, out));
    if (sc__template_is(p, "**"))
        return SC_FAIL(SC_UNSUPPORTED, "chat template, line %d: the operator **", p->line);
    const char *op;
    for (int n = 0; (op = operator_of(p, level)); n++) {
        sc_expression e = {.kind = SC_E_BINARY, .name = op, .a = *out};
        if (n && level == COMPARISONS)
            return SC_FAIL(SC_UNSUPPORTED, "chat template, line %d: a chain of comparisons",
                           p->line);
        SC_TRY(sc__template_advance(p));
        if (!strcmp(op, "not")) {
            e.name = "not in";
            SC_TRY(sc__template_expect(p, "in"));
        }
        SC_TRY(level ? binary(p, &e.b, level - 1) : unary(p, &e.b));
        SC_TRY(new_node(p, out, e));
    }
    return SC_OK;
}

static sc_status not(sc_template_parser * p, sc_expression **out) {
    if (!sc__template_is(p, "not")) return binary(p, out, COMPARISONS);
    SC_TRY(deeper(p));
    SC_TRY(sc__template_advance(p));
    SC_TRY(not(p, out));
    p->depth--;
    return negate(p, out, "not");
}

static sc_status and (sc_template_parser * p, sc_expression **out) {
    SC_TRY(not(p, out));
    while (sc__template_is(p, "and")) {
        sc_expression e = {.kind = SC_E_BINARY, .name = "and", .a = *out};
        SC_TRY(sc__template_advance(p));
        SC_TRY(not(p, &e.b));
        SC_TRY(new_node(p, out, e));
    }
    return SC_OK;
}

sc_status sc__template_or(sc_template_parser *p, sc_expression **out) {
    SC_TRY(and(p, out));
    while (sc__template_is(p, "or")) {
        sc_expression e = {.kind = SC_E_BINARY, .name = "or", .a = *out};
        SC_TRY(sc__template_advance(p));
        SC_TRY(and(p, &e.b));
        SC_TRY(new_node(p, out, e));
    }
    return SC_OK;
}

sc_status sc__template_expression(sc_template_parser *p, sc_expression **out) {
    SC_TRY(deeper(p));
    SC_TRY(sc__template_or(p, out));
    while (sc__template_is(p, "if")) {
        sc_expression e = {.kind = SC_E_CHOICE, .a = *out};
        SC_TRY(sc__template_advance(p));
        SC_TRY(sc__template_or(p, &e.b));
        if (sc__template_is(p, "else")) {
            SC_TRY(sc__template_advance(p));
            SC_TRY(sc__template_expression(p, &e.c));
        }
        SC_TRY(new_node(p, out, e));
    }
    p->depth--;
    return SC_OK;
}
