/* fertility.h - how a tokenizer treats texts, language by language: bytes a token, tokens a word
 * ("fertility", Rust et al. 2021, "How Good is Your Tokenizer?"), the share of unknown tokens.
 *
 * A word is what stands between white space and is not punctuation alone; where a script sets none,
 * each character of it is one: Han, Hiragana, Katakana, Thai, Lao, Khmer, Myanmar, Tibetan. */
#ifndef SC_TOKENIZER_FERTILITY_H
#define SC_TOKENIZER_FERTILITY_H

#include "base/json.h"
#include "socle/tokenizer.h"

typedef struct {
    char language[20]; /* "en", "zh-Hant"; "und": none was found (BCP 47) */
    int64_t documents, bytes, words, tokens, unknown;
} sc_fertility_row;

enum { SC_FERTILITY_ROWS = 256 };
typedef struct {
    sc_fertility_row rows[SC_FERTILITY_ROWS]; /* those of most bytes first */
    int n;
    sc_fertility_row all;
} sc_fertility;

/* Documents of text files, JSONL and corpora. The language is that of the record's metadata, else
 * the one that most of the text is in. */
SC_MUST_USE sc_status sc__fertility_measure(sc_fertility *out, const sc_tokenizer *t,
                                            const char *const *paths, int n_paths);
/* Members "text" and "languages" of `o`; a table. */
SC_MUST_USE sc_status sc__fertility_put(json_t *o, const sc_fertility *f);
void sc__fertility_print(sc_buffer *out, const sc_fertility *f);

#endif
