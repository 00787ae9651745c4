/* train_wordpiece.c - WordPiece as Hugging Face's trainer learns it: merges of pairs, most frequent
 * first, over characters of which those within a word are spelled with ## in front. The merges are
 * then forgotten; the vocabulary is what encoding looks up, longest token first (Devlin et al.
 * 2018, Wu et al. 2016 for the models).
 *
 * The reference gives ids to the ## characters in the order in which a hash table of random seed
 * shows its words: they differ from run to run, and with them which of two equally frequent pairs
 * comes first. Here they stand in the order of their code points. With that order given to the
 * reference (as special tokens), its vocabulary is this one. */
#include "tokenizer/alphabet.h"
#include "tokenizer/train.h"

#include <string.h>

#define PREFIX "##"

static json_t *special_id(const char *token) {
    return json_pack("{s:{s:s, s:i}}", "SpecialToken", "id", token, "type_id", 0);
}

static json_t *sequence(const char *which, int type) {
    return json_pack("{s:{s:s, s:i}}", "Sequence", "id", which, "type_id", type);
}

static json_t *template_token(const sc_tokenizer_options *o, const char *token) {
    int id = 0;
    while (strcmp(o->special_tokens[id], token)) id++;
    return json_pack("{s:s, s:[i], s:[s]}", "id", token, "ids", id, "tokens", token);
}

/* [CLS] A [SEP], and of two texts [CLS] A [SEP] B [SEP]. */
static json_t *post_processor(const sc_tokenizer_options *o) {
    json_t *second = special_id("[SEP]");
    json_object_set_new(json_object_get(second, "SpecialToken"), "type_id", json_integer(1));
    return json_pack("{s:s, s:[o,o,o], s:[o,o,o,o,o], s:{s:o, s:o}}", "type", "TemplateProcessing",
                     "single", special_id("[CLS]"), sequence("A", 0), special_id("[SEP]"), "pair",
                     special_id("[CLS]"), sequence("A", 0), special_id("[SEP]"), sequence("B", 1),
                     second, "special_tokens", "[CLS]", template_token(o, "[CLS]"), "[SEP]",
                     template_token(o, "[SEP]"));
}

static sc_parts parts(const sc_tokenizer_options *o, json_t *model) {
    return (sc_parts){
        .normalizer =
            json_pack("{s:s, s:b, s:b, s:n, s:b}", "type", "BertNormalizer", "clean_text", 1,
                      "handle_chinese_chars", 1, "strip_accents", "lowercase", o->lowercase),
        .pre_tokenizer = json_pack("{s:s}", "type", "BertPreTokenizer"),
        .post_processor = post_processor(o),
        .decoder =
            json_pack("{s:s, s:s, s:b}", "type", "WordPiece", "prefix", PREFIX, "cleanup", 1),
        .model = model,
    };
}

static json_t *model_of(const sc_learned *l) {
    return json_pack("{s:s, s:s, s:s, s:i, s:o}", "type", "WordPiece", "unk_token", "[UNK]",
                     "continuing_subword_prefix", PREFIX, "max_input_chars_per_word", 100, "vocab",
                     sc__train_vocab(&l->vocab));
}

sc_status sc__learn_wordpiece(sc_learned *l, const sc_words *words, const sc_tokenizer_options *o) {
    sc_alphabet letters = {0};
    sc_status s = sc__train_specials(&l->vocab, o);
    if (s >= 0) s = sc__alphabet_init(&letters, &l->vocab, words, PREFIX, o->character_coverage);
    if (s >= 0) s = sc__train_room(o, l->vocab.n, "special tokens and characters");
    if (s >= 0) s = sc__learn_merges(l, words, &letters.symbols, o);
    sc__alphabet_deinit(&letters);
    return s;
}

sc_status sc__train_wordpiece(json_t **out, const sc_tokenizer_options *o, sc_text_source *source,
                              void *user) {
    sc_words words;
    sc_learned l = {0};
    sc_status s = sc__train_words(&words, o, parts(o, NULL), source, user);
    if (s >= 0) s = sc__learn_wordpiece(&l, &words, o);
    if (s >= 0) s = sc__train_document(out, o, parts(o, model_of(&l)));
    sc__words_deinit(&words);
    sc__learned_deinit(&l);
    return s;
}
