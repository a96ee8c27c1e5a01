/* How change points are told: as a table of findings with what to do next, or as JSON. */
#include "analyze/cmd_changes.h"

#include "report/report.h"
#include "schema/change.h"
#include "schema/json.h"
#include "schema/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void point_json(const struct finding *f, const struct change_point *p, struct text *out)
{
    char started[UNITS_TEXT_SIZE];

    json_add_number(out, "{\"id\":", p->id ? (double)p->id : (double)NAN);
    json_add_number(out, ",\"finding\":", f->point[0]->id ? (double)f->point[0]->id : (double)NAN);
    json_add_string(out, ",\"scenario\":", p->scenario);
    json_add_string(out, ",\"branch\":", p->branch);
    json_add_string(out, ",\"environment\":", p->environment);
    json_add_string(out, ",\"metric\":", metrics[p->metric].name);
    json_add_string(out, ",\"run\":", p->run_uuid);
    json_add_string(out, ",\"started_at\":", units_format_time(started, p->started_ms));
    json_add_string(out, ",\"commit_sha\":", p->commit_sha);
    json_add_string(out, ",\"previous_sha\":", p->previous_sha);
    json_add_number(out,
                    ",\"commits\":", f->range.commits < 0 ? (double)NAN : (double)f->range.commits);
    json_add_string(out, ",\"next_sha\":", f->range.middle);
    step_add_json(&p->step, out);
    json_add_string(out, ",\"state\":", change_state_name[p->state]);
    json_add_string(out, ",\"note\":", p->note);
    text_add(out, "}");
}

void changes_json(const struct told_changes *t, struct text *out)
{
    bool first = true;

    text_add(out, "{\"schema_version\":1,\"changes\":[");
    for (size_t i = 0; i < t->groups; i++)
        for (size_t k = 0; k < t->group[i].findings; k++)
            for (size_t j = 0; j < t->group[i].finding[k].count; j++) {
                text_add(out, first ? "\n" : ",\n");
                point_json(&t->group[i].finding[k], t->group[i].finding[k].point[j], out);
                first = false;
            }
    text_add(out, first ? "]}\n" : "\n]}\n");
}

static bool is_worse(const struct change_point *p)
{
    return (metrics[p->metric].better == BETTER_LOWER) == (p->step.after > p->step.before);
}

static enum tone tone_of(const struct change_point *p)
{
    if (p->state >= CHANGE_EXPECTED)
        return TONE_MUTED;
    return is_worse(p) ? TONE_BAD : TONE_GOOD;
}

/* "+20 %"; where there is no share to tell, the two levels say it. */
static const char *change_of(char out[UNITS_TEXT_SIZE], const struct change_point *p)
{
    enum metric_scale scale = metrics[p->metric].scale;

    if (scale != SCALE_COUNT)
        return change_text(out, p->step.change, scale);
    if (!(p->step.before > 0)) /* a count of a run, not of a message */
        return "from none";
    return change_text(out, p->step.after / p->step.before - 1, SCALE_LOG);
}

static const char *short_sha(char out[UNITS_TEXT_SIZE], const char *sha)
{
    if (!sha)
        return "-";
    snprintf(out, UNITS_TEXT_SIZE, "%.7s", sha);
    return out;
}

static void point_row(struct doc_table *t, const struct change_point *p, bool first)
{
    const struct metric *m = &metrics[p->metric];
    char s[UNITS_TEXT_SIZE];

    doc_row(t);
    if (p->id)
        doc_cell(t, TONE_STRONG, "%lld", (long long)p->id);
    else
        doc_cell(t, TONE_MUTED, "-");
    units_format_time(s, p->started_ms);
    doc_cell(t, TONE_MUTED, "%.10s", first ? s : "");
    doc_cell(t, TONE_PLAIN, "%s", first ? short_sha(s, p->commit_sha) : "");
    doc_cell(t, TONE_PLAIN, "%s", m->name);
    doc_cell(t, TONE_PLAIN, "%s", units_format_metric(s, p->step.before, m->unit));
    doc_cell(t, TONE_PLAIN, "%s", units_format_metric(s, p->step.after, m->unit));
    doc_cell(t, tone_of(p), "%s", change_of(s, p));
    doc_cell(t, tone_of(p), "%s", change_state_name[p->state]);
}

/* How many of a finding's metrics have a row of their own: those that gate, else the first. */
static size_t rows_of(const struct finding *f)
{
    size_t n = 0;

    while (n < f->count && metrics[f->point[n]->metric].gate)
        n++;
    return n > 0 ? n : 1;
}

/* "also latency.mean +19 %, service.p50 +18 % and 9 more" */
static void others_say(struct doc *d, const struct finding *f, size_t from)
{
    enum { TOLD = 3 };
    char s[UNITS_TEXT_SIZE];
    size_t left = f->count - from, told = left <= TOLD + 1 ? left : TOLD;

    for (size_t i = 0; i < told; i++)
        doc_say(d, TONE_PLAIN, "%s%s %s",
                i == 0                          ? "also "
                : i + 1 == told && told == left ? " and "
                                                : ", ",
                metrics[f->point[from + i]->metric].name, change_of(s, f->point[from + i]));
    if (left > told)
        doc_say(d, TONE_PLAIN, " and %zu more", left - told);
    if (left > 0)
        doc_say(d, TONE_PLAIN, "; ");
}

/* Which commits it came with, and which one to measure to know more. */
static void range_say(struct doc *d, const struct finding *f)
{
    const struct change_point *p = f->point[0];
    char after[UNITS_TEXT_SIZE], sha[UNITS_TEXT_SIZE], next[UNITS_TEXT_SIZE];

    short_sha(after, p->previous_sha);
    short_sha(sha, p->commit_sha);
    if (!p->commit_sha || !p->previous_sha)
        doc_say(d, TONE_PLAIN, "which commits it came with is not recorded");
    else if (strcmp(p->commit_sha, p->previous_sha) == 0)
        doc_say(d, TONE_PLAIN,
                "%s is on both sides of it: not the code changed, but what is around it", sha);
    else if (f->range.commits == 1)
        doc_say(d, TONE_PLAIN, "it came with %s", sha);
    else if (f->range.middle)
        doc_say(d, TONE_PLAIN, "it came with one of %lld commits, %s..%s; measure %s next",
                (long long)f->range.commits, after, sha, short_sha(next, f->range.middle));
    else if (f->range.commits > 1)
        doc_say(d, TONE_PLAIN,
                "it came with one of %lld commits; `git rev-list --bisect %s..%s` names the one to "
                "measure next",
                (long long)f->range.commits, after, sha);
    else
        doc_say(
            d, TONE_PLAIN,
            "it came after %s, up to %s; `git rev-list --bisect %s..%s` names the one to measure "
            "next, if there are any between",
            after, sha, after, sha);
}

static void finding_say(struct doc *d, const struct finding *f)
{
    doc_item(d);
    if (f->point[0]->id)
        doc_say(d, TONE_STRONG, "%lld: ", (long long)f->point[0]->id);
    others_say(d, f, rows_of(f));
    range_say(d, f);
    for (size_t i = 0; i < f->count; i++)
        if (f->point[i]->note)
            doc_say(d, TONE_PLAIN, "; note on %lld: \"%s\"", (long long)f->point[i]->id,
                    f->point[i]->note);
}

/* The point that stands for a finding. All have one cause, so that what is expected or fixed in one
 * of them is so in all; a false alarm is that of its metric alone. */
static const struct change_point *leader(const struct finding *f)
{
    const struct change_point *open = NULL;

    for (size_t i = 0; i < f->count; i++) {
        const struct change_point *p = f->point[i];

        if (p->state == CHANGE_EXPECTED || p->state == CHANGE_FIXED)
            return p;
        if (!open && p->state <= CHANGE_CONFIRMED &&
            metrics[p->metric].gate >= metrics[f->point[0]->metric].gate)
            open = p;
    }
    return open ? open : f->point[0];
}

/* A later finding has moved the same metric: the level that this one led to has passed. */
static bool is_passed(const struct told_group *t, size_t k)
{
    for (size_t later = k + 1; later < t->findings; later++)
        for (size_t i = 0; i < t->finding[later].count; i++)
            if (t->finding[later].point[i]->metric == leader(&t->finding[k])->metric)
                return true;
    return false;
}

/* What a finding counts for whoever reads one sentence of it all: first what is worse in a metric
 * that gates and is so still, then what is better, then the rest. */
static int weight(const struct told_group *t, size_t k)
{
    const struct change_point *p = leader(&t->finding[k]);

    if (p->state > CHANGE_CONFIRMED || is_passed(t, k))
        return 0;
    return !metrics[p->metric].gate ? 1 : is_worse(p) ? 3 : 2;
}

static size_t leading(const struct told_group *t)
{
    size_t lead = t->findings - 1;

    for (size_t k = t->findings - 1; k-- > 0;)
        if (weight(t, k) > weight(t, lead))
            lead = k;
    return lead;
}

static void lead_say(struct doc *d, const struct told_group *t, const struct series_group_list *all)
{
    size_t lead = t->findings ? leading(t) : 0;
    const struct change_point *p = t->findings ? leader(&t->finding[lead]) : NULL;
    long long points = (long long)t->group->points;
    char change[UNITS_TEXT_SIZE], sha[UNITS_TEXT_SIZE];

    doc_lead(d, p && p->state <= CHANGE_CONFIRMED ? tone_of(p) : TONE_PLAIN);
    series_name_say(d, all, t->group);
    if (points < SERIES_POINTS_MIN)
        doc_say(d, TONE_PLAIN, ": %lld session%s so far; changes are looked for from %d on.",
                points, points == 1 ? "" : "s", SERIES_POINTS_MIN);
    else if (!p)
        doc_say(d, TONE_PLAIN, ": no change of level in %lld sessions.", points);
    else
        doc_say(d, TONE_PLAIN, ": %zu change%s in %lld sessions, %s %s %s at %s (%s).", t->findings,
                t->findings == 1 ? "" : "s", points,
                lead + 1 == t->findings ? "the last one" : "above all", metrics[p->metric].name,
                change_of(change, p),
                p->commit_sha ? short_sha(sha, p->commit_sha) : "a run without a commit",
                change_state_name[p->state]);
}

static void group_say(struct doc *d, const struct told_group *t,
                      const struct series_group_list *all)
{
    struct doc_table *table;

    lead_say(d, t, all);
    if (!t->findings)
        return;
    doc_paragraph(d);
    doc_say(d, TONE_MUTED, "%s; %s.", t->group->newest.environment,
            t->group->ordered ? "in the order of the commits"
            : !t->group->newest.commit_sha
                ? "in the order of time, as their commits are not recorded"
                : "in the order of the commits' times: the place of some in git's "
                  "history is not known, as in a shallow clone");
    table = doc_table(d);
    doc_column(table, ALIGN_RIGHT, "id");
    doc_column(table, ALIGN_LEFT, "since (UTC)");
    doc_column(table, ALIGN_RIGHT, "commit");
    doc_column(table, ALIGN_LEFT, "metric");
    doc_column(table, ALIGN_RIGHT, "before");
    doc_column(table, ALIGN_RIGHT, "after");
    doc_column(table, ALIGN_RIGHT, "change");
    doc_column(table, ALIGN_RIGHT, "state");
    for (size_t k = t->findings; k-- > 0;)
        for (size_t j = 0; j < rows_of(&t->finding[k]); j++)
            point_row(table, t->finding[k].point[j], j == 0);
    for (size_t k = t->findings; k-- > 0;)
        finding_say(d, &t->finding[k]);
}

void changes_text(const struct told_changes *t, const struct globals *g)
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
