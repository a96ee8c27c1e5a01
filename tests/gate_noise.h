/* gate_noise: gates over 40 simulated metrics of 5 runs a side, in different sessions, with or
 * without a cause that moves the first of them. */
#ifndef TESTS_GATE_NOISE_H
#define TESTS_GATE_NOISE_H

#include "analyze/analyze.h"
#include "tests/noise.h"

#include <stdbool.h>
#include <string.h>

enum { GATE_METRICS = 40, GATE_FAMILIES = 7, GATE_RUNS = 5, GATE_SESSIONS = 20 };

typedef double gate_values[GATE_METRICS][GATE_RUNS];

/* With a cause, what it moves is one family and the others share the rest. */
static inline int gate_family(int metric, int moved)
{
    if (moved == 0)
        return metric % GATE_FAMILIES;
    return metric < moved ? 0 : 1 + metric % (GATE_FAMILIES - 1);
}

/* One session of 3 % noise: a third is common to all metrics of a run, a third to a family, a third
 * the metric's own; a quarter of the variance is the session's. */
static inline void gate_session(struct noise *r, int moved, double effect, gate_values value)
{
    double offset[GATE_METRICS] = {0};

    for (int run = -1; run < GATE_RUNS; run++) {
        double all = noise_normal(r), family[GATE_FAMILIES];

        for (int f = 0; f < GATE_FAMILIES; f++)
            family[f] = noise_normal(r);
        for (int i = 0; i < GATE_METRICS; i++) {
            double z = (all + family[gate_family(i, moved)] + noise_normal(r)) / sqrt(3);

            if (run < 0)
                offset[i] = 0.5 * z;
            else
                value[i][run] =
                    exp(3 + 0.03 * (offset[i] + sqrt(0.75) * z) + (i < moved ? effect : 0));
        }
    }
}

struct gate_turn {
    bool red;   /* something is called worse */
    bool other; /* something that was not moved is */
};

static inline struct gate_turn gate_turn(struct noise *r, size_t sessions, int moved, double effect)
{
    static gate_values past[GATE_SESSIONS], before, after;
    static double values[GATE_SESSIONS * GATE_RUNS];
    static int number[GATE_SESSIONS * GATE_RUNS];
    struct gate_item item[GATE_METRICS];
    struct comparison c[GATE_METRICS];
    struct gate_turn turn = {false, false};

    gate_session(r, moved, 0, before);
    gate_session(r, moved, effect, after);
    for (size_t s = 0; s < sessions; s++)
        gate_session(r, moved, 0, past[s]);
    for (int i = 0; i < GATE_METRICS; i++) {
        struct sample b = {before[i], NULL, GATE_RUNS}, a = {after[i], NULL, GATE_RUNS};
        struct sample h = {values, number, sessions * GATE_RUNS};

        for (size_t k = 0; k < h.count; k++) {
            values[k] = past[k / GATE_RUNS][i][k % GATE_RUNS];
            number[k] = (int)(k / GATE_RUNS);
        }
        compare_log(&b, &a, &h, &compare_defaults, &c[i]);
        item[i] = (struct gate_item){gate_family(i, moved), c[i].p_gate, false};
    }
    gate_find(item, GATE_METRICS, 0.01, 0.05);
    for (int i = 0; i < GATE_METRICS; i++) {
        bool worse = compare_outcome(&c[i], &compare_defaults, item[i].found) == OUTCOME_WORSE;

        turn.red |= worse;
        turn.other |= worse && i >= moved;
    }
    return turn;
}

#endif
