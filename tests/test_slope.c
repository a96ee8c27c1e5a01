/* The slope of a series. Values computed by numpy: the median of all pairs' slopes. */
#include "analyze/analyze.h"

#include "tests/noise.h"
#include "tests/tap.h"

static void test_known(void)
{
    static const double x[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
                        y[] = {1.2, 0.9, 2.1, 2.8, 9.0, 4.1, 4.8, 6.2, 6.9, 7.7},
                        ties[] = {1, 1, 1, 2, 2, 2, 3, 3, 3, 3};
    struct slope s;

    slope_get(x, y, 10, &s);
    tap_near(s.slope, 0.8, 1e-12, "the median of 45 slopes, an outlier apart");
    OK(s.count == 10 && s.lo < s.slope && s.slope < s.hi && s.lo > 0.4 && s.hi < 1.2,
       "its interval is around it");
    slope_get(x, ties, 10, &s);
    tap_near(s.slope, 0.25, 1e-12, "with ties");
    slope_get(x, y, 4, &s);
    OK(isfinite(s.slope) && isnan(s.lo) && isnan(s.hi), "below five points there is no interval");
    slope_get(x, y, 1, &s);
    OK(isnan(s.slope) && s.count == 1, "one point has no slope");
    slope_get(x, y, 0, &s);
    OK(isnan(s.slope) && s.count == 0, "nor has none");
    slope_get((double[]){3, 3, 3}, y, 3, &s);
    OK(isnan(s.slope), "nor have points at one place");
    slope_get(x, (double[]){1, NAN, 3, INFINITY, 5}, 5, &s);
    tap_near(s.slope, 1, 1e-12, "what is missing is left out");
}

/* How often the interval has the truth. */
static void test_interval(void)
{
    int covered = 0, quiet = 0, memory = 0, times = 2000;
    static double x[1000], y[1000];
    struct noise r = {.state = 5};
    struct slope s;

    for (int i = 0; i < times; i++) {
        double last = 0, other[30];

        for (int k = 0; k < 30; k++) {
            x[k] = k;
            y[k] = 0.1 * k + noise_normal(&r);
            other[k] = last = 0.5 * last + noise_normal(&r);
        }
        slope_get(x, y, 30, &s);
        covered += s.lo <= 0.1 && 0.1 <= s.hi;
        quiet += s.lo > 0;
        slope_get(x, other, 30, &s);
        memory += s.lo <= 0 && 0 <= s.hi;
    }
    OK(covered > times * 0.93 && covered < times * 0.985, "the interval covers in %d of %d",
       covered, times);
    OK(quiet > times * 0.95, "a slope of 5 standard errors is seen in %d", quiet);
    OK(memory > times * 0.88, "autocorrelated noise has a slope in %d only", times - memory);
    for (int k = 0; k < 1000; k++) {
        x[k] = k;
        y[k] = 3 - 0.01 * k + noise_normal(&r);
    }
    slope_get(x, y, 1000, &s);
    tap_near(s.slope, -0.01, 6e-4, "1,000 points by the medians of parts");
    OK(s.count == 1000 && s.lo < -0.01 && s.hi > -0.011, "with their interval");
}

int main(void)
{
    test_known();
    test_interval();
    return tap_end();
}
