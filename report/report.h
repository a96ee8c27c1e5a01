/* report: tells about runs. Builds documents (doc.h) out of what analyze judged and the store
 * knows, draws charts by gnuplot, and renders. It does not read the database (its door does) and
 * judges nothing.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "report/doc.h"
#include "schema/command.h"
#include "schema/judged.h"
#include "schema/run.h"

#include <stdio.h>

/* Writes a document to stdout as the invocation wants it: coloured and as wide as the terminal, or
 * plain at 80 columns. For the doors of other rooms. */
void report_print(const struct doc *d, const struct globals *g);

/* Whether colour is wanted on this stream. */
bool report_color(const struct globals *g, FILE *stream);

/* Tells a judgement to the CI that this program runs under. On GitHub: the step summary, at most
 * ten annotations (workflow commands, on stderr) and the step's outputs; elsewhere nothing.
 * ERR_STORE where a file of GitHub's could not be written. */
bool report_ci(const struct judged_list *list, struct err *e);
/* Writes the judgement as Markdown to a file, as the body of a comment on a pull request: it begins
 * with `<!-- streamgauge COMMAND -->`, by which the comment is found again, and has fewer than the
 * 65,536 characters that GitHub takes. */
bool report_comment(const struct judged_list *list, const char *command, const char *path,
                    struct err *e);

/* Documents. report_run() tells everything about a run, report_run_brief() its line or two for the
 * end of `run`. */
void report_judged(struct doc *d, const struct judged_list *list); /* check, compare, ab */
void report_runs(struct doc *d, const struct run_list *runs, const double *p95_ms,
                 const double *msg_s); /* list; value i belongs to row i */
void report_run(struct doc *d, const struct run *run, const struct result *result);       /* show */
void report_run_brief(struct doc *d, const struct run *run, const struct result *result); /* run */
/* Medians and ranges of several runs of one scenario; value[i] is run i's METRIC_COUNT values. */
void report_repeats(struct doc *d, const char *scenario, const double *const *value, size_t count);

/* The target's memory by second, as a line of bars; nothing where the run has none. */
void report_memory(struct doc *d, const struct result *result);

/* Values as a line of at most `width` bars, NAN a gap; each bar the median of its share of them.
 * Noise of a percent stays small. The caller frees it. */
char *report_sparkline(const double *value, size_t count, size_t width);

/* The fixed JSON documents of CONTRACT section 1. */
void report_judged_json(const struct judged_list *list, struct text *out);
struct run_json { /* one element of "runs" */
    const struct run_row *row;
    const double *value; /* METRIC_COUNT */
};
void report_runs_json(const struct run_json *runs, size_t count, struct text *out);

/* Draws a capacity curve into PATH-light.svg and PATH-dark.svg. ERR_MEASURE where gnuplot cannot.
 */
struct capacity_told {
    const double *load, *throughput;
    size_t count;
    double gamma, alpha, beta, peak_load; /* as usl_fit() found them */
};
bool report_capacity(const char *path, const struct capacity_told *told, struct err *e);

#endif
