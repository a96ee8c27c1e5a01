/* export: what other programs read. Each function makes one whole document; the door fetches and
 * writes. Not for other rooms.
 *
 * Every text is escaped for its format; what a format cannot hold (control bytes in XML) was made
 * harmless by text_clean() when it came out of the database.
 */
#ifndef REPORT_EXPORT_H
#define REPORT_EXPORT_H

#include "schema/budget.h"
#include "schema/judged.h"
#include "schema/run.h"
#include "schema/text.h"

/* A run with its values (METRIC_COUNT) and the budgets of its scenario. */
struct export_run {
    struct run_row *row; /* borrowed */
    const double *value;
    struct budget_list budgets;
};

/* JUnit's XML, as Jenkins, GitLab, Azure and Buildkite read it: a suite for each scenario and
 * environment, a case for each metric that gates or has a budget. Worse, or beyond a critical
 * budget, is a failure; a case about which nothing can be said is skipped. Runs that left nothing
 * to judge are errors, in suites of their own. */
void export_junit(const struct judged_list *list, const struct run_list *unfit, struct text *out);

/* GitLab's Code Quality: an issue for each row that needs attention, and for each such run. */
void export_codequality(const struct judged_list *list, const struct run_list *unfit,
                        struct text *out);

/* Prometheus' text format, in base units (seconds, bytes, ratios), one gauge for each metric with
 * the labels project, scenario, branch, environment; and streamgauge_run_info, which has the
 * commit. The runs are of different series, newest each. */
void export_prometheus(const struct export_run *runs, size_t count, struct text *out);
/* Alerting rules made of the scenarios' budgets, and unit tests of these rules for `promtool test
 * rules`, which look for the rules in `rules_file`. */
void export_rules(const struct export_run *runs, size_t count, struct text *out);
void export_rules_test(const struct export_run *runs, size_t count, const char *rules_file,
                       struct text *out);

/* The array that github-action-benchmark takes as customSmallerIsBetter (BETTER_LOWER) or
 * customBiggerIsBetter (BETTER_HIGHER): the gating metrics of that direction. */
void export_gab(const struct export_run *runs, size_t count, enum metric_better better,
                struct text *out);

/* A line for each value of a run (RFC 4180), as in the view results. A text that a spreadsheet
 * would take for a formula gets a ' in front. */
void export_csv_head(struct text *out);
void export_csv(const struct run_row *row, const double *value, struct text *out);

/* A JSON object on a line of its own for each run. */
void export_ndjson(const struct run_row *row, const double *value, struct text *out);

/* HdrHistogram's log, version 1.3: the latency of each second of a run, or of the whole where there
 * are no seconds; nothing of a run that has neither. Histograms hold nanoseconds; times are seconds
 * since 1970, the maximum milliseconds. `tag` may be NULL. ERR_STORE for a broken histogram. */
void export_hlog_head(int64_t started_ms, struct text *out);
bool export_hlog(const struct result *result, int64_t measured_ms, const char *tag,
                 struct text *out, struct err *e);

#endif
