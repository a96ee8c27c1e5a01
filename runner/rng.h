/* rng: reproducible random numbers: xoshiro256**, seeded by splitmix64.
 * Source: Blackman and Vigna, https://prng.di.unimi.it (public domain). Not for secrets. */
#ifndef RUNNER_RNG_H
#define RUNNER_RNG_H

#include <stdint.h>

struct rng {
    uint64_t state[4];
};

static inline uint64_t rng_mix(uint64_t *seed) /* splitmix64 */
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* One sequence of its own for each (seed, stream). */
static inline void rng_open(struct rng *r, int64_t seed, int64_t stream)
{
    uint64_t s = (uint64_t)seed, t = (uint64_t)stream;

    s = rng_mix(&s) ^ (rng_mix(&t) << 1);
    for (int i = 0; i < 4; i++)
        r->state[i] = rng_mix(&s);
}

static inline uint64_t rng_next(struct rng *r)
{
    uint64_t *s = r->state, result = s[1] * 5, t = s[1] << 17;

    result = (result << 7 | result >> 57) * 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = s[3] << 45 | s[3] >> 19;
    return result;
}

/* Uniform in (0, 1]. */
static inline double rng_share(struct rng *r)
{
    return (double)((rng_next(r) >> 11) + 1) * 0x1p-53;
}

#endif
