/* history: earlier sessions, and one metric over all of them. */
#include "store/rows.h"

#include "schema/units.h"

#include <stdlib.h>

/* A session is earlier when its last run started before `before_ms`, so that one which a retry adds
 * to is not its own history. */
#define HISTORY_SQL                                                                              \
    "WITH mine AS (SELECT id, session, started_at FROM run WHERE scenario_id = ?1 "              \
    "              AND environment_id = ?2 AND (?3 IS NULL OR branch = ?3) AND status = 'ok'), " \
    "judged AS (SELECT session FROM run WHERE id IN (SELECT value FROM json_each(?6))), "        \
    "earlier AS (SELECT session FROM mine WHERE session NOT IN judged GROUP BY session "         \
    "            HAVING max(started_at) < ?4 ORDER BY max(started_at) DESC LIMIT ?5) "           \
    "SELECT " ROW_COLUMNS " FROM " ROW_TABLES                                                    \
    "WHERE run.id IN (SELECT id FROM mine WHERE session IN earlier) "                            \
    "ORDER BY run.started_at DESC, run.id DESC"

bool store_history(struct store *s, const struct run_row *of, const char *branch, int64_t before_ms,
                   int64_t sessions, const struct run_list *except, struct run_list *out,
                   struct err *e)
{
    char before[UNITS_TEXT_SIZE];
    struct text json = {0};
    struct query q;
    bool done;

    units_format_time(before, before_ms);
    ids_json_of(except, &json);
    done = db_query(s, &q, e, HISTORY_SQL, BIND(of->scenario_id), BIND(of->environment_id),
                    BIND(branch), BIND(before), BIND(sessions), BIND(json.data)) &&
           rows_read(&q, out, e);
    text_free(&json);
    return done;
}

/* Commit order where every run knows its place in the history, else the order of commit times: one
 * run without a position would stand anywhere. The branch is the run's in the database: what a row
 * says of it was cleaned. */
#define SERIES_SQL                                                                                   \
    "WITH mine AS (SELECT run.id AS id, commit_info.position AS position, run.started_at AS start, " \
    "  value.value AS value, run.commit_sha AS sha, run.session AS session, "                        \
    "  coalesce(run.commit_time, run.started_at) AS time "                                           \
    "  FROM run JOIN value ON value.run_id = run.id AND value.metric_id = ?4 "                       \
    "  LEFT JOIN commit_info ON commit_info.sha = run.commit_sha "                                   \
    "  WHERE scenario_id = ?1 AND environment_id = ?2 AND status = 'ok' "                            \
    "  AND branch IS (SELECT branch FROM run WHERE id = ?3)), "                                      \
    "ordered AS (SELECT *, CASE WHEN (SELECT count(*) = count(position) FROM mine) "                 \
    "  THEN position ELSE 0 END AS place FROM mine) "                                                \
    "SELECT id, position, start, value, sha, session FROM ordered "                                  \
    "ORDER BY place DESC, time DESC, start DESC, id DESC LIMIT ?5"

static bool point_read(const struct query *q, struct series_point *p, struct err *e)
{
    p->run_id = query_integer(q, 0);
    p->position = query_null(q, 1) ? -1 : query_integer(q, 1);
    p->value = query_real(q, 3);
    p->commit_sha = query_text(q, 4);
    p->session = query_text(q, 5);
    return time_read(q, 2, &p->started_ms, e);
}

/* The query gives the newest first. */
static void series_reverse(struct series *s)
{
    for (size_t i = 0, j = s->count; i + 1 < j; i++) {
        struct series_point swap = s->point[i];

        s->point[i] = s->point[--j];
        s->point[j] = swap;
    }
}

bool store_series(struct store *s, const struct run_row *of, enum metric_id metric, int64_t limit,
                  struct series *out, struct err *e)
{
    struct query q;
    bool done = true;

    *out = (struct series){0};
    if (!db_query(s, &q, e, SERIES_SQL, BIND(of->scenario_id), BIND(of->environment_id),
                  BIND(of->id), BIND(s->metric_row[metric]), BIND(limit)))
        return false;
    while (done && query_next(&q, e)) {
        out->point = mem_grow(out->point, out->count + 1, sizeof *out->point);
        out->point[out->count] = (struct series_point){0};
        done = point_read(&q, &out->point[out->count++], e);
    }
    series_reverse(out);
    return query_end(&q) && done;
}
