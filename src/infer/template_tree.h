/* template_tree.h - a parsed template, between template.c (statements), expression.c (expressions)
 * and evaluate.c (their values). */
#ifndef SC_INFER_TEMPLATE_TREE_H
#define SC_INFER_TEMPLATE_TREE_H

#include "base/alloc.h"
#include "infer/template.h"

/* A template may do so many steps: an expression is one, and each element of a list it gives. */
enum { SC_TEMPLATE_DEPTH = 100, SC_TEMPLATE_STEPS = 1 << 20 };

typedef enum {
    SC_E_LITERAL,
    SC_E_NAME,
    SC_E_LIST,   /* args */
    SC_E_DICT,   /* args: key, value, key, value */
    SC_E_MEMBER, /* a[b], a.b */
    SC_E_SLICE,  /* a[b:c:d] */
    SC_E_CALL,   /* a(args) */
    SC_E_FILTER, /* a | name(args) */
    SC_E_TEST,   /* a is name(args) */
    SC_E_UNARY,  /* name: "not", "-" */
    SC_E_BINARY, /* name: "and", "or", "+", "==", "in" ... */
    SC_E_CHOICE  /* a if b else c */
} sc_expression_kind;

typedef struct sc_expression sc_expression;
struct sc_expression {
    sc_expression_kind kind;
    int line;
    const char *name;
    json_t *literal; /* NULL: none of Python's None, but nothing: undefined */
    sc_expression *a, *b, *c, *d, *args, *next;
    const char *keyword; /* of an argument: name=value */
};

typedef enum { SC_S_TEXT, SC_S_PRINT, SC_S_IF, SC_S_FOR, SC_S_SET } sc_statement_kind;

typedef struct sc_statement sc_statement;
struct sc_statement {
    sc_statement_kind kind;
    int line;
    const char *text;
    size_t n;
    const char *names[2]; /* for: targets; set: variable and attribute of a namespace */
    sc_expression *value, *condition;
    sc_statement *body, *other, *next; /* other: else */
};

struct sc_template {
    sc_arena arena;
    char *source;
    json_t *literals; /* owns them */
    sc_statement *body;
};

/* ---- parsing: expression.c ---- */
typedef enum { SC_T_END, SC_T_NAME, SC_T_STRING, SC_T_NUMBER, SC_T_OP } sc_token_kind;
typedef struct {
    sc_token_kind kind;
    const char *at;
    size_t n;
} sc_token;

typedef struct {
    sc_template *t;
    const char *p, *end; /* of what is not read yet */
    int line, depth;
    sc_token token; /* the one looked at */
} sc_template_parser;

SC_MUST_USE sc_status sc__template_advance(sc_template_parser *p);
bool sc__template_is(const sc_template_parser *p, const char *word);
SC_MUST_USE sc_status sc__template_expect(sc_template_parser *p, const char *word);
SC_MUST_USE sc_status sc__template_name(sc_template_parser *p, const char **out);
SC_MUST_USE sc_status sc__template_expression(sc_template_parser *p, sc_expression **out);
/* Without `x if c`: the list of a for, whose `if` filters. */
SC_MUST_USE sc_status sc__template_or(sc_template_parser *p, sc_expression **out);

/* ---- evaluating: evaluate.c ---- */
typedef struct {
    json_t *frames[SC_TEMPLATE_DEPTH]; /* of variables, innermost last */
    int n_frames, depth;
    json_t *namespaces; /* every object that namespace() made */
    int64_t steps;
} sc_template_run;

/* A new reference, or NULL for undefined. */
SC_MUST_USE sc_status sc__template_value(sc_template_run *r, const sc_expression *e, json_t **out);
bool sc__template_truth(const json_t *v);
bool sc__template_equal(const json_t *a, const json_t *b);
SC_MUST_USE sc_status sc__template_print(sc_buffer *out, const json_t *v, int line);
/* ---- what has a name: builtins.c ---- */
enum { SC_TEMPLATE_ARGUMENTS = 4 };
typedef struct {
    json_t *v[SC_TEMPLATE_ARGUMENTS]; /* NULL: undefined, or not given */
    const char *keyword[SC_TEMPLATE_ARGUMENTS];
    int n, line;
} sc_template_arguments;
typedef enum { SC_B_FILTER, SC_B_TEST, SC_B_METHOD, SC_B_FUNCTION } sc_builtin_kind;
/* `self` is what stands before the filter, test or method. */
SC_MUST_USE sc_status sc__template_call(sc_template_run *r, sc_builtin_kind kind, const char *name,
                                        json_t *self, const sc_template_arguments *a, json_t **out);

#endif
