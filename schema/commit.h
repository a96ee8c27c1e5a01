/* commit: what is kept of a repository's history: read from git by the runner, kept by the store.
 */
#ifndef SCHEMA_COMMIT_H
#define SCHEMA_COMMIT_H

#include <stddef.h>
#include <stdint.h>

/* Strings belong to the lists. */
struct commit {
    char *sha, *parent, *author, *subject; /* parent: the first; NULL: none, or not known */
    int64_t position;                      /* commits before it in its history; -1: not known */
    int64_t committed_ms;                  /* since 1970, UTC; -1: not known */
};
struct commit_list {
    struct commit *commit;
    size_t count;
};
void commit_list_free(struct commit_list *l);

struct commit_tag {
    char *name, *sha;
};
struct tag_list {
    struct commit_tag *tag;
    size_t count;
};
void tag_list_free(struct tag_list *l);

#endif
