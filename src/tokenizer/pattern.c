/* pattern.c - Oniguruma's expressions run by PCRE2 (JIT, UTF, UCP).
 *
 * The two engines agree on nearly all that tokenizers use. Where they do not, the expression is
 * rewritten (white space is the Unicode property; \p{L} and \p{N} gain the code points that an old
 * PCRE2 does not know; \h is a hexadecimal digit; (?m) is (?s)) or refused (class intersections).
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "tokenizer/pattern.h"

#include "base/alloc.h"
#include "base/utf8.h"

#include <pcre2.h>
#include <string.h>

#define PATTERN(name, text) const char sc__pattern_##name[] = text;
#include "tokenizer/patterns.def"
#undef PATTERN

static const struct {
    const char *name, *text;
} named[] = {
#define PATTERN(name, text) {#name, sc__pattern_##name},
#include "tokenizer/patterns.def"
#undef PATTERN
};

const char *sc__pattern_named(const char *text) {
    for (int i = 0; i < SC_LEN(named); i++)
        if (!strcmp(text, named[i].name)) return named[i].text;
    return text;
}

struct sc_pattern {
    pcre2_code *code;
    sc_piece_length *fast;
};

struct sc_matcher {
    pcre2_match_data *match;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
};

static void *pcre_alloc(size_t n, void *user) { return (void)user, sc__alloc(n); }
static void pcre_free(void *p, void *user) { (void)user, sc__free(p); }

/* Appends what stands for the escape at s ("\s", "\p{L}") and returns its length; 0: copy it as it
 * is. */
static size_t rewrite_escape(sc_buffer *out, const char *s, bool in_class) {
    if (s[1] == 's' || s[1] == 'S')
        return sc__buffer_puts(out, s[1] == 's' ? "\\p{White_Space}" : "\\P{White_Space}"), 2;
    if (s[1] == 'h' || s[1] == 'H') {
        sc__buffer_puts(out, in_class ? "0-9a-fA-F" : s[1] == 'h' ? "[0-9a-fA-F]" : "[^0-9a-fA-F]");
        return 2;
    }
    const bool letter = !strncmp(s + 1, "p{L}", 4), number = !strncmp(s + 1, "p{N}", 4);
    const bool not_letter = !strncmp(s + 1, "P{L}", 4), not_number = !strncmp(s + 1, "P{N}", 4);
    if (!letter && !number && !not_letter && !not_number) return 0;
    if ((not_letter || not_number) && in_class) return 0;
    const char category = letter || not_letter ? 'L' : 'N';
    if (!in_class) sc__buffer_puts(out, not_letter || not_number ? "[^" : "[");
    sc__buffer_printf(out, "\\p{%c}", category);
    sc__char_new_ranges(out, category);
    if (!in_class) sc__buffer_putc(out, ']');
    return 5;
}

/* "(?m:" and its like, whose m means that a point takes line ends too; 0: there are none. */
static size_t rewrite_options(sc_buffer *out, const char *s) {
    const size_t n = strncmp(s, "(?", 2) ? 0 : strspn(s + 2, "imx-");
    if (!n || !s[2 + n] || !strchr(":)", s[2 + n])) return 0;
    sc__buffer_puts(out, "(?");
    for (size_t i = 0; i < n; i++) sc__buffer_putc(out, s[2 + i] == 'm' ? 's' : s[2 + i]);
    return 2 + n;
}

static sc_status translate(sc_buffer *out, const sc_pattern_options *o) {
    int depth = 0;
    for (const char *s = o->text; *s;) {
        if (s[0] == '\\' && s[1]) {
            if (s[1] == 'H' && depth)
                return SC_FAIL(SC_FORMAT, "%s: %s: \\H in a character class is not supported",
                               o->name, o->field);
            const size_t n = rewrite_escape(out, s, depth > 0);
            if (!n) sc__buffer_append(out, s, 2);
            s += n ? n : 2;
            continue;
        }
        if (depth && s[0] == '[' && s[1] != ':')
            return SC_FAIL(SC_FORMAT, "%s: %s: a class within a class is not supported", o->name,
                           o->field);
        if (depth && s[0] == '&' && s[1] == '&')
            return SC_FAIL(SC_FORMAT, "%s: %s: the intersection && is not supported", o->name,
                           o->field);
        if (depth && s[0] == '[') { /* [:alpha:] */
            const char *close = strstr(s, ":]");
            const size_t n = close ? (size_t)(close + 2 - s) : 1;
            sc__buffer_append(out, s, n);
            s += n;
            continue;
        }
        const size_t options = depth ? 0 : rewrite_options(out, s);
        if (options) {
            s += options;
            continue;
        }
        depth = *s == '[' ? 1 : *s == ']' ? 0 : depth;
        sc__buffer_putc(out, *s++);
    }
    return out->status;
}

static sc_status compile(sc_pattern *p, const sc_pattern_options *o, const char *text, size_t n) {
    pcre2_general_context *general = pcre2_general_context_create(pcre_alloc, pcre_free, NULL);
    pcre2_compile_context *context = general ? pcre2_compile_context_create(general) : NULL;
    sc_status s = SC_OK;
    int error = PCRE2_ERROR_NOMEMORY;
    PCRE2_SIZE at = 0;
    /* Oniguruma's ^ and $ are those of Ruby, at every line */
    const uint32_t flags = PCRE2_UTF | (o->literal ? PCRE2_LITERAL : PCRE2_UCP | PCRE2_MULTILINE);
    if (context) p->code = pcre2_compile((PCRE2_SPTR)text, n, flags, &error, &at, context);
    if (!p->code && (!context || error == PCRE2_ERROR_HEAP_FAILED || error == 121)) {
        s = SC_FAIL(SC_NOMEM, "%s: %s: no memory to compile it", o->name, o->field);
    } else if (!p->code) {
        char why[160] = "";
        pcre2_get_error_message(error, (PCRE2_UCHAR *)why, sizeof why);
        s = SC_FAIL(SC_FORMAT, "%s: %s: not a usable expression: %s", o->name, o->field, why);
    } else if (pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE) == PCRE2_ERROR_NOMEMORY) {
        s = SC_FAIL(SC_NOMEM, "%s: %s: no memory to compile it", o->name, o->field);
    }
    pcre2_compile_context_free(context);
    pcre2_general_context_free(general);
    return s;
}

sc_status sc__pattern_open(sc_pattern **out, const sc_pattern_options *o) {
    sc_pattern *p = *out = sc__calloc(1, sizeof *p);
    if (!p) return SC_FAIL(SC_NOMEM, "%s: no memory for a pattern", o->name);
    sc_buffer text = SC_BUFFER_INIT;
    sc_status s = SC_OK;
    if (o->literal)
        sc__buffer_puts(&text, o->text);
    else
        s = translate(&text, o);
    if (s >= 0) s = text.status;
    if (s >= 0) s = compile(p, o, text.data ? text.data : "", text.len);
    sc__buffer_deinit(&text);
    if (!o->literal && !o->no_fast && !strcmp(o->text, sc__pattern_gpt2)) p->fast = sc__piece_gpt2;
    if (!o->literal && !o->no_fast && !strcmp(o->text, sc__pattern_llama3))
        p->fast = sc__piece_llama3;
    if (s < 0) {
        sc__pattern_close(p);
        *out = NULL;
    }
    return s;
}

void sc__pattern_close(sc_pattern *p) {
    if (p) pcre2_code_free(p->code);
    sc__free(p);
}

sc_piece_length *sc__pattern_fast(const sc_pattern *p) { return p->fast; }

sc_status sc__matcher_open(sc_matcher **out) {
    enum { STACK_MIN = 32 << 10, STACK_MAX = 8 << 20 };
    sc_matcher *m = *out = sc__calloc(1, sizeof *m);
    pcre2_general_context *general =
        m ? pcre2_general_context_create(pcre_alloc, pcre_free, NULL) : NULL;
    if (general) {
        m->match = pcre2_match_data_create(1, general);
        m->context = pcre2_match_context_create(general);
        m->stack = pcre2_jit_stack_create(STACK_MIN, STACK_MAX, general);
    }
    pcre2_general_context_free(general);
    if (m && m->match && m->context && m->stack) {
        pcre2_jit_stack_assign(m->context, NULL, m->stack);
        return SC_OK;
    }
    sc__matcher_close(m);
    *out = NULL;
    return SC_FAIL(SC_NOMEM, "no memory for a matcher");
}

void sc__matcher_close(sc_matcher *m) {
    if (!m) return;
    pcre2_match_data_free(m->match);
    pcre2_match_context_free(m->context);
    pcre2_jit_stack_free(m->stack);
    sc__free(m);
}

sc_status sc__pattern_find(const sc_pattern *p, sc_matcher *m, const char *text, size_t n,
                           size_t at, size_t *from, size_t *to) {
    const int r =
        pcre2_match(p->code, (PCRE2_SPTR)text, n, at, PCRE2_NO_UTF_CHECK, m->match, m->context);
    if (r == PCRE2_ERROR_NOMATCH) return SC_DONE;
    if (r < 0) {
        char why[160] = "";
        pcre2_get_error_message(r, (PCRE2_UCHAR *)why, sizeof why);
        return SC_FAIL(r == PCRE2_ERROR_NOMEMORY ? SC_NOMEM : SC_FORMAT,
                       "the split pattern failed at byte %zu: %s", at, why);
    }
    const PCRE2_SIZE *span = pcre2_get_ovector_pointer(m->match);
    *from = span[0];
    *to = SC_MAX(span[0], span[1]); /* \K in a look-around could turn them round */
    return SC_OK;
}

sc_status sc__matches_next(sc_matches *m, size_t *from, size_t *to) {
    while (m->at <= m->n) {
        const sc_status s =
            sc__pattern_find(m->pattern, m->matcher, m->text, m->n, m->at, from, to);
        if (s != SC_OK) return s;
        m->at = *to;
        if (*to > *from || m->last != *to + 1) return m->last = *to + 1, SC_OK;
        int len = 1; /* go on behind the next character */
        if (*to < m->n) sc__utf8_decode(m->text + *to, &len);
        m->at += (size_t)len;
    }
    return SC_DONE;
}
