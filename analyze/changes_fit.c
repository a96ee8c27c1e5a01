/* Levels and a drift fitted together, and how sure each change of level is then: README.md, "Change
 * points". */
#include "analyze/changes.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Residuals count up to this many sigma. The noise of the whole series weighs as much as this many
 * points beside that of the stretches at a change. */
static const double edge = 2.5, prior = 10;

/* A change below that is rounding: points are logs, or values up to 1. */
static const double rounding = 1e-10;

static double pulled(double r, double limit)
{
    return r < -limit ? -limit : r > limit ? limit : r;
}

double drift_at(const struct drift *d, const struct trace *t, size_t i)
{
    double sum = 0;

    for (int j = 0; j < d->terms; j++)
        sum += d->weight[j] * t->term[i][j];
    return sum;
}

size_t levels_end(const struct levels *l, const struct trace *t, size_t k)
{
    return k + 1 < l->count ? l->start[k + 1] : t->count;
}

void fit_open(struct fit *f, const struct trace *t)
{
    *f = (struct fit){.level = mem_get(t->count, sizeof *f->level),
                      .middle = mem_get(t->count, sizeof *f->middle)};
}

void fit_close(struct fit *f)
{
    free(f->level);
    free(f->middle);
}

/* The inverse of a symmetric positive definite matrix, by Gauss and Jordan. */
static bool matrix_invert(double m[DRIFT_MAX][DRIFT_MAX], int size, double least,
                          double out[DRIFT_MAX][DRIFT_MAX])
{
    for (int i = 0; i < size; i++)
        for (int j = 0; j < size; j++)
            out[i][j] = i == j;
    for (int i = 0; i < size; i++) {
        double pivot = m[i][i];

        if (!(pivot > least))
            return false;
        for (int j = 0; j < size; j++) {
            m[i][j] /= pivot;
            out[i][j] /= pivot;
        }
        for (int r = 0; r < size; r++) {
            double times = m[r][i];

            for (int j = 0; j < size && r != i; j++) {
                m[r][j] -= times * m[i][j];
                out[r][j] -= times * out[i][j];
            }
        }
    }
    return true;
}

/* The normal equations of the terms, each less its mean over every stretch (Frisch, Waugh, Lovell:
 * so the levels need no columns of their own). */
static bool terms_invert(struct fit *f, const struct trace *t, const struct levels *l)
{
    double m[DRIFT_MAX][DRIFT_MAX] = {{0}};
    int terms = f->drift.terms;

    for (size_t k = 0; k < l->count; k++) {
        size_t from = l->start[k], end = levels_end(l, t, k);

        for (int j = 0; j < terms; j++)
            f->middle[k][j] = (t->before[end][j] - t->before[from][j]) / (double)(end - from);
        for (size_t i = from; i < end; i++)
            for (int j = 0; j < terms; j++)
                for (int h = 0; h <= j; h++)
                    m[j][h] +=
                        (t->term[i][j] - f->middle[k][j]) * (t->term[i][h] - f->middle[k][h]);
    }
    for (int j = 0; j < terms; j++)
        for (int h = 0; h < j; h++)
            m[h][j] = m[j][h];
    return matrix_invert(m, terms, 1e-6 * (double)t->count, f->inverse);
}

/* One step towards the least squares of pulled-in residuals. */
static void fit_step(struct fit *f, const struct trace *t, const struct levels *l)
{
    double toward[DRIFT_MAX] = {0}, move[DRIFT_MAX] = {0}, limit = edge * t->sigma;
    int terms = f->drift.terms;

    f->squares = 0;
    for (size_t k = 0; k < l->count; k++) {
        size_t from = l->start[k], end = levels_end(l, t, k);
        double sum = 0;

        for (size_t i = from; i < end; i++) {
            double r = pulled(t->y[i] - f->level[k] - drift_at(&f->drift, t, i), limit);

            sum += r;
            f->squares += r * r;
            for (int j = 0; j < terms; j++)
                toward[j] += r * (t->term[i][j] - f->middle[k][j]);
        }
        f->level[k] += sum / (double)(end - from);
    }
    for (int j = 0; j < terms; j++)
        for (int h = 0; h < terms; h++)
            move[j] += f->inverse[j][h] * toward[h];
    for (int j = 0; j < terms; j++) {
        f->drift.weight[j] += move[j];
        for (size_t k = 0; k < l->count; k++)
            f->level[k] -= move[j] * f->middle[k][j];
    }
}

bool fit_make(struct fit *f, const struct trace *t, const struct levels *l, int terms)
{
    enum { STEPS = 4 };

    f->drift = (struct drift){.terms = terms};
    if (!terms_invert(f, t, l))
        return false;
    for (size_t k = 0; k < l->count; k++)
        f->level[k] = trace_mean(t, t->y + l->start[k], levels_end(l, t, k) - l->start[k]);
    for (int i = 0; i < STEPS; i++)
        fit_step(f, t, l);
    return true;
}

static double loss_sum(const struct shape *s, const double *x, size_t n, double level)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += shape_loss(s, x[i] - level);
    return sum;
}

/* The least loss near a level, by the parabola through three places. */
static double loss_least(const struct shape *s, const double *x, size_t n, double level,
                         double apart)
{
    double at = loss_sum(s, x, n, level), below = loss_sum(s, x, n, level - apart),
           above = loss_sum(s, x, n, level + apart), bend = above + below - 2 * at,
           least = fmin(at, fmin(below, above));

    if (bend > 0 && fabs(above - below) < 2 * bend)
        least = fmin(least, at - (above - below) * (above - below) / (8 * bend));
    return least;
}

/* Twice the logarithm of how much likelier two levels are than one, in the noise's own shape. */
static double likelihood_ratio(const struct shape *s, const double *x, size_t n1, size_t n2,
                               double before, double after, double error)
{
    double middle = ((double)n1 * before + (double)n2 * after) / (double)(n1 + n2),
           quarter = (after - before) / 4, one = INFINITY,
           two = loss_least(s, x, n1, before, error) + loss_least(s, x + n1, n2, after, error);

    for (int i = -1; i <= 1; i += 2)
        one = fmin(one, loss_least(s, x, n1 + n2, middle + i * 0.75 * quarter, quarter * 0.75));
    return fmax(0, 2 * (one - two));
}

/* The noise at a change: that of its stretches, beside that of the whole series. */
static double local_variance(const struct fit *f, const struct trace *t, const struct levels *l,
                             size_t k, double df)
{
    double limit = edge * t->sigma, squares = prior * t->sigma * t->sigma;

    for (size_t side = k - 1; side <= k; side++)
        for (size_t i = l->start[side]; i < levels_end(l, t, side); i++) {
            double r = pulled(t->y[i] - f->level[side] - drift_at(&f->drift, t, i), limit);

            squares += r * r;
        }
    return squares / df;
}

void fit_test(const struct fit *f, const struct trace *t, const struct levels *l, size_t k,
              const struct shape *s, const double *x, struct found *out)
{
    size_t from = l->start[k - 1], at = l->start[k], end = levels_end(l, t, k);
    double n1 = (double)(at - from), n2 = (double)(end - at), apart[DRIFT_MAX], variance,
           plain = trace_factor(t, n1) / n1 + trace_factor(t, n2) / n2, whole = plain;
    const struct drift *d = &f->drift;

    out->df = n1 + n2 - 2 + prior;
    out->change = f->level[k] - f->level[k - 1];
    for (int j = 0; j < d->terms; j++)
        apart[j] = f->middle[k][j] - f->middle[k - 1][j];
    for (int j = 0; j < d->terms; j++)
        for (int h = 0; h < d->terms; h++)
            whole += apart[j] * apart[h] * f->inverse[j][h] * (1 + t->rho) / (1 - t->rho);
    variance = local_variance(f, t, l, k, out->df);
    out->error = sqrt(variance * whole);
    out->z = fabs(out->change) > rounding ? fabs(out->change) / out->error : 0;
    if (s && out->z > 2 && out->z < 8) /* elsewhere the shape changes nothing */
        out->z = sqrt(likelihood_ratio(s, x + from, at - from, end - at, f->level[k - 1],
                                       f->level[k], sqrt(variance * plain) / 2) *
                      (1 / n1 + 1 / n2) / whole);
}
