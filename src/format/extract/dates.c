/* dates.c - a date read from left to right. */
#include "format/extract/dates.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct {
    int year, month, day;
} date;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }

/* Between `least` and `most` digits; -1 when there are fewer. */
static int number(const char **p, int least, int most) {
    int value = 0, n = 0;
    for (; n < most && is_digit(**p); n++) value = value * 10 + *(*p)++ - '0';
    return n < least ? -1 : value;
}

static bool is_date(const date *d) {
    static const char days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return d->year >= 1000 && d->year <= 2999 && d->month >= 1 && d->month <= 12 && d->day >= 1 &&
           d->day <= days[d->month - 1];
}

/* 2019-11-20, 2019/11/20, 20191120 */
static bool read_numbers(date *d, const char **p) {
    const char *at = *p;
    d->year = number(&at, 4, 4);
    const char mark = *at == '-' || *at == '/' || *at == '.' ? *at++ : 0;
    d->month = number(&at, mark ? 1 : 2, 2);
    if (mark && *at++ != mark) return false;
    d->day = number(&at, mark ? 1 : 2, 2);
    if (is_digit(*at) || !is_date(d)) return false;
    *p = at;
    return true;
}

/* The month that a word of three letters or more begins like. */
static int month(const char **p) {
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (int i = 0; i < 12; i++) {
        if (strncasecmp(*p, names + 3 * i, 3)) continue;
        while (is_letter(**p)) ++*p;
        return i + 1;
    }
    return -1;
}

static void skip(const char **p) {
    while (**p == ' ' || **p == ',' || **p == '.' || **p == '-') ++*p;
}

/* 20 Nov 2019, Wed, 20 Nov 2019, November 20, 2019 */
static bool read_words(date *d, const char **p) {
    const char *at = *p;
    for (int i = 0; i < 2 && is_letter(*at) && (d->month = month(&at)) < 0; i++) {
        while (is_letter(*at)) at++; /* the day of the week */
        skip(&at);
    }
    skip(&at);
    d->day = number(&at, 1, 2);
    while (is_letter(*at)) at++; /* 20th */
    skip(&at);
    if (d->month <= 0) d->month = month(&at);
    skip(&at);
    d->year = number(&at, 4, 4);
    if (is_digit(*at) || !is_date(d)) return false;
    *p = at;
    return true;
}

/* 08:30(:00(.000)), with a zone or without; nothing is written where it is no time of day. */
static void put_time(char *out, size_t size, const char *p) {
    if (*p != 'T' && *p != ' ') return;
    while (*p == 'T' || *p == ' ') p++;
    const int hour = number(&p, 2, 2), minute = *p == ':' ? (p++, number(&p, 2, 2)) : -1;
    const int second = *p == ':' ? (p++, number(&p, 2, 2)) : 0;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return;
    if (*p == '.' || *p == ',') {
        p++;
        while (is_digit(*p)) p++;
    }
    while (*p == ' ') p++;
    const int n = snprintf(out, size, "T%02d:%02d:%02d", hour, minute, second);
    if (*p == 'Z' || !strncmp(p, "GMT", 3) || !strncmp(p, "UTC", 3)) {
        snprintf(out + n, size - (size_t)n, "Z");
    } else if (*p == '+' || *p == '-') {
        const char sign = *p++;
        const int hours = number(&p, 2, 2);
        if (*p == ':') p++;
        const int minutes = number(&p, 2, 2);
        if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59) return;
        snprintf(out + n, size - (size_t)n, "%c%02d:%02d", sign, hours, minutes);
    }
}

bool sc__date_find(char out[SC_DATE_MAX], const char *text) {
    date d = {0};
    const char *p = text;
    out[0] = 0;
    while (*p == ' ' || *p == '\n' || *p == '\t') p++;
    if (!read_numbers(&d, &p)) {
        d = (date){0};
        if (!read_words(&d, &p)) return false;
    }
    const int n = snprintf(out, SC_DATE_MAX, "%04d-%02d-%02d", d.year, d.month, d.day);
    put_time(out + n, (size_t)(SC_DATE_MAX - n), p);
    return true;
}
