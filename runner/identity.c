#include "runner/identity.h"

#include "runner/forge.h"
#include "runner/git.h"
#include "schema/text.h"
#include "schema/units.h"

#include <stdlib.h>
#include <string.h>

bool identity_is_ci(void)
{
    static const char *const markers[] = {"GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "TF_BUILD",
                                          "JENKINS_URL"};
    const char *ci = getenv("CI");

    if (ci && *ci)
        return strcmp(ci, "false") != 0 && strcmp(ci, "0") != 0;
    for (size_t i = 0; i < sizeof markers / sizeof *markers; i++)
        if (getenv(markers[i]))
            return true;
    return false;
}

/* The two last parts of a path, without ".git"; NULL where there are not two. */
static char *owner_and_name(const char *path)
{
    char *copy = mem_copy(path), *name, *owner, *result = NULL;
    size_t n = strlen(copy);

    while (n && copy[n - 1] == '/')
        copy[--n] = '\0';
    if (n > 4 && strcmp(copy + n - 4, ".git") == 0)
        copy[n - 4] = '\0';
    name = strrchr(copy, '/');
    if (name && name > copy && name[1]) {
        *name = '\0';
        owner = strrchr(copy, '/');
        owner = owner ? owner + 1 : copy;
        if (*owner)
            result = mem_printf("%s/%s", owner, name + 1);
    }
    free(copy);
    return result;
}

char *identity_project(const char *url)
{
    const char *scheme = strstr(url, "://"), *colon = strchr(url, ':'), *slash = strchr(url, '/');
    char *project = NULL;

    if (scheme && strncmp(url, "file:", 5) != 0) {
        const char *path = strchr(scheme + 3, '/');

        project = path ? owner_and_name(path + 1) : NULL;
    } else if (!scheme && colon && colon > url && (!slash || colon < slash)) {
        project = owner_and_name(colon + 1); /* git@host:owner/name.git */
    }
    if (project)
        text_clean(project);
    return project;
}

static char *git_remote_project(void)
{
    const char *arguments[] = {"config", "--get", "remote.origin.url", NULL};
    char *out = NULL, *project = git_ask(arguments, &out) ? identity_project(out) : NULL;

    free(out);
    return project;
}

static char *git_branch(void)
{
    const char *arguments[] = {"symbolic-ref", "--quiet", "--short", "HEAD", NULL};
    char *out = NULL;

    if (git_ask(arguments, &out)) {
        text_clean(out);
        return out;
    }
    free(out);
    return NULL; /* a detached head */
}

/* Files that git does not know do not count: our own database is one of them. */
static bool git_dirty(void)
{
    const char *arguments[] = {"status", "--porcelain", "--untracked-files=no", NULL};
    char *out = NULL;
    bool dirty = git_ask(arguments, &out) && *out;

    free(out);
    return dirty;
}

/* Takes what the repository knows of the commit named so far, or of its head where none is. */
static void commit_fill(struct identity *id)
{
    struct git_commit head, own, *c = &head;
    bool at_head = git_commit_get(&head, "HEAD");
    char time[UNITS_TEXT_SIZE];

    own = (struct git_commit){0};
    if (id->commit_sha) {
        c = &own;
        git_commit_get(&own, id->commit_sha);
    }
    if (c->sha) {
        free(id->commit_sha);
        id->commit_sha = mem_copy(c->sha);
        id->commit_time = mem_copy(units_format_time(time, c->committed_s * 1000));
        id->commit_author = mem_copy(c->author);
        id->commit_subject = mem_copy(c->subject);
        id->commit_parent = mem_copy(c->parent);
        id->commit_position = git_position(c->sha, &id->position_reason);
        git_tags(c->sha, &id->commit_tags);
    } else if (id->commit_sha) {
        id->position_reason =
            mem_copy(!at_head           ? "there is no git repository here"
                     : git_is_shallow() ? "the repository is a shallow clone"
                                        : "the repository here does not have the commit");
    }
    id->dirty = at_head && id->commit_sha && strcmp(id->commit_sha, head.sha) == 0 && git_dirty();
    git_commit_free(&head);
    git_commit_free(&own);
}

/* ISO 8601 as CI systems give it to UTC text; NULL where it is not that. */
static char *time_text(const char *iso)
{
    char text[UNITS_TEXT_SIZE];
    struct err ignored;
    int64_t ms;

    return units_time(iso, &ms, &ignored) ? mem_copy(units_format_time(text, ms)) : NULL;
}

static char *given_or(const char *given, const char *found)
{
    char *copy = mem_copy(given && *given ? given : found);

    if (copy)
        text_clean(copy);
    return copy;
}

void identity_get(struct identity *id, const char *commit, const char *branch)
{
    bool given = commit && *commit;
    struct forge f;

    forge_get(&f);
    *id = (struct identity){.commit_position = -1};
    id->commit_sha = given_or(commit, f.commit);
    id->branch = given_or(branch, f.branch);
    id->pr = mem_copy(f.pr);
    id->run_url = mem_copy(f.run_url);
    id->session = mem_copy(f.session);
    id->project = mem_copy(f.project);
    if (!id->project && f.repository)
        id->project = identity_project(f.repository);
    if (!id->project)
        id->project = git_remote_project();
    if (!id->project)
        id->project = mem_copy("default");
    if (!id->branch)
        id->branch = git_branch();
    commit_fill(id);
    if (!id->commit_time && f.commit_time && !given)
        id->commit_time = time_text(f.commit_time);
    forge_free(&f);
}

void identity_free(struct identity *id)
{
    free(id->project);
    free(id->branch);
    free(id->commit_sha);
    free(id->commit_time);
    free(id->commit_author);
    free(id->commit_subject);
    free(id->commit_parent);
    tag_list_free(&id->commit_tags);
    free(id->position_reason);
    free(id->pr);
    free(id->run_url);
    free(id->session);
    *id = (struct identity){0};
}
