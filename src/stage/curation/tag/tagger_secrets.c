/* tagger_secrets.c - keys and passwords that should not have been published, each at its place:
 * tokens by the prefix that their issuer documents, private keys, what is assigned to a name that
 * means a secret, and strings of high entropy that are assigned (the limits of 4.5 bits a character
 * of Base64 and 3 of hexadecimal are those of Yelp's detect-secrets). Of an assignment the span is
 * the value alone. */
#define _GNU_SOURCE
#include "stage/curation/tag/tagger.h"

#include "stage/curation/tag/pii.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum {
    PRIVATE_KEY,
    AWS_KEY,
    GITHUB_TOKEN,
    GITLAB_TOKEN,
    SLACK_TOKEN,
    GOOGLE_KEY,
    STRIPE_KEY,
    NPM_TOKEN,
    HUGGING_FACE_TOKEN,
    PYPI_TOKEN,
    OPENAI_KEY,
    ANTHROPIC_KEY,
    DIGITALOCEAN_TOKEN,
    JWT,
    PASSWORD,
    HIGH_ENTROPY,
    N_KINDS
};
static const char *const metrics[N_KINDS + 1] = {
    "private_key",        "aws_key",    "github_token", "gitlab_token",
    "slack_token",        "google_key", "stripe_key",   "npm_token",
    "hugging_face_token", "pypi_token", "openai_key",   "anthropic_key",
    "digitalocean_token", "jwt",        "password",     "high_entropy"};

typedef enum { UPPER, WORD, DASHED } alphabet; /* A-Z0-9; A-Za-z0-9 and _; and - */

static const struct {
    int kind;
    const char *prefix;
    alphabet alphabet;
    int min, max; /* characters behind the prefix */
} tokens[] = {
    {AWS_KEY, "AKIA", UPPER, 16, 16},
    {AWS_KEY, "ASIA", UPPER, 16, 16},
    {GITHUB_TOKEN, "ghp_", WORD, 36, 251},
    {GITHUB_TOKEN, "gho_", WORD, 36, 251},
    {GITHUB_TOKEN, "ghu_", WORD, 36, 251},
    {GITHUB_TOKEN, "ghs_", WORD, 36, 251},
    {GITHUB_TOKEN, "ghr_", WORD, 36, 251},
    {GITHUB_TOKEN, "github_pat_", WORD, 82, 82},
    {GITLAB_TOKEN, "glpat-", DASHED, 20, 300},
    {SLACK_TOKEN, "xoxb-", DASHED, 10, 250},
    {SLACK_TOKEN, "xoxa-", DASHED, 10, 250},
    {SLACK_TOKEN, "xoxp-", DASHED, 10, 250},
    {SLACK_TOKEN, "xoxr-", DASHED, 10, 250},
    {SLACK_TOKEN, "xoxs-", DASHED, 10, 250},
    {GOOGLE_KEY, "AIza", DASHED, 35, 35},
    {STRIPE_KEY, "sk_live_", WORD, 24, 250},
    {STRIPE_KEY, "rk_live_", WORD, 24, 250},
    {NPM_TOKEN, "npm_", WORD, 36, 36},
    {HUGGING_FACE_TOKEN, "hf_", WORD, 34, 37},
    {PYPI_TOKEN, "pypi-AgE", DASHED, 50, 300},
    {ANTHROPIC_KEY, "sk-ant-", DASHED, 80, 200},
    {OPENAI_KEY, "sk-proj-", DASHED, 40, 250},
    {OPENAI_KEY, "sk-svcacct-", DASHED, 40, 250},
    {OPENAI_KEY, "sk-", WORD, 48, 48},
    {DIGITALOCEAN_TOKEN, "dop_v1_", WORD, 64, 64},
};

typedef struct {
    int kind;
    const char *from, *to; /* to NULL: nothing */
} match;

/* ---- tokens ---------------------------------------------------------------------------------- */

static bool is_of(alphabet a, char c) {
    if (sc__is_digit(c)) return true;
    if (a == UPPER) return (unsigned char)(c - 'A') < 26;
    return sc__is_word(c) || (a == DASHED && c == '-');
}

static match match_token(const char *p, const char *end) {
    for (int i = 0; i < SC_LEN(tokens); i++) {
        const size_t n = strlen(tokens[i].prefix);
        if (*p != *tokens[i].prefix || (size_t)(end - p) < n || memcmp(p, tokens[i].prefix, n))
            continue;
        const char *stop = p + n;
        while (stop < end && stop - p <= (ptrdiff_t)n + tokens[i].max &&
               is_of(tokens[i].alphabet, *stop))
            stop++;
        const ptrdiff_t tail = stop - p - (ptrdiff_t)n;
        if (tail >= tokens[i].min && tail <= tokens[i].max && (stop == end || !sc__is_word(*stop)))
            return (match){tokens[i].kind, p, stop};
    }
    return (match){0};
}

enum { JWT_PART_MAX = 8192 };

static const char *base64url(const char *p, const char *end) {
    const char *most = end - p > JWT_PART_MAX ? p + JWT_PART_MAX : end;
    while (p < most && is_of(DASHED, *p)) p++;
    return p;
}

/* RFC 7519: three parts; a header of JSON begins with {" and so with eyJ. */
static match match_jwt(const char *p, const char *end) {
    const char *at = p;
    for (int i = 0; i < 3; i++) {
        if (i && (at == end || *at++ != '.')) return (match){0};
        const char *stop = base64url(at, end);
        if (stop - at < 10 || (i < 2 && memcmp(at, "eyJ", 3))) return (match){0};
        at = stop;
    }
    return (match){JWT, p, at};
}

/* RFC 7468; without its end, up to what Base64 and headers cannot be. */
static match match_private_key(const char *p, const char *end) {
    static const char begin[] = "-----BEGIN ", key[] = "PRIVATE KEY", last[] = "-----END ";
    const size_t n = sizeof begin - 1;
    if ((size_t)(end - p) < n || memcmp(p, begin, n)) return (match){0};
    const char *line = memchr(p, '\n', (size_t)(end - p)), *label_end = line ? line : end;
    if (label_end - p > 100 || !memmem(p, (size_t)(label_end - p), key, sizeof key - 1))
        return (match){0};
    const size_t most = (size_t)SC_MIN(end - label_end, 20000);
    const char *stop = memmem(label_end, most, last, sizeof last - 1);
    if (stop) {
        const char *after = stop + sizeof last - 1;
        while (after < end && *after != '\n' &&
               memcmp(after, "-----", SC_MIN(5, (size_t)(end - after))))
            after++;
        return (match){PRIVATE_KEY, p, SC_MIN(after + 5, end)};
    }
    stop = label_end;
    while (stop < end && (sc__is_word(*stop) || strchr("+/=\n\r", *stop)) && *stop) stop++;
    while (stop > label_end && (stop[-1] == '\n' || stop[-1] == '\r')) stop--;
    return (match){PRIVATE_KEY, p, stop};
}

/* ---- assignments ----------------------------------------------------------------------------- */

enum { NAME_MAX = 40, VALUE_MIN = 6, VALUE_MAX = 200, ENTROPY_MIN = 20 };

typedef struct {
    const char *name;
    size_t n;
} name_slice;

/* What is left of the sign at p: password =, "password":, $password = */
static name_slice name_before(const char *text, const char *p) {
    while (p > text && (p[-1] == ' ' || p[-1] == '\t')) p--;
    if (p > text && (p[-1] == '"' || p[-1] == '\'')) p--;
    const char *stop = p;
    while (p > text && stop - p < NAME_MAX && (sc__is_word(p[-1]) || p[-1] == '-')) p--;
    return (name_slice){p, (size_t)(stop - p)};
}

static bool holds(const char *p, size_t n, const char *word) {
    const size_t m = strlen(word);
    for (size_t i = 0; i + m <= n; i++)
        if (!strncasecmp(p + i, word, m)) return true;
    return false;
}

static bool means_secret(name_slice x) {
    static const char *const words[] = {"password",   "passwd",     "passphrase",   "pwd",
                                        "secret",     "api_key",    "apikey",       "api-key",
                                        "access_key", "auth_token", "access_token", "private_key"};
    for (int i = 0; i < SC_LEN(words); i++)
        if (holds(x.name, x.n, words[i])) return true;
    return false;
}

typedef struct {
    const char *from, *to;
    bool quoted;
} value;

/* What is right of it. */
static value value_after(const char *p, const char *end) {
    value v = {0};
    while (p < end && (*p == ' ' || *p == '\t')) p++;
    if (p == end) return v;
    const char quote = *p == '"' || *p == '\'' || *p == '`' ? *p : 0;
    v.from = p += quote != 0;
    v.quoted = quote != 0;
    while (p < end && p - v.from <= VALUE_MAX && (unsigned char)*p > ' ' && *p != quote &&
           (quote || !strchr("\"'`,;<>(){}[]&", *p)))
        p++;
    if (p - v.from <= VALUE_MAX && (!quote || (p < end && *p == quote))) v.to = p;
    return v;
}

/* Words that stand for a secret: ${PASSWORD}, <password>, xxxxxx, your-password, example. */
static bool is_placeholder(const char *p, size_t n) {
    static const char *const words[] = {"your", "example", "change", "placeholder", "password",
                                        "xxxx", "****",    "....",   "none"};
    if (strchr("<${%*@[", *p)) return true;
    for (int i = 0; i < SC_LEN(words); i++)
        if (holds(p, n, words[i])) return true;
    return false;
}

static double entropy(const char *p, size_t n, bool *hex) {
    int count[256] = {0};
    double bits = 0;
    *hex = true;
    for (size_t i = 0; i < n; i++) {
        count[(unsigned char)p[i]]++;
        *hex &= sc__is_digit(p[i]) || ((p[i] | 32) >= 'a' && (p[i] | 32) <= 'f');
    }
    for (int c = 0; c < 256; c++)
        if (count[c]) bits -= count[c] * log2((double)count[c] / (double)n);
    return bits / (double)n;
}

static bool is_random(const char *p, size_t n) {
    bool hex;
    if (n < ENTROPY_MIN) return false;
    for (size_t i = 0; i < n; i++)
        if (!is_of(DASHED, p[i]) && !strchr("+/=", p[i])) return false;
    const double bits = entropy(p, n, &hex);
    return bits > (hex ? 3.0 : 4.5);
}

static bool has_both(const char *p, size_t n) {
    bool digit = false, other = false;
    for (size_t i = 0; i < n; i++) {
        digit |= sc__is_digit(p[i]);
        other |= !sc__is_digit(p[i]);
    }
    return digit && other;
}

/* p is a = or a colon. */
static match match_assignment(const char *text, const char *p, const char *end) {
    const name_slice name = name_before(text, p);
    const char *after = p + 1;
    if (!name.n || (after < end && *p == '=' && *after == '=')) return (match){0};
    if (after < end && ((*p == ':' && *after == '=') || (*p == '=' && *after == '>'))) after++;
    const value v = value_after(after, end);
    const size_t n = v.to ? (size_t)(v.to - v.from) : 0;
    if (n < VALUE_MIN || is_placeholder(v.from, n)) return (match){0};
    if (means_secret(name) && (v.quoted || has_both(v.from, n)))
        return (match){PASSWORD, v.from, v.to};
    if (is_random(v.from, n)) return (match){HIGH_ENTROPY, v.from, v.to};
    return (match){0};
}

/* RFC 3986, section 3.2.1: p is at the :// of scheme://user:password@host. */
static match match_userinfo(const char *p, const char *end) {
    const char *colon = NULL, *at = p + 3;
    for (; at < end && at - p < VALUE_MAX && (unsigned char)*at > ' ' && !strchr("/?#\"'<>", *at);
         at++) {
        if (*at == ':' && !colon) colon = at;
        if (*at == '@') break;
    }
    if (!colon || at == end || *at != '@' || at == colon + 1) return (match){0};
    const size_t n = (size_t)(at - colon - 1);
    if (is_placeholder(colon + 1, n)) return (match){0};
    return (match){PASSWORD, colon + 1, at};
}

/* ---- a text ---------------------------------------------------------------------------------- */

static match match_at(const char *text, const char *p, const char *end) {
    match m = {0};
    if (*p == '-' && (p == text || p[-1] != '-')) return match_private_key(p, end);
    if (*p == ':' && end - p > 3 && !memcmp(p, "://", 3)) return match_userinfo(p, end);
    if (*p == '=' || *p == ':') return match_assignment(text, p, end);
    if (!sc__is_letter(*p) || (p > text && sc__is_word(p[-1]))) return m;
    m = match_token(p, end);
    if (!m.to && end - p > 30 && !memcmp(p, "eyJ", 3)) m = match_jwt(p, end);
    return m;
}

/* A value that is a token of a known kind is said as that. */
static match refine(match m, const char *end) {
    if (m.kind != PASSWORD && m.kind != HIGH_ENTROPY) return m;
    match token = match_token(m.from, end);
    if (!token.to && m.to - m.from > 30 && !memcmp(m.from, "eyJ", 3))
        token = match_jwt(m.from, end);
    return token.to ? token : m;
}

static sc_status run(void *self, sc_tags *out, sc_doc *doc) {
    const int *kinds = self;
    const sc_slice text = sc__doc_text(doc);
    const char *end = text.p + text.n;
    for (const char *p = text.p; p < end;) {
        match m = match_at(text.p, p, end);
        if (!m.to) {
            p++;
            continue;
        }
        m = refine(m, end);
        sc__tags_add(out, kinds[m.kind], (size_t)(m.from - text.p), (size_t)(m.to - text.p), 1);
        p = m.to;
    }
    return SC_OK;
}

const sc_tagger sc__tagger_secrets = {.metrics = metrics, .run = run};
