/* charset.c - which character set, then through iconv; see charset.h. */
#define _GNU_SOURCE
#include "format/source/charset.h"

#include "base/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <uchardet/uchardet.h>
#include <utf8proc.h>

enum { HTML_HEAD = 1024, GUESS_BYTES = 1 << 16, WHOLE_FOR_BROKEN = 20 };

/* ---- which ----------------------------------------------------------------------------------- */

static const struct {
    const char *label, *set;
} labels[] = {
#define LABEL(label, set) {label, set},
#include "format/source/charset.def"
#undef LABEL
};

/* False for a label that names nothing; letters and marks of names only, since iconv reads more
 * into a name ("//IGNORE"). */
static bool take_label(sc_charset *c, const char *label, size_t n) {
    size_t i = 0;
    while (n && isspace((unsigned char)*label)) label++, n--;
    for (; i < n && i + 1 < sizeof c->name; i++) {
        if (!isalnum((unsigned char)label[i]) && !strchr("-_.:+", label[i])) break;
        c->name[i] = (char)tolower((unsigned char)label[i]);
    }
    c->name[i] = 0;
    if (!i) return false;
    for (int k = 0; k < SC_LEN(labels); k++)
        if (!strcmp(c->name, labels[k].label)) return snprintf(c->name, 40, "%s", labels[k].set);
    return true;
}

static bool opens(const sc_charset *c) {
    const iconv_t cd = iconv_open("UTF-8", c->name);
    if ((intptr_t)cd == -1) return false;
    iconv_close(cd);
    return true;
}

static size_t byte_order_mark(sc_charset *c, const char *p, size_t n) {
    static const struct {
        const char *bytes;
        size_t n;
        const char *set;
    } marks[] = {
        {"\xEF\xBB\xBF", 3, "utf-8"}, {"\xFF\xFE", 2, "utf-16le"}, {"\xFE\xFF", 2, "utf-16be"}};
    for (int i = 0; i < SC_LEN(marks); i++) {
        if (n < marks[i].n || memcmp(p, marks[i].bytes, marks[i].n) != 0) continue;
        snprintf(c->name, sizeof c->name, "%s", marks[i].set);
        return marks[i].n;
    }
    return 0;
}

/* charset=... in <meta>, or encoding="..." of an XML declaration. A page that can be read so far
 * as ASCII and says it is UTF-16 is not, and one that is no UTF-8 is not that. */
static bool html_label(sc_charset *c, const char *p, size_t n) {
    static const char *const words[] = {"charset", "encoding"};
    const char *end = p + SC_MIN(n, (size_t)HTML_HEAD);
    for (const char *at = p; at < end; at++) {
        for (int i = 0; i < SC_LEN(words); i++) {
            const size_t m = strlen(words[i]);
            if ((size_t)(end - at) <= m || strncasecmp(at, words[i], m) != 0) continue;
            const char *v = at + m;
            while (v < end && isspace((unsigned char)*v)) v++;
            if (v == end || *v != '=') continue;
            for (v++; v < end && (isspace((unsigned char)*v) || *v == '"' || *v == '\'');) v++;
            if (take_label(c, v, (size_t)(end - v)) && strncmp(c->name, "utf-", 4) != 0 && opens(c))
                return true;
        }
    }
    return false;
}

/* Sets of DOS and the Mac are what the detector falls back to for Western text with few accents;
 * they are believed of text in another script, where every other letter is beyond ASCII. */
static bool is_likely(const sc_charset *c, const char *p, size_t n) {
    size_t high = 0;
    if (strncmp(c->name, "ibm", 3) != 0 && strncmp(c->name, "mac", 3) != 0) return true;
    for (size_t i = 0; i < n; i++) high += (unsigned char)p[i] >= 0x80;
    return high > n / 5;
}

static sc_status guess(bool *named, sc_charset *c, const char *p, size_t n) {
    uchardet_t u = uchardet_new();
    if (!u) return SC_FAIL(SC_NOMEM, "uchardet");
    const int error = uchardet_handle_data(u, p, SC_MIN(n, (size_t)GUESS_BYTES));
    uchardet_data_end(u);
    const char *name = uchardet_get_charset(u);
    *named = !error && take_label(c, name, strlen(name)) && strcmp(c->name, "utf-8") != 0 &&
             opens(c) && is_likely(c, p, SC_MIN(n, (size_t)GUESS_BYTES));
    uchardet_delete(u);
    return SC_OK;
}

static bool is_ascii(const char *p, size_t n) {
    unsigned char all = 0;
    for (size_t i = 0; i < n; i++) all |= (unsigned char)p[i];
    return all < 0x80;
}

/* ISO-2022 writes other scripts in ASCII bytes behind escapes, HZ behind "~{". */
static bool hides_in_ascii(const char *label) {
    return !strncasecmp(label, "iso-2022", 8) || !strncasecmp(label, "hz", 2);
}

/* UTF-8 but for one sequence in twenty: a page that was cut inside a character, or that quotes. */
static bool is_mostly_utf8(const char *p, size_t n) {
    size_t broken = 0, whole = 0;
    for (const char *end = p + n; p < end;) {
        const size_t good = sc__utf8_valid_prefix(p, (size_t)(end - p));
        for (size_t i = 0; i < good; i++) whole += (unsigned char)p[i] >= 0xC0;
        p += good;
        if (p == end) break;
        broken++;
        for (p++; p < end && sc__utf8_is_inner(*p);) p++;
    }
    return whole >= WHOLE_FOR_BROKEN * broken;
}

typedef struct {
    const char *p;
    size_t n;
    const char *label;
    bool is_html, ascii;
} unread;

static bool is_wide(const char *label, const char *p, size_t n) {
    return !strncasecmp(label, "utf-16", 6) && n >= 2 && (!p[0] || !p[1]);
}

static bool is_utf8(const unread *u) {
    if (is_wide(u->label, u->p, u->n)) return false;
    if (!u->ascii) return is_mostly_utf8(u->p, u->n);
    return !hides_in_ascii(u->label) && !memchr(u->p, '\033', u->n);
}

/* Who tells a set, in the order of belief. */
enum { CARRIER, PAGE, BYTES, TELLERS };

static sc_status name_set(bool *named, sc_charset *c, const unread *u, int teller) {
    *c = (sc_charset){0};
    if (teller == CARRIER)
        *named =
            take_label(c, u->label, strlen(u->label)) && strcmp(c->name, "utf-8") != 0 && opens(c);
    else if (teller == PAGE)
        *named = u->is_html && html_label(c, u->p, u->n);
    else
        SC_TRY(guess(named, c, u->p, u->n));
    if (u->ascii) *named &= hides_in_ascii(c->name);
    return SC_OK;
}

/* ---- conversion ------------------------------------------------------------------------------ */

static sc_status convert(sc_buffer *out, sc_charset *c, const char *p, size_t n) {
    enum { STEP = 1 << 16 };
    iconv_t cd = iconv_open("UTF-8", c->name);
    if ((intptr_t)cd == -1)
        return errno == ENOMEM ? SC_FAIL(SC_NOMEM, "iconv")
                               : SC_FAIL(SC_FORMAT, "iconv: %s", c->name);
    char *from = (char *)(uintptr_t)p;
    while (out->status >= 0) {
        char *to = sc__buffer_extend(out, STEP);
        size_t left = STEP;
        if (!to) break;
        const size_t result =
            n ? iconv(cd, &from, &n, &to, &left) : iconv(cd, NULL, NULL, &to, &left);
        const int error = errno;
        const bool all = !n;
        out->len -= left;
        out->data[out->len] = 0;
        if (result != (size_t)-1 && all) break;
        if (result != (size_t)-1 || error == E2BIG) continue;
        sc__buffer_puts(out, "\xEF\xBF\xBD"); /* EILSEQ, or EINVAL: cut short */
        c->replaced++;
        from++, n--;
    }
    iconv_close(cd);
    return out->status;
}

/* Characters beyond ASCII for each sequence that is none of the set's. */
static bool fits(const sc_buffer *text, const sc_charset *c, int64_t share) {
    int64_t beyond = -c->replaced;
    for (size_t i = 0; i < text->len; i++) beyond += ((unsigned char)text->data[i] & 0xC0) == 0xC0;
    return beyond >= share * c->replaced;
}

/* A set that does not fit the bytes is not believed while another one fits: servers say one set of
 * all their pages. First it must fit well, then more or less. */
static sc_status decode_unknown(sc_charset *c, sc_buffer *room, const unread *u) {
    static const int shares[] = {WHOLE_FOR_BROKEN, 1};
    for (int i = 0; i < SC_LEN(shares); i++)
        for (int teller = 0; teller < TELLERS; teller++) {
            bool named = false;
            SC_TRY(name_set(&named, c, u, teller));
            if (!named) continue;
            sc__buffer_clear(room);
            SC_TRY(convert(room, c, u->p, u->n));
            if (fits(room, c, shares[i])) return SC_OK;
        }
    sc__buffer_clear(room);
    *c = (sc_charset){.name = "windows-1252"};
    if (u->ascii) snprintf(c->name, sizeof c->name, "utf-8");
    return convert(room, c, u->p, u->n);
}

sc_status sc__charset_decode(const char **text, size_t *n, sc_charset *set, sc_buffer *room,
                             const char *label, bool is_html) {
    *set = (sc_charset){0};
    sc__buffer_clear(room);
    const size_t mark = byte_order_mark(set, *text, *n);
    *text += mark;
    *n -= mark;
    if (!label) label = "";
    const bool ascii = !is_wide(label, *text, *n) && is_ascii(*text, *n);
    const unread u = {*text, *n, label, is_html, ascii};
    if (!mark && is_utf8(&u)) snprintf(set->name, sizeof set->name, "utf-8");
    const bool utf8 = !strcmp(set->name, "utf-8");
    if (utf8 && sc__utf8_valid_prefix(*text, *n) == *n) return SC_OK;
    if (utf8)
        SC_TRY(sc__utf8_repair(room, *text, *n, &set->replaced));
    else
        SC_TRY(mark ? convert(room, set, *text, *n) : decode_unknown(set, room, &u));
    *text = room->data ? room->data : "";
    *n = room->len;
    return SC_OK;
}

/* ---- normal form C --------------------------------------------------------------------------- */

/* Ranges whose characters are in form C wherever they stand (quick check "yes", combining class 0,
 * Unicode 15), chosen wide for the scripts of most text. What is in none of them is looked at by
 * utf8proc. */
static const struct {
    uint32_t from, to;
} settled[] = {
    {0x0000, 0x02FF}, {0x0388, 0x0482}, {0x048A, 0x0590},   {0x05D0, 0x05F2}, {0x0620, 0x064A},
    {0x0904, 0x0939}, {0x093E, 0x094C}, {0x0E01, 0x0E37},   {0x0E40, 0x0E47}, {0x1E00, 0x1EFF},
    {0x2002, 0x2125}, {0x212C, 0x2328}, {0x232B, 0x2ADB},   {0x3000, 0x3029}, {0x3030, 0x3096},
    {0x309B, 0x30FF}, {0x3105, 0x33FF}, {0x4E00, 0x9FFF},   {0xAC00, 0xD7A3}, {0xE000, 0xF8FF},
    {0xFE00, 0xFE0F}, {0xFE30, 0xFFFD}, {0x1F000, 0x1FAFF},
};

static bool is_settled(uint32_t c) {
    int low = 0, high = SC_LEN(settled) - 1;
    while (low < high) {
        const int middle = (low + high + 1) / 2;
        if (settled[middle].from <= c)
            low = middle;
        else
            high = middle - 1;
    }
    return c <= settled[low].to;
}

/* Bytes before the next that is 0xCC or more: no character before U+0300 needs a look. */
static size_t low_bytes(const char *p, size_t n) {
    size_t i = 0;
    for (uint64_t w; n - i >= 8; i += 8) {
        memcpy(&w, p + i, 8);
        if (w & w << 1 & 0x8080808080808080u) break; /* a byte of 0xC0 or more */
    }
    while (i < n && (unsigned char)p[i] < 0xCC) i++;
    return i;
}

static bool is_composed(const char *p, size_t n) {
    for (const char *end = p + n; p < end;) {
        int length;
        p += low_bytes(p, (size_t)(end - p));
        if (p == end) break;
        if (!is_settled(sc__utf8_decode(p, &length))) return false;
        p += length;
    }
    return true;
}

static sc_status compose_into(sc_buffer *out, sc_buffer *points, const char *text, size_t n) {
    const utf8proc_option_t how = (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
    utf8proc_ssize_t count = utf8proc_decompose(bytes, (utf8proc_ssize_t)n, NULL, 0, how);
    if (count < 0) return SC_FAIL(SC_FORMAT, "normal form: %s", utf8proc_errmsg(count));
    sc__buffer_clear(points);
    /* one more: utf8proc terminates what it writes */
    utf8proc_int32_t *p = sc__buffer_extend(points, ((size_t)count + 1) * sizeof *p);
    if (!p) return points->status;
    count = utf8proc_decompose(bytes, (utf8proc_ssize_t)n, p, count, how);
    if (count >= 0) count = utf8proc_reencode(p, count, how);
    if (count < 0) return SC_FAIL(SC_FORMAT, "normal form: %s", utf8proc_errmsg(count));
    sc__buffer_append(out, p, (size_t)count);
    return out->status;
}

/* Line by line: a line end composes with nothing, and most lines are composed already. */
sc_status sc__text_compose(const char **text, size_t *n, sc_buffer *room) {
    sc_buffer points = SC_BUFFER_INIT;
    sc_status s = SC_OK;
    if (is_composed(*text, *n)) return SC_OK;
    sc__buffer_clear(room);
    for (const char *p = *text, *end = p + *n; p < end && s >= 0;) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        const size_t length = (size_t)((stop ? stop + 1 : end) - p);
        if (is_composed(p, length))
            sc__buffer_append(room, p, length);
        else
            s = compose_into(room, &points, p, length);
        p += length;
    }
    sc__buffer_deinit(&points);
    if (s >= 0) s = room->status;
    *text = room->data;
    *n = room->len;
    return s;
}
