/* streamgauge changes: where the levels of series changed. */
#include "analyze/cmd_changes.h"

#include "analyze/cmd_changes_input.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct changes_args {
    const char *input, *scenario, *branch, *metric;
};

static const struct option_spec options[] = {
    OPTION(struct changes_args, scenario, "scenario", "NAME", "of this scenario"),
    OPTION(struct changes_args, branch, "branch", "NAME", "on this branch"),
    OPTION(struct changes_args, metric, "metric", "NAME", "of this metric"),
    OPTION(struct changes_args, input, "input", "FILE",
           "search the series of a file instead (- is stdin), one JSON object a line"),
    OPTION_END,
};

/* What gates tells most, then what changed most surely. */
static int point_order(const void *a, const void *b)
{
    const struct change_point *x = *(const struct change_point *const *)a,
                              *y = *(const struct change_point *const *)b;
    int gates = (int)metrics[y->metric].gate - (int)metrics[x->metric].gate;

    if (gates)
        return gates;
    if (x->step.p != y->step.p)
        return x->step.p > y->step.p ? 1 : -1;
    return (int)x->metric - (int)y->metric;
}

/* Points of one run stand together. */
static bool findings_make(struct told_group *t, struct store *s, struct err *e)
{
    for (size_t from = 0, end; from < t->points.count; from = end) {
        const struct change_point *first = &t->points.point[from];
        struct finding *f;

        for (end = from;
             end < t->points.count && strcmp(t->points.point[end].run_uuid, first->run_uuid) == 0;)
            end++;
        t->finding = mem_grow(t->finding, t->findings + 1, sizeof *t->finding);
        f = &t->finding[t->findings++];
        *f = (struct finding){.point = mem_get(end - from, sizeof *f->point), .count = end - from};
        for (size_t i = 0; i < f->count; i++)
            f->point[i] = first + i;
        qsort(f->point, f->count, sizeof *f->point, point_order);
        if (!store_commits(s, f->point[0]->previous_sha, f->point[0]->commit_sha, &f->range, e))
            return false;
    }
    return true;
}

static void told_free(struct told_changes *t)
{
    for (size_t i = 0; i < t->groups; i++) {
        for (size_t k = 0; k < t->group[i].findings; k++) {
            free(t->group[i].finding[k].point);
            free(t->group[i].finding[k].range.middle);
        }
        free(t->group[i].finding);
        change_point_list_free(&t->group[i].points);
    }
    free(t->group);
}

static bool told_fill(struct told_changes *t, const struct series_view *v, int metric,
                      struct err *e)
{
    t->all = &v->groups;
    t->group = mem_get(v->groups.count + 1, sizeof *t->group);
    for (size_t i = 0; i < v->groups.count; i++) {
        struct told_group *group = &t->group[t->groups++];

        group->group = &v->groups.group[i];
        if (!series_changes(v, group->group, metric, &group->points, e) ||
            !findings_make(group, v->store, e))
            return false;
    }
    return true;
}

static int stored_tell(const struct call *call, int metric, struct err *e)
{
    const struct changes_args *args = call->args;
    const struct globals *g = call->globals;
    struct told_changes told = {0};
    struct series_view view;
    struct text out = {0};

    if (series_open(&view, g, args->scenario, args->branch, e) &&
        told_fill(&told, &view, metric, e)) {
        if (g->json) {
            changes_json(&told, &out);
            fputs(out.data, stdout);
        } else {
            changes_text(&told, g);
        }
    }
    text_free(&out);
    told_free(&told);
    series_close(&view);
    return (int)e->kind;
}

static int changes_run(const struct call *call, struct err *e)
{
    const struct changes_args *args = call->args;
    int metric;

    if (!series_metric(args->metric, &metric, e))
        return (int)e->kind;
    if (!args->input)
        return stored_tell(call, metric, e);
    if (!args->scenario && !args->branch && !args->metric)
        return changes_input(args->input, e);
    err_set(e, ERR_USAGE, "--input searches what is in the file, no stored runs");
    return (int)e->kind;
}

const struct command cmd_changes = {
    .name = "changes",
    .summary = "where the levels of series changed, with the commits that did it",
    .details =
        "A series is one metric of one scenario, on one environment and branch, in the order of the\n"
        "commits, a point for each session and commit. A change is new until two more points agree.\n"
        "Several metrics that change at one run are one finding. What people say of a change\n"
        "(`annotate change ID`) stays. A rolling baseline starts after the last change that is\n"
        "confirmed or expected.",
    .options = options,
    .args_size = sizeof(struct changes_args),
    .run = changes_run,
};
