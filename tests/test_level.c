/* The level of a stretch of runs, against numpy's percentile and the order statistics that
 * scipy.stats.binom gives: binom.ppf(0.025, n, 0.5) is the rank. */
#include "analyze/analyze.h"

#include "tests/tap.h"

/* 1..n, in an order that is not sorted. */
static struct level level_to(size_t n)
{
    double value[200];
    struct level l;

    for (size_t i = 0; i < n; i++)
        value[i] = (double)((i * 7) % n + 1);
    level_get(value, n, &l);
    return l;
}

int main(void)
{
    static const struct {
        size_t n;
        double lo, hi;
    } known[] = {{6, 1, 6}, {10, 2, 9}, {30, 10, 21}, {100, 40, 61}};
    double gap[] = {3, NAN, 1, INFINITY, 2};
    struct level l;

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        l = level_to(known[i].n);
        OK(l.lo == known[i].lo && l.hi == known[i].hi, "interval of %zu values", known[i].n);
    }
    l = level_to(5);
    OK(l.median == 3 && isnan(l.lo) && isnan(l.hi), "five values have no interval of 95 %%");
    l = level_to(30);
    tap_near(l.median, 15.5, 1e-12, "median of an even number");
    tap_near(l.spread_lo, 2.45, 1e-12, "5th percentile as numpy's"); /* numpy.percentile */
    tap_near(l.spread_hi, 28.55, 1e-12, "95th");
    level_get(gap, 5, &l);
    OK(l.count == 3 && l.median == 2, "what is no number is left out");
    level_get(gap, 1, &l);
    OK(l.median == 3 && l.spread_lo == 3 && isnan(l.lo), "one value is its own level");
    level_get(gap, 0, &l);
    OK(l.count == 0 && isnan(l.median) && isnan(l.spread_hi), "nothing has no level");
    return tap_end();
}
