/* noise: simulated runs with known truth, for tests of the statistics. Seeded, so that a test gives
 * the same answer every time. The kinds are what benchmarks of servers show: ordinary noise, heavy
 * tails with stalls, two modes (placement, frequency), autocorrelation, and an offset of a whole
 * session (another machine, a reboot). All have the standard deviation `cv` in logs. */
#ifndef TESTS_NOISE_H
#define TESTS_NOISE_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

struct noise {
    uint64_t state;
    double spare;
    int has_spare;
};

/* splitmix64 (Steele, Lea, Flood 2014) */
static inline double noise_uniform(struct noise *r)
{
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return ((double)(z >> 11) + 0.5) * 0x1p-53;
}

/* Marsaglia's polar method */
static inline double noise_normal(struct noise *r)
{
    double u, v, s;

    if (r->has_spare) {
        r->has_spare = 0;
        return r->spare;
    }
    do {
        u = 2 * noise_uniform(r) - 1;
        v = 2 * noise_uniform(r) - 1;
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    s = sqrt(-2 * log(s) / s);
    r->spare = v * s;
    r->has_spare = 1;
    return u * s;
}

enum noise_kind { NOISE_NORMAL, NOISE_HEAVY, NOISE_BIMODAL, NOISE_AR1, NOISE_SESSION, NOISE_KINDS };

static const char *const noise_name[] = {"lognormal", "heavy", "bimodal", "ar1", "session"};

static inline double noise_heavy(struct noise *r)
{
    double chi2 = 0;

    for (int i = 0; i < 3; i++) {
        double z = noise_normal(r);

        chi2 += z * z;
    }
    return noise_normal(r) / sqrt(chi2 / 3) / sqrt(3);
}

/* One session of n runs around `level` (in logs), as values. */
static inline void noise_session(struct noise *r, enum noise_kind kind, double cv, double level,
                                 double *value, size_t n)
{
    double last = noise_normal(r), offset = kind == NOISE_SESSION ? 0.5 * noise_normal(r) : 0;

    for (size_t i = 0; i < n; i++) {
        double z = kind == NOISE_HEAVY ? noise_heavy(r) : noise_normal(r), stall = 0;

        if (kind == NOISE_HEAVY && noise_uniform(r) < 0.03)
            stall = log(1.15 + 0.45 * noise_uniform(r));
        if (kind == NOISE_BIMODAL)
            z = (noise_uniform(r) < 0.3 ? 0.7 : -0.3) * 1.9 + sqrt(1 - 0.21 * 1.9 * 1.9) * z;
        if (kind == NOISE_AR1)
            z = last = i == 0 ? last : 0.5 * last + sqrt(0.75) * z;
        if (kind == NOISE_SESSION)
            z = sqrt(0.75) * z + offset;
        value[i] = exp(level + cv * z + stall);
    }
}

#endif
