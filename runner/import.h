/* import: what other benchmark tools wrote, as runs of ours. Files are read here; nothing is run.
 *
 * A benchmark becomes a scenario, one measurement of it a run. Raw samples become a histogram.
 * Tools that send a request when the last one is answered count from the sending: their latency is
 * what ours is in a closed loop. Times that have no metric of ours (a p75, a standard deviation)
 * are left out; a file that holds nothing of ours is refused.
 */
#ifndef RUNNER_IMPORT_H
#define RUNNER_IMPORT_H

#include "schema/err.h"
#include "schema/hist.h"
#include "schema/json.h"
#include "schema/run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct imported { /* strings belong to it; NULL, -1: the file does not say */
    char *scenario;
    char *commit_sha, *commit_author, *commit_subject, *branch, *machine;
    int64_t started_ms, repeat;
    struct result result;
    struct hist latency; /* of raw samples; empty: none, counts is NULL until the first */
};
struct imports {
    struct imported *item;
    size_t count;
};
void imports_free(struct imports *list);

struct import_file {
    const char *name; /* as users gave it */
    const char *text; /* ends in '\0' at text[length] */
    size_t length;
};

/* Adds the runs of the file; ERR_USAGE, with file and place, for what is not of the format. */
struct import_format {
    const char *name, *from; /* "k6", "k6 --summary-export or --out json" */
    bool (*read)(const struct import_file *f, struct imports *out, struct err *e);
};
extern const struct import_format import_formats[]; /* ended by a NULL name */

/* ERR_USAGE with the nearest spelling. */
const struct import_format *import_format_find(const char *name, struct err *e);

/* Reads and completes: values out of samples, names made harmless, repeats counted from 1. */
bool import_read(const struct import_format *format, const struct import_file *f,
                 struct imports *out, struct err *e);

/* For the formats. `name` is copied. */
struct imported *imports_add(struct imports *list, const char *name);
void imported_sample(struct imported *i, double ms);
/* Latency of a percentile (50, 90, 95, 99, 99.9); others have no metric. */
void imported_percentile(struct imported *i, double percentile, double ms);
/* Requests and how many of them failed; duration NAN: not known. */
void imported_requests(struct imported *i, double requests, double failed, double duration_s);
/* A number, NAN where there is none or something else. */
double import_number(const struct json_at *at, const char *key);
/* A member that has to be there, of this type ("an object", "an array"). */
bool import_need(const struct json_at *at, const char *key, bool array, struct json_at *out,
                 struct err *e);
/* Milliseconds in a unit of time ("ns", "us", "ms", "s"); NAN for others. */
double import_unit_ms(const char *unit);
/* A time such as 2026-11-23T16:05:00.123456+00:00; -1: not one. */
int64_t import_time_ms(const char *text);
/* The file's name without folders and ending; the caller frees it. */
char *import_stem(const char *name);

/* import_bench.c: benchmarks of code. */
bool import_hyperfine(const struct import_file *f, struct imports *out, struct err *e);
bool import_gbench(const struct import_file *f, struct imports *out, struct err *e);
bool import_gotest(const struct import_file *f, struct imports *out, struct err *e);
bool import_pytest(const struct import_file *f, struct imports *out, struct err *e);
bool import_gab(const struct import_file *f, struct imports *out, struct err *e);
/* import_load.c: load generators. */
bool import_k6(const struct import_file *f, struct imports *out, struct err *e);
bool import_artillery(const struct import_file *f, struct imports *out, struct err *e);
bool import_autocannon(const struct import_file *f, struct imports *out, struct err *e);
bool import_wrk(const struct import_file *f, struct imports *out, struct err *e);

#endif
