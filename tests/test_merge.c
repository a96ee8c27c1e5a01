/* Merging by its properties: once is enough, order does not matter, nothing is lost, strangers'
 * files do no harm. */
#include "tests/store_sample.h"
#include "tests/tap.h"

#include <sqlite3.h>

static struct err err;

/* Runs SQL on a file as any other program would. */
static void shell(const char *file, const char *sql)
{
    sqlite3 *db;
    char *message = NULL;

    if (sqlite3_open(file, &db) != SQLITE_OK ||
        sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        printf("# %s: %s\n", sql, message ? message : "cannot be opened");
    sqlite3_free(message);
    sqlite3_close(db);
}

static int add_row(void *out, int columns, char **value, char **name)
{
    (void)name;
    for (int i = 0; i < columns; i++)
        text_addf(out, "%s|", value[i] ? value[i] : "NULL");
    text_add(out, "\n");
    return 0;
}

/* All that a file says, without the ids that are its own. */
static char *content(const char *file)
{
    static const char *const queries[] = {
        "SELECT name, unit, help FROM metric ORDER BY 1",
        "SELECT p.name, s.name, workload, definition FROM scenario s JOIN project p "
        "ON p.id = project_id ORDER BY 1, 2, 3",
        "SELECT key, os, kernel, governor FROM environment ORDER BY 1",
        "SELECT * FROM commit_info ORDER BY 1",
        "SELECT * FROM tag ORDER BY 1",
        "SELECT uuid, s.name, e.key, branch, commit_sha, session, started_at, status, reason, "
        "duration_s FROM run r JOIN scenario s ON s.id = scenario_id JOIN environment e ON "
        "e.id = environment_id ORDER BY 1",
        "SELECT uuid, key, value FROM label JOIN run ON run.id = run_id ORDER BY 1, 2",
        "SELECT uuid, name, value FROM value v JOIN run ON run.id = run_id JOIN metric m "
        "ON m.id = metric_id ORDER BY 1, 2",
        "SELECT uuid, name, second, value FROM timeseries v JOIN run ON run.id = run_id "
        "JOIN metric m ON m.id = metric_id ORDER BY 1, 2, 3",
        "SELECT uuid, name, second, hex(hdr) FROM histogram v JOIN run ON run.id = run_id "
        "JOIN metric m ON m.id = metric_id ORDER BY 1, 2, 3",
        "SELECT uuid, kind, f.reason, count FROM failure f JOIN run ON run.id = run_id "
        "ORDER BY 1, 2, 3",
        "SELECT name, sessions, b.branch, created_at, (SELECT group_concat(uuid) FROM (SELECT uuid "
        "FROM baseline_run JOIN run ON run.id = run_id WHERE baseline_id = b.id ORDER BY uuid)) "
        "FROM baseline b ORDER BY 1",
        "SELECT s.name, m.name, warning, critical FROM budget JOIN scenario s ON s.id = scenario_id "
        "JOIN metric m ON m.id = metric_id ORDER BY 1, 2",
        "SELECT judgement, s.name, m.name, verdict FROM verdict JOIN scenario s ON "
        "s.id = scenario_id JOIN metric m ON m.id = metric_id ORDER BY 1, 2, 3",
        "SELECT s.name, e.key, c.branch, m.name, run_uuid, c.started_at, change, state, found "
        "FROM change_point c JOIN scenario s ON s.id = scenario_id JOIN environment e ON "
        "e.id = environment_id JOIN metric m ON m.id = metric_id ORDER BY 1, 2, 3, 4, 5",
        "SELECT a.uuid, r.uuid, c.run_uuid, a.created_at, a.state, note FROM annotation a "
        "LEFT JOIN run r ON r.id = run_id LEFT JOIN change_point c ON c.id = change_id ORDER BY 1",
        "PRAGMA integrity_check",
        "PRAGMA foreign_key_check",
    };
    struct text out = {0};
    sqlite3 *db;

    sqlite3_open(file, &db);
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
        if (sqlite3_exec(db, queries[i], add_row, &out, NULL) != SQLITE_OK)
            text_addf(&out, "%s\n", sqlite3_errmsg(db));
    sqlite3_close(db);
    return out.data;
}

static int64_t merged(struct store *s, const char *file)
{
    int64_t added = -1;

    if (!store_merge(s, file, &added, &err))
        added = -1;
    return added;
}

/* A whole run with everything that a run can have. */
static void record_whole(struct store *s, int n, const struct sample_run *o, double warning)
{
    struct run run;
    struct result result;

    sample_run(&run, n, o);
    run.labels = mem_get(1, sizeof *run.labels);
    run.labels_count = 1;
    run.labels[0] = (struct label){mem_copy("n"), mem_printf("%d", n)};
    run.environment.governor = mem_printf("governor-%d", n);
    if (warning > 0)
        budget_list_put(&run.budgets,
                        &(struct budget){METRIC_LATENCY_P95, warning, 100, NAN, false});
    free(run.definition);
    run.definition = mem_printf("{\"warning\":%g}", warning);
    sample_result(&result, n);
    for (int second = 0; second < 3; second++)
        result_add_point(&result, METRIC_THROUGHPUT_SENT, second, n + second);
    sample_histogram(&result, METRIC_LATENCY, -1, n * 1000000, 50);
    result_add_failure(&result, FAILURE_CONNECTION, "refused", n);
    OK(store_begin(s, &run, &err) && store_finish(s, &run, &result, &err), "run %d recorded", n);
    run_free(&run);
    result_free(&result);
}

static void baseline_of(struct store *s, const char *name, const char *selector)
{
    struct run_list runs = {0};
    char *word = mem_copy(selector);

    OK(store_select(s, &word, 1, &runs, &err) && store_baseline_set(s, name, &runs, &err),
       "baseline %s is %s", name, selector);
    run_list_free(&runs);
    free(word);
}

static void verdict_of(struct store *s, int64_t scenario_id)
{
    struct judged row = {.scenario_id = scenario_id,
                         .environment_id = 1,
                         .metric = METRIC_LATENCY_P95,
                         .comparison = {.outcome = OUTCOME_WORSE, .change = 0.1, .p = 0.001}};
    struct judged_list list = {.row = &row, .count = 1};

    OK(store_put_verdicts(s, "check", "v1", "a", &list, &err), "a verdict is kept");
}

/* a, b and c share scenarios, environments, commits and one run, and differ in what may change. */
static void make_three(void)
{
    struct store *s = sample_open("a.db", STORE_WRITE);

    record_whole(s, 1, &(struct sample_run){.session = "a", .commit = "c1", .position = 5}, 10);
    record_whole(s, 2, &(struct sample_run){.session = "a", .scenario = "burst"}, 20);
    baseline_of(s, "v1", "run:1");
    baseline_of(s, "mine", "session:a");
    verdict_of(s, 1);
    OK(sample_change(s, 1, CHANGE_EXPECTED, &err), "a change point");
    store_close(s);
    s = sample_open("b.db", STORE_WRITE);
    record_whole(s, 3, &(struct sample_run){.scenario = "burst"}, 0);
    record_whole(s, 1, &(struct sample_run){.session = "a", .commit = "c1", .position = 5}, 10);
    record_whole(s, 4, &(struct sample_run){.commit = "c1", .environment = "arm"}, 40);
    usleep(2000); /* a later date */
    baseline_of(s, "v1", "run:3");
    verdict_of(s, 2);
    OK(sample_change(s, 1, CHANGE_FALSE_ALARM, &err), "the same one, said to be something else");
    store_close(s);
    s = sample_open("c.db", STORE_WRITE);
    sample_record(s, 5, &(struct sample_run){.scenario = "fifty"}, 5, RUN_FAILED);
    OK(store_baseline_window(s, "w", 20, "main", &err), "a window");
    store_close(s);
    shell("c.db", "INSERT INTO tag VALUES ('v1', 'c1');"
                  "INSERT INTO metric (name, unit, direction, scale, kind, gate, help) VALUES "
                  "('future.metric', 'ms', 'lower', 'log', 'value', 0, 'of a newer program');"
                  "INSERT INTO value SELECT 1, id, 7 FROM metric WHERE name = 'future.metric'");
}

static void test_order(void)
{
    static const char *const orders[] = {"abc", "acb", "bac", "bca", "cab", "cba"};
    char *first = NULL;

    make_three();
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        char *name = mem_printf("%s.db", orders[i]), *now;
        struct store *s = sample_open(name, STORE_WRITE);
        int64_t added = 0;

        for (const char *c = orders[i]; *c; c++)
            added += merged(s, (char[]){*c, '.', 'd', 'b', '\0'});
        OK(added == 5, "%s: five runs", orders[i]);
        for (const char *c = orders[i]; *c; c++)
            added += merged(s, (char[]){*c, '.', 'd', 'b', '\0'});
        OK(added == 5, "%s: nothing more the second time", orders[i]);
        store_close(s);
        now = content(name);
        if (i == 0)
            first = now;
        else
            tap_is(now, first, "the same content in another order");
        OK(strstr(now, "ok|\n") != NULL, "integrity");
        if (now != first)
            free(now);
        free(name);
    }
    OK(strstr(first, "future.metric|7"), "a metric of a newer program is taken over");
    OK(strstr(first, "typical|latency.p95|40"), "budgets are those of the newest run");
    OK(!strstr(first, "burst|latency.p95"), "and none where it had none");
    OK(strstr(first, "|0.2|false-alarm|1|") && !strstr(first, "|0.2|expected"),
       "of a change point what was said last");
    OK(strstr(first, "|expected|a new library|") && strstr(first, "|false-alarm|a new library|") &&
           strstr(first, "|on battery|"),
       "and all that was said");
    free(first);
}

static void test_groups(void)
{
    struct store *s = sample_open("ab.db", STORE_WRITE);
    char *left, *right;

    OK(merged(s, "a.db") == 2 && merged(s, "b.db") == 2, "a and b");
    store_close(s);
    s = sample_open("ab_c.db", STORE_WRITE);
    OK(merged(s, "ab.db") == 4 && merged(s, "c.db") == 1, "(a and b) and c");
    store_close(s);
    left = content("ab_c.db");
    right = content("abc.db");
    tap_is(left, right, "grouping does not matter");
    free(left);
    free(right);
}

static void test_pending(void)
{
    struct store *s = sample_open("late.db", STORE_WRITE);
    struct run run;
    struct result result, back;
    char *file = NULL;

    sample_run(&run, 9, &(struct sample_run){0});
    sample_result(&result, 9);
    sample_histogram(&result, METRIC_LATENCY, -1, 1000000, 50);
    OK(store_begin(s, &run, &err), "a run is begun");
    OK(store_pending("late.db", &run, &result, &file, &err), "and saved beside the file");
    OK(file && strstr(file, run.uuid) && strstr(file, ".pending"), "as %s", file);
    OK(merged(s, file) == 1, "merged, it finishes the run");
    OK(store_result(s, 1, &back, &err) && back.status == RUN_OK &&
           back.value[METRIC_LATENCY_P95] == 9 && back.histograms_count == 1,
       "with all of its results");
    result_free(&back);
    OK(merged(s, file) == 0, "once");
    store_close(s);
    free(file);
    run_free(&run);
    result_free(&result);
}

/* Changes a copy of a.db as a stranger might, and merges it into a file with one run. */
static void stranger(const char *name, const char *sql)
{
    struct store *s = sample_open("host.db", STORE_WRITE);
    struct run_list list = {0};
    int64_t added;

    if (system("cp a.db stranger.db") != 0)
        return;
    shell("stranger.db", sql);
    added = merged(s, "stranger.db");
    OK(added == -1 && err.kind == ERR_STORE, "%s is refused: %s", name, err.text);
    OK(store_list(s, &(struct run_filter){0}, &list, &err) && list.count == 1,
       "and nothing of it taken");
    run_list_free(&list);
    store_close(s);
}

static void test_strangers(void)
{
    struct store *s = sample_open("host.db", STORE_WRITE);

    sample_record(s, 7, &(struct sample_run){0}, 7, RUN_OK);
    OK(!store_merge(s, "host.db", &(int64_t){0}, &err) && err.kind == ERR_USAGE,
       "a file is not merged into itself");
    OK(merged(s, "missing.db") == -1, "nor a missing one: %s", err.text);
    store_close(s);
    stranger("a run without UUID", "UPDATE run SET uuid = '../../x' WHERE id = 1");
    stranger("a time that is none", "UPDATE run SET started_at = 'soon' WHERE id = 1");
    stranger("a run of no scenario",
             "PRAGMA foreign_keys = OFF; UPDATE run SET scenario_id = 99 WHERE id = 1");
    stranger("a value of no metric",
             "PRAGMA foreign_keys = OFF; UPDATE value SET metric_id = 9999 WHERE metric_id = 16");
    stranger("a metric in another unit", "UPDATE metric SET unit = 's' WHERE name = 'latency.p95'");
    stranger("a text of 5 MiB", "UPDATE run SET branch = hex(zeroblob(2621440)) WHERE id = 1");
    stranger("a view for a table",
             "PRAGMA foreign_keys = OFF; ALTER TABLE run RENAME TO run_old;"
             "CREATE VIEW run AS WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) "
             "SELECT x AS id FROM r");
    stranger("a computed column",
             "ALTER TABLE value ADD COLUMN more TEXT AS (hex(zeroblob(1000000)))");
    stranger("a status that is none",
             "PRAGMA ignore_check_constraints = ON; UPDATE run SET status = 'good' WHERE id = 1");
    stranger("a change point of no metric",
             "PRAGMA foreign_keys = OFF; UPDATE change_point SET metric_id = 9999");
    stranger(
        "a note that is of nothing",
        "PRAGMA ignore_check_constraints = ON; UPDATE annotation SET run_id = 1, change_id = 1");
    stranger("a newer file", "PRAGMA user_version = 99");
    stranger("another program's file", "PRAGMA application_id = 7");
}

int main(void)
{
    char *folder = sample_folder();

    test_order();
    test_groups();
    test_pending();
    test_strangers();
    sample_folder_end(folder);
    return tap_end();
}
