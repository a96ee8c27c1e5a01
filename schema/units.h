/* units: durations, sizes, shares, rates and plain numbers, between text and numbers.
 *
 * Inside the program a duration is int64_t nanoseconds, a size int64_t bytes, a share 0..1. All
 * parsers take the whole text or fail with ERR_USAGE and a sentence that names the text and what
 * was expected; none accepts NaN, infinity, hexadecimal, leading blanks or a negative value. They
 * do not depend on the locale.
 */
#ifndef SCHEMA_UNITS_H
#define SCHEMA_UNITS_H

#include "schema/err.h"

#include <stddef.h>
#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

bool units_integer(const char *text, int64_t minimum, int64_t *value, struct err *e);
bool units_number(const char *text, double *value, struct err *e); /* may be negative */

/* "250us", "500ms", "1.5s", "5m", "2h", "1d", or seconds without a unit; at most 366 days. */
bool units_duration(const char *text, int64_t *ns, struct err *e);

/* "64KiB", "1MiB", "2GiB", "10kB", "1MB", "512B", or bytes without a unit. */
bool units_size(const char *text, int64_t *bytes, struct err *e);

/* "10mbit", "1.5gbit", "56kbit/s", or bits per second without a unit; a factor is 1000. */
bool units_bandwidth(const char *text, int64_t *bits_per_s, struct err *e);

/* "1%" or 0.01; from 0 to 1. */
bool units_share(const char *text, double *share, struct err *e);

/* A value in the unit of a metric ("ms", "MiB", "%", "ratio", "msg/s", "B/s", "1/s", "MiB/h", "",
 * see metrics.def): "100ms" is 100 and "0.1s" is 100 for ms, "80%" is 80 for % and 0.8 for ratio,
 * a number without a unit is in the metric's. */
bool units_metric(const char *text, const char *unit, double *value, struct err *e);

enum { UNITS_TEXT_SIZE = 48 };

/* Shortest exact form, as scenario files take it: "500ms", "1.5s", "5m", "0s". */
char *units_format_duration(char out[UNITS_TEXT_SIZE], int64_t ns);

/* Likewise: "10mbit", "1500kbit". */
char *units_format_bandwidth(char out[UNITS_TEXT_SIZE], int64_t bits_per_s);

/* For people: three significant digits, thousands separated, a space before the unit:
 * "29.3 ms", "1,981 msg/s", "0.95 %"; a ratio is shown in percent; "-" for NaN. */
char *units_format_metric(char out[UNITS_TEXT_SIZE], double value, const char *unit);

/* UTC text of milliseconds since 1970, "2026-11-23T16:05:00.123Z", and back. */
char *units_format_time(char out[UNITS_TEXT_SIZE], int64_t unix_ms);
bool units_time(const char *text, int64_t *unix_ms, struct err *e);

/* A finite double as the shortest text that reads back as the same double; "null" otherwise (for
 * JSON and CSV). */
char *units_format_exact(char out[UNITS_TEXT_SIZE], double value);

#endif
