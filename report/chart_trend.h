/* chart_trend: what the parts of the trend share. Not for other rooms. */
#ifndef REPORT_CHART_TREND_H
#define REPORT_CHART_TREND_H

#include "report/canvas.h"

/* Which values the picture has room for. */
struct range {
    double lo, hi; /* of what is shown */
    double most;   /* runs beyond are marked at the edge; INFINITY: there is none */
};
struct range trend_range(const struct chart_trend *t);

/* The newest run that has a value; t->count where none has. */
size_t trend_newest(const struct chart_trend *t);

#endif
