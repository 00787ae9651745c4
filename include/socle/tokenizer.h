/* tokenizer.h - text to ids and back, in the ecosystem's tokenizer.json.
 *
 *     sc_tokenizer *t;
 *     sc_encoder *e;
 *     sc_ids ids = SC_IDS_INIT;
 *     if (sc_tokenizer_load(&t, "runs/demo") < 0 || sc_encoder_open(&e, t) < 0 ||
 *         sc_encoder_run(e, &ids, "Hello", 5, 0) < 0)
 *         fprintf(stderr, "%s\n", sc_error_text());
 *
 * Threads: an sc_tokenizer never changes after it was made and may be used by any number of
 * threads; an sc_encoder or sc_decoder belongs to one thread at a time and borrows its tokenizer.
 *
 * Text is UTF-8. Each invalid sequence is read as one U+FFFD, as Python's errors="replace" does,
 * unless SC_ENCODE_STRICT asks for an error. */
#ifndef SOCLE_TOKENIZER_H
#define SOCLE_TOKENIZER_H

#include "socle/status.h"
#include "socle/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sc_tokenizer sc_tokenizer;
typedef struct sc_encoder sc_encoder;
typedef struct sc_decoder sc_decoder;

/* Ids that grow; the caller's. Zero-initialise, append with the calls below, deinit. */
typedef struct {
    int32_t *ids;
    int64_t n, capacity;
} sc_ids;
#define SC_IDS_INIT                                                                                \
    { 0 }
SC_API void sc_ids_deinit(sc_ids *ids);

/* A range of bytes of the source text; 0, 0: stands for none of it. */
typedef struct {
    uint32_t from, to;
} sc_span;

/* -- load, save ------------------------------------------------------------------------------ */

/* Reads a tokenizer.json (format: Hugging Face tokenizers), given as that file or as the model
 * directory that holds it; tokenizer_config.json, special_tokens_map.json and chat_template.jinja
 * beside it are read when there. The file's own fields decide what is done, never its name or
 * hash. A directory may hold one of the following instead, which may also be given by itself, and
 * which becomes a tokenizer.json: a sentencepiece model (*.model), BERT's vocab.txt, vocab.json
 * with merges.txt, tiktoken's ranks (*.tiktoken), a GGUF file (*.gguf). SC_FORMAT names the field
 * that is malformed or not supported. Free with close. */
SC_API SC_MUST_USE sc_status sc_tokenizer_load(sc_tokenizer **out, const char *path);
/* The same for a file that does not say how text is split before merges: `pattern` is "gpt2",
 * "llama3", "cl100k", "o200k", "qwen2", "tekken", "bloom" or a regular expression; NULL: as above.
 * SC_USAGE: tiktoken's ranks that are no known vocabulary, and no pattern. */
SC_API SC_MUST_USE sc_status sc_tokenizer_load_with(sc_tokenizer **out, const char *path,
                                                    const char *pattern);
/* The same from memory: `name` is for error texts. No configuration beside it. */
SC_API SC_MUST_USE sc_status sc_tokenizer_parse(sc_tokenizer **out, const char *json, size_t n,
                                                const char *name);
SC_API void sc_tokenizer_close(sc_tokenizer *t); /* NULL is fine */

/* Writes tokenizer.json (byte for byte what was loaded), tokenizer_config.json and, where there
 * was one, chat_template.jinja into `dir`, which is made. A configuration that was loaded is
 * written back as it was; otherwise one is made, with model_max_length as given (0: unlimited).
 * transformers' AutoTokenizer opens the result. SC_IO. */
SC_API SC_MUST_USE sc_status sc_tokenizer_save(const sc_tokenizer *t, const char *dir,
                                               int64_t model_max_length);

/* -- what it is ------------------------------------------------------------------------------ */

/* "bpe", "wordpiece", "unigram", "wordlevel"; of BPE without merges "bytes" or "chars". */
SC_API const char *sc_tokenizer_kind(const sc_tokenizer *t);
SC_API int64_t sc_tokenizer_vocab_size(const sc_tokenizer *t); /* largest id + 1 */
/* SHA-256 (64 hexadecimal digits) of its tokenizer.json, as sc_tokenizer_save writes it. */
SC_API const char *sc_tokenizer_digest(const sc_tokenizer *t);
/* The token as the file spells it; NULL when no token has this id. */
SC_API const char *sc_tokenizer_token(const sc_tokenizer *t, int32_t id);
/* The bytes it stands for and how many; NULL when no token has this id. */
SC_API const char *sc_tokenizer_bytes(const sc_tokenizer *t, int32_t id, size_t *n);
/* The id of a token as the file spells it, -1 when there is none. */
SC_API int32_t sc_tokenizer_find(const sc_tokenizer *t, const char *token);
SC_API bool sc_tokenizer_is_special(const sc_tokenizer *t, int32_t id);
/* From the configuration; -1 where it names none. */
SC_API int32_t sc_tokenizer_bos(const sc_tokenizer *t);
SC_API int32_t sc_tokenizer_eos(const sc_tokenizer *t);
SC_API int32_t sc_tokenizer_pad(const sc_tokenizer *t);
/* The Jinja source of the chat template; NULL when there is none. */
SC_API const char *sc_tokenizer_chat_template(const sc_tokenizer *t);

/* -- encode ---------------------------------------------------------------------------------- */

enum {
    SC_ENCODE_NO_SPECIAL = 1, /* do not add what the post-processor adds (bos, eos) */
    SC_ENCODE_PLAIN = 2,      /* special tokens spelled in the text are ordinary text */
    SC_ENCODE_STRICT = 4      /* invalid UTF-8 is SC_FORMAT and names the byte */
};

SC_API SC_MUST_USE sc_status sc_encoder_open(sc_encoder **out, const sc_tokenizer *t);
SC_API void sc_encoder_close(sc_encoder *e); /* NULL is fine */
/* Appends the ids of one whole text of n bytes to `ids`. On failure `ids` is as before. */
SC_API SC_MUST_USE sc_status sc_encoder_run(sc_encoder *e, sc_ids *ids, const char *text, size_t n,
                                            unsigned flags);
/* The same ids for a text that comes in pieces, larger than memory if need be: push every piece,
 * then finish once. Pieces may be cut anywhere. Where the tokenizer's pattern is not known to
 * allow a cut, pieces are kept until finish. The flags must be the same in every call. After a
 * failure the text is given up: the next push starts a new one. */
SC_API SC_MUST_USE sc_status sc_encoder_push(sc_encoder *e, sc_ids *ids, const char *text, size_t n,
                                             unsigned flags);
SC_API SC_MUST_USE sc_status sc_encoder_finish(sc_encoder *e, sc_ids *ids, unsigned flags);
/* Invalid sequences replaced by U+FFFD since open. */
SC_API int64_t sc_encoder_replaced(const sc_encoder *e);

/* -- other segmentations than the best (Unigram only, Kudo 2018) ------------------------------- */

/* From now on the segmentation of each piece is drawn, in proportion to its probability to the
 * power of alpha: 0 makes all equally likely, a large one chooses the best. The same seed and the
 * same calls since give the same ids. SC_USAGE: another model, a negative alpha. */
SC_API SC_MUST_USE sc_status sc_encoder_sample(sc_encoder *e, double alpha, uint64_t seed);

typedef struct {
    sc_ids ids;
    double score; /* log-probability: the sum of the scores of its tokens */
} sc_segmentation;

/* Segmentations that grow; the caller's. Zero-initialise, append with the call below, deinit. */
typedef struct {
    sc_segmentation *items;
    int64_t n, capacity;
} sc_segmentations;
#define SC_SEGMENTATIONS_INIT                                                                      \
    { 0 }
SC_API void sc_segmentations_deinit(sc_segmentations *list);

/* Appends the `most` (1 to 1024) most probable segmentations of one whole text, best first; fewer
 * where it has not so many. On failure the list is as before. SC_USAGE: another model. */
SC_API SC_MUST_USE sc_status sc_encoder_nbest(sc_encoder *e, sc_segmentations *list, int64_t most,
                                              const char *text, size_t n, unsigned flags);

/* -- encode for models that want more than ids ------------------------------------------------- */

typedef enum {
    SC_TRUNCATE_LONGEST_FIRST, /* of a pair the longer text, then both by turns */
    SC_TRUNCATE_ONLY_FIRST,
    SC_TRUNCATE_ONLY_SECOND
} sc_truncation_strategy;

typedef struct {
    int64_t max_length; /* with the tokens that the post-processor adds */
    int64_t stride;     /* tokens that a window shares with the one before it */
    sc_truncation_strategy strategy;
    bool left; /* cut off at the beginning */
} sc_truncation;

typedef struct {
    int64_t length;   /* 0: as long as the longest */
    int64_t multiple; /* rounded up to a multiple of it; 0: not */
    int32_t id;
    uint8_t type;
    bool left;
} sc_padding;

/* What tokenizer.json says in its sections "truncation" and "padding"; false: nothing. */
SC_API bool sc_tokenizer_truncation(const sc_tokenizer *t, sc_truncation *out);
SC_API bool sc_tokenizer_padding(const sc_tokenizer *t, sc_padding *out);

enum { SC_TOKEN_SPECIAL = 1, SC_TOKEN_PAD = 2 }; /* added by the post-processor, by padding */

typedef struct {
    int32_t id;
    sc_span span;    /* where in its text it stands */
    int32_t word;    /* number of the piece that the pre-tokenizer cut; -1: none */
    int8_t sequence; /* 0, 1: of the first, the second text; -1: of none */
    uint8_t type;    /* token_type_ids */
    uint8_t marks;   /* SC_TOKEN_... */
} sc_token_info;

/* One input of a model. */
typedef struct {
    sc_token_info *tokens;
    int64_t n, capacity;
} sc_encoding;

/* Inputs that grow; the caller's. Zero-initialise, append with the calls below, deinit. */
typedef struct {
    sc_encoding *items;
    int64_t n, capacity;
} sc_encodings;
#define SC_ENCODINGS_INIT                                                                          \
    { 0 }
SC_API void sc_encodings_deinit(sc_encodings *list);

typedef struct {
    const char *text, *pair; /* pair: a second text, NULL for none */
    size_t n, n_pair;
    const sc_truncation *truncation; /* NULL: none */
    unsigned flags;                  /* SC_ENCODE_... */
} sc_encode_input;

/* Appends what the reference library calls an Encoding to `list`, and behind it what truncation cut
 * off, in windows. Spans are bytes of the text as it was given, invalid sequences included. On
 * failure the list is as before. SC_USAGE: a max_length that leaves no room; SC_FORMAT: a text of 4
 * GiB or more, invalid UTF-8 with SC_ENCODE_STRICT, two texts for a template of one. */
SC_API SC_MUST_USE sc_status sc_encoder_encode(sc_encoder *e, sc_encodings *list,
                                               const sc_encode_input *in);
/* Makes all of them equally long. */
SC_API SC_MUST_USE sc_status sc_encodings_pad(sc_encodings *list, const sc_padding *p);

/* -- decode ---------------------------------------------------------------------------------- */

enum { SC_DECODE_SKIP_SPECIAL = 1 }; /* special tokens give no text */

SC_API SC_MUST_USE sc_status sc_decoder_open(sc_decoder **out, const sc_tokenizer *t,
                                             unsigned flags);
SC_API void sc_decoder_close(sc_decoder *d); /* NULL is fine */
/* The text that is certain after these further ids: valid UTF-8, *n bytes, zero-terminated, the
 * decoder's until the next call. A character whose bytes are not all there yet is held back.
 * SC_FORMAT: an id that is not in the vocabulary. */
SC_API SC_MUST_USE sc_status sc_decoder_push(sc_decoder *d, const char **text, size_t *n,
                                             const int32_t *ids, int64_t n_ids);
/* What was held back, as U+FFFD; the decoder then begins a new text. */
SC_API SC_MUST_USE sc_status sc_decoder_finish(sc_decoder *d, const char **text, size_t *n);

/* -- inspect --------------------------------------------------------------------------------- */

/* What a tokenizer is, in a text to be freed with sc_text_free: its kind, its special, its longest
 * and its unreachable tokens (that no text gives: no merges make them, or the normalizer never
 * leaves their characters). With paths (text files, JSONL, folders, globs; none: NULL, 0) also how
 * many bytes its tokens stand for, how many a word takes and how many are unknown, for each
 * language: that of a record's metadata, else the one that CLD2 finds in the document. SC_IO,
 * SC_FORMAT: the files. */
SC_API SC_MUST_USE sc_status sc_tokenizer_report(char **out, const sc_tokenizer *t,
                                                 const char *const *paths, int n_paths,
                                                 sc_text_form form);

/* -- train ----------------------------------------------------------------------------------- */

typedef struct {
    const char *type;      /* "bpe", "wordpiece", "unigram", "spm-bpe", "bytes", "chars" */
    int64_t vocab_size;    /* at most, with special tokens; 0: no limit for chars, else 32000 */
    int64_t min_frequency; /* of a pair (bpe, wordpiece, spm-bpe) or character (chars) */
    /* Take the first ids. Of bpe, bytes and chars the first one is bos and eos; the other kinds
     * have their own, which come before these: [PAD] [UNK] [CLS] [SEP] [MASK], or <unk> <s> </s>.
     */
    const char *const *special_tokens;
    int n_special;
    const char *pattern; /* bpe: "gpt2", "llama3", or a regular expression; NULL: gpt2 */
    size_t max_memory;   /* bytes for counting and learning, about; 0: 2 GiB. Beyond it the rarest
                            words are dropped, with a warning that counts them */
    const volatile int *stop; /* becomes non-zero: SC_INTERRUPTED; may be NULL */
    int threads;              /* 0: SOCLE_THREADS, else all; they change no bit of the result */
    /* wordpiece, unigram, spm-bpe: the share of the text's characters that get a token of their
     * own, the most frequent first (0: all); the others are unknown, or bytes in spm-bpe. */
    double character_coverage;
    bool lowercase; /* wordpiece: lower case, without accents */
} sc_tokenizer_options;
#define SC_TOKENIZER_OPTIONS_INIT                                                                  \
    { "bpe", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/* Hands over the next document: *text and *n, the source's until the next call. SC_DONE: no more.
 */
typedef sc_status sc_text_source(void *user, const char **text, size_t *n);

/* Learns a tokenizer from documents. BPE (Sennrich et al. 2016; Radford et al. 2019) and WordPiece
 * take the most frequent pair each time, of equal ones that of the smaller ids, and so learn what
 * Hugging Face's BpeTrainer and WordPieceTrainer learn from the same documents. Unigram: Kudo 2018.
 * SC_USAGE: options that contradict each other or the kind; otherwise the source's failure. */
SC_API SC_MUST_USE sc_status sc_tokenizer_train(sc_tokenizer **out, const sc_tokenizer_options *o,
                                                sc_text_source *source, void *user);
/* The same from files, folders and globs: plain text is one document a file, JSONL one a line (its
 * `text`), each also .gz or .zst. SC_IO, SC_FORMAT. */
SC_API SC_MUST_USE sc_status sc_tokenizer_train_files(sc_tokenizer **out,
                                                      const sc_tokenizer_options *o,
                                                      const char *const *paths, int n_paths);
/* The same, saved into `dir` with the account of it, lineage.json. On failure *out is NULL. */
SC_API SC_MUST_USE sc_status sc_tokenizer_make(sc_tokenizer **out, const sc_tokenizer_options *o,
                                               const char *const *paths, int n_paths,
                                               const char *dir);
/* The kinds that train knows, NULL past the last. */
SC_API const char *sc_tokenizer_kind_name(int i);
/* Whether it has special tokens of its own that begin and end a text. */
SC_API bool sc_tokenizer_kind_is_framed(const char *type);

#ifdef __cplusplus
}
#endif
#endif
