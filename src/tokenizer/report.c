/* report.c - what a tokenizer is and how it treats a text: tokens a word and a character
 * (fertility, Rust et al. 2021) for each writing system, tokens that nothing gives. */
#include "base/utf8.h"
#include "format/stream.h"
#include "tokenizer/tokenizer.h"

#include <inttypes.h>

enum { LONGEST = 10, UNREACHABLE = 20, SCRIPTS_MAX = 64 };

typedef struct {
    const char *script; /* NULL: no letters */
    int64_t lines, bytes, chars, words, tokens;
} row;

typedef struct {
    const sc_tokenizer *t;
    sc_encoder *encoder;
    sc_normal normal;
    sc_buffer text, line, scratch;
    sc_ids ids;
    row rows[SCRIPTS_MAX], total;
    int n_rows;
    bool measured;
    int32_t longest[LONGEST], unreachable[UNREACHABLE];
    int n_longest;
    int64_t n_unreachable;
} report;

/* -- fertility ------------------------------------------------------------------------------- */

static row *row_of(report *r, const char *script) {
    for (int i = 0; i < r->n_rows; i++)
        if (r->rows[i].script == script) return &r->rows[i];
    if (r->n_rows == SCRIPTS_MAX) return &r->rows[SCRIPTS_MAX - 1];
    r->rows[r->n_rows].script = script;
    return &r->rows[r->n_rows++];
}

/* The writing system of most letters of a line, and its characters and words. */
static void look_at(row *out, const char *line, size_t n) {
    struct {
        const char *script;
        int64_t n;
    } seen[8] = {{0}};
    bool in_word = false;
    for (size_t i = 0; i < n;) {
        int len;
        const uint32_t c = sc__utf8_decode(line + i, &len);
        const bool word = !sc__char_is_space(c);
        const char *script = sc__script_name(c);
        out->words += word && !in_word;
        in_word = word;
        out->chars++;
        for (int k = 0; script && k < SC_LEN(seen); k++)
            if (!seen[k].script || seen[k].script == script) {
                seen[k].script = script;
                seen[k].n++;
                break;
            }
        i += (size_t)len;
    }
    int best = 0;
    for (int k = 1; k < SC_LEN(seen); k++)
        if (seen[k].n > seen[best].n) best = k;
    out->script = seen[best].script;
}

static void add(row *to, const row *from) {
    to->lines += from->lines;
    to->bytes += from->bytes;
    to->chars += from->chars;
    to->words += from->words;
    to->tokens += from->tokens;
}

static sc_status measure_line(report *r, const char *text, size_t n) {
    row one = {.lines = 1, .bytes = (int64_t)n};
    sc__buffer_clear(&r->line);
    SC_TRY(sc__utf8_repair(&r->line, text, n, NULL));
    look_at(&one, r->line.data ? r->line.data : "", r->line.len);
    r->ids.n = 0;
    SC_TRY(sc_encoder_run(r->encoder, &r->ids, r->line.data ? r->line.data : "", r->line.len,
                          SC_ENCODE_NO_SPECIAL | SC_ENCODE_PLAIN));
    one.tokens = r->ids.n;
    add(row_of(r, one.script), &one);
    add(&r->total, &one);
    return SC_OK;
}

/* A line's newline belongs to it. */
static sc_status measure(report *r, sc_stream *s) {
    enum { PIECE = 1 << 18, LINE_MAX_BYTES = 1 << 24 };
    for (size_t got = 1; got;) {
        char *to = sc__buffer_extend(&r->text, PIECE);
        if (!to) return r->text.status;
        SC_TRY(sc__stream_read(&got, s, to, PIECE));
        r->text.len -= PIECE - got;
        size_t done = 0;
        for (const char *end; done < r->text.len; done = (size_t)(end + 1 - r->text.data)) {
            const size_t left = r->text.len - done;
            end = memchr(r->text.data + done, '\n', left);
            if (!end && got && left < LINE_MAX_BYTES) break;
            if (!end) end = r->text.data + r->text.len - 1;
            SC_TRY(measure_line(r, r->text.data + done, (size_t)(end + 1 - r->text.data) - done));
        }
        memmove(r->text.data, r->text.data + done, r->text.len - done);
        r->text.len -= done;
    }
    return SC_OK;
}

static sc_status measure_file(report *r, const char *path) {
    sc_stream *s;
    SC_TRY(sc__stream_open(&s, path));
    const sc_status status = measure(r, s);
    sc__stream_close(s);
    r->measured = true;
    return status;
}

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

static double ratio(int64_t a, int64_t b) { return b ? (double)a / (double)b : 0; }

static json_t *row_object(const row *w) {
    return json_pack("{s:s?, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f}", "script", w->script, "lines",
                     (json_int_t)w->lines, "bytes", (json_int_t)w->bytes, "characters",
                     (json_int_t)w->chars, "words", (json_int_t)w->words, "tokens",
                     (json_int_t)w->tokens, "bytes_per_token", ratio(w->bytes, w->tokens),
                     "tokens_per_word", ratio(w->tokens, w->words), "tokens_per_character",
                     ratio(w->tokens, w->chars));
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
    if (!r->measured) return o;
    json_t *rows = json_array();
    for (int i = 0; i < r->n_rows; i++) json_array_append_new(rows, row_object(&r->rows[i]));
    json_object_set_new(o, "text", row_object(&r->total));
    json_object_set_new(o, "scripts", rows);
    return o;
}

static void print_tokens(sc_buffer *out, const report *r, const char *title, const int32_t *ids,
                         int64_t n) {
    sc__buffer_printf(out, "%s\n", title);
    for (int64_t i = 0; i < n; i++)
        sc__buffer_printf(out, "  %7" PRId32 "  %s\n", ids[i], sc_tokenizer_token(r->t, ids[i]));
}

static void print_row(sc_buffer *out, const char *name, const row *w) {
    sc__buffer_printf(out, "  %-14s %9" PRId64 " %11" PRId64 " %11" PRId64 " %7.3f %7.3f %7.3f\n",
                      name, w->lines, w->bytes, w->tokens, ratio(w->bytes, w->tokens),
                      ratio(w->tokens, w->words), ratio(w->tokens, w->chars));
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
    if (!r->measured) return;
    sc__buffer_printf(out, "the text    %5s %9s %11s %11s %7s %7s %7s\n", "", "lines", "bytes",
                      "tokens", "bytes/t", "t/word", "t/char");
    for (int i = 0; i < r->n_rows; i++)
        print_row(out, r->rows[i].script ? r->rows[i].script : "no letters", &r->rows[i]);
    print_row(out, "all", &r->total);
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

sc_status sc_tokenizer_report(char **out, const sc_tokenizer *t, const char *path,
                              sc_text_form form) {
    report *r = sc__calloc(1, sizeof *r);
    *out = NULL;
    if (!r) return SC_FAIL(SC_NOMEM, "no memory for a report");
    r->t = t;
    sc_status s = sc_encoder_open(&r->encoder, t);
    if (s >= 0) s = sc__normal_open(&r->normal, t);
    if (s >= 0) s = look_at_tokens(r);
    sc__buffer_clear(&r->text);
    if (s >= 0 && path) s = measure_file(r, path);
    if (s >= 0) s = write_report(out, r, form);
    sc_encoder_close(r->encoder);
    sc__normal_close(&r->normal);
    sc__buffer_deinit(&r->text);
    sc__buffer_deinit(&r->line);
    sc__buffer_deinit(&r->scratch);
    sc_ids_deinit(&r->ids);
    sc__free(r);
    return s;
}
