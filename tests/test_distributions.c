/* The probability functions against scipy 1.10. */
#include "analyze/distributions.h"
#include "tests/tap.h"

#include <math.h>
#include <stddef.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* Relative, also where the value is tiny: a p of 1e-20 must be right in its digits, too. */
static void __attribute__((format(printf, 4, 5)))
near(double got, double want, double tolerance, const char *format, ...)
{
    bool good =
        (isnan(got) && isnan(want)) || got == want || fabs(got - want) <= tolerance * fabs(want);
    char name[160];
    va_list args;

    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    OK(good, "%s", name);
    if (!good)
        printf("#  got: %.17g\n# want: %.17g\n", got, want);
}

static void test_normal(void)
{
    /* scipy.stats.norm.cdf, norm.ppf */
    static const double cdf[][2] = {{0, 0.5},
                                    {1.5, 0.9331927987311419},
                                    {-3, 0.0013498980316300933},
                                    {-12, 1.776482112077653e-33},
                                    {4, 0.9999683287581669}};
    static const double quantile[][2] = {{0.5, 0},
                                         {0.8, 0.8416212335729143},
                                         {0.975, 1.959963984540054},
                                         {0.95, 1.6448536269514722},
                                         {1e-20, -9.262340089798409},
                                         {0.9999999, 5.199337582290661},
                                         {0.07, -1.4757910281791706}};

    for (size_t i = 0; i < COUNT(cdf); i++)
        near(normal_cdf(cdf[i][0]), cdf[i][1], 1e-10, "normal_cdf(%g)", cdf[i][0]);
    for (size_t i = 0; i < COUNT(quantile); i++)
        near(normal_quantile(quantile[i][0]), quantile[i][1], 1e-10, "normal_quantile(%g)",
             quantile[i][0]);
    OK(normal_quantile(0) == -INFINITY && normal_quantile(1) == INFINITY, "the ends of normal");
    OK(isnan(normal_quantile(-0.1)) && isnan(normal_quantile(NAN)), "no probability, no quantile");
}

static void test_beta(void)
{
    /* scipy.special.betainc(a, b, x); the last but one, where scipy is wrong in the 7th digit, by
     * the series of the density around 1/2 */
    static const double beta[][4] = {
        {0.3, 2, 3, 0.3483},
        {0.5, 0.5, 0.5, 0.5},
        {0.001, 10, 0.5, 1.7627719667501324e-31},
        {0.9, 200, 30, 0.9231109018409356},
        {0.25, 10000.0, 30000.0, 0.500767767769066},
        {0.5000001, 1000000.0, 1000000.0, 0.5001128379011},
        {1e-08, 0.3, 5, 0.007037887786268564},
    };

    for (size_t i = 0; i < COUNT(beta); i++) {
        double x = beta[i][0], a = beta[i][1], b = beta[i][2];

        near(beta_cdf(x, 1 - x, a, b), beta[i][3], 1e-10, "beta_cdf(%g; %g, %g)", x, a, b);
        near(beta_cdf(1 - x, x, b, a), 1 - beta[i][3], 1e-10, "its mirror");
    }
    OK(beta_cdf(0, 1, 2, 3) == 0 && beta_cdf(1, 0, 2, 3) == 1, "the ends of beta");
    OK(isnan(beta_cdf(0.5, 0.5, 0, 1)) && isnan(beta_cdf(NAN, 0.5, 1, 1)), "no beta, no answer");
}

static void test_student(void)
{
    /* t, df, 2 * scipy.stats.t.sf, t.cdf(-t) */
    static const double tail[][4] = {
        {0, 3, 1.0, 0.5},
        {1e-09, 5, 0.9999999992407866, 0.4999999996203933},
        {1, 1, 0.5, 0.25},
        {2.776445105, 4, 0.05000000001011946, 0.02500000000505973},
        {2, 2.67, 0.15054859778399843, 0.07527429889199921},
        {12, 3, 0.001245015800789336, 0.000622507900394668},
        {40, 8, 1.6785718879145774e-10, 8.392859439572887e-11},
        {1.96, 1000000.0, 0.04999606758526978, 0.02499803379263489},
        {5, 1000000.0, 5.733997870890731e-07, 2.8669989354453655e-07},
        {2.1, 19.5, 0.04895686751261738, 0.02447843375630869},
        {100, 2, 9.998500249956257e-05, 4.9992501249781284e-05},
        {0.5, 250, 0.6175148859192405, 0.30875744295962027},
    };
    /* p, df, scipy.stats.t.ppf; for 1e-12 the value whose scipy.stats.t.cdf is 1e-12 */
    static const double quantile[][3] = {
        {0.975, 4, 2.7764451051977987},   {0.95, 19, 1.729132811521367},
        {0.975, 2.67, 3.416961784262272}, {0.999, 1, 318.3088389855419},
        {0.6, 3.3, 0.2745019742101023},   {0.025, 1000000.0, -1.959966356814107},
        {1e-12, 7, -104.02182926264719},  {0.9999, 58, 3.970964676510632},
        {0.8, 0.5, 2.512717953665919},
    };

    for (size_t i = 0; i < COUNT(tail); i++) {
        near(student_two_sided(tail[i][0], tail[i][1]), tail[i][2], 1e-10,
             "student_two_sided(%g, %g)", tail[i][0], tail[i][1]);
        near(student_cdf(-tail[i][0], tail[i][1]), tail[i][3], 1e-10, "student_cdf(-%g, %g)",
             tail[i][0], tail[i][1]);
        near(student_cdf(tail[i][0], tail[i][1]), 1 - tail[i][3], 1e-10, "student_cdf(%g, %g)",
             tail[i][0], tail[i][1]);
    }
    for (size_t i = 0; i < COUNT(quantile); i++)
        near(student_quantile(quantile[i][0], quantile[i][1]), quantile[i][2], 1e-10,
             "student_quantile(%g, %g)", quantile[i][0], quantile[i][1]);
    OK(student_quantile(0.5, 4) == 0, "the median of t is 0");
    OK(student_quantile(1, 4) == INFINITY && student_quantile(0, 4) == -INFINITY, "its ends");
    OK(student_two_sided(INFINITY, 4) == 0 && student_two_sided(1e200, 4) == 0, "far out p is 0");
    OK(isnan(student_two_sided(1, 0)) && isnan(student_quantile(0.9, 0)), "no df, no answer");
}

static void test_shift(void)
{
    /* critical value, df, power; the noncentrality for which scipy.stats.nct.sf(critical, df, .)
     * is the power; how near the approximation comes */
    static const double shift[][5] = {
        {2.776445, 4, 0.8, 3.7610601418705927, 0.01},
        {2.093024, 19, 0.8, 2.9535881911216415, 0.002},
        {4.302653, 2, 0.8, 5.653489597990485, 0.04},
        {1.96, 100000.0, 0.8, 2.8016244164414257, 1e-5},
        {2.306004, 8, 0.9, 3.712436895666438, 0.01},
    };

    for (size_t i = 0; i < COUNT(shift); i++)
        near(student_shift(shift[i][0], shift[i][1], shift[i][2]), shift[i][3], shift[i][4],
             "student_shift(%g, %g, %g)", shift[i][0], shift[i][1], shift[i][2]);
}

static void test_counts(void)
{
    /* x, n, p, scipy.stats.binom.pmf */
    static const double pmf[][4] = {
        {3, 10, 0.3, 0.26682793199999977},
        {0, 5, 0.2, 0.32768},
        {5, 5, 0.2, 0.00032},
        {500, 1e6, 0.0005, 0.01784272910876905},
        {500300, 1e6, 0.5, 0.0006664491519344408},
        {0, 10, 0, 1.0},
    };
    /* x, n, p, scipy.stats.binomtest(x, n, p).pvalue */
    static const double binomial[][4] = {
        {3, 10, 0.3, 1.0},
        {0, 5, 0.5, 0.0625},
        {8, 10, 0.5, 0.109375},
        {0, 20, 0.1, 0.25452997802490435},
        {700, 1e6, 0.0005, 2.9388006160382674e-17},
        {500, 500, 0.9, 3.211600486367266e-23},
        {12, 12, 0.5, 0.00048828125},
    };
    /* x1, n1, x2, n2, scipy.stats.fisher_exact */
    static const double fisher[][5] = {
        {3, 10, 0, 10, 0.21052631578947367},
        {0, 5, 5, 5, 0.007936507936507938},
        {1, 20, 9, 20, 0.00836173416818578},
        {0, 12000, 7, 12000, 0.015611330403978154},
        {40, 100000, 80, 90000, 2.224261723332588e-05},
        {2, 3, 1, 3, 1.0},
        {0, 0, 3, 5, 1.0},
        {10, 10, 10, 10, 1.0},
        {0, 1000000, 5, 10, 3.023879042775176e-26},
    };

    for (size_t i = 0; i < COUNT(pmf); i++)
        near(binomial_pmf((int64_t)pmf[i][0], (int64_t)pmf[i][1], pmf[i][2]), pmf[i][3], 1e-10,
             "binomial_pmf(%g, %g, %g)", pmf[i][0], pmf[i][1], pmf[i][2]);
    for (size_t i = 0; i < COUNT(binomial); i++)
        near(binomial_two_sided((int64_t)binomial[i][0], (int64_t)binomial[i][1], binomial[i][2]),
             binomial[i][3], 1e-10, "binomial_two_sided(%g, %g, %g)", binomial[i][0],
             binomial[i][1], binomial[i][2]);
    for (size_t i = 0; i < COUNT(fisher); i++)
        near(fisher_two_sided((int64_t)fisher[i][0], (int64_t)fisher[i][1], (int64_t)fisher[i][2],
                              (int64_t)fisher[i][3]),
             fisher[i][4], 1e-10, "fisher_two_sided(%g of %g, %g of %g)", fisher[i][0],
             fisher[i][1], fisher[i][2], fisher[i][3]);
    OK(isnan(fisher_two_sided(3, 2, 0, 2)) && isnan(fisher_two_sided(-1, 2, 0, 2)),
       "more events than trials have no answer");
    OK(isnan(binomial_two_sided(1, 10, 1.5)), "nor has a probability above 1");
    OK(fisher_two_sided(INT64_C(1) << 40, INT64_C(1) << 50, 0, INT64_C(1) << 50) < 1e-100,
       "huge tables take no time");
}

int main(void)
{
    test_normal();
    test_beta();
    test_student();
    test_shift();
    test_counts();
    return tap_end();
}
