/* shards.c - the file of tokens; see shards.h for its layout. */
#include "stage/curation/shards.h"

#include <inttypes.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "token shards are read in place: little-endian machines only"
#endif

enum { VERSION = 1, PIECE = 1 << 16 };

static const char magic[8] = {'S', 'O', 'C', 'L', 'E', 'T', 'O', 'K'};

/* Offsets are part of the format. Digests are 32 raw bytes. */
typedef struct {
    char magic[8];
    uint32_t version, token_bytes;
    uint64_t vocab_size, n_tokens, n_documents, n_bytes;
    int64_t eos;
    unsigned char tokenizer[32], digest[32];
    uint64_t reserved; /* zero */
} header;
_Static_assert(sizeof(header) == 128, "the header of a shard has 128 bytes");

static int token_bytes_for(int64_t vocab_size) { return vocab_size <= 65536 ? 2 : 4; }

static size_t padded(size_t n) { return (n + 7) & ~(size_t)7; }

static void to_hex(sc_digest *out, const unsigned char raw[32]) {
    for (int i = 0; i < 32; i++) {
        out->hex[2 * i] = "0123456789abcdef"[raw[i] >> 4];
        out->hex[2 * i + 1] = "0123456789abcdef"[raw[i] & 15];
    }
    out->hex[64] = 0;
}

static int digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0;
}

static void from_hex(unsigned char raw[32], const sc_digest *d) {
    for (int i = 0; i < 32; i++)
        raw[i] = (unsigned char)(digit(d->hex[2 * i]) << 4 | digit(d->hex[2 * i + 1]));
}

/* ---- opening --------------------------------------------------------------------------------- */

static sc_status check_header(const header *h, size_t n_file, const char *name) {
    if (memcmp(h->magic, magic, sizeof magic))
        return SC_FAIL(SC_FORMAT, "%s: magic: not a token shard", name);
    if (h->version != VERSION)
        return SC_FAIL(SC_FORMAT, "%s: version: %" PRIu32 ", this program reads %d", name,
                       h->version, VERSION);
    if (!h->vocab_size || h->vocab_size > INT32_MAX)
        return SC_FAIL(SC_FORMAT, "%s: vocab_size: %" PRIu64 " is not one", name, h->vocab_size);
    if (h->token_bytes != (uint32_t)token_bytes_for((int64_t)h->vocab_size))
        return SC_FAIL(SC_FORMAT, "%s: token_bytes: %" PRIu32 " for a vocabulary of %" PRIu64, name,
                       h->token_bytes, h->vocab_size);
    if (h->eos < -1 || h->eos >= (int64_t)h->vocab_size)
        return SC_FAIL(SC_FORMAT, "%s: eos: %" PRId64 " is not in a vocabulary of %" PRIu64, name,
                       h->eos, h->vocab_size);
    if (h->n_tokens > n_file / h->token_bytes || h->n_documents > n_file / 16 ||
        sizeof *h + padded(h->n_tokens * h->token_bytes) + 16 * (h->n_documents + 1) != n_file)
        return SC_FAIL(SC_FORMAT,
                       "%s: n_tokens %" PRIu64 " and n_documents %" PRIu64
                       " do not make a file of %zu bytes",
                       name, h->n_tokens, h->n_documents, n_file);
    if (h->n_bytes > INT64_MAX || h->reserved)
        return SC_FAIL(SC_FORMAT, "%s: n_bytes or reserved: out of range", name);
    return SC_OK;
}

static sc_status check_offsets(const uint64_t *at, int64_t n, int64_t total, const char *field) {
    if (at[0]) return SC_FAIL(SC_FORMAT, "%s: does not begin with 0", field);
    for (int64_t i = 0; i < n; i++)
        if (at[i] > at[i + 1])
            return SC_FAIL(SC_FORMAT, "%s: document %" PRId64 " ends before it begins", field, i);
    if (at[n] != (uint64_t)total)
        return SC_FAIL(SC_FORMAT, "%s: ends at %" PRIu64 ", not at %" PRId64, field, at[n], total);
    return SC_OK;
}

static sc_status read_shard(sc_shard *s, const void *bytes, size_t n) {
    header h;
    sc_assert((uintptr_t)bytes % 8 == 0);
    if (n < sizeof h)
        return SC_FAIL(SC_FORMAT, "%s: %zu bytes are too few for a token shard", s->path, n);
    memcpy(&h, bytes, sizeof h);
    SC_TRY(check_header(&h, n, s->path));
    s->n_tokens = (int64_t)h.n_tokens;
    s->n_documents = (int64_t)h.n_documents;
    s->n_bytes = (int64_t)h.n_bytes;
    s->vocab_size = (int64_t)h.vocab_size;
    s->eos = h.eos;
    s->token_bytes = (int)h.token_bytes;
    to_hex(&s->tokenizer, h.tokenizer);
    to_hex(&s->digest, h.digest);
    s->tokens = (const unsigned char *)bytes + sizeof h;
    s->token_at = (const void *)(s->tokens + padded(h.n_tokens * h.token_bytes));
    s->byte_at = s->token_at + s->n_documents + 1;
    sc_status status = check_offsets(s->token_at, s->n_documents, s->n_tokens, "token offsets");
    if (status >= 0) status = check_offsets(s->byte_at, s->n_documents, s->n_bytes, "byte offsets");
    return status < 0 ? sc__fail_context(status, "%s", s->path) : SC_OK;
}

static sc_status new_shard(sc_shard **out, const char *path) {
    sc_shard *s = sc__calloc(1, sizeof *s);
    if (s) s->path = sc__arena_strdup(&s->arena, path);
    if (!s || !s->path) {
        sc__shard_close(s);
        return SC_FAIL(SC_NOMEM, "%s", path);
    }
    *out = s;
    return SC_OK;
}

static sc_status finish(sc_shard **out, sc_shard *s, sc_status status) {
    if (status < 0)
        sc__shard_close(s);
    else
        *out = s;
    return status;
}

sc_status sc__shard_open(sc_shard **out, const char *path) {
    sc_shard *s;
    *out = NULL;
    SC_TRY(new_shard(&s, path));
    sc_status status = sc__map_open(&s->map, path);
    if (status >= 0) status = read_shard(s, s->map.data, s->map.size);
    return finish(out, s, status);
}

sc_status sc__shard_parse(sc_shard **out, const void *bytes, size_t n, const char *name) {
    sc_shard *s;
    *out = NULL;
    SC_TRY(new_shard(&s, name));
    return finish(out, s, read_shard(s, bytes, n));
}

void sc__shard_close(sc_shard *s) {
    if (!s) return;
    sc__map_close(&s->map);
    sc__arena_deinit(&s->arena);
    sc__free(s);
}

/* ---- reading --------------------------------------------------------------------------------- */

static uint32_t widen16(int32_t *out, const uint16_t *in, int64_t n) {
    uint16_t largest = 0;
    for (int64_t i = 0; i < n; i++) {
        largest = SC_MAX(largest, in[i]);
        out[i] = in[i];
    }
    return largest;
}

static uint32_t widen32(int32_t *out, const uint32_t *in, int64_t n) {
    uint32_t largest = 0;
    for (int64_t i = 0; i < n; i++) {
        largest = SC_MAX(largest, in[i]);
        out[i] = (int32_t)in[i];
    }
    return largest;
}

sc_status sc__shard_read(int32_t *out, const sc_shard *s, int64_t first, int64_t n) {
    sc_assert(first >= 0 && n >= 0 && first <= s->n_tokens - n);
    const void *from = s->tokens + (size_t)first * (size_t)s->token_bytes;
    const uint32_t largest = s->token_bytes == 2 ? widen16(out, from, n) : widen32(out, from, n);
    if (largest >= s->vocab_size && n)
        return SC_FAIL(SC_FORMAT,
                       "%s: tokens %" PRId64 " to %" PRId64 ": id %" PRIu32
                       " is not in a vocabulary of %" PRId64,
                       s->path, first, first + n - 1, largest, s->vocab_size);
    return SC_OK;
}

int64_t sc__shard_document(const sc_shard *s, int64_t token) {
    sc_assert(token >= 0 && token < s->n_tokens);
    int64_t low = 0, high = s->n_documents; /* token_at[low] <= token < token_at[high] */
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (s->token_at[middle] <= (uint64_t)token)
            low = middle;
        else
            high = middle;
    }
    return low;
}

int64_t sc__shard_begin(const sc_shard *s, int64_t document) {
    sc_assert(document >= 0 && document <= s->n_documents);
    return (int64_t)s->token_at[document];
}

int64_t sc__shard_document_bytes(const sc_shard *s, int64_t document) {
    sc_assert(document >= 0 && document < s->n_documents);
    return (int64_t)(s->byte_at[document + 1] - s->byte_at[document]);
}

sc_status sc__shard_verify(const sc_shard *s) {
    sc_hasher *h;
    sc_digest got;
    header head;
    const unsigned char *begin = s->tokens - sizeof head;
    const size_t n = (size_t)((const unsigned char *)(s->byte_at + s->n_documents + 1) - s->tokens);
    SC_TRY(sc__hasher_open(&h));
    memcpy(&head, begin, sizeof head);
    memset(head.digest, 0, sizeof head.digest);
    sc_status status = sc__hasher_append(h, s->tokens, n);
    if (status >= 0) status = sc__hasher_append(h, &head, sizeof head);
    sc_status closed = sc__hasher_close(h, &got);
    SC_TRY(status);
    SC_TRY(closed);
    if (strcmp(got.hex, s->digest.hex))
        return SC_FAIL(SC_MISMATCH, "%s: digest: the contents have changed since it was written",
                       s->path);
    return SC_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put(sc_shard_writer *w, const void *bytes, size_t n) {
    if (w->status < 0 || !n) return;
    sc__writer_append(&w->file, bytes, n);
    w->status = w->file.status;
    if (w->status >= 0) w->status = sc__hasher_append(w->hash, bytes, n);
}

static void put_offset(sc_shard_writer *w, sc_buffer *list, int64_t value) {
    sc__buffer_append(list, &value, sizeof value);
    if (w->status >= 0) w->status = list->status;
}

sc_status sc__shard_writer_open(sc_shard_writer *w, const char *path, const sc_shard *head) {
    const header blank = {{0}, 0, 0, 0, 0, 0, 0, 0, {0}, {0}, 0};
    *w = (sc_shard_writer){.file = {.fd = -1}};
    w->head = (sc_shard){.vocab_size = head->vocab_size,
                         .eos = head->eos,
                         .tokenizer = head->tokenizer,
                         .token_bytes = token_bytes_for(head->vocab_size)};
    sc_assert(head->vocab_size > 0 && head->vocab_size <= INT32_MAX);
    sc_status s = sc__hasher_open(&w->hash);
    if (s >= 0) s = sc__writer_open(&w->file, path);
    w->open = true;
    if (s < 0) {
        sc__shard_writer_abandon(w);
        return s;
    }
    sc__writer_append(&w->file, &blank, sizeof blank); /* the header, patched at the end */
    put_offset(w, &w->token_at, 0);
    put_offset(w, &w->byte_at, 0);
    return SC_OK;
}

static sc_status pack(sc_shard_writer *w, const int32_t *ids, int64_t n) {
    sc__buffer_clear(&w->packed);
    uint16_t *to = sc__buffer_extend(&w->packed, (size_t)n * 2);
    if (!to) return w->packed.status;
    for (int64_t i = 0; i < n; i++) to[i] = (uint16_t)ids[i];
    return SC_OK;
}

static sc_status check_ids(const sc_shard_writer *w, const int32_t *ids, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (ids[i] < 0 || ids[i] >= w->head.vocab_size)
            return SC_FAIL(SC_FORMAT,
                           "%s: the tokenizer gave id %" PRId32
                           ", which is not in its vocabulary of %" PRId64,
                           w->file.path, ids[i], w->head.vocab_size);
    return SC_OK;
}

void sc__shard_writer_append(sc_shard_writer *w, const int32_t *ids, int64_t n, int64_t n_bytes) {
    if (w->status >= 0) w->status = check_ids(w, ids, n);
    for (int64_t i = 0; i < n && w->status >= 0; i += PIECE) {
        const int64_t m = SC_MIN(n - i, (int64_t)PIECE);
        if (w->head.token_bytes == 4) {
            put(w, ids + i, (size_t)m * 4);
        } else {
            w->status = pack(w, ids + i, m);
            put(w, w->packed.data, (size_t)m * 2);
        }
    }
    w->head.n_tokens += n;
    w->head.n_bytes += n_bytes;
    w->head.n_documents++;
    put_offset(w, &w->token_at, w->head.n_tokens);
    put_offset(w, &w->byte_at, w->head.n_bytes);
}

static header make_header(const sc_shard *s) {
    header h = {.version = VERSION,
                .token_bytes = (uint32_t)s->token_bytes,
                .vocab_size = (uint64_t)s->vocab_size,
                .n_tokens = (uint64_t)s->n_tokens,
                .n_documents = (uint64_t)s->n_documents,
                .n_bytes = (uint64_t)s->n_bytes,
                .eos = s->eos};
    memcpy(h.magic, magic, sizeof magic);
    from_hex(h.tokenizer, &s->tokenizer);
    return h;
}

static sc_status write_tail(sc_shard_writer *w) {
    static const char zeros[8];
    const size_t n = (size_t)w->head.n_tokens * (size_t)w->head.token_bytes;
    put(w, zeros, padded(n) - n);
    put(w, w->token_at.data, w->token_at.len);
    put(w, w->byte_at.data, w->byte_at.len);
    header h = make_header(&w->head);
    SC_TRY(w->status);
    SC_TRY(sc__hasher_append(w->hash, &h, sizeof h));
    sc_hasher *hash = w->hash;
    w->hash = NULL;
    SC_TRY(sc__hasher_close(hash, &w->head.digest));
    from_hex(h.digest, &w->head.digest);
    sc__writer_patch(&w->file, 0, &h, sizeof h);
    return SC_OK;
}

sc_status sc__shard_writer_commit(sc_shard *out, sc_shard_writer *w) {
    sc_status s = write_tail(w);
    if (s >= 0) s = sc__writer_commit(&w->file);
    if (out) *out = w->head;
    sc__shard_writer_abandon(w);
    return s;
}

void sc__shard_writer_abandon(sc_shard_writer *w) {
    if (!w->open) return;
    sc_status ignored = sc__hasher_close(w->hash, NULL);
    (void)ignored;
    sc__writer_abandon(&w->file);
    sc__buffer_deinit(&w->token_at);
    sc__buffer_deinit(&w->byte_at);
    sc__buffer_deinit(&w->packed);
    *w = (sc_shard_writer){.file = {.fd = -1}};
}
