/* curve.h - a curve of any length in bounded memory, and its picture as SVG. */
#ifndef SC_STAGE_TRAINING_CURVE_H
#define SC_STAGE_TRAINING_CURVE_H

#include "base/buffer.h"

enum { SC_CURVE_BUCKETS = 1000 };

/* Neighbouring points as one: what they span and their mean is kept. */
typedef struct {
    double x, sum, min, max; /* x of the last point */
    int64_t n;
} sc_bucket;

/* Zero-initialised is empty. When all buckets are taken, pairs of them become one and `stride`
 * doubles, so that between 500 and 1000 buckets stand for any number of points. */
typedef struct {
    int64_t stride; /* points a bucket */
    int n;
    sc_bucket buckets[SC_CURVE_BUCKETS];
} sc_curve;

void sc__curve_push(sc_curve *c, double x, double y); /* x never falls */
double sc__curve_mean(const sc_curve *c, int i);
/* The mean over the newest share of the curve (at least one bucket): what to read off it now. */
double sc__curve_recent(const sc_curve *c);

typedef struct {
    const char *title, *unit;
    int width, height; /* of the picture, in its own units: pixels at 1:1 */
    const sc_curve *curve;
    const char *curve_name;
    bool smooth;            /* a moving mean over the pale points and their span */
    const sc_curve *points; /* marked one by one; may be NULL */
    const char *points_name;
    double x_end;     /* the axis goes that far at least */
    double reference; /* a dashed line at this height, where it lies in sight; 0: none */
    const char *reference_name;
    bool from_zero, log_when_wide; /* the value axis */
} sc_chart;

/* Appends a <figure> with axes, ticks and legend; colours are CSS classes of the report. */
void sc__chart_draw(sc_buffer *out, const sc_chart *c);

#endif
