/* read_tiktoken.c - tiktoken's files: a line for each token, its bytes in base64 and its rank,
 * which is its id too. There are no merges in them: a token is made of the two tokens that
 * byte-pair encoding with the lower ranks alone cuts its bytes into. */
#include "base/base64.h"
#include "base/file.h"
#include "tokenizer/foreign.h"

#include <inttypes.h>

typedef struct {
    int32_t id;
    const char *text;
} special;
enum { SPECIALS_MAX = 6 };
static const struct {
    int64_t n;
    const char *pattern;
    special specials[SPECIALS_MAX];
} known[] = {
#define TIKTOKEN(n, pattern, ...) {n, pattern, {__VA_ARGS__}},
#include "tokenizer/tiktokens.def"
#undef TIKTOKEN
};

void sc__spell(sc_buffer *out, const char *bytes, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const uint32_t c = sc__byte_to_char((uint8_t)bytes[i]);
        const char text[2] = {(char)(0xC0 | c >> 6), (char)(0x80 | (c & 0x3F))};
        if (c < 0x80)
            sc__buffer_putc(out, (char)c);
        else
            sc__buffer_append(out, text, 2);
    }
}

/* -- merges from ranks ----------------------------------------------------------------------- */

typedef struct {
    sc_vocab vocab; /* by bytes */
    const sc_bytes *tokens;
    json_t *merges;
    sc_buffer ends, left, right;
} ranking;

/* Cuts bytes by the ranks below `id`: `ends` then says where the parts end. */
static sc_status cut(ranking *r, const sc_bytes *k, int64_t id, size_t *n_parts) {
    sc__buffer_clear(&r->ends);
    size_t *ends = sc__buffer_extend(&r->ends, k->n * sizeof *ends), n = k->n;
    *n_parts = 0;
    if (!ends) return r->ends.status;
    for (size_t i = 0; i < n; i++) ends[i] = i + 1;
    for (;;) {
        int32_t best = INT32_MAX;
        size_t at = 0;
        for (size_t i = 0; i + 1 < n; i++) {
            const size_t from = i ? ends[i - 1] : 0;
            const int32_t rank = sc__vocab_find(&r->vocab, k->text + from, ends[i + 1] - from);
            if (rank >= 0 && rank < best && rank < id) best = rank, at = i;
        }
        if (best == INT32_MAX) break;
        memmove(ends + at, ends + at + 1, (n - at - 1) * sizeof *ends);
        n--;
    }
    *n_parts = n;
    return SC_OK;
}

/* Tokens of more than two parts are never made by merges: they are found whole, or not at all. */
static sc_status add_merge(ranking *r, int64_t id) {
    const sc_bytes *k = &r->tokens[id];
    size_t n;
    if (!k->text || k->n < 2 || k->n > 1024) return SC_OK;
    SC_TRY(cut(r, k, id, &n));
    if (n != 2) return SC_OK;
    const size_t middle = *(const size_t *)(const void *)r->ends.data;
    sc__buffer_clear(&r->left);
    sc__buffer_clear(&r->right);
    sc__spell(&r->left, k->text, middle);
    sc__spell(&r->right, k->text + middle, k->n - middle);
    SC_TRY(r->left.status);
    SC_TRY(r->right.status);
    json_t *pair = json_pack("[s, s]", r->left.data, r->right.data);
    return json_array_append_new(r->merges, pair) ? SC_FAIL(SC_NOMEM, "no memory for merges")
                                                  : SC_OK;
}

static sc_status rank(ranking *r, json_t *vocab, int64_t n, const char *name) {
    for (int64_t id = 0; id < n; id++) {
        const sc_bytes *k = &r->tokens[id];
        if (!k->text) continue;
        SC_TRY(sc__vocab_add(&r->vocab, k->text, k->n, id, name));
        sc__buffer_clear(&r->left);
        sc__spell(&r->left, k->text, k->n);
        SC_TRY(r->left.status);
        if (json_object_set_new(vocab, r->left.data, json_integer(id)))
            return SC_FAIL(SC_NOMEM, "%s: no memory for JSON", name);
    }
    for (int64_t id = 0; id < n; id++) SC_TRY(add_merge(r, id));
    return SC_OK;
}

sc_status sc__foreign_ranks(json_t **model, const sc_bytes *tokens, int64_t n, const char *name) {
    ranking r = {.tokens = tokens, .merges = json_array()};
    json_t *vocab = json_object();
    const sc_status s = rank(&r, vocab, n, name);
    if (s >= 0)
        *model = json_pack("{s:s, s:n, s:n, s:n, s:n, s:b, s:b, s:b, s:O, s:O}", "type", "BPE",
                           "dropout", "unk_token", "continuing_subword_prefix",
                           "end_of_word_suffix", "fuse_unk", 0, "byte_fallback", 0, "ignore_merges",
                           1, "vocab", vocab, "merges", r.merges);
    json_decref(vocab);
    json_decref(r.merges);
    sc__vocab_deinit(&r.vocab);
    sc__buffer_deinit(&r.ends);
    sc__buffer_deinit(&r.left);
    sc__buffer_deinit(&r.right);
    if (s < 0) return s;
    return *model ? SC_OK : SC_FAIL(SC_NOMEM, "%s: no memory for JSON", name);
}

/* -- reading --------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    sc_buffer bytes;  /* of all tokens */
    sc_buffer tokens; /* sc_bytes by id, with their text once all are read */
    sc_buffer begins; /* size_t by id: where the text begins in `bytes` */
    int64_t n, n_named;
} rank_file;

static sc_status bad_line(const rank_file *f, int64_t line) {
    return SC_FAIL(SC_FORMAT, "%s: line %" PRId64 ": must be base64, a space and a rank", f->name,
                   line);
}

static sc_status read_line(rank_file *f, const char *line, size_t n, int64_t number) {
    const char *space = memchr(line, ' ', n);
    int64_t id = 0;
    if (!n || (n == 1 && *line == '\r')) return SC_OK;
    if (!space || space + 1 == line + n) return bad_line(f, number);
    for (const char *p = space + 1; p < line + n && *p != '\r'; p++) {
        if (*p < '0' || *p > '9' || id > SC_VOCAB_MAX) return bad_line(f, number);
        id = id * 10 + (*p - '0');
    }
    if (id >= SC_VOCAB_MAX || id > 2 * number + 65536) return bad_line(f, number);
    const size_t from = f->bytes.len;
    if (sc__base64_decode(&f->bytes, line, (size_t)(space - line)) < 0) return bad_line(f, number);
    for (; f->n <= id; f->n++) {
        const sc_bytes none = {NULL, 0};
        sc__buffer_append(&f->tokens, &none, sizeof none);
        sc__buffer_append(&f->begins, &from, sizeof from);
    }
    SC_TRY(f->tokens.status);
    SC_TRY(f->begins.status);
    sc_bytes *k = (sc_bytes *)(void *)f->tokens.data + id;
    if (k->n || f->bytes.len == from) return bad_line(f, number);
    k->n = f->bytes.len - from;
    ((size_t *)(void *)f->begins.data)[id] = from;
    f->n_named++;
    return SC_OK;
}

static sc_status read_lines(rank_file *f, const char *text, size_t n) {
    int64_t number = 0;
    for (size_t at = 0, stop; at < n; at = stop + 1) {
        const char *end = memchr(text + at, '\n', n - at);
        stop = end ? (size_t)(end - text) : n;
        SC_TRY(read_line(f, text + at, stop - at, ++number));
    }
    sc_bytes *tokens = (sc_bytes *)(void *)f->tokens.data;
    for (int64_t id = 0; id < f->n; id++)
        if (tokens[id].n)
            tokens[id].text = f->bytes.data + ((const size_t *)(const void *)f->begins.data)[id];
    return SC_OK;
}

static sc_status build(sc_foreign *out, const rank_file *f, const char *pattern) {
    const special *specials = NULL;
    for (int i = 0; i < SC_LEN(known); i++)
        if (known[i].n == f->n_named) {
            specials = known[i].specials;
            if (!pattern) pattern = known[i].pattern;
        }
    if (!pattern)
        return SC_FAIL(SC_USAGE,
                       "%s: %" PRId64 " ranks are no vocabulary that is known: its split "
                       "pattern must be given",
                       f->name, f->n_named);
    for (int i = 0; specials && i < SPECIALS_MAX && specials[i].text; i++)
        SC_TRY(
            sc__foreign_add(out, specials[i].text, strlen(specials[i].text), specials[i].id, true));
    if (specials) out->eos = specials[f->n_named == 128000].id;
    if (f->n_named == 128000) out->bos = specials[0].id;
    SC_TRY(sc__foreign_byte_level(out, (const char *const[]){pattern, NULL}, f->name));
    return sc__foreign_ranks(&out->model, (const sc_bytes *)(const void *)f->tokens.data, f->n,
                             f->name);
}

sc_status sc__read_tiktoken(sc_foreign *out, const char *path, const char *pattern) {
    rank_file f = {.name = path};
    sc_map map;
    SC_TRY(sc__map_open(&map, path));
    sc_status s = read_lines(&f, map.data ? (const char *)map.data : "", map.size);
    sc__map_close(&map);
    if (s >= 0) s = build(out, &f, pattern);
    sc__buffer_deinit(&f.bytes);
    sc__buffer_deinit(&f.tokens);
    sc__buffer_deinit(&f.begins);
    return s;
}
