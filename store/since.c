/* since: the place in history that a release manager names, and the runs of a series about it. */
#include "store/rows.h"

#include <stdlib.h>
#include <string.h>

enum { COMMIT_DIGITS = 7 };

void since_free(struct since *since)
{
    free(since->name);
    free(since->commit_sha);
    *since = (struct since){0};
}

static bool is_commit(const char *word)
{
    size_t length = strspn(word, "0123456789abcdefABCDEF");

    return length >= COMMIT_DIGITS && !word[length];
}

/* "2026-10-01" is its midnight, UTC. */
static bool date_read(const char *word, int64_t *ms)
{
    struct err ignored;
    char *day;
    bool done;

    if (units_time(word, ms, &ignored))
        return true;
    day = mem_printf("%sT00:00:00.000Z", word);
    done = strlen(word) == 10 && units_time(day, ms, &ignored);
    free(day);
    return done;
}

/* Fills *since from a row of sha, position, the commit's own time and the start of its first run:
 * one that was measured again later is no younger for that. */
static bool commit_read(struct query *q, struct since *since, struct err *e)
{
    bool done = true;

    if (!query_next(q, e))
        return query_end(q);
    since->commit_sha = query_text(q, 0);
    since->position = query_null(q, 1) ? -1 : query_integer(q, 1);
    if (!query_null(q, 2))
        done = time_read(q, 2, &since->commit_ms, e);
    if (!query_null(q, 3))
        done = done && time_read(q, 3, &since->time_ms, e);
    else if (since->commit_ms >= 0)
        since->time_ms = since->commit_ms;
    return query_end(q) && done;
}

#define COMMIT_COLUMNS                                                            \
    "SELECT known.sha, commit_info.position, coalesce(commit_info.committed_at, " \
    "(SELECT min(commit_time) FROM run WHERE commit_sha = known.sha)), "          \
    "(SELECT min(started_at) FROM run WHERE commit_sha = known.sha AND status = 'ok') "
#define TAG_SQL    \
    COMMIT_COLUMNS \
    "FROM tag AS known LEFT JOIN commit_info USING (sha) WHERE known.name = ?1"
#define NAMED_SQL                                                                     \
    "(SELECT sha FROM commit_info WHERE sha >= lower(?1) AND sha < lower(?1) || 'g' " \
    "UNION SELECT commit_sha FROM run WHERE commit_sha >= lower(?1) "                 \
    "AND commit_sha < lower(?1) || 'g') "
#define COMMIT_SQL \
    COMMIT_COLUMNS "FROM " NAMED_SQL "AS known LEFT JOIN commit_info USING (sha) LIMIT 1"

static bool commit_find(struct store *s, const char *sql, const char *word, struct since *since,
                        struct err *e)
{
    struct query q;

    return db_query(s, &q, e, sql, BIND(word)) && commit_read(&q, since, e);
}

/* A commit by the digits that it begins with, which are to be of no other. */
static bool digits_find(struct store *s, const char *digits, struct since *since, struct err *e)
{
    int64_t commits = 0;

    return commit_find(s, COMMIT_SQL, digits, since, e) &&
           db_integer(s, &commits, e, "SELECT count(*) FROM " NAMED_SQL, BIND(digits)) &&
           (commits <= 1 ||
            err_set(e, ERR_USAGE, "--since %.80s: %lld commits begin so; give more of it",
                    since->name, (long long)commits));
}

bool store_since(struct store *s, const char *word, struct since *out, struct err *e)
{
    bool tag = strncmp(word, "tag:", 4) == 0, commit = strncmp(word, "commit:", 7) == 0;

    *out = (struct since){
        .name = mem_copy(word), .position = -1, .commit_ms = -1, .time_ms = INT64_MIN};
    if (!commit && !commit_find(s, TAG_SQL, tag ? word + 4 : word, out, e))
        return false;
    if (!out->commit_sha && !tag && (commit || is_commit(word)) &&
        !digits_find(s, commit ? word + 7 : word, out, e))
        return false;
    if (!out->commit_sha && !tag && !commit && date_read(word, &out->time_ms))
        return true;
    if (!out->commit_sha)
        return err_set(e, ERR_USAGE,
                       "--since %.80s: neither a tag, a commit (7 digits or more) nor a date "
                       "(2026-10-01) that is known here",
                       word);
    if (out->position < 0 && out->time_ms == INT64_MIN)
        return err_set(e, ERR_USAGE,
                       "--since %.80s: where this commit stands in history is not known here, and "
                       "no run of it is",
                       word);
    return true;
}

bool since_holds(const struct since *since, const struct run_row *run)
{
    if (!since->commit_sha) /* a date's own day is after it */
        return run->started_ms < since->time_ms;
    if (run->commit_sha && strcmp(run->commit_sha, since->commit_sha) == 0)
        return true;
    if (since->position >= 0 && run->position >= 0)
        return run->position <= since->position;
    /* An old commit that was measured late is old all the same. */
    if (since->commit_ms >= 0 && run->commit_ms >= 0)
        return run->commit_ms <= since->commit_ms;
    return run->started_ms <= since->time_ms;
}

bool store_group_runs(struct store *s, const struct run_row *of, int64_t limit,
                      struct run_list *out, struct err *e)
{
    struct query q;

    *out = (struct run_list){0};
    if (!db_query(s, &q, e, "SELECT " ROW_COLUMNS " FROM " ROW_TABLES GROUP_IN_ORDER "LIMIT ?4",
                  BIND(of->scenario_id), BIND(of->environment_id), BIND(of->id), BIND(limit)) ||
        !rows_read(&q, out, e))
        return false;
    for (size_t i = 0, j = out->count; i + 1 < j; i++) {
        struct run_row swap = out->row[i];

        out->row[i] = out->row[--j];
        out->row[j] = swap;
    }
    return true;
}

bool store_commit_text(struct store *s, const char *sha, char **author, char **subject,
                       struct err *e)
{
    struct query q;

    *author = *subject = NULL;
    if (!sha)
        return true;
    if (!db_query(s, &q, e, "SELECT author, subject FROM commit_info WHERE sha = ?1", BIND(sha)))
        return false;
    if (query_next(&q, e)) {
        *author = query_text(&q, 0);
        *subject = query_text(&q, 1);
    }
    return query_end(&q);
}
