/* curve.c - see curve.h. The picture: time to the right, ticks at round numbers (1, 2 or 5 times a
 * power of ten), pale what was measured, strong its moving mean. */
#include "stage/training/watch/curve.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- buckets --------------------------------------------------------------------------------- */

static void merge(sc_bucket *into, const sc_bucket *b) {
    into->x = b->x;
    into->sum += b->sum;
    into->min = fmin(into->min, b->min);
    into->max = fmax(into->max, b->max);
    into->n += b->n;
}

static void halve(sc_curve *c) {
    for (int i = 0; i < c->n / 2; i++) {
        c->buckets[i] = c->buckets[2 * i];
        merge(&c->buckets[i], &c->buckets[2 * i + 1]);
    }
    c->n /= 2;
    c->stride *= 2;
}

void sc__curve_push(sc_curve *c, double x, double y) {
    const sc_bucket point = {x, y, y, y, 1};
    if (!isfinite(y)) return;
    if (!c->stride) c->stride = 1;
    if (c->n && c->buckets[c->n - 1].n < c->stride) {
        merge(&c->buckets[c->n - 1], &point);
        return;
    }
    if (c->n == SC_CURVE_BUCKETS) halve(c);
    c->buckets[c->n++] = point;
}

double sc__curve_mean(const sc_curve *c, int i) {
    return c->buckets[i].sum / (double)c->buckets[i].n;
}

/* Half the width of the moving mean: a fiftieth of the curve. */
static int half_width(const sc_curve *c) { return c->n / 50; }

/* Centred; narrower at the beginning, where curves are steep, and cut short at the end, where the
 * last bucket may hold few points. */
static double moving_mean(const sc_curve *c, int i) {
    const int w = SC_MIN(half_width(c), i), last = SC_MIN(i + w, c->n - 1);
    double sum = 0, n = 0;
    for (int k = i - w; k <= last; k++) {
        sum += c->buckets[k].sum;
        n += (double)c->buckets[k].n;
    }
    return sum / n;
}

double sc__curve_recent(const sc_curve *c) {
    const int w = SC_MIN(2 * half_width(c) + 1, c->n);
    double sum = 0;
    for (int k = c->n - w; k < c->n; k++) sum += sc__curve_mean(c, k);
    return w ? sum / w : 0;
}

/* ---- axes ------------------------------------------------------------------------------------ */

typedef struct {
    const sc_chart *c;
    sc_buffer *out;
    double left, right, top, bottom; /* of the plot */
    double x_end, lo, hi;
    bool log;
} canvas;

static double at_x(const canvas *p, double x) {
    return p->left + (p->right - p->left) * x / p->x_end;
}

static double at_y(const canvas *p, double y) {
    const double v = p->log ? log10(fmax(y, 1e-30)) : y;
    return p->bottom - (p->bottom - p->top) * (v - p->lo) / (p->hi - p->lo);
}

/* The smallest of 1, 2, 5 times a power of ten that makes at most n steps of this span. */
static double round_step(double span, int n) {
    const double least = span / n, ten = pow(10, floor(log10(least)));
    const double times[] = {1, 2, 5};
    for (int i = 0; i < 3; i++)
        if (times[i] * ten >= least * 0.999) return times[i] * ten;
    return 10 * ten;
}

/* Short: 1500 is 1.5k, 0.0002 is 2e-4. */
static const char *label(char *text, size_t n, double v) {
    const double a = fabs(v);
    if (a >= 1e9)
        snprintf(text, n, "%.4gG", v / 1e9);
    else if (a >= 1e6)
        snprintf(text, n, "%.4gM", v / 1e6);
    else if (a >= 1e3)
        snprintf(text, n, "%.4gk", v / 1e3);
    else if (a >= 0.01 || a < 1e-30)
        snprintf(text, n, "%.4g", a < 1e-30 ? 0 : v);
    else {
        const int e = (int)floor(log10(a) + 1e-9);
        snprintf(text, n, "%.3ge%d", v / pow(10, e), e);
    }
    return text;
}

static void see(double *lo, double *hi, double v) {
    *lo = fmin(*lo, v);
    *hi = fmax(*hi, v);
}

/* What the strong line needs, and of the pale one on either side what is usual: single outliers are
 * cut off. */
static void see_curve(double *lo, double *hi, const sc_chart *c) {
    double above = 0, below = 0;
    for (int i = 0; i < c->curve->n; i++) {
        const double at = c->smooth ? moving_mean(c->curve, i) : sc__curve_mean(c->curve, i);
        above += fmax(c->curve->buckets[i].max - at, 0);
        below += fmax(at - c->curve->buckets[i].min, 0);
        see(lo, hi, at);
    }
    if (!c->smooth || !c->curve->n) return;
    const double least = *lo > 0 ? *lo / 2 : -HUGE_VAL; /* no axis below zero for what is above */
    *hi += above / c->curve->n;
    *lo = fmax(*lo - below / c->curve->n, least);
}

static void find_range(canvas *p) {
    const sc_chart *c = p->c;
    double lo = HUGE_VAL, hi = -HUGE_VAL;
    see_curve(&lo, &hi, c);
    for (int i = 0; c->points && i < c->points->n; i++) see(&lo, &hi, sc__curve_mean(c->points, i));
    if (c->from_zero) lo = fmin(lo, 0);
    if (!(lo <= hi)) lo = 0, hi = 1;
    p->log = c->log_when_wide && lo > 0 && hi / lo > 12;
    if (p->log) lo = log10(lo), hi = log10(hi);
    if (hi - lo < 1e-9 * fmax(fabs(hi), 1e-12)) {
        const double pad = hi != 0 ? 0.1 * fabs(hi) : 1;
        lo -= c->from_zero ? 0 : pad;
        hi += pad;
    }
    p->lo = c->from_zero && lo >= 0 ? lo : lo - 0.06 * (hi - lo);
    p->hi = hi + 0.08 * (hi - lo);
}

static void tick_y(const canvas *p, double v, const char *text) {
    const double y = at_y(p, v);
    sc__buffer_printf(p->out,
                      "<line class=\"grid\" x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\"/>"
                      "<text class=\"tick end\" x=\"%.0f\" y=\"%.1f\">%s</text>\n",
                      p->left, p->right, y, y, p->left - 7, y + 4, text);
}

static void y_axis(const canvas *p) {
    char text[32];
    const int n = SC_MAX((int)((p->bottom - p->top) / 42), 2);
    if (p->log) {
        const double times[] = {1, 2, 5};
        for (int e = (int)floor(p->lo); e <= (int)ceil(p->hi); e++)
            for (int k = 0; k < (p->hi - p->lo < 2 ? 3 : 1); k++) {
                const double v = times[k] * pow(10, e);
                if (log10(v) >= p->lo && log10(v) <= p->hi)
                    tick_y(p, v, label(text, sizeof text, v));
            }
        return;
    }
    const double step = round_step(p->hi - p->lo, n);
    for (double k = ceil(p->lo / step); k * step <= p->hi; k++)
        tick_y(p, k * step, label(text, sizeof text, fabs(k) < 0.5 ? 0 : k * step));
}

static void x_axis(const canvas *p) {
    char text[32];
    const double step = fmax(round_step(p->x_end, (int)((p->right - p->left) / 74)), 1);
    for (double k = 0; k * step <= p->x_end * 1.0001; k++)
        sc__buffer_printf(p->out,
                          "<line class=\"mark\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.0f\" y2=\"%.0f\"/>"
                          "<text class=\"tick mid\" x=\"%.1f\" y=\"%.0f\">%s</text>\n",
                          at_x(p, k * step), at_x(p, k * step), p->bottom, p->bottom + 5,
                          at_x(p, k * step), p->bottom + 19, label(text, sizeof text, k * step));
    sc__buffer_printf(p->out,
                      "<line class=\"axis\" x1=\"%.0f\" x2=\"%.0f\" y1=\"%.0f\" y2=\"%.0f\"/>"
                      "<text class=\"tick end\" x=\"%.0f\" y=\"%.0f\">step</text>\n",
                      p->left, p->right, p->bottom, p->bottom, p->right, p->bottom + 35);
}

/* ---- curves ---------------------------------------------------------------------------------- */

/* "x,y " with one decimal: printf would be most of the cost of a report. Far outside is as good
 * as just outside. */
static void coordinate(sc_buffer *out, double v, char after) {
    char text[16], *end = text + sizeof text, *at = end;
    int t = (int)lround(10 * fmin(fmax(v, -9999), 9999));
    const bool negative = t < 0;
    if (negative) t = -t;
    *--at = after;
    *--at = (char)('0' + t % 10);
    *--at = '.';
    for (t /= 10; t || *at == '.'; t /= 10) *--at = (char)('0' + t % 10);
    if (negative) *--at = '-';
    sc__buffer_append(out, at, (size_t)(end - at));
}

static void vertex(const canvas *p, double x, double y) {
    coordinate(p->out, at_x(p, x), ',');
    coordinate(p->out, at_y(p, y), ' ');
}

/* Where buckets hold several points: what these span. */
static void band(const canvas *p) {
    const sc_curve *c = p->c->curve;
    if (c->stride < 2) return;
    sc__buffer_puts(p->out, "<polygon class=\"band\" points=\"");
    for (int i = 0; i < c->n; i++) vertex(p, c->buckets[i].x, c->buckets[i].max);
    for (int i = c->n - 1; i >= 0; i--) vertex(p, c->buckets[i].x, c->buckets[i].min);
    sc__buffer_puts(p->out, "\"/>\n");
}

static void line(const canvas *p, const sc_curve *c, const char *class_name, bool smooth) {
    if (c->n == 1) /* a line of one point is not seen */
        sc__buffer_printf(p->out, "<circle class=\"dot %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"/>\n",
                          class_name, at_x(p, c->buckets[0].x), at_y(p, sc__curve_mean(c, 0)));
    sc__buffer_printf(p->out, "<polyline class=\"%s\" points=\"", class_name);
    for (int i = 0; i < c->n; i++)
        vertex(p, c->buckets[i].x, smooth ? moving_mean(c, i) : sc__curve_mean(c, i));
    sc__buffer_puts(p->out, "\"/>\n");
}

static void points(const canvas *p) {
    const sc_curve *c = p->c->points;
    if (!c || !c->n) return;
    line(p, c, "held", false);
    for (int i = 0; c->n <= 120 && i < c->n; i++)
        sc__buffer_printf(p->out, "<circle class=\"dot held\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>\n",
                          at_x(p, c->buckets[i].x), at_y(p, sc__curve_mean(c, i)));
}

static void reference(const canvas *p) {
    const double y = at_y(p, p->c->reference);
    if (!(p->c->reference > 0) || y < p->top || y > p->bottom) return;
    sc__buffer_printf(p->out,
                      "<line class=\"reference\" x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\"/>"
                      "<text class=\"tick end\" x=\"%.0f\" y=\"%.1f\">%s</text>\n",
                      p->left, p->right, y, y, p->right - 4, y - p->top < 16 ? y + 15 : y - 5,
                      p->c->reference_name);
}

static void legend(const sc_chart *c, sc_buffer *out) {
    sc__buffer_printf(out, "<figcaption><b>%s</b> <span class=\"unit\">%s</span>", c->title,
                      c->unit);
    if (c->points && c->points->n)
        sc__buffer_printf(out, "<span class=\"key held-key\">%s</span>", c->points_name);
    if (c->smooth && c->width > 600)
        sc__buffer_printf(out,
                          "<span class=\"key line-key\">%s</span><span class=\"key "
                          "raw-key\">%s</span>",
                          c->curve_name, c->curve->stride > 1 ? "mean and range" : "each step");
    sc__buffer_puts(out, "</figcaption>\n");
}

void sc__chart_draw(sc_buffer *out, const sc_chart *c) {
    canvas p = {.c = c, .out = out, .left = 56, .top = 8};
    p.right = c->width - 14;
    p.bottom = c->height - 40;
    p.x_end = fmax(c->x_end, c->curve->n ? c->curve->buckets[c->curve->n - 1].x : 0);
    if (!(p.x_end > 0)) p.x_end = 1;
    find_range(&p);
    sc__buffer_puts(out, "<figure>");
    legend(c, out);
    sc__buffer_printf(out,
                      "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s by step\">"
                      "<clipPath id=\"clip-%s\"><rect x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" "
                      "height=\"%.0f\"/></clipPath>\n",
                      c->width, c->height, c->title, c->curve_name, p.left, p.top - 4,
                      p.right - p.left + 4, p.bottom - p.top + 4);
    y_axis(&p);
    x_axis(&p);
    sc__buffer_printf(out, "<g clip-path=\"url(#clip-%s)\">\n", c->curve_name);
    reference(&p);
    band(&p);
    if (c->smooth) line(&p, c->curve, "raw", false);
    line(&p, c->curve, "line", c->smooth);
    points(&p);
    sc__buffer_puts(out, "</g></svg></figure>\n");
}
