/* git: asks the git program about the repository that the work happens in.
 *
 * Always argument lists, never a shell; no network, no locks, no prompts, no pager; bounded in time
 * and in size. A missing git, a missing repository and a git that refuses are ordinary.
 */
#ifndef RUNNER_GIT_H
#define RUNNER_GIT_H

#include "schema/commit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Runs `git ARGUMENTS...` (the list ends with NULL) in the current folder. True when it exits with
 * 0: *out is what it wrote, less the last newline. False: *out is one line that says why. The
 * caller frees *out either way. */
bool git_ask(const char *const *arguments, char **out);

/* The same with more to say. */
struct git_question {
    const char *repo;             /* the folder; NULL: the current one */
    const char *const *arguments; /* ended by NULL */
    const char *input; /* what git reads; NULL: nothing. Its complaints are then left out */
    size_t output_max; /* bytes */
    int time_max_ms;
};
bool git_answer(const struct git_question *q, char **out);

struct git_commit {
    char *sha, *author, *subject, *parent; /* parent: the first; NULL: none */
    int64_t committed_s;                   /* since 1970 */
};
/* What the repository knows of a commit-ish. False: nothing. Free by git_commit_free(). */
bool git_commit_get(struct git_commit *c, const char *revision);
void git_commit_free(struct git_commit *c);

/* True for a repository whose history was cut off when it was cloned. */
bool git_is_shallow(void);

/* The number of commits before `sha` in its history: every ancestor counts, so that it grows along
 * every path (the first parents' count does not: it shrinks where a branch that had merged main
 * becomes main). -1 where it cannot be told: *reason says why, the caller frees it. */
int64_t git_position(const char *sha, char **reason);

/* The tags that name a commit; none where that cannot be told. Free by tag_list_free(). */
void git_tags(const char *sha, struct tag_list *out);

#endif
