/* prune: what is not kept any longer; and packing, which leaves it out of a copy. */
#include "schema/text.h"
#include "schema/units.h"
#include "store/rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What stays whatever its age: runs of baselines, runs that people wrote about, and those with
 * which a change begins that people wrote about. */
#define NOT_HELD                                                              \
    "id NOT IN (SELECT run_id FROM baseline_run) "                            \
    "AND id NOT IN (SELECT run_id FROM annotation WHERE run_id IS NOT NULL) " \
    "AND uuid NOT IN (SELECT run_uuid FROM change_point WHERE id IN "         \
    "                 (SELECT change_id FROM annotation WHERE change_id IS NOT NULL))"

/* What says `running` after a day was never finished. (Should it be, after all, it is written
 * again.) */
#define NOT_UNDER_WAY \
    "(status <> 'running' OR started_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 day'))"

/* Runs that are not ok are counted by themselves: a bad week must not push the good runs out. */
#define PRUNE_OLD                                                                               \
    "DELETE FROM run WHERE " NOT_UNDER_WAY " AND " NOT_HELD " AND id IN "                       \
    "(SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY scenario_id, environment_id, " \
    "  branch, status = 'ok' ORDER BY started_at DESC, id DESC) AS newest FROM run "            \
    "  WHERE " NOT_UNDER_WAY ") WHERE newest > ?1)"

#define PRUNE_SECONDS(table, also)                                                     \
    "DELETE FROM " table " WHERE run_id IN (SELECT id FROM run WHERE started_at < ?1 " \
    "AND status <> 'running')" also

static int64_t changes(const struct store *s)
{
    return sqlite3_changes64(s->handle);
}

static bool named_delete(struct store *s, const struct run_list *runs, struct pruned *out,
                         struct err *e)
{
    struct query q;

    for (size_t i = 0; i < runs->count; i++) {
        char *baseline = NULL;

        if (!db_query(s, &q, e,
                      "SELECT name FROM baseline JOIN baseline_run ON baseline_id = id "
                      "WHERE run_id = ?1",
                      BIND(runs->row[i].id)))
            return false;
        if (query_next(&q, e))
            baseline = query_text(&q, 0);
        if (!query_end(&q))
            return false;
        if (baseline) {
            err_set(e, ERR_USAGE,
                    "run %lld belongs to baseline %s, nothing was pruned; `streamgauge baseline "
                    "rm %s` lets go of it",
                    (long long)runs->row[i].id, baseline, baseline);
            free(baseline);
            return false;
        }
        if (!db_run(s, e, "DELETE FROM run WHERE id = ?1", BIND(runs->row[i].id)))
            return false;
        out->runs += changes(s);
    }
    return true;
}

static bool seconds_delete(struct store *s, int64_t before_ms, struct pruned *out, struct err *e)
{
    char before[UNITS_TEXT_SIZE];

    units_format_time(before, before_ms);
    if (!db_run(s, e, PRUNE_SECONDS("timeseries", ""), BIND(before)))
        return false;
    out->seconds += changes(s);
    if (!db_run(s, e, PRUNE_SECONDS("histogram", " AND second >= 0"), BIND(before)))
        return false;
    out->seconds += changes(s);
    return true;
}

static bool prune_all(struct store *s, const struct prune *p, struct pruned *out, struct err *e)
{
    if (p->runs && !named_delete(s, p->runs, out, e))
        return false;
    if (p->keep >= 0) {
        if (!db_run(s, e, PRUNE_OLD, BIND(p->keep)))
            return false;
        out->runs += changes(s);
    }
    return (p->seconds_before_ms < 0 || seconds_delete(s, p->seconds_before_ms, out, e)) &&
           db_integer(s, &out->left, e, "SELECT count(*) FROM run");
}

static int64_t file_bytes(const struct store *s)
{
    struct stat found;

    return stat(s->path, &found) == 0 ? (int64_t)found.st_size : 0;
}

bool store_prune(struct store *s, const struct prune *p, struct pruned *out, struct err *e)
{
    int64_t bytes = file_bytes(s);
    bool done;

    *out = (struct pruned){0};
    if (!db_begin(s, e))
        return false;
    done = prune_all(s, p, out, e);
    if (p->dry) {
        db_settle(s, false, e);
        return done;
    }
    if (!db_settle(s, done, e))
        return false;
    if (out->runs + out->seconds > 0 && !db_script(s, "VACUUM", e))
        return err_wrap(e, "the runs are pruned, but their room was not given back");
    out->bytes = bytes - file_bytes(s);
    return true;
}

/* What nothing refers to any longer. */
#define PACK_TIDY                                                                       \
    "DELETE FROM verdict WHERE session NOT IN (SELECT session FROM run);"               \
    "DELETE FROM change_point WHERE run_uuid NOT IN (SELECT uuid FROM run);"            \
    "DELETE FROM analyzed;"                                                             \
    "DELETE FROM baseline WHERE sessions IS NULL AND id NOT IN "                        \
    "    (SELECT baseline_id FROM baseline_run);"                                       \
    "DELETE FROM scenario WHERE id NOT IN (SELECT scenario_id FROM run);"               \
    "DELETE FROM verdict WHERE environment_id NOT IN (SELECT environment_id FROM run);" \
    "DELETE FROM environment WHERE id NOT IN (SELECT environment_id FROM run);"         \
    "DELETE FROM commit_info WHERE sha NOT IN "                                         \
    "    (SELECT commit_sha FROM run WHERE commit_sha IS NOT NULL);"                    \
    "DELETE FROM tag WHERE sha NOT IN (SELECT sha FROM commit_info);"                   \
    "DELETE FROM project WHERE id NOT IN (SELECT project_id FROM scenario)"

static bool others_delete(struct store *s, const struct run_list *runs, struct err *e)
{
    struct query q;
    bool done = db_script(s, "CREATE TEMP TABLE packed (uuid TEXT PRIMARY KEY)", e) &&
                db_query(s, &q, e, "INSERT INTO packed (uuid) VALUES (?1)");

    if (!done)
        return false;
    for (size_t i = 0; i < runs->count; i++)
        if (!query_run(&q, e, BIND((const char *)runs->row[i].uuid)))
            break;
    return query_end(&q) && db_script(s,
                                      "DELETE FROM run WHERE uuid NOT IN (SELECT uuid FROM packed);"
                                      "DROP TABLE packed;" PACK_TIDY,
                                      e);
}

static bool pack_fill(struct store *s, const char *from, const struct run_list *runs, bool seconds,
                      struct err *e)
{
    struct pruned dropped = {0};
    int64_t added;

    return store_merge(s, from, &added, e) && db_begin(s, e) &&
           db_settle(s,
                     (!runs || others_delete(s, runs, e)) &&
                         (seconds || seconds_delete(s, INT64_C(253402300799000), &dropped, e)),
                     e) &&
           db_script(s, "VACUUM", e);
}

bool store_pack(const char *from, const char *to, const struct run_list *runs, bool seconds,
                int64_t *bytes, struct err *e)
{
    char *part = mem_printf("%s.part", to);
    struct store *s = NULL;
    struct stat found;
    bool done;

    unlink(part);
    done = store_open(&s, part, STORE_WRITE, 0, e) && pack_fill(s, from, runs, seconds, e);
    store_close(s);
    if (done && rename(part, to) != 0)
        done = err_set(e, ERR_STORE, "%s could not be written: %s", to, strerror(errno));
    if (!done)
        unlink(part);
    *bytes = done && stat(to, &found) == 0 ? (int64_t)found.st_size : 0;
    free(part);
    return done;
}
