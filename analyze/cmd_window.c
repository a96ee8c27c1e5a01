/* What runs are compared with where that is a window: it starts after the last change of level that
 * is accepted, so that the change points have to be those of the runs that are recorded by now. */
#include "analyze/cmd_window.h"

#include "analyze/cmd_series.h"
#include "analyze/cmd_subject.h"

#include <stdlib.h>
#include <string.h>

/* The branch of a baseline that is a window; NULL: it is none. */
static bool window_branch(struct store *s, const char *baseline, char **branch, struct err *e)
{
    struct baseline *list;
    size_t count;
    bool done = store_baseline_list(s, &list, &count, e);

    *branch = NULL;
    for (size_t i = 0; done && i < count; i++)
        if (strcmp(list[i].name, baseline) == 0 && list[i].window > 0)
            *branch = mem_copy(list[i].branch);
    baseline_list_free(list, count);
    return done;
}

static bool window_update(struct store *s, const struct globals *g, const char *baseline,
                          const struct run_list *judged, struct err *e)
{
    char *branch;
    bool done =
        window_branch(s, baseline, &branch, e) && (!branch || series_update(g, judged, branch, e));

    free(branch);
    return done;
}

bool window_refresh(struct store *s, const struct globals *g, const char *baseline, struct err *e)
{
    return window_update(s, g, baseline, NULL, e);
}

/* A window is looked up series by series, from where the judged runs stand: these, and where a
 * comparison with other loads or machines was asked for, their like there. Strings are borrowed. */
static bool seen_open(struct run_list *seen, struct store *s, const struct run_list *judged,
                      const struct across *across, struct err *e)
{
    struct series_group_list groups = {0};
    bool done = !across || (!across->environment && !across->scenario) ||
                store_series_groups(s, NULL, NULL, &groups, e);

    seen->row = mem_get(judged->count * (groups.count + 1), sizeof *seen->row);
    for (size_t i = 0; i < judged->count; i++) {
        seen->row[seen->count++] = judged->row[i];
        for (size_t k = 0; k < groups.count; k++) {
            const struct run_row *other = &groups.group[k].newest;
            struct run_row like = judged->row[i];

            if (!subject_like(other, &like, across))
                continue;
            like.scenario_id = other->scenario_id;
            like.environment_id = other->environment_id;
            seen->row[seen->count++] = like;
        }
    }
    series_group_list_free(&groups);
    return done;
}

bool window_baseline(struct store *s, const struct globals *g, const char *name,
                     const struct run_list *judged, const struct across *across,
                     struct run_list *out, bool *exists, struct err *e)
{
    struct run_list seen = {0};
    bool done;

    *out = (struct run_list){0};
    done = window_update(s, g, name, judged, e) && seen_open(&seen, s, judged, across, e) &&
           store_baseline_runs(s, name, &seen, out, exists, e);
    free(seen.row);
    return done;
}

bool window_select(struct store *s, const struct globals *g, const char *selector,
                   const struct run_list *judged, const struct across *across, struct run_list *out,
                   struct err *e)
{
    static const char baseline[] = "baseline:";
    size_t length = strlen(baseline);
    struct run_list seen = {0};
    bool done;

    *out = (struct run_list){0};
    done = (strncmp(selector, baseline, length) != 0 ||
            window_update(s, g, selector + length, judged, e)) &&
           seen_open(&seen, s, judged, across, e) &&
           store_select_before(s, selector, &seen, out, e);
    free(seen.row);
    return done;
}
