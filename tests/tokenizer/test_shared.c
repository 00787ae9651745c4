/* test_shared.c - published vocabularies and cases that are too large to keep here: skipped by name
 * where $SOCLE_SHARED (default ../shared) does not have them. */
#include "test.h"

#include "base/file.h"
#include "base/json.h"
#include "format/stream.h"
#include "socle/tokenizer.h"

static void read_shared(sc_buffer *out, const char *name) {
    static char path[512];
    const char *root = getenv("SOCLE_SHARED");
    sc_stream *s;
    size_t got = 1;
    snprintf(path, sizeof path, "%s/data/tokenizers/%s", root ? root : "../shared", name);
    if (!sc__path_exists(path)) test_skip("%s is not here", path);
    CHECK_OK(sc__stream_open(&s, path));
    while (got) {
        char *to = sc__buffer_extend(out, 1 << 16);
        CHECK(to);
        CHECK_OK(sc__stream_read(&got, s, to, 1 << 16));
        out->len -= (1 << 16) - got;
    }
    sc__stream_close(s);
    sc__buffer_putc(out, 0);
    out->len--;
}

/* tokenizer.json out of the two files of 2019. */
static sc_tokenizer *gpt2(void) {
    sc_buffer vocab = SC_BUFFER_INIT, merges = SC_BUFFER_INIT, text = SC_BUFFER_INIT;
    sc_tokenizer *t;
    json_t *ids, *list = json_array();
    read_shared(&vocab, "gpt2.encoder.json.gz");
    read_shared(&merges, "gpt2.vocab.bpe.gz");
    CHECK_OK(sc__json_parse(&ids, vocab.data, vocab.len, "vocab"));
    for (char *line = strtok(merges.data, "\n"); line; line = strtok(NULL, "\n"))
        if (*line != '#' || strncmp(line, "#version", 8))
            json_array_append_new(list, json_string(line));
    json_t *root = json_pack("{s:{s:s, s:b}, s:{s:s}, s:{s:s, s:o, s:o}}", "pre_tokenizer", "type",
                             "ByteLevel", "add_prefix_space", 0, "decoder", "type", "ByteLevel",
                             "model", "type", "BPE", "vocab", ids, "merges", list);
    sc__json_print(&text, root);
    CHECK_OK(sc_tokenizer_parse(&t, text.data, text.len, "gpt2"));
    json_decref(root);
    sc__buffer_deinit(&vocab);
    sc__buffer_deinit(&merges);
    sc__buffer_deinit(&text);
    return t;
}

TEST(shared_gpt2, "tokenizer/shared/gpt2-cases") {
    static const char mark[] = "\n__ggml_vocab_test__\n";
    sc_buffer in = SC_BUFFER_INIT, out = SC_BUFFER_INIT;
    sc_tokenizer *t = gpt2();
    sc_encoder *e;
    int n_cases = 0;
    CHECK_INT(sc_tokenizer_vocab_size(t), 50257);
    read_shared(&in, "ggml-vocab-gpt-2.gguf.inp");
    read_shared(&out, "ggml-vocab-gpt-2.gguf.out");
    CHECK_OK(sc_encoder_open(&e, t));
    char *want = out.data;
    for (char *text = in.data, *stop; (stop = strstr(text, mark)); text = stop + strlen(mark)) {
        sc_ids ids = SC_IDS_INIT;
        CHECK_OK(sc_encoder_run(e, &ids, text, (size_t)(stop - text), 0));
        for (int64_t i = 0; i < ids.n; i++) CHECK_INT(strtol(want, &want, 10), ids.ids[i]);
        while (*want == ' ') want++;
        CHECK(*want == '\n');
        want++;
        sc_ids_deinit(&ids);
        n_cases++;
    }
    CHECK(n_cases > 40);
    sc_encoder_close(e);
    sc_tokenizer_close(t);
    sc__buffer_deinit(&in);
    sc__buffer_deinit(&out);
}
