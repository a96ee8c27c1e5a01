#include "analyze/distributions.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

static const double log_sqrt_2pi = 0.918938533204672741780329736406;

double normal_cdf(double z)
{
    return 0.5 * erfc(-z / M_SQRT2);
}

static double polynomial(const double *c, size_t count, double x)
{
    double sum = 0;

    while (count > 0)
        sum = sum * x + c[--count];
    return sum;
}

/* M. J. Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37, 1988: 1 part in 1e16. */
double normal_quantile(double p)
{
    static const double a[] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                               1.9715909503065514427e+3, 1.3731693765509461125e+4,
                               4.5921953931549871457e+4, 6.7265770927008700853e+4,
                               3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double b[] = {1.0,
                               4.2313330701600911252e+1,
                               6.8718700749205790830e+2,
                               5.3941960214247511077e+3,
                               2.1213794301586595867e+4,
                               3.9307895800092710610e+4,
                               2.8729085735721942674e+4,
                               5.2264952788528545610e+3};
    static const double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                               5.76949722146069140550e0,  3.64784832476320460504e0,
                               1.27045825245236838258e0,  2.41780725177450611770e-1,
                               2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[] = {1.0,
                               2.05319162663775882187e0,
                               1.67638483018380384940e0,
                               6.89767334985100004550e-1,
                               1.48103976427480074590e-1,
                               1.51986665636164571966e-2,
                               5.47593808499534494600e-4,
                               1.05075007164441684324e-9};
    static const double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                               1.78482653991729133580e0,  2.96560571828504891230e-1,
                               2.65321895265761230930e-2, 1.24266094738807843860e-3,
                               2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[] = {1.0,
                               5.99832206555887937690e-1,
                               1.36929880922735805310e-1,
                               1.48753612908506148525e-2,
                               7.86869131145613259100e-4,
                               1.84631831751005468180e-5,
                               1.42151175831644588870e-7,
                               2.04426310338993978564e-15};
    double q = p - 0.5, r;

    if (!(p > 0) || !(p < 1))
        return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
    if (fabs(q) <= 0.425) {
        r = 0.180625 - q * q;
        return q * polynomial(a, 8, r) / polynomial(b, 8, r);
    }
    r = sqrt(-log(q < 0 ? p : 1 - p));
    r = r <= 5 ? polynomial(c, 8, r - 1.6) / polynomial(d, 8, r - 1.6)
               : polynomial(e, 8, r - 5) / polynomial(f, 8, r - 5);
    return q < 0 ? -r : r;
}

/* lgamma(x) - ((x - 1/2) log x - x + log sqrt(2 pi)), x >= 10: what Stirling's formula leaves
 * (DLMF 5.11.1). Six terms are exact to a double there. */
static double stirling_rest(double x)
{
    static const double c[] = {1.0 / 12,   -1.0 / 360,      1.0 / 1260, -1.0 / 1680,
                               1.0 / 1188, -691.0 / 360360, 1.0 / 156};

    return polynomial(c, sizeof c / sizeof *c, 1 / (x * x)) / x;
}

static double log_gamma(double x)
{
    int sign;

    return lgamma_r(x, &sign);
}

/* log B(a, b). For large arguments the difference of log gammas would lose the digits that count,
 * so Stirling's formula is subtracted by hand, as in R's lbeta. */
static double log_beta(double a, double b)
{
    double p = fmin(a, b), q = fmax(a, b), share = p / (p + q);

    if (q < 10)
        return log_gamma(p) + log_gamma(q) - log_gamma(p + q);
    if (p < 10)
        return log_gamma(p) + stirling_rest(q) - stirling_rest(p + q) + p - p * log(p + q) +
               (q - 0.5) * log1p(-share);
    return stirling_rest(p) + stirling_rest(q) - stirling_rest(p + q) - 0.5 * log(q) +
           log_sqrt_2pi + (p - 0.5) * log(share) + q * log1p(-share);
}

/* The continued fraction DLMF 8.17.22 by Lentz's method; converges fast for x < (a+1)/(a+b+2). */
static double beta_fraction(double x, double a, double b)
{
    const double tiny = DBL_MIN / DBL_EPSILON;
    double c = 1, d = 1 - (a + b) * x / (a + 1), h;

    d = 1 / (fabs(d) < tiny ? tiny : d);
    h = d;
    for (int m = 1; m <= 100000; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));

        d = 1 + even * d;
        c = 1 + even / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        h *= d * c;
        d = 1 + odd * d;
        c = 1 + odd / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        h *= d * c;
        if (fabs(d * c - 1) <= DBL_EPSILON)
            break;
    }
    return h;
}

double beta_cdf(double x, double y, double a, double b)
{
    double log_front;

    if (!(a > 0) || !(b > 0) || isnan(x) || isnan(y))
        return NAN;
    if (x <= 0 || y <= 0)
        return x <= 0 ? 0 : 1;
    log_front =
        a * (x < 0.5 ? log(x) : log1p(-y)) + b * (y < 0.5 ? log(y) : log1p(-x)) - log_beta(a, b);
    if (x < (a + 1) / (a + b + 2))
        return exp(log_front) * beta_fraction(x, a, b) / a;
    return 1 - exp(log_front) * beta_fraction(y, b, a) / b;
}

double student_two_sided(double t, double df)
{
    double square = t * t;

    if (!(df > 0) || isnan(t))
        return NAN;
    if (isinf(square))
        return 0;
    return beta_cdf(df / (df + square), square / (df + square), df / 2, 0.5);
}

double student_cdf(double t, double df)
{
    double tail = student_two_sided(t, df) / 2;

    return t > 0 ? 1 - tail : tail;
}

static double student_density(double t, double df)
{
    return exp(-(df + 1) / 2 * log1p(t * t / df) - 0.5 * log(df) - log_beta(df / 2, 0.5));
}

/* t > 0 with P(|T| >= t) = p: bracketed, then Newton's method kept inside the bracket. */
static double student_upper(double p, double df)
{
    double low = 0, high = fmax(1, -normal_quantile(p / 2)), t;

    while (student_two_sided(high, df) > p && high < 1e300) {
        low = high;
        high *= 2;
    }
    t = (low + high) / 2;
    for (int i = 0; i < 200; i++) {
        double excess = student_two_sided(t, df) - p, next;

        if (excess > 0)
            low = t;
        else
            high = t;
        next = t + excess / (2 * student_density(t, df));
        if (!(next > low && next < high))
            next = (low + high) / 2;
        if (fabs(next - t) <= 4 * DBL_EPSILON * t)
            return next;
        t = next;
    }
    return t;
}

double student_quantile(double p, double df)
{
    if (!(p > 0) || !(p < 1) || !(df > 0))
        return df > 0 ? normal_quantile(p) : NAN;
    if (p == 0.5)
        return 0;
    return p < 0.5 ? -student_upper(2 * p, df) : student_upper(2 * (1 - p), df);
}

/* Abramowitz & Stegun 26.7.10, the normal approximation to the noncentral t, solved for the
 * noncentrality: within 1 % of the exact shift for df >= 4, 4 % for df = 2. */
double student_shift(double critical, double df, double power)
{
    return critical * (1 - 1 / (4 * df)) +
           normal_quantile(power) * sqrt(1 + critical * critical / (2 * df));
}

/* log(n!) - Stirling's formula for it. */
static double factorial_rest(double n)
{
    if (n >= 10)
        return stirling_rest(n);
    return n == 0 ? 0 : log_gamma(n + 1) - ((n + 0.5) * log(n) - n + log_sqrt_2pi);
}

/* x log(x/m) + m - x without cancellation for x near m. */
static double deviance(double x, double m)
{
    double v = (x - m) / (x + m), sum, power;

    if (fabs(x - m) >= 0.1 * (x + m))
        return x * log(x / m) + m - x;
    sum = (x - m) * v;
    power = 2 * x * v;
    for (int i = 1; i < 1000; i++) {
        double next;

        power *= v * v;
        next = sum + power / (2 * i + 1);
        if (next == sum)
            break;
        sum = next;
    }
    return sum;
}

/* C. Loader, Fast and accurate computation of binomial probabilities, 2000. */
double binomial_pmf(int64_t x, int64_t n, double p)
{
    double a = (double)x, b = (double)(n - x), whole = (double)n, q = 1 - p;

    if (x < 0 || x > n)
        return 0;
    if (p <= 0 || q <= 0)
        return x == (p <= 0 ? 0 : n);
    if (x == 0 || x == n)
        return exp(whole * (x == 0 ? log1p(-p) : log(p)));
    return exp(factorial_rest(whole) - factorial_rest(a) - factorial_rest(b) -
               deviance(a, whole * p) - deviance(b, whole * q) - log_sqrt_2pi +
               0.5 * log(whole / (a * b)));
}

/* A distribution over the whole numbers low..high with one peak. */
struct counts {
    int64_t n1, n2, events; /* n2 < 0: binomial of n1 trials with p */
    double p;
    int64_t low, high, peak;
};

static double counts_pmf(const struct counts *c, int64_t x)
{
    double share;

    if (c->n2 < 0)
        return binomial_pmf(x, c->n1, c->p);
    /* The hypergeometric one by three binomials (as R's dhyper): any p cancels, this one keeps all
     * of them large. */
    share = (double)c->events / ((double)c->n1 + (double)c->n2);
    return binomial_pmf(x, c->n1, share) * binomial_pmf(c->events - x, c->n2, share) /
           binomial_pmf(c->events, c->n1 + c->n2, share);
}

/* The sum over x, x + step, ... to the end; beyond the peak terms fall so fast that it ends once
 * they no longer count. */
static double counts_tail(const struct counts *c, int64_t x, int64_t step)
{
    double sum = 0;

    for (; x >= c->low && x <= c->high; x += step) {
        double term = counts_pmf(c, x);

        sum += term;
        if (term <= sum * DBL_EPSILON / 16)
            break;
    }
    return sum;
}

static double counts_two_sided(const struct counts *c, int64_t x)
{
    /* Equal probabilities may differ in their last digits (the margin is that of R and scipy). */
    double limit = counts_pmf(c, x) * (1 + 1e-7), sum;
    int64_t step = x < c->peak ? 1 : -1;
    int64_t inside = c->peak, outside = step > 0 ? c->high + 1 : c->low - 1;

    if (counts_pmf(c, c->peak) <= limit)
        return 1;
    sum = counts_tail(c, x, -step);
    while (outside - inside != step) { /* where the other side is no longer likelier than x */
        int64_t middle = inside + (outside - inside) / 2;

        if (counts_pmf(c, middle) <= limit)
            outside = middle;
        else
            inside = middle;
    }
    return fmin(1, sum + counts_tail(c, outside, step));
}

double binomial_two_sided(int64_t x, int64_t n, double p)
{
    struct counts c = {.n1 = n, .n2 = -1, .p = p, .high = n};

    if (n < 0 || x < 0 || x > n || !(p >= 0 && p <= 1))
        return NAN;
    c.peak = (int64_t)fmin((double)n, floor(((double)n + 1) * p));
    return counts_two_sided(&c, x);
}

double fisher_two_sided(int64_t x1, int64_t n1, int64_t x2, int64_t n2)
{
    struct counts c = {.n1 = n1, .n2 = n2, .events = x1 + x2};

    if (x1 < 0 || x2 < 0 || x1 > n1 || x2 > n2)
        return NAN;
    c.low = c.events > n2 ? c.events - n2 : 0;
    c.high = c.events < n1 ? c.events : n1;
    c.peak =
        (int64_t)floor(((double)c.events + 1) * ((double)n1 + 1) / ((double)n1 + (double)n2 + 2));
    c.peak = c.peak < c.low ? c.low : c.peak > c.high ? c.high : c.peak;
    return counts_two_sided(&c, x1);
}
