/* Aggregates over plain values: sg_median(), sg_percentile(), sg_sparkline(), and what every
 * aggregate over rows of (key, x) is made of. */
#include "schema/quantile.h"
#include "schema/sparkline.h"
#include "schema/units.h"
#include "store/sqlfunc_parts.h"

#include <math.h>
#include <sqlite3ext.h>
#include <stdlib.h>
#include <string.h>
SQLITE_EXTENSION_INIT3

/* Arguments. */

bool sqlfunc_number(sqlite3_value *value, double *out, struct err *e)
{
    *out = NAN;
    switch (sqlite3_value_numeric_type(value)) {
    case SQLITE_INTEGER:
    case SQLITE_FLOAT:
        *out = sqlite3_value_double(value);
        return true;
    case SQLITE_NULL:
        return true;
    default:
        return err_set(e, ERR_USAGE, "expected a number, found %s",
                       sqlite3_value_type(value) == SQLITE_BLOB ? "a blob" : "text");
    }
}

bool sqlfunc_percent(sqlite3_value *value, double *out, struct err *e)
{
    if (!sqlfunc_number(value, out, e))
        return false;
    return !(*out < 0 || *out > 100) ||
           err_set(e, ERR_USAGE, "expected a percentile from 0 to 100, found %g", *out);
}

bool sqlfunc_position(sqlite3_value *value, double *out, struct err *e)
{
    int64_t ms;

    if (sqlite3_value_numeric_type(value) != SQLITE_TEXT)
        return sqlfunc_number(value, out, e);
    if (!units_time((const char *)sqlite3_value_text(value), &ms, e))
        return err_set(e, ERR_USAGE,
                       "expected a position, which is a number or a UTC time such as "
                       "2026-11-23T16:05:00Z");
    *out = (double)ms;
    return true;
}

/* The rows of a group or a frame. */

struct queue {
    struct sqlfunc_row *row;
    size_t first, end, capacity;
    double option;
};

/* Room for one more at the end: at the front, where a moving frame has left half of it free, else
 * by growing. */
static bool queue_room(struct queue *q)
{
    size_t count = q->end - q->first, capacity;
    struct sqlfunc_row *grown;

    if (q->end < q->capacity)
        return true;
    if (q->first > 0 && q->first >= count) {
        memcpy(q->row, q->row + q->first, count * sizeof *q->row);
        q->first = 0;
        q->end = count;
        return true;
    }
    capacity = q->capacity ? 2 * q->capacity : 64;
    grown = sqlite3_realloc64(q->row, capacity * sizeof *q->row);
    if (!grown)
        return false;
    q->row = grown;
    q->capacity = capacity;
    return true;
}

/* The queue of this call, made by the first row; NULL where the call has failed. */
static struct queue *queue_get(sqlite3_context *context)
{
    struct queue *q = sqlite3_aggregate_context(context, sizeof *q);

    if (q && q->capacity == 0)
        q->option = NAN;
    if (q && queue_room(q))
        return q;
    sqlite3_result_error_nomem(context);
    return NULL;
}

static void rows_step(sqlite3_context *context, int args, sqlite3_value **value)
{
    const struct sqlfunc_aggregate *a = sqlite3_user_data(context);
    struct queue *q = queue_get(context);
    struct sqlfunc_row row = {NAN, NAN};
    struct err e = {0};

    if (!q)
        return;
    if (a->read(args, value, &row, &q->option, &e))
        q->row[q->end++] = row;
    else if (e.kind != ERR_NONE)
        sqlfunc_fail(context, a->name, &e);
}

/* The oldest row leaves the frame; one that did not count was never in. */
static void rows_leave(sqlite3_context *context, int args, sqlite3_value **value)
{
    const struct sqlfunc_aggregate *a = sqlite3_user_data(context);
    struct queue *q = sqlite3_aggregate_context(context, 0);
    struct sqlfunc_row row;
    struct err e = {0};

    if (q && q->first < q->end && a->read(args, value, &row, &q->option, &e))
        q->first++;
}

static void rows_value(sqlite3_context *context)
{
    const struct sqlfunc_aggregate *a = sqlite3_user_data(context);
    struct queue *q = sqlite3_aggregate_context(context, 0);
    size_t count = q ? q->end - q->first : 0;
    struct sqlfunc_row *copy;

    if (count == 0)
        return;
    copy = sqlite3_malloc64(count * sizeof *copy); /* as the frame goes on, in its order */
    if (!copy) {
        sqlite3_result_error_nomem(context);
        return;
    }
    memcpy(copy, q->row + q->first, count * sizeof *copy);
    a->tell(context, copy, count, q->option);
    sqlite3_free(copy);
}

static void rows_final(sqlite3_context *context)
{
    const struct sqlfunc_aggregate *a = sqlite3_user_data(context);
    struct queue *q = sqlite3_aggregate_context(context, 0);

    if (!q)
        return;
    if (q->end > q->first)
        a->tell(context, q->row + q->first, q->end - q->first, q->option);
    sqlite3_free(q->row);
}

int sqlfunc_add_aggregate(sqlite3 *handle, const struct sqlfunc_aggregate *aggregate)
{
    return sqlite3_create_window_function(handle, aggregate->name, aggregate->args, SQLFUNC_FLAGS,
                                          (void *)aggregate, rows_step, rows_final, rows_value,
                                          rows_leave, NULL);
}

static int number_order(double a, double b)
{
    return isnan(a) || isnan(b) ? isnan(b) - isnan(a) : (a > b) - (a < b);
}

static int row_order(const void *a, const void *b)
{
    const struct sqlfunc_row *r = a, *s = b;
    int order = number_order(r->key, s->key);

    return order ? order : number_order(r->x, s->x);
}

void sqlfunc_sort(struct sqlfunc_row *row, size_t count)
{
    qsort(row, count, sizeof *row, row_order);
}

/* sg_median(x), sg_percentile(x, p) */

static bool median_read(int args, sqlite3_value **value, struct sqlfunc_row *row, double *option,
                        struct err *e)
{
    (void)args;
    *option = 50;
    return sqlfunc_number(value[0], &row->x, e) && !isnan(row->x);
}

static bool percentile_read(int args, sqlite3_value **value, struct sqlfunc_row *row,
                            double *option, struct err *e)
{
    double p;

    (void)args;
    if (!sqlfunc_percent(value[1], &p, e) || isnan(p) || !sqlfunc_number(value[0], &row->x, e) ||
        isnan(row->x))
        return false;
    if (!isnan(*option) && *option != p)
        return err_set(e, ERR_USAGE, "expected one percentile for all rows, found %g and %g",
                       *option, p);
    *option = p;
    return true;
}

static void percentile_tell(sqlite3_context *context, struct sqlfunc_row *row, size_t count,
                            double option)
{
    double *x = &row->key; /* packed where the rows are */

    for (size_t i = 0; i < count; i++)
        x[i] = row[i].x;
    quantile_sort(x, count);
    sqlite3_result_double(context, quantile_sorted(x, count, option / 100));
}

/* sg_sparkline(position, x) */

enum { SPARKLINE_MAX = 60 }; /* columns: what one looks at and what fits into a terminal */

static bool sparkline_read(int args, sqlite3_value **value, struct sqlfunc_row *row, double *option,
                           struct err *e)
{
    (void)args, (void)option;
    return sqlfunc_position(value[0], &row->key, e) && sqlfunc_number(value[1], &row->x, e) &&
           !isnan(row->key);
}

static void sparkline_tell(sqlite3_context *context, struct sqlfunc_row *row, size_t count,
                           double option)
{
    double *x = &row->key; /* packed where the rows are */
    struct text out = {0};

    (void)option;
    sqlfunc_sort(row, count);
    for (size_t i = 0; i < count; i++)
        x[i] = row[i].x;
    sparkline_add(&out, x, count, SPARKLINE_MAX);
    sqlite3_result_text(context, out.data, (int)out.length, SQLITE_TRANSIENT);
    text_free(&out);
}

int sqlfunc_add_series(sqlite3 *handle)
{
    static const struct sqlfunc_aggregate aggregates[] = {
        {"sg_median", 1, median_read, percentile_tell},
        {"sg_percentile", 2, percentile_read, percentile_tell},
        {"sg_sparkline", 2, sparkline_read, sparkline_tell},
    };
    int code = SQLITE_OK;

    for (size_t i = 0; i < sizeof aggregates / sizeof *aggregates && code == SQLITE_OK; i++)
        code = sqlfunc_add_aggregate(handle, &aggregates[i]);
    return code;
}
