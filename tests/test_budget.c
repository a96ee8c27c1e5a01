/* budget: limits as people write them, and values against them. */
#include "schema/budget.h"

#include "tests/tap.h"

#include <stdlib.h>

static bool list_read(struct budget_list *b, const char *text, struct err *e)
{
    *e = (struct err){0};
    return budget_list_read(b, text, strlen(text), "b.json", e);
}

static void refused(void)
{
    static const struct {
        const char *text, *sentence;
    } bad[] = {
        {"[]", "b.json: expected an object of metrics, found an array"},
        {"{\"latncy.p95\":{}}",
         "b.json: latncy.p95: latncy.p95 is not a metric; did you mean latency.p95?"},
        {"{\"Latency.p95\":{\"warning\":1}}",
         "b.json: Latency.p95: Latency.p95 is not a metric; did you mean latency.p95?"},
        {"{\"latency\":{\"warning\":1}}",
         "b.json: latency: is a distribution; name one of its values, such as latency.p95"},
        {"{\"host.cpu.mean\":{\"warning\":1}}",
         "b.json: host.cpu.mean: neither more nor less of it is worse, it takes no budget"},
        {"{\"latency.p95\":5}", "b.json: latency.p95: expected an object, found 5"},
        {"{\"latency.p95\":{}}",
         "b.json: latency.p95: expected at least one of warning, critical and regression"},
        {"{\"latency.p95\":{\"warn\":5}}",
         "b.json: latency.p95.warn: there is no such key; did you mean warning?"},
        {"{\"latency.p95\":{\"warnning\":5}}",
         "b.json: latency.p95.warnning: there is no such key; did you mean warning?"},
        {"{\"latency.p95\":{\"warning\":true}}",
         "b.json: latency.p95.warning: expected a number from 0 on, found true"},
        {"{\"latency.p95\":{\"warning\":-1}}",
         "b.json: latency.p95.warning: expected a number from 0 on, found -1"},
        {"{\"latency.p95\":{\"warning\":\"5MiB\"}}",
         "b.json: latency.p95.warning: \"5MiB\" is not a value in ms"},
        {"{\"latency.p95\":{\"warning\":\"100ms\",\"critical\":\"0.05s\"}}",
         "b.json: latency.p95: the warning is beyond the critical limit"},
        {"{\"connect.success\":{\"warning\":\"95%\",\"critical\":\"99%\"}}",
         "b.json: connect.success: the warning is beyond the critical limit"},
        {"{\"connect.success\":{\"warning\":99}}",
         "b.json: connect.success.warning: expected a number from 0 to 1, found 99"},
        {"{\"errors.rate\":{\"warning\":\"101%\"}}",
         "b.json: errors.rate.warning: expected at most 1 (or \"100%\"), found 101%"},
        {"{\"target.cpu.mean\":{\"critical\":\"120%\"}}",
         "b.json: target.cpu.mean.critical: expected at most 100%, found 120%"},
        {"{\"latency.p95\":{\"regression\":\"5ms\"}}",
         "b.json: latency.p95.regression: \"5ms\" is not a share, such as 1% or 0.01"},
        {"{\"latency.p95\":{\"warning\":null}}",
         "b.json: latency.p95.warning: expected a number from 0 on, found null"},
    };
    struct budget_list b = {0};
    struct err e;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        OK(!list_read(&b, bad[i].text, &e) && e.kind == ERR_USAGE, "refused: %s", bad[i].text);
        tap_is(e.text, bad[i].sentence, "in these words");
    }
    OK(b.count == 0, "nothing of it was kept");
    budget_list_free(&b);
}

static void taken(void)
{
    struct budget_list b = {0};
    const struct budget *latency, *success;
    struct err e;

    OK(list_read(
           &b,
           "{\"$schema\":\"budget.schema.json\", // ours\n"
           "\"latency.p95\":{\"warning\":\"50ms\",\"critical\":\"0.1s\",\"regression\":\"5%\"},"
           "\"connect.success\":{\"critical\":\"95%\"},"
           "\"target.cpu.mean\":{\"warning\":\"80%\"},"
           "\"target.rss.peak\":{\"warning\":\"512KiB\",\"regression\":0.1}}",
           &e),
       "a budget file: %s", e.text);
    latency = budget_find(&b, METRIC_LATENCY_P95);
    OK(latency && latency->warning == 50 && latency->critical == 100 &&
           latency->regression == 0.05 && !latency->by_default,
       "times in milliseconds, a regression as a share");
    success = budget_find(&b, METRIC_CONNECT_SUCCESS);
    OK(success && success->critical == 0.95 && isnan(success->warning), "95 %% is 0.95");
    OK(budget_find(&b, METRIC_TARGET_CPU_MEAN)->warning == 80, "80 %% of CPU is 80");
    OK(budget_find(&b, METRIC_TARGET_RSS_PEAK)->warning == 0.5, "512 KiB are half a MiB");
    OK(!budget_find(&b, METRIC_LATENCY_P50), "what has no budget is not found");
    OK(list_read(&b, "{\"latency.p95\":{\"critical\":7}}", &e) && b.count == 4 &&
           isnan(budget_find(&b, METRIC_LATENCY_P95)->warning) &&
           budget_find(&b, METRIC_LATENCY_P95)->critical == 7,
       "a later budget replaces the earlier one, whole");
    budget_list_free(&b);
    OK(b.count == 0 && !b.item, "freed");
}

static void judged(void)
{
    struct budget lower = {METRIC_LATENCY_P95, 50, 100, NAN, false},
                  higher = {METRIC_CONNECT_SUCCESS, 0.99, 0.95, NAN, true},
                  only = {METRIC_LATENCY_P95, NAN, NAN, 0.05, false};

    OK(budget_judge(&lower, 50) == BUDGET_OK, "at the limit is not beyond it");
    OK(budget_judge(&lower, 50.001) == BUDGET_WARNING, "beyond the warning");
    OK(budget_judge(&lower, 100) == BUDGET_WARNING, "at the critical limit");
    OK(budget_judge(&lower, INFINITY) == BUDGET_CRITICAL, "beyond it");
    OK(budget_judge(&higher, 0.99) == BUDGET_OK && budget_judge(&higher, 0.98) == BUDGET_WARNING &&
           budget_judge(&higher, 0.9) == BUDGET_CRITICAL,
       "where more is better, less is beyond");
    OK(budget_judge(&lower, NAN) == BUDGET_UNKNOWN, "a named one without a value is inconclusive");
    OK(budget_judge(&higher, NAN) == BUDGET_NONE, "a default one without a value is skipped");
    OK(budget_judge(&only, 1e9) == BUDGET_NONE, "a regression alone limits no value");
    OK(!budget_state_name[BUDGET_NONE], "no budget has no name");
    tap_is(budget_state_name[BUDGET_UNKNOWN], "inconclusive", "the last one's name");
}

static void defaults(void)
{
    struct budget_list b = {0};

    budget_list_default(&b, false);
    OK(b.count == 5 && budget_find(&b, METRIC_TARGET_CPU_MEAN)->critical == 95,
       "five budgets for an open loop");
    OK(budget_find(&b, METRIC_CONNECT_SUCCESS)->critical == 0.95 &&
           budget_find(&b, METRIC_ERRORS_RATE)->warning == 0.01 &&
           budget_find(&b, METRIC_TARGET_RSS_PER_CLIENT)->critical == 10 &&
           budget_find(&b, METRIC_LATENCY_P95)->by_default,
       "the seed's limits");
    budget_list_free(&b);
    budget_list_default(&b, true);
    OK(b.count == 4 && !budget_find(&b, METRIC_TARGET_CPU_MEAN), "no CPU budget in a closed loop");
    budget_list_free(&b);
}

int main(void)
{
    refused();
    taken();
    judged();
    defaults();
    return tap_end();
}
