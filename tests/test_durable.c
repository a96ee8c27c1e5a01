/* What is recorded stays recorded: full disks, many writers, kill -9, loss of power. ROUNDS in the
 * environment asks for more of what is random (make test-long). */
#include "tests/power_vfs.h"
#include "tests/store_sample.h"
#include "tests/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

static int rounds(int usual)
{
    const char *text = getenv("ROUNDS");

    return text ? atoi(text) : usual;
}

/* The one number that a query on a file gives; -1 where it fails. */
static int64_t number(const char *file, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    sqlite3 *db;
    int64_t n = -1;

    sqlite3_open(file, &db);
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        n = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return n;
}

static bool whole(const char *file)
{
    return number(file, "SELECT integrity_check = 'ok' FROM pragma_integrity_check") == 1 &&
           number(file, "SELECT count(*) FROM pragma_foreign_key_check") == 0;
}

/* Runs that are not exactly as they were measured: with some of their values, or ok without. */
#define HALF_RUNS                                                                     \
    "SELECT count(*) FROM run WHERE (status = 'ok') <> ((SELECT count(*) FROM value " \
    "WHERE run_id = run.id) = 6)"

static bool record_large(struct store *s, int n, struct err *e)
{
    struct run run;
    struct result result;
    bool done;

    sample_run(&run, n, &(struct sample_run){0});
    sample_result(&result, n);
    for (int second = 0; second < 30; second++) {
        sample_histogram(&result, METRIC_LATENCY, second, 1000000 * n, 200);
        result_add_point(&result, METRIC_THROUGHPUT_SENT, second, n);
    }
    done = store_begin(s, &run, e) && store_finish(s, &run, &result, e);
    run_free(&run);
    result_free(&result);
    return done;
}

/* In a process whose files may not grow beyond `kib`: 0 recorded, 1 refused in words, else 2. */
static int record_limited(const char *file, int kib)
{
    struct err e = {0};
    struct store *s = NULL;
    bool done;

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){(rlim_t)kib * 1024, RLIM_INFINITY});
    done = store_open(&s, file, STORE_WRITE, 0, &e) && record_large(s, 2, &e);
    store_close(s);
    if (done)
        return 0;
    return e.kind == ERR_STORE && strlen(e.text) > strlen(file) + 10 ? 1 : 2;
}

static int child_status(pid_t pid)
{
    int status;

    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_limits(void)
{
    int recorded = 0, refused = 0, good = 0, sizes = 0;
    struct store *s;
    struct err e;

    for (int kib = 0; kib <= 220; kib += 20, sizes++) {
        pid_t pid;
        int status;

        unlink("full.db");
        s = sample_open("full.db", STORE_WRITE);
        sample_record(s, 1, &(struct sample_run){0}, 1, RUN_OK);
        store_close(s);
        fflush(stdout);
        if ((pid = fork()) == 0)
            _exit(record_limited("full.db", kib));
        status = child_status(pid);
        recorded += status == 0;
        refused += status == 1;
        s = sample_open("full.db", STORE_WRITE);
        good += whole("full.db") && number("full.db", HALF_RUNS) == 0 &&
                number("full.db", "SELECT count(*) FROM run WHERE status = 'ok'") ==
                    1 + (status == 0) &&
                record_large(s, 3, &e);
        store_close(s);
    }
    OK(recorded + refused == sizes && recorded > 0 && refused > 2,
       "%d sizes: %d recorded, %d refused in words", sizes, recorded, refused);
    OK(good == sizes, "the file stays whole, and usable once there is room");
}

/* Each of the processes records `runs` runs. */
static pid_t writer(const char *file, int first, int runs, int64_t wait_ns)
{
    struct err e = {0};
    struct store *s = NULL;
    pid_t pid;

    fflush(stdout);
    if ((pid = fork()) != 0)
        return pid;
    for (int n = first; n < first + runs; n++) {
        if (!store_open(&s, file, STORE_WRITE, wait_ns, &e) || !record_large(s, n, &e)) {
            fprintf(stderr, "# %s\n", e.text);
            _exit(1);
        }
        store_close(s);
    }
    _exit(0);
}

/* A process of its own holds the lock: a connection must not be carried into another one by fork.
 * Returns once it is held. */
static pid_t holder(const char *file, int64_t held_ms)
{
    int pipes[2];
    sqlite3 *db;
    char byte = 0;
    pid_t pid;

    fflush(stdout);
    if (pipe(pipes) != 0 || (pid = fork()) < 0)
        return -1;
    if (pid != 0) {
        close(pipes[1]);
        if (read(pipes[0], &byte, 1) != 1)
            pid = -1;
        close(pipes[0]);
        return pid;
    }
    if (sqlite3_open(file, &db) != SQLITE_OK ||
        sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL) != SQLITE_OK ||
        write(pipes[1], &byte, 1) != 1)
        _exit(1);
    usleep((useconds_t)held_ms * 1000);
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    _exit(0);
}

static void test_writers(void)
{
    enum { WRITERS = 8, RUNS = 5 };
    int64_t held_ms = getenv("ROUNDS") ? 10000 : 1000;
    struct store *s = sample_open("many.db", STORE_WRITE);
    pid_t pid[WRITERS], other;
    int done = 0;

    store_close(s);
    other = holder("many.db", held_ms);
    OK(other > 0, "another program holds the lock for %d ms", (int)held_ms);
    for (int i = 0; i < WRITERS; i++)
        pid[i] = writer("many.db", 1 + i * RUNS, RUNS, 60 * NS_PER_S);
    child_status(other);
    for (int i = 0; i < WRITERS; i++)
        done += child_status(pid[i]) == 0;
    OK(done == WRITERS, "8 writers at once all succeed");
    OK(number("many.db", "SELECT count(*) FROM run WHERE status = 'ok'") == WRITERS * RUNS &&
           whole("many.db") && number("many.db", HALF_RUNS) == 0,
       "and all of their runs are there");
}

/* Several processes create the file at the same moment. */
static void test_creators(void)
{
    enum { WRITERS = 6 };
    pid_t pid[WRITERS];
    int done = 0;

    for (int i = 0; i < WRITERS; i++)
        pid[i] = writer("new.db", 1 + i, 1, 60 * NS_PER_S);
    for (int i = 0; i < WRITERS; i++)
        done += child_status(pid[i]) == 0;
    OK(done == WRITERS && number("new.db", "SELECT count(*) FROM run") == WRITERS &&
           whole("new.db"),
       "%d processes make one new file", WRITERS);
}

/* Records runs without end, and says each number when it is safe. */
static void record_forever(const char *file, int first, int out)
{
    struct err e = {0};
    struct store *s = NULL;

    if (!store_open(&s, file, STORE_WRITE, NS_PER_S, &e))
        _exit(1);
    for (int n = first;; n++)
        if (!record_large(s, n, &e) || write(out, &n, sizeof n) != sizeof n)
            _exit(1);
}

static void test_kill(void)
{
    int wanted = rounds(15), first = 1, told = 0, lost = 0, broken = 0;
    unsigned seed = 20261123, span_us = 40000;

    for (int round = 0; round < wanted; round++) {
        int pipes[2], n = first - 1, last = first - 1;
        pid_t pid;
        char *sql;

        if (pipe(pipes) != 0)
            return;
        fflush(stdout);
        if ((pid = fork()) == 0)
            record_forever("kill.db", first, pipes[1]);
        close(pipes[1]);
        usleep(rand_r(&seed) % span_us);
        kill(pid, SIGKILL);
        child_status(pid);
        while (read(pipes[0], &n, sizeof n) == sizeof n)
            last = n;
        close(pipes[0]);
        if (last < first && span_us < 4000000) /* a slow machine gets the time that it needs */
            span_us *= 2;
        told += last - first + 1;
        first = last + 2; /* the one that was cut off may be there, running or whole */
        if (told == 0) /* perhaps there are no tables yet */
            continue;
        sql = mem_printf("SELECT count(*) FROM run WHERE status = 'ok' AND seed IS NOT NULL "
                         "AND (SELECT value FROM value WHERE run_id = run.id "
                         "AND metric_id = (SELECT id FROM metric WHERE name = 'latency.p95')) "
                         "<= %d",
                         last);
        lost += number("kill.db", sql) < told;
        broken += !whole("kill.db") || number("kill.db", HALF_RUNS) != 0;
        free(sql);
    }
    OK(told > 0, "killed %d times with -9 while %d runs were recorded", wanted, told);
    OK(lost == 0, "none of them was lost");
    OK(broken == 0, "the file was never broken, the unfinished run marked as running");
}

/* On a disk that forgets what was not synced, records run 2, says so, and is cut off at operation
 * `limit`. */
static void record_until(const char *file, int limit, int out)
{
    struct err e = {0};
    struct store *s = NULL;
    char byte = 1;

    power_install(limit);
    if (store_open(&s, file, STORE_WRITE, NS_PER_S, &e) && record_large(s, 2, &e) &&
        write(out, &byte, 1) == 1)
        _exit(0);
    fprintf(stderr, "# %s\n", e.text);
    _exit(1);
}

/* True when run 2 was said to be recorded before the power went. */
static bool cut_off(const char *file, int limit)
{
    int pipes[2];
    char byte = 0;
    bool told;
    pid_t pid;

    fflush(stdout);
    if (pipe(pipes) != 0 || (pid = fork()) < 0)
        abort();
    if (pid == 0)
        record_until(file, limit, pipes[1]);
    close(pipes[1]);
    told = read(pipes[0], &byte, 1) == 1;
    close(pipes[0]);
    child_status(pid);
    return told;
}

/* At each of the operations by which a run is recorded, the power goes. */
static void test_power(void)
{
    int points = 0, broken = 0, lost = 0, kept = 0;
    bool told = false;
    struct store *s;

    for (; !told && points < 2000; points++) {
        unlink("power.db");
        s = sample_open("power.db", STORE_WRITE);
        sample_record(s, 1, &(struct sample_run){0}, 1, RUN_OK);
        store_close(s);
        power_copy("power.db", "power.db.disk");
        told = cut_off("power.db", points);
        power_restore("power.db");
        broken += !whole("power.db") || number("power.db", HALF_RUNS) != 0;
        lost += number("power.db", "SELECT count(*) FROM run WHERE status = 'ok'") < 1 + told;
        kept += number("power.db", "SELECT count(*) FROM run WHERE status = 'ok'") == 2;
    }
    OK(points > 20 && told, "the power goes at each of %d operations", points);
    OK(broken == 0, "the file is whole after each");
    OK(lost == 0, "what was said to be recorded is there");
    OK(kept >= 1, "and nothing depends on what was not synced");
}

int main(void)
{
    char *folder = sample_folder();

    test_limits();
    test_writers();
    test_creators();
    test_kill();
    test_power();
    sample_folder_end(folder);
    return tap_end();
}
