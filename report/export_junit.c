/* What check, compare and ab said last, for the pages of CI systems: JUnit, GitLab's Code Quality.
 */
#include "report/export.h"

#include "report/tell.h"
#include "schema/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_case(const struct judged *j)
{
    return j->gates || j->budget_state != BUDGET_NONE || j->regression_broken;
}

static bool is_failure(const struct judged *j)
{
    return j->budget_state == BUDGET_CRITICAL || j->regression_broken ||
           (j->gates && j->comparison.outcome == OUTCOME_WORSE);
}

/* Neither its budget nor its comparison says anything. */
static bool is_skipped(const struct judged *j)
{
    bool budget = j->budget_state == BUDGET_OK || j->budget_state == BUDGET_WARNING;
    bool compared = j->comparison.outcome == OUTCOME_SAME ||
                    j->comparison.outcome == OUTCOME_BETTER ||
                    j->comparison.outcome == OUTCOME_WORSE;

    return !budget && !compared;
}

/* "30.2 → 42 ms, +39 % (+36 … +42 %); 42 ms is beyond its warning budget of 40 ms" */
static void row_say(const struct judged *j, struct text *out)
{
    const struct comparison *c = &j->comparison;
    enum metric_scale scale = metrics[j->metric].scale;
    bool critical = j->budget_state == BUDGET_CRITICAL;
    char a[UNITS_TEXT_SIZE], b[UNITS_TEXT_SIZE];

    if (isfinite(c->change)) {
        text_addf(out, "%s → %s, ", tell_number(a, j->metric, c->before),
                  tell_value(b, j->metric, c->after));
        text_addf(out, "%s (%s)", change_text(a, c->change, scale),
                  change_interval_text(b, c->lo, c->hi, scale));
    } else {
        text_add(out, tell_value(a, j->metric, j->budget_value));
    }
    if (critical || j->budget_state == BUDGET_WARNING)
        text_addf(out, ", beyond its %s budget of %s", critical ? "critical" : "warning",
                  tell_value(a, j->metric, critical ? j->budget.critical : j->budget.warning));
    if (j->regression_broken)
        text_addf(out, ", beyond its regression budget of %s",
                  change_size_text(a, j->budget.regression, SCALE_LOG));
    if (is_skipped(j) && c->detectable < TELL_DETECTABLE_MOST)
        text_addf(out, "; a change of %s or more would have been seen",
                  change_size_text(a, c->detectable, scale));
    if (j->note)
        text_addf(out, "; %s", j->note);
}

static void xml_attribute(struct text *out, const char *name, const char *value)
{
    text_addf(out, " %s=\"", name);
    for (const char *s = value ? value : ""; *s; s++) {
        if (*s == '&' || *s == '<' || *s == '>' || *s == '"')
            text_addf(out, "&#%d;", *s);
        else
            text_add_bytes(out, s, 1);
    }
    text_add(out, "\"");
}

static void case_put(struct text *out, const struct judged *j)
{
    struct text said = {0};
    const char *element = is_failure(j) ? "failure" : is_skipped(j) ? "skipped" : NULL;

    row_say(j, &said);
    text_add(out, "    <testcase");
    xml_attribute(out, "classname", j->scenario);
    xml_attribute(out, "name", metrics[j->metric].name);
    text_add(out, " time=\"0\"");
    if (element) {
        text_addf(out, ">\n      <%s", element);
        if (is_failure(j))
            xml_attribute(out, "type",
                          j->budget_state == BUDGET_CRITICAL ? "budget" : "regression");
        xml_attribute(out, "message", said.data);
        text_add(out, "/>\n    </testcase>\n");
    } else {
        text_add(out, "/>\n");
    }
    text_free(&said);
}

static bool same_suite(const struct judged *a, const struct judged *b)
{
    return a->scenario_id == b->scenario_id && a->environment_id == b->environment_id &&
           strcmp(a->scenario, b->scenario) == 0;
}

struct tests {
    size_t all, failures, errors, skipped;
};

static struct tests tests_count(const struct judged_list *l, const struct judged *of)
{
    struct tests n = {0};

    for (size_t i = 0; i < l->count; i++) {
        const struct judged *j = &l->row[i];

        if (!is_case(j) || (of && !same_suite(j, of)))
            continue;
        n.all++;
        n.failures += is_failure(j);
        n.skipped += !is_failure(j) && is_skipped(j);
    }
    return n;
}

static void counts_put(struct text *out, struct tests n)
{
    text_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"0\"", n.all, n.failures,
              n.errors);
}

static void suite_open(struct text *out, const char *scenario, const char *environment,
                       struct tests n)
{
    text_add(out, "  <testsuite");
    xml_attribute(out, "name", scenario);
    counts_put(out, n);
    text_addf(out, " skipped=\"%zu\"", n.skipped);
    text_add(out, ">\n    <properties>\n      <property name=\"environment\"");
    xml_attribute(out, "value", environment);
    text_add(out, "/>\n    </properties>\n");
}

static void suite_put(struct text *out, const struct judged_list *l, size_t first)
{
    const struct judged *of = &l->row[first];

    suite_open(out, of->scenario, of->environment, tests_count(l, of));
    for (size_t i = first; i < l->count; i++)
        if (same_suite(&l->row[i], of) && is_case(&l->row[i]))
            case_put(out, &l->row[i]);
    text_add(out, "  </testsuite>\n");
}

/* "overloaded: 1 % of the messages were sent 18.7 ms late or later" */
static void run_say(const struct run_row *r, struct text *out)
{
    text_addf(out, "%s%s%s", run_status_name[r->status], r->reason ? ": " : "",
              r->reason ? r->reason : "");
}

static void run_put(struct text *out, const struct run_row *r)
{
    struct text said = {0};

    run_say(r, &said);
    suite_open(out, r->scenario, r->environment, (struct tests){.all = 1, .errors = 1});
    text_add(out, "    <testcase");
    xml_attribute(out, "classname", r->scenario);
    text_addf(out, " name=\"run %lld\" time=\"0\">\n      <error", (long long)r->id);
    xml_attribute(out, "type", run_status_name[r->status]);
    xml_attribute(out, "message", said.data);
    text_add(out, "/>\n    </testcase>\n  </testsuite>\n");
    text_free(&said);
}

void export_junit(const struct judged_list *list, const struct run_list *unfit, struct text *out)
{
    struct tests n = tests_count(list, NULL);

    n.all += unfit->count;
    n.errors += unfit->count;
    text_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"streamgauge\"");
    counts_put(out, n);
    text_add(out, ">\n");
    for (size_t i = 0; i < unfit->count; i++)
        run_put(out, &unfit->row[i]);
    for (size_t i = 0; i < list->count; i++)
        if (tell_judged_starts(list, i) && tests_count(list, &list->row[i]).all > 0)
            suite_put(out, list, i);
    text_add(out, "</testsuites>\n");
}

/* "check" names the kind of finding; the same one has the same fingerprint in the next run, so that
 * GitLab tells new ones. `said` is all of the sentence. */
static void issue_put(struct text *out, const char *check, const char *scenario,
                      const char *environment, const char *severity, const char *said)
{
    struct text print = {0};

    text_addf(&print, "%s/%s/%s/%s", scenario, environment, check, severity);
    text_add(out, "{\"description\":");
    json_quote(out, said);
    text_addf(out, ",\"check_name\":\"streamgauge.%s\",\"fingerprint\":", check);
    json_quote(out, print.data);
    text_addf(out, ",\"severity\":\"%s\",\"location\":{\"path\":", severity);
    json_quote(out, scenario);
    text_add(out, ",\"lines\":{\"begin\":1}}}");
    text_free(&print);
}

static void row_issue(struct text *out, const struct judged *j)
{
    const char *severity = j->budget_state == BUDGET_CRITICAL ? "critical"
                           : is_failure(j)                    ? "major"
                                                              : "minor";
    struct text said = {0};

    text_addf(&said, "%s: %s: ", j->scenario, metrics[j->metric].name);
    row_say(j, &said);
    issue_put(out, metrics[j->metric].name, j->scenario, j->environment, severity, said.data);
    text_free(&said);
}

static void run_issue(struct text *out, const struct run_row *r)
{
    struct text said = {0};

    text_addf(&said, "%s: run %lld is ", r->scenario, (long long)r->id);
    run_say(r, &said);
    issue_put(out, "run", r->scenario, r->environment, "major", said.data);
    text_free(&said);
}

void export_codequality(const struct judged_list *list, const struct run_list *unfit,
                        struct text *out)
{
    const char *between = "\n";

    text_add(out, "[");
    for (size_t i = 0; i < unfit->count; i++, between = ",\n") {
        text_add(out, between);
        run_issue(out, &unfit->row[i]);
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct judged *j = &list->row[i];

        if (!is_failure(j) && j->budget_state != BUDGET_WARNING)
            continue;
        text_add(out, between);
        row_issue(out, j);
        between = ",\n";
    }
    text_add(out, "\n]\n");
}
