/* report.c - what a tokenizer is, tokens that nothing gives, and how it treats texts. */
#include "tokenizer/fertility.h"
#include "tokenizer/tokenizer.h"

#include <inttypes.h>

enum { LONGEST = 10, UNREACHABLE = 20 };

typedef struct {
    const sc_tokenizer *t;
    sc_normal normal;
    sc_buffer text, line, scratch;
    sc_fertility fertility;
    bool measured;
    int32_t longest[LONGEST], unreachable[UNREACHABLE];
    int n_longest;
    int64_t n_unreachable;
} report;

/* -- tokens ---------------------------------------------------------------------------------- */

/* The longest first; of equal ones the smaller id. */
static void note_longest(report *r, int32_t id) {
    size_t len, other;
    if (!sc_tokenizer_bytes(r->t, id, &len) || sc_tokenizer_is_special(r->t, id)) return;
    int at = r->n_longest;
    while (at > 0 && (sc_tokenizer_bytes(r->t, r->longest[at - 1], &other), other < len)) at--;
    if (at == LONGEST) return;
    r->n_longest += r->n_longest < LONGEST;
    memmove(r->longest + at + 1, r->longest + at,
            (size_t)(r->n_longest - at - 1) * sizeof *r->longest);
    r->longest[at] = id;
}

/* Whether the normalizer may leave these characters: they are put between letters, with spaces for
 * U+2581, and looked for in what comes out. */
static sc_status survives(bool *out, report *r, const char *text, size_t n) {
    static const char mark[] = "\xE2\x96\x81";
    *out = true;
    if (!r->t->n_normalizers) return SC_OK;
    sc__buffer_clear(&r->text);
    sc__buffer_putc(&r->text, 'x');
    for (size_t i = 0; i < n; i++) {
        const bool space = n - i >= 3 && !memcmp(text + i, mark, 3);
        sc__buffer_putc(&r->text, space ? ' ' : text[i]);
        i += space ? 2 : 0;
    }
    sc__buffer_putc(&r->text, 'x');
    SC_TRY(r->text.status);
    sc_text io = {r->text.data, r->text.len, NULL, true};
    SC_TRY(sc__normal_run(&r->normal, &io));
    sc__buffer_clear(&r->line);
    for (size_t i = 0; i < io.n; i++)
        if (io.text[i] == ' ')
            sc__buffer_puts(&r->line, mark);
        else
            sc__buffer_putc(&r->line, io.text[i]);
    SC_TRY(r->line.status);
    *out = false;
    for (size_t i = 0; i + n <= r->line.len && !*out; i++)
        *out = !memcmp(r->line.data + i, text, n);
    return SC_OK;
}

/* Whether the model gives the token for a piece that is nothing but it. */
static sc_status makes(bool *out, report *r, int32_t id, const char *text, size_t n) {
    int32_t few[64], *ids = few;
    *out = true;
    if (n > SC_LEN(few) || !n) return SC_OK;
    sc_tokens tokens = {ids, NULL, 0};
    const sc_status s = r->t->ops->encode(r->t->model, &r->scratch, text, n, &tokens);
    if (s == SC_FORMAT) return *out = false, SC_OK; /* no unk_token */
    *out = tokens.n == 1 && ids[0] == id;
    return s;
}

static sc_status reachable(bool *out, report *r, int32_t id) {
    const sc_token *k = &r->t->vocab.tokens[id];
    const char *text = r->t->byte_level ? k->bytes : k->text;
    size_t n = r->t->byte_level ? k->n_bytes : k->n_text;
    const bool part = r->t->ops == &sc__model_wordpiece && n > 2 && !memcmp(text, "##", 2);
    *out = true;
    if (!k->text || k->special || k->added_only || (n == 6 && !memcmp(text, "<0x", 3)))
        return SC_OK;
    if (part) text += 2, n -= 2;
    if (!part) SC_TRY(makes(out, r, id, text, n));
    return *out && !r->t->byte_level ? survives(out, r, text, n) : SC_OK;
}

static sc_status look_at_tokens(report *r) {
    for (int32_t id = 0; id < sc_tokenizer_vocab_size(r->t); id++) {
        bool fine;
        note_longest(r, id);
        SC_TRY(reachable(&fine, r, id));
        if (fine) continue;
        if (r->n_unreachable < UNREACHABLE) r->unreachable[r->n_unreachable] = id;
        r->n_unreachable++;
    }
    return SC_OK;
}

/* -- writing --------------------------------------------------------------------------------- */

static json_t *token_list(const report *r, const int32_t *ids, int64_t n) {
    json_t *list = json_array();
    for (int64_t i = 0; i < n; i++)
        json_array_append_new(
            list, json_pack("{s:i, s:s}", "id", ids[i], "token", sc_tokenizer_token(r->t, ids[i])));
    return list;
}

static json_t *specials(const report *r) {
    json_t *list = json_array();
    for (int32_t id = 0; id < sc_tokenizer_vocab_size(r->t); id++)
        if (sc_tokenizer_is_special(r->t, id))
            json_array_append_new(
                list, json_pack("{s:i, s:s}", "id", id, "token", sc_tokenizer_token(r->t, id)));
    return list;
}

static json_t *object_of(const report *r) {
    const sc_tokenizer *t = r->t;
    json_t *o = json_pack(
        "{s:s, s:I, s:i, s:i, s:b, s:s, s:o, s:o, s:I, s:o}", "kind", sc_tokenizer_kind(t),
        "vocab_size", (json_int_t)sc_tokenizer_vocab_size(t), "bos", sc_tokenizer_bos(t), "eos",
        sc_tokenizer_eos(t), "chat_template", sc_tokenizer_chat_template(t) != NULL, "sha256",
        sc_tokenizer_digest(t), "special", specials(r), "longest",
        token_list(r, r->longest, r->n_longest), "n_unreachable", (json_int_t)r->n_unreachable,
        "unreachable", token_list(r, r->unreachable, SC_MIN(r->n_unreachable, UNREACHABLE)));
    if (!o || !r->measured || sc__fertility_put(o, &r->fertility) >= 0) return o;
    json_decref(o);
    return NULL;
}

static void print_tokens(sc_buffer *out, const report *r, const char *title, const int32_t *ids,
                         int64_t n) {
    sc__buffer_printf(out, "%s\n", title);
    for (int64_t i = 0; i < n; i++)
        sc__buffer_printf(out, "  %7" PRId32 "  %s\n", ids[i], sc_tokenizer_token(r->t, ids[i]));
}

static void print_table(sc_buffer *out, const report *r) {
    const sc_tokenizer *t = r->t;
    sc__buffer_printf(
        out,
        "kind        %s\ntokens      %" PRId64 "\nbos, eos    %" PRId32 ", %" PRId32
        "\nchat        %s\nsha256      %s\n",
        sc_tokenizer_kind(t), sc_tokenizer_vocab_size(t), sc_tokenizer_bos(t), sc_tokenizer_eos(t),
        sc_tokenizer_chat_template(t) ? "has a template" : "no template", sc_tokenizer_digest(t));
    sc__buffer_puts(out, "special\n");
    for (int32_t id = 0; id < sc_tokenizer_vocab_size(t); id++)
        if (sc_tokenizer_is_special(t, id))
            sc__buffer_printf(out, "  %7" PRId32 "  %s\n", id, sc_tokenizer_token(t, id));
    print_tokens(out, r, "longest", r->longest, r->n_longest);
    sc__buffer_printf(out, "unreachable %" PRId64 "%s\n", r->n_unreachable,
                      r->n_unreachable > UNREACHABLE ? ", the first of them" : "");
    for (int64_t i = 0; i < SC_MIN(r->n_unreachable, UNREACHABLE); i++)
        sc__buffer_printf(out, "  %7" PRId32 "  %s\n", r->unreachable[i],
                          sc_tokenizer_token(t, r->unreachable[i]));
    if (r->measured) sc__fertility_print(out, &r->fertility);
}

static sc_status write_report(char **out, const report *r, sc_text_form form) {
    sc_buffer text = SC_BUFFER_INIT;
    if (form == SC_FORM_JSON) {
        json_t *o = object_of(r);
        if (o) sc__json_print(&text, o);
        sc__buffer_putc(&text, '\n');
        if (!o) text.status = SC_FAIL(SC_NOMEM, "no memory for a report");
        json_decref(o);
    } else {
        print_table(&text, r);
    }
    if (text.status >= 0) {
        *out = text.data;
        return SC_OK;
    }
    const sc_status s = text.status;
    sc__buffer_deinit(&text);
    return s;
}

sc_status sc_tokenizer_report(char **out, const sc_tokenizer *t, const char *const *paths,
                              int n_paths, sc_text_form form) {
    report *r = sc__calloc(1, sizeof *r);
    *out = NULL;
    if (!r) return SC_FAIL(SC_NOMEM, "no memory for a report");
    r->t = t;
    r->measured = n_paths > 0;
    sc_status s = sc__normal_open(&r->normal, t);
    if (s >= 0) s = look_at_tokens(r);
    if (s >= 0 && r->measured) s = sc__fertility_measure(&r->fertility, t, paths, n_paths);
    if (s >= 0) s = write_report(out, r, form);
    sc__normal_close(&r->normal);
    sc__buffer_deinit(&r->text);
    sc__buffer_deinit(&r->line);
    sc__buffer_deinit(&r->scratch);
    sc__free(r);
    return s;
}
