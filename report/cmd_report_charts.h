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
bool chart_folder_open(struct chart_folder *f, const char *report, struct err *e);
void chart_folder_close(struct chart_folder *f);

/* What is drawn: runs of one scenario on one machine, newest first; `before` is NULL or what they
 * are compared with. */
struct chart_subject {
    const struct run_list *runs, *before;
    const struct budget_list *budgets;
    const struct judged *judged; /* the comparison of p95 latency; NULL: none */
};

/* Draws them into files and adds them to the document. False only where the database or a file
 * fails; a chart that gnuplot cannot draw is left out. */
bool charts_put(struct chart_folder *f, struct store *s, const struct chart_subject *subject,
                struct doc *d, struct err *e);

#endif
