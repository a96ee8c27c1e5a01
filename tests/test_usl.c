/* The scalability law against scipy.optimize.least_squares, with the same bounds, from many starts
 * (numbers below), on the data sets of R's package usl; and by its properties. */
#include "analyze/analyze.h"

#include "tests/noise.h"
#include "tests/tap.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const double specsdm91[][7] = {{1, 18, 36, 72, 108, 144, 216},
                                      {64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775, 1702.2}};
static const double raytracer[][11] = {{1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64},
                                       {20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310}};

static void near_share(double got, double want, const char *name)
{
    tap_near(got / want, 1, 1e-7, name);
}

static void known_test(void)
{
    struct usl u;
    struct err e = {0};

    OK(usl_fit(specsdm91[0], specsdm91[1], 7, &u, &e) && !u.bounded, "specsdm91: no bound");
    near_share(u.gamma, 89.99523312, "gamma");
    near_share(u.alpha, 0.02772847562, "alpha");
    near_share(u.beta, 1.043654839e-4, "beta");
    near_share(u.peak_load, 96.51956097, "the load of the peak");
    near_share(u.peak_throughput, 1883.898996, "its throughput");
    near_share(u.limit, 3245.588915, "the limit of contention alone");
    near_share(u.r2, 0.9895614781, "r squared");
    near_share(usl_throughput(&u, 432), 1200.5666957, "throughput at twice the largest load");
    OK(isnan(usl_throughput(&u, 433)), "beyond it nothing is said");

    OK(usl_fit(raytracer[0], raytracer[1], 11, &u, &e) && u.bounded && u.beta == 0,
       "raytracer: beta is at its bound");
    near_share(u.gamma, 21.84884287, "gamma");
    near_share(u.alpha, 0.05777078074, "alpha");
    near_share(u.limit, 378.1988505, "the limit");
    OK(isnan(u.peak_load) && isnan(u.peak_throughput), "no peak");
}

/* gamma, alpha, beta of points on the curve itself come back. */
static void exact_test(void)
{
    static const double sets[][4] = {{100, 0.02, 3e-4, 1}, {2.5e6, 0, 0, 1},  {1e-9, 1, 0, 1},
                                     {7, 0, 0.01, 1},      {7, 0.3, 1e-5, 1}, {40, 2e-5, 0, 1e4}};
    static const double loads[] = {1, 2, 4, 8, 16, 32, 64};

    for (size_t i = 0; i < COUNT(sets); i++) {
        const double *p = sets[i];
        double load[7], x[7];
        struct usl u;
        struct err e = {0};

        for (size_t k = 0; k < 7; k++) {
            load[k] = loads[k] * p[3];
            x[k] = p[0] * load[k] / (1 + p[1] * (load[k] - 1) + p[2] * load[k] * (load[k] - 1));
        }
        OK(usl_fit(load, x, 7, &u, &e), "fits points of set %zu", i);
        near_share(u.gamma, p[0], "gamma");
        OK(fabs(u.alpha - p[1]) < 1e-6 * p[1] + 1e-9, "alpha");
        OK(fabs(u.beta - p[2]) < 1e-6 * p[2] + 1e-9, "beta");
        OK(u.bounded == (u.alpha == 0 || u.alpha == 1 || u.beta == 0), "bounds are told");
    }
}

static void property_test(void)
{
    double load[14], x[14];
    struct noise r = {.state = 11};
    struct usl u, v;
    struct err e = {0};

    for (size_t i = 0; i < 7; i++) {
        load[i] = load[13 - i] = specsdm91[0][i];
        x[i] = x[13 - i] = specsdm91[1][i] * 1e200;
    }
    OK(usl_fit(load, x, 14, &v, &e) && usl_fit(specsdm91[0], specsdm91[1], 7, &u, &e), "fits");
    near_share(v.gamma / 1e200, u.gamma, "a unit changes gamma alone");
    near_share(v.beta, u.beta, "points twice, in another order, say the same");
    for (int i = 0; i < 200; i++) {
        for (size_t k = 0; k < 7; k++) {
            load[k] = ceil(exp(6 * noise_uniform(&r)) + (double)k);
            x[k] = 100 * noise_uniform(&r);
        }
        if (!usl_fit(load, x, 7, &u, &e) || !(u.gamma > 0 && u.alpha >= 0 && u.alpha <= 1) ||
            !(u.beta >= 0) || !(u.r2 <= 1) || u.peak_load > 2 * u.load_max)
            break;
        if (i == 199)
            OK(1, "noise gives a curve within the bounds");
    }
}

static void refuse_test(void)
{
    static const struct {
        double load[4], throughput[4];
        size_t count;
        const char *want;
    } bad[] = {
        {{0}, {0}, 0, "three parameters need at least 3 different loads, and there are 0"},
        {{1, 2}, {1, 2}, 2, "three parameters need at least 3 different loads, and there are 2"},
        {{1, 1, 1},
         {1, 2, 3},
         3,
         "three parameters need at least 3 different loads, and there is 1"},
        {{1, 2, 0}, {1, 2, 3}, 3, "point 3: the load 0 is not above 0"},
        {{1, NAN, 3}, {1, 2, 3}, 3, "point 2: the load nan is not above 0"},
        {{1, 2, INFINITY}, {1, 2, 3}, 3, "point 3: the load inf is not above 0"},
        {{1, 2, 3}, {1, -2, 3}, 3, "point 2: the throughput -2 is not a rate"},
        {{1, 2, 3}, {NAN, 2, 3}, 3, "point 1: the throughput nan is not a rate"},
        {{1, 2, 3}, {0, 0, 0}, 3, "every throughput is 0"},
    };

    for (size_t i = 0; i < COUNT(bad); i++) {
        struct usl u;
        struct err e = {0};

        OK(!usl_fit(bad[i].load, bad[i].throughput, bad[i].count, &u, &e), "refused");
        tap_is(e.text, bad[i].want, "and says why");
    }
}

int main(void)
{
    known_test();
    exact_test();
    property_test();
    refuse_test();
    return tap_end();
}
