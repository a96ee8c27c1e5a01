/* list: runs by what is known of them. */
#include "schema/units.h"
#include "store/rows.h"

#include <stdlib.h>
#include <string.h>

/* The conditions asked for; their values are always bound, in this order. */
static void conditions(const struct run_filter *f, struct text *sql)
{
    if (f->scenario)
        text_add(sql, " AND scenario.name = ?1");
    if (f->branch)
        text_add(sql, " AND run.branch = ?2");
    if (f->commit)
        text_add(sql, " AND run.commit_sha >= ?3 AND run.commit_sha < ?3 || char(0x10ffff)");
    if (f->status)
        text_add(sql, " AND run.status = ?4");
    if (f->label)
        text_add(sql, " AND EXISTS (SELECT 1 FROM label WHERE run_id = run.id "
                      "AND key || '=' || value = ?5)");
    if (f->since_ms > 0)
        text_add(sql, " AND run.started_at >= ?6");
}

bool store_list(struct store *s, const struct run_filter *f, struct run_list *out, struct err *e)
{
    struct text sql = {0};
    char since[UNITS_TEXT_SIZE];
    struct query q;
    bool done;

    *out = (struct run_list){0};
    units_format_time(since, f->since_ms > 0 ? f->since_ms : 0);
    text_add(&sql, "SELECT " ROW_COLUMNS " FROM " ROW_TABLES "WHERE 1");
    conditions(f, &sql);
    text_add(&sql, " ORDER BY run.started_at DESC, run.id DESC LIMIT ?7");
    done = db_query(s, &q, e, sql.data, BIND(f->scenario), BIND(f->branch), BIND(f->commit),
                    BIND(f->status), BIND(f->label), BIND(since),
                    BIND(f->limit > 0 ? f->limit : INT64_C(-1))) &&
           rows_read(&q, out, e);
    text_free(&sql);
    return done;
}

bool store_latest(struct store *s, struct run_list *out, struct err *e)
{
    struct query q;

    *out = (struct run_list){0};
    return db_query(
               s, &q, e,
               "SELECT " ROW_COLUMNS " FROM (SELECT id AS newest, max(started_at) FROM run "
               "WHERE status = 'ok' AND (role IS NULL OR role = 'after') GROUP BY scenario_id, branch, environment_id) "
               "CROSS JOIN " ROW_TABLES "WHERE run.id = newest "
               "ORDER BY run.started_at DESC, run.id DESC") &&
           rows_read(&q, out, e);
}
