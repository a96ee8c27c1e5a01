/* numpy.percentile(x, 100 * share), whose default is the same rule; and its ends. */
#include "schema/quantile.h"
#include "tests/tap.h"

int main(void)
{
    static const struct {
        double share, want;
    } known[] = {{0, 1}, {0.1, 1}, {0.25, 2.125}, {0.5, 3.5}, {0.9, 6.9}, {0.99, 8.79}, {1, 9}};
    double x[] = {3, 1, 4, 1, 5, 9, 2.5, 6}, ends[] = {-INFINITY, -INFINITY, 7, INFINITY};
    const size_t count = sizeof x / sizeof *x;
    bool sorted = true;

    quantile_sort(x, count);
    for (size_t i = 1; i < count; i++)
        sorted = sorted && x[i - 1] <= x[i];
    OK(sorted, "sorted, equal values kept");
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        tap_near(quantile_sorted(x, count, known[i].share), known[i].want, 1e-15, "as numpy");
    tap_near(quantile_sorted(x, 1, 0.3), 1, 0, "of one value it is that");
    tap_near(quantile_sorted(ends, 2, 0.5), -INFINITY, 0, "between equal infinities");
    tap_near(quantile_sorted(ends, 3, 1), 7, 0, "at a rank its neighbours do not matter");
    tap_near(quantile_sorted(ends + 2, 2, 0.5), INFINITY, 0, "half way to infinity");
    OK(isnan(quantile_sorted((double[]){-INFINITY, INFINITY}, 2, 0.5)), "between both: none");
    return tap_end();
}
