/* sqlfunc: the functions that this program adds to SQL.
 *
 * The same sources make the program's own functions and, compiled with STREAMGAUGE_EXTENSION, the
 * extension that any SQLite loads (build/streamgauge.so): `.load build/streamgauge`. Then SQLite is
 * called through the table that the host hands over, which sqlite3ext.h hides behind macros.
 *
 *   hdr_percentile(hdr, p)    the value that p % of a histogram's values stay within, 0 <= p <= 100
 *   hdr_count(hdr)            how many values; hdr_mean(hdr), hdr_max(hdr)
 *   hdr_merge(hdr)            aggregate: all histograms of a group as one
 *   hdr_percentiles(hdr)      table: each value with its percentile and the total up to it
 *   sg_median(x)              aggregate: as R's and numpy's, between the two in the middle
 *   sg_percentile(x, p)       aggregate: likewise (type 7)
 *   sg_sparkline(position, x) aggregate: the numbers as small bars, in the order of position
 *
 * Values of a histogram are in its own unit, nanoseconds: times unit_value they are in that of the
 * metric. NULL and empty histograms give NULL; what is no histogram is an SQL error.
 */
#ifndef STORE_SQLFUNC_H
#define STORE_SQLFUNC_H

#ifdef STREAMGAUGE_EXTENSION
#include <sqlite3ext.h>
#else
#include <sqlite3.h>
#endif

/* Adds all of them to a connection; an SQLite result code. */
int sqlfunc_add(sqlite3 *db);

/* The parts of it. */
int sqlfunc_add_series(sqlite3 *db); /* sg_ */
int sqlfunc_add_table(sqlite3 *db);  /* hdr_percentiles */

enum {
    SQLFUNC_SCALAR = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
    SQLFUNC_AGGREGATE = SQLITE_UTF8 | SQLITE_INNOCUOUS
};

#endif
