/* The charts of a report: what the door needs of store, analyze and gnuplot to draw them. */
#ifndef REPORT_CMD_REPORT_CHARTS_H
#define REPORT_CMD_REPORT_CHARTS_H

#include "report/doc.h"
#include "schema/judged.h"
#include "schema/run.h"
#include "store/store.h"

/* Where they go; an empty one draws none. */
struct chart_folder {
    bool wanted;
    char *path;  /* NULL: into the document alone */
    char **stem; /* names taken in it */
    size_t stems;
    char **drawn; /* names of the charts there are */
    size_t count;
    struct err missing; /* why a chart is: told once, at the end */
};
void chart_folder_open(struct chart_folder *f, const char *report);
void chart_folder_close(struct chart_folder *f);

/* What is drawn: runs of one scenario on one machine, newest first; `before` is NULL or what they
 * are compared with. */
struct chart_subject {
    const struct run_list *runs, *before;
    const struct budget_list *budgets;
    const struct judged *judged; /* the comparison of p95 latency; NULL: none */
    const struct result *result; /* of a single run; NULL: of several */
    const struct shift *shift;   /* how latency moved as a whole; NULL: not known */
};

/* Draws them into files and adds them to the document. False only where the database or a file
 * fails; a chart that gnuplot cannot draw is left out. */
bool charts_put(struct chart_folder *f, struct store *s, const struct chart_subject *subject,
                struct doc *d, struct err *e);

/* Both variants of a chart into their files, and the chart into the document, as NAME-KIND. */
struct chart;
bool chart_keep(struct chart_folder *f, struct chart *chart, const char *stem, const char *kind,
                const char *alt, struct doc *d, struct err *e);

/* The trend of p95 latency of a subject, if it has one. */
bool trend_put(struct chart_folder *f, struct store *s, const struct chart_subject *subject,
               const char *stem, struct doc *d, struct err *e);

/* A trend as a report draws it: the caller gives runs, changes, breaks and budgets, and words; the
 * levels between changes and breaks are found here. `name` is that of the picture, without what
 * kind it is. */
struct chart_trend;
bool chart_trend_put(struct chart_folder *f, struct chart_trend *t, const char *name,
                     const char *alt, struct doc *d, struct err *e);

/* The levels between changes and breaks, and around the mark; the caller frees them. */
struct chart_level *chart_levels(const struct chart_trend *t, size_t *count);

/* Many series in one picture. */
struct chart_multiples;
bool chart_multiples_put(struct chart_folder *f, const struct chart_multiples *m, const char *name,
                         struct doc *d, struct err *e);

/* A name for the pictures of a scenario that no other has; the folder keeps it. */
const char *chart_stem(struct chart_folder *f, const char *scenario);

/* The change points of a metric among runs, in commit order: those that people did not call false
 * alarms. Commits are borrowed from the points; the caller frees *out. */
struct chart_change;
size_t chart_changes(const struct change_point_list *points, enum metric_id metric,
                     const char *const *uuid, size_t runs, struct chart_change **out);

#endif
