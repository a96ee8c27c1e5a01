/* curve: a quantity over time, as it was sampled: a counter (CPU time, bytes) or a level (memory).
 *
 * Pure; times are nanoseconds of one clock and must not go back from point to point. A zeroed curve
 * is empty; free by curve_free(). What cannot be told is NAN.
 */
#ifndef RUNNER_CURVE_H
#define RUNNER_CURVE_H

#include <stddef.h>
#include <stdint.h>

struct curve_point {
    int64_t at_ns;
    double value;
};

struct curve {
    struct curve_point *point;
    size_t count, capacity;
};

void curve_add(struct curve *c, int64_t at_ns, double value);
void curve_free(struct curve *c);

/* What a counter grew by per second from `from` to `to`: straight lines between points, flat
 * beyond the ends. Of the time in which nothing was sampled nothing is made up: NAN where fewer
 * than two points lie within a tenth of the span around it. */
double curve_rate(const struct curve *c, int64_t from_ns, int64_t to_ns);

/* The highest level seen from `from` to `to`. */
double curve_max(const struct curve *c, int64_t from_ns, int64_t to_ns);

/* The slope of a level per second: the median of the slopes between the medians of 20 blocks of
 * equal numbers of points (Theil and Sen), which a few outliers do not move. NAN below
 * CURVE_SLOPE_MIN points. */
enum { CURVE_SLOPE_MIN = 200 };
double curve_slope(const struct curve *c, int64_t from_ns, int64_t to_ns);

#endif
