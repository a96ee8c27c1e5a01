/* commits: what the database knows of the history of git. */
#include "store/rows.h"

#include <stdlib.h>

/* By parents, where all of them are known; else by positions, which say how many there are. */
#define COMMITS_SQL                                                                            \
    "WITH RECURSIVE walk(sha, steps) AS (SELECT ?2, 0 UNION ALL "                              \
    "SELECT parent_sha, steps + 1 FROM walk JOIN commit_info USING (sha) "                     \
    "WHERE parent_sha IS NOT NULL AND sha <> ?1 AND steps < 10000), "                          \
    "whole AS (SELECT steps FROM walk WHERE sha = ?1) "                                        \
    "SELECT coalesce((SELECT steps FROM whole), nullif(max((SELECT position FROM commit_info " \
    "WHERE sha = ?2) - (SELECT position FROM commit_info WHERE sha = ?1), 0), 0)), "           \
    "(SELECT walk.sha FROM walk, whole WHERE whole.steps > 1 AND walk.steps = whole.steps / 2)"

bool store_commits(struct store *s, const char *after, const char *up_to, struct commit_range *out,
                   struct err *e)
{
    struct query q;

    *out = (struct commit_range){.commits = -1};
    if (!after || !up_to)
        return true;
    if (!db_query(s, &q, e, COMMITS_SQL, BIND(after), BIND(up_to)))
        return false;
    if (query_next(&q, e)) {
        out->commits = query_null(&q, 0) ? -1 : query_integer(&q, 0);
        out->middle = query_text(&q, 1);
    }
    return query_end(&q);
}

bool store_tags(struct store *s, struct tag_list *out, struct err *e)
{
    struct query q;

    *out = (struct tag_list){0};
    if (!db_query(s, &q, e, "SELECT name, sha FROM tag ORDER BY name"))
        return false;
    while (query_next(&q, e)) {
        out->tag = mem_grow(out->tag, out->count + 1, sizeof *out->tag);
        out->tag[out->count++] = (struct commit_tag){query_text(&q, 0), query_text(&q, 1)};
    }
    return query_end(&q);
}

bool store_measured(struct store *s, char ***sha, size_t *count, struct err *e)
{
    struct query q;

    *sha = NULL;
    *count = 0;
    if (!db_query(s, &q, e,
                  "SELECT DISTINCT commit_sha FROM run WHERE commit_sha IS NOT NULL "
                  "ORDER BY commit_sha"))
        return false;
    while (query_next(&q, e)) {
        *sha = mem_grow(*sha, *count + 1, sizeof **sha);
        (*sha)[(*count)++] = query_text(&q, 0);
    }
    return query_end(&q);
}

static bool commits_put(struct store *s, const struct commit_list *l, int64_t *changed,
                        struct err *e)
{
    struct query q;

    if (!db_query(s, &q, e, COMMIT_PUT))
        return false;
    for (size_t i = 0; i < l->count; i++) {
        const struct commit *c = &l->commit[i];
        char when[UNITS_TEXT_SIZE];

        if (!query_run(&q, e, BIND(c->sha), c->position < 0 ? (struct bind){0} : BIND(c->position),
                       BIND(c->parent),
                       c->committed_ms < 0
                           ? (struct bind){0}
                           : BIND((const char *)units_format_time(when, c->committed_ms)),
                       BIND(c->author), BIND(c->subject)))
            break;
        *changed += sqlite3_changes(s->handle);
    }
    return query_end(&q);
}

/* A tag that was moved points to where it is now. */
bool tags_put(struct store *s, const struct tag_list *l, int64_t *changed, struct err *e)
{
    struct query q;

    if (!db_query(s, &q, e,
                  "INSERT INTO tag (name, sha) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET "
                  "sha = excluded.sha WHERE sha <> excluded.sha"))
        return false;
    for (size_t i = 0; i < l->count; i++) {
        if (!query_run(&q, e, BIND(l->tag[i].name), BIND(l->tag[i].sha)))
            break;
        *changed += sqlite3_changes(s->handle);
    }
    return query_end(&q);
}

bool store_put_commits(struct store *s, const struct commit_list *commits,
                       const struct tag_list *tags, int64_t *changed, struct err *e)
{
    *changed = 0;
    return db_begin(s, e) &&
           db_settle(s, commits_put(s, commits, changed, e) && tags_put(s, tags, changed, e), e);
}
