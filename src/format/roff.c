/* roff.c - lines, conditions, tables and the requests of man(7). */
#include "format/roff.h"

#include "format/roff_part.h"

#include <string.h>

/* ---- failures -------------------------------------------------------------------------------- */

void sc__roff_clear(sc_roff *r, sc_buffer *b) {
    if (b->status < 0 && r->page.out->status >= 0) r->page.out->status = b->status;
    sc__buffer_clear(b);
}

void sc__roff_no_memory(sc_roff *r) {
    if (r->page.out->status >= 0) r->page.out->status = SC_FAIL(SC_NOMEM, "manual page");
}

/* ---- putting text ---------------------------------------------------------------------------- */

void sc__roff_put(sc_roff *r, const char *text, size_t n) {
    if (r->tag_next) {
        r->tag_next = false;
        sc__page_tag(&r->page, text, n, r->margin);
        return;
    }
    sc__page_text(&r->page, text, n);
}

void sc__roff_paragraph(sc_roff *r) {
    sc__page_blank(&r->page);
    r->page.indent = r->margin;
    r->tag_next = false;
}

void sc__roff_heading(sc_roff *r, const char *text, size_t n, bool sub) {
    r->tag_next = false;
    r->n_margins = 0;
    r->margin = ROFF_BODY;
    r->page.verbatim = 0;
    sc__page_heading(&r->page, text, n, sub ? ROFF_BODY - 1 : 0);
    r->page.indent = r->margin;
}

/* One line of source text. \c at its end joins what follows. */
static void put_source(sc_roff *r, const char *p, size_t n) {
    const bool join = r->no_space;
    r->no_space = false;
    sc__roff_clear(r, &r->text);
    sc__roff_expand(r, &r->text, p, n);
    if (!r->text.len) return; /* a comment */
    if (join && !r->tag_next) r->page.glue = true;
    sc__roff_put(r, r->text.data, r->text.len);
}

/* Arguments from `first` on: with a space between, or not (.BR a b). */
static void join_args(sc_roff *r, int first, bool space) {
    sc__roff_clear(r, &r->text);
    for (int i = first; i < r->n_args; i++) {
        if (i > first && space) sc__buffer_putc(&r->text, ' ');
        sc__roff_expand_arg(r, &r->text, &r->args[i]);
    }
}

static void put_args(sc_roff *r, int first, bool space) {
    const bool join = r->no_space;
    r->no_space = false;
    join_args(r, first, space);
    if (r->n_args <= first) return;
    if (join && !r->tag_next) r->page.glue = true;
    sc__roff_put(r, r->text.data ? r->text.data : "", r->text.len);
}

static bool arg_is(const sc_roff_arg *a, const char *text) {
    return a->n == strlen(text) && !memcmp(a->p, text, a->n);
}

/* ---- requests -------------------------------------------------------------------------------- */

typedef void request_fn(sc_roff *r);

static void do_heading(sc_roff *r) {
    join_args(r, 1, true);
    sc__roff_heading(r, r->text.data ? r->text.data : "", r->text.len, arg_is(&r->args[0], "SS"));
}

static void do_tag(sc_roff *r) {
    if (arg_is(&r->args[0], "TQ"))
        sc__page_break(&r->page);
    else
        sc__roff_paragraph(r);
    r->tag_next = true;
}

static void do_item(sc_roff *r) { /* .IP [tag [width]] */
    sc__roff_paragraph(r);
    r->page.indent = r->margin + SC_PAGE_STEP;
    if (r->n_args < 2) return;
    sc__roff_clear(r, &r->text);
    sc__roff_expand_arg(r, &r->text, &r->args[1]);
    if (r->text.len) sc__page_tag(&r->page, r->text.data, r->text.len, r->margin);
}

static void do_indent(sc_roff *r) { /* .RS: from where the text stands now */
    sc__page_break(&r->page);
    if (r->n_margins == ROFF_MAX_NEST) return;
    r->margins[r->n_margins++] = r->margin;
    r->margin = SC_MIN(r->margin + SC_PAGE_STEP, SC_PAGE_WIDTH / 2);
    r->page.indent = r->margin;
}

static void do_outdent(sc_roff *r) {
    sc__page_break(&r->page);
    if (r->n_margins) r->margin = r->margins[--r->n_margins];
    r->page.indent = r->margin;
}

static void do_verbatim(sc_roff *r) {
    sc__page_break(&r->page);
    r->page.verbatim = 1;
}

static void do_fill(sc_roff *r) {
    sc__page_break(&r->page);
    r->page.verbatim = 0;
}

static void do_break(sc_roff *r) { sc__page_break(&r->page); }
static void do_blank(sc_roff *r) { sc__page_blank(&r->page); }
static void do_words(sc_roff *r) { put_args(r, 1, true); }
static void do_joined(sc_roff *r) { put_args(r, 1, false); }
static void do_nothing(sc_roff *r) { (void)r; }

static void do_link(sc_roff *r) { /* .UR url: kept for .UE */
    sc__roff_clear(r, &r->link);
    if (r->n_args > 1) sc__roff_expand_arg(r, &r->link, &r->args[1]);
}

static void do_link_end(sc_roff *r) {
    sc__roff_clear(r, &r->text);
    sc__buffer_printf(&r->text, "<%s>", r->link.data ? r->link.data : "");
    if (r->n_args > 1) sc__roff_expand_arg(r, &r->text, &r->args[1]);
    if (r->text.len > 2) sc__roff_put(r, r->text.data, r->text.len);
    sc__roff_clear(r, &r->link);
}

static void do_synopsis(sc_roff *r) { /* .SY command */
    sc__page_break(&r->page);
    put_args(r, 1, true);
}

static void do_option(sc_roff *r) { /* .OP -x [value] */
    join_args(r, 1, true);
    sc_buffer b = SC_BUFFER_INIT;
    sc__buffer_printf(&b, "[%s]", r->text.data ? r->text.data : "");
    if (b.status >= 0) sc__roff_put(r, b.data, b.len);
    sc__roff_clear(r, &b);
    sc__buffer_deinit(&b);
}

static void do_definition(sc_roff *r) { /* .de, .ig: up to ".." or the name given */
    r->until = ".";
    const int at = arg_is(&r->args[0], "ig") ? 1 : 2;
    if (r->n_args <= at || !r->args[at].n) return;
    const char *name = sc__arena_strndup(&r->arena, r->args[at].p, r->args[at].n);
    if (name)
        r->until = name;
    else
        sc__roff_no_memory(r);
}

static void do_equation(sc_roff *r) { r->until = "EN"; }
static void do_picture(sc_roff *r) { r->until = "PE"; }

static void do_table(sc_roff *r) {
    sc__page_blank(&r->page);
    r->table = r->table_format = true;
    r->table_cell = false;
    r->page.verbatim = 0;
    r->tag_next = false;
    r->table_tab = '\t';
}

static void do_string(sc_roff *r) { /* .ds name the rest of the line */
    if (r->n_args < 3) return;
    const char *value = r->args[2].p - r->args[2].quoted,
               *end = r->args[r->n_args - 1].p + r->args[r->n_args - 1].n;
    value += *value == '"';
    if (end > value) sc__roff_define(r, r->args[1].p, r->args[1].n, value, (size_t)(end - value));
}

static const struct {
    const char *name;
    request_fn *run;
} requests[] = {
    {"SH", do_heading},
    {"SS", do_heading},
    {"TP", do_tag},
    {"TQ", do_tag},
    {"IP", do_item},
    {"PP", sc__roff_paragraph},
    {"P", sc__roff_paragraph},
    {"LP", sc__roff_paragraph},
    {"HP", sc__roff_paragraph},
    {"Sp", do_blank},
    {"RS", do_indent},
    {"RE", do_outdent},
    {"nf", do_verbatim},
    {"fi", do_fill},
    {"EX", do_verbatim},
    {"EE", do_fill},
    {"Vb", do_verbatim},
    {"Ve", do_fill},
    {"br", do_break},
    {"sp", do_blank},
    {"B", do_words},
    {"I", do_words},
    {"R", do_words},
    {"SM", do_words},
    {"SB", do_words},
    {"BI", do_joined},
    {"BR", do_joined},
    {"IB", do_joined},
    {"IR", do_joined},
    {"RB", do_joined},
    {"RI", do_joined},
    {"UR", do_link},
    {"UE", do_link_end},
    {"MT", do_link},
    {"ME", do_link_end},
    {"SY", do_synopsis},
    {"YS", do_break},
    {"OP", do_option},
    {"de", do_definition},
    {"de1", do_definition},
    {"am", do_definition},
    {"ig", do_definition},
    {"EQ", do_equation},
    {"PS", do_picture},
    {"TS", do_table},
    {"ds", do_string},
    {"TH", do_nothing},
    {"IX", do_nothing},
    {"DT", do_nothing},
    {"PD", do_nothing},
    {"AT", do_nothing},
    {"UC", do_nothing},
};

static bool run_request(sc_roff *r) {
    for (int i = 0; i < SC_LEN(requests); i++)
        if (arg_is(&r->args[0], requests[i].name)) {
            requests[i].run(r);
            return true;
        }
    return false;
}

/* roff's own requests are two small letters, or are known by these names. */
static bool is_dropped(const sc_roff_arg *a) {
    static const char *const names[] = {"als",  "ad",  "mso", "warn", "fam", "nop",  "hpf",   "tkf",
                                        "char", "ftr", "rnn", "aln",  "do",  "chop", "device"};
    if (a->n == 2 && a->p[0] >= 'a' && a->p[0] <= 'z') return true;
    for (int i = 0; i < SC_LEN(names); i++)
        if (arg_is(a, names[i])) return true;
    return a->n == 0;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void split_args(sc_roff *r, const char *p, size_t n) {
    const char *end = p + n;
    r->n_args = 0;
    while (p < end && r->n_args < ROFF_MAX_ARGS) {
        while (p < end && (*p == ' ' || *p == '\t')) p++;
        if (p == end || (end - p > 1 && p[0] == '\\' && p[1] == '"')) break;
        const bool quoted = r->n_args > 0 && *p == '"';
        p += quoted;
        const char *begin = p;
        while (p < end &&
               (quoted ? *p != '"' || (p + 1 < end && p[1] == '"') : *p != ' ' && *p != '\t')) {
            if (quoted && *p == '"') p++; /* "" is one */
            p += *p == '\\' && p + 1 < end ? 2 : 1;
        }
        p = SC_MIN(p, end);
        r->args[r->n_args++] = (sc_roff_arg){begin, (size_t)(p - begin), quoted};
        p += quoted && p < end;
    }
}

static void read_line(sc_roff *r, const char *p, size_t n);

/* True in nroff: n, and a negated condition that is false. Numbers and strings count as false. */
static bool evaluate(const char **p, const char *end) {
    bool negate = false;
    while (*p < end && (**p == ' ' || **p == '!')) negate |= *(*p)++ == '!';
    const char *begin = *p;
    if (*p < end && **p == '\'') { /* 'a'b' */
        int quotes = 0;
        while (*p < end && quotes < 3) quotes += *(*p)++ == '\'';
        return negate;
    }
    while (*p < end && **p != ' ' && **p != '\t' && !(end - *p > 1 && !memcmp(*p, "\\{", 2)))
        *p += **p == '\\' && end - *p > 1 ? 2 : 1;
    *p = SC_MIN(*p, end);
    const bool is_nroff = *p - begin == 1 && (*begin == 'n' || *begin == 'o' || *begin == '1');
    return is_nroff != negate;
}

static int block_change(const char *p, size_t n) {
    int change = 0;
    for (size_t i = 0; i + 1 < n; i++)
        if (p[i] == '\\') {
            change += (p[i + 1] == '{') - (p[i + 1] == '}');
            if (p[i + 1] == '"') break;
            i++;
        }
    return change;
}

static void take_branch(sc_roff *r, bool taken, const char *p, const char *end) {
    while (p < end && (*p == ' ' || *p == '\t')) p++;
    if (!taken) {
        r->dropped_blocks = SC_MAX(block_change(p, (size_t)(end - p)), 0);
        return;
    }
    if (end - p > 1 && !memcmp(p, "\\{", 2)) p += 2;
    if (p < end && *p == '\\' && end - p == 1) return; /* \{\ : goes on in the next line */
    if (p < end) read_line(r, p, (size_t)(end - p));
}

/* .if, .ie, .el. */
static bool run_condition(sc_roff *r, const char *p, size_t n) {
    const char *end = p + n;
    if (n < 2 || (n > 2 && p[2] != ' ' && p[2] != '\t' && p[2] != '\\' && p[2] != '!'))
        return false;
    if (!memcmp(p, "el", 2)) {
        take_branch(r, !r->condition, p + 2, end);
        return true;
    }
    if (memcmp(p, "if", 2) && memcmp(p, "ie", 2)) return false;
    const bool is_else = p[1] == 'e';
    p += 2;
    while (p < end && (*p == ' ' || *p == '\t')) p++;
    const bool taken = evaluate(&p, end);
    if (is_else) r->condition = taken;
    take_branch(r, taken, p, end);
    return true;
}

static void run_macro(sc_roff *r, const char *p, size_t n) {
    while (n && (*p == ' ' || *p == '\t')) p++, n--;
    if (run_condition(r, p, n)) return;
    split_args(r, p, n);
    if (!r->n_args || (r->args[0].n >= 1 && r->args[0].p[0] == '\\')) return; /* .\" and .\} */
    if (r->mdoc && sc__roff_mdoc(r)) return;
    if (run_request(r) || is_dropped(&r->args[0])) return;
    put_args(r, 1, true); /* a macro of the page's own: its words */
}

/* ---- tables ---------------------------------------------------------------------------------- */

static void table_options(sc_roff *r, const char *p, size_t n) {
    for (size_t i = 0; i + 4 < n; i++)
        if (!memcmp(p + i, "tab", 3)) {
            const char *open = memchr(p + i, '(', n - i);
            if (open && open + 1 < p + n) r->table_tab = open[1];
            return;
        }
}

static bool ends_in(const char *p, size_t n, char c) {
    while (n && (p[n - 1] == ' ' || p[n - 1] == '\t')) n--;
    return n && p[n - 1] == c;
}

/* A row with two spaces between its cells; T{ and T} lines are text of a cell. */
static void table_row(sc_roff *r, const char *p, size_t n) {
    if (n >= 2 && !memcmp(p, "T}", 2)) p += 2, n -= 2;
    if (n == 1 && (*p == '_' || *p == '=')) return;
    if (n >= 2 && !memcmp(p + n - 2, "T{", 2)) {
        r->table_cell = true;
        n -= 2;
    }
    sc__roff_clear(r, &r->text);
    while (n) {
        const char *tab = memchr(p, r->table_tab, n);
        const size_t cell = tab ? (size_t)(tab - p) : n;
        const bool rule = cell == 1 && (*p == '_' || *p == '=');
        if (!rule) sc__roff_expand(r, &r->text, p, cell);
        if (tab) sc__buffer_puts(&r->text, "\xC2\xA0 ");
        p += cell + (tab != NULL);
        n -= cell + (tab != NULL);
    }
    if (r->text.len) sc__page_text(&r->page, r->text.data, r->text.len);
}

/* True when the line was the table's. */
static bool in_table(sc_roff *r, const char *p, size_t n) {
    if (n >= 3 && !memcmp(p, ".TE", 3)) {
        r->table = r->table_format = false;
        sc__page_blank(&r->page);
        return true;
    }
    if (r->table_format) {
        if (ends_in(p, n, ';')) table_options(r, p, n);
        if (ends_in(p, n, '.')) r->table_format = false;
        return true;
    }
    if (n && (*p == '.' || *p == '\'')) {
        if (n >= 3 && !memcmp(p, ".T&", 3)) r->table_format = true;
        return false;
    }
    if (!r->table_cell) sc__page_break(&r->page); /* a row begins */
    if (n >= 2 && !memcmp(p, "T}", 2)) r->table_cell = false;
    table_row(r, p, n);
    return true;
}

/* ---- the reader ------------------------------------------------------------------------------ */

/* Inside .de, .ig, .EQ, .PS or a condition that is false. */
static bool is_skipped(sc_roff *r, const char *p, size_t n) {
    if (r->until) {
        const size_t length = strlen(r->until);
        if (n > length && *p == '.' && !memcmp(p + 1, r->until, length) &&
            (n == length + 1 || p[length + 1] == ' '))
            r->until = NULL;
        return true;
    }
    if (r->dropped_blocks > 0) {
        r->dropped_blocks += block_change(p, n);
        return true;
    }
    return false;
}

static void read_line(sc_roff *r, const char *p, size_t n) {
    if (r->table && in_table(r, p, n)) return;
    if (n && (*p == '.' || *p == '\'')) {
        run_macro(r, p + 1, n - 1);
    } else if (n == 0) {
        sc__page_blank(&r->page);
    } else {
        if (*p == ' ' && !r->tag_next && !r->page.verbatim) sc__page_break(&r->page);
        put_source(r, p, n);
    }
}

/* A line that ends in a backslash goes on in the next one. */
static bool goes_on(const char *p, size_t n) {
    size_t count = 0;
    while (count < n && p[n - 1 - count] == '\\') count++;
    return count % 2;
}

static void read_all(sc_roff *r, const char *text, size_t n) {
    sc_buffer joined = SC_BUFFER_INIT;
    while (n) {
        const char *end = memchr(text, '\n', n);
        size_t length = end ? (size_t)(end - text) : n;
        const size_t taken = length + (end != NULL);
        if (length && text[length - 1] == '\r') length--;
        const bool more = goes_on(text, length) && taken < n;
        if (more || joined.len) sc__buffer_append(&joined, text, length - more);
        if (more) {
            /* read with the next line */
        } else if (joined.len) {
            if (!is_skipped(r, joined.data, joined.len)) read_line(r, joined.data, joined.len);
            sc__roff_clear(r, &joined);
        } else if (!is_skipped(r, text, length)) {
            read_line(r, text, length);
        }
        text += taken;
        n -= taken;
    }
    sc__roff_clear(r, &joined);
    sc__buffer_deinit(&joined);
}

static bool begins(const char *p, const char *end, const char *word) {
    const size_t n = strlen(word);
    return (size_t)(end - p) > n && !memcmp(p, word, n);
}

bool sc__roff_detect(const char *text, size_t n) {
    const char *p = text, *end = text + SC_MIN(n, (size_t)1 << 16);
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        if (!stop) stop = end;
        if (begins(p, stop, ".TH ") || begins(p, stop, ".Dd ") || begins(p, stop, "'.TH ") ||
            begins(p, stop, ".so man") || begins(p, stop, ".SH "))
            return true;
        if (p == text && !strchr(".'\\\n\r", *p)) return false;
        p = stop + 1;
    }
    return false;
}

static bool is_mdoc(const char *text, size_t n) {
    for (const char *p = text, *end = text + n; p && p < end;) {
        if (begins(p, end, ".Dd ") || begins(p, end, ".Sh ")) return true;
        p = memchr(p, '\n', (size_t)(end - p));
        if (p) p++;
    }
    return false;
}

sc_status sc__roff_to_text(sc_buffer *out, const char *text, size_t n) {
    sc_roff *r = sc__calloc(1, sizeof *r);
    if (!r) return SC_FAIL(SC_NOMEM, "roff reader");
    sc__page_init(&r->page, out);
    r->margin = r->page.indent = ROFF_BODY;
    r->mdoc = is_mdoc(text, n);
    read_all(r, text, n);
    sc__roff_clear(r, &r->text);
    sc__roff_clear(r, &r->link);
    sc__page_deinit(&r->page);
    sc__buffer_deinit(&r->text);
    sc__buffer_deinit(&r->link);
    sc__arena_deinit(&r->arena);
    sc__free(r);
    return out->status;
}
