#include "report/ci.h"

#include "report/files.h"
#include "report/tell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What GitHub takes: bytes of a step's summary, and characters of a comment; a byte is never more
 * than a character. */
enum { SUMMARY_MOST = (1 << 20) - 1, COMMENT_MOST = 65535 };

static bool broken(const struct judged *j)
{
    return j->budget_state == BUDGET_CRITICAL || j->regression_broken;
}

static bool regressed(const struct judged *j)
{
    return j->gates && j->comparison.outcome == OUTCOME_WORSE;
}

/* From the most to the least that can be shown. */
enum { MARKDOWN_WHOLE, MARKDOWN_UNFOLDED, MARKDOWN_LEAD };

static void markdown_build(const struct judged_list *list, int how, struct text *out)
{
    struct doc d = {0};

    if (how == MARKDOWN_LEAD)
        tell_judged_lead(&d, list);
    else
        report_judged(&d, list);
    if (how == MARKDOWN_UNFOLDED)
        doc_drop_details(&d);
    doc_markdown(&d, out);
    doc_free(&d);
}

void ci_markdown(const struct judged_list *list, const char *mark, size_t most, struct text *out)
{
    size_t room = most - (mark ? strlen(mark) + 1 : 0);
    bool fits = false;

    if (mark)
        text_addf(out, "%s\n", mark);
    for (int how = MARKDOWN_WHOLE; !fits && how <= MARKDOWN_LEAD; how++) {
        struct text body = {0};

        markdown_build(list, how, &body);
        fits = body.length <= room;
        if (fits)
            text_add(out, body.data);
        text_free(&body);
    }
}

/* Weight of a row that needs attention, 0: it needs none. Among its like, the one that the sentence
 * leads with where it knows since when, then the larger change. */
static double row_weight(const struct judged *j)
{
    double size = fabs(j->comparison.change);
    double share = (isfinite(size) ? size / (1 + size) : 0) + (j->since ? 1 : 0);

    if (j->budget_state == BUDGET_CRITICAL)
        return 8 + share;
    if (j->regression_broken)
        return 6 + share;
    if (regressed(j))
        return 4 + share;
    return j->budget_state == BUDGET_WARNING ? 2 + share : 0;
}

/* GitHub reads '%' and the ends of lines in a message, and in a property ':' and ',' too. */
static void command_escape(struct text *out, const char *s, bool property)
{
    for (; *s; s++) {
        bool special = *s == '%' || *s == '\r' || *s == '\n' || (property && strchr(":,", *s));

        if (special)
            text_addf(out, "%%%02X", (unsigned char)*s);
        else
            text_add_bytes(out, s, 1);
    }
}

/* " since 3f2a9c1" */
static void since_say(struct text *out, const struct judged *j)
{
    if (j->since)
        text_addf(out, " since %s", j->since);
}

/* "+24 % since 3f2a9c1 (29.3 to 36.4 ms, 95 % interval +21 … +27 %)" */
static void change_say(struct text *out, const struct judged *j)
{
    const struct comparison *c = &j->comparison;
    enum metric_scale scale = metrics[j->metric].scale;
    char change[UNITS_TEXT_SIZE], before[UNITS_TEXT_SIZE], after[UNITS_TEXT_SIZE],
        interval[UNITS_TEXT_SIZE];

    text_add(out, change_text(change, c->change, scale));
    since_say(out, j);
    text_addf(out, " (%s to %s, 95 %% interval %s)", tell_number(before, j->metric, c->before),
              tell_value(after, j->metric, c->after),
              change_interval_text(interval, c->lo, c->hi, scale));
}

static void budget_say(struct text *out, const struct judged *j)
{
    bool critical = j->budget_state == BUDGET_CRITICAL;
    char value[UNITS_TEXT_SIZE], limit[UNITS_TEXT_SIZE];

    text_addf(out, "%s is beyond its %s budget of %s",
              tell_value(value, j->metric, j->budget_value), critical ? "critical" : "warning",
              tell_value(limit, j->metric, critical ? j->budget.critical : j->budget.warning));
}

static bool same_group(const struct judged *a, const struct judged *b)
{
    return a->scenario_id == b->scenario_id && a->environment_id == b->environment_id &&
           strcmp(a->scenario, b->scenario) == 0;
}

/* Whether another row of the scenario speaks for this one: several metrics that got worse at once
 * are one finding. A broken absolute limit speaks for itself. */
static bool spoken_for(const struct judged_list *list, const struct judged *j)
{
    if (j->budget_state == BUDGET_CRITICAL || j->budget_state == BUDGET_WARNING)
        return false;
    for (size_t i = 0; i < list->count; i++) {
        const struct judged *k = &list->row[i];

        if (k != j && same_group(k, j) && (regressed(k) || k->regression_broken) &&
            (row_weight(k) > row_weight(j) || (row_weight(k) == row_weight(j) && k < j)))
            return true;
    }
    return false;
}

/* "; so are latency.p50, latency.p99": those that the row speaks for. */
static void others_say(struct text *out, const struct judged_list *list, const struct judged *j)
{
    size_t others = 0;

    for (size_t i = 0; i < list->count; i++) {
        const struct judged *k = &list->row[i];

        if (k == j || !same_group(k, j) || row_weight(k) <= 0 || !spoken_for(list, k) ||
            spoken_for(list, j))
            continue;
        text_addf(out, "%s%s", others++ ? ", " : "; worse, too: ", metrics[k->metric].name);
        since_say(out, k);
    }
}

static void annotation_put(struct text *out, const struct judged_list *list, const struct judged *j)
{
    bool error = broken(j) || regressed(j);
    struct text said = {0}, title = {0};

    if (j->budget_state == BUDGET_CRITICAL || j->budget_state == BUDGET_WARNING)
        budget_say(&said, j);
    if (regressed(j) || j->regression_broken) {
        text_add(&said, said.length ? "; " : "");
        change_say(&said, j);
        others_say(&said, list, j);
    }
    text_addf(&title, "%s: %s", j->scenario, metrics[j->metric].name);
    text_clean(title.data);
    text_addf(out, "::%s title=", error ? "error" : "warning");
    command_escape(out, title.data, true);
    text_add(out, "::");
    command_escape(out, said.data, false);
    text_add(out, "\n");
    text_free(&said);
    text_free(&title);
}

void ci_annotations(const struct judged_list *list, struct text *out)
{
    const struct judged *most[CI_ANNOTATIONS_MOST];
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++) {
        const struct judged *j = &list->row[i];
        size_t at = count;

        if (row_weight(j) <= 0 || spoken_for(list, j))
            continue;
        while (at > 0 && row_weight(most[at - 1]) < row_weight(j))
            at--;
        if (at == CI_ANNOTATIONS_MOST)
            continue;
        count += count < CI_ANNOTATIONS_MOST;
        memmove(&most[at + 1], &most[at], (count - at - 1) * sizeof *most);
        most[at] = j;
    }
    for (size_t i = 0; i < count; i++)
        annotation_put(out, list, most[i]);
}

/* A value may be anything; its last line is one that does not occur in it. */
static void output_put(struct text *out, const char *name, const char *value)
{
    struct text end = {0};

    text_add(&end, "end");
    while (strstr(value, end.data))
        text_add(&end, "-");
    text_addf(out, "%s<<%s\n%s\n%s\n", name, end.data, value, end.data);
    text_free(&end);
}

void ci_outputs(const struct judged_list *list, struct text *out)
{
    const char *verdict = outcome_name[list->outcome];
    size_t regressions = 0, budgets = 0;

    for (size_t i = 0; i < list->count; i++) {
        regressions += regressed(&list->row[i]);
        budgets += broken(&list->row[i]);
    }
    output_put(out, "verdict", verdict ? verdict : "none");
    output_put(out, "summary", list->summary);
    text_addf(out, "regressions=%zu\nbudgets-broken=%zu\n", regressions, budgets);
}

static bool summary_append(const struct judged_list *list, const char *path, struct err *e)
{
    int64_t room = SUMMARY_MOST - files_size(path);
    struct text out = {0};
    bool done = true;

    if (room > 0)
        ci_markdown(list, NULL, (size_t)room, &out);
    if (out.data)
        done = files_append(path, &out, e);
    text_free(&out);
    return done;
}

static bool outputs_append(const struct judged_list *list, const char *path, struct err *e)
{
    struct text out = {0};
    bool done;

    ci_outputs(list, &out);
    done = files_append(path, &out, e);
    text_free(&out);
    return done;
}

bool report_ci(const struct judged_list *list, struct err *e)
{
    const char *github = getenv("GITHUB_ACTIONS"), *summary = getenv("GITHUB_STEP_SUMMARY"),
               *outputs = getenv("GITHUB_OUTPUT");
    struct text out = {0};

    if (!github || strcmp(github, "true") != 0)
        return true;
    ci_annotations(list, &out);
    if (out.data)
        fputs(out.data, stderr);
    text_free(&out);
    return (!summary || !*summary || summary_append(list, summary, e)) &&
           (!outputs || !*outputs || outputs_append(list, outputs, e));
}

bool report_comment(const struct judged_list *list, const char *command, const char *path,
                    struct err *e)
{
    char *mark = mem_printf("<!-- streamgauge %s -->", command);
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char *folder =
        slash ? mem_printf("%.*s", slash > path ? (int)(slash - path) : 1, path) : mem_copy(".");
    struct text out = {0};
    bool done;

    ci_markdown(list, mark, COMMENT_MOST, &out);
    done = files_write(folder, name, &out, e);
    text_free(&out);
    free(folder);
    free(mark);
    return done;
}
