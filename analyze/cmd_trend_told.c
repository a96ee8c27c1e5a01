/* How trends are told: a table for each scenario and branch, or JSON. */
#include "analyze/cmd_trend.h"

#include "report/report.h"
#include "schema/change.h"
#include "schema/json.h"
#include "schema/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which way a level goes, where its slope's interval says so. */
static const char *course_of(const struct slope *s)
{
    if (isnan(s->lo) || isnan(s->hi))
        return NULL;
    return s->lo > 0 ? "rising" : s->hi < 0 ? "falling" : "steady";
}

static void release_json(const struct trend *t, struct text *out)
{
    if (!t->release) {
        text_add(out, ",\"release\":null");
        return;
    }
    json_add_string(out, ",\"release\":{\"tag\":", t->release->name);
    json_add_string(out, ",\"commit_sha\":", t->release->sha);
    json_add_number(out, ",\"level\":", t->release_level);
    json_add_number(out, ",\"change\":", t->release_change);
    text_add(out, "}");
}

static void trend_json(const struct trend_group *g, const struct trend *t, struct text *out)
{
    const struct series_run *first = t->series.point[t->first].run;
    char since[UNITS_TEXT_SIZE];

    json_add_string(out, "{\"scenario\":", g->group->newest.scenario);
    json_add_string(out, ",\"branch\":", g->group->newest.branch);
    json_add_string(out, ",\"environment\":", g->group->newest.environment);
    json_add_string(out, ",\"metric\":", metrics[t->metric].name);
    json_add_string(out, ",\"unit\":", metrics[t->metric].unit);
    json_add_number(out, ",\"sessions\":", (double)t->series.count);
    json_add_number(out, ",\"level_sessions\":", (double)(t->series.count - t->first));
    text_addf(out, ",\"changed\":%s", t->changed ? "true" : "false");
    json_add_string(out, ",\"since\":", units_format_time(since, first->started_ms));
    json_add_string(out, ",\"since_sha\":", first->commit_sha);
    json_add_number(out, ",\"last\":", t->series.point[t->series.count - 1].value);
    json_add_number(out, ",\"level\":", t->level.median);
    json_add_number(out, ",\"interval\":[", t->level.lo);
    json_add_number(out, ",", t->level.hi);
    json_add_number(out, "],\"slope\":", t->slope.slope);
    json_add_number(out, ",\"slope_interval\":[", t->slope.lo);
    json_add_number(out, ",", t->slope.hi);
    json_add_string(out, "],\"course\":", course_of(&t->slope));
    release_json(t, out);
    text_add(out, "}");
}

void trends_json(const struct trends *t, struct text *out)
{
    bool first = true;

    text_add(out, "{\"schema_version\":1,\"series\":[");
    for (size_t i = 0; i < t->groups; i++)
        for (size_t k = 0; k < t->group[i].count; k++) {
            text_add(out, first ? "\n" : ",\n");
            trend_json(&t->group[i], &t->group[i].trend[k], out);
            first = false;
        }
    text_add(out, first ? "]}\n" : "\n]}\n");
}

static bool is_worse(enum metric_id metric, double change)
{
    return metrics[metric].better == BETTER_LOWER ? change > 0 : change < 0;
}

static enum tone tone_of(enum metric_id metric, double change, bool sure)
{
    if (!sure || change == 0 || isnan(change))
        return TONE_PLAIN;
    return is_worse(metric, change) ? TONE_BAD : TONE_GOOD;
}

/* A share, or a difference in the metric's own unit. */
static const char *amount(char out[UNITS_TEXT_SIZE], enum metric_id metric, double change)
{
    char number[UNITS_TEXT_SIZE];

    if (metrics[metric].scale != SCALE_COUNT)
        return change_text(out, change, metrics[metric].scale);
    if (isnan(change))
        return "-";
    units_format_metric(number, fabs(change), metrics[metric].unit);
    snprintf(out, UNITS_TEXT_SIZE, "%s%.40s", change > 0 ? "+" : change < 0 ? "−" : "", number);
    return out;
}

/* A slope is told over ten sessions, or it would be a row of zeros. */
enum { SLOPE_SESSIONS = 10, COURSE_COLUMNS = 16 };

static double over_sessions(enum metric_id metric, double slope)
{
    if (metrics[metric].scale != SCALE_LOG)
        return slope * SLOPE_SESSIONS;
    return pow(1 + slope, SLOPE_SESSIONS) - 1;
}

static void course_cell(struct doc_table *table, const struct trend *t)
{
    double *value = series_values(&t->series);
    char *line = report_sparkline(value, t->series.count, COURSE_COLUMNS);

    doc_cell(table, TONE_BARS, "%s", line);
    free(line);
    free(value);
}

static void trend_row(struct doc_table *table, const struct trend *t, bool releases)
{
    const char *course = course_of(&t->slope);
    bool sure = course && strcmp(course, "steady") != 0;
    double slope = over_sessions(t->metric, t->slope.slope);
    const struct metric *m = &metrics[t->metric];
    char s[UNITS_TEXT_SIZE];

    doc_row(table);
    doc_cell(table, TONE_STRONG, "%s", m->name);
    doc_cell(table, TONE_PLAIN, "%s", units_format_metric(s, t->level.median, m->unit));
    doc_cell(table, TONE_PLAIN, "%zu", t->series.count - t->first);
    if (t->changed && t->series.point[t->first].run->commit_sha)
        doc_cell(table, TONE_PLAIN, "%.7s", t->series.point[t->first].run->commit_sha);
    else
        doc_cell(table, TONE_MUTED, "%s", t->changed ? "-" : "start");
    doc_cell(table, tone_of(t->metric, slope, sure), "%s",
             course ? amount(s, t->metric, slope) : "-");
    doc_cell(table, TONE_PLAIN, "%s", course ? course : "-");
    if (releases)
        doc_cell(table, tone_of(t->metric, t->release_change, t->release != NULL), "%s",
                 t->release ? amount(s, t->metric, t->release_change) : "-");
    course_cell(table, t);
}

/* The release that the group's series have in common, for the head of the column; NULL: none. */
static const char *release_of(const struct trend_group *g)
{
    for (size_t k = 0; k < g->count; k++)
        if (g->trend[k].release)
            return g->trend[k].release->name;
    return NULL;
}

/* "latency.p95 rises by 12 % in 10 sessions", of what goes the wrong way most clearly. */
static void lead_say(struct doc *d, const struct trend_group *g,
                     const struct series_group_list *all)
{
    const struct trend *worst = NULL;
    double most = 0;
    char s[UNITS_TEXT_SIZE];

    for (size_t k = 0; k < g->count; k++) {
        const struct trend *t = &g->trend[k];
        const char *course = course_of(&t->slope);
        double over = over_sessions(t->metric, t->slope.slope);

        if (!course || strcmp(course, "steady") == 0 || !is_worse(t->metric, over) ||
            !(fabs(over) > most) || metrics[t->metric].scale != SCALE_LOG)
            continue;
        worst = t;
        most = fabs(over);
    }
    doc_lead(d, worst ? TONE_WARN : TONE_PLAIN);
    series_name_say(d, all, g->group);
    if (worst)
        doc_say(d, TONE_PLAIN, ": %s %s by %s in %d sessions.", metrics[worst->metric].name,
                worst->slope.slope > 0 ? "rises" : "falls", change_size_text(s, most, SCALE_LOG),
                SLOPE_SESSIONS);
    else if (g->group->points < SERIES_POINTS_MIN)
        doc_say(d, TONE_PLAIN, ": %lld session%s so far; a course is told from %d on.",
                (long long)g->group->points, g->group->points == 1 ? "" : "s", SERIES_POINTS_MIN);
    else
        doc_say(d, TONE_PLAIN, ": no series goes the wrong way since its last change.");
}

static void group_say(struct doc *d, const struct trend_group *g,
                      const struct series_group_list *all)
{
    const char *release = release_of(g);
    struct doc_table *table;

    lead_say(d, g, all);
    if (g->count == 0)
        return;
    table = doc_table(d);
    doc_column(table, ALIGN_LEFT, "metric");
    doc_column(table, ALIGN_RIGHT, "level");
    doc_column(table, ALIGN_RIGHT, "of");
    doc_column(table, ALIGN_RIGHT, "since");
    doc_column(table, ALIGN_RIGHT, "in 10");
    doc_column(table, ALIGN_LEFT, "course");
    if (release) {
        char *title = mem_printf("%.12s", release);

        doc_column(table, ALIGN_RIGHT, title);
        free(title);
    }
    doc_column(table, ALIGN_LEFT, "all sessions");
    doc_column_spare(table); /* cut, the newest would be missing */
    for (size_t k = 0; k < g->count; k++)
        trend_row(table, &g->trend[k], release != NULL);
}

void trends_text(const struct trends *t, const struct globals *g)
{
    struct doc d = {0};

    if (t->groups == 0) {
        doc_paragraph(&d);
        doc_say(&d, TONE_PLAIN, "No runs.");
    }
    for (size_t i = 0; i < t->groups; i++)
        group_say(&d, &t->group[i], t->all);
    report_print(&d, g);
    doc_free(&d);
}
