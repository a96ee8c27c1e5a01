#include "runner/forge.h"

#include "runner/file.h"
#include "schema/json.h"
#include "schema/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What each system calls the facts, as templates: alternatives are separated by '|', and the first
 * one whose $VARIABLES are all set is taken. `marker` tells the system: VARIABLE or VARIABLE=VALUE.
 *
 * Sources: docs.github.com "Variables", docs.gitlab.com "Predefined CI/CD variables",
 * plugins.jenkins.io "git" and "pipeline-multibranch", buildkite.com "Environment variables",
 * learn.microsoft.com "Use predefined variables" (Azure Pipelines). A session is the run and the
 * job by a name that a retry keeps. */
static const struct forge_names {
    const char *marker;
    const char *project, *repository, *commit, *commit_time, *branch, *pr, *run_url, *session;
} forges[] = {
    {
        .marker = "GITHUB_ACTIONS=true",
        .project = "$GITHUB_REPOSITORY",
        .commit = "$GITHUB_SHA",
        .branch = "$GITHUB_HEAD_REF|$GITHUB_REF_NAME",
        .run_url = "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID",
        .session = "github-$GITHUB_RUN_ID-$GITHUB_JOB|github-$GITHUB_RUN_ID",
    },
    {
        .marker = "GITLAB_CI",
        .project = "$CI_PROJECT_PATH",
        .commit = "$CI_MERGE_REQUEST_SOURCE_BRANCH_SHA|$CI_COMMIT_SHA",
        .commit_time = "$CI_COMMIT_TIMESTAMP",
        .branch = "$CI_MERGE_REQUEST_SOURCE_BRANCH_NAME|$CI_COMMIT_BRANCH",
        .pr = "$CI_MERGE_REQUEST_IID",
        .run_url = "$CI_JOB_URL|$CI_PIPELINE_URL",
        .session = "gitlab-$CI_PIPELINE_ID-$CI_JOB_NAME|gitlab-$CI_PIPELINE_ID",
    },
    {
        .marker = "BUILDKITE=true",
        .repository = "$BUILDKITE_REPO",
        .commit = "$BUILDKITE_COMMIT",
        .branch = "$BUILDKITE_BRANCH",
        .pr = "$BUILDKITE_PULL_REQUEST",
        .run_url = "$BUILDKITE_BUILD_URL",
        .session = "buildkite-$BUILDKITE_BUILD_ID-$BUILDKITE_STEP_ID|buildkite-$BUILDKITE_BUILD_ID",
    },
    {
        .marker = "TF_BUILD",
        .project = "$BUILD_REPOSITORY_NAME",
        .commit = "$SYSTEM_PULLREQUEST_SOURCECOMMITID|$BUILD_SOURCEVERSION",
        .branch = "$SYSTEM_PULLREQUEST_SOURCEBRANCH|$BUILD_SOURCEBRANCH|$BUILD_SOURCEBRANCHNAME",
        .pr = "$SYSTEM_PULLREQUEST_PULLREQUESTNUMBER|$SYSTEM_PULLREQUEST_PULLREQUESTID",
        .run_url = "$SYSTEM_TEAMFOUNDATIONCOLLECTIONURI$SYSTEM_TEAMPROJECT/_build/"
                   "results?buildId=$BUILD_BUILDID",
        .session = "azure-$BUILD_BUILDID-$SYSTEM_JOBNAME|azure-$BUILD_BUILDID",
    },
    {
        .marker = "JENKINS_URL",
        .repository = "$GIT_URL",
        .commit = "$GIT_COMMIT",
        .branch = "$CHANGE_BRANCH|$BRANCH_NAME|$GIT_BRANCH",
        .pr = "$CHANGE_ID",
        .run_url = "$BUILD_URL",
        .session = "jenkins-$JOB_NAME-$BUILD_NUMBER|$BUILD_TAG",
    },
};

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

static bool marker_set(const char *marker)
{
    char name[64];
    size_t n = strcspn(marker, "=");
    const char *value;

    snprintf(name, sizeof name, "%.*s", (int)n, marker);
    value = variable(name);
    return value && (!marker[n] || strcmp(value, marker + n + 1) == 0);
}

/* Fills one alternative, `length` bytes of a template; NULL where a variable is not set. */
static char *alternative_fill(const char *template, size_t length)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    const char *end = template + length, *value;
    struct text out = {0};
    char name[64];

    while (template <end) {
        size_t n;

        if (*template != '$') {
            text_add_bytes(&out, template ++, 1);
            continue;
        }
        n = strspn(++template, letters);
        snprintf(name, sizeof name, "%.*s", (int)n, template);
        if (!(value = variable(name))) {
            text_free(&out);
            return NULL;
        }
        text_add(&out, value);
        template += n;
    }
    text_clean(out.data);
    return out.data;
}

static char *template_fill(const char *template)
{
    char *filled = NULL;

    while (template && *template && !filled) {
        size_t n = strcspn(template, "|");

        filled = alternative_fill(template, n);
        template += n + (template[n] == '|');
    }
    return filled;
}

/* Takes out what systems put in front of a branch's name. */
static void branch_trim(char *branch)
{
    static const char *const before[] = {"refs/heads/", "origin/"};

    for (size_t i = 0; branch && i < sizeof before / sizeof *before; i++)
        if (strncmp(branch, before[i], strlen(before[i])) == 0)
            memmove(branch, branch + strlen(before[i]), strlen(branch + strlen(before[i])) + 1);
}

static void field_replace(char **field, const char *value)
{
    if (!value || !*value)
        return;
    free(*field);
    *field = mem_copy(value);
    text_clean(*field);
}

/* Borrows a string out of an object of the event; NULL where it is not one. */
static const char *event_string(const struct json_at *object, const char *key)
{
    const char *value = NULL;
    struct err ignored;

    if (!cJSON_IsObject(object->value) || !json_get_string(object, key, &value, &ignored))
        return NULL;
    return value;
}

/* In a pull request GITHUB_SHA is a merge made up for the test; the event's file names the commit
 * that was proposed. In a push it tells the commit's time. */
static void github_event_take(struct forge *f, const struct json_at *event)
{
    struct json_at request = json_member(event, "pull_request"), head;
    struct json_at pushed = json_member(event, "head_commit");
    const char *id = event_string(&pushed, "id");
    struct err ignored;
    int64_t number = 0;

    if (id && f->commit && strcmp(id, f->commit) == 0)
        field_replace(&f->commit_time, event_string(&pushed, "timestamp"));
    if (!cJSON_IsObject(request.value))
        return;
    head = json_member(&request, "head");
    field_replace(&f->commit, event_string(&head, "sha"));
    field_replace(&f->branch, event_string(&head, "ref"));
    if (json_get_integer(&request, "number", 1, INT64_MAX, &number, &ignored) && number) {
        free(f->pr);
        f->pr = mem_printf("%lld", (long long)number);
    }
}

/* A file that is missing or unlike what is documented changes nothing. */
static void github_event_read(struct forge *f)
{
    const char *path = variable("GITHUB_EVENT_PATH");
    struct text text = {0};
    struct err ignored;
    cJSON *tree = NULL;

    if (path && file_read(path, &text, &ignored))
        tree = json_read(text.data ? text.data : "", text.length, path, JSON_STRICT, &ignored);
    if (cJSON_IsObject(tree)) {
        struct json_at root = json_root(tree, path);

        github_event_take(f, &root);
    }
    cJSON_Delete(tree);
    text_free(&text);
}

static void github_get(struct forge *f)
{
    const char *ref = variable("GITHUB_REF"), *type = variable("GITHUB_REF_TYPE");

    if (ref && strncmp(ref, "refs/pull/", 10) == 0)
        f->pr = mem_printf("%.*s", (int)strspn(ref + 10, "0123456789"), ref + 10);
    if (type && strcmp(type, "tag") == 0) { /* then the name of the ref is the tag's */
        free(f->branch);
        f->branch = NULL;
    }
    github_event_read(f);
}

/* Drops a field that holds the forge's word for none. */
static void field_drop(char **field, const char *none)
{
    if (*field && strcmp(*field, none) == 0) {
        free(*field);
        *field = NULL;
    }
}

void forge_get(struct forge *f)
{
    const struct forge_names *names = NULL;

    *f = (struct forge){0};
    for (size_t i = 0; !names && i < sizeof forges / sizeof *forges; i++)
        if (marker_set(forges[i].marker))
            names = &forges[i];
    if (!names)
        return;
    f->project = template_fill(names->project);
    f->repository = template_fill(names->repository);
    f->commit = template_fill(names->commit);
    f->commit_time = template_fill(names->commit_time);
    f->branch = template_fill(names->branch);
    f->pr = template_fill(names->pr);
    f->run_url = template_fill(names->run_url);
    f->session = template_fill(names->session);
    if (names == &forges[0])
        github_get(f);
    branch_trim(f->branch);
    field_drop(&f->pr, "false");    /* Buildkite's */
    field_drop(&f->commit, "HEAD"); /* Buildkite's, of a build that names none: git knows it */
}

void forge_free(struct forge *f)
{
    free(f->project);
    free(f->repository);
    free(f->commit);
    free(f->commit_time);
    free(f->branch);
    free(f->pr);
    free(f->run_url);
    free(f->session);
    *f = (struct forge){0};
}
