/* What the two halves of `report --since` share: finding out, and telling. */
#ifndef REPORT_CMD_REPORT_SINCE_H
#define REPORT_CMD_REPORT_SINCE_H

#include "report/cmd_report_work.h"
#include "report/tell.h"

/* One group of series. */
struct course {
    const struct series_group *group;
    struct run_list runs;
    double (*value)[METRIC_COUNT];
    struct change_point_list points;
    struct budget_list budgets;
    double connects;
    const struct course *earlier; /* the same on another machine, before */
};

struct all {
    struct series_group_list groups;
    struct course *course;
    struct told_course *told;
    size_t count;
    struct since since;
    struct judged_list list;
};

/* The document, its charts and its JSON. */
bool since_tell(struct work *w, const struct all *a, struct err *e);

#endif
