#include "schema/judged.h"
#include "schema/run.h"
#include "schema/text.h"
#include "tests/tap.h"

#include <stdlib.h>

int main(void)
{
    struct result r;
    struct run run = {0};
    bool none = true, points = true;

    tap_is(run_status_name[RUN_INTERRUPTED], "interrupted", "statuses have names");
    tap_is(run_status_name[RUN_FAILED], "failed", "the last too");
    tap_is(failure_kind_name[FAILURE_MESSAGE], "message", "kinds of failures have names");
    tap_is(outcome_name[OUTCOME_INCONCLUSIVE], "inconclusive", "outcomes have names");

    result_init(&r);
    for (int i = 0; i < METRIC_COUNT; i++)
        none = none && isnan(r.value[i]);
    OK(none, "a new result has no value");
    for (int32_t i = 0; i < 1000; i++)
        result_add_point(&r, METRIC_LATENCY_P95, i, i * 0.5);
    for (int32_t i = 0; i < 1000; i++)
        points = points && r.points[i].second == i && r.points[i].value == i * 0.5;
    OK(points && r.points_count == 1000, "points are kept in order");
    result_add_failure(&r, FAILURE_CONNECTION, "refused", 2);
    result_add_failure(&r, FAILURE_MESSAGE, "refused", 5);
    result_add_failure(&r, FAILURE_CONNECTION, "refused", 3);
    OK(r.failures_count == 2 && r.failures[0].count == 5 && r.failures[1].count == 5,
       "equal failures are counted together, of either kind");
    r.reason = mem_copy("a reason");
    result_free(&r);
    OK(r.failures_count == 0 && !r.reason && isnan(r.value[0]), "a freed result is a new one");
    result_free(&r);

    run.project = mem_copy("p");
    run.labels = mem_get(1, sizeof *run.labels);
    run.labels_count = 1;
    run.labels[0] = (struct label){mem_copy("k"), mem_copy("v")};
    run.environment.key = mem_copy("e");
    run_free(&run);
    run_free(&run);
    OK(!run.project && !run.labels && !run.environment.key, "a freed run is empty");
    return tap_end();
}
