#include "runner/git.h"

#include "schema/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OUTPUT_MAX = 1 << 20, TIME_MAX_MS = 20000, ARGUMENTS_MAX = 24, NO_GIT = 127 };

static int64_t clock_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* In the child: both outputs into the pipe, and nothing that could ask or fetch. */
static void git_exec(const struct git_question *q, int input, int output)
{
    const char *argv[ARGUMENTS_MAX] = {"git",
                                       "--no-pager",
                                       "--no-optional-locks",
                                       "-c",
                                       "core.fsmonitor=false",
                                       "-c",
                                       "i18n.logOutputEncoding=UTF-8",
                                       "-C",
                                       q->repo ? q->repo : "."};
    const char *const *argument = q->arguments;
    int n = 9;

    while (*argument && n < ARGUMENTS_MAX - 1)
        argv[n++] = *argument++;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(q->input ? open("/dev/null", O_WRONLY) : output, STDERR_FILENO);
    setenv("GIT_TERMINAL_PROMPT", "0", 1);
    setenv("GIT_NO_LAZY_FETCH", "1", 1);
    setenv("GIT_ALLOW_PROTOCOL", "none", 1); /* for a git that does not know the last one */
    setenv("LC_ALL", "C.UTF-8", 1);
    execvp("git", (char **)argv);
    _exit(NO_GIT);
}

/* Reads until the end of the pipe; false where it takes too long or is too much. */
static bool output_read(const struct git_question *q, int fd, struct text *out)
{
    int64_t end = clock_ms() + q->time_max_ms, left;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char buffer[1 << 16];
    ssize_t n;

    text_add(out, ""); /* so that there is a string without any output */
    while ((left = end - clock_ms()) > 0 && out->length < q->output_max) {
        if (poll(&p, 1, (int)left) <= 0)
            continue;
        n = read(fd, buffer, sizeof buffer);
        if (n == 0)
            return true;
        if (n > 0)
            text_add_bytes(out, buffer, (size_t)n);
    }
    return false;
}

/* A file of its own to read from: whoever writes a pipe while git writes another may wait forever.
 */
static int input_open(const struct git_question *q)
{
    int fd;

    if (!q->input)
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
    fd = memfd_create("git", MFD_CLOEXEC);
    if (fd >= 0 && (dprintf(fd, "%s", q->input) < 0 || lseek(fd, 0, SEEK_SET) != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Why git did not answer, as one line. */
static char *failure_text(bool whole, int status, const char *output)
{
    struct text out = {0};

    if (!whole)
        text_add(&out, "git took too long");
    else if (WIFEXITED(status) && WEXITSTATUS(status) == NO_GIT)
        text_add(&out, "git is not installed");
    else
        text_add_bytes(&out, output, strcspn(output, "\n"));
    text_clean(out.data);
    return out.data;
}

bool git_answer(const struct git_question *q, char **out)
{
    struct text output = {0};
    int ends[2] = {-1, -1}, status = 0, input = input_open(q);
    bool whole = false;
    pid_t child = -1;

    if (input >= 0 && pipe2(ends, O_CLOEXEC) == 0)
        child = fork();
    if (child == 0)
        git_exec(q, input, ends[1]);
    if (child < 0)
        *out = mem_printf("git could not be started: %s", strerror(errno));
    close(input);
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return false;
    }
    whole = output_read(q, ends[0], &output);
    close(ends[0]);
    if (!whole)
        kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    *out = output.data;
    if (whole && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        if (output.length && output.data[output.length - 1] == '\n')
            output.data[output.length - 1] = '\0';
        return true;
    }
    *out = failure_text(whole, status, output.data);
    text_free(&output);
    return false;
}

bool git_ask(const char *const *arguments, char **out)
{
    return git_answer(&(struct git_question){.arguments = arguments,
                                             .output_max = OUTPUT_MAX,
                                             .time_max_ms = TIME_MAX_MS},
                      out);
}

/* The commit's fields stand apart by newlines, which none of them can hold. */
bool git_commit_get(struct git_commit *c, const char *revision)
{
    char *spec = mem_printf("%s^{commit}", revision), *out = NULL, *field[5] = {0}, *next;
    const char *arguments[] = {"log",
                               "-1",
                               "--no-show-signature",
                               "--no-notes",
                               "--format=%H%n%ct%n%an%n%s%n%P",
                               "--end-of-options",
                               spec,
                               "--",
                               NULL};
    bool done = *revision && git_ask(arguments, &out);

    *c = (struct git_commit){0};
    next = out;
    for (int i = 0; done && i < 5; i++)
        field[i] = strsep(&next, "\n");
    if (done && field[3]) {
        c->sha = mem_copy(field[0]);
        c->committed_s = strtoll(field[1], NULL, 10);
        c->author = mem_copy(field[2]);
        c->subject = mem_copy(field[3]);
        text_clean(c->author);
        text_clean(c->subject);
        if (field[4] && *field[4])
            c->parent = mem_printf("%.*s", (int)strcspn(field[4], " "), field[4]);
    }
    free(spec);
    free(out);
    return c->sha != NULL;
}

void git_commit_free(struct git_commit *c)
{
    free(c->sha);
    free(c->author);
    free(c->subject);
    free(c->parent);
    *c = (struct git_commit){0};
}

bool git_is_shallow(void)
{
    const char *arguments[] = {"rev-parse", "--is-shallow-repository", NULL};
    char *out = NULL;
    bool shallow = git_ask(arguments, &out) && strcmp(out, "true") == 0;

    free(out);
    return shallow;
}

int64_t git_position(const char *sha, char **reason)
{
    const char *arguments[] = {"rev-list", "--count", "--end-of-options", sha, "--", NULL};
    char *out = NULL;
    int64_t position = -1;

    *reason = NULL;
    if (git_is_shallow())
        *reason = mem_copy("the repository is a shallow clone");
    else if (git_ask(arguments, &out))
        position = strtoll(out, NULL, 10) - 1;
    else
        *reason = mem_copy(out);
    free(out);
    return position;
}

void git_tags(const char *sha, struct tag_list *out)
{
    const char *arguments[] = {"tag",         "--no-column", "--format=%(refname:strip=2)",
                               "--points-at", sha,           NULL};
    char *text = NULL, *rest, *name;

    *out = (struct tag_list){0};
    rest = git_ask(arguments, &text) ? text : NULL;
    while (rest && *rest && (name = strsep(&rest, "\n"))) {
        out->tag = mem_grow(out->tag, out->count + 1, sizeof *out->tag);
        out->tag[out->count] = (struct commit_tag){mem_copy(name), mem_copy(sha)};
        text_clean(out->tag[out->count++].name);
    }
    free(text);
}
