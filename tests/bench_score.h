/* bench_score: how well found changes fit the true ones. */
#ifndef TESTS_BENCH_SCORE_H
#define TESTS_BENCH_SCORE_H

#include "analyze/analyze.h"
#include "tests/changes_noise.h"

/* Whether a place is near one of others; each of those counts once. */
static inline bool match(size_t at, const size_t *other, size_t count, bool *taken, size_t margin)
{
    size_t best = count, least = margin + 1;

    for (size_t i = 0; i < count; i++) {
        size_t away = at > other[i] ? at - other[i] : other[i] - at;

        if (!taken[i] && away < least) {
            least = away;
            best = i;
        }
    }
    if (best < count)
        taken[best] = true;
    return best < count;
}

/* The scores of many series together. */
struct score {
    double found, true_ones, both, points, false_ones; /* the last one of series without a change */
};

static inline size_t places(const struct step_list *l, size_t *out, size_t most)
{
    size_t n = 0;

    for (size_t i = 0; i < l->count && n < most; i++)
        out[n++] = l->step[i].index;
    return n;
}

enum { FOUND_MAX = 200 };

static inline void score_add(struct score *s, const struct made *m, size_t margin)
{
    struct step_list list;
    size_t found[FOUND_MAX], count;
    bool taken[FOUND_MAX] = {false};

    changes_find(m->value, m->count, SCALE_LOG, &list);
    count = places(&list, found, FOUND_MAX);
    step_list_free(&list);
    s->found += (double)count;
    s->true_ones += (double)m->changes;
    s->points += (double)m->count;
    if (m->changes == 0)
        s->false_ones += (double)count;
    for (size_t i = 0; i < m->changes; i++)
        s->both += match(m->change[i], found, count, taken, margin);
}

static inline double share(double a, double b)
{
    return b > 0 ? a / b : 0;
}

static inline double score_f1(const struct score *s)
{
    return share(2 * s->both, s->found + s->true_ones);
}

#endif
