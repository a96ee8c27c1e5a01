/* merge: takes what another database knows into this one.
 *
 * Whatever has an identity of its own (a run's UUID, the natural key of a dictionary row, the name
 * of a judgement) is taken once; where two files differ in what may change, a rule that does not
 * depend on the order of merging decides: the newer run's, the later date's, else the greater
 * text's. So merging is idempotent, and any order and grouping ends in the same content.
 *
 * The other file may come from a stranger: it is opened for reading, defensively (db.c), and copied
 * row by row with bound values into our tables, whose own rules refuse what does not fit.
 */
#include "store/merge.h"
#include "schema/text.h"
#include "schema/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { VALUE_MAX = 4 << 20 }; /* bytes of the longest text or blob that is taken */

void idmap_add(struct idmap *map, int64_t from, int64_t to)
{
    if ((map->count & (map->count - 1)) == 0) /* full at each power of two */
        map->pair = mem_grow(map->pair, map->count ? 2 * map->count : 1, sizeof *map->pair);
    map->pair[map->count++] = (struct idpair){from, to};
}

static int idpair_order(const void *a, const void *b)
{
    const struct idpair *x = a, *y = b;

    return (x->from > y->from) - (x->from < y->from);
}

int64_t idmap_get(const struct idmap *map, int64_t from)
{
    struct idpair key = {from, 0}, *found = NULL;

    if (map->count)
        found = bsearch(&key, map->pair, map->count, sizeof key, idpair_order);
    return found ? found->to : 0;
}

bool merge_damaged(const struct merge *m, const char *what, struct err *e)
{
    return err_set(e, ERR_STORE, "%s: the file is damaged: %s; nothing was taken from it",
                   m->from->path, what);
}

/* A metric that only the other file knows is taken over, so that a program which knows it finds
 * its values. */
static bool metric_merge(struct merge *m, const struct query *q, struct err *e)
{
    int64_t id = 0, same_unit = 0;

    if (!db_run(m->into, e,
                "INSERT INTO metric (name, unit, direction, scale, kind, gate, help) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
                bind_column(q, 1), bind_column(q, 2), bind_column(q, 3), bind_column(q, 4),
                bind_column(q, 5), bind_column(q, 6), bind_column(q, 7)) ||
        !db_integer(m->into, &id, e, "SELECT id FROM metric WHERE name = ?1", bind_column(q, 1)) ||
        !db_integer(m->into, &same_unit, e, "SELECT unit = ?2 FROM metric WHERE id = ?1", BIND(id),
                    bind_column(q, 2)))
        return false;
    if (!same_unit)
        return merge_damaged(m, "a metric has another unit there", e);
    idmap_add(&m->metrics, query_integer(q, 0), id);
    return true;
}

/* The scenario row keeps the definition and the budgets of its newest run. */
static bool scenario_renew(struct merge *m, int64_t theirs, int64_t ours, const struct query *row,
                           struct err *e)
{
    struct budget_list budgets = {0};
    char newest[UNITS_TEXT_SIZE] = "";
    int64_t newer = 0;
    struct query q;
    bool done;

    if (!db_query(m->from, &q, e, "SELECT max(started_at) FROM run WHERE scenario_id = ?1",
                  BIND(theirs)))
        return false;
    if (query_next(&q, e) && !query_null(&q, 0))
        snprintf(newest, sizeof newest, "%s", query_raw(&q, 0));
    if (!query_end(&q) || !db_integer(m->into, &newer, e,
                                      "SELECT NOT EXISTS (SELECT 1 FROM run WHERE scenario_id = ?1 "
                                      "AND started_at >= ?2)",
                                      BIND(ours), BIND(newest)))
        return false;
    if (!newer)
        return true;
    done = budgets_read(m->from, theirs, &budgets, e) &&
           budgets_replace(m->into, ours, &budgets, e) &&
           db_run(m->into, e, "UPDATE scenario SET definition = ?2 WHERE id = ?1", BIND(ours),
                  bind_column(row, 4));
    budget_list_free(&budgets);
    return done;
}

static bool scenario_merge(struct merge *m, const struct query *q, struct err *e)
{
    int64_t id = 0;

    if (query_null(q, 1) || query_null(q, 2) || query_null(q, 3) || query_null(q, 4))
        return merge_damaged(m, "a scenario is not whole", e);
    if (!scenario_row(m->into, query_raw(q, 1), query_raw(q, 2), query_raw(q, 3), query_raw(q, 4),
                      &id, e))
        return false;
    idmap_add(&m->scenarios, query_integer(q, 0), id);
    return scenario_renew(m, query_integer(q, 0), id, q, e);
}

static bool environment_merge(struct merge *m, const struct query *q, struct err *e)
{
    int64_t id = 0;

    if (!db_run(m->into, e,
                "INSERT INTO environment (key, name, architecture, cpu_model, cores, "
                "memory_bytes, os, container, kernel, libraries, governor) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
                "ON CONFLICT (key) DO UPDATE SET "
                "kernel = coalesce(max(kernel, excluded.kernel), kernel, excluded.kernel), "
                "libraries = coalesce(max(libraries, excluded.libraries), libraries, "
                "excluded.libraries), "
                "governor = coalesce(max(governor, excluded.governor), governor, "
                "excluded.governor)",
                bind_column(q, 1), bind_column(q, 2), bind_column(q, 3), bind_column(q, 4),
                bind_column(q, 5), bind_column(q, 6), bind_column(q, 7), bind_column(q, 8),
                bind_column(q, 9), bind_column(q, 10), bind_column(q, 11)) ||
        !db_integer(m->into, &id, e, "SELECT id FROM environment WHERE key = ?1",
                    bind_column(q, 1)))
        return false;
    idmap_add(&m->environments, query_integer(q, 0), id);
    return true;
}

static bool commit_merge(struct merge *m, const struct query *q, struct err *e)
{
    return db_run(m->into, e,
                  "INSERT INTO commit_info (sha, position, parent_sha, committed_at, author, "
                  "subject) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (sha) DO UPDATE SET "
                  "position = coalesce(max(position, excluded.position), position, "
                  "excluded.position), "
                  "parent_sha = coalesce(max(parent_sha, excluded.parent_sha), parent_sha, "
                  "excluded.parent_sha), "
                  "committed_at = coalesce(max(committed_at, excluded.committed_at), committed_at, "
                  "excluded.committed_at), "
                  "author = coalesce(max(author, excluded.author), author, excluded.author), "
                  "subject = coalesce(max(subject, excluded.subject), subject, excluded.subject)",
                  bind_column(q, 0), bind_column(q, 1), bind_column(q, 2), bind_column(q, 3),
                  bind_column(q, 4), bind_column(q, 5));
}

static bool tag_merge(struct merge *m, const struct query *q, struct err *e)
{
    return db_run(m->into, e,
                  "INSERT INTO tag (name, sha) VALUES (?1, ?2) "
                  "ON CONFLICT (name) DO UPDATE SET sha = max(sha, excluded.sha)",
                  bind_column(q, 0), bind_column(q, 1));
}

static bool label_merge(struct merge *m, const struct query *q, struct err *e)
{
    int64_t run_id = idmap_get(&m->runs, query_integer(q, 0));

    return !run_id || db_run(m->into, e,
                             "INSERT INTO label (run_id, key, value) VALUES (?1, ?2, ?3) "
                             "ON CONFLICT (run_id, key) DO UPDATE SET "
                             "value = max(value, excluded.value)",
                             BIND(run_id), bind_column(q, 1), bind_column(q, 2));
}

/* Of two baselines of one name the one that was set later stays. */
static bool baseline_merge(struct merge *m, const struct query *q, struct err *e)
{
    int64_t known = 0, id = 0, time_ms;
    struct query runs;
    bool done = true;

    if (!time_read(q, 4, &time_ms, e) ||
        !db_integer(m->into, &known, e,
                    "SELECT 1 FROM baseline WHERE name = ?1 AND created_at >= ?2",
                    bind_column(q, 1), bind_column(q, 4)))
        return false;
    if (known)
        return true;
    if (!db_run(m->into, e, "DELETE FROM baseline WHERE name = ?1", bind_column(q, 1)) ||
        !db_integer(m->into, &id, e,
                    "INSERT INTO baseline (name, sessions, branch, created_at) "
                    "VALUES (?1, ?2, ?3, ?4) RETURNING id",
                    bind_column(q, 1), bind_column(q, 2), bind_column(q, 3), bind_column(q, 4)) ||
        !db_query(m->from, &runs, e, "SELECT run_id FROM baseline_run WHERE baseline_id = ?1",
                  bind_column(q, 0)))
        return false;
    while (done && query_next(&runs, e)) {
        int64_t run_id = idmap_get(&m->runs, query_integer(&runs, 0));

        done = !run_id ||
               db_run(m->into, e, "INSERT INTO baseline_run (baseline_id, run_id) VALUES (?1, ?2)",
                      BIND(id), BIND(run_id));
    }
    return query_end(&runs) && done;
}

static bool verdict_merge(struct merge *m, const struct query *q, struct err *e)
{
    return db_run(
        m->into, e,
        "INSERT INTO verdict (judgement, scenario_id, environment_id, metric_id, judged_at, "
        "command, session, baseline, verdict, before_value, after_value, change, change_low, "
        "change_high, p, detectable, before_runs, after_runs, budget, gates, note) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, "
        "?19, ?20, ?21) ON CONFLICT DO NOTHING",
        bind_column(q, 0), BIND(idmap_get(&m->scenarios, query_integer(q, 1))),
        BIND(idmap_get(&m->environments, query_integer(q, 2))),
        BIND(idmap_get(&m->metrics, query_integer(q, 3))), bind_column(q, 4), bind_column(q, 5),
        bind_column(q, 6), bind_column(q, 7), bind_column(q, 8), bind_column(q, 9),
        bind_column(q, 10), bind_column(q, 11), bind_column(q, 12), bind_column(q, 13),
        bind_column(q, 14), bind_column(q, 15), bind_column(q, 16), bind_column(q, 17),
        bind_column(q, 18), bind_column(q, 19), bind_column(q, 20));
}

/* Every table in the order in which one needs the ids of another. Maps are searched by bisection,
 * hence the ORDER BY. */
static const struct {
    const char *sql;
    bool (*merge)(struct merge *m, const struct query *q, struct err *e);
} tables[] = {
    {"SELECT id, name, unit, direction, scale, kind, gate, help FROM metric ORDER BY id",
     metric_merge},
    {"SELECT scenario.id, project.name, scenario.name, workload, definition FROM scenario "
     "JOIN project ON project.id = scenario.project_id ORDER BY scenario.id",
     scenario_merge},
    {"SELECT id, key, name, architecture, cpu_model, cores, memory_bytes, os, container, kernel, "
     "libraries, governor FROM environment ORDER BY id",
     environment_merge},
    {"SELECT sha, position, parent_sha, committed_at, author, subject FROM commit_info",
     commit_merge},
    {"SELECT name, sha FROM tag", tag_merge},
    {MERGE_RUNS, merge_run},
    {"SELECT run_id, key, value FROM label", label_merge},
    {"SELECT id, name, sessions, branch, created_at FROM baseline", baseline_merge},
    {"SELECT judgement, scenario_id, environment_id, metric_id, judged_at, command, session, "
     "baseline, verdict, before_value, after_value, change, change_low, change_high, p, "
     "detectable, before_runs, after_runs, budget, gates, note FROM verdict",
     verdict_merge},
    {MERGE_CHANGES, merge_change},
    {MERGE_ANNOTATIONS, merge_annotation},
};

static bool table_merge(struct merge *m, size_t i, struct err *e)
{
    struct query q;
    bool done = true;

    if (!db_query(m->from, &q, e, tables[i].sql))
        return false;
    while (done && query_next(&q, e))
        done = tables[i].merge(m, &q, e);
    return query_end(&q) && done;
}

/* A file that an upload cut or a disk garbled would hand over wrong numbers without a word. */
static bool from_check(struct merge *m, struct err *e)
{
    bool sound = false;
    struct query q;

    if (!db_query(m->from, &q, e, "PRAGMA quick_check(1)"))
        return false;
    if (query_next(&q, e))
        sound = query_is(&q, 0, "ok");
    return query_end(&q) && (sound || merge_damaged(m, "its pages do not fit together", e));
}

static bool merge_all(struct merge *m, struct err *e)
{
    bool done = merge_runs_open(m, e);

    for (size_t i = 0; done && i < sizeof tables / sizeof *tables; i++)
        done = table_merge(m, i, e);
    merge_runs_close(m);
    return done && merge_states(m, e);
}

bool store_is(const struct store *s, const char *path)
{
    struct stat x, y;

    return stat(s->path, &x) == 0 && stat(path, &y) == 0 && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

bool store_merge(struct store *s, const char *path, int64_t *added, struct err *e)
{
    struct merge m = {.into = s};
    bool done;

    *added = 0;
    if (store_is(s, path))
        return err_set(e, ERR_USAGE, "%s is the database itself; there is nothing to merge", path);
    if (!store_open(&m.from, path, STORE_READ, s->wait_ns, e))
        return false;
    sqlite3_limit(m.from->handle, SQLITE_LIMIT_LENGTH, VALUE_MAX);
    if (!db_script(m.from, "BEGIN", e) || !from_check(&m, e) || !db_begin(s, e)) {
        store_close(m.from);
        return false;
    }
    done = merge_all(&m, e);
    if (!done && strncmp(e->text, path, strlen(path)) != 0)
        err_wrap(e, "merging %s", path);
    /* Let go before the commit: of two files that are merged into each other at the same time,
     * each commit would wait for the other's reader. */
    store_close(m.from);
    done = db_settle(s, done, e);
    *added = done ? m.added : 0;
    free(m.metrics.pair);
    free(m.scenarios.pair);
    free(m.environments.pair);
    free(m.runs.pair);
    free(m.changes.pair);
    return done;
}
