/* roff_mdoc.c - mdoc(7), the BSD manuals' macros: they say what a word is, and may be called by one
 * another within a line (.Op Fl a Ar file). A line is read into one text, then put. */
#include "format/roff_part.h"

#include <stdio.h>
#include <string.h>

typedef enum {
    PLAIN,     /* its arguments are text */
    FLAG,      /* .Fl: a dash before each argument */
    AROUND,    /* .Op: encloses the rest of the line */
    OPEN,      /* .Oo */
    CLOSE,     /* .Oc */
    CONSTANT,  /* .Ux */
    JOIN,      /* .Ns */
    QUOTE,     /* .Ap */
    PREFIX,    /* .Pf */
    NAME,      /* .Nm */
    ARGUMENT,  /* .Ar: "file ..." when empty */
    PAGE,      /* .Xr name section */
    INCLUDE,   /* .In */
    FUNCTION,  /* .Fn */
    PARAMETER, /* .Fa */
    LINK,      /* .Lk */
    DESCRIBE,  /* .Nd */
    SILENT     /* takes its arguments with it */
} kind;

static const struct {
    const char *name;
    kind kind;
    const char *open, *close;
} macros[] = {
    {"Ac", CLOSE, NULL, ">"},
    {"Ad", PLAIN, NULL, NULL},
    {"An", PLAIN, NULL, NULL},
    {"Ao", OPEN, "<", NULL},
    {"Ap", QUOTE, NULL, NULL},
    {"Aq", AROUND, "<", ">"},
    {"Ar", ARGUMENT, NULL, NULL},
    {"At", CONSTANT, "AT&T UNIX", NULL},
    {"Bc", CLOSE, NULL, "]"},
    {"Bo", OPEN, "[", NULL},
    {"Bq", AROUND, "[", "]"},
    {"Brc", CLOSE, NULL, "}"},
    {"Bro", OPEN, "{", NULL},
    {"Brq", AROUND, "{", "}"},
    {"Bsx", CONSTANT, "BSD/OS", NULL},
    {"Bx", CONSTANT, "BSD", NULL},
    {"Cd", PLAIN, NULL, NULL},
    {"Cm", PLAIN, NULL, NULL},
    {"Dc", CLOSE, NULL, "\xE2\x80\x9D"},
    {"Do", OPEN, "\xE2\x80\x9C", NULL},
    {"Dq", AROUND, "\xE2\x80\x9C", "\xE2\x80\x9D"},
    {"Dv", PLAIN, NULL, NULL},
    {"Dx", CONSTANT, "DragonFly", NULL},
    {"Em", PLAIN, NULL, NULL},
    {"Er", PLAIN, NULL, NULL},
    {"Ev", PLAIN, NULL, NULL},
    {"Fa", PARAMETER, NULL, NULL},
    {"Fd", PLAIN, NULL, NULL},
    {"Fl", FLAG, NULL, NULL},
    {"Fn", FUNCTION, NULL, NULL},
    {"Ft", PLAIN, NULL, NULL},
    {"Fx", CONSTANT, "FreeBSD", NULL},
    {"Ic", PLAIN, NULL, NULL},
    {"In", INCLUDE, NULL, NULL},
    {"Lb", PLAIN, NULL, NULL},
    {"Li", PLAIN, NULL, NULL},
    {"Lk", LINK, NULL, NULL},
    {"Ms", PLAIN, NULL, NULL},
    {"Mt", PLAIN, NULL, NULL},
    {"Nd", DESCRIBE, NULL, NULL},
    {"Nm", NAME, NULL, NULL},
    {"No", PLAIN, NULL, NULL},
    {"Ns", JOIN, NULL, NULL},
    {"Nx", CONSTANT, "NetBSD", NULL},
    {"Oc", CLOSE, NULL, "]"},
    {"Oo", OPEN, "[", NULL},
    {"Op", AROUND, "[", "]"},
    {"Ox", CONSTANT, "OpenBSD", NULL},
    {"Pa", PLAIN, NULL, NULL},
    {"Pc", CLOSE, NULL, ")"},
    {"Pf", PREFIX, NULL, NULL},
    {"Po", OPEN, "(", NULL},
    {"Pq", AROUND, "(", ")"},
    {"Qc", CLOSE, NULL, "\""},
    {"Ql", AROUND, "\xE2\x80\x98", "\xE2\x80\x99"},
    {"Qo", OPEN, "\"", NULL},
    {"Qq", AROUND, "\"", "\""},
    {"Sc", CLOSE, NULL, "\xE2\x80\x99"},
    {"So", OPEN, "\xE2\x80\x98", NULL},
    {"Sq", AROUND, "\xE2\x80\x98", "\xE2\x80\x99"},
    {"St", PLAIN, NULL, NULL},
    {"Sx", PLAIN, NULL, NULL},
    {"Sy", PLAIN, NULL, NULL},
    {"Ta", PLAIN, NULL, NULL},
    {"Tn", PLAIN, NULL, NULL},
    {"Ux", CONSTANT, "UNIX", NULL},
    {"Va", PLAIN, NULL, NULL},
    {"Vt", PLAIN, NULL, NULL},
    {"Xc", PLAIN, NULL, NULL},
    {"Xo", PLAIN, NULL, NULL},
    {"Xr", PAGE, NULL, NULL},
    {"%A", PLAIN, NULL, NULL},
    {"%B", PLAIN, NULL, NULL},
    {"%D", PLAIN, NULL, NULL},
    {"%I", PLAIN, NULL, NULL},
    {"%J", PLAIN, NULL, NULL},
    {"%N", PLAIN, NULL, NULL},
    {"%O", PLAIN, NULL, NULL},
    {"%P", PLAIN, NULL, NULL},
    {"%Q", PLAIN, NULL, NULL},
    {"%R", PLAIN, NULL, NULL},
    {"%T", PLAIN, NULL, NULL},
    {"%U", PLAIN, NULL, NULL},
    {"%V", PLAIN, NULL, NULL},
    {"Bk", SILENT, NULL, NULL},
    {"Ek", SILENT, NULL, NULL},
    {"Dd", SILENT, NULL, NULL},
    {"Dt", SILENT, NULL, NULL},
    {"Os", SILENT, NULL, NULL},
    {"Sm", SILENT, NULL, NULL},
    {"Rs", SILENT, NULL, NULL},
    {"Re", SILENT, NULL, NULL},
    {"Tg", SILENT, NULL, NULL},
    {"Ud", SILENT, NULL, NULL},
    {"Bt", SILENT, NULL, NULL},
    {"Db", SILENT, NULL, NULL},
};

static bool is(const sc_roff_arg *a, const char *text) {
    return a->n == strlen(text) && !memcmp(a->p, text, a->n);
}

/* The row of a callable macro, -1 for words. */
static int find(const sc_roff_arg *a) {
    if (a->quoted || a->n < 2 || a->n > 3) return -1;
    for (int i = 0; i < SC_LEN(macros); i++)
        if (is(a, macros[i].name)) return i;
    return -1;
}

/* ---- one line into one text ------------------------------------------------------------------ */

typedef struct {
    sc_roff *r;
    sc_buffer *out;
    bool glue; /* no space before the next word */
    int i;     /* the next argument */
    const char *closers[ROFF_MAX_ARGS];
    int n_closers;
} line;

static void put(line *l, const char *text) {
    if (!l->out->len && l->glue && !l->r->tag_next) l->r->page.glue = true; /* to the line before */
    if (l->out->len && !l->glue) sc__buffer_putc(l->out, ' ');
    sc__buffer_puts(l->out, text);
    l->glue = false;
}

static void put_arg(line *l, const sc_roff_arg *a) {
    put(l, "");
    sc__roff_expand_arg(l->r, l->out, a);
}

static bool is_closing(const sc_roff_arg *a) {
    return !a->quoted && a->n == 1 && strchr(".,:;?!)]", *a->p);
}

static bool has_word(const line *l) { /* an argument of the present macro follows */
    const sc_roff *r = l->r;
    return l->i < r->n_args && find(&r->args[l->i]) < 0 && !is_closing(&r->args[l->i]) &&
           !is(&r->args[l->i], "|");
}

static void close_all(line *l) {
    while (l->n_closers) {
        l->glue = true;
        put(l, l->closers[--l->n_closers]);
    }
}

/* Only closing punctuation is left: it stands outside of what is enclosed. */
static bool at_tail(const line *l) {
    for (int i = l->i; i < l->r->n_args; i++)
        if (!is_closing(&l->r->args[i])) return false;
    return true;
}

static void put_word(line *l, const char *prefix) {
    const sc_roff_arg *a = &l->r->args[l->i];
    if (is_closing(a)) {
        if (at_tail(l)) close_all(l);
        l->glue = true;
        put_arg(l, a);
    } else if (!a->quoted && a->n == 1 && (*a->p == '(' || *a->p == '[')) {
        put_arg(l, a);
        l->glue = true;
    } else {
        const bool bar = a->n == 1 && *a->p == '|';
        if (*prefix && !bar) {
            put(l, prefix);
            l->glue = true;
        }
        put_arg(l, a);
    }
    l->i++;
}

static void put_name(line *l) {
    sc_roff *r = l->r;
    if (!has_word(l)) {
        if (r->name) put(l, r->name);
        return;
    }
    sc_buffer name = SC_BUFFER_INIT;
    sc__roff_expand_arg(r, &name, &r->args[l->i++]);
    if (name.data) put(l, name.data);
    if (!r->name && name.data && !(r->name = sc__arena_strdup(&r->arena, name.data)))
        sc__roff_no_memory(r);
    sc__roff_clear(r, &name);
    sc__buffer_deinit(&name);
}

static void put_function(line *l) { /* .Fn name arg arg */
    if (!has_word(l)) return;
    put_arg(l, &l->r->args[l->i++]);
    l->glue = true;
    put(l, "(");
    for (bool first = true; has_word(l); first = false) {
        l->glue = true;
        put(l, first ? "" : ", ");
        l->glue = true;
        put_arg(l, &l->r->args[l->i++]);
    }
    l->glue = true;
    put(l, ")");
}

static void put_parameters(line *l) { /* .Fa, within .Fo with commas */
    for (; has_word(l); l->i++) {
        if (l->r->n_arguments > 1) {
            l->glue = true;
            put(l, ",");
        }
        if (l->r->n_arguments == 1) l->glue = true;
        if (l->r->n_arguments) l->r->n_arguments++;
        put_arg(l, &l->r->args[l->i]);
    }
}

static void put_page(line *l) { /* .Xr name section */
    if (!has_word(l)) return;
    put_arg(l, &l->r->args[l->i++]);
    if (!has_word(l)) return;
    l->glue = true;
    put(l, "(");
    l->glue = true;
    put_arg(l, &l->r->args[l->i++]);
    l->glue = true;
    put(l, ")");
}

static void put_link(line *l) { /* .Lk url [text] */
    if (!has_word(l)) return;
    const int url = l->i++;
    while (has_word(l)) put_word(l, "");
    put(l, "<");
    l->glue = true;
    put_arg(l, &l->r->args[url]);
    l->glue = true;
    put(l, ">");
}

static void put_constant(line *l, const char *text) { /* .Bx 4.4: 4.4BSD */
    if (!strcmp(text, "BSD") && has_word(l)) {
        put_arg(l, &l->r->args[l->i++]);
        l->glue = true;
    }
    put(l, text);
}

static void put_flags(line *l) {
    if (!has_word(l)) put(l, "-");
    while (l->i < l->r->n_args && find(&l->r->args[l->i]) < 0) put_word(l, "-");
}

static void run(line *l, int row) {
    const char *open = macros[row].open, *close = macros[row].close;
    sc_roff *r = l->r;
    switch (macros[row].kind) {
    case FLAG:
        put_flags(l);
        break;
    case AROUND:
    case OPEN:
        put(l, open);
        l->glue = true;
        if (close) l->closers[l->n_closers++] = close;
        break;
    case CLOSE:
        l->glue = true;
        put(l, close);
        break;
    case CONSTANT:
        put_constant(l, open);
        break;
    case JOIN:
        l->glue = true;
        break;
    case QUOTE:
        l->glue = true;
        put(l, "'");
        l->glue = true;
        break;
    case PREFIX:
        if (l->i < r->n_args) put_arg(l, &r->args[l->i++]);
        l->glue = true;
        break;
    case NAME:
        put_name(l);
        break;
    case ARGUMENT:
        if (!has_word(l)) put(l, "file ...");
        break;
    case PAGE:
        put_page(l);
        break;
    case INCLUDE:
        if (!has_word(l)) break;
        put(l, r->synopsis ? "#include <" : "<");
        l->glue = true;
        put_arg(l, &r->args[l->i++]);
        l->glue = true;
        put(l, ">");
        break;
    case FUNCTION:
        put_function(l);
        break;
    case PARAMETER:
        put_parameters(l);
        break;
    case LINK:
        put_link(l);
        break;
    case DESCRIBE:
        put(l, "-");
        break;
    case SILENT:
        l->i = r->n_args;
        break;
    case PLAIN:
        break;
    }
}

/* Arguments from `first` on as text in `out`. */
static void read_line(sc_roff *r, sc_buffer *out, int first) {
    line l = {.r = r, .out = out, .i = first};
    while (l.i < r->n_args) {
        const int row = find(&r->args[l.i]);
        if (row >= 0) {
            l.i++;
            run(&l, row);
        } else {
            put_word(&l, "");
        }
    }
    close_all(&l);
    r->no_space |= l.glue;
}

static void put_line(sc_roff *r, int first) {
    const bool join = r->no_space;
    r->no_space = false;
    sc__roff_clear(r, &r->text);
    read_line(r, &r->text, first);
    if (!r->text.len) {
        r->no_space |= join;
        return;
    }
    if (join && !r->tag_next) r->page.glue = true;
    sc__roff_put(r, r->text.data, r->text.len);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static char list_kind(const sc_roff *r) {
    static const char *const known[] = {"-bullet", "-dash", "-hyphen", "-enum", "-item", "-column"};
    for (int i = 1; i < r->n_args; i++)
        for (int k = 0; k < SC_LEN(known); k++)
            if (is(&r->args[i], known[k])) return "*--1ic"[k];
    return 't';
}

static void begin_list(sc_roff *r) {
    sc__page_blank(&r->page);
    if (r->n_lists == ROFF_MAX_NEST) return;
    r->lists[r->n_lists].kind = list_kind(r);
    r->lists[r->n_lists].count = 0;
    r->lists[r->n_lists++].indent = r->margin;
    if (r->n_lists > 1) r->margin = SC_MIN(r->margin + SC_PAGE_STEP, SC_PAGE_WIDTH / 2);
}

static void end_list(sc_roff *r) {
    sc__page_blank(&r->page);
    r->tag_next = false;
    if (!r->n_lists) return;
    r->margin = r->lists[--r->n_lists].indent;
    r->page.indent = r->margin + (r->n_lists ? SC_PAGE_STEP : 0);
}

static void begin_item(sc_roff *r) {
    char tag[16] = "\xE2\x80\xA2";
    const char k = r->n_lists ? r->lists[r->n_lists - 1].kind : 't';
    if (k == 't' || k == '*' || k == '-' || k == '1')
        sc__page_blank(&r->page);
    else
        sc__page_break(&r->page);
    r->no_space = false;
    r->page.indent = r->margin;
    if (k == '-') snprintf(tag, sizeof tag, "-");
    if (k == '1') snprintf(tag, sizeof tag, "%d.", ++r->lists[r->n_lists - 1].count);
    if (k == '*' || k == '-' || k == '1') sc__page_tag(&r->page, tag, strlen(tag), r->margin);
    if (k == 't') {
        r->tag_next = true;
        put_line(r, 1);
    } else if (k == 'c') {
        put_line(r, 1);
    }
}

static void begin_display(sc_roff *r, bool one_line) {
    bool verbatim = one_line, offset = one_line;
    sc__page_blank(&r->page);
    for (int i = 1; i < r->n_args && !one_line; i++) {
        verbatim |= is(&r->args[i], "-literal") || is(&r->args[i], "-unfilled");
        offset |= is(&r->args[i], "-offset");
    }
    if (r->n_displays == ROFF_MAX_NEST) return;
    r->displays[r->n_displays++] = r->page.verbatim ? -1 - r->page.indent : r->page.indent;
    if (offset) r->page.indent += SC_PAGE_STEP;
    r->page.verbatim = verbatim;
}

static void end_display(sc_roff *r) {
    sc__page_blank(&r->page);
    if (!r->n_displays) return;
    const int kept = r->displays[--r->n_displays];
    r->page.verbatim = kept < 0;
    r->page.indent = kept < 0 ? -1 - kept : kept;
}

static void put_standard(sc_roff *r, bool is_exit) {
    const char *name = r->name ? r->name : "program";
    sc_buffer b = SC_BUFFER_INIT;
    if (is_exit)
        sc__buffer_printf(&b, "The %s utility exits 0 on success, and >0 if an error occurs.",
                          name);
    else
        sc__buffer_puts(&b, "Upon success 0 is returned; otherwise -1 is returned and the global "
                            "variable errno is set to indicate the error.");
    if (b.status >= 0) sc__roff_put(r, b.data, b.len);
    sc__roff_clear(r, &b);
    sc__buffer_deinit(&b);
}

static void put_heading(sc_roff *r) {
    sc__roff_clear(r, &r->text);
    read_line(r, &r->text, 1);
    r->no_space = false;
    r->synopsis = r->text.len == 8 && !memcmp(r->text.data, "SYNOPSIS", 8);
    r->n_lists = r->n_displays = 0;
    sc__roff_heading(r, r->text.data ? r->text.data : "", r->text.len, is(&r->args[0], "Ss"));
}

/* .Fo name ... .Fc */
static void function_block(sc_roff *r, bool begins) {
    if (begins) {
        if (r->synopsis) sc__page_break(&r->page);
        put_line(r, 1);
        r->n_arguments = 1;
        r->page.glue = true;
        sc__page_text(&r->page, "(", 1);
        r->no_space = true;
    } else {
        r->n_arguments = 0;
        r->page.glue = true;
        sc__page_text(&r->page, ")", 1);
        r->no_space = false;
    }
}

static bool run_block(sc_roff *r) {
    const sc_roff_arg *a = &r->args[0];
    if (is(a, "Sh") || is(a, "Ss")) return put_heading(r), true;
    if (is(a, "Pp") || is(a, "Lp")) return sc__page_blank(&r->page), true;
    if (is(a, "Bl")) return begin_list(r), true;
    if (is(a, "El")) return end_list(r), true;
    if (is(a, "It")) return begin_item(r), true;
    if (is(a, "Bd")) return begin_display(r, false), true;
    if (is(a, "Ed")) return end_display(r), true;
    if (is(a, "Ex") || is(a, "Rv")) return put_standard(r, is(a, "Ex")), true;
    if (is(a, "Fo") || is(a, "Fc")) return function_block(r, is(a, "Fo")), true;
    if (is(a, "D1") || is(a, "Dl")) {
        begin_display(r, true);
        put_line(r, 1);
        end_display(r);
        return true;
    }
    return false;
}

/* In a synopsis each command and each function begins a line. */
static void begin_synopsis_line(sc_roff *r) {
    static const char *const names[] = {"Nm", "Fn", "Ft", "In", "Fd", "Vt"};
    for (int i = 0; r->synopsis && i < SC_LEN(names); i++)
        if (is(&r->args[0], names[i])) sc__page_break(&r->page);
}

bool sc__roff_mdoc(sc_roff *r) {
    if (run_block(r)) return true;
    const int row = find(&r->args[0]);
    if (row < 0) return false;
    begin_synopsis_line(r);
    if (is(&r->args[0], "An") && r->n_args > 1 && r->args[1].n > 1 && r->args[1].p[0] == '-')
        return true; /* -split, -nosplit */
    put_line(r, 0);
    return true;
}
