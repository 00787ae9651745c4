/* tagger_pii.c - what may tell who a person is (pii.h), each at its place. Of two that begin at one
 * place the first of the table below counts; what is inside of one is not looked at. */
#include "stage/curation/tag/tagger.h"

#include "stage/curation/tag/pii.h"

#include <string.h>

enum { EMAIL, IBAN, CN_ID, CARD, KR_RRN, US_SSN, IPV6, IPV4, PHONE, N_KINDS };
static const char *const metrics[N_KINDS + 1] = {"email",  "iban", "cn_id", "card", "kr_rrn",
                                                 "us_ssn", "ipv6", "ipv4",  "phone"};

typedef struct {
    int kind;
    size_t n;
    bool is_public;
} match;

static match match_number(const char *p, const char *end) {
    static size_t (*const tests[N_KINDS])(const char *, const char *) = {[CN_ID] = sc__pii_cn_id,
                                                                         [CARD] = sc__pii_card,
                                                                         [KR_RRN] = sc__pii_kr_rrn,
                                                                         [US_SSN] = sc__pii_us_ssn};
    match m = {.is_public = true};
    for (m.kind = CN_ID; m.kind <= US_SSN; m.kind++)
        if ((m.n = tests[m.kind](p, end))) return m;
    m.kind = IPV4;
    if ((m.n = sc__pii_ipv4(p, end, &m.is_public))) return m;
    return (match){PHONE, sc__pii_phone(p, end), true};
}

static bool is_hex(char c) { return sc__is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f'); }

static bool may_be_ipv6(const char *text, const char *p, const char *end) {
    if (p - text >= 2 && p[-1] == ':' && is_hex(p[-2])) return false; /* inside of one too long */
    for (int i = 0; i < 5 && p + i < end; i++) {
        if (p[i] == ':') return true;
        if (!is_hex(p[i])) return false;
    }
    return false;
}

/* A number does not begin inside of another one: 3.14, 2020-01-02. */
static bool may_begin_number(const char *text, const char *p) {
    return !(p - text >= 2 && strchr("-.,/:", p[-1]) && sc__is_digit(p[-2]));
}

/* What begins at p; `at` is the next @ of the text, or its end. */
static match match_at(const char *text, const char *p, const char *end, const char *at) {
    match m = {.kind = EMAIL, .is_public = true};
    if (sc__is_word(*p) && at < end && at - p <= 64 && (m.n = sc__pii_email(p, end))) return m;
    if (end - p >= 15 && (unsigned char)(*p - 'A') < 26 && (m.n = sc__pii_iban(p, end)))
        return m.kind = IBAN, m;
    m.kind = IPV6;
    if (may_be_ipv6(text, p, end) && (m.n = sc__pii_ipv6(p, end, &m.is_public))) return m;
    if (*p == '+' || *p == '(') return (match){PHONE, sc__pii_phone(p, end), true};
    if (sc__is_digit(*p) && may_begin_number(text, p)) return match_number(p, end);
    return m;
}

static const char *next_at(const char *p, const char *end) {
    const char *at = memchr(p, '@', (size_t)(end - p));
    return at ? at : end;
}

static bool may_begin(const char *text, const char *p) {
    if (!sc__is_word(*p) && *p != '+' && *p != '(' && *p != ':') return false;
    return p == text || !sc__is_word(p[-1]);
}

static sc_status run(void *self, sc_tags *out, sc_doc *doc) {
    const int *kinds = self;
    const sc_slice text = sc__doc_text(doc);
    if (!text.n) return SC_OK;
    const char *end = text.p + text.n, *at = next_at(text.p, end);
    for (const char *p = text.p; p < end;) {
        match m = {0};
        if (at < p) at = next_at(p, end);
        if (may_begin(text.p, p)) m = match_at(text.p, p, end, at);
        if (m.n) {
            const size_t from = (size_t)(p - text.p);
            sc__tags_add(out, kinds[m.kind], from, from + m.n, m.is_public);
        }
        p += m.n ? m.n : 1;
    }
    return SC_OK;
}

const sc_tagger sc__tagger_pii = {.metrics = metrics, .run = run};
