/* The scalability law: the check values of R's package usl, and how near noise lets it come. */
#include "analyze/analyze.h"
#include "tests/bench_analysis.h"
#include "tests/noise.h"

#include <stdio.h>

/* The largest relative error of gamma, alpha and what else is known. */
static void known_row(const char *name, const double *load, const double *x, size_t n,
                      const double *want)
{
    struct usl u;
    struct err e = {0};
    char measured[32];
    double worst = NAN;

    if (usl_fit(load, x, n, &u, &e)) {
        const double got[] = {u.gamma, u.alpha, u.beta, u.peak_load, u.limit};

        worst = 0;
        for (int i = 0; i < 5; i++)
            if (want[i] > 0)
                worst = fmax(worst, fabs(got[i] / want[i] - 1));
    }
    snprintf(measured, sizeof measured, "%.1e", worst);
    bench_row(name, measured, "1e-4", "1e-6", "R usl");
}

static void noise_row(const struct bench *b)
{
    static const double load[] = {1, 2, 4, 8, 16, 32, 64, 128, 256};
    struct noise r = {.state = b->seed};
    enum { TIMES = 1000, POINTS = sizeof load / sizeof *load };
    double error = 0;
    int peaks = 0;
    char measured[32];

    for (int i = 0; i < TIMES; i++) {
        double x[POINTS];
        struct usl u;
        struct err e = {0};

        for (int k = 0; k < POINTS; k++)
            x[k] = 100 * load[k] / (1 + 0.02 * (load[k] - 1) + 1e-4 * load[k] * (load[k] - 1)) *
                   exp(0.05 * noise_normal(&r));
        if (usl_fit(load, x, POINTS, &u, &e) && !isnan(u.peak_load)) {
            error += fabs(log(u.peak_load / sqrt(0.98 / 1e-4)));
            peaks++;
        }
    }
    snprintf(measured, sizeof measured, "%.0f %%, said %.0f %%", 100 * error / peaks,
             100.0 * peaks / TIMES);
    bench_row("the peak's load is off by, at 5 % noise", measured, "", "", "");
}

void bench_capacity(const struct bench *b)
{
    /* gamma, alpha, beta, load of the peak, limit; 0: not known or none. Here to more digits than R
     * prints: scipy's least_squares from 16 starts. */
    static const double spec[] = {89.99523312, 0.02772847562, 1.043654839e-4, 96.51956097, 0},
                        rays[] = {21.84884287, 0.05777078074, 0, 0, 378.1988505};
    static const double spec_load[] = {1, 18, 36, 72, 108, 144, 216},
                        spec_x[] = {64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775, 1702.2};
    static const double rays_load[] = {1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64},
                        rays_x[] = {20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310};

    bench_title("capacity: check values, largest relative error");
    known_row("specsdm91", spec_load, spec_x, 7, spec);
    known_row("raytracer, beta at its bound", rays_load, rays_x, 11, rays);
    noise_row(b);
}
