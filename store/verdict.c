/* verdict: what was said about runs, kept. */
#include "store/rows.h"

#define VERDICT_SQL                                                                                \
    "INSERT INTO verdict (judgement, scenario_id, environment_id, metric_id, judged_at, command, " \
    "session, baseline, verdict, before_value, after_value, change, change_low, change_high, p, "  \
    "detectable, before_runs, after_runs, budget, gates, note) "                                   \
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, "    \
    "?19, ?20, ?21)"

static bool verdict_write(struct query *q, const struct bind *head, const struct judged *j,
                          struct err *e)
{
    const struct comparison *c = &j->comparison;

    return query_run(q, e, head[0], BIND(j->scenario_id), BIND(j->environment_id),
                     BIND(q->store->metric_row[j->metric]), head[1], head[2], head[3], head[4],
                     BIND(outcome_name[c->outcome]), BIND(c->before), BIND(c->after),
                     BIND(c->change), BIND(c->lo), BIND(c->hi), BIND(c->p), BIND(c->detectable),
                     BIND(c->before_runs), BIND(c->after_runs),
                     BIND(budget_state_name[j->budget_state]), BIND(j->gates), BIND(j->note));
}

static bool verdicts_write(struct store *s, const struct bind *head, const struct judged_list *list,
                           struct err *e)
{
    struct query q;

    if (!db_query(s, &q, e, VERDICT_SQL))
        return false;
    for (size_t i = 0; i < list->count; i++)
        if (!verdict_write(&q, head, &list->row[i], e))
            break;
    return query_end(&q);
}

bool store_put_verdicts(struct store *s, const char *command, const char *baseline,
                        const char *session, const struct judged_list *list, struct err *e)
{
    char name[UUID_SIZE], now[UNITS_TEXT_SIZE];

    now_text(now);
    if (list->count == 0)
        return true;
    return name_make(s, name, e) && db_begin(s, e) &&
           db_settle(s,
                     verdicts_write(s,
                                    (const struct bind[]){BIND(name), BIND(now), BIND(command),
                                                          BIND(session), BIND(baseline)},
                                    list, e),
                     e);
}

/* Runs without a value are not counted in a row, so the largest numbers are a judgement's. */
#define LOOKS_SQL                                                                                \
    "SELECT count(*) FROM (SELECT DISTINCT b, a FROM "                                           \
    "  (SELECT max(before_runs) AS b, max(after_runs) AS a FROM verdict WHERE scenario_id = ?1 " \
    "   AND environment_id = ?2 AND command = ?3 AND baseline IS ?4 AND session = ?5 "           \
    "   GROUP BY judgement) WHERE b > 0 AND NOT (b = ?6 AND a = ?7))"

bool store_looks(struct store *s, const struct look *of, int64_t *looks, struct err *e)
{
    return db_integer(s, looks, e, LOOKS_SQL, BIND(of->scenario_id), BIND(of->environment_id),
                      BIND(of->command), BIND(of->baseline), BIND(of->session),
                      BIND(of->before_runs), BIND(of->after_runs));
}
