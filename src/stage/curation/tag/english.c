/* english.c - words as most filters of English web text count them. What stands between white space
 * is looked up (lexicon.h); else punctuation is taken off at both ends, one after the other, with a
 * look-up after each; what is left is kept whole when it is a URL, else cut at hyphens and the like
 * inside; at last, pieces that together spell an entry become what the entry says.
 *
 * The rules are those of spaCy 3's English tokenizer (documented at
 * spacy.io/usage/linguistic-features, "How tokenizer exceptions and special case rules work"), the
 * sentences those of its rule-based sentencizer: one ends before the first word that is no
 * punctuation behind a terminator. */
#include "stage/curation/tag/doc_part.h"
#include "stage/curation/tag/lexicon.h"

enum { LETTER = SC_CHAR_EN_LOWER | SC_CHAR_EN_UPPER };

struct sc_english {
    sc_char_kinds *kinds;
    sc_lexicon lexicon;
    sc_unit_list tail;   /* what was taken off at the end, last first */
    bool plain;          /* without the lexicon */
    bool can_start[256]; /* bytes with which an entry of several pieces begins */
};

/* A part of the text. */
typedef struct {
    const char *text; /* all of it */
    size_t start, end;
} part;

/* ---- code points at the ends of a part ------------------------------------------------------- */

static uint32_t kind_first(const sc_english *e, part p, int *n) {
    return sc__kind_at(e->kinds, p.text + p.start, n);
}

/* The last code point; *at gets where it begins. */
static uint32_t last_char(part p, size_t *at) {
    int n;
    *at = p.end - 1;
    while (*at > p.start && (signed char)p.text[*at] < -64) --*at;
    return sc__utf8_decode(p.text + *at, &n);
}

static uint32_t kind_last(const sc_english *e, part p, size_t *at) {
    return sc__char_kind(e->kinds, last_char(p, at));
}

static bool is_digit(char c) { return (unsigned char)(c - '0') < 10; }

static bool ends_with(part p, const char *what, size_t n) {
    return p.end - p.start >= n && !memcmp(p.text + p.end - n, what, n);
}

static bool begins_with(part p, const char *what, size_t n) {
    return p.end - p.start >= n && !memcmp(p.text + p.start, what, n);
}

/* ---- what leaves a word at its begin --------------------------------------------------------- */

enum { EDGE = SC_CHAR_EN_EDGE | SC_CHAR_EN_QUOTE | SC_CHAR_EN_ICON };

static size_t dots_at(const char *p, const char *end) {
    size_t n = 0;
    while (p + n < end && p[n] == '.') n++;
    return n;
}

/* Bytes of the prefix; 0: none. */
static size_t find_prefix(const sc_english *e, part p) {
    const char *at = p.text + p.start, *end = p.text + p.end;
    int n;
    if ((unsigned char)((*at | 32) - 'a') < 26) {
        if (*at == 'U' && begins_with(p, "US$", 3)) return 3;
        return (*at == 'C' || *at == 'A') && at + 1 < end && at[1] == '$' ? 2 : 0;
    }
    if (*at == '.') {
        const size_t dots = dots_at(at, end);
        return dots >= 2 ? dots : 0;
    }
    if (*at == '+') return at + 1 == end || !is_digit(at[1]);
    if (*at == '%' || *at == '=') return 1;
    const uint32_t kind = kind_first(e, p, &n);
    const bool leaves = kind & (EDGE | SC_CHAR_EN_CURRENCY | SC_CHAR_EN_DASH);
    return leaves || begins_with(p, "\xC2\xA7", 2) ? (size_t)n : 0; /* the sign of a section */
}

/* ---- what leaves a word at its end ----------------------------------------------------------- */

static size_t unit_behind_digit(part p) {
    static const char *const units[] = {
        "km",  "km²",  "km³", "m",   "m²",  "m³",   "dm",  "dm²",  "dm³",  "cm",  "cm²",
        "cm³", "mm",   "mm²", "mm³", "ha",  "µm",   "nm",  "yd",   "in",   "ft",  "kg",
        "g",   "mg",   "µg",  "t",   "lb",  "oz",   "m/s", "km/h", "kmh",  "mph", "hPa",
        "Pa",  "mbar", "mb",  "MB",  "kb",  "KB",   "gb",  "GB",   "tb",   "TB",  "T",
        "G",   "M",    "K",   "%",   "US$", "C$",   "A$",  "км",   "км²",  "км³", "м",
        "м²",  "м³",   "дм",  "дм²", "дм³", "см",   "см²", "см³",  "мм",   "мм²", "мм³",
        "нм",  "кг",   "г",   "мг",  "м/с", "км/ч", "кПа", "Па",   "мбар", "Кб",  "КБ",
        "кб",  "Мб",   "МБ",  "мб",  "Гб",  "ГБ",   "гб",  "Тб",   "ТБ"};
    enum { LONGEST = 8 };
    size_t n = 0; /* bytes behind the last digit: a unit has none */
    while (n <= LONGEST && p.end - n > p.start && !is_digit(p.text[p.end - n - 1])) n++;
    if (!n || n > LONGEST || p.end - n == p.start) return 0;
    for (int i = 0; i < SC_LEN(units); i++)
        if (strlen(units[i]) == n && !memcmp(p.text + p.end - n, units[i], n)) return n;
    return 0;
}

/* A single full stop at the end, by what stands before it. */
static bool stop_leaves(const sc_english *e, part p) {
    size_t at;
    if (p.end - p.start < 2) return false;
    const part before = {p.text, p.start, p.end - 1};
    const uint32_t c = last_char(before, &at), kind = sc__char_kind(e->kinds, c);
    if ((c < 0x80 && (is_digit((char)c) || strchr("%-+|", (int)c))) || c == 0xB2) return true;
    if (kind & (SC_CHAR_EN_LOWER | SC_CHAR_EN_QUOTE | SC_CHAR_EN_EDGE)) return true;
    if (!(kind & SC_CHAR_EN_UPPER) || at == p.start) return false;
    if (c < 0x80 && strchr("FCK", (int)c) && ends_with((part){p.text, p.start, at}, "\xC2\xB0", 2))
        return true;
    return kind_last(e, (part){p.text, p.start, at}, &at) & SC_CHAR_EN_UPPER;
}

/* Bytes of the suffix; 0: none. */
static size_t find_suffix(const sc_english *e, part p) {
    if (p.start == p.end) return 0;
    const char last = p.text[p.end - 1];
    size_t at, n = 0;
    if (last == '.') {
        while (p.end - n > p.start && p.text[p.end - 1 - n] == '.') n++;
        return n >= 2 ? n : stop_leaves(e, p);
    }
    if ((last | 32) == 's') {
        if (ends_with(p, "'s", 2) || ends_with(p, "'S", 2)) return 2;
        if (ends_with(p, "\xE2\x80\x99s", 4) || ends_with(p, "\xE2\x80\x99S", 4)) return 4;
    }
    if (ends_with(p, "\xE2\x80\xA6\xE2\x80\xA6", 6)) return 6;
    const uint32_t kind = kind_last(e, p, &at);
    const bool behind_digit = at > p.start && is_digit(p.text[at - 1]);
    if (kind & (EDGE | SC_CHAR_EN_DASH)) return p.end - at;
    if (behind_digit && (last == '+' || (kind & SC_CHAR_EN_CURRENCY))) return p.end - at;
    if (last == '$' && (n = unit_behind_digit(p)) != 0) return n;
    return (unsigned char)last >= 0x80 || last == '%' || (unsigned char)((last | 32) - 'a') < 26
               ? unit_behind_digit(p)
               : 0;
}

/* ---- URLs ------------------------------------------------------------------------------------ */

/* Letters and digits of ASCII, and U+00A1 to U+FFFF. */
static bool is_host_char(uint32_t c) {
    return c < 0x80 ? is_digit((char)c) || (c | 32) - 'a' < 26u : c >= 0xA1 && c <= 0xFFFF;
}

/* Where a host that begins at `at` ends, when it has the shape of one: labels, and behind the last
 * dot two letters or more that are not capital; 0: it has not. */
static size_t host_end(const sc_english *e, part p, size_t at) {
    size_t n_label = 0, n_lower = 0, dots = 0;
    bool ends_well = false; /* the label so far ends in a letter or digit */
    int n;
    for (; at < p.end; at += (size_t)n) {
        const uint32_t c = sc__utf8_decode(p.text + at, &n);
        if (c == ':' || c == '/' || c == '?' || c == '#') break;
        if (c == '.') {
            if (!n_label || n_label > 64 || !ends_well) return 0;
            dots++;
            n_label = n_lower = 0;
            continue;
        }
        ends_well = is_host_char(c);
        if (!ends_well && (!n_label || (c != '-' && c != '_'))) return 0;
        n_lower += (sc__char_kind(e->kinds, c) & SC_CHAR_EN_LOWER) != 0;
        n_label++;
    }
    return dots && n_lower == n_label && n_lower >= 2 && n_lower <= 63 ? at : 0;
}

/* Four numbers that may be an address of the open net. */
static size_t address_end(part p, size_t at) {
    int parts[4] = {0, 0, 0, 0};
    for (int i = 0; i < 4; i++) {
        size_t begin = at;
        while (at < p.end && is_digit(p.text[at]) && at - begin < 4)
            parts[i] = parts[i] * 10 + (p.text[at++] - '0');
        if (at == begin || at - begin > 3 || parts[i] > 255) return 0;
        if (i < 3 && (at == p.end || p.text[at++] != '.')) return 0;
    }
    const int a = parts[0], b = parts[1];
    if (a < 1 || a > 223 || a == 10 || a == 127 || parts[3] < 1 || parts[3] > 254) return 0;
    if ((a == 169 && b == 254) || (a == 192 && b == 168) || (a == 172 && b >= 16 && b <= 31))
        return 0;
    return at;
}

/* A port and a path may follow, up to the end. */
static bool rest_is_path(part p, size_t at) {
    if (at < p.end && p.text[at] == ':') {
        const size_t begin = ++at;
        while (at < p.end && is_digit(p.text[at])) at++;
        if (at - begin < 2 || at - begin > 5) return false;
    }
    return at == p.end || p.text[at] == '/' || p.text[at] == '?' || p.text[at] == '#';
}

static bool host_follows(const sc_english *e, part p, size_t at) {
    size_t end = host_end(e, p, at);
    if (end && rest_is_path(p, end)) return true;
    end = at < p.end && is_digit(p.text[at]) ? address_end(p, at) : 0;
    return end && rest_is_path(p, end);
}

/* \w, + - . */
static bool is_scheme_char(const sc_english *e, uint32_t c) {
    if (c < 0x80) return is_host_char(c) || (c && strchr("_+-.", (int)c));
    return sc__char_kind(e->kinds, c) & (SC_CHAR_LETTER | SC_CHAR_NUMBER);
}

/* Behind "scheme://"; 0: there is none. */
static size_t scheme_end(const sc_english *e, part p) {
    size_t at = p.start;
    int n, chars = 0;
    for (; at < p.end; at += (size_t)n, chars++)
        if (!is_scheme_char(e, sc__utf8_decode(p.text + at, &n))) break;
    return chars >= 2 && p.end - at >= 3 && !memcmp(p.text + at, "://", 3) ? at + 3 : 0;
}

static bool is_url(const sc_english *e, part p) {
    if (!memchr(p.text + p.start, '.', p.end - p.start)) return false;
    const size_t behind_scheme = scheme_end(e, p);
    if (host_follows(e, p, p.start) || (behind_scheme && host_follows(e, p, behind_scheme)))
        return true;
    for (size_t at = p.start + 1; at < p.end; at++) /* behind user@ */
        if (p.text[at] == '@' && host_follows(e, p, at + 1)) return true;
    return false;
}

/* ---- cuts inside ----------------------------------------------------------------------------- */

static uint32_t kind_or_none(const sc_english *e, part p, size_t at) {
    int n;
    return at < p.end ? sc__kind_at(e->kinds, p.text + at, &n) : 0;
}

/* Bytes of hyphens at `at` that a letter follows. */
static size_t hyphens_at(const sc_english *e, part p, size_t at) {
    static const char *const hyphens[] = {
        "-", "\xE2\x80\x93", "\xE2\x80\x94", "--", "---", "\xE2\x80\x94\xE2\x80\x94", "~"};
    const part rest = {p.text, at, p.end};
    const char c = p.text[at];
    if (c != '-' && c != '~' && c != '\xE2') return 0;
    for (int i = 0; i < SC_LEN(hyphens); i++) {
        const size_t n = strlen(hyphens[i]);
        if (begins_with(rest, hyphens[i], n) && (kind_or_none(e, p, at + n) & LETTER)) return n;
    }
    return 0;
}

/* Bytes at `at` where the word is cut in two; 0: it is not. `before` is the kind of what stands
 * before, `digit` whether that is 0 to 9. */
static size_t infix_at(const sc_english *e, part p, size_t at, uint32_t before, bool digit) {
    const char *here = p.text + at;
    const char c = *here, next = at + 1 < p.end ? here[1] : 0;
    const uint32_t after = kind_or_none(e, p, at + 1);
    size_t n;
    if (c == '.') {
        n = dots_at(here, p.text + p.end);
        if (n >= 2) return n;
        return (before & (SC_CHAR_EN_LOWER | SC_CHAR_EN_QUOTE)) &&
               (after & (SC_CHAR_EN_UPPER | SC_CHAR_EN_QUOTE));
    }
    if (digit && c && strchr("+-*^", c) && (is_digit(next) || next == '-')) return 1;
    if (c == ',') return (before & LETTER) && (after & LETTER);
    if (((before & LETTER) || digit) && (n = hyphens_at(e, p, at)) != 0) return n;
    return c && strchr(":<>=/", c) && ((before & LETTER) || digit) && (after & LETTER);
}

/* An ellipsis or a symbol is a cut wherever it stands. */
static bool cuts_always(const char *p, int n, uint32_t kind) {
    return (kind & SC_CHAR_EN_ICON) || (n == 3 && !memcmp(p, "\xE2\x80\xA6", 3));
}

static sc_status push(sc_unit_list *out, const sc_english *e, part p) {
    if (p.start == p.end) return SC_OK;
    SC_TRY(sc__units_reserve(out, 1));
    sc__push_word(out, e->kinds, p.text, p.start, p.end);
    return SC_OK;
}

static sc_status cut_inside(sc_unit_list *out, const sc_english *e, part p) {
    size_t begin = p.start;
    uint32_t before = 0;
    bool digit = false;
    int n;
    for (size_t at = p.start; at < p.end; at += (size_t)n) {
        const uint32_t kind = sc__kind_at(e->kinds, p.text + at, &n);
        size_t cut = 0;
        if (!(kind & SC_CHAR_LETTER) && !is_digit(p.text[at]))
            cut = cuts_always(p.text + at, n, kind) ? (size_t)n : infix_at(e, p, at, before, digit);
        before = kind;
        digit = is_digit(p.text[at]);
        if (!cut) continue;
        if (at > p.start) { /* one at the very begin is none */
            SC_TRY(push(out, e, (part){p.text, begin, at}));
            SC_TRY(push(out, e, (part){p.text, at, at + cut}));
            begin = at + cut;
        }
        at += cut - (size_t)n;
        before = 0;
        digit = false;
        if (at + (size_t)n < p.end) { /* what stands before the next is the cut's last */
            size_t last;
            before = kind_last(e, (part){p.text, p.start, at + (size_t)n}, &last);
            digit = is_digit(p.text[last]);
        }
    }
    return push(out, e, (part){p.text, begin, p.end});
}

/* ---- one piece between white space ----------------------------------------------------------- */

static const sc_lexeme *look_up(const sc_english *e, part p) {
    return e->plain ? NULL : sc__lexicon_find(&e->lexicon, p.text + p.start, p.end - p.start);
}

static sc_status push_lexeme(sc_unit_list *out, const sc_english *e, part p, const sc_lexeme *x) {
    for (int i = 0; i < x->n_parts; i++)
        SC_TRY(
            push(out, e, (part){p.text, p.start + (i ? x->ends[i - 1] : 0), p.start + x->ends[i]}));
    return SC_OK;
}

static sc_status push_core(sc_unit_list *out, const sc_english *e, part p) {
    if (p.start == p.end) return SC_OK;
    const sc_lexeme *x = look_up(e, p);
    if (x) return push_lexeme(out, e, p, x);
    return is_url(e, p) ? push(out, e, p) : cut_inside(out, e, p);
}

/* Takes off what leaves at both ends: at the begin into `out`, at the end into e->tail. */
static sc_status strip_ends(sc_unit_list *out, sc_english *e, part *p) {
    while (p->start < p->end && !look_up(e, *p)) {
        const size_t n = p->end - p->start, pre = find_prefix(e, *p);
        if (pre && pre < n && look_up(e, (part){p->text, p->start + pre, p->end})) {
            SC_TRY(push(out, e, (part){p->text, p->start, p->start + pre}));
            p->start += pre;
            return SC_OK;
        }
        const size_t suf = find_suffix(e, (part){p->text, p->start + pre, p->end});
        if (!pre && !suf) return SC_OK;
        const bool known = suf && suf < n && look_up(e, (part){p->text, p->start, p->end - suf});
        if (pre && !known) {
            SC_TRY(push(out, e, (part){p->text, p->start, p->start + pre}));
            p->start += pre;
        }
        if (suf) {
            SC_TRY(push(&e->tail, e, (part){p->text, p->end - suf, p->end}));
            p->end -= suf;
        }
        if (known) return SC_OK;
    }
    return SC_OK;
}

static sc_status split_piece(sc_unit_list *out, sc_english *e, part p) {
    e->tail.n = 0;
    SC_TRY(strip_ends(out, e, &p));
    SC_TRY(push_core(out, e, p));
    SC_TRY(sc__units_reserve(out, e->tail.n));
    while (e->tail.n) out->at[out->n++] = e->tail.at[--e->tail.n];
    return SC_OK;
}

/* ---- entries out of pieces ------------------------------------------------------------------- */

/* The entry that words [i, i + n) spell, cut as the rules alone cut it. */
static const sc_lexeme *spelled(const sc_english *e, const sc_unit_list *l, const char *text,
                                int64_t i, int n) {
    const uint32_t start = l->at[i].start;
    const sc_lexeme *x = sc__lexicon_find(&e->lexicon, text + start, l->at[i + n - 1].end - start);
    if (!x || x->n_pieces != n) return NULL;
    for (int k = 0; k < n; k++)
        if (l->at[i + k].end - start != x->pieces[k]) return NULL;
    return x;
}

static const sc_lexeme *longest_at(const sc_english *e, const sc_unit_list *l, const char *text,
                                   int64_t i, int64_t end) {
    if (!e->can_start[(unsigned char)text[l->at[i].start]]) return NULL;
    for (int n = (int)SC_MIN(end - i, SC_LEXICON_PARTS); n >= 2; n--) {
        const sc_lexeme *x = spelled(e, l, text, i, n);
        if (x) return x;
    }
    return NULL;
}

/* The one at i, unless a longer one begins inside it. */
static const sc_lexeme *longest_spelled(const sc_english *e, const sc_unit_list *l,
                                        const char *text, int64_t i, int64_t end) {
    const sc_lexeme *x = longest_at(e, l, text, i, end);
    for (int k = 1; x && k < x->n_pieces; k++) {
        const sc_lexeme *other = longest_at(e, l, text, i + k, end);
        if (other && other->n_pieces > x->n_pieces) return NULL;
    }
    return x;
}

/* Words from `from` on: pieces that spell an entry become its words, of which there are never more,
 * so that they find room where those stood. */
static void join_pieces(sc_unit_list *l, const sc_english *e, const char *text, int64_t from) {
    const int64_t end = l->n;
    l->n = from;
    for (int64_t i = from; i < end;) {
        const sc_lexeme *x = longest_spelled(e, l, text, i, end);
        if (!x) {
            l->at[l->n++] = l->at[i++];
            continue;
        }
        const size_t start = l->at[i].start;
        for (int k = 0; k < x->n_parts; k++)
            sc__push_word(l, e->kinds, text, start + (k ? x->ends[k - 1] : 0), start + x->ends[k]);
        i += x->n_pieces;
    }
}

/* ---- a text ---------------------------------------------------------------------------------- */

static bool is_space_at(const sc_english *e, const char *p, int *n) {
    const unsigned char c = (unsigned char)*p;
    if (c < 0x80) return *n = 1, c == ' ' || (c >= 9 && c <= 13) || (c >= 28 && c <= 31);
    return sc__kind_at(e->kinds, p, n) & SC_CHAR_SPACE;
}

static sc_status split_one(sc_unit_list *out, sc_english *e, part p) {
    const sc_lexeme *x = look_up(e, p);
    if (x) return push_lexeme(out, e, p, x);
    if (sc__is_letters(p.text + p.start, p.end - p.start)) return push(out, e, p);
    const int64_t from = out->n;
    SC_TRY(split_piece(out, e, p));
    if (out->n - from > 1) join_pieces(out, e, p.text, from);
    return SC_OK;
}

sc_status sc__split_english(sc_unit_list *out, sc_english *e, const char *text, size_t n) {
    int bytes;
    for (size_t at = 0; at < n;) {
        if (is_space_at(e, text + at, &bytes)) {
            at += (size_t)bytes;
            continue;
        }
        const size_t start = at;
        while (at < n && !is_space_at(e, text + at, &bytes)) at += (size_t)bytes;
        SC_TRY(split_one(out, e, (part){text, start, at}));
    }
    return SC_OK;
}

/* ---- opening --------------------------------------------------------------------------------- */

/* How the rules alone cut each entry. */
static sc_status cut_entries(sc_english *e) {
    sc_unit_list l = {0};
    sc_status s = SC_OK;
    e->plain = true;
    for (size_t i = 0; i <= e->lexicon.mask && s >= 0; i++) {
        sc_lexeme *x = &e->lexicon.slots[i];
        if (!x->n || !x->n_parts) continue;
        l.n = 0;
        s = split_piece(&l, e, (part){x->text, 0, x->n});
        if (s < 0 || l.n < SC_MAX(2, x->n_parts) || l.n > SC_LEXICON_PARTS) continue;
        x->n_pieces = (uint8_t)l.n;
        for (int64_t k = 0; k < l.n; k++) x->pieces[k] = (uint8_t)l.at[k].end;
        e->can_start[(unsigned char)x->text[0]] = true;
    }
    e->plain = false;
    sc__free(l.at);
    return s;
}

sc_status sc__english_open(sc_english **out, sc_char_kinds *t) {
    *out = NULL;
    sc_english *e = sc__calloc(1, sizeof *e);
    if (!e) return SC_FAIL(SC_NOMEM, "English words");
    e->kinds = t;
    sc_status s = sc__lexicon_init(&e->lexicon);
    if (s >= 0) s = cut_entries(e);
    if (s < 0)
        sc__english_close(e);
    else
        *out = e;
    return s;
}

void sc__english_close(sc_english *e) {
    if (!e) return;
    sc__lexicon_deinit(&e->lexicon);
    sc__free(e->tail.at);
    sc__free(e);
}

/* ---- sentences ------------------------------------------------------------------------------- */

/* White space that is more than one space counts as a word. */
static bool is_gap(const char *text, const sc_unit *before, const sc_unit *word) {
    const uint32_t n = word->start - before->end;
    return n > 1 || (n == 1 && text[before->end] != ' ');
}

sc_status sc__english_sentences(int64_t *n, sc_unit_list *out, sc_english *e, sc_units words,
                                const char *text) {
    uint32_t start = words.n ? words.at[0].start : 0;
    bool stopped = false;
    *n = words.n > 0;
    for (int64_t i = 0; i < words.n; i++) {
        const sc_unit *w = &words.at[i];
        const bool gap = i && is_gap(text, w - 1, w);
        if (stopped && (gap || !(w->flags & (SC_UNIT_PUNCT | SC_UNIT_STOP)))) {
            if (out) SC_TRY(sc__push_sentence(out, e->kinds, text, start, w->start));
            ++*n;
            start = w->start;
            stopped = false;
        }
        if (w->flags & SC_UNIT_STOP) stopped = true;
    }
    if (!words.n || !out) return SC_OK;
    return sc__push_sentence(out, e->kinds, text, start, words.at[words.n - 1].end);
}
