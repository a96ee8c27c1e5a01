/* Tells what changed since: the document's parts in their order, a chart for each series and one of
 * all, and the JSON. */
#include "report/cmd_report_since.h"

#include "report/chart.h"
#include "schema/change.h"
#include "schema/json.h"

#include <math.h>
#include <stdlib.h>

/* The runs of a course, behind those of the earlier machine if there was one, as a trend takes
 * them. */
struct line {
    double *value;
    int64_t *started_ms;
    const char **uuid;
    struct chart_change *change;
    size_t count, changes, own; /* own: the first run of the course itself */
};

static void line_add(struct line *l, const struct course *c, enum metric_id metric)
{
    size_t count = l->count + c->runs.count;
    struct chart_change *more;
    size_t n;

    l->own = l->count;
    l->value = mem_grow(l->value, count + 1, sizeof *l->value);
    l->started_ms = mem_grow(l->started_ms, count + 1, sizeof *l->started_ms);
    l->uuid = mem_grow(l->uuid, count + 1, sizeof *l->uuid);
    for (size_t i = 0; i < c->runs.count; i++, l->count++) {
        l->value[l->count] = c->value[i][metric];
        l->started_ms[l->count] = c->runs.row[i].started_ms;
        l->uuid[l->count] = c->runs.row[i].uuid;
    }
    n = chart_changes(&c->points, metric, l->uuid, l->count, &more);
    l->change = mem_grow(l->change, l->changes + n + 1, sizeof *l->change);
    for (size_t i = 0; i < n; i++)
        l->change[l->changes++] = more[i];
    free(more);
}

static void line_free(struct line *l)
{
    free(l->value);
    free(l->started_ms);
    free(l->uuid);
    free(l->change);
}

/* The cell of a course in the picture of all. */
static void cell_fill(struct chart_cell *cell, const struct all *a, size_t i, struct line *l,
                      enum metric_id metric)
{
    const struct judged *row = NULL;
    char title[64], value[UNITS_TEXT_SIZE], change[UNITS_TEXT_SIZE];
    struct chart_trend t = {0};

    for (size_t k = a->told[i].first; k < a->told[i].end; k++)
        if (a->list.row[k].metric == metric)
            row = &a->list.row[k];
    line_add(l, &a->course[i], metric);
    t.value = l->value;
    t.count = l->count;
    t.change = l->change;
    t.changes = l->changes;
    cell->name = a->told[i].name;
    cell->value = l->value;
    cell->count = l->count;
    cell->level = chart_levels(&t, &cell->levels);
    if (!row) {
        cell->said = mem_copy(metric_title(metric, title));
        return;
    }
    cell->said = mem_printf("%s %s, %s", metric_title(metric, title),
                            tell_value(value, metric, row->comparison.after),
                            change_text(change, row->comparison.change, metrics[metric].scale));
    cell->news = row->comparison.outcome == OUTCOME_WORSE    ? NEWS_WORSE
                 : row->comparison.outcome == OUTCOME_BETTER ? NEWS_BETTER
                                                             : NEWS_NONE;
}

enum { CELLS_LEAST = 4, CELLS_MOST = 60 };

/* All courses that were judged, in one picture, where they are many. */
static bool all_chart(struct work *w, const struct all *a, const struct told_since *t,
                      struct err *e)
{
    struct chart_cell *cell = mem_get(a->count + 1, sizeof *cell);
    struct line *line = mem_get(a->count + 1, sizeof *line);
    char *title = mem_printf("since %s · all series", a->since.name);
    struct chart_multiples m = {
        .title = title,
        .subtitle = "each with a scale of its own · points are runs, lines are levels between "
                    "changes · red is worse now than then, green is better",
        .cell = cell};
    bool done = true;

    for (size_t i = 0; i < a->count && m.count < CELLS_MOST; i++)
        if (a->told[i].first < a->told[i].end) {
            cell_fill(&cell[m.count], a, i, &line[m.count], tell_since_metric(t, &a->told[i]));
            m.count++;
        }
    if (m.count >= CELLS_LEAST)
        done = chart_multiples_put(&w->charts, &m, "all", &w->doc, e);
    for (size_t i = 0; i < m.count; i++) {
        line_free(&line[i]);
        free((void *)cell[i].level);
        free((char *)cell[i].said);
    }
    free(cell);
    free(line);
    free(title);
    return done;
}

/* The trend of the metric that stands for a course. */
static bool course_chart(struct work *w, const struct all *a, size_t i, enum metric_id metric,
                         struct err *e)
{
    const struct course *c = &a->course[i];
    const struct run_row *of = &c->group->newest;
    const struct budget *b = budget_find(&c->budgets, metric);
    char title_text[64], runs[UNITS_TEXT_SIZE], last[UNITS_TEXT_SIZE];
    char *title = mem_printf("%s · %s", of->scenario, metric_title(metric, title_text)), *subtitle;
    char *branch = tell_branch(of->branch, TREND_BRANCH_MOST, ", ");
    struct chart_break broken = {0, of->environment};
    struct line l = {0};
    struct chart_trend t = {.title = title, .metric = metric, .mark_name = a->since.name};
    char *alt;
    bool done;

    if (c->earlier)
        line_add(&l, c->earlier, metric);
    line_add(&l, c, metric);
    broken.first = l.own;
    tell_count(runs, (int64_t)l.count, "run");
    subtitle = mem_printf("%s%s · points are runs, line and band are the level between changes "
                          "(median, 95 %% interval)",
                          branch, runs);
    alt = mem_printf("%s: %s, %zu change%s of level, the last run %s", title, runs, l.changes,
                     l.changes == 1 ? "" : "s", tell_value(last, metric, l.value[l.count - 1]));
    t.subtitle = subtitle;
    t.value = l.value;
    t.started_ms = l.started_ms;
    t.count = l.count;
    t.change = l.change;
    t.changes = l.changes;
    t.breaks = &broken;
    t.break_count = c->earlier != NULL;
    t.mark = a->told[i].split ? l.own + a->told[i].split : 0;
    t.warning = b ? b->warning : (double)NAN;
    t.critical = b ? b->critical : (double)NAN;
    done = chart_trend_put(&w->charts, &t, chart_stem(&w->charts, of->scenario), alt, &w->doc, e);
    line_free(&l);
    free(title);
    free(branch);
    free(subtitle);
    free(alt);
    return done;
}

static void point_json(struct text *out, const struct told_finding *f, const struct change_point *p)
{
    json_add_string(out, "{\"scenario\":", p->scenario);
    json_add_string(out, ",\"branch\":", p->branch);
    json_add_string(out, ",\"environment\":", p->environment);
    json_add_string(out, ",\"metric\":", metrics[p->metric].name);
    json_add_string(out, ",\"commit_sha\":", p->commit_sha);
    json_add_string(out, ",\"previous_sha\":", p->previous_sha);
    json_add_string(out, ",\"author\":", f->author);
    json_add_string(out, ",\"subject\":", f->subject);
    json_add_number(out, ",\"before\":", p->step.before);
    json_add_number(out, ",\"after\":", p->step.after);
    json_add_number(out, ",\"change\":", p->step.change);
    json_add_number(out, ",\"interval\":[", p->step.lo);
    json_add_number(out, ",", p->step.hi);
    json_add_number(out, "],\"p\":", p->step.p);
    json_add_string(out, ",\"state\":", change_state_name[p->state]);
    json_add_string(out, ",\"note\":", p->note);
    text_add(out, "}");
}

static void all_json(struct work *w, const struct all *a)
{
    const char *before = "\n";

    w->kind = "since";
    json_add_string(&w->json, ",\"since\":", a->since.name);
    json_add_string(&w->json, ",\"since_sha\":", a->since.commit_sha);
    judged_json(w, &a->list);
    text_add(&w->json, ",\"changes\":[");
    for (size_t i = 0; i < a->count; i++)
        for (size_t k = 0; k < a->told[i].findings; k++)
            for (size_t n = 0; n < a->told[i].finding[k].count; n++) {
                text_add(&w->json, before);
                point_json(&w->json, &a->told[i].finding[k], a->told[i].finding[k].point[n]);
                before = ",\n";
            }
    text_add(&w->json, "]");
}

bool since_tell(struct work *w, const struct all *a, struct err *e)
{
    const struct told_since t = {
        a->since.name, a->since.commit_sha, a->since.time_ms, a->told, a->count, &a->list};
    bool done = true;

    all_json(w, a);
    tell_since(&w->doc, &t);
    if (w->charts.wanted)
        done = all_chart(w, a, &t, e);
    tell_since_findings(&w->doc, &t);
    for (size_t i = 0; done && i < a->count; i++) {
        const struct told_course *c = &a->told[i];

        if (c->split == c->runs->count)
            continue;
        tell_since_course(&w->doc, &t, c);
        if (w->charts.wanted && w->charts.missing.kind == ERR_NONE)
            done = course_chart(w, a, i, tell_since_metric(&t, c), e);
    }
    return done;
}
