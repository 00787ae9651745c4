/* inspect_files.c - indexes of texts, web archives, n-gram models, vocabularies. */
#include "account/files.h"
#include "format/source/warc.h"
#include "socle/tokenizer.h"
#include "stage/curation/ask/text_index.h"
#include "stage/curation/ngram/ngram.h"
#include "stage/deployment/inspect_part.h"

#include <string.h>

/* ---- an index of texts ----------------------------------------------------------------------- */

sc_status sc__inspect_text_index(json_t *o, const char *path) {
    sc_text_index x;
    SC_TRY(sc__text_index_open(&x, path));
    json_t *facts = json_pack("{s:s, s:I, s:I, s:I, s:I, s:O}", "kind", "text index", "documents",
                              (json_int_t)x.n_documents, "text_bytes", (json_int_t)x.text_bytes,
                              "blocks", (json_int_t)x.n_blocks, "files", (json_int_t)x.n_files,
                              "made_of", json_object_get(x.about, "files"));
    sc__text_index_close(&x);
    return sc__inspect_add(o, facts);
}

/* ---- web archives ---------------------------------------------------------------------------- */

enum { MAX_BLOCK = 1 << 16 };

static sc_status count_records(json_t *types, json_t *facts, sc_warc *w) {
    sc_warc_record r;
    sc_status s;
    json_int_t damaged = 0;
    while ((s = sc__warc_next(&r, w)) != SC_DONE) {
        if (s == SC_FORMAT) {
            if (!damaged++)
                SC_TRY(sc__inspect_put(facts, "first_damage", sc__json_text(sc_error_text())));
            continue;
        }
        SC_TRY(s);
        json_t *type = sc__inspect_text(r.type, strlen(r.type), SC_INSPECT_SHORT);
        const char *name = json_string_value(type);
        const json_int_t n = name ? json_integer_value(json_object_get(types, name)) : 0;
        const int failed = !name || json_object_set_new(types, name, json_integer(n + 1));
        json_decref(type);
        if (failed) return SC_FAIL(SC_NOMEM, "inspect");
        if (r.url && !json_object_get(facts, "first_url"))
            SC_TRY(sc__inspect_put(facts, "first_url",
                                   sc__inspect_text(r.url, strlen(r.url), SC_INSPECT_SHORT)));
    }
    return damaged ? sc__inspect_put(facts, "damaged", json_integer(damaged)) : SC_OK;
}

sc_status sc__inspect_web_archive(json_t *o, const char *path) {
    sc_stream *stream;
    sc_warc *w;
    SC_TRY(sc__inspect_put(o, "kind", json_string("web archive")));
    json_t *types = json_object();
    SC_TRY(sc__inspect_put(o, "records", types));
    SC_TRY(sc__stream_open(&stream, path));
    sc_window in = {.stream = stream};
    sc_status s = sc__warc_open(&w, &in, path, MAX_BLOCK);
    if (s >= 0) {
        s = count_records(types, o, w);
        sc__warc_close(w);
    }
    sc__window_deinit(&in);
    sc__stream_close(stream);
    return s;
}

/* ---- n-gram models --------------------------------------------------------------------------- */

enum { ARPA_HEAD = 1 << 16 };

static sc_status read_head(sc_buffer *out, const char *path) {
    sc_stream *s;
    size_t got = 1;
    SC_TRY(sc__stream_open(&s, path));
    sc_status status = SC_OK;
    while (got && out->len < ARPA_HEAD && status >= 0) {
        const size_t want = ARPA_HEAD - out->len;
        char *to = sc__buffer_extend(out, want);
        status = to ? sc__stream_read(&got, s, to, want) : out->status;
        if (to) out->len -= want - (status < 0 ? 0 : got);
    }
    sc__stream_close(s);
    return status;
}

/* The counts that its head tells; a model may be larger than memory. */
sc_status sc__inspect_ngram(json_t *o, const char *path) {
    sc_buffer head = SC_BUFFER_INIT;
    int64_t counts[SC_NGRAM_ORDER_MAX];
    int order = 0;
    sc_status s = read_head(&head, path);
    if (s >= 0)
        s = sc__ngram_parse_counts(counts, &order, head.data ? head.data : "", head.len, path);
    sc__buffer_deinit(&head);
    SC_TRY(s);
    json_t *list = json_array();
    for (int i = 0; list && i < order; i++)
        json_array_append_new(list, json_integer((json_int_t)counts[i]));
    return sc__inspect_add(o, json_pack("{s:s, s:i, s:o}", "kind", "n-gram model (ARPA)", "order",
                                        order, "ngrams", list));
}

/* ---- vocabularies ---------------------------------------------------------------------------- */

static const char *token(const sc_tokenizer *t, int32_t id) {
    return id < 0 ? NULL : sc_tokenizer_token(t, id);
}

sc_status sc__inspect_vocabulary(json_t *o, const char *path) {
    sc_tokenizer *t;
    SC_TRY(sc_tokenizer_load(&t, path));
    json_t *specials = json_array();
    for (int32_t id = 0; specials && id < sc_tokenizer_vocab_size(t); id++)
        if (sc_tokenizer_is_special(t, id))
            json_array_append_new(specials, json_string(sc_tokenizer_token(t, id)));
    json_t *facts =
        json_pack("{s:s, s:{s:s, s:I, s:s*, s:s*, s:o}}", "kind", "tokenizer", "tokenizer", "model",
                  sc_tokenizer_kind(t), "vocab", (json_int_t)sc_tokenizer_vocab_size(t), "bos",
                  token(t, sc_tokenizer_bos(t)), "eos", token(t, sc_tokenizer_eos(t)),
                  "special_tokens", specials);
    sc_tokenizer_close(t);
    return sc__inspect_add(o, facts);
}
