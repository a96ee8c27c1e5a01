/* changes: where the levels of series changed, and what people say of it. */
#include "store/rows.h"

#include <stdlib.h>
#include <string.h>

/* What a group's analysis depends on: which runs there are, and in which order. It is asked before
 * every verdict, so it is told from run_by_commit alone, commit by commit; max(id) stands for the
 * run with its UUID, since SQLite gives the id of the last run again once that is gone. */
#define OF_GROUPED                                                           \
    "r.scenario_id = g.scenario_id AND r.environment_id = g.environment_id " \
    "AND r.branch IS g.branch AND r.status = 'ok' AND r.role IS NULL "
#define GROUPS_SQL                                                                                 \
    "WITH part AS (SELECT scenario_id, environment_id, branch, commit_sha, count(*) AS runs, "     \
    "  max(id) AS last FROM run WHERE status = 'ok' AND role IS NULL "                             \
    "  AND (?1 IS NULL OR scenario_id IN (SELECT id FROM scenario WHERE name = ?1)) "              \
    "  AND (?2 IS NULL OR branch = ?2) "                                                           \
    "  GROUP BY commit_sha, scenario_id, environment_id, branch), "                                \
    "whole AS (SELECT scenario_id, environment_id, branch, sum(runs) AS runs, max(last) AS last, " \
    "  sum(iif(position IS NULL, 0, runs)) AS placed, total(runs * position) AS place "            \
    "  FROM part LEFT JOIN commit_info ON sha = commit_sha "                                       \
    "  GROUP BY scenario_id, environment_id, branch), "                                            \
    "g AS (SELECT scenario_id, environment_id, branch, runs = placed AS ordered, "                 \
    "  '" ANALYSIS_VERSION " ' || runs || ' ' || last || ' ' || "                                  \
    "  (SELECT uuid FROM run WHERE id = last) || ' ' || placed || ' ' || place AS runs "           \
    "  FROM whole) "                                                                               \
    "SELECT (SELECT id FROM run AS r WHERE " OF_GROUPED                                            \
    "  ORDER BY started_at DESC, id DESC LIMIT 1), g.runs, "                                       \
    "coalesce(a.points, (SELECT count(DISTINCT session || ' ' || coalesce(commit_sha, '')) "       \
    "  FROM run AS r WHERE " OF_GROUPED ")), g.ordered, a.points IS NOT NULL "                     \
    "FROM g JOIN scenario ON scenario.id = g.scenario_id "                                         \
    "LEFT JOIN analyzed AS a ON a.scenario_id = g.scenario_id "                                    \
    "AND a.environment_id = g.environment_id AND a.branch = coalesce(g.branch, '') "               \
    "AND a.runs = g.runs "                                                                         \
    "ORDER BY scenario.name, g.branch, scenario.id, g.environment_id"

/* Changes with the method, so that what an earlier one found is looked for anew. */
#define ANALYSIS_VERSION "2"

void series_group_list_free(struct series_group_list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        struct run_list one = {mem_get(1, sizeof *one.row), 1};

        *one.row = l->group[i].newest;
        run_list_free(&one);
        free(l->group[i].runs);
    }
    free(l->group);
    *l = (struct series_group_list){0};
}

static bool group_read(struct store *s, const struct query *q, struct series_group *g,
                       struct err *e)
{
    struct ids ids = {0};
    struct run_list rows = {0};
    bool done;

    ids_add(&ids, query_integer(q, 0));
    done = rows_of_ids(s, &ids, &rows, e);
    ids_free(&ids);
    if (done && rows.count == 1) {
        g->newest = rows.row[0];
        g->runs = query_text(q, 1);
        g->points = query_integer(q, 2);
        g->ordered = query_integer(q, 3) != 0;
        g->analyzed = query_integer(q, 4) != 0;
        free(rows.row);
        return true;
    }
    run_list_free(&rows);
    return done && err_set(e, ERR_STORE, "%s: the file is damaged: a run is not whole", s->path);
}

bool store_series_groups(struct store *s, const char *scenario, const char *branch,
                         struct series_group_list *out, struct err *e)
{
    struct query q;
    bool done = true;

    *out = (struct series_group_list){0};
    if (!db_query(s, &q, e, GROUPS_SQL, BIND(scenario), BIND(branch)))
        return false;
    while (done && query_next(&q, e)) {
        out->group = mem_grow(out->group, out->count + 1, sizeof *out->group);
        out->group[out->count] = (struct series_group){0};
        done = group_read(s, &q, &out->group[out->count++], e);
    }
    return query_end(&q) && done;
}

/* The branch of a run as change_point has it. What a row says of it was cleaned. */
static bool branch_of(struct store *s, int64_t run_id, char **branch, struct err *e)
{
    struct query q;
    const char *raw;

    *branch = NULL;
    if (!db_query(s, &q, e, "SELECT branch FROM run WHERE id = ?1", BIND(run_id)))
        return false;
    if (query_next(&q, e)) {
        raw = query_raw(&q, 0);
        *branch = mem_copy(raw ? raw : "");
    }
    return query_end(&q) &&
           (*branch || err_set(e, ERR_STORE, "%s: the run was removed meanwhile", s->path));
}

/* ?1..?3 the group, ?4 the ids that stay, ?5 the metrics that this program knows: of others it
 * cannot say what became of them. */
#define OF_GROUP                                                                                 \
    "scenario_id = ?1 AND environment_id = ?2 AND branch = ?3 AND id NOT IN (SELECT value FROM " \
    "json_each(?4)) AND metric_id IN (SELECT value FROM json_each(?5)) "

/* Those that stay give their place free first: two of them may move by one run each. */
static bool others_remove(struct store *s, const struct bind *group, const struct ids *kept,
                          const char *now, struct err *e)
{
    struct text stay = {0}, known = {0};
    struct ids metric_rows = {0};
    bool done;

    for (int i = 0; i < METRIC_COUNT; i++)
        ids_add(&metric_rows, s->metric_row[i]);
    ids_json(kept, &stay);
    ids_json(&metric_rows, &known);
    done = db_run(s, e,
                  "DELETE FROM change_point WHERE " OF_GROUP
                  "AND NOT EXISTS (SELECT 1 FROM annotation WHERE change_id = change_point.id)",
                  group[0], group[1], group[2], BIND(stay.data), BIND(known.data)) &&
           db_run(s, e,
                  "UPDATE change_point SET found = 0, analyzed_at = ?6 WHERE " OF_GROUP
                  "AND found = 1",
                  group[0], group[1], group[2], BIND(stay.data), BIND(known.data), BIND(now)) &&
           db_run(s, e,
                  "UPDATE change_point SET run_uuid = '#' || id "
                  "WHERE id IN (SELECT value FROM json_each(?1))",
                  BIND(stay.data));
    text_free(&stay);
    text_free(&known);
    ids_free(&metric_rows);
    return done;
}

#define NEWEST_STATE(id)                                                                     \
    "(SELECT state FROM annotation WHERE change_id = " id " AND state IS NOT NULL ORDER BY " \
    "created_at DESC, uuid DESC LIMIT 1)"

#define POINT_INSERT                                                                           \
    "INSERT INTO change_point (id, scenario_id, environment_id, branch, metric_id, run_uuid, " \
    "started_at, commit_sha, previous_sha, before_value, after_value, change, change_low, "    \
    "change_high, p, state, found, analyzed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "  \
    "?10, ?11, ?12, ?13, ?14, ?15, ?16, 1, ?17) "

#define POINT_UPDATE(id)                                                             \
    "DO UPDATE SET run_uuid = excluded.run_uuid, started_at = excluded.started_at, " \
    "commit_sha = excluded.commit_sha, previous_sha = excluded.previous_sha, "       \
    "before_value = excluded.before_value, after_value = excluded.after_value, "     \
    "change = excluded.change, change_low = excluded.change_low, "                   \
    "change_high = excluded.change_high, p = excluded.p, found = 1, "                \
    "state = coalesce(" NEWEST_STATE(id) ", excluded.state), analyzed_at = excluded.analyzed_at"

#define POINT_SQL                                  \
    POINT_INSERT "ON CONFLICT (id) " POINT_UPDATE( \
        "change_point.id") " ON CONFLICT (scenario_id, environment_id, branch, metric_id, run_uuid) " POINT_UPDATE("change_point.id")

static bool point_write(struct query *q, const struct bind *group, const struct change_point *p,
                        const char *now, struct err *e)
{
    char started[UNITS_TEXT_SIZE];

    units_format_time(started, p->started_ms);
    return query_run(q, e, p->id ? BIND(p->id) : (struct bind){0}, group[0], group[1], group[2],
                     BIND(q->store->metric_row[p->metric]), BIND(p->run_uuid), BIND(started),
                     BIND(p->commit_sha), BIND(p->previous_sha), BIND(p->step.before),
                     BIND(p->step.after), BIND(p->step.change), BIND(p->step.lo), BIND(p->step.hi),
                     BIND(p->step.p), BIND(change_state_name[p->state]), BIND(now));
}

static bool changes_write(struct store *s, const struct series_group *group,
                          const struct change_point_list *points, const char *branch, struct err *e)
{
    const struct bind of[] = {BIND(group->newest.scenario_id), BIND(group->newest.environment_id),
                              BIND(branch)};
    char now[UNITS_TEXT_SIZE];
    struct ids kept = {0};
    struct query q;
    bool done;

    now_text(now);
    for (size_t i = 0; i < points->count; i++)
        if (points->point[i].id)
            ids_add(&kept, points->point[i].id);
    done = others_remove(s, of, &kept, now, e);
    ids_free(&kept);
    if (!done || !db_query(s, &q, e, POINT_SQL))
        return false;
    for (size_t i = 0; i < points->count; i++)
        if (!point_write(&q, of, &points->point[i], now, e))
            break;
    return query_end(&q) &&
           db_run(s, e,
                  "INSERT INTO analyzed (scenario_id, environment_id, branch, runs, points) "
                  "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET runs = excluded.runs, "
                  "points = excluded.points",
                  of[0], of[1], of[2], BIND(group->runs), BIND(group->points));
}

bool store_put_changes(struct store *s, const struct series_group *group,
                       const struct change_point_list *points, struct err *e)
{
    char *branch = NULL;
    bool done = branch_of(s, group->newest.id, &branch, e) && db_begin(s, e) &&
                db_settle(s, changes_write(s, group, points, branch, e), e);

    free(branch);
    return done;
}

#define CHANGES_SQL                                                                               \
    "SELECT c.id, c.scenario_id, c.environment_id, metric.name, scenario.name, environment.key, " \
    "nullif(c.branch, ''), c.run_uuid, c.started_at, commit_info.position, c.commit_sha, "        \
    "c.previous_sha, before_value, after_value, change, change_low, change_high, p, c.state, "    \
    "found, (SELECT note FROM annotation WHERE change_id = c.id AND note IS NOT NULL "            \
    "ORDER BY created_at DESC, uuid DESC LIMIT 1) "                                               \
    "FROM change_point AS c JOIN metric ON metric.id = c.metric_id "                              \
    "JOIN scenario ON scenario.id = c.scenario_id "                                               \
    "JOIN environment ON environment.id = c.environment_id "                                      \
    "LEFT JOIN commit_info ON commit_info.sha = c.commit_sha "                                    \
    "WHERE (?1 IS NULL OR scenario.name = ?1) AND (?2 IS NULL OR c.branch = ?2) "                 \
    "AND (?3 = 0 OR c.scenario_id = ?3) AND (?4 = 0 OR c.environment_id = ?4) "                   \
    "AND (?5 = 0 OR c.id = ?5) AND (?6 < 0 OR c.metric_id = ?6) "                                 \
    "ORDER BY scenario.name, c.branch, c.scenario_id, c.environment_id, c.started_at, "           \
    "c.metric_id, c.id"

static bool state_read(const struct query *q, int column, enum change_state *state, struct err *e)
{
    for (int i = CHANGE_NEW; i <= CHANGE_FALSE_ALARM; i++) {
        if (query_is(q, column, change_state_name[i])) {
            *state = (enum change_state)i;
            return true;
        }
    }
    return err_set(e, ERR_STORE, "%s: the file is damaged: a change point has an unknown state",
                   q->store->path);
}

static bool point_read(const struct query *q, struct change_point *p, struct err *e)
{
    p->id = query_integer(q, 0);
    p->scenario_id = query_integer(q, 1);
    p->environment_id = query_integer(q, 2);
    p->scenario = query_text(q, 4);
    p->environment = query_text(q, 5);
    p->branch = query_text(q, 6);
    uuid_read(q, 7, p->run_uuid);
    p->position = query_null(q, 9) ? -1 : query_integer(q, 9);
    p->commit_sha = query_text(q, 10);
    p->previous_sha = query_text(q, 11);
    p->step = (struct step){.before = query_real(q, 12),
                            .after = query_real(q, 13),
                            .change = query_real(q, 14),
                            .lo = query_real(q, 15),
                            .hi = query_real(q, 16),
                            .p = query_real(q, 17)};
    p->found = query_integer(q, 19) != 0;
    p->note = query_text(q, 20);
    return time_read(q, 8, &p->started_ms, e) && state_read(q, 18, &p->state, e);
}

bool store_changes(struct store *s, const struct change_filter *f, struct change_point_list *out,
                   struct err *e)
{
    const char *branch = f->without_branch ? "" : f->branch;
    struct query q;
    bool done = true;

    *out = (struct change_point_list){0};
    if (!db_query(s, &q, e, CHANGES_SQL, BIND(f->scenario), BIND(branch), BIND(f->scenario_id),
                  BIND(f->environment_id), BIND(f->id),
                  BIND(f->metric < 0 ? -1 : s->metric_row[f->metric])))
        return false;
    while (done && query_next(&q, e)) {
        struct change_point *p;
        struct err ignored;

        out->point = mem_grow(out->point, out->count + 1, sizeof *out->point);
        p = &out->point[out->count];
        *p = (struct change_point){0};
        if (query_null(&q, 3) || !metric_find(query_raw(&q, 3), &p->metric, &ignored))
            continue; /* of a newer program */
        out->count++;
        done = point_read(&q, p, e);
    }
    return query_end(&q) && done;
}
