/* The store on files of its own: what is written comes back, selections, history, baselines. */
#include "store/store.h"

#include "store/db.h"

#include "tests/store_sample.h"
#include "tests/tap.h"

static struct err err;

static void test_round_trip(void)
{
    struct store *s = sample_open("round.db", STORE_WRITE);
    struct run run, run_back;
    struct result result, back;
    struct run_list list = {0};
    struct hist merged;
    double value[1] = {0};

    sample_run(&run, 1, &(struct sample_run){.position = 41});
    run.labels = mem_get(1, sizeof *run.labels);
    run.labels_count = 1;
    run.labels[0] = (struct label){mem_copy("kind"), mem_copy("nightly")};
    budget_list_put(&run.budgets, &(struct budget){METRIC_LATENCY_P95, 50, 100, 0.05, true});
    sample_result(&result, 12.5);
    result_add_point(&result, METRIC_THROUGHPUT_RECEIVED, 1, 990);
    result_add_point(&result, METRIC_THROUGHPUT_RECEIVED, 0, 1010);
    result_add_failure(&result, FAILURE_MESSAGE, "timeout", 3);
    sample_histogram(&result, METRIC_LATENCY, -1, 1000000, 100);
    sample_histogram(&result, METRIC_LATENCY, 0, 1000000, 50);

    OK(store_begin(s, &run, &err), "a run is begun");
    OK(run.id == 1, "its id is filled");
    OK(store_list(s, &(struct run_filter){0}, &list, &err) && list.count == 1 &&
           list.row[0].status == RUN_RUNNING,
       "and it is seen as running");
    run_list_free(&list);
    OK(store_finish(s, &run, &result, &err), "it is finished");
    store_close(s);

    s = sample_open("round.db", STORE_READ);
    OK(store_run(s, 1, &run_back, &err), "the run is read back");
    tap_is(run_back.uuid, run.uuid, "uuid");
    tap_is(run_back.commit_subject, "Answer sooner", "commit subject");
    tap_is(run_back.environment.kernel, "6.1.0", "kernel");
    tap_is(run_back.definition, "{\"name\":\"typical\"}", "definition");
    OK(run_back.commit_position == 41 && run_back.started_ms == SAMPLE_START_MS + 60000 &&
           run_back.seed == run.seed && run_back.environment.memory_bytes == INT64_C(24) << 30,
       "its numbers");
    OK(run_back.labels_count == 1 && strcmp(run_back.labels[0].value, "nightly") == 0, "label");
    OK(run_back.budgets.count == 1 && run_back.budgets.item[0].critical == 100 &&
           run_back.budgets.item[0].regression == 0.05 && run_back.budgets.item[0].by_default,
       "budget");
    OK(store_result(s, 1, &back, &err), "the result is read back");
    OK(back.status == RUN_OK && !back.reason && back.duration_s == 30, "status");
    OK(back.value[METRIC_LATENCY_P95] == 12.5 && isnan(back.value[METRIC_LATENCY_MAX]),
       "values, and none where there was none");
    OK(back.points_count == 2 && back.points[0].second == 0 && back.points[0].value == 1010,
       "series, in order");
    OK(back.failures_count == 1 && back.failures[0].count == 3, "failures");
    OK(back.histograms_count == 2 && back.histograms[0].second == -1 &&
           back.histograms[0].count == 100 &&
           back.histograms[0].hdr_length == result.histograms[0].hdr_length &&
           memcmp(back.histograms[0].hdr, result.histograms[0].hdr,
                  result.histograms[0].hdr_length) == 0,
       "histograms, byte for byte");

    OK(store_list(s, &(struct run_filter){0}, &list, &err) && list.row[0].position == 41,
       "a listing knows the position");
    hist_open(&merged);
    OK(store_histogram(s, &list, METRIC_LATENCY, &merged, &err) && merged.total == 100,
       "histograms of the whole run are merged");
    OK(store_values(s, &list, METRIC_LATENCY_P99, value, &err) && value[0] == 18.75, "values");
    OK(!store_begin(s, &run, &err) && err.kind == ERR_STORE, "a reading handle writes nothing");
    hist_close(&merged);
    run_list_free(&list);
    run_free(&run_back);
    run_free(&run);
    result_free(&back);
    result_free(&result);
    store_close(s);
}

/* The ids that a selector gives, as text. */
static const char *chosen(struct store *s, const char *selector)
{
    static char out[256];
    struct run_list list = {0};
    char *const word = (char *)selector;
    size_t used = 0;

    out[0] = '\0';
    if (!store_select(s, &word, 1, &list, &err))
        snprintf(out, sizeof out, "%s", err.kind == ERR_USAGE ? "usage" : "store");
    for (size_t i = 0; i < list.count; i++)
        used += (size_t)snprintf(out + used, sizeof out - used, "%s%lld", i ? " " : "",
                                 (long long)list.row[i].id);
    run_list_free(&list);
    return out;
}

static void test_select(void)
{
    struct store *s = sample_open("select.db", STORE_WRITE);
    struct run_list runs = {0};
    struct run_row one;

    sample_record(s, 1, &(struct sample_run){.session = "a", .commit = "1234567aaaaaaaaa"}, 1,
                  RUN_OK);
    sample_record(s, 2, &(struct sample_run){.session = "a", .commit = "1234567aaaaaaaaa"}, 1,
                  RUN_OK);
    sample_record(s, 3, &(struct sample_run){.session = "b", .commit = "1234567bbbbbbbbb"}, 1,
                  RUN_OK);
    sample_record(s, 4, &(struct sample_run){.session = "c", .branch = "next"}, 1, RUN_FAILED);
    sample_record(s, 5,
                  &(struct sample_run){
                      .session = "a", .commit = "7777777", .started_ms = SAMPLE_START_MS + 241000},
                  1, RUN_OK);

    tap_is(chosen(s, "3"), "3", "a number");
    tap_is(chosen(s, "run:3"), "3", "run:ID");
    tap_is(chosen(s, "9"), "usage", "a run that is not there");
    tap_is(chosen(s, "session:a"), "5 2 1", "session, newest first");
    tap_is(chosen(s, "branch:next"), "4", "branch, of any status");
    tap_is(chosen(s, "last"), "5 2 1", "last: the session with the newest run");
    tap_is(chosen(s, "last~1"), "4", "last~1");
    tap_is(chosen(s, "last~2"), "3", "last~2");
    tap_is(chosen(s, "last~3"), "usage", "further back than there are sessions");
    tap_is(chosen(s, "commit:1234567b"), "3", "the beginning of a commit");
    tap_is(chosen(s, "1234567aaaa"), "2 1", "the same without commit:");
    tap_is(chosen(s, "1234567"), "usage", "a beginning of two commits");
    OK(strstr(err.text, "1234567aaaaaaaaa") && strstr(err.text, "1234567bbbbbbbbb"),
       "names both: %s", err.text);
    tap_is(chosen(s, "7777777"), "5", "digits that are no run's number are a commit");
    OK(store_select_one(s, "session:a", &one, &err) && one.id == 5, "one run: the last");
    tap_is(chosen(s, one.uuid), "5", "a UUID");
    one.uuid[13] = '\0';
    tap_is(chosen(s, one.uuid), "5", "the beginning of a UUID");
    one.uuid[8] = '\0';
    tap_is(chosen(s, one.uuid), "usage", "too short a beginning to be one run's");
    runs = (struct run_list){mem_get(1, sizeof one), 1};
    runs.row[0] = one;
    run_list_free(&runs);

    tap_is(chosen(s, "branch:mian"), "usage", "a branch that is not there");
    OK(strstr(err.text, "did you mean main?"), "has a hint: %s", err.text);
    tap_is(chosen(s, "sesion:a"), "usage", "a kind that is not there");
    OK(strstr(err.text, "did you mean session:?"), "has a hint: %s", err.text);
    for (const char *const *bad =
             (const char *const[]){"", ":", "run:", "last~", "last~x", "last~99999999999", "x",
                                   "label:k", "tag:v1", "baseline:b", "session:'; drop table run",
                                   "99999999999999999999", "deadbeef", NULL};
         *bad; bad++)
        tap_is(chosen(s, *bad), "usage", *bad);
    store_close(s);
}

static void test_baseline(void)
{
    struct store *s = sample_open("baseline.db", STORE_WRITE);
    struct run_list runs = {0}, judged = {0}, out = {0};
    struct baseline *list;
    char failed_word[] = "run:2", good_word[] = "run:1", good_too[] = "run:3",
         last_word[] = "run:6";
    char *const failed[] = {failed_word}, *const good[] = {good_word, good_too},
                *const last[] = {last_word};
    bool exists = false;
    size_t count;

    sample_record(s, 1, &(struct sample_run){.session = "a"}, 1, RUN_OK);
    sample_record(s, 2, &(struct sample_run){.session = "b"}, 1, RUN_OVERLOADED);
    sample_record(s, 3, &(struct sample_run){.session = "c"}, 1, RUN_OK);
    sample_record(s, 4, &(struct sample_run){.session = "d", .environment = "arm"}, 1, RUN_OK);
    sample_record(s, 5, &(struct sample_run){.session = "e", .branch = "next"}, 1, RUN_OK);
    sample_record(s, 6, &(struct sample_run){.session = "f"}, 1, RUN_OK);
    sample_record(s, 7, &(struct sample_run){.session = "g"}, 1, RUN_OK);

    OK(store_select(s, failed, 1, &runs, &err) && !store_baseline_set(s, "bad", &runs, &err) &&
           err.kind == ERR_USAGE && strstr(err.text, "overloaded"),
       "an overloaded run is refused: %s", err.text);
    run_list_free(&runs);
    OK(store_select(s, good, 2, &runs, &err) && store_baseline_set(s, "v1", &runs, &err),
       "two ok runs are pinned");
    OK(store_baseline_runs(s, "v1", NULL, &out, &exists, &err) && exists && out.count == 2 &&
           out.row[0].id == 3,
       "and come back");
    run_list_free(&out);
    OK(store_baseline_runs(s, "v1", &runs, &out, &exists, &err) && exists && out.count == 0,
       "but never the judged ones");
    run_list_free(&out);
    run_list_free(&runs);
    tap_is(chosen(s, "baseline:v1"), "3 1", "as a selection");

    OK(store_select(s, last, 1, &judged, &err), "judged: run 6");
    OK(store_baseline_window(s, "w", 2, "main", &err), "a window of two sessions");
    OK(store_baseline_runs(s, "w", &judged, &out, &exists, &err) && out.count == 2 &&
           out.row[0].id == 3 && out.row[1].id == 1,
       "holds ok runs of the series before the judged one only");
    run_list_free(&out);
    OK(store_baseline_window(s, "w", 1, "main", &err) &&
           store_baseline_runs(s, "w", NULL, &out, &exists, &err) && out.count == 2,
       "set again, and seen from now: the last session of each environment");
    run_list_free(&out);
    OK(store_history(s, &judged.row[0], NULL, judged.row[0].started_ms, 10, &judged, &out, &err) &&
           out.count == 3,
       "the history on any branch");
    run_list_free(&out);
    run_list_free(&judged);

    OK(store_baseline_runs(s, "none", NULL, &out, &exists, &err) && !exists,
       "a baseline that does not exist is no error here");
    OK(store_baseline_list(s, &list, &count, &err) && count == 2 && list[0].runs == 2 &&
           list[1].window == 1 && strcmp(list[1].branch, "main") == 0,
       "both are listed");
    baseline_list_free(list, count);
    OK(store_baseline_remove(s, "w", &err), "removed");
    OK(!store_baseline_remove(s, "w", &err) && err.kind == ERR_USAGE, "only once");
    store_close(s);
}

static void test_series(void)
{
    struct store *s = sample_open("series.db", STORE_WRITE);
    struct run_list list = {0};
    struct run_list group = {0};
    struct series_runs runs;

    sample_record(s, 1, &(struct sample_run){.position = 12}, 12, RUN_OK);
    sample_record(s, 2, &(struct sample_run){.position = 10}, 10, RUN_OK);
    sample_record(s, 3, &(struct sample_run){.position = 11}, 11, RUN_OK);
    sample_record(s, 4, &(struct sample_run){.position = 13}, 13, RUN_FAILED);
    sample_record(s, 5, &(struct sample_run){.position = 9, .branch = "next"}, 9, RUN_OK);
    OK(store_list(s, &(struct run_filter){.branch = "main"}, &list, &err), "listed");
    OK(store_series(s, &list.row[0], 10, &runs, &err) && runs.count == 3 &&
           runs.value[0][METRIC_LATENCY_P95] == 10 && runs.value[1][METRIC_LATENCY_P95] == 11 &&
           runs.value[2][METRIC_LATENCY_P95] == 12,
       "a series is in commit order, of ok runs of one branch");
    series_runs_free(&runs);
    OK(store_series(s, &list.row[0], 2, &runs, &err) && runs.count == 2 &&
           runs.value[0][METRIC_LATENCY_P95] == 11,
       "its last two");
    series_runs_free(&runs);
    sample_record(s, 6, &(struct sample_run){0}, 6, RUN_OK);
    OK(store_series(s, &list.row[0], 10, &runs, &err) && runs.count == 4 &&
           runs.value[0][METRIC_LATENCY_P95] == 12 && runs.value[3][METRIC_LATENCY_P95] == 6,
       "with one commit whose place is unknown: in the order of time");
    series_runs_free(&runs);
    OK(db_script(s, "UPDATE run SET role = 'after' WHERE id = 2", &err) &&
           store_series(s, &list.row[0], 10, &runs, &err) && runs.count == 3 &&
           store_group_runs(s, &list.row[0], 10, &group, &err) && group.count == 3,
       "what an ab measured is in none");
    series_runs_free(&runs);
    run_list_free(&group);
    run_list_free(&list);
    store_close(s);
}

/* For the tests in shell: `test_store FILE N` makes a database of N runs, two a session. */
static int make(const char *file, int runs)
{
    static const char *const scenarios[] = {"typical", "burst"};
    struct store *s = sample_open(file, STORE_WRITE);
    bool done = true;

    for (int n = 1; done && n <= runs; n++) {
        char session[32];

        snprintf(session, sizeof session, "session-%d", (n + 1) / 2);
        done = sample_record(s, n,
                             &(struct sample_run){.session = session,
                                                  .scenario = scenarios[n % 2],
                                                  .position = 100 + n},
                             10 + n / 10.0, n % 10 ? RUN_OK : RUN_OVERLOADED) > 0;
    }
    store_close(s);
    return !done;
}

int main(int argc, char **argv)
{
    char *folder;

    if (argc == 3)
        return make(argv[1], atoi(argv[2]));
    folder = sample_folder();

    test_round_trip();
    test_select();
    test_baseline();
    test_series();
    sample_folder_end(folder);
    return tap_end();
}
