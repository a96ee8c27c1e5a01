/* Several runs of one scenario: what is typical of them, and how far they are apart. */
#include "report/tell.h"

#include <math.h>
#include <stdlib.h>

static const enum metric_id shown[] = {
    METRIC_LATENCY_P50,         METRIC_LATENCY_P95, METRIC_LATENCY_P99,     METRIC_CONNECT_P95,
    METRIC_THROUGHPUT_RECEIVED, METRIC_ERRORS_RATE, METRIC_TARGET_CPU_MEAN, METRIC_TARGET_RSS_PEAK};

static int number_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

bool tell_range(const double *const *value, size_t count, enum metric_id metric,
                struct tell_range *out)
{
    double *column = mem_get(count, sizeof *column);
    size_t n = 0;

    *out = (struct tell_range){NAN, NAN, NAN};
    for (size_t i = 0; i < count; i++)
        if (isfinite(value[i][metric]))
            column[n++] = value[i][metric];
    qsort(column, n, sizeof *column, number_order);
    if (n)
        *out = (struct tell_range){(column[(n - 1) / 2] + column[n / 2]) / 2, column[0],
                                   column[n - 1]};
    free(column);
    return n > 0;
}

void report_repeats(struct doc *d, const char *scenario, const double *const *value, size_t count)
{
    struct tell_range range;
    struct doc_table *t;
    char s[UNITS_TEXT_SIZE], title[64];

    doc_paragraph(d);
    doc_say(d, TONE_STRONG, "%s", scenario);
    doc_say(d, TONE_PLAIN, ": %s", tell_count(s, (int64_t)count, "run"));
    t = doc_table(d);
    doc_column(t, ALIGN_LEFT, "metric");
    doc_column(t, ALIGN_RIGHT, "median");
    doc_column(t, ALIGN_RIGHT, "lowest");
    doc_column(t, ALIGN_RIGHT, "highest");
    for (size_t m = 0; m < sizeof shown / sizeof *shown; m++) {
        if (!tell_range(value, count, shown[m], &range))
            continue;
        doc_row(t);
        doc_cell(t, TONE_PLAIN, "%s", metric_title(shown[m], title));
        doc_cell(t, TONE_STRONG, "%s", tell_value(s, shown[m], range.median));
        doc_cell(t, TONE_MUTED, "%s", tell_value(s, shown[m], range.least));
        doc_cell(t, TONE_MUTED, "%s", tell_value(s, shown[m], range.most));
    }
}
