/* What a trend has room for: most runs, whatever single ones are like, and budgets that are near.
 */
#include "report/chart_trend.h"

#include <math.h>
#include <stdlib.h>

static int number_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The values that are there, sorted; the caller frees them. */
static double *values_sorted(const struct chart_trend *t, size_t *count)
{
    double *sorted = mem_get(t->count, sizeof *sorted);

    *count = 0;
    for (size_t i = 0; i < t->count; i++)
        if (isfinite(t->value[i]))
            sorted[(*count)++] = t->value[i];
    qsort(sorted, *count, sizeof *sorted, number_order);
    return sorted;
}

size_t trend_newest(const struct chart_trend *t)
{
    size_t i = t->count;

    while (i > 0 && !isfinite(t->value[i - 1]))
        i--;
    return i > 0 ? i - 1 : t->count;
}

/* The newest run is what the picture is looked at for, and stands in its place, unless nothing else
 * could be seen then. */
#define NEWEST_BEYOND 4

/* A few high values may be left out where the rest would shrink to a third or less. */
static double highest_shown(const struct chart_trend *t, const double *sorted, size_t n)
{
    double median = sorted[n / 2], shown = sorted[n - 1], newest = t->value[trend_newest(t)];

    for (size_t k = 1; k <= 1 + n / 25 && n > 4; k++) {
        double left = sorted[n - k], next = sorted[n - 1 - k];

        if ((next >= newest || newest > NEWEST_BEYOND * next) &&
            left - median > 3 * (next - median) && next > median)
            shown = next;
    }
    return shown;
}

/* A budget belongs into the picture unless the data would shrink for its sake. */
static void range_take(struct range *r, double limit)
{
    double span = r->hi - r->lo;

    if (limit > r->hi && limit - r->lo <= 2.5 * span)
        r->hi = limit + 0.06 * span;
    if (limit < r->lo && r->hi - limit <= 2.5 * span)
        r->lo = limit - 0.06 * span;
}

struct range trend_range(const struct chart_trend *t)
{
    struct range r = {0, 1, INFINITY};
    double *sorted, middle, span;
    size_t n;

    sorted = values_sorted(t, &n);
    if (n == 0) {
        free(sorted);
        return r;
    }
    r.lo = sorted[0];
    r.hi = r.most = highest_shown(t, sorted, n);
    free(sorted);
    for (size_t i = 0; i < t->levels; i++) {
        r.lo = fmin(r.lo, fmin(t->level[i].median, t->level[i].spread_lo));
        r.hi = fmax(r.hi, fmax(t->level[i].median, fmin(t->level[i].spread_hi, r.most)));
    }
    middle = (r.lo + r.hi) / 2;
    span = fmax(r.hi - r.lo, 0.1 * fabs(middle)); /* noise of a percent is not to fill it */
    if (!(span > 0))                              /* all are zero */
        span = t->critical > 0 ? t->critical : t->warning > 0 ? t->warning : 1;
    r.lo = middle - 0.58 * span;
    r.hi = middle + 0.58 * span;
    range_take(&r, t->warning);
    range_take(&r, t->critical);
    if (t->break_count || t->mark_name) /* room for names */
        r.lo -= (t->break_count && t->mark_name ? 0.15 : 0.1) * (r.hi - r.lo);
    /* Nothing here is negative; and zero is worth showing where it is near. */
    if (r.lo < 0.25 * (r.hi - r.lo) && middle >= 0)
        r.lo = t->break_count || t->mark_name ? fmin(r.lo, 0) : 0;
    return r;
}
