/* rows: what several files of the store read and write of one table. All inside the caller's
 * transaction. */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "schema/text.h"
#include "schema/units.h"
#include "store/db.h"

/* The columns that row_read() takes, and the joins they come from. CROSS JOIN keeps the order:
 * runs first, then what they point to by number. */
#define ROW_COLUMNS                                                                        \
    "run.id, run.scenario_id, run.environment_id, run.uuid, project.name, scenario.name, " \
    "scenario.workload, environment.key, run.branch, run.commit_sha, run.session, "        \
    "run.reason, commit_info.position, run.repeat, run.started_at, run.status, "           \
    "coalesce(run.commit_time, commit_info.committed_at)"
#define ROW_TABLES                                                   \
    "run CROSS JOIN scenario ON scenario.id = run.scenario_id "      \
    "CROSS JOIN project ON project.id = scenario.project_id "        \
    "CROSS JOIN environment ON environment.id = run.environment_id " \
    "LEFT JOIN commit_info ON commit_info.sha = run.commit_sha "

/* The ok runs of the series that run ?3 belongs to, of scenario ?1 on environment ?2, the newest
 * first. What an ab measured (it has a role) belongs to none. Commit order where every run knows
 * its place in the history, else the order of commit times: one run without a position would stand
 * anywhere. The branch is the run's in the database: what a row says of it was cleaned. No LIMIT:
 * with one, SQLite keeps what it sorts in a table, which takes several times as long; who wants the
 * last runs stops reading. */
#define GROUP_OF(run)                                                                          \
    run ".scenario_id = ?1 AND " run ".environment_id = ?2 AND " run ".status = 'ok' AND " run \
        ".role IS NULL AND " run ".branch IS (SELECT branch FROM run WHERE id = ?3) "
#define GROUP_IN_ORDER                                                                                                \
    "WHERE " GROUP_OF(                                                                                                \
        "run") "ORDER BY CASE WHEN (SELECT count(*) = count(c.position) FROM run "                                    \
               "AS r LEFT JOIN commit_info AS c ON c.sha = r.commit_sha WHERE " GROUP_OF(                             \
                   "r") ") "                                                                                          \
                        "THEN commit_info.position ELSE 0 END DESC, coalesce(run.commit_time, run.started_at) DESC, " \
                        "run.started_at DESC, run.id DESC "

/* Appends every row of a query over ROW_COLUMNS to *out and ends it. */
bool rows_read(struct query *q, struct run_list *out, struct err *e);

/* A list of ids of runs, and as the JSON array that json_each() takes. A zeroed one is empty. */
struct ids {
    int64_t *id;
    size_t count;
};
void ids_add(struct ids *ids, int64_t id);
void ids_free(struct ids *ids);
/* Adds the first column of every row and ends the query. */
bool ids_read(struct query *q, struct ids *ids, struct err *e);
void ids_json(const struct ids *ids, struct text *out);
void ids_json_of(const struct run_list *runs, struct text *out); /* NULL: none */

/* Names that were met, a few of them. A zeroed one is empty. */
struct names {
    char **name;
    size_t count;
};
bool names_add(struct names *names, const char *name); /* false: it is there already */
void names_free(struct names *names);

/* The runs of these ids, newest first, each once. */
bool rows_of_ids(struct store *s, const struct ids *ids, struct run_list *out, struct err *e);

/* All values of these runs; NAN: a run without it. One statement for all: each by itself would lock
 * the file and look for its journal. */
bool values_read(struct store *s, const struct ids *runs, double (*value)[METRIC_COUNT],
                 struct err *e);

/* A column of run as the program has it; ERR_STORE for what no run can have. */
bool time_read(const struct query *q, int column, int64_t *ms, struct err *e);

void uuid_read(const struct query *q, int column, char out[UUID_SIZE]);
bool status_read(const struct query *q, int column, enum run_status *status, struct err *e);

/* The time of day as the database has it, and a name that nothing in any other file has. */
void now_text(char out[UNITS_TEXT_SIZE]);
bool name_make(struct store *s, char out[UUID_SIZE], struct err *e);

/* Ids of the rows with these natural keys, made where they are missing. */
bool scenario_row(struct store *s, const char *project, const char *name, const char *workload,
                  const char *definition, int64_t *id, struct err *e);
bool environment_row(struct store *s, const struct environment *env, int64_t *id, struct err *e);

/* Budgets of a scenario row; replacing takes away the earlier ones. */
bool budgets_read(struct store *s, int64_t scenario_id, struct budget_list *out, struct err *e);
bool budgets_replace(struct store *s, int64_t scenario_id, const struct budget_list *budgets,
                     struct err *e);

/* Keeps sha, position, parent_sha, committed_at, author and subject of a commit; what is NULL stays
 * as it was. */
#define COMMIT_PUT                                                                        \
    "INSERT INTO commit_info (sha, position, parent_sha, committed_at, author, subject) " \
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (sha) DO UPDATE SET "                    \
    "position = coalesce(excluded.position, position), "                                  \
    "parent_sha = coalesce(excluded.parent_sha, parent_sha), "                            \
    "committed_at = coalesce(excluded.committed_at, committed_at), "                      \
    "author = coalesce(excluded.author, author), "                                        \
    "subject = coalesce(excluded.subject, subject) "                                      \
    "WHERE (position, parent_sha, committed_at, author, subject) IS NOT "                 \
    "(coalesce(excluded.position, position), coalesce(excluded.parent_sha, parent_sha), " \
    "coalesce(excluded.committed_at, committed_at), coalesce(excluded.author, author), "  \
    "coalesce(excluded.subject, subject))"
/* Adds to *changed the number of tags that were new or elsewhere before. */
bool tags_put(struct store *s, const struct tag_list *l, int64_t *changed, struct err *e);

#endif
