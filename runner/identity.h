/* identity: what was measured: project, branch, commit, pull request, and the session of runs.
 *
 * What the command line says comes first, then the variables of the CI system (GitHub, GitLab,
 * Jenkins, Buildkite, Azure), then git; git also tells the rest about a commit that CI names.
 * Everything is somebody else's text: one clean line each, and data wherever it goes.
 */
#ifndef RUNNER_IDENTITY_H
#define RUNNER_IDENTITY_H

#include "schema/commit.h"

#include <stdbool.h>
#include <stdint.h>

struct identity { /* NULL, -1: not known */
    char *project;
    char *branch, *commit_sha, *commit_time; /* UTC text */
    char *commit_author, *commit_subject, *commit_parent;
    struct tag_list commit_tags;
    int64_t commit_position;
    char *position_reason; /* why the position is not known */
    bool dirty;
    char *pr, *run_url;
    char *session; /* of the CI run and job; NULL outside of CI */
};

/* Never fails: what cannot be told is not known. `commit` and `branch` (--commit, --branch) may be
 * NULL or empty. Free by identity_free(). */
void identity_get(struct identity *id, const char *commit, const char *branch);
void identity_free(struct identity *id);

/* True where the environment says that this is a CI job. */
bool identity_is_ci(void);

/* "owner/name" of a remote's url, where it is one of the network; NULL otherwise (a path, a file:
 * url). The caller frees it. */
char *identity_project(const char *url);

#endif
