/* sqlfunc_parts: what the files of the SQL functions share. */
#ifndef STORE_SQLFUNC_PARTS_H
#define STORE_SQLFUNC_PARTS_H

#include "schema/err.h"
#include "schema/hist.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

/* The same result for the same arguments, and harmless in the schema of a stranger's file. */
enum { SQLFUNC_FLAGS = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS };

/* Ends a call with an error: the function's name before the sentence. */
void sqlfunc_fail(sqlite3_context *context, const char *name, struct err *e);

/* Fills *h, an opened one. */
bool sqlfunc_hist(sqlite3_value *value, struct hist *h, struct err *e);
/* A number; NAN for NULL. Text counts where it is one. */
bool sqlfunc_number(sqlite3_value *value, double *out, struct err *e);
/* The same from 0 to 100. */
bool sqlfunc_percent(sqlite3_value *value, double *out, struct err *e);
/* The same on an axis: a number, or a time as the database writes it, in milliseconds. */
bool sqlfunc_position(sqlite3_value *value, double *out, struct err *e);

/* An aggregate over rows of (key, x): the median of x, the course of x along key. Each is a window
 * function, too: the rows of a frame are a queue. The struct lives as long as the program. */
struct sqlfunc_row {
    double key, x;
};
struct sqlfunc_aggregate {
    const char *name;
    int args;
    /* Reads a row; false where it does not count, or *e is filled. *option is the aggregate's own
     * and NAN before the first row. */
    bool (*read)(int args, sqlite3_value **value, struct sqlfunc_row *row, double *option,
                 struct err *e);
    /* Sets the result of one row or more, which it may put into another order. */
    void (*tell)(sqlite3_context *context, struct sqlfunc_row *row, size_t count, double option);
};
int sqlfunc_add_aggregate(sqlite3 *handle, const struct sqlfunc_aggregate *aggregate);
/* By key, then by x, NAN first: what comes of it does not depend on the order of the rows. */
void sqlfunc_sort(struct sqlfunc_row *row, size_t count);

int sqlfunc_add_table(sqlite3 *handle);  /* hdr_percentiles() */
int sqlfunc_add_series(sqlite3 *handle); /* sg_median(), sg_percentile(), sg_sparkline() */

#endif
