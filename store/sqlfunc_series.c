/* The aggregates over plain numbers: sg_median, sg_percentile, sg_sparkline. */
#include "store/sqlfunc.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>

#ifdef STREAMGAUGE_EXTENSION
SQLITE_EXTENSION_INIT3
#endif

enum { SPARKLINE_MAX = 60 };

struct point {
    double position, x;
};

/* The state of one group; SQLite hands it out zeroed. */
struct series {
    struct point *point;
    size_t count, capacity;
    double p; /* of sg_percentile, from the first row */
    bool has_p;
};

/* Adds a number; what is none (NULL, text, a blob, not finite) is left out, as by SQL's own
 * aggregates. */
static void series_add(struct series *s, double position, sqlite3_value *x)
{
    int type = sqlite3_value_type(x);
    double value = sqlite3_value_double(x);

    if ((type != SQLITE_INTEGER && type != SQLITE_FLOAT) || !isfinite(value))
        return;
    if (s->count == s->capacity) {
        s->capacity = s->capacity ? 2 * s->capacity : 64;
        s->point = mem_grow(s->point, s->capacity, sizeof *s->point);
    }
    s->point[s->count++] = (struct point){position, value};
}

static struct series *series_of(sqlite3_context *context)
{
    struct series *s = sqlite3_aggregate_context(context, sizeof *s);

    if (!s)
        sqlite3_result_error_nomem(context);
    return s;
}

static int value_order(const void *a, const void *b)
{
    const struct point *x = a, *y = b;

    return (x->x > y->x) - (x->x < y->x);
}

static int position_order(const void *a, const void *b)
{
    const struct point *x = a, *y = b;

    return (x->position > y->position) - (x->position < y->position);
}

/* Hyndman and Fan (1996), type 7: linear between the order statistics. */
static double quantile(struct series *s, double p)
{
    double at = p / 100 * (double)(s->count - 1);
    size_t below = (size_t)at;
    size_t above = below + 1 < s->count ? below + 1 : below;

    qsort(s->point, s->count, sizeof *s->point, value_order);
    return s->point[below].x + (at - (double)below) * (s->point[above].x - s->point[below].x);
}

static void median_step(sqlite3_context *context, int count, sqlite3_value **argument)
{
    struct series *s = series_of(context);

    (void)count;
    if (s)
        series_add(s, 0, argument[0]);
}

static void median_final(sqlite3_context *context)
{
    struct series *s = sqlite3_aggregate_context(context, 0);

    if (!s)
        return;
    if (s->count)
        sqlite3_result_double(context, quantile(s, 50));
    free(s->point);
}

static void percentile_step(sqlite3_context *context, int count, sqlite3_value **argument)
{
    struct series *s = series_of(context);
    double p = sqlite3_value_double(argument[1]);

    (void)count;
    if (!s)
        return;
    if (sqlite3_value_type(argument[1]) == SQLITE_NULL || !(p >= 0 && p <= 100) ||
        (s->has_p && p != s->p)) {
        sqlite3_result_error(context, "sg_percentile: expected one percentile from 0 to 100", -1);
        return;
    }
    s->p = p;
    s->has_p = true;
    series_add(s, 0, argument[0]);
}

static void percentile_final(sqlite3_context *context)
{
    struct series *s = sqlite3_aggregate_context(context, 0);

    if (!s)
        return;
    if (s->count)
        sqlite3_result_double(context, quantile(s, s->p));
    free(s->point);
}

static void sparkline_step(sqlite3_context *context, int count, sqlite3_value **argument)
{
    struct series *s = series_of(context);

    (void)count;
    if (s && sqlite3_value_type(argument[0]) != SQLITE_NULL)
        series_add(s, sqlite3_value_double(argument[0]), argument[1]);
}

/* Means of neighbours, so that no more than SPARKLINE_MAX are left. */
static size_t series_thin(struct series *s)
{
    size_t columns = s->count < SPARKLINE_MAX ? s->count : SPARKLINE_MAX;

    for (size_t c = 0; c < columns; c++) {
        size_t first = c * s->count / columns, end = (c + 1) * s->count / columns;
        double sum = 0;

        for (size_t i = first; i < end; i++)
            sum += s->point[i].x / (double)(end - first);
        s->point[c].x = sum;
    }
    return columns;
}

static void sparkline_draw(struct series *s, struct text *out)
{
    static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    size_t columns = series_thin(s);
    double low = s->point[0].x, high = low;

    for (size_t i = 1; i < columns; i++) {
        low = fmin(low, s->point[i].x);
        high = fmax(high, s->point[i].x);
    }
    for (size_t i = 0; i < columns; i++) {
        /* Halves, since high - low can be more than a double holds. */
        double share = high > low ? (s->point[i].x / 2 - low / 2) / (high / 2 - low / 2) : 0.5;

        text_add(out, bars[(int)(share * 7.999)]);
    }
}

static void sparkline_final(sqlite3_context *context)
{
    struct series *s = sqlite3_aggregate_context(context, 0);
    struct text out = {0};

    if (!s)
        return;
    if (s->count) {
        qsort(s->point, s->count, sizeof *s->point, position_order);
        sparkline_draw(s, &out);
        sqlite3_result_text64(context, out.data, out.length, free, SQLITE_UTF8);
    }
    free(s->point);
}

int sqlfunc_add_series(sqlite3 *db)
{
    static const struct {
        const char *name;
        int arguments;
        void (*step)(sqlite3_context *, int, sqlite3_value **);
        void (*final)(sqlite3_context *);
    } aggregates[] = {{"sg_median", 1, median_step, median_final},
                      {"sg_percentile", 2, percentile_step, percentile_final},
                      {"sg_sparkline", 2, sparkline_step, sparkline_final}};
    int code = SQLITE_OK;

    for (size_t i = 0; code == SQLITE_OK && i < sizeof aggregates / sizeof *aggregates; i++)
        code = sqlite3_create_function_v2(db, aggregates[i].name, aggregates[i].arguments,
                                          SQLFUNC_AGGREGATE, NULL, NULL, aggregates[i].step,
                                          aggregates[i].final, NULL);
    return code;
}
