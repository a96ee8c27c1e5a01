/* verdict: what was said about runs, kept. */
#include "store/rows.h"

#include <math.h>
#include <stdlib.h>

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

/* The last judgement of the session against each baseline, by each command, told apart where there
 * are several: what is named alike counts as said twice. */
#define VERDICTS_SQL                                                                             \
    "WITH one AS (SELECT judgement, baseline, command, scenario_id, environment_id, "            \
    "             max(judged_at) FROM verdict WHERE session IS ?1 "                              \
    "             GROUP BY command, baseline, scenario_id, environment_id) "                     \
    "SELECT scenario.name "                                                                      \
    "  || iif((SELECT count(DISTINCT one.scenario_id) FROM one JOIN scenario AS other "          \
    "          ON other.id = one.scenario_id WHERE other.name = scenario.name) > 1, "            \
    "         ' [workload ' || substr(workload, 1, 7) || ']', '') "                              \
    "  || iif((SELECT count(DISTINCT environment_id) FROM one "                                  \
    "          WHERE one.scenario_id = scenario.id) > 1, ' [' || environment.key || ']', '') "   \
    "  || iif((SELECT count(DISTINCT ifnull(baseline, '')) FROM one) > 1 "                       \
    "         AND verdict.baseline IS NOT NULL, ' (against ' || verdict.baseline || ')', '') "   \
    "  || iif((SELECT count(DISTINCT command) FROM one) > 1 AND verdict.command <> 'check', "    \
    "         ' (' || verdict.command || ')', ''), "                                             \
    "  environment.key, verdict.scenario_id, verdict.environment_id, metric.name, verdict, "     \
    "  before_value, after_value, change, change_low, change_high, p, detectable, before_runs, " \
    "  after_runs, verdict.budget, gates, note, warning, critical, regression "                  \
    "FROM verdict JOIN scenario ON scenario.id = verdict.scenario_id "                           \
    "JOIN environment ON environment.id = verdict.environment_id "                               \
    "JOIN metric ON metric.id = verdict.metric_id "                                              \
    "LEFT JOIN budget ON budget.scenario_id = verdict.scenario_id "                              \
    "AND budget.metric_id = verdict.metric_id "                                                  \
    "WHERE judgement IN (SELECT judgement FROM one) AND session IS ?1 "                          \
    "ORDER BY scenario.name, verdict.scenario_id, environment.key, verdict.baseline, "           \
    "verdict.command, metric.id"

static int word_read(const struct query *q, int column, const char *const *words, int count)
{
    for (int i = 1; i < count; i++)
        if (query_is(q, column, words[i]))
            return i;
    return 0;
}

static void verdict_read(const struct query *q, enum metric_id metric, struct judged *j)
{
    *j = (struct judged){
        .scenario = query_text(q, 0),
        .environment = query_text(q, 1),
        .scenario_id = query_integer(q, 2),
        .environment_id = query_integer(q, 3),
        .metric = metric,
        .comparison = {.outcome =
                           (enum outcome)word_read(q, 5, outcome_name, OUTCOME_INCONCLUSIVE + 1),
                       .before = query_real(q, 6),
                       .after = query_real(q, 7),
                       .change = query_real(q, 8),
                       .lo = query_real(q, 9),
                       .hi = query_real(q, 10),
                       .same_lo = NAN,
                       .same_hi = NAN,
                       .p = query_real(q, 11),
                       .p_gate = NAN,
                       .detectable = query_real(q, 12),
                       .before_runs = (size_t)query_integer(q, 13),
                       .after_runs = (size_t)query_integer(q, 14),
                       .outliers_p = NAN},
        .budget_state = (enum budget_state)word_read(q, 15, budget_state_name, BUDGET_UNKNOWN + 1),
        .gates = query_integer(q, 16) != 0,
        .note = query_text(q, 17),
        .budget = {metric, query_real(q, 18), query_real(q, 19), query_real(q, 20), false},
        .budget_value = query_real(q, 7),
    };
    j->regression_broken = j->comparison.outcome == OUTCOME_WORSE && !isnan(j->budget.regression);
}

bool store_verdicts(struct store *s, const char *session, struct judged_list *out, struct err *e)
{
    struct query q;

    *out = (struct judged_list){0};
    if (!db_query(s, &q, e, VERDICTS_SQL, BIND(session)))
        return false;
    while (query_next(&q, e)) {
        char *name = query_text(&q, 4);
        struct err unknown;
        enum metric_id metric;

        if (name && metric_find(name, &metric, &unknown)) {
            out->row = mem_grow(out->row, out->count + 1, sizeof *out->row);
            verdict_read(&q, metric, &out->row[out->count++]);
        }
        free(name);
    }
    return query_end(&q);
}

bool store_judged_session(struct store *s, char **session, struct err *e)
{
    struct query q;

    *session = NULL;
    if (!db_query(s, &q, e, "SELECT session FROM verdict ORDER BY judged_at DESC LIMIT 1"))
        return false;
    if (query_next(&q, e))
        *session = query_text(&q, 0);
    return query_end(&q);
}
