/* forge: what the CI systems tell a job by environment variables. */
#ifndef RUNNER_FORGE_H
#define RUNNER_FORGE_H

/* Strings belong to the struct; NULL: not told. */
struct forge {
    char *project;              /* "owner/name" */
    char *repository;           /* or the url of the repository */
    char *commit, *commit_time; /* commit_time: ISO 8601, with an offset */
    char *branch, *pr, *run_url, *session;
};

/* Fills *f with what the first CI system that is recognised tells, nothing where there is none.
 * Free by forge_free(). */
void forge_get(struct forge *f);
void forge_free(struct forge *f);

#endif
