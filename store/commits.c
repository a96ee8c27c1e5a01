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
        out->tag[out->count++] = (struct tag){query_text(&q, 0), query_text(&q, 1)};
    }
    return query_end(&q);
}

void tag_list_free(struct tag_list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free(l->tag[i].name);
        free(l->tag[i].sha);
    }
    free(l->tag);
    *l = (struct tag_list){0};
}
