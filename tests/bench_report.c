/* What telling costs: `bench_report FOLDER` makes databases on the disk of that folder, runs the
 * program beside it (FOLDER/streamgauge) over them, and says of each figure what it must be. Status
 * 1 where one is missed. */
#include "tests/store_sample.h"

#include <math.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <time.h>

/* The metrics of a run: those that gate, and some that do not. */
static const enum metric_id kept[] = {
    METRIC_CONNECT_P95,     METRIC_CONNECT_SUCCESS,     METRIC_LATENCY_P50,
    METRIC_LATENCY_P90,     METRIC_LATENCY_P95,         METRIC_LATENCY_P99,
    METRIC_LATENCY_P999,    METRIC_LATENCY_MAX,         METRIC_SERVICE_P95,
    METRIC_THROUGHPUT_SENT, METRIC_THROUGHPUT_RECEIVED, METRIC_THROUGHPUT_DELIVERED,
    METRIC_ERRORS_RATE,     METRIC_MESSAGES_SENT,       METRIC_MESSAGES_MATCHED,
    METRIC_TARGET_CPU_MEAN, METRIC_TARGET_RSS_PEAK,     METRIC_HOST_CPU_MEAN};
enum { KEPT = sizeof kept / sizeof *kept };

static int missed;
static char *program;

static void say(const char *what, double got, double must, const char *unit)
{
    missed += !(got <= must);
    printf("%-58s %9.2f %-3s (must: %.2f)%s\n", what, got, unit, must,
           got <= must ? "" : "  MISSED");
    fflush(stdout);
}

static void check(bool done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "bench_report: %s\n", what);
    exit(1);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *q;

    check(sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK, sqlite3_errmsg(db));
    return q;
}

static void step(sqlite3_stmt *q)
{
    check(sqlite3_step(q) == SQLITE_DONE, "a row could not be written");
    sqlite3_reset(q);
}

static void sql_run(sqlite3 *db, const char *sql)
{
    check(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, sqlite3_errmsg(db));
}

/* 3 % of noise about a level that rises by a fifth in the middle of every fifth scenario. */
static double value_of(enum metric_id metric, int scenario, int session, int sessions,
                       uint32_t *seed)
{
    double noise = 0;

    for (int i = 0; i < 4; i++) {
        *seed = *seed * 1664525 + 1013904223;
        noise += (double)(*seed >> 8) / (1 << 24) - 0.5;
    }
    switch (metric) {
    case METRIC_CONNECT_SUCCESS:
    case METRIC_THROUGHPUT_DELIVERED:
        return 1;
    case METRIC_ERRORS_RATE:
        return 0;
    case METRIC_MESSAGES_SENT:
    case METRIC_MESSAGES_MATCHED:
        return 6000;
    default:
        return (20 + scenario % 7) * (1 + 0.05 * noise) *
               (scenario % 5 == 0 && session > sessions * 2 / 3 ? 1.2 : 1);
    }
}

struct writer {
    sqlite3 *db;
    sqlite3_stmt *run, *value;
    int64_t metric_row[METRIC_COUNT];
    uint32_t seed;
};

static void run_write(struct writer *w, int64_t id, int scenario, int session, int sessions)
{
    char uuid[UUID_SIZE], started[UNITS_TEXT_SIZE], commit[48], job[24];
    int64_t ms = SAMPLE_START_MS + (session - sessions) * INT64_C(3600000) + id % 1000 * 1000;

    snprintf(uuid, sizeof uuid, "%08x-0000-7abc-8def-%012x", (unsigned)session, (unsigned)id);
    snprintf(commit, sizeof commit, "%07x%033x", 0xc000000 + session, 1);
    snprintf(job, sizeof job, "job-%d", session);
    units_format_time(started, ms);
    sqlite3_bind_int64(w->run, 1, id);
    sqlite3_bind_text(w->run, 2, uuid, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int(w->run, 3, scenario + 1);
    sqlite3_bind_text(w->run, 4, commit, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(w->run, 5, job, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(w->run, 6, started, -1, SQLITE_TRANSIENT);
    step(w->run);
    for (size_t k = 0; k < KEPT; k++) {
        sqlite3_bind_int64(w->value, 1, id);
        sqlite3_bind_int64(w->value, 2, w->metric_row[kept[k]]);
        sqlite3_bind_double(w->value, 3, value_of(kept[k], scenario, session, sessions, &w->seed));
        step(w->value);
    }
}

static void metrics_read(struct writer *w)
{
    sqlite3_stmt *q = prepare(w->db, "SELECT name, id FROM metric");
    struct err ignored;
    enum metric_id metric;

    while (sqlite3_step(q) == SQLITE_ROW)
        if (metric_find((const char *)sqlite3_column_text(q, 0), &metric, &ignored))
            w->metric_row[metric] = sqlite3_column_int64(q, 1);
    sqlite3_finalize(q);
}

/* A database of so many scenarios, sessions, and runs of a scenario in each. */
static void database_make(const char *name, int scenarios, int sessions, int runs)
{
    struct writer w = {.seed = 11};
    sqlite3_stmt *scenario;
    int64_t id = 1;

    store_close(sample_open(name, STORE_WRITE));
    check(sqlite3_open(name, &w.db) == SQLITE_OK, "the database cannot be opened");
    sql_run(w.db, "PRAGMA synchronous = OFF; BEGIN; INSERT INTO project VALUES (1, 'p');"
                  "INSERT INTO environment (id, key) VALUES (1, 'x86_64, 2 cores')");
    metrics_read(&w);
    scenario = prepare(w.db, "INSERT INTO scenario VALUES (?1, 1, 'scenario-' || ?1, ?1, '{}')");
    for (int i = 1; i <= scenarios; i++) {
        sqlite3_bind_int(scenario, 1, i);
        step(scenario);
    }
    sqlite3_finalize(scenario);
    w.run = prepare(w.db, "INSERT INTO run (id, uuid, scenario_id, environment_id, branch, "
                          "commit_sha, session, repeat, started_at, duration_s, status) "
                          "VALUES (?1, ?2, ?3, 1, 'main', ?4, ?5, 1, ?6, 30, 'ok')");
    w.value = prepare(w.db, "INSERT INTO value VALUES (?1, ?2, ?3)");
    for (int session = 0; session < sessions; session++)
        for (int s = 0; s < scenarios; s++)
            for (int r = 0; r < runs; r++)
                run_write(&w, id++, s, session, sessions);
    sqlite3_finalize(w.run);
    sqlite3_finalize(w.value);
    sql_run(w.db,
            "INSERT INTO commit_info (sha, position, author, subject) SELECT commit_sha, "
            "min(id), 'A. Engineer', 'Answer sooner' FROM run GROUP BY commit_sha;"
            "INSERT INTO tag SELECT DISTINCT 'v1', commit_sha FROM run WHERE session = 'job-30';"
            "INSERT INTO budget SELECT scenario.id, metric.id, 40, 44, NULL, 0 FROM scenario, "
            "metric WHERE metric.name = 'latency.p95'; COMMIT");
    sqlite3_close(w.db);
}

/* Seconds that the program takes; its status has to be one of two. */
static double timed(const char *arguments, int status)
{
    char *command = mem_printf("'%s' %s >told 2>&1", program, arguments);
    struct timespec from, to;
    int got;

    clock_gettime(CLOCK_MONOTONIC, &from);
    got = system(command);
    clock_gettime(CLOCK_MONOTONIC, &to);
    if (got != status << 8 && got != 0)
        check(system("cat told >&2") == 0 && false, command);
    free(command);
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

static double size_mib(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? (double)st.st_size / (1 << 20) : (double)NAN;
}

int main(int argc, char **argv)
{
    char *build = realpath(argc > 1 ? argv[1] : ".", NULL);
    char *folder = mem_printf("%s/bench_report.XXXXXX", build ? build : ".");

    double best;

    check(build && mkdtemp(folder) && chdir(folder) == 0, "there is no such folder");
    program = mem_printf("%s/streamgauge", build);
    printf("50 series of 300 runs:\n");
    database_make("many.db", 50, 60, 5);
    say("  report --since, with 50 charts, nothing analyzed yet",
        timed("--db many.db report --since v1 -o told.d", 0), 10, "s");
    say("  its page", size_mib("told.d/report.html"), 1, "MiB");
    timed("--db many.db changes", 0);
    say("  the same after `changes`", timed("--db many.db report --since v1 -o told.d", 0), 10,
        "s");
    printf("100,000 runs:\n");
    database_make("large.db", 10, 2000, 5);
    timed("--db large.db baseline set default --window 20 --branch main", 0);
    best = timed("--db large.db check", 1);
    for (int i = 0; i < 4; i++) /* others may be at work on the machine, too */
        best = fmin(best, timed("--db large.db check", 1));
    say("  check of the newest session, at its best", best, 0.5, "s");
    if (chdir(build) == 0) {
        char *command = mem_printf("rm -rf '%s'", folder);

        missed += system(command) != 0;
        free(command);
    }
    free(folder);
    free(build);
    free(program);
    return missed > 0;
}
