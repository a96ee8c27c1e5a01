/* history: the commits that were measured and those in between, with their places in history, and
 * the tags of a repository. As git.h: nothing is changed, nothing is fetched.
 */
#ifndef RUNNER_HISTORY_H
#define RUNNER_HISTORY_H

#include "schema/commit.h"
#include "schema/err.h"

#include <stdbool.h>
#include <stddef.h>

struct history {
    struct commit_list commits; /* a commit that was asked for by its first digits is there twice:
                                 * as it was asked for, and whole */
    struct tag_list tags;       /* those that name a commit */
    const char **unknown;       /* of those asked for, what is no commit of this repository */
    size_t unknown_count;
    bool shallow; /* cut off when it was cloned: positions are not known */
};

/* The commits `sha` (hostile text, too), those of tags, and of the history of both what is not
 * older than the first of `sha` (HISTORY_BETWEEN_MAX at most, the newest). `repo` is a folder of
 * the repository, NULL: the current one; ERR_USAGE where it is none. `sha` is borrowed. */
enum { HISTORY_BETWEEN_MAX = 10000 };
bool history_read(const char *repo, char *const *sha, size_t count, struct history *out,
                  struct err *e);
void history_free(struct history *h);

#endif
