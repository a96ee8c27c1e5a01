/* How many independent tests correlated ones are worth. */
#include "analyze/shift.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>

/* One of Jacobi's rotations: makes a[p][q] 0. */
static void rotate(double *a, size_t n, size_t p, size_t q)
{
    double theta, t, c, s;

    if (fabs(a[p * n + q]) < 1e-14)
        return;
    theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
    t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
    c = 1 / sqrt(t * t + 1);
    s = t * c;
    for (size_t k = 0; k < n; k++) {
        double x = a[k * n + p], y = a[k * n + q];

        a[k * n + p] = c * x - s * y;
        a[k * n + q] = s * x + c * y;
    }
    for (size_t k = 0; k < n; k++) {
        double x = a[p * n + k], y = a[q * n + k];

        a[p * n + k] = c * x - s * y;
        a[q * n + k] = s * x + c * y;
    }
}

/* The eigenvalues end on the diagonal: cyclic Jacobi, Golub & Van Loan, Matrix Computations, 8.5.
 */
static void eigenvalues(double *a, size_t n)
{
    for (int sweep = 0; sweep < 12; sweep++)
        for (size_t p = 0; p < n; p++)
            for (size_t q = p + 1; q < n; q++)
                rotate(a, n, p, q);
}

double tests_worth(const double *rest, size_t rows, size_t columns, double df)
{
    double own = fmin(1, 0.5 / df); /* of each test, that few runs cannot show */
    double *r = mem_get(columns * columns + 1, sizeof *r), worth = 0;

    for (size_t i = 0; i < columns; i++)
        for (size_t j = 0; j < columns; j++) {
            double xy = 0, xx = 0, yy = 0;

            for (size_t k = 0; k < rows; k++) {
                double x = rest[k * columns + i], y = rest[k * columns + j];

                xy += x * y;
                xx += x * x;
                yy += y * y;
            }
            r[i * columns + j] = i == j ? 1 : xx > 0 && yy > 0 ? (1 - own) * xy / sqrt(xx * yy) : 0;
        }
    eigenvalues(r, columns);
    for (size_t i = 0; i < columns; i++) {
        double value = fmax(0, r[i * columns + i] + 1e-9);

        worth += (value >= 1) + (value - floor(value));
    }
    free(r);
    return fmax(1, worth);
}
