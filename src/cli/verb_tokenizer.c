/* verb_tokenizer.c - socle tokenizer train|encode|decode|convert|inspect. */
#include "cli.h"

#include "socle/tokenizer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 1 << 18, MAX_FILES = 4096, MAX_SPECIAL = 256 };
static char piece[PIECE]; /* one verb runs in a process */

/* A file in pieces; "-" is standard input. */
static sc_status open_input(FILE **out, const char *path) {
    *out = strcmp(path, "-") ? fopen(path, "rb") : stdin;
    return *out ? SC_OK : cli_fail(SC_IO, "%s: cannot open: %s", path, strerror(errno));
}

static void close_input(FILE *in) {
    if (in && in != stdin) fclose(in);
}

static sc_status input_end(FILE *in, const char *path) {
    if (ferror(in)) return cli_fail(SC_IO, "%s: cannot read: %s", path, strerror(errno));
    return cli_interrupted ? cli_fail(SC_INTERRUPTED, "interrupted") : SC_OK;
}

static const char *input_path(const cli_args *a, int i) {
    return cli_arg(a, i) ? cli_arg(a, i) : "-";
}

/* -- train ----------------------------------------------------------------------------------- */

static const cli_option train_options[] = {
    {"type", CLI_TEXT, "KIND", "bpe", "bpe, wordpiece, unigram, spm-bpe, bytes or chars"},
    {"vocab-size", CLI_INT, "N", "0", "tokens at most; 0: all for chars, else 32000"},
    {"min-frequency", CLI_INT, "N", "0", "a pair or character must occur so often; not unigram"},
    {"special", CLI_LIST, "TOKEN", NULL,
     "special token, behind those of the kind; of bpe, bytes, chars the first begins and ends a "
     "text (<|endoftext|>)"},
    {"pattern", CLI_TEXT, "P", NULL, "bpe: gpt2 (if not given), llama3 or a regular expression"},
    {"coverage", CLI_REAL, "C", "0",
     "wordpiece, unigram, spm-bpe: share of the text whose characters get a token; 0: all"},
    {"lowercase", CLI_FLAG, NULL, NULL, "wordpiece: lower case, without accents"},
    {"max-memory", CLI_SIZE, "BYTES", "2G",
     "about this much, with K, M or G; beyond it the rarest words are dropped"},
    {"out", CLI_TEXT, "DIR", NULL, "where to write the tokenizer"},
    {0},
};

static void print_trained(const sc_tokenizer *t, const char *dir, bool json) {
    if (json) {
        fputs("{\"output\":", stdout);
        cli_json_string(stdout, dir);
        printf(",\"vocab_size\":%" PRId64 ",\"sha256\":\"%s\"}\n", sc_tokenizer_vocab_size(t),
               sc_tokenizer_digest(t));
    } else {
        printf("%s: %" PRId64 " tokens\n", dir, sc_tokenizer_vocab_size(t));
    }
}

static sc_status run_train(const cli_args *a) {
    const char *special[MAX_SPECIAL] = {"<|endoftext|>"};
    static const char *paths[MAX_FILES];
    const int n_given = cli_list_count(a, "special"), n_paths = cli_count(a);
    sc_tokenizer_options o = SC_TOKENIZER_OPTIONS_INIT;
    if (!cli_text(a, "out")) return cli_usage("--out: missing");
    if (n_paths > MAX_FILES) return cli_usage("more than %d files: name their folder", MAX_FILES);
    if (n_given > MAX_SPECIAL) return cli_usage("--special: more than %d", MAX_SPECIAL);
    for (int i = 0; i < n_given; i++) special[i] = cli_list(a, "special", i);
    o.type = cli_text(a, "type");
    o.vocab_size = cli_int(a, "vocab-size");
    o.min_frequency = cli_int(a, "min-frequency");
    o.special_tokens = special;
    o.n_special = n_given ? n_given : !sc_tokenizer_kind_is_framed(o.type);
    o.pattern = cli_text(a, "pattern");
    o.character_coverage = cli_real(a, "coverage");
    o.lowercase = cli_flag(a, "lowercase");
    o.threads = cli_threads(a);
    o.max_memory = (size_t)cli_size(a, "max-memory");
    o.stop = &cli_interrupted;
    for (int i = 0; i < n_paths; i++) paths[i] = cli_arg(a, i);
    sc_tokenizer *t;
    const sc_status s = sc_tokenizer_make(&t, &o, paths, n_paths, cli_text(a, "out"));
    if (s >= 0) print_trained(t, cli_text(a, "out"), cli_json(a));
    sc_tokenizer_close(t);
    return s;
}

static const cli_verb train = {
    "train",
    "FILE...",
    "learn a tokenizer from text",
    "Reads files, folders and globs: plain text is one document a file, JSONL (the field \"text\") "
    "one a line, each also .gz or .zst. Writes tokenizer.json and tokenizer_config.json, which "
    "transformers' AutoTokenizer opens.\n\n"
    "bpe is byte-level byte-pair encoding with the merges that Hugging Face's trainer learns from "
    "the same documents; wordpiece is BERT's; unigram and spm-bpe are those of sentencepiece, with "
    "U+2581 for spaces. bytes has one token a byte, chars one a character of the text.\n\n"
    "wordpiece has the special tokens [PAD] [UNK] [CLS] [SEP] [MASK], unigram and spm-bpe have "
    "<unk> <s> </s>. The number of threads changes no bit of the result.",
    "  socle tokenizer train book.txt --vocab-size 8000 --out tok\n"
    "      a byte-level BPE of 8000 tokens\n"
    "  socle tokenizer train data/ --type unigram --vocab-size 16000 --coverage 0.9995 --out "
    "tok\n"
    "      a unigram model; characters that make up the last 0.05 % are unknown to it\n"
    "  socle tokenizer train data/ --type chars --out tok\n"
    "      a token a character\n",
    train_options,
    1,
    -1,
    NULL,
    run_train,
};

/* -- encode ---------------------------------------------------------------------------------- */

static const cli_option encode_options[] = {
    {"lines", CLI_FLAG, NULL, NULL, "one line of ids a line of text"},
    {"no-special", CLI_FLAG, NULL, NULL, "without the tokens that begin and end a text"},
    {"plain", CLI_FLAG, NULL, NULL, "special tokens spelled in the text are ordinary text"},
    {"strict", CLI_FLAG, NULL, NULL, "invalid UTF-8 is an error"},
    {"sample", CLI_REAL, "ALPHA", NULL,
     "unigram: draw segmentations, in proportion to probability to the power of ALPHA"},
    {"seed", CLI_INT, "N", "0", "of --sample"},
    {"nbest", CLI_INT, "N", NULL,
     "unigram: the N most probable segmentations of each text, a line each: log-probability, ids"},
    {"spans", CLI_FLAG, NULL, NULL, "a line of JSON a token: its id, text and bytes of the input"},
    {0},
};

typedef struct {
    sc_encoder *encoder;
    unsigned flags;
    sc_ids ids;
    bool begun;    /* something stands in this line already */
    int64_t nbest; /* 0: only one segmentation; otherwise the text is held back: */
    char *text;
    size_t n_text, cap_text;
} printer;

static sc_status print_ids(printer *p) {
    for (int64_t i = 0; i < p->ids.n; i++) {
        char digits[16];
        int at = sizeof digits;
        uint32_t id = (uint32_t)p->ids.ids[i];
        do digits[--at] = (char)('0' + id % 10);
        while (id /= 10);
        if (p->begun) digits[--at] = ' ';
        p->begun = true;
        fwrite(digits + at, 1, sizeof digits - (size_t)at, stdout);
    }
    p->ids.n = 0;
    return ferror(stdout) ? cli_fail(SC_IO, "standard output: cannot write") : SC_OK;
}

static sc_status hold_text(printer *p, const char *text, size_t n) {
    if (p->n_text + n > p->cap_text) {
        p->cap_text = 2 * (p->n_text + n);
        char *grown = realloc(p->text, p->cap_text);
        if (!grown) return cli_fail(SC_NOMEM, "no memory for a text of %zu bytes", p->n_text + n);
        p->text = grown;
    }
    memcpy(p->text + p->n_text, text, n);
    p->n_text += n;
    return SC_OK;
}

static sc_status print_nbest(printer *p) {
    sc_segmentations list = SC_SEGMENTATIONS_INIT;
    sc_status s =
        sc_encoder_nbest(p->encoder, &list, p->nbest, p->text ? p->text : "", p->n_text, p->flags);
    p->n_text = 0;
    for (int64_t i = 0; i < list.n && s >= 0; i++) {
        const sc_ids own = p->ids;
        printf("%.6f", list.items[i].score);
        p->begun = true;
        p->ids = list.items[i].ids;
        s = print_ids(p);
        p->ids = own;
        putchar('\n');
    }
    sc_segmentations_deinit(&list);
    p->begun = false;
    return s;
}

static sc_status end_text(printer *p) {
    if (p->nbest) return print_nbest(p);
    sc_status s = sc_encoder_finish(p->encoder, &p->ids, p->flags);
    if (s >= 0) s = print_ids(p);
    if (s >= 0) putchar('\n');
    p->begun = false;
    return s;
}

static sc_status push_text(printer *p, const char *text, size_t n) {
    if (p->nbest) return hold_text(p, text, n);
    sc_status s = sc_encoder_push(p->encoder, &p->ids, text, n, p->flags);
    return s < 0 ? s : print_ids(p);
}

static sc_status encode_whole(printer *p, FILE *in) {
    sc_status s = SC_OK;
    for (size_t n; s >= 0 && !cli_interrupted && (n = fread(piece, 1, PIECE, in)) > 0;)
        s = push_text(p, piece, n);
    return s < 0 ? s : end_text(p);
}

/* A line's newline ends it and is not part of it. A last line needs none. */
static sc_status encode_lines(printer *p, FILE *in) {
    sc_status s = SC_OK;
    bool open = false;
    for (size_t n; s >= 0 && !cli_interrupted && (n = fread(piece, 1, PIECE, in)) > 0;)
        for (char *at = piece, *end = piece + n; at < end && s >= 0;) {
            char *stop = memchr(at, '\n', (size_t)(end - at));
            s = push_text(p, at, (size_t)((stop ? stop : end) - at));
            if (s >= 0 && stop) s = end_text(p);
            open = !stop;
            at = stop ? stop + 1 : end;
        }
    return s >= 0 && open ? end_text(p) : s;
}

static sc_status encode_file(printer *p, const char *path, bool lines) {
    FILE *in = NULL;
    sc_status s = open_input(&in, path);
    if (s >= 0) s = lines ? encode_lines(p, in) : encode_whole(p, in);
    if (s >= 0) s = input_end(in, path);
    close_input(in);
    return s;
}

static void print_spans(const sc_tokenizer *t, const sc_encoding *e) {
    for (int64_t i = 0; i < e->n; i++) {
        const sc_token_info *k = &e->tokens[i];
        printf("{\"id\":%" PRId32 ",\"token\":", k->id);
        cli_json_string(stdout, sc_tokenizer_token(t, k->id));
        printf(",\"from\":%" PRIu32 ",\"to\":%" PRIu32 ",\"word\":%" PRId32 ",\"special\":%s}\n",
               k->span.from, k->span.to, k->word, k->marks & SC_TOKEN_SPECIAL ? "true" : "false");
    }
}

/* A text whose tokens are asked for by their places is read whole. */
static sc_status encode_spans(const sc_tokenizer *t, sc_encoder *e, unsigned flags,
                              const char *path) {
    sc_encodings list = SC_ENCODINGS_INIT;
    FILE *in = NULL;
    char *text = NULL;
    size_t n = 0;
    sc_status s = open_input(&in, path);
    for (size_t got; s >= 0 && (got = fread(piece, 1, PIECE, in)) > 0; n += got) {
        char *grown = realloc(text, n + got);
        if (!grown) {
            s = cli_fail(SC_NOMEM, "%s: no memory for %zu bytes", path, n + got);
            break;
        }
        text = grown;
        memcpy(text + n, piece, got);
    }
    if (s >= 0) s = input_end(in, path);
    const sc_encode_input input = {.text = text ? text : "", .n = n, .flags = flags};
    if (s >= 0) s = sc_encoder_encode(e, &list, &input);
    if (s >= 0) print_spans(t, &list.items[0]);
    sc_encodings_deinit(&list);
    free(text);
    close_input(in);
    return s;
}

static sc_status run_encode(const cli_args *a) {
    sc_tokenizer *t = NULL;
    printer p = {.ids = SC_IDS_INIT};
    const char *path = input_path(a, 1);
    if (cli_flag(a, "no-special")) p.flags |= SC_ENCODE_NO_SPECIAL;
    if (cli_flag(a, "plain")) p.flags |= SC_ENCODE_PLAIN;
    if (cli_flag(a, "strict")) p.flags |= SC_ENCODE_STRICT;
    if (cli_given(a, "sample") && cli_given(a, "nbest"))
        return cli_usage("--sample and --nbest: only one of them");
    if (cli_flag(a, "spans") && (cli_given(a, "sample") || cli_given(a, "nbest")))
        return cli_usage("--spans: not with --sample or --nbest");
    if (cli_given(a, "seed") && !cli_given(a, "sample"))
        return cli_usage("--seed: is of --sample, which is not given");
    if (cli_given(a, "nbest") && (cli_int(a, "nbest") < 1 || cli_int(a, "nbest") > 1024))
        return cli_usage("--nbest: must be 1 to 1024");
    if (cli_given(a, "nbest")) p.nbest = cli_int(a, "nbest");
    sc_status s = sc_tokenizer_load(&t, cli_arg(a, 0));
    if (s >= 0) s = sc_encoder_open(&p.encoder, t);
    if (s >= 0 && cli_given(a, "sample"))
        s = sc_encoder_sample(p.encoder, cli_real(a, "sample"), (uint64_t)cli_int(a, "seed"));
    if (s >= 0)
        s = cli_flag(a, "spans") ? encode_spans(t, p.encoder, p.flags, path)
                                 : encode_file(&p, path, cli_flag(a, "lines"));
    const int64_t n = p.encoder ? sc_encoder_replaced(p.encoder) : 0;
    if (s >= 0 && n && !cli_quiet(a))
        fprintf(stderr, "%s: %" PRId64 " invalid UTF-8 sequences were read as U+FFFD\n", path, n);
    sc_encoder_close(p.encoder);
    sc_ids_deinit(&p.ids);
    free(p.text);
    sc_tokenizer_close(t);
    return s;
}

static const cli_verb encode = {
    "encode",
    "TOKENIZER [FILE]",
    "print the ids of a text",
    "TOKENIZER is a model directory, tokenizer.json, .model, vocab.txt, .tiktoken or .gguf; FILE, "
    "or "
    "standard input, is read as one text of any size. The ids stand in one line with spaces "
    "between them; with --json they are "
    "the same.",
    "  socle tokenizer encode runs/demo story.txt\n"
    "      the ids of the whole file in one line\n"
    "  socle tokenizer encode runs/demo story.txt --lines --no-special\n"
    "      a line of ids for each line\n"
    "  socle tokenizer encode runs/t5 story.txt --lines --nbest 3\n"
    "      the three most probable segmentations of each line\n",
    encode_options,
    1,
    2,
    NULL,
    run_encode,
};

/* -- decode ---------------------------------------------------------------------------------- */

static const cli_option decode_options[] = {
    {"skip-special", CLI_FLAG, NULL, NULL, "special tokens give no text"},
    {0},
};

/* The next id; *end at the end of the input. */
static sc_status read_id(int32_t *id, bool *end, FILE *in, const char *path) {
    int64_t value = 0;
    const int got = fscanf(in, "%9" SCNd64, &value);
    *end = got == EOF;
    *id = (int32_t)value;
    if (got == EOF) return SC_OK;
    const int next = got == 1 ? getc(in) : 'x';
    if (next != EOF) ungetc(next, in);
    if (got != 1 || value < 0 || (next != EOF && !strchr(" \t\r\n,", next)))
        return cli_fail(SC_FORMAT, "%s: must hold ids, numbers with spaces between them",
                        strcmp(path, "-") ? path : "standard input");
    if (next == ',') (void)getc(in);
    return SC_OK;
}

static sc_status decode_file(sc_decoder *d, const char *path) {
    FILE *in = NULL;
    const char *text;
    size_t n;
    bool end = false;
    int32_t id;
    sc_status s = open_input(&in, path);
    while (s >= 0 && !cli_interrupted) {
        s = read_id(&id, &end, in, path);
        if (s < 0 || end) break;
        s = sc_decoder_push(d, &text, &n, &id, 1);
        if (s >= 0) fwrite(text, 1, n, stdout);
    }
    if (s >= 0) s = input_end(in, path);
    if (s >= 0) s = sc_decoder_finish(d, &text, &n);
    if (s >= 0) fwrite(text, 1, n, stdout);
    close_input(in);
    return s;
}

static sc_status run_decode(const cli_args *a) {
    sc_tokenizer *t = NULL;
    sc_decoder *d = NULL;
    sc_status s = sc_tokenizer_load(&t, cli_arg(a, 0));
    if (s >= 0)
        s = sc_decoder_open(&d, t, cli_flag(a, "skip-special") ? SC_DECODE_SKIP_SPECIAL : 0);
    if (s >= 0) s = decode_file(d, input_path(a, 1));
    sc_decoder_close(d);
    sc_tokenizer_close(t);
    return s;
}

static const cli_verb decode = {
    "decode",
    "TOKENIZER [FILE]",
    "print the text of ids",
    "FILE, or standard input, holds ids with spaces, newlines or commas between them. The text is "
    "written as it becomes certain, without a newline of its own.",
    "  echo 15496 995 | socle tokenizer decode gpt2/\n"
    "      Hello world\n",
    decode_options,
    1,
    2,
    NULL,
    run_decode,
};

/* -- convert --------------------------------------------------------------------------------- */

static const cli_option convert_options[] = {
    {"out", CLI_TEXT, "DIR", NULL, "where to write tokenizer.json"},
    {"pattern", CLI_TEXT, "P", NULL, "how text is split, where the file does not say"},
    {0},
};

static sc_status run_convert(const cli_args *a) {
    sc_tokenizer *t;
    const char *dir = cli_text(a, "out");
    if (!dir) return cli_usage("--out: missing");
    sc_status s = sc_tokenizer_load_with(&t, cli_arg(a, 0), cli_text(a, "pattern"));
    if (s >= 0) s = sc_tokenizer_save(t, dir, 0);
    if (s >= 0) print_trained(t, dir, cli_json(a));
    sc_tokenizer_close(t);
    return s;
}

static const cli_verb convert = {
    "convert",
    "TOKENIZER",
    "write any tokenizer as tokenizer.json",
    "TOKENIZER is a model directory, a tokenizer.json, a sentencepiece .model, BERT's vocab.txt, "
    "vocab.json with merges.txt beside it, a .tiktoken or a .gguf. The text of a .tiktoken is "
    "split "
    "by the pattern of the vocabulary with as many ranks; of another, --pattern says how: gpt2, "
    "llama3, cl100k, o200k, qwen2, tekken, bloom or a regular expression.",
    "  socle tokenizer convert llama/tokenizer.model --out llama\n"
    "      llama/tokenizer.json, which transformers opens\n",
    convert_options,
    1,
    1,
    NULL,
    run_convert,
};

/* -- inspect --------------------------------------------------------------------------------- */

static sc_status run_inspect(const cli_args *a) {
    sc_tokenizer *t;
    char *text = NULL;
    sc_status s = sc_tokenizer_load(&t, cli_arg(a, 0));
    if (s >= 0)
        s = sc_tokenizer_report(&text, t, cli_operands(a) + 1, cli_count(a) - 1,
                                cli_json(a) ? SC_FORM_JSON : SC_FORM_TABLE);
    if (s >= 0) fputs(text, stdout);
    sc_text_free(text);
    sc_tokenizer_close(t);
    return s;
}

static const cli_verb inspect = {
    "inspect",
    "TOKENIZER [FILE...]",
    "say what a tokenizer is",
    "Prints the kind, the number of tokens, the special, the longest and the unreachable ones "
    "(that "
    "no text gives). With FILEs (text, JSONL, a corpus) also, for each language, how many bytes a "
    "token stands for, how many tokens a word takes, and the share of unknown ones. The language "
    "is "
    "metadata.language of a record, else the one found in most of the document. A word is what "
    "stands between white space; each Han, kana, Thai, Lao, Khmer, Myanmar and Tibetan character "
    "is "
    "one.",
    "  socle tokenizer inspect runs/demo story.txt\n"
    "  socle tokenizer inspect runs/demo corpus --json\n"
    "      by language, over the documents of a corpus\n",
    NULL,
    1,
    -1,
    NULL,
    run_inspect,
};

/* -------------------------------------------------------------------------------------------- */

static const cli_verb *const actions[] = {&train, &encode, &decode, &convert, &inspect, NULL};

const cli_verb cli_tokenizer = {
    "tokenizer",
    "ACTION",
    "learn and run tokenizers",
    "Tokenizers are read from and written as tokenizer.json, the format of the Hugging Face "
    "tokenizers library.",
    "  socle tokenizer train book.txt --vocab-size 8000 --out tok\n"
    "  socle tokenizer encode tok book.txt\n",
    NULL,
    0,
    0,
    actions,
    NULL,
};
