/* When pairs of runs are looked at, and what a look may say: README.md, "Pairs, looked at more than
 * once". */
#include "analyze/plan.h"

#include "analyze/decide.h"
#include "analyze/distributions.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>

/* What of the level is kept for looks beyond the plan, where such are wanted. */
static const double beyond_share = 0.2;
/* From here on P(max |W| > b) <= 4 P(W > b), the reflection principle's bound, is all one needs. */
static const double far_out = 8;

/* The density of a Brownian motion that has not left [-b, b] at the looks so far, at an odd number
 * of points, by Simpson's rule. */
struct walk {
    double *density, *next, *weight;
    size_t points;
    double b, step;
};

static void walk_open(struct walk *w, double b, double least_step)
{
    size_t half = (size_t)ceil(4 * b / sqrt(least_step)) + 8;

    w->b = b;
    w->points = 2 * half + 1;
    w->step = b / (double)half;
    w->density = mem_get(w->points, sizeof(double));
    w->next = mem_get(w->points, sizeof(double));
    w->weight = mem_get(w->points, sizeof(double));
    for (size_t i = 0; i < w->points; i++)
        w->weight[i] = w->step / 3 * (i == 0 || i + 1 == w->points ? 1 : i % 2 ? 4 : 2);
}

static void walk_close(struct walk *w)
{
    free(w->density);
    free(w->next);
    free(w->weight);
}

static double point_of(const struct walk *w, size_t i)
{
    return -w->b + w->step * (double)i;
}

/* The chance to be outside after a step of this variance. */
static double walk_exit(const struct walk *w, double variance)
{
    double sd = sqrt(variance), sum = 0;

    for (size_t i = 0; i < w->points; i++) {
        double x = point_of(w, i);

        sum += w->weight[i] * w->density[i] *
               (normal_cdf((-w->b - x) / sd) + normal_cdf((x - w->b) / sd));
    }
    return sum;
}

/* Takes the step. Only points within eight standard deviations matter. */
static void walk_step(struct walk *w, double variance)
{
    double sd = sqrt(variance), scale = 1 / (sd * sqrt(2 * M_PI)), *swap;
    size_t reach = (size_t)ceil(8 * sd / w->step);

    for (size_t i = 0; i < w->points; i++) {
        size_t from = i > reach ? i - reach : 0;
        size_t to = i + reach < w->points ? i + reach : w->points - 1;
        double sum = 0;

        for (size_t k = from; k <= to; k++) {
            double z = w->step * ((double)i - (double)k) / sd;

            sum += w->weight[k] * w->density[k] * exp(-z * z / 2);
        }
        w->next[i] = scale * sum;
    }
    swap = w->density;
    w->density = w->next;
    w->next = swap;
}

double plan_crossing(const double *information, size_t looks, double constant)
{
    double last = information[looks - 1], least = information[0] / last, p;
    struct walk w;

    if (constant > far_out)
        return fmin(1, 4 * normal_cdf(-constant));
    for (size_t i = 1; i < looks; i++)
        least = fmin(least, (information[i] - information[i - 1]) / last);
    walk_open(&w, constant, least);
    p = 2 * normal_cdf(-constant / sqrt(information[0] / last));
    for (size_t i = 0; i < w.points; i++) {
        double x = point_of(&w, i), variance = information[0] / last;

        w.density[i] = exp(-x * x / (2 * variance)) / sqrt(2 * M_PI * variance);
    }
    for (size_t k = 1; k < looks; k++) {
        double variance = (information[k] - information[k - 1]) / last;

        p += walk_exit(&w, variance);
        if (k + 1 < looks)
            walk_step(&w, variance);
    }
    walk_close(&w);
    return fmin(1, p);
}

double plan_constant(const double *information, size_t looks, double alpha)
{
    double low = 0, high = far_out;

    low = -normal_quantile(alpha / 2); /* one look */
    high =
        fmin(high, -normal_quantile(alpha / 2 / (double)looks)); /* looks that were independent */
    while (high - low > 1e-9 * high) {
        double middle = (low + high) / 2;

        if (plan_crossing(information, looks, middle) > alpha)
            low = middle;
        else
            high = middle;
    }
    return high;
}

void plan_make(struct ab_plan *plan, int64_t pairs, int64_t beyond, double alpha)
{
    *plan = (struct ab_plan){.pairs = pairs, .beyond = beyond > pairs ? beyond : pairs};
    plan->within = plan->beyond > pairs ? 1 - beyond_share : 1;
    plan->looks = 0;
    for (int64_t n = AB_FIRST_LOOK; n <= pairs && plan->looks < AB_LOOKS_MAX; n += AB_BLOCK)
        plan->information[plan->looks++] = (double)n;
    plan->constant = plan_constant(plan->information, plan->looks, plan->within * alpha);
    plan->same_constant =
        plan_constant(plan->information, plan->looks, plan->within * 2 * SAME_LEVEL);
    plan->alpha = alpha;
}

/* The mixture of likelihood ratios over a normal prior for mean / deviation of variance 1 (one
 * pair's worth), at n pairs; t has v degrees of freedom. Its inverse is a p-value at any n. */
static double mixture_log(double t, double v, double n)
{
    double r = 1 + n, half = -log(r) / 2;

    if (isinf(v))
        return half + t * t / 2 * n / r;
    return half + (v + 1) / 2 * (log1p(t * t / v) - log1p(t * t / (v * r)));
}

/* The t at which that reaches 1/alpha; INFINITY where none does. */
static double mixture_critical(double alpha, double v, double n)
{
    double r = 1 + n, k;

    if (isinf(v))
        return sqrt(r / n * (log(r) - 2 * log(alpha)));
    k = pow(r / (alpha * alpha), 1 / (v + 1));
    return k < r ? sqrt(v * (k - 1) / (1 - k / r)) : INFINITY;
}

static double t_quantile(double tail, double v)
{
    return isinf(v) ? -normal_quantile(tail) : -student_quantile(tail, v);
}

/* The level of one look at n pairs under a boundary. */
static double look_tail(const struct ab_plan *plan, double constant, double n)
{
    return normal_cdf(-constant * sqrt((double)plan->pairs / n));
}

static bool within(const struct ab_plan *plan, double n)
{
    return n < (double)plan->pairs + 0.5;
}

static double critical(const struct ab_plan *plan, double constant, double alpha, double n,
                       double v)
{
    return within(plan, n) ? t_quantile(look_tail(plan, constant, n), v)
                           : mixture_critical((1 - plan->within) * alpha, v, n);
}

double plan_critical(const struct ab_plan *plan, double n, double v)
{
    return critical(plan, plan->constant, plan->alpha, n, v);
}

double plan_same_critical(const struct ab_plan *plan, double n, double v)
{
    return critical(plan, plan->same_constant, 2 * SAME_LEVEL, n, v);
}

double plan_critical_at(const struct ab_plan *plan, double alpha, double n, double v)
{
    double ratio = normal_quantile(alpha / 2) / normal_quantile(plan->alpha / 2);

    return critical(plan, plan->constant * ratio, alpha, n, v);
}

double plan_p(const struct ab_plan *plan, double n, double t, double v)
{
    double tail;

    if (isinf(t))
        return 0;
    if (!within(plan, n))
        return fmin(1, exp(-mixture_log(t, v, n)) / (1 - plan->within));
    tail = isinf(v) ? normal_cdf(-fabs(t)) : student_two_sided(t, v) / 2;
    if (!(tail > 0))
        return 0;
    return fmin(1, plan_crossing(plan->information, plan->looks,
                                 -normal_quantile(tail) * sqrt(n / (double)plan->pairs)) /
                       plan->within);
}

int64_t plan_next(const struct ab_plan *plan, int64_t pairs)
{
    int64_t next = pairs < AB_FIRST_LOOK ? AB_FIRST_LOOK : pairs / AB_BLOCK * AB_BLOCK + AB_BLOCK;

    return next <= plan->beyond ? next : 0;
}
