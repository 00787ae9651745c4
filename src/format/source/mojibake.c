/* mojibake.c - the misreading undone, line by line.
 *
 * A line is suspect when every character of it beyond ASCII is one that windows-1252 or Latin-1
 * makes of a byte, and those bytes are valid UTF-8 from end to end. Genuine text in these letters
 * fails that at its first accent, since a lone byte above 0x7F is not UTF-8. What is left to chance
 * is a capital with a closing mark after it: German "Fuss" with a sharp s before a closing quote is
 * a character of N'Ko. So a suspect line must also hold evidence: two characters in the shapes that
 * Western text makes (C2 xx, C3 xx, E2 xx xx), or five following bytes in any others. The idea that
 * a whole string must decode is that of Robyn Speer's ftfy (2019). */
#define _GNU_SOURCE
#include "format/source/mojibake.h"

#include "base/utf8.h"

#include <string.h>

/* A text with more than ten times as many lines that are right shows mojibake rather than suffers
 * it: manuals of encodings do. */
enum { LEVELS = 2, QUOTED = 10 };

/* What windows-1252 makes of 0x80 to 0x9F; 0: nothing (then Latin-1's control character). */
static const uint16_t windows[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

/* The byte that was read as c; -1: none. */
static int byte_of(uint32_t c) {
    if (c < 0x100) return (int)c;
    if (c > 0x2122 || (c > 0x2DC && c < 0x2013)) return -1;
    for (int i = 0; i < SC_LEN(windows); i++)
        if (windows[i] == c) return 0x80 + i;
    return -1;
}

/* The line's characters as bytes; false when one of them is no byte. */
static bool to_bytes(sc_buffer *out, const char *p, size_t n) {
    for (const char *end = p + n; p < end;) {
        int length;
        const int byte = byte_of(sc__utf8_decode(p, &length));
        if (byte < 0) return false;
        sc__buffer_putc(out, (char)byte);
        p += length;
    }
    return true;
}

typedef struct {
    int64_t strong, weak;
} evidence;

/* Of bytes that are valid UTF-8. */
static evidence weigh(const char *bytes, size_t n) {
    evidence e = {0, 0};
    for (const char *p = bytes, *end = bytes + n; p < end;) {
        int length;
        sc__utf8_decode(p, &length);
        const unsigned char lead = (unsigned char)*p, second = length > 1 ? (unsigned char)p[1] : 0;
        const bool symbol = second >= 0xA0; /* not a letter or quote of windows-1252 */
        if (lead == 0xC3 || lead == 0xC2)
            e.strong += 1 + (symbol && lead == 0xC3);
        else if (lead == 0xE2 && second >= 0x80 && second <= 0x84)
            e.strong += 2;
        else if (length > 1)
            e.weak += length - 1;
        p += length;
    }
    return e;
}

static bool is_certain(evidence e) { return e.strong >= 2 || e.weak >= 5; }

static int64_t count_beyond_ascii(const char *p, size_t n) {
    int64_t count = 0;
    for (size_t i = 0; i < n; i++) count += ((unsigned char)p[i] & 0xC0) == 0xC0;
    return count;
}

typedef struct {
    int64_t repaired;     /* characters */
    int64_t wrong, other; /* lines put right; others with characters beyond ASCII */
} tally;

/* Appends the line, put right where that is certain. */
static void one_line(sc_buffer *out, const char *line, size_t n, tally *t) {
    const size_t begin = out->len;
    const bool plain = !count_beyond_ascii(line, n);
    if (!plain && to_bytes(out, line, n) && out->status >= 0) {
        const char *bytes = out->data + begin;
        const size_t m = out->len - begin;
        if (sc__utf8_valid_prefix(bytes, m) == m && is_certain(weigh(bytes, m))) {
            t->repaired += count_beyond_ascii(bytes, m);
            t->wrong++;
            return;
        }
    }
    t->other += !plain;
    if (out->status >= 0) out->len = begin;
    sc__buffer_append(out, line, n);
}

/* Every misreading holds one of the characters that the leading bytes C2 to F4 are read as: U+00C2
 * to U+00F4, in UTF-8 C3 82 to C3 B4, followed by another beyond ASCII. Most text has none. */
static bool may_hold(const char *p, size_t n) {
    for (const char *end = p + n; (p = memchr(p, 0xC3, (size_t)(end - p))); p += 2) {
        if (end - p < 3) return false;
        if ((unsigned char)p[1] >= 0x82 && (unsigned char)p[1] <= 0xB4 &&
            (unsigned char)p[2] >= 0xC2)
            return true;
    }
    return false;
}

static sc_status one_level(sc_buffer *out, const char *text, size_t n, tally *t) {
    for (const char *end = text + n; text < end;) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        const size_t length = (size_t)((stop ? stop + 1 : end) - text);
        one_line(out, text, length, t);
        text += length;
    }
    return out->status;
}

sc_status sc__mojibake_repair(const char **text, size_t *n, sc_buffer *room, int64_t *n_repaired) {
    *n_repaired = 0;
    for (int level = 0; level < LEVELS && may_hold(*text, *n); level++) {
        sc_buffer out = SC_BUFFER_INIT;
        tally t = {0};
        const sc_status s = one_level(&out, *text, *n, &t);
        if (s < 0 || !t.wrong || t.other > QUOTED * t.wrong) {
            sc__buffer_deinit(&out);
            return s;
        }
        sc__buffer_deinit(room); /* which *text may lie in */
        *room = out;
        *text = room->data;
        *n = room->len;
        *n_repaired += t.repaired;
    }
    return SC_OK;
}
