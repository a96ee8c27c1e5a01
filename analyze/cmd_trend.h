/* cmd_trend: how the door `trend` tells what it found. Belongs to the door. */
#ifndef ANALYZE_CMD_TREND_H
#define ANALYZE_CMD_TREND_H

#include "analyze/cmd_series.h"

/* One series since its last change of level. */
struct trend {
    enum metric_id metric;
    struct series series; /* all of it */
    size_t first;         /* of its points, the first one of the present level */
    bool changed;         /* first is a change, not the start of the history */
    struct level level;   /* the present one */
    struct slope slope;   /* of it, per session: a share for log metrics, else in their unit */
    const struct commit_tag *release; /* the last one that was measured; NULL: none */
    double release_level;             /* that of the stretch it lies in */
    double release_change;            /* from then to now, as changes are told */
};

struct trend_group {
    const struct series_group *group;
    struct series_runs runs;
    struct trend *trend;
    size_t count;
};
struct trends {
    const struct series_group_list *all;
    struct trend_group *group;
    size_t groups;
};

void trends_json(const struct trends *t, struct text *out);
void trends_text(const struct trends *t, const struct globals *g);

#endif
