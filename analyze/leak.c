/* leak: steady growth of memory, told from warming up, garbage collection, steps and slow waves. */
#include "analyze/analyze.h"

#include "schema/quantile.h"
#include "schema/text.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const leak_verdict_name[] = {"inconclusive", "no leak", "leak"};

enum {
    BLOCKS_MAX = 20,
    BLOCKS_MIN = 6,  /* fewer have hardly a way to show growth */
    CHUNKS_MAX = 40, /* for the first, rough line */
    BINS_MAX = 4000  /* for the autocorrelation */
};
#define MIB 1048576.0
#define WARM_UP 0.2       /* of the samples are dropped, at least */
#define BLOCK_TIMES 5     /* autocorrelation times in a block */
#define CONFIRM_SHARE 0.1 /* one-sided level at which the later blocks must agree */
#define BENDING_T (-0.5)  /* of the quadratic term, beyond which the second half must agree */
#define SLOWING_T (-1.7)  /* beyond which growth is slowing down, where the slope in the middle */
#define SLOWING_SHARE 0.3 /* loses this share by the end */
#define STEP_SHARE 0.5    /* of the line's squares, below which one step explains the blocks */

/* Medians of stretches of equal length. */
struct blocks {
    double t[CHUNKS_MAX], y[CHUNKS_MAX];
    size_t count;
};

static double median_of(const double *value, size_t count, double *work)
{
    memcpy(work, value, count * sizeof *work);
    quantile_sort(work, count);
    return quantile_sorted(work, count, 0.5);
}

static void blocks_make(struct blocks *b, const double *t, const double *y, size_t n, size_t count)
{
    double *work = mem_get(n, sizeof *work);

    b->count = count;
    for (size_t i = 0; i < count; i++) {
        size_t from = n * i / count, to = n * (i + 1) / count;

        b->t[i] = median_of(t + from, to - from, work);
        b->y[i] = median_of(y + from, to - from, work);
    }
    free(work);
}

/* P(D <= d) for the number D of inversions of `count` values in random order, as many terms as
 * there are: Kendall's null distribution. Returns the largest d with P(D <= d) <= share, -1: none.
 */
static int kendall_most(size_t count, double share)
{
    double p[BLOCKS_MAX * (BLOCKS_MAX - 1) / 2 + 1] = {1}, sum = 0;
    size_t most = 0;
    int d = 0;

    for (size_t k = 2; k <= count; k++) { /* the k-th value is put anywhere: 0..k-1 inversions */
        most += k - 1;
        for (size_t i = most + 1; i-- > 0;) {
            double of = 0;

            for (size_t j = 0; j < k && j <= i; j++)
                of += p[i - j];
            p[i] = of / (double)k;
        }
    }
    for (; (size_t)d <= most && (sum += p[d]) <= share; d++)
        continue;
    return d - 1;
}

struct block_slope {
    double middle, lo, hi;
};

/* Theil and Sen's slope of the blocks from `first` on, with Sen's interval, each side at `share`;
 * its ends are NAN where so few blocks have none. Sen, JASA 63 (1968). */
static struct block_slope block_slope_get(const struct blocks *b, size_t first, double share)
{
    double pair[CHUNKS_MAX * (CHUNKS_MAX - 1) / 2];
    size_t pairs = 0, blocks = b->count - first;
    struct block_slope s = {NAN, NAN, NAN};
    int d;

    for (size_t i = first; i < b->count; i++)
        for (size_t j = i + 1; j < b->count; j++)
            if (b->t[j] > b->t[i])
                pair[pairs++] = (b->y[j] - b->y[i]) / (b->t[j] - b->t[i]);
    if (pairs == 0)
        return s;
    quantile_sort(pair, pairs);
    s.middle = quantile_sorted(pair, pairs, 0.5);
    d = blocks <= BLOCKS_MAX && pairs == blocks * (blocks - 1) / 2 ? kendall_most(blocks, share)
                                                                   : -1;
    if (d >= 0) {
        s.lo = pair[d];
        s.hi = pair[pairs - 1 - (size_t)d];
    }
    return s;
}

/* What is left when the rough line is taken away: in bins, so that any length costs the same, and
 * spikes pulled in. Returns their number. */
static size_t residuals_get(const double *t, const double *y, size_t n, double *out)
{
    struct blocks rough;
    size_t bins = n < BINS_MAX ? n : BINS_MAX;
    double line, centre, spread, *work = mem_get(n, sizeof *work), *size = mem_get(n, sizeof *size);

    blocks_make(&rough, t, y, n, n < CHUNKS_MAX ? n : CHUNKS_MAX);
    line = block_slope_get(&rough, 0, 0).middle;
    for (size_t i = 0; i < bins; i++) {
        size_t from = n * i / bins, to = n * (i + 1) / bins;

        out[i] = 0;
        for (size_t k = from; k < to; k++)
            out[i] += (y[k] - line * (t[k] - t[0])) / (double)(to - from);
    }
    centre = median_of(out, bins, work);
    for (size_t i = 0; i < bins; i++)
        size[i] = fabs(out[i] -= centre);
    spread = 5 * 1.4826 * median_of(size, bins, work);
    for (size_t i = 0; i < bins && spread > 0; i++)
        out[i] = fmin(fmax(out[i], -spread), spread);
    free(work);
    free(size);
    return bins;
}

static double autocovariance(const double *r, size_t n, size_t lag)
{
    double sum = 0;

    for (size_t i = lag; i < n; i++)
        sum += r[i] * r[i - lag];
    return sum / (double)n;
}

/* The autocorrelation time in samples: half the sum of the autocorrelations over all lags up to
 * where they are gone, or where they fall below 1/e if that is farther. Lags are tried as far as it
 * takes to see that no BLOCKS_MIN blocks of BLOCK_TIMES fit. */
static double correlation_time(const double *t, const double *y, size_t n)
{
    double *r = mem_get(n, sizeof *r), mean = 0, whole, sum = 0.5, below_e = 0;
    size_t bins = residuals_get(t, y, n, r), lag = 1, most = bins / (BLOCKS_MIN * BLOCK_TIMES) + 1;

    for (size_t i = 0; i < bins; i++)
        mean += r[i] / (double)bins;
    for (size_t i = 0; i < bins; i++)
        r[i] -= mean;
    whole = autocovariance(r, bins, 0);
    for (; lag <= most && whole > 0; lag++) {
        double rho = autocovariance(r, bins, lag) / whole;

        if (rho < 0.05)
            break;
        sum += rho;
        if (rho > exp(-1))
            below_e = (double)lag;
    }
    free(r);
    return fmax(sum, below_e) * (double)n / (double)bins;
}

/* How growth changes over the blocks: least squares about a parabola. Blocks stand at equal
 * distances, but for gaps, so that their numbers serve as times. */
struct bend {
    double t;     /* of the quadratic term */
    double share; /* of the slope in the middle that is lost by the end */
};
static struct bend bend_get(const struct blocks *b)
{
    double n = (double)b->count, centre = (n - 1) / 2, sxx = 0, sqq = 0, sy = 0, sxy = 0, sqy = 0;
    double mean_q = (n * n - 1) / 12, rest = 0, q2;

    for (size_t i = 0; i < b->count; i++) {
        double x = (double)i - centre, q = x * x - mean_q;

        sxx += x * x;
        sqq += q * q;
        sy += b->y[i] / n;
        sxy += x * b->y[i];
        sqy += q * b->y[i];
    }
    q2 = sqy / sqq;
    for (size_t i = 0; i < b->count; i++) {
        double x = (double)i - centre, q = x * x - mean_q;
        double r = b->y[i] - sy - sxy / sxx * x - q2 * q;

        rest += r * r;
    }
    return (struct bend){q2 / sqrt(rest / (n - 3) / sqq), -2 * q2 * centre / (sxy / sxx)};
}

/* Whether the blocks from `first` on, taken alone, have grown by more than the budget too. */
static bool growth_confirmed(const struct blocks *b, size_t first, double budget)
{
    return block_slope_get(b, first, CONFIRM_SHARE).lo * 3600 > budget;
}

/* Growth that slows down. What bends a little, as a straight line may look by chance, must have
 * grown in the second half too. */
static bool growth_slows(const struct blocks *b, double budget)
{
    struct bend bend = bend_get(b);

    if (bend.t < SLOWING_T && bend.share > SLOWING_SHARE)
        return true;
    return !growth_confirmed(b, b->count / 4, budget) ||
           (bend.t < BENDING_T && !growth_confirmed(b, b->count / 2, budget));
}

static double squares_about_mean(const double *y, size_t n)
{
    double mean = 0, sum = 0;

    for (size_t i = 0; i < n; i++)
        mean += y[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        sum += (y[i] - mean) * (y[i] - mean);
    return sum;
}

/* The squares that the best single step leaves, as a share of those that the line leaves. */
static double step_share(const struct blocks *b)
{
    double n = (double)b->count, centre = (n - 1) / 2, sxx = 0, sxy = 0, best = INFINITY, line;

    for (size_t i = 0; i < b->count; i++) {
        sxx += ((double)i - centre) * ((double)i - centre);
        sxy += ((double)i - centre) * b->y[i];
    }
    line = squares_about_mean(b->y, b->count) - sxy * sxy / sxx;
    for (size_t i = 1; i < b->count; i++)
        best = fmin(best, squares_about_mean(b->y, i) + squares_about_mean(b->y + i, b->count - i));
    return line > 0 ? best / line : INFINITY;
}

static void verdict_find(struct leak *out, const struct blocks *b, double budget)
{
    if (out->hi <= budget) {
        out->verdict = LEAK_NONE;
        return;
    }
    if (!(out->lo > budget))
        return;
    if (step_share(b) < STEP_SHARE)
        out->doubt = LEAK_STEP;
    else if (growth_slows(b, budget))
        out->doubt = LEAK_SLOWING;
    else
        out->verdict = LEAK_FOUND;
}

/* t and y: n samples after the warm-up. */
static void growth_find(struct leak *out, const double *t, const double *y, size_t n, double budget)
{
    double time = correlation_time(t, y, n), fit = (double)n / (BLOCK_TIMES * fmax(time, 0.2));
    size_t count = fit > BLOCKS_MAX ? BLOCKS_MAX : (size_t)fit;
    struct blocks b;
    struct block_slope s;

    if (count < BLOCKS_MIN) {
        out->doubt = LEAK_SHORT;
        count = BLOCKS_MIN;
    }
    blocks_make(&b, t, y, n, count);
    s = block_slope_get(&b, 0, 0.025);
    out->bytes_per_hour = s.middle * 3600;
    if (out->doubt == LEAK_SHORT)
        return;
    out->blocks = count;
    out->lo = s.lo * 3600;
    out->hi = s.hi * 3600;
    verdict_find(out, &b, budget);
}

void leak_find(const double *seconds, const double *bytes, size_t count, double budget,
               struct leak *out)
{
    double *t = mem_get(count, sizeof *t), *y = mem_get(count, sizeof *y);
    size_t n = 0, skip;

    *out = (struct leak){.bytes_per_hour = NAN, .lo = NAN, .hi = NAN, .from_s = NAN, .to_s = NAN};
    for (size_t i = 0; i < count; i++)
        if (isfinite(seconds[i]) && isfinite(bytes[i])) {
            t[n] = seconds[i];
            y[n++] = bytes[i];
        }
    skip = (size_t)ceil((double)n * WARM_UP);
    out->samples = n - skip;
    if (out->samples > 0) {
        out->from_s = t[skip];
        out->to_s = t[n - 1];
    }
    if (n < LEAK_SAMPLES_MIN) {
        struct blocks rough;

        out->doubt = LEAK_FEW;
        if (out->samples > 1) {
            blocks_make(&rough, t + skip, y + skip, out->samples,
                        out->samples < CHUNKS_MAX ? out->samples : CHUNKS_MAX);
            out->bytes_per_hour = block_slope_get(&rough, 0, 0).middle * 3600;
        }
    } else {
        growth_find(out, t + skip, y + skip, out->samples, budget);
    }
    free(t);
    free(y);
}

/* The memory is kept as its peak of each second, in MiB. */
bool leak_recorded(const struct result *r, double budget, struct leak *out)
{
    double *seconds = mem_get(r->points_count + 1, sizeof *seconds);
    double *bytes = mem_get(r->points_count + 1, sizeof *bytes);
    size_t count = 0;

    for (size_t i = 0; i < r->points_count; i++) {
        if (r->points[i].metric != METRIC_TARGET_RSS_PEAK)
            continue;
        seconds[count] = r->points[i].second;
        bytes[count++] = r->points[i].value * MIB;
    }
    if (count > 0)
        leak_find(seconds, bytes, count, budget, out);
    free(seconds);
    free(bytes);
    return count > 0;
}
