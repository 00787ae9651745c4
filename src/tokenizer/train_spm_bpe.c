/* train_spm_bpe.c - byte-pair encoding as sentencepiece and Llama-2 have it: spaces are U+2581 and
 * part of the word behind them, merges are of characters, and a character that the vocabulary lacks
 * falls back to its bytes, <0x00> to <0xFF>. The merges are those of Hugging Face's BpeTrainer over
 * the same words. */
#include "tokenizer/alphabet.h"
#include "tokenizer/train.h"

#include <stdio.h>
#include <string.h>

/* Back to spaces, bytes to characters, and without the space that was put before the text. */
static json_t *decoder(void) {
    return json_pack("{s:s, s:[{s:s, s:{s:s}, s:s}, {s:s}, {s:s}, {s:s, s:s, s:i, s:i}]}", "type",
                     "Sequence", "decoders", "type", "Replace", "pattern", "String", "\xE2\x96\x81",
                     "content", " ", "type", "ByteFallback", "type", "Fuse", "type", "Strip",
                     "content", " ", "start", 1, "stop", 0);
}

/* <s> A, and of two texts <s> A <s> B. */
static json_t *post_processor(const sc_tokenizer_options *o) {
    int bos = 0;
    while (strcmp(o->special_tokens[bos], "<s>")) bos++;
    json_t *first = json_pack("[{s:{s:s, s:i}}, {s:{s:s, s:i}}]", "SpecialToken", "id", "<s>",
                              "type_id", 0, "Sequence", "id", "A", "type_id", 0);
    json_t *both = json_deep_copy(first);
    json_array_append_new(both,
                          json_pack("{s:{s:s, s:i}}", "SpecialToken", "id", "<s>", "type_id", 1));
    json_array_append_new(both, json_pack("{s:{s:s, s:i}}", "Sequence", "id", "B", "type_id", 1));
    return json_pack("{s:s, s:o, s:o, s:{s:{s:s, s:[i], s:[s]}}}", "type", "TemplateProcessing",
                     "single", first, "pair", both, "special_tokens", "<s>", "id", "<s>", "ids",
                     bos, "tokens", "<s>");
}

static sc_parts parts(const sc_tokenizer_options *o, json_t *model) {
    return (sc_parts){json_null(), sc__train_spaces(), post_processor(o), decoder(), model};
}

static sc_status add_bytes(sc_vocab *v) {
    for (int b = 0; b < 256; b++) {
        char text[8];
        const int n = snprintf(text, sizeof text, "<0x%02X>", (unsigned)b);
        SC_TRY(sc__vocab_add(v, text, (size_t)n, v->n, "special_tokens"));
    }
    return SC_OK;
}

sc_status sc__learn_spm_bpe(sc_learned *l, const sc_words *words, const sc_tokenizer_options *o) {
    sc_alphabet letters = {0};
    sc_status s = sc__train_specials(&l->vocab, o);
    if (s >= 0) s = add_bytes(&l->vocab);
    if (s >= 0) s = sc__alphabet_init(&letters, &l->vocab, words, "", o->character_coverage);
    if (s >= 0) s = sc__train_room(o, l->vocab.n, "special tokens, bytes and characters");
    if (s >= 0) s = sc__learn_merges(l, words, &letters.symbols, o);
    sc__alphabet_deinit(&letters);
    return s;
}

sc_status sc__train_spm_bpe(json_t **out, const sc_tokenizer_options *o, sc_text_source *source,
                            void *user) {
    sc_words words;
    sc_learned l = {0};
    sc_status s = sc__train_words(&words, o, parts(o, NULL), source, user);
    if (s >= 0) s = sc__learn_spm_bpe(&l, &words, o);
    if (s >= 0) s = sc__train_document(out, o, parts(o, sc__train_bpe_model(&l, "<unk>", true)));
    sc__words_deinit(&words);
    sc__learned_deinit(&l);
    return s;
}
