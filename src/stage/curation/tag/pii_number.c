/* pii_number.c - numbers of accounts, cards, persons and telephones. */
#include "stage/curation/tag/pii.h"

#include "base/status.h"

#include <string.h>

enum { DIGITS_MAX = 24, GROUPS_MAX = 10 };

/* Groups of digits with one sign between each two. */
typedef struct {
    char digit[DIGITS_MAX + 1]; /* values */
    int n;
    int group[GROUPS_MAX], n_groups;
    char sign; /* 0: one group */
    const char *stop;
} number;

/* Up to the first thing that is neither a digit nor the sign that came first. */
static number read_number(const char *p, const char *end) {
    number x = {.n_groups = 1};
    for (; p < end && x.n < DIGITS_MAX; p++) {
        if (sc__is_digit(*p)) {
            x.digit[x.n++] = (char)(*p - '0');
            x.group[x.n_groups - 1]++;
            continue;
        }
        const bool is_sign = x.n && strchr(" -.", *p) && *p && (!x.sign || x.sign == *p);
        if (!is_sign || end - p < 2 || !sc__is_digit(p[1]) || x.n_groups == GROUPS_MAX) break;
        x.sign = *p;
        x.n_groups++;
    }
    x.stop = p;
    return x;
}

/* Whether a number may end at p: it does not go on in another way. */
static bool may_end(const char *p, const char *end) {
    if (p == end) return true;
    if (sc__is_word(*p)) return false;
    return !(end - p > 1 && (*p == '-' || *p == '.' || *p == ',') && sc__is_digit(p[1]));
}

static int value_of(const char *digit, int n) {
    int v = 0;
    for (int i = 0; i < n; i++) v = v * 10 + digit[i];
    return v;
}

static bool is_date(int month, int day) {
    static const char days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

static size_t length(const char *p, const number *x) { return (size_t)(x->stop - p); }

/* ---- accounts -------------------------------------------------------------------------------- */

static int iban_length(const char *p) {
    static const char countries[] =
        "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18"
        "FO18FR27GB22GE22GI23GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20"
        "LU20LV21LY25MC27MD24ME22MK19MR27MT31MU30NL18NO15PK24PL28PS29PT25QA29RO24RS22SA24SC31SD18"
        "SE24SI19SK24SM27ST25SV28TL23TN24TR26UA29VA22VG24XK20";
    for (size_t i = 0; i + 4 < sizeof countries; i += 4)
        if (countries[i] == p[0] && countries[i + 1] == p[1])
            return (countries[i + 2] - '0') * 10 + countries[i + 3] - '0';
    return 0;
}

static int mod97(int rest, char c) {
    if (sc__is_digit(c)) return (rest * 10 + c - '0') % 97;
    return (rest * 100 + c - 'A' + 10) % 97;
}

size_t sc__pii_iban(const char *p, const char *end) {
    if (end - p < 15 || !sc__is_digit(p[2]) || !sc__is_digit(p[3])) return 0;
    const int want = iban_length(p);
    const char *at = p;
    int n = 0, rest = 0;
    for (; n < want && at < end; at++) {
        const bool is_space = *at == ' ' && n % 4 == 0 && at > p && at[-1] != ' ';
        if (is_space) continue;
        if (!sc__is_digit(*at) && (unsigned char)(*at - 'A') >= 26) return 0;
        if (n >= 4) rest = mod97(rest, *at);
        n++;
    }
    if (!want || n < want || (at < end && sc__is_word(*at))) return 0;
    for (int i = 0; i < 4; i++) rest = mod97(rest, p[i]);
    return rest == 1 ? (size_t)(at - p) : 0;
}

static bool is_issuer(const char *digit, int n) {
    static const struct {
        int low, high, digits, min, max;
    } ranges[] = {{4, 4, 1, 13, 19},     {51, 55, 2, 16, 16},     {2221, 2720, 4, 16, 16},
                  {34, 34, 2, 15, 15},   {37, 37, 2, 15, 15},     {6011, 6011, 4, 16, 19},
                  {644, 659, 3, 16, 19}, {3528, 3589, 4, 16, 19}, {36, 36, 2, 14, 19},
                  {38, 39, 2, 14, 19},   {300, 305, 3, 14, 19},   {62, 62, 2, 16, 19}};
    for (int i = 0; i < SC_LEN(ranges); i++) {
        const int v = value_of(digit, ranges[i].digits);
        if (v >= ranges[i].low && v <= ranges[i].high && n >= ranges[i].min && n <= ranges[i].max)
            return true;
    }
    return false;
}

static bool luhn(const char *digit, int n) {
    int sum = 0;
    for (int i = 0; i < n; i++) {
        const int v = digit[n - 1 - i] * (i % 2 + 1);
        sum += v > 9 ? v - 9 : v;
    }
    return sum % 10 == 0;
}

size_t sc__pii_card(const char *p, const char *end) {
    const number x = read_number(p, end);
    if (x.n < 13 || x.n > 19 || x.sign == '.' || !may_end(x.stop, end)) return 0;
    for (int i = 0; i + 1 < x.n_groups; i++) /* 4-4-4-4, 4-6-5 */
        if (x.group[i] < 4 || x.group[i] > 6) return 0;
    return is_issuer(x.digit, x.n) && luhn(x.digit, x.n) ? length(p, &x) : 0;
}

/* ---- persons --------------------------------------------------------------------------------- */

static bool rrn_check(const char *digit) {
    int sum = 0;
    for (int i = 0; i < 12; i++) sum += digit[i] * (i % 8 + 2);
    const bool foreigner = digit[6] >= 5 && digit[6] <= 8;
    return ((foreigner ? 13 : 11) - sum % 11) % 10 == digit[12];
}

size_t sc__pii_kr_rrn(const char *p, const char *end) {
    const number x = read_number(p, end);
    const bool dash = x.n_groups == 2 && x.sign == '-' && x.group[0] == 6;
    if (x.n != 13 || !(dash || x.n_groups == 1) || !may_end(x.stop, end)) return 0;
    const int sex = x.digit[6];
    if (!is_date(value_of(x.digit + 2, 2), value_of(x.digit + 4, 2))) return 0;
    const bool recent =
        dash && (sex == 3 || sex == 4 || sex == 7 || sex == 8) && value_of(x.digit, 4) >= 2010;
    return recent || rrn_check(x.digit) ? length(p, &x) : 0;
}

size_t sc__pii_cn_id(const char *p, const char *end) {
    static const char weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    static const char provinces[] = "1112131415212223313233343536374142434445465051525354616263646"
                                    "571818283";
    int sum = 0;
    if (end - p < 18) return 0;
    for (int i = 0; i < 17; i++) {
        if (!sc__is_digit(p[i])) return 0;
        sum += (p[i] - '0') * weights[i];
    }
    const char want = "10X98765432"[sum % 11];
    if ((p[17] == 'x' ? 'X' : p[17]) != want || !may_end(p + 18, end)) return 0;
    bool known = false;
    for (size_t i = 0; i + 2 < sizeof provinces; i += 2) known |= !memcmp(provinces + i, p, 2);
    const int month = (p[10] - '0') * 10 + p[11] - '0', day = (p[12] - '0') * 10 + p[13] - '0';
    const bool century = !memcmp(p + 6, "19", 2) || !memcmp(p + 6, "20", 2);
    return known && century && is_date(month, day) ? 18 : 0;
}

size_t sc__pii_us_ssn(const char *p, const char *end) {
    const number x = read_number(p, end);
    if (x.n != 9 || x.n_groups != 3 || x.group[0] != 3 || x.group[1] != 2 || x.sign != '-' ||
        !may_end(x.stop, end))
        return 0;
    const int area = value_of(x.digit, 3);
    const bool given =
        area && area != 666 && area < 900 && value_of(x.digit + 3, 2) && value_of(x.digit + 5, 4);
    return given ? length(p, &x) : 0;
}

/* ---- telephones ------------------------------------------------------------------------------ */

/* Brackets around a group, signs of more than one kind; no space once another sign was used. */
static size_t match_international(const char *p, const char *end) {
    int digits = 0;
    bool sign = false, open = false;
    const char *at = p + 1, *stop = p;
    if (at == end || *at < '1' || *at > '9') return 0;
    for (; at < end && digits < 16; at++) {
        if (sc__is_digit(*at)) {
            digits++;
            stop = at + 1;
            continue;
        }
        const bool again = !sc__is_digit(at[-1]) && at[-1] != ')' && !(*at == '(' && at[-1] == ' ');
        if (*at == '(' && !open)
            open = true;
        else if (*at == ')' && open)
            open = false;
        else if (again || !strchr(" -.", *at) || !*at || (*at == ' ' && sign))
            break;
        sign |= *at == '-' || *at == '.';
    }
    return digits >= 8 && digits <= 15 && may_end(stop, end) ? (size_t)(stop - p) : 0;
}

/* 555-123-4567, 1-555-123-4567: ITU country code 1, area and exchange begin with 2 to 9. */
static bool is_american(const number *x) {
    const int k = x->n == 11 && x->digit[0] == 1 && x->group[0] == 1;
    return x->n == 10 + k && x->n_groups == 3 + k && x->group[k] == 3 && x->group[k + 1] == 3 &&
           x->digit[k] >= 2 && x->digit[k + 3] >= 2;
}

/* Mobile telephones written without a sign: 01012345678 of Korea, 13812345678 of China. */
static bool is_mobile(const number *x) {
    if (x->n != 11 || (x->n_groups != 1 && x->group[0] != 3)) return false;
    return (x->digit[0] == 0 && x->digit[1] == 1 && x->digit[2] == 0) ||
           (x->digit[0] == 1 && x->digit[1] >= 3);
}

/* 02-123-4567, 03-1234-5678, 01 23 45 67 89, 020 7946 0018. */
static bool is_national(const number *x) {
    if (x->digit[0] != 0 || x->digit[1] == 0 || x->n < 9 || x->n > 12 || x->n_groups < 3)
        return false;
    for (int i = 0; i < x->n_groups; i++)
        if (x->group[i] < 2 || x->group[i] > 5) return false;
    return true;
}

/* (555) 123-4567, (02) 1234-5678 */
static size_t match_bracketed(const char *p, const char *end) {
    const char *at = p + 1;
    int area = 0, digits = 0;
    while (at < end && area < 5 && sc__is_digit(*at)) area++, at++;
    if (area < 2 || area > 4 || at == end || *at++ != ')') return 0;
    if (at < end && (*at == ' ' || *at == '-')) at++;
    const number x = read_number(at, end);
    digits = area + x.n;
    const bool american = area == 3 && x.n == 7 && p[1] >= '2';
    const bool other = p[1] == '0' && digits >= 9 && digits <= 11;
    if (!(american || other) || x.n_groups != 2 || x.sign == ' ' || !may_end(x.stop, end)) return 0;
    return (size_t)(x.stop - p);
}

size_t sc__pii_phone(const char *p, const char *end) {
    if (*p == '+') return match_international(p, end);
    if (*p == '(') return match_bracketed(p, end);
    const number x = read_number(p, end);
    if (!may_end(x.stop, end)) return 0;
    return is_american(&x) || is_mobile(&x) || is_national(&x) ? length(p, &x) : 0;
}
