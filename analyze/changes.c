/* Change points: README.md, "Change points". */
#include "analyze/changes.h"
#include "analyze/analyze.h"
#include "analyze/distributions.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* With fewer points nothing is found. */
enum { POINTS_MIN = 5 };

/* In units of half the logarithm of the number of points: what a change has to gain in the first
 * search, whose loss is a square up to `first_reach` sigma, and in the second one, whose loss is
 * the noise's own, up to `second_reach` above its least. */
static const double first_price = 1.5, first_reach = 2.5, second_price = 1.7, second_reach = 3.1;
static const double points_least = 80; /* as which fewer points count in a price */

/* A series on its way through the search. */
struct search {
    struct trace trace;
    size_t *index; /* of each point in what was given */
    bool logs;     /* points are logarithms, */
    double size;   /* or else values divided by this */
    struct levels levels;
    struct drift drift;
    double *x;        /* points without the drift */
    double *residual; /* and without their level */
    double *level;    /* of each stretch */
};

static void terms_fill(struct trace *t)
{
    for (size_t i = 0; i < t->count; i++) {
        double x = t->count > 1 ? 2 * (double)i / (double)(t->count - 1) - 1 : 0, xx = x * x;
        const double term[DRIFT_MAX] = {x, (3 * xx - 1) / 2, (5 * xx - 3) * x / 2,
                                        (35 * xx * xx - 30 * xx + 3) / 8};

        for (int j = 0; j < DRIFT_MAX; j++) {
            t->term[i][j] = term[j];
            t->before[i + 1][j] = t->before[i][j] + term[j];
        }
    }
}

static void search_open(struct search *s, const double *value, size_t count,
                        enum metric_scale scale)
{
    struct trace *t = &s->trace;

    *s = (struct search){.trace = {.y = mem_get(count + 1, sizeof *t->y),
                                   .term = mem_get(count + 1, sizeof *t->term),
                                   .before = mem_get(count + 1, sizeof *t->before),
                                   .work = mem_get(count + 1, sizeof *t->work)},
                         .index = mem_get(count + 1, sizeof *s->index),
                         .logs = scale == SCALE_LOG,
                         .levels = {mem_get(count + 1, sizeof *s->levels.start), 1},
                         .x = mem_get(count + 1, sizeof *s->x),
                         .residual = mem_get(count + 1, sizeof *s->residual),
                         .level = mem_get(count + 1, sizeof *s->level)};
    for (size_t i = 0; i < count; i++)
        if (isfinite(value[i])) {
            s->logs &= value[i] > 0;
            s->size = fmax(s->size, fabs(value[i]));
        }
    for (size_t i = 0; i < count && s->size > 0; i++)
        if (isfinite(value[i])) {
            t->y[t->count] = s->logs ? log(value[i]) : value[i] / s->size;
            s->index[t->count++] = i;
        }
    terms_fill(t);
}

static void search_close(struct search *s)
{
    free(s->trace.y);
    free(s->trace.term);
    free(s->trace.before);
    free(s->trace.work);
    free(s->index);
    free(s->levels.start);
    free(s->x);
    free(s->residual);
    free(s->level);
}

/* Fills x, level and residual. */
static void residuals_fill(struct search *s)
{
    const struct trace *t = &s->trace;

    for (size_t i = 0; i < t->count; i++)
        s->x[i] = t->y[i] - drift_at(&s->drift, t, i);
    for (size_t k = 0; k < s->levels.count; k++) {
        size_t from = s->levels.start[k], end = levels_end(&s->levels, t, k);

        s->level[k] = trace_mean(t, s->x + from, end - from);
        for (size_t i = from; i < end; i++)
            s->residual[i] = s->x[i] - s->level[k];
    }
}

/* Moves a change to where, between its neighbours, it makes the innovations likeliest. */
static size_t place_of(const struct search *s, const struct shape *shape, size_t k)
{
    const double *x = s->x, rho = s->trace.rho, before = s->level[k - 1], after = s->level[k];
    size_t from = s->levels.start[k - 1], end = levels_end(&s->levels, &s->trace, k),
           best = s->levels.start[k];
    double sum = 0, least = INFINITY;

    for (size_t i = from + 1; i < end; i++) {
        double last = i > from + 1 ? x[i - 2] : before, left = x[i - 1] - before, cost;
        double other = i > from + 1 ? x[i - 2] : after;

        /* point i - 1 is of the level before, and point i the first one of that after */
        sum += shape_loss(shape, left - rho * (last - before)) -
               shape_loss(shape, x[i - 1] - after - rho * (other - after));
        cost = sum + shape_loss(shape, x[i] - after - rho * left) -
               shape_loss(shape, x[i] - after - rho * (x[i - 1] - after));
        if (cost < least) {
            least = cost;
            best = i;
        }
    }
    return best;
}

/* The shape of what each point does not owe to the one before it. */
static void innovations_shape(struct search *s, struct shape *shape)
{
    struct trace narrow = s->trace;
    double *innovation = s->trace.work;

    narrow.sigma *= sqrt(1 - narrow.rho * narrow.rho);
    for (size_t i = 0; i < narrow.count; i++)
        innovation[i] = s->residual[i] - (i > 0 ? narrow.rho * s->residual[i - 1] : 0);
    shape_get(shape, &narrow, innovation);
}

static void levels_refine(struct search *s)
{
    enum { TIMES = 2 };
    bool moved = s->levels.count > 1;
    struct shape shape;

    for (int i = 0; i < TIMES && moved; i++) {
        residuals_fill(s);
        innovations_shape(s, &shape);
        moved = false;
        for (size_t k = 1; k < s->levels.count; k++) {
            size_t place = place_of(s, &shape, k);

            moved |= place != s->levels.start[k];
            s->levels.start[k] = place;
        }
    }
}

static double square_loss(const void *sigma, double residual)
{
    double x = residual / *(const double *)sigma;

    return x * x / 2;
}

struct capped {
    const struct shape *shape;
    double cap;
};

static double capped_loss(const void *context, double residual)
{
    const struct capped *c = context;

    return fmin(shape_loss(c->shape, residual), c->cap);
}

/* Autocorrelated noise wanders as far as so many times more of it that is not. */
static double price_of(const struct trace *t, double price)
{
    return price / 2 * (1 + t->rho) / (1 - t->rho) * log(fmax((double)t->count, points_least));
}

/* The first course of levels, with the noise that follows from it. */
static void levels_begin(struct search *s)
{
    enum { TIMES = 2 };
    struct trace *t = &s->trace;

    trace_guess_noise(t);
    for (int i = 0; i < TIMES; i++) {
        struct loss loss = {square_loss, &t->sigma, first_reach * t->sigma};

        course_find(t, t->y, &loss, price_of(t, first_price), &s->levels);
        residuals_fill(s);
        trace_set_noise(t, s->residual, s->levels.count);
    }
}

/* The second one, by the shape of the noise, and without the drift. */
static void levels_again(struct search *s)
{
    struct shape shape;
    struct capped capped = {&shape, INFINITY};
    struct loss loss = {capped_loss, &capped, 0};

    residuals_fill(s);
    trace_set_noise(&s->trace, s->residual, s->levels.count);
    shape_get(&shape, &s->trace, s->residual);
    for (int i = 0; i < SHAPE_BINS; i++)
        capped.cap = fmin(capped.cap, shape.loss[i] + second_reach);
    for (int i = 0; i < SHAPE_BINS; i++)
        if (shape.loss[i] < capped.cap)
            loss.reach = fmax(loss.reach, abs(i - SHAPE_BINS / 2) * shape.width);
    course_find(&s->trace, s->x, &loss, price_of(&s->trace, second_price), &s->levels);
}

/* Takes away what is not sure, and puts the rest where it belongs. */
static void levels_settle(struct search *s)
{
    struct shape shape;

    levels_refine(s);
    residuals_fill(s);
    shape_get(&shape, &s->trace, s->residual);
    levels_prune(&s->trace, &shape, &s->levels, &s->drift);
    levels_refine(s);
}

static double value_of(const struct search *s, double y)
{
    return s->logs ? exp(y) : y * s->size;
}

static void step_fill(const struct search *s, const struct fit *f, size_t k,
                      enum metric_scale scale, struct step *out)
{
    double here = drift_at(&f->drift, &s->trace, s->levels.start[k]), wide;
    struct found found;

    fit_test(f, &s->trace, &s->levels, k, NULL, NULL, &found);
    wide = student_quantile(0.975, found.df) * found.error;
    *out = (struct step){.index = s->index[s->levels.start[k]],
                         .before = value_of(s, f->level[k - 1] + here),
                         .after = value_of(s, f->level[k] + here),
                         .p = student_two_sided(found.z, found.df)};
    if (s->logs) {
        out->change = expm1(found.change);
        out->lo = expm1(found.change - wide);
        out->hi = expm1(found.change + wide);
    } else {
        double unit = scale == SCALE_LOG ? fabs(out->before) / s->size : 1 / s->size;

        out->change = unit > 0 ? found.change / unit : (double)NAN;
        out->lo = unit > 0 ? (found.change - wide) / unit : (double)NAN;
        out->hi = unit > 0 ? (found.change + wide) / unit : (double)NAN;
    }
}

static void steps_fill(const struct search *s, enum metric_scale scale, struct step_list *out)
{
    struct fit fit;

    out->step = mem_get(s->levels.count, sizeof *out->step);
    fit_open(&fit, &s->trace);
    if (fit_make(&fit, &s->trace, &s->levels, s->drift.terms))
        while (out->count + 1 < s->levels.count) {
            step_fill(s, &fit, out->count + 1, scale, &out->step[out->count]);
            out->count++;
        }
    fit_close(&fit);
}

void changes_find(const double *value, size_t count, enum metric_scale scale, struct step_list *out)
{
    struct search s;

    *out = (struct step_list){0};
    search_open(&s, value, count, scale);
    if (s.trace.count >= POINTS_MIN) {
        levels_begin(&s);
        levels_settle(&s);
        levels_again(&s);
        levels_settle(&s);
        steps_fill(&s, scale, out);
    }
    search_close(&s);
}
