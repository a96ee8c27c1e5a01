/* Which changes of level stay: README.md, "Change points". */
#include "analyze/changes.h"
#include "analyze/distributions.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A change that chance explains with more than this probability goes; fewer than `few` points on a
 * side lower it by a factor of `strict` each, as a handful of bad runs is soon together. Two of
 * them are no level at all. */
static const double limit = 2e-3, few = 7, strict = 0.4;
enum { SIDE_MIN = 3 };

/* What a change and a term of the drift have to gain, in units of log n; a change no less than in
 * `points_least` points, since a short history is looked at again with each push. The 3 that a
 * change costs in Zhang & Siegmund's criterion misses changes of 1 to 2 sigma. */
static const double change_price = 2.9, term_price = 1, points_least = 60;

/* How far a change is from staying; above 0 it goes. */
static double excess_of(const struct found *found, size_t side)
{
    double p = student_two_sided(found->z, found->df), missing = fmax(0, few - (double)side);

    if (side < SIDE_MIN)
        return INFINITY;
    return log(p + 1e-300) - log(limit) - missing * log(strict);
}

/* A change and a course of levels that is being pruned. */
struct pruning {
    const struct trace *trace;
    const struct shape *shape;
    struct levels levels;
    struct fit fit;
    double *x;      /* the trace without the drift */
    double *excess; /* of each change */
    double merit;   /* the less the better */
};

static void excess_fill(struct pruning *p)
{
    const struct trace *t = p->trace;
    const struct levels *l = &p->levels;

    for (size_t i = 0; i < t->count; i++)
        p->x[i] = t->y[i] - drift_at(&p->fit.drift, t, i);
    for (size_t k = 1; k < l->count; k++) {
        size_t before = l->start[k] - l->start[k - 1], after = levels_end(l, t, k) - l->start[k];
        struct found found;

        fit_test(&p->fit, t, l, k, p->shape, p->x, &found);
        p->excess[k] = excess_of(&found, before < after ? before : after);
    }
}

/* Takes away each change that is weaker than both of its neighbours: the tests of others hardly
 * change with it. False where all stay. */
static bool weakest_drop(struct pruning *p)
{
    struct levels *l = &p->levels;
    size_t kept = 1;

    for (size_t k = 1; k < l->count; k++) {
        double left = k > 1 ? p->excess[k - 1] : -INFINITY;
        double right = k + 1 < l->count ? p->excess[k + 1] : -INFINITY;

        if (p->excess[k] > 0 && p->excess[k] >= left && p->excess[k] > right)
            continue;
        l->start[kept++] = l->start[k];
    }
    if (kept == l->count)
        return false;
    l->count = kept;
    return true;
}

/* Sum of squares of what each point does not owe to the one before it: a jump is a surprise there,
 * where a drift is none. */
static double innovations(const struct pruning *p)
{
    const struct trace *t = p->trace;
    double sum = 0, last = 0, edge = 3 * t->sigma * sqrt(1 - t->rho * t->rho),
           reach = 2.5 * t->sigma;

    for (size_t k = 0; k < p->levels.count; k++)
        for (size_t i = p->levels.start[k]; i < levels_end(&p->levels, t, k); i++) {
            double r = t->y[i] - p->fit.level[k] - drift_at(&p->fit.drift, t, i),
                   e = r - t->rho * last;

            e = fmin(fmax(e, -edge), edge);
            last = fmin(fmax(r, -reach), reach);
            sum += e * e;
        }
    return sum;
}

/* What the levels cost (Zhang & Siegmund, A modified Bayes information criterion, Biometrics 2007):
 * the place of each change is one of n, and the level of a stretch is known the better, so the
 * dearer, the longer that is. A price for the place alone asks as much of the few points after a
 * change that has just been as of the many about an old one: the new one comes late, and a drift
 * over a long history is now and then taken for a step. */
static double levels_price(const struct pruning *p)
{
    double n = (double)p->trace->count,
           price = change_price * log(fmax(n, points_least)) * (double)(p->levels.count - 1);

    for (size_t k = 0; k < p->levels.count; k++)
        price += log((double)(levels_end(&p->levels, p->trace, k) - p->levels.start[k]) / n);
    return price;
}

/* The criterion for what is left with so many terms of drift, each at Schwarz's price. */
static void prune_with(struct pruning *p, const struct levels *from, int terms)
{
    double n = (double)p->trace->count;

    p->levels.count = from->count;
    memcpy(p->levels.start, from->start, from->count * sizeof *from->start);
    p->merit = INFINITY;
    do {
        if (!fit_make(&p->fit, p->trace, &p->levels, terms))
            return;
        excess_fill(p);
    } while (weakest_drop(p));
    p->merit = n * log(innovations(p) / n + 1e-300) + levels_price(p) + term_price * log(n) * terms;
}

void levels_prune(const struct trace *t, const struct shape *s, struct levels *l, struct drift *d)
{
    enum { DRIFT_POINTS = 20 }; /* in fewer there is no telling */
    struct pruning p = {.trace = t,
                        .shape = s,
                        .levels = {mem_get(l->count, sizeof *l->start), 0},
                        .x = mem_get(t->count, sizeof *p.x),
                        .excess = mem_get(l->count, sizeof *p.excess)};
    struct levels best = {mem_get(l->count, sizeof *l->start), 1};
    double least = INFINITY;

    fit_open(&p.fit, t);
    *d = (struct drift){0};
    for (int terms = 0; terms <= DRIFT_MAX; terms++) {
        prune_with(&p, l, terms);
        if (terms == 0 || p.merit < least) {
            least = p.merit;
            best.count = p.levels.count;
            memcpy(best.start, p.levels.start, best.count * sizeof *best.start);
            *d = p.fit.drift;
        }
        if (best.count == 1 || t->count <= DRIFT_POINTS)
            break;
    }
    memcpy(l->start, best.start, best.count * sizeof *best.start);
    l->count = best.count;
    fit_close(&p.fit);
    free(p.levels.start);
    free(p.x);
    free(p.excess);
    free(best.start);
}
