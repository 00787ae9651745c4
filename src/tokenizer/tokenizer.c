/* tokenizer.c - the handle: reading a tokenizer and what lies beside it, writing it back, answering
 * questions about it. The file's bytes are kept and written back as they were, so that fields which
 * we do not run survive and the digest stays that of the file. */
#include "tokenizer/foreign.h"

#include "base/file.h"
#include "tokenizer/kinds.h"
#include "tokenizer/train.h"

#include <inttypes.h>
#include <string.h>

static const size_t max_file = (size_t)1 << 30;

void sc_tokenizer_close(sc_tokenizer *t) {
    if (!t) return;
    for (int i = 0; i < t->n_normalizers; i++) sc__normalizer_close(&t->normalizers[i]);
    for (int i = 0; i < SC_STAGES_MAX; i++) sc__pattern_close(t->stages[i].pattern);
    sc__decoders_close(t);
    if (t->model) t->ops->close(t->model);
    sc__added_close(t->added);
    sc__added_close(t->added_normal);
    sc__vocab_deinit(&t->vocab);
    sc__char_table_deinit(&t->chars);
    sc__char_table_deinit(&t->classes);
    sc__buffer_deinit(&t->json);
    sc__buffer_deinit(&t->config);
    sc__buffer_deinit(&t->jinja);
    json_decref(t->config_json);
    sc__arena_deinit(&t->arena);
    sc__free(t);
}

/* -- load ------------------------------------------------------------------------------------ */

static sc_status parse(sc_tokenizer *t, const char *name) {
    json_t *root = NULL;
    sc_status s = sc__json_parse(&root, t->json.data ? t->json.data : "", t->json.len, name);
    if (s >= 0) s = sc__tokenizer_parse(t, root, name);
    json_decref(root);
    if (s >= 0) s = sc__hash_bytes(&t->digest, t->json.data, t->json.len);
    return s;
}

static sc_status new_tokenizer(sc_tokenizer **out) {
    *out = sc__calloc(1, sizeof **out);
    if (!*out) return SC_FAIL(SC_NOMEM, "no memory for a tokenizer");
    (*out)->bos = (*out)->eos = (*out)->pad = -1;
    return SC_OK;
}

/* "bos_token": "<s>" or {"content": "<s>", ...}. A name that the vocabulary lacks is refused. */
static sc_status named_token(int32_t *id, const sc_tokenizer *t, const json_t *config,
                             const char *key, const char *name) {
    const json_t *v = json_object_get(config, key);
    if (json_is_object(v)) v = json_object_get(v, "content");
    if (!v || json_is_null(v) || *id >= 0) return SC_OK;
    if (!json_is_string(v)) return SC_FAIL(SC_FORMAT, "%s: %s: must be a string", name, key);
    *id = sc_tokenizer_find(t, json_string_value(v));
    if (*id < 0)
        return SC_FAIL(SC_FORMAT, "%s: %s: \"%s\" is not in the vocabulary", name, key,
                       json_string_value(v));
    return SC_OK;
}

static sc_status named_tokens(sc_tokenizer *t, const json_t *config, const char *name) {
    SC_TRY(named_token(&t->bos, t, config, "bos_token", name));
    SC_TRY(named_token(&t->eos, t, config, "eos_token", name));
    return named_token(&t->pad, t, config, "pad_token", name);
}

/* chat_template is a string, or a list of named ones of which "default" counts. */
static void find_template(sc_tokenizer *t) {
    const json_t *v = json_object_get(t->config_json, "chat_template"), *one;
    size_t i;
    t->chat_template = json_string_value(v);
    json_array_foreach((json_t *)(uintptr_t)v, i, one) {
        const char *which = json_string_value(json_object_get(one, "name"));
        if (which && !strcmp(which, "default"))
            t->chat_template = json_string_value(json_object_get(one, "template"));
    }
    if (t->jinja.len) t->chat_template = t->jinja.data; /* newer files keep it apart */
}

/* What lies beside a tokenizer's file in its directory; NULL: is not there. */
typedef struct {
    const char *dir, *config_path, *map_path;
    json_t *map, *added;
} beside;

static void beside_deinit(beside *b) {
    json_decref(b->map);
    json_decref(b->added);
}

static sc_status load_text(sc_buffer *out, const char *path) {
    return sc__path_exists(path) ? sc__file_read(out, path, max_file) : SC_OK;
}

static sc_status load_json(json_t **out, const char *path) {
    return sc__path_exists(path) ? sc__json_load(out, path) : SC_OK;
}

static sc_status load_beside(sc_tokenizer *t, beside *b) {
    if (!b->dir) return SC_OK;
    b->config_path = sc__path_join(&t->arena, b->dir, "tokenizer_config.json");
    b->map_path = sc__path_join(&t->arena, b->dir, "special_tokens_map.json");
    const char *jinja = sc__path_join(&t->arena, b->dir, "chat_template.jinja");
    const char *added = sc__path_join(&t->arena, b->dir, "added_tokens.json");
    if (!b->config_path || !b->map_path || !jinja || !added)
        return SC_FAIL(SC_NOMEM, "%s: no memory for a path", b->dir);
    SC_TRY(load_text(&t->config, b->config_path));
    if (t->config.data)
        SC_TRY(sc__json_parse(&t->config_json, t->config.data, t->config.len, b->config_path));
    SC_TRY(load_text(&t->jinja, jinja));
    find_template(t);
    SC_TRY(load_json(&b->map, b->map_path));
    return load_json(&b->added, added);
}

static const struct {
    const char *suffix;
    sc_reader *run;
} readers[] = {
#define READER(name, suffix, run, help) {suffix, run},
#include "tokenizer/readers.def"
#undef READER
};

static sc_reader *reader_of(const char *path) {
    const size_t n = strlen(path);
    for (int i = 0; i < SC_LEN(readers); i++) {
        const size_t n_suffix = strlen(readers[i].suffix);
        if (n >= n_suffix && !strcmp(path + n - n_suffix, readers[i].suffix)) return readers[i].run;
    }
    return NULL;
}

/* The file of a model directory that holds its tokenizer; tokenizer.json where there is none. */
static sc_status file_of(const char **out, sc_tokenizer *t, const char *dir) {
    static const char *const names[] = {"tokenizer.json",
                                        "tokenizer.model",
                                        "spiece.model",
                                        "spm.model",
                                        "sentencepiece.bpe.model",
                                        "sentencepiece.model",
                                        "vocab.json",
                                        "vocab.txt",
                                        "qwen.tiktoken"};
    for (int i = 0; i <= SC_LEN(names); i++) {
        *out = sc__path_join(&t->arena, dir, names[i % SC_LEN(names)]);
        if (!*out) return SC_FAIL(SC_NOMEM, "%s: no memory for a path", dir);
        if (sc__path_exists(*out)) break;
    }
    return SC_OK;
}

/* What a foreign file says besides tokenizer.json counts where nothing beside it does. */
static sc_status adopt_rest(sc_tokenizer *t, const sc_foreign *f) {
    if (t->bos < 0) t->bos = f->bos;
    if (t->eos < 0) t->eos = f->eos;
    if (t->pad < 0) t->pad = f->pad;
    if (t->chat_template || !f->chat_template.len) return SC_OK;
    sc__buffer_append(&t->jinja, f->chat_template.data, f->chat_template.len);
    find_template(t);
    return t->jinja.status;
}

static sc_status load_foreign(sc_tokenizer *t, sc_foreign *f, const beside *b, sc_reader *run,
                              const char *file, const char *pattern) {
    *f = (sc_foreign){.bos = -1, .eos = -1, .pad = -1};
    SC_TRY(run(f, file, pattern));
    SC_TRY(sc__foreign_adopt(f, &(sc_beside){t->config_json, b->map, b->added}, file));
    SC_TRY(sc__foreign_print(&t->json, f, file));
    return parse(t, file);
}

static sc_status load_parts(sc_tokenizer *t, const char *file, beside *b, const char *pattern) {
    sc_reader *run = reader_of(file);
    sc_foreign f = {.bos = -1};
    SC_TRY(load_beside(t, b));
    if (!run) SC_TRY(sc__file_read(&t->json, file, max_file));
    sc_status s = run ? load_foreign(t, &f, b, run, file, pattern) : parse(t, file);
    if (s >= 0) s = named_tokens(t, t->config_json, b->config_path);
    if (s >= 0) s = named_tokens(t, b->map, b->map_path);
    if (s >= 0 && run) s = adopt_rest(t, &f);
    sc__foreign_deinit(&f);
    return s;
}

/* dir: NULL for a file that is not looked beside */
static sc_status load_file(sc_tokenizer *t, const char *file, const char *dir,
                           const char *pattern) {
    beside b = {.dir = dir};
    const sc_status s = load_parts(t, file, &b, pattern);
    beside_deinit(&b);
    return s;
}

static sc_status load(sc_tokenizer *t, const char *path, const char *pattern) {
    const char *file = path, *dir = NULL;
    if (sc__path_is_dir(path)) {
        SC_TRY(file_of(&file, t, path));
        return load_file(t, file, path, pattern);
    }
    const char *name = sc__path_name(file);
    const size_t n = strlen(name);
    /* a file by itself is not looked beside, unless it has the name that it has in a directory */
    if (!strcmp(name, "tokenizer.json") || !strcmp(name, "vocab.txt") ||
        !strcmp(name, "vocab.json") || (n > 6 && !strcmp(name + n - 6, ".model"))) {
        dir = name == file ? "." : sc__arena_strndup(&t->arena, file, (size_t)(name - file));
        if (!dir) return SC_FAIL(SC_NOMEM, "%s: no memory for a path", path);
    }
    return load_file(t, file, dir, pattern);
}

static sc_status finish(sc_tokenizer **out, sc_status s) {
    if (s >= 0) return s;
    sc_tokenizer_close(*out);
    *out = NULL;
    return s;
}

sc_status sc_tokenizer_load(sc_tokenizer **out, const char *path) {
    return sc_tokenizer_load_with(out, path, NULL);
}

sc_status sc_tokenizer_load_with(sc_tokenizer **out, const char *path, const char *pattern) {
    SC_TRY(new_tokenizer(out));
    return finish(out, load(*out, path, pattern));
}

sc_status sc_tokenizer_parse(sc_tokenizer **out, const char *json, size_t n, const char *name) {
    SC_TRY(new_tokenizer(out));
    sc__buffer_append(&(*out)->json, json, n);
    return finish(out, (*out)->json.status < 0 ? (*out)->json.status : parse(*out, name));
}

/* -- train ----------------------------------------------------------------------------------- */

typedef struct {
    const char *name, *special; /* special: tokens of its own, with spaces between them */
    sc_kind_train *run;
    unsigned uses;
} kind;

enum {
    NONE = SC_USES_NONE,
    SIZE = SC_USES_SIZE,
    FREQUENCY = SC_USES_FREQUENCY,
    PATTERN = SC_USES_PATTERN,
    COVERAGE = SC_USES_COVERAGE,
    LOWERCASE = SC_USES_LOWERCASE
};
static const kind kinds[] = {
#define TOKENIZER(name, run, special, uses, help) {name, special, run, uses},
#include "tokenizer/tokenizers.def"
#undef TOKENIZER
};

static const kind *find_kind(const char *type) {
    for (int i = 0; i < SC_LEN(kinds); i++)
        if (!strcmp(type, kinds[i].name)) return &kinds[i];
    return NULL;
}

unsigned sc__tokenizer_uses(const char *type) {
    const kind *k = find_kind(type);
    return k ? k->uses : SC_USES_NONE;
}

const char *sc_tokenizer_kind_name(int i) {
    return i >= 0 && i < SC_LEN(kinds) ? kinds[i].name : NULL;
}

bool sc_tokenizer_kind_is_framed(const char *type) {
    const kind *k = find_kind(type);
    return k && *k->special;
}

static sc_status check_options(const sc_tokenizer_options *o) {
    if (o->vocab_size < 0 || o->vocab_size > SC_VOCAB_MAX)
        return SC_FAIL(SC_USAGE, "vocab_size: %" PRId64 " is not in 0 .. %d", o->vocab_size,
                       SC_VOCAB_MAX);
    if (o->min_frequency < 0)
        return SC_FAIL(SC_USAGE, "min_frequency: %" PRId64 " is negative", o->min_frequency);
    for (int i = 0; i < o->n_special; i++) {
        if (!*o->special_tokens[i]) return SC_FAIL(SC_USAGE, "special_tokens: one is empty");
        for (int k = 0; k < i; k++)
            if (!strcmp(o->special_tokens[i], o->special_tokens[k]))
                return SC_FAIL(SC_USAGE, "special_tokens: \"%s\" is there twice",
                               o->special_tokens[i]);
    }
    return SC_OK;
}

/* An option that a kind cannot use is refused. */
static sc_status check_kind(const kind *k, const sc_tokenizer_options *o) {
    const struct {
        const char *name;
        bool given;
        unsigned needs;
    } rows[] = {{"pattern", o->pattern != NULL, PATTERN},
                {"min_frequency", o->min_frequency != 0, FREQUENCY},
                {"character_coverage", o->character_coverage != 0, COVERAGE},
                {"lowercase", o->lowercase, LOWERCASE}};
    for (int i = 0; i < SC_LEN(rows); i++)
        if (rows[i].given && !(k->uses & rows[i].needs))
            return SC_FAIL(SC_USAGE, "%s: is not for tokenizers of type %s", rows[i].name, k->name);
    if (!(o->character_coverage >= 0 && o->character_coverage <= 1))
        return SC_FAIL(SC_USAGE, "character_coverage: %g is not in 0 .. 1", o->character_coverage);
    return SC_OK;
}

/* Puts the kind's own special tokens in front of those that are asked for. */
static sc_status own_specials(sc_arena *a, sc_tokenizer_options *o, const kind *k) {
    const size_t most = strlen(k->special) + (size_t)o->n_special + 1;
    const char **all = sc__arena_array(a, most, sizeof *all);
    if (!all) return SC_FAIL(SC_NOMEM, "no memory for special tokens");
    int n = 0;
    for (const char *p = k->special; *p;) {
        const size_t len = strcspn(p, " ");
        all[n] = sc__arena_strndup(a, p, len);
        if (!all[n++]) return SC_FAIL(SC_NOMEM, "no memory for special tokens");
        p += len + (p[len] == ' ');
    }
    for (int i = 0, n_own = n; i < o->n_special; i++) {
        bool known = false;
        for (int j = 0; j < n_own; j++) known |= !strcmp(all[j], o->special_tokens[i]);
        if (!known) all[n++] = o->special_tokens[i];
    }
    o->special_tokens = all;
    o->n_special = n;
    return SC_OK;
}

static int32_t find_special(const sc_tokenizer *t, const char *name) {
    const int32_t id = sc_tokenizer_find(t, name);
    return sc_tokenizer_is_special(t, id) ? id : -1;
}

static sc_status adopt(sc_tokenizer *t, json_t *root, const sc_tokenizer_options *o,
                       const kind *k) {
    sc__json_print_lines(&t->json, root);
    sc__buffer_putc(&t->json, '\n');
    SC_TRY(t->json.status);
    SC_TRY(parse(t, "the trained tokenizer"));
    if (*k->special) {
        t->bos = SC_MAX(find_special(t, "<s>"), find_special(t, "[CLS]"));
        t->eos = SC_MAX(find_special(t, "</s>"), find_special(t, "[SEP]"));
        t->pad = find_special(t, "[PAD]");
    } else if (o->n_special) {
        t->bos = t->eos = sc_tokenizer_find(t, o->special_tokens[0]);
    }
    return SC_OK;
}

static sc_status train(sc_tokenizer **out, const sc_tokenizer_options *o, const kind *k,
                       sc_text_source *source, void *user) {
    json_t *root = NULL;
    SC_TRY(k->run(&root, o, source, user));
    sc_status s = new_tokenizer(out);
    if (s >= 0) s = finish(out, adopt(*out, root, o, k));
    json_decref(root);
    return s;
}

sc_status sc_tokenizer_train(sc_tokenizer **out, const sc_tokenizer_options *o,
                             sc_text_source *source, void *user) {
    const kind *k = find_kind(o->type);
    *out = NULL;
    if (!k) return SC_FAIL(SC_USAGE, "tokenizer type \"%s\" is not known", o->type);
    SC_TRY(check_options(o));
    SC_TRY(check_kind(k, o));
    sc_arena a = SC_ARENA_INIT;
    sc_tokenizer_options own = *o;
    sc_status s = own_specials(&a, &own, k);
    if (s >= 0) s = train(out, &own, k, source, user);
    sc__arena_deinit(&a);
    return s;
}

/* -- save ------------------------------------------------------------------------------------ */

static void put_token(json_t *config, const sc_tokenizer *t, const char *key, int32_t id) {
    if (id >= 0) json_object_set_new(config, key, json_string(sc_tokenizer_token(t, id)));
}

/* Special tokens that play a part by their names. */
static void put_roles(json_t *config, const sc_tokenizer *t) {
    static const char *const roles[][2] = {{"unk_token", "<unk>"},
                                           {"unk_token", "[UNK]"},
                                           {"cls_token", "[CLS]"},
                                           {"sep_token", "[SEP]"},
                                           {"mask_token", "[MASK]"}};
    for (int i = 0; i < SC_LEN(roles); i++)
        put_token(config, t, roles[i][0], find_special(t, roles[i][1]));
}

/* What PreTrainedTokenizerFast wants to know besides tokenizer.json. */
static sc_status save_new_config(const sc_tokenizer *t, const char *path, int64_t max_length) {
    json_t *config = json_object();
    json_object_set_new(config, "tokenizer_class", json_string("PreTrainedTokenizerFast"));
    /* 1e30 is the reference's word for unlimited */
    json_object_set_new(config, "model_max_length",
                        max_length > 0 ? json_integer(max_length) : json_real(1e30));
    json_object_set_new(config, "clean_up_tokenization_spaces", json_false());
    put_token(config, t, "bos_token", t->bos);
    put_token(config, t, "eos_token", t->eos);
    put_token(config, t, "pad_token", t->pad);
    put_roles(config, t);
    const sc_status s =
        config ? sc__json_save(config, path) : SC_FAIL(SC_NOMEM, "%s: no memory for JSON", path);
    json_decref(config);
    return s;
}

static sc_status save(const sc_tokenizer *t, sc_arena *a, const char *dir, int64_t max_length) {
    const char *json = sc__path_join(a, dir, "tokenizer.json");
    const char *config = sc__path_join(a, dir, "tokenizer_config.json");
    const char *jinja = sc__path_join(a, dir, "chat_template.jinja");
    if (!json || !config || !jinja) return SC_FAIL(SC_NOMEM, "%s: no memory for a path", dir);
    SC_TRY(sc__dir_make(dir));
    SC_TRY(sc__file_write(json, t->json.data, t->json.len));
    if (t->jinja.len) SC_TRY(sc__file_write(jinja, t->jinja.data, t->jinja.len));
    if (t->config.len) return sc__file_write(config, t->config.data, t->config.len);
    return save_new_config(t, config, max_length);
}

sc_status sc_tokenizer_save(const sc_tokenizer *t, const char *dir, int64_t model_max_length) {
    sc_arena a = SC_ARENA_INIT;
    const sc_status s = save(t, &a, dir, model_max_length);
    sc__arena_deinit(&a);
    return s;
}

/* -- questions ------------------------------------------------------------------------------- */

const char *sc_tokenizer_kind(const sc_tokenizer *t) {
    static const struct {
        const sc_model_ops *ops;
        const char *kind;
    } others[] = {{&sc__model_wordpiece, "wordpiece"},
                  {&sc__model_unigram, "unigram"},
                  {&sc__model_wordlevel, "wordlevel"}};
    for (int i = 0; i < SC_LEN(others); i++)
        if (t->ops == others[i].ops) return others[i].kind;
    if (!t->ops->is_flat(t->model)) return "bpe";
    return t->byte_level ? "bytes" : "chars";
}

bool sc_tokenizer_truncation(const sc_tokenizer *t, sc_truncation *out) {
    *out = t->truncation;
    return t->has_truncation;
}

bool sc_tokenizer_padding(const sc_tokenizer *t, sc_padding *out) {
    *out = t->padding;
    return t->has_padding;
}

int64_t sc_tokenizer_vocab_size(const sc_tokenizer *t) { return t->vocab.n; }
const char *sc_tokenizer_digest(const sc_tokenizer *t) { return t->digest.hex; }
int32_t sc_tokenizer_bos(const sc_tokenizer *t) { return t->bos; }
int32_t sc_tokenizer_eos(const sc_tokenizer *t) { return t->eos; }
int32_t sc_tokenizer_pad(const sc_tokenizer *t) { return t->pad; }
const char *sc_tokenizer_chat_template(const sc_tokenizer *t) { return t->chat_template; }

int32_t sc_tokenizer_find(const sc_tokenizer *t, const char *token) {
    return sc__vocab_find(&t->vocab, token, strlen(token));
}

static const sc_token *token_of(const sc_tokenizer *t, int32_t id) {
    return id >= 0 && id < t->vocab.n && t->vocab.tokens[id].text ? &t->vocab.tokens[id] : NULL;
}

const char *sc_tokenizer_token(const sc_tokenizer *t, int32_t id) {
    const sc_token *k = token_of(t, id);
    return k ? k->text : NULL;
}

const char *sc_tokenizer_bytes(const sc_tokenizer *t, int32_t id, size_t *n) {
    const sc_token *k = token_of(t, id);
    *n = k ? k->n_bytes : 0;
    return k ? k->bytes : NULL;
}

bool sc_tokenizer_is_special(const sc_tokenizer *t, int32_t id) {
    const sc_token *k = token_of(t, id);
    return k && k->special;
}
