/* What was measured: CI variables as each system documents them, and a git repository. */
#include "runner/identity.h"

#include "runner/git.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <unistd.h>

static char folder[64];

static void shell(const char *command)
{
    OK(system(command) == 0, "%.60s", command);
}

/* Starts from an environment in which nothing is told. */
static void fresh(const char *const *variables)
{
    char path[4096], name[64];

    snprintf(path, sizeof path, "%s", getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
    clearenv();
    setenv("PATH", path, 1);
    setenv("HOME", folder, 1);
    setenv("GIT_CEILING_DIRECTORIES", "/tmp", 1);
    for (; variables && *variables; variables++) {
        size_t n = strcspn(*variables, "=");

        snprintf(name, sizeof name, "%.*s", (int)n, *variables);
        setenv(name, *variables + n + 1, 1);
    }
}

static void forge_case(const char *name, const char *const *variables, const char *project,
                       const char *commit, const char *branch, const char *pr, const char *run_url,
                       const char *session)
{
    struct identity id;

    fresh(variables);
    identity_get(&id, NULL, NULL);
    tap_is(id.project, project, name);
    tap_is(id.commit_sha, commit, " its commit");
    tap_is(id.branch, branch, " its branch");
    tap_is(id.pr, pr, " its pull request");
    tap_is(id.run_url, run_url, " its run");
    tap_is(id.session, session, " its session");
    OK(identity_is_ci(), " it is CI");
    tap_is(id.position_reason, commit ? "there is no git repository here" : NULL,
           " why there is no position");
    identity_free(&id);
}

static void test_forges(void)
{
    const char *github[] = {"CI=true",
                            "GITHUB_ACTIONS=true",
                            "GITHUB_REPOSITORY=octo/chat",
                            "GITHUB_SHA=1111111111111111111111111111111111111111",
                            "GITHUB_REF=refs/heads/main",
                            "GITHUB_REF_NAME=main",
                            "GITHUB_REF_TYPE=branch",
                            "GITHUB_HEAD_REF=",
                            "GITHUB_SERVER_URL=https://github.com",
                            "GITHUB_RUN_ID=42",
                            "GITHUB_JOB=bench",
                            NULL};
    const char *gitlab[] = {"CI=true",
                            "GITLAB_CI=true",
                            "CI_PROJECT_PATH=group/sub/chat",
                            "CI_COMMIT_SHA=merge",
                            "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=head",
                            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=topic",
                            "CI_MERGE_REQUEST_IID=7",
                            "CI_JOB_URL=https://gitlab.com/j/1",
                            "CI_PIPELINE_ID=99",
                            "CI_JOB_NAME=bench 1/2",
                            NULL};
    const char *jenkins[] = {"JENKINS_URL=http://ci/",
                             "GIT_URL=git@example.org:octo/chat.git",
                             "GIT_COMMIT=abc",
                             "GIT_BRANCH=origin/main",
                             "BUILD_URL=http://ci/job/chat/5/",
                             "JOB_NAME=chat",
                             "BUILD_NUMBER=5",
                             NULL};
    const char *buildkite[] = {"CI=true",
                               "BUILDKITE=true",
                               "BUILDKITE_REPO=https://user:secret@github.com/octo/chat.git",
                               "BUILDKITE_COMMIT=abc",
                               "BUILDKITE_BRANCH=main",
                               "BUILDKITE_PULL_REQUEST=false",
                               "BUILDKITE_BUILD_URL=https://buildkite.com/b/1",
                               "BUILDKITE_BUILD_ID=u-1",
                               "BUILDKITE_STEP_ID=s-1",
                               NULL};
    const char *azure[] = {"TF_BUILD=True",
                           "BUILD_REPOSITORY_NAME=octo/chat",
                           "BUILD_SOURCEVERSION=merge",
                           "SYSTEM_PULLREQUEST_SOURCECOMMITID=head",
                           "SYSTEM_PULLREQUEST_SOURCEBRANCH=refs/heads/topic",
                           "BUILD_SOURCEBRANCH=refs/pull/3/merge",
                           "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER=3",
                           "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI=https://dev.azure.com/octo/",
                           "SYSTEM_TEAMPROJECT=chat",
                           "BUILD_BUILDID=12",
                           "SYSTEM_JOBNAME=bench",
                           NULL};

    forge_case("GitHub", github, "octo/chat", "1111111111111111111111111111111111111111", "main",
               NULL, "https://github.com/octo/chat/actions/runs/42", "github-42-bench");
    forge_case("GitLab", gitlab, "group/sub/chat", "head", "topic", "7", "https://gitlab.com/j/1",
               "gitlab-99-bench 1/2");
    forge_case("Jenkins", jenkins, "octo/chat", "abc", "main", NULL, "http://ci/job/chat/5/",
               "jenkins-chat-5");
    forge_case("Buildkite", buildkite, "octo/chat", "abc", "main", NULL,
               "https://buildkite.com/b/1", "buildkite-u-1-s-1");
    buildkite[3] = "BUILDKITE_COMMIT=HEAD";
    forge_case("Buildkite, no commit named", buildkite, "octo/chat", NULL, "main", NULL,
               "https://buildkite.com/b/1", "buildkite-u-1-s-1");
    forge_case("Azure", azure, "octo/chat", "head", "topic", "3",
               "https://dev.azure.com/octo/chat/_build/results?buildId=12", "azure-12-bench");
}

static void event_write(const char *text)
{
    FILE *f = fopen("event.json", "w");

    OK(f && fputs(text, f) >= 0 && fclose(f) == 0, "an event file");
}

static void test_github_event(void)
{
    const char *variables[] = {"GITHUB_ACTIONS=true",
                               "GITHUB_REPOSITORY=octo/chat",
                               "GITHUB_SHA=merge",
                               "GITHUB_REF=refs/pull/17/merge",
                               "GITHUB_REF_NAME=17/merge",
                               "GITHUB_HEAD_REF=topic",
                               "GITHUB_SERVER_URL=https://github.com",
                               "GITHUB_RUN_ID=42",
                               "GITHUB_EVENT_PATH=event.json",
                               NULL};
    const char *run = "https://github.com/octo/chat/actions/runs/42";

    event_write("{\"number\": 17, \"pull_request\": {\"number\": 17, \"head\": "
                "{\"sha\": \"headsha\", \"ref\": \"feature/<b>\\u001b[31m\"}}}");
    forge_case("GitHub, a pull request", variables, "octo/chat", "headsha", "feature/<b>?[31m",
               "17", run, "github-42");
    event_write("{\"pull_request\": {\"head\": {\"sha\": 5}}}");
    forge_case("GitHub, an odd event", variables, "octo/chat", "merge", "topic", "17", run,
               "github-42");
    event_write("[[[[");
    forge_case("GitHub, a broken event", variables, "octo/chat", "merge", "topic", "17", run,
               "github-42");
}

static void test_times(void)
{
    const char *push[] = {"GITHUB_ACTIONS=true", "GITHUB_SHA=abc", "GITHUB_EVENT_PATH=event.json",
                          NULL};
    const char *gitlab[] = {"GITLAB_CI=true", "CI_COMMIT_SHA=abc",
                            "CI_COMMIT_TIMESTAMP=2026-11-23T16:05:00Z", NULL};
    struct identity id;

    event_write("{\"head_commit\": {\"id\": \"abc\", \"timestamp\": "
                "\"2026-11-23T17:05:00+01:00\"}, \"pull_request\": null}");
    fresh(push);
    identity_get(&id, NULL, NULL);
    tap_is(id.commit_time, "2026-11-23T16:05:00.000Z", "a push tells the commit's time");
    identity_free(&id);
    identity_get(&id, "def", NULL);
    tap_is(id.commit_time, NULL, "which is not another commit's");
    identity_free(&id);
    event_write("{\"head_commit\": {\"id\": \"abc\", \"timestamp\": \"yesterday\"}}");
    identity_get(&id, NULL, NULL);
    tap_is(id.commit_time, NULL, "nor anything but a time");
    identity_free(&id);
    fresh(gitlab);
    identity_get(&id, NULL, NULL);
    tap_is(id.commit_time, "2026-11-23T16:05:00.000Z", "GitLab tells it by a variable");
    identity_free(&id);
}

static void test_ci(void)
{
    const char *no[] = {"CI=false", "TF_BUILD=True", NULL}, *yes[] = {"CI=1", NULL};
    struct identity id;

    fresh(NULL);
    OK(!identity_is_ci(), "no variable, no CI");
    identity_get(&id, "v1.0", "topic\n");
    tap_is(id.project, "default", "no repository, no project");
    tap_is(id.commit_sha, "v1.0", "the commit as given");
    tap_is(id.branch, "topic ", "the branch as given, one line");
    OK(id.session == NULL && id.commit_position == -1 && !id.dirty, "nothing else is known");
    identity_free(&id);
    fresh(no);
    OK(!identity_is_ci(), "CI=false");
    fresh(yes);
    OK(identity_is_ci(), "CI=1");
}

static void project_is(const char *url, const char *want)
{
    char *project = identity_project(url);

    tap_is(project, want, url);
    free(project);
}

static void test_projects(void)
{
    project_is("https://github.com/octo/chat.git", "octo/chat");
    project_is("https://user:secret@host:8443/a/octo/chat/", "octo/chat");
    project_is("ssh://git@host/octo/chat", "octo/chat");
    project_is("git@github.com:octo/chat.git", "octo/chat");
    project_is("host:octo/chat", "octo/chat");
    project_is("/srv/git/octo/chat.git", NULL);
    project_is("../octo/chat", NULL);
    project_is("./a:b/c", NULL);
    project_is("file:///srv/git/octo/chat.git", NULL);
    project_is("https://host", NULL);
    project_is("https://host/chat", NULL);
    project_is("host:chat", NULL);
    project_is("", NULL);
    project_is(":", NULL);
}

static void test_git(void)
{
    struct identity id;
    struct git_commit c;

    fresh(NULL);
    setenv("GIT_AUTHOR_DATE", "2026-11-23T17:05:00+01:00", 1);
    setenv("GIT_COMMITTER_DATE", "2026-11-23T17:05:00+01:00", 1);
    shell("git init -q -b main repo && cd repo && git config user.name 'A \"B\" <x>' &&"
          " git config user.email a@b.c && git remote add origin https://h/octo/chat.git &&"
          " git commit -q --allow-empty -m one && echo 1 >file && git add file &&"
          " git commit -q -m \"$(printf 'two <b>\\033[31m')\" && git checkout -q -b side HEAD~1 &&"
          " git commit -q --allow-empty -m three && git merge -q --no-edit main &&"
          " git clone -q --depth 1 \"file://$PWD\" ../shallow");
    OK(chdir("repo") == 0, "into the repository");
    identity_get(&id, NULL, NULL);
    tap_is(id.project, "octo/chat", "the project is the remote's");
    tap_is(id.branch, "side", "the branch");
    OK(id.commit_position == 3, "a merge counts all that came before: %d", (int)id.commit_position);
    tap_is(id.commit_time, "2026-11-23T16:05:00.000Z", "its time in UTC");
    OK(id.commit_parent && strlen(id.commit_parent) == 40, "one parent, the first");
    OK(!id.dirty && !id.position_reason, "nothing is changed");
    identity_free(&id);

    shell("echo 2 >file; echo x >unknown");
    identity_get(&id, "main", NULL);
    OK(id.commit_sha && strlen(id.commit_sha) == 40, "a commit-ish becomes a commit");
    tap_is(id.commit_subject, "two <b>?[31m", "its subject, one clean line");
    tap_is(id.commit_author, "A \"B\" x", "its author as git wrote it");
    OK(id.commit_position == 1 && !id.dirty, "the changes are another commit's");
    identity_free(&id);
    identity_get(&id, NULL, NULL);
    OK(id.dirty, "a changed file makes the head dirty");
    identity_free(&id);
    identity_get(&id, "--output=/tmp/x", NULL);
    tap_is(id.commit_sha, "--output=/tmp/x", "an option is no commit");
    tap_is(id.position_reason, "the repository here does not have the commit", "and is not known");
    identity_free(&id);

    OK(chdir("../shallow") == 0, "into a shallow clone");
    identity_get(&id, NULL, NULL);
    OK(id.commit_position == -1, "it does not know the order of commits");
    tap_is(id.position_reason, "the repository is a shallow clone", "and says why");
    identity_free(&id);
    identity_get(&id, "0123456789abcdef", NULL);
    tap_is(id.position_reason, "the repository is a shallow clone", "of a commit cut off too");
    tap_is(id.project, "default", "its remote is a path, so it has no project's name");
    identity_free(&id);
    OK(!git_commit_get(&c, "") && !git_commit_get(&c, "nowhere"), "no such commit");
    setenv("PATH", "/nonexistent", 1);
    identity_get(&id, NULL, NULL);
    OK(!id.commit_sha && !id.branch, "without git nothing is known");
    identity_free(&id);
}

int main(void)
{
    char command[128];

    strcpy(folder, "/tmp/sg-test-XXXXXX");
    if (!mkdtemp(folder) || chdir(folder) != 0)
        return 1;
    test_forges();
    test_github_event();
    test_times();
    test_ci();
    test_projects();
    test_git();
    snprintf(command, sizeof command, "/bin/rm -rf '%s'", folder);
    OK(chdir("/") == 0 && system(command) == 0, "the fixture is removed");
    return tap_end();
}
