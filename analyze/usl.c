/* usl: the Universal Scalability Law by bounded least squares.
 *
 * Inside, loads are shares u of the largest one and throughputs shares y of the largest one, so
 * that three numbers of the size of 1 are sought whatever the units: y = g u / (1 + a v + b u v),
 * where v = u - 1/largest, a = alpha largest, b = beta largest^2. */
#include "analyze/analyze.h"

#include "schema/text.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { G, A, B, PARAMETERS };

struct fit {
    const double *u, *y;
    size_t count;
    double unit;            /* 1/largest */
    double top[PARAMETERS]; /* the upper bounds; the lower are all 0 */
    double p[PARAMETERS];
    double squares; /* of the residuals */
};

/* 0 or less: no throughput can be said. */
static double denominator(const struct fit *f, const double *p, double u)
{
    double v = u - f->unit;

    return 1 + p[A] * v + p[B] * u * v;
}

static double squares_of(const struct fit *f, const double *p)
{
    double sum = 0;

    for (size_t i = 0; i < f->count; i++) {
        double d = denominator(f, p, f->u[i]), r;

        if (d <= 0)
            return INFINITY;
        r = f->y[i] - p[G] * f->u[i] / d;
        sum += r * r;
    }
    return sum;
}

/* g is linear: for given a and b the best one is known. */
static void best_g(const struct fit *f, double *p)
{
    double top = 0, bottom = 0;

    for (size_t i = 0; i < f->count; i++) {
        double d = denominator(f, p, f->u[i]), x = f->u[i] / d;

        if (d <= 0)
            return;
        top += x * f->y[i];
        bottom += x * x;
    }
    p[G] = top / bottom;
}

/* The least squares of a coarse grid over the whole of what is allowed: a start from which the
 * nearest minimum is the right one. */
static void start_find(struct fit *f)
{
    f->squares = INFINITY;
    for (int i = -1; i < 24; i++)
        for (int j = -1; j < 24; j++) {
            double a = i < 0 ? 0 : 0.003 * pow(2, i), b = j < 0 ? 0 : 0.003 * pow(2, j);
            double p[] = {1, fmin(a, f->top[A]), b}, squares;

            best_g(f, p);
            squares = squares_of(f, p);
            if (squares < f->squares) {
                f->squares = squares;
                for (int k = 0; k < PARAMETERS; k++)
                    f->p[k] = p[k];
            }
        }
}

/* The normal equations of Gauss and Newton. */
static void normal_equations(const struct fit *f, double m[PARAMETERS][PARAMETERS],
                             double rhs[PARAMETERS])
{
    for (int j = 0; j < PARAMETERS; j++) {
        rhs[j] = 0;
        for (int k = 0; k < PARAMETERS; k++)
            m[j][k] = 0;
    }
    for (size_t i = 0; i < f->count; i++) {
        double u = f->u[i], d = denominator(f, f->p, u), x = u / d, v = u - f->unit;
        double slope[] = {x, -f->p[G] * x * v / d, -f->p[G] * x * u * v / d};
        double r = f->y[i] - f->p[G] * x;

        for (int j = 0; j < PARAMETERS; j++) {
            rhs[j] += slope[j] * r;
            for (int k = 0; k < PARAMETERS; k++)
                m[j][k] += slope[j] * slope[k];
        }
    }
}

/* Solves m step = rhs for the free parameters, the diagonal raised by the share `damping`, by
 * Cholesky; the others keep the step that they have. False: singular. */
static bool step_solve(double m[PARAMETERS][PARAMETERS], const double *rhs, const bool *free_one,
                       double damping, double *step)
{
    double l[PARAMETERS][PARAMETERS] = {{0}}, z[PARAMETERS] = {0};

    for (int j = 0; j < PARAMETERS; j++)
        for (int k = 0; k <= j; k++) {
            bool both = free_one[j] && free_one[k];
            double sum = both ? m[j][k] : j == k, least = both ? DBL_EPSILON * m[j][j] : 0;

            if (j == k && both)
                sum *= 1 + damping;
            for (int i = 0; i < k; i++)
                sum -= l[j][i] * l[k][i];
            if (j == k && !(sum > least))
                return false;
            l[j][k] = j == k ? sqrt(sum) : sum / l[k][k];
        }
    for (int j = 0; j < PARAMETERS; j++) {
        z[j] = free_one[j] ? rhs[j] : step[j];
        for (int k = 0; k < PARAMETERS && free_one[j]; k++)
            z[j] -= free_one[k] ? 0 : m[j][k] * step[k];
        for (int i = 0; i < j; i++)
            z[j] -= l[j][i] * z[i];
        z[j] /= l[j][j];
    }
    for (int j = PARAMETERS - 1; j >= 0; j--) {
        step[j] = z[j];
        for (int i = j + 1; i < PARAMETERS; i++)
            step[j] -= l[i][j] * step[i];
        step[j] /= l[j][j];
    }
    return true;
}

/* The step within the bounds: a parameter that would cross one goes no farther, and the others take
 * account of that. One that stands at a bound which the fit would rather cross stays there. */
static bool step_bounded(const struct fit *f, double m[PARAMETERS][PARAMETERS], const double *rhs,
                         double damping, double *step)
{
    bool free_one[PARAMETERS], crossed = true;

    for (int j = 0; j < PARAMETERS; j++) {
        free_one[j] = !(f->p[j] <= 0 && rhs[j] <= 0) && !(f->p[j] >= f->top[j] && rhs[j] >= 0);
        step[j] = 0;
    }
    while (crossed) {
        if (!step_solve(m, rhs, free_one, damping, step))
            return false;
        crossed = false;
        for (int j = 0; j < PARAMETERS; j++) {
            double to = fmin(fmax(f->p[j] + step[j], 0), f->top[j]);

            if (!free_one[j] || to == f->p[j] + step[j])
                continue;
            step[j] = to - f->p[j];
            free_one[j] = false;
            crossed = true;
        }
    }
    return true;
}

/* One step of Levenberg and Marquardt. Returns the largest share by which a
 * parameter moved; 0 where no step is an improvement. */
static double step_take(struct fit *f, double *damping)
{
    double m[PARAMETERS][PARAMETERS], rhs[PARAMETERS], step[PARAMETERS], p[PARAMETERS];

    normal_equations(f, m, rhs);
    for (; *damping < 1e12; *damping *= 8) {
        double moved = 0, squares;

        if (!step_bounded(f, m, rhs, *damping, step))
            continue;
        for (int j = 0; j < PARAMETERS; j++) {
            p[j] = fmin(fmax(f->p[j] + step[j], 0), f->top[j]);
            moved = fmax(moved, fabs(p[j] - f->p[j]) / (fabs(f->p[j]) + 1e-3));
        }
        /* Next to the minimum the squares no longer tell better from worse; the step still does. */
        squares = squares_of(f, p);
        if (!(squares < f->squares || (moved < 1e-6 && squares < f->squares * (1 + 1e-9))))
            continue;
        for (int j = 0; j < PARAMETERS; j++)
            f->p[j] = p[j];
        f->squares = squares;
        *damping = fmax(*damping / 8, 1e-15);
        return moved;
    }
    return 0;
}

static void fit_run(struct fit *f)
{
    enum { STEPS_MAX = 500 };
    double damping = 1e-3;

    start_find(f);
    for (int i = 0; i < STEPS_MAX && step_take(f, &damping) > 1e-14; i++)
        if (f->squares == 0)
            break;
}

/* 1 - residual/total sum of squares; cannot be said where all throughputs are the same. */
static double r2_of(const struct fit *f)
{
    double mean = 0, total = 0;

    for (size_t i = 0; i < f->count; i++)
        mean += f->y[i] / (double)f->count;
    for (size_t i = 0; i < f->count; i++)
        total += (f->y[i] - mean) * (f->y[i] - mean);
    return total > DBL_EPSILON * mean * mean ? 1 - f->squares / total : NAN;
}

double usl_throughput(const struct usl *u, double load)
{
    if (!(load >= 0) || load > 2 * u->load_max)
        return NAN;
    return u->gamma * (load / (1 + u->alpha * (load - 1) + u->beta * load * (load - 1)));
}

static void usl_fill(struct usl *out, const struct fit *f, double load_max, double y_max)
{
    double peak;

    out->load_max = load_max;
    out->gamma = f->p[G] * (y_max / load_max);
    out->alpha = f->p[A] / load_max;
    out->beta = f->p[B] / load_max / load_max;
    out->bounded = f->p[A] <= 0 || f->p[B] <= 0 || f->p[A] >= f->top[A];
    out->limit = out->alpha > 0 ? out->gamma / out->alpha : NAN;
    peak = f->p[B] > 0 ? sqrt((1 - out->alpha) / f->p[B]) * load_max : NAN;
    out->peak_load = peak <= 2 * load_max ? peak : NAN;
    out->peak_throughput = usl_throughput(out, out->peak_load);
    out->r2 = r2_of(f);
}

static int number_order(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static size_t distinct_count(const double *value, size_t count)
{
    double *sorted = mem_get(count, sizeof *sorted);
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        sorted[i] = value[i];
    qsort(sorted, count, sizeof *sorted, number_order);
    for (size_t i = 0; i < count; i++)
        n += i == 0 || sorted[i] != sorted[i - 1];
    free(sorted);
    return n;
}

static bool input_check(const double *load, const double *throughput, size_t count, struct err *e)
{
    size_t distinct;
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        if (!(load[i] > 0 && isfinite(load[i])))
            return err_set(e, ERR_USAGE, "point %zu: the load %g is not above 0", i + 1, load[i]);
        if (!(throughput[i] >= 0 && isfinite(throughput[i])))
            return err_set(e, ERR_USAGE, "point %zu: the throughput %g is not a rate", i + 1,
                           throughput[i]);
        any |= throughput[i] > 0;
    }
    distinct = distinct_count(load, count);
    if (distinct < PARAMETERS)
        return err_set(e, ERR_USAGE,
                       "three parameters need at least 3 different loads, and there %s %zu",
                       distinct == 1 ? "is" : "are", distinct);
    return any || err_set(e, ERR_USAGE, "every throughput is 0");
}

bool usl_fit(const double *load, const double *throughput, size_t count, struct usl *out,
             struct err *e)
{
    double *u, *y, load_max = 0, y_max = 0;
    struct fit f = {.count = count, .top = {INFINITY, 0, INFINITY}};

    *out = (struct usl){0};
    if (!input_check(load, throughput, count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        load_max = fmax(load_max, load[i]);
        y_max = fmax(y_max, throughput[i]);
    }
    u = mem_get(count, sizeof *u);
    y = mem_get(count, sizeof *y);
    for (size_t i = 0; i < count; i++) {
        u[i] = load[i] / load_max;
        y[i] = throughput[i] / y_max;
    }
    f.u = u;
    f.y = y;
    f.unit = 1 / load_max;
    f.top[A] = load_max;
    fit_run(&f);
    usl_fill(out, &f, load_max, y_max);
    free(u);
    free(y);
    return true;
}
