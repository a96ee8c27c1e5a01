/* Since which commit the news of a judgement is seen, as the changes of its series tell: a door's
 * part, as it reads the history. */
#include "analyze/analyze.h"

#include "schema/text.h"
#include "schema/units.h"
#include "store/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_of(const struct run_row *run, const struct judged *row)
{
    return run->scenario_id == row->scenario_id && run->environment_id == row->environment_id;
}

static bool is_before(const struct run_row *run, const struct change_point *p)
{
    if (run->position >= 0 && p->position >= 0)
        return run->position < p->position;
    return run->started_ms < p->started_ms;
}

/* Whether some of the runs of the row's series are on this side of a change. */
static bool any_on(const struct run_list *runs, const struct judged *row,
                   const struct change_point *p, bool before)
{
    for (size_t i = 0; i < runs->count; i++)
        if (is_of(&runs->row[i], row) && is_before(&runs->row[i], p) == before)
            return true;
    return false;
}

static double moved(const struct change_point *p)
{
    return fabs(p->step.after - p->step.before);
}

/* The change between both sides that explains most of the verdict; one that a later change has
 * undone explains nothing. NULL: there is none. */
static const struct change_point *change_between(const struct change_point_list *points,
                                                 const struct judged *row,
                                                 const struct run_list *before,
                                                 const struct run_list *after)
{
    bool up = (row->comparison.change > 0);
    const struct change_point *best = NULL;

    for (size_t i = 0; i < points->count; i++) {
        const struct change_point *p = &points->point[i];

        if (p->state == CHANGE_FALSE_ALARM || !any_on(before, row, p, true) ||
            !any_on(after, row, p, false))
            continue;
        if ((p->step.after > p->step.before) == up)
            best = !best || moved(p) >= moved(best) ? p : best;
        else if (best && 2 * moved(p) >= moved(best))
            best = NULL;
    }
    return best;
}

/* "3f2a9c1", or "one of 3 commits, 1a2b3c4..3f2a9c1"; the day where no commit is to blame. */
static bool place_say(const struct change_point *p, struct store *s, struct text *out,
                      struct err *e)
{
    struct commit_range range = {-1, NULL};
    char day[UNITS_TEXT_SIZE];

    if (!p->commit_sha || (p->previous_sha && strcmp(p->commit_sha, p->previous_sha) == 0)) {
        text_addf(out, "%.10s", units_format_time(day, p->started_ms));
        return true;
    }
    if (p->previous_sha && !store_commits(s, p->previous_sha, p->commit_sha, &range, e))
        return false;
    free(range.middle);
    if (range.commits > 1)
        text_addf(out, "one of %lld commits, ", (long long)range.commits);
    if (p->previous_sha && range.commits != 1)
        text_addf(out, "%.7s..", p->previous_sha);
    text_addf(out, "%.7s", p->commit_sha);
    text_clean(out->data);
    return true;
}

/* The change points of the row's series, on the branch of the judged runs. */
static bool points_get(struct change_point_list *points, struct store *s, const struct judged *row,
                       const struct run_list *after, struct err *e)
{
    struct series_group_list groups = {0};
    const struct run_row *of = NULL;
    bool done = true, found = false;

    for (size_t i = 0; i < after->count && !of; i++)
        if (is_of(&after->row[i], row))
            of = &after->row[i];
    if (!of)
        return true;
    done = store_series_groups(s, of->scenario, of->branch, &groups, e);
    for (size_t i = 0; done && !found && i < groups.count; i++) {
        const struct run_row *newest = &groups.group[i].newest;

        found =
            is_of(newest, row) && !newest->branch == !of->branch; /* without one: any is listed */
        if (found)
            done = changes_recorded(s, &groups.group[i], (int)row->metric, points, e);
    }
    series_group_list_free(&groups);
    return done;
}

bool since_recorded(struct judged_list *list, struct store *s, const struct run_list *before,
                    const struct run_list *after, const struct compare_options *options,
                    struct err *e)
{
    const struct judged *row = judge_leading(list);
    struct change_point_list points = {0};
    const struct change_point *p;
    struct text place = {0};
    bool done;

    if (!row || !isfinite(row->comparison.change))
        return true;
    done = points_get(&points, s, row, after, e);
    p = done ? change_between(&points, row, before, after) : NULL;
    if (p && (done = place_say(p, s, &place, e)))
        judge_say_since(list, options, place.data);
    text_free(&place);
    change_point_list_free(&points);
    return done;
}
