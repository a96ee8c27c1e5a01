/* cmd_changes: how the door `changes` tells what it found. Belongs to the door. */
#ifndef ANALYZE_CMD_CHANGES_H
#define ANALYZE_CMD_CHANGES_H

#include "analyze/cmd_series.h"

/* Changes of several metrics at one run of a series: one cause, told as one. */
struct finding {
    const struct change_point **point; /* the one that tells most first */
    size_t count;
    struct commit_range range; /* where the cause lies */
};

/* One group of series with its findings, from the first to the last. */
struct told_group {
    const struct series_group *group;
    struct change_point_list points;
    struct finding *finding;
    size_t findings;
};
struct told_changes {
    const struct series_group_list *all;
    struct told_group *group;
    size_t groups;
};

void changes_json(const struct told_changes *t, struct text *out);
void changes_text(const struct told_changes *t, const struct globals *g);

#endif
