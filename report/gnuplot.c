/* One process of gnuplot: no shell, no init files, bounded in time and output. */
#include "report/canvas.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TIME_LIMIT_S = 20, OUTPUT_MAX = 16 << 20 };

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* A nameless file that holds the text, read from its start; -1 on failure. */
static int memory_file(const char *data, size_t length)
{
    int fd = memfd_create("chart", MFD_CLOEXEC);

    for (size_t done = 0; fd >= 0 && done < length;) {
        ssize_t n = write(fd, data + done, length - done);

        if (n < 0 && errno != EINTR) {
            close(fd);
            return -1;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0)
        lseek(fd, 0, SEEK_SET);
    return fd;
}

/* Starts it with the three descriptors; 0 or an error number. Named as a file, the script is read
 * in blocks; what only comes by standard input gnuplot reads byte by byte. */
static int start(pid_t *pid, int in, int out, int messages)
{
    static char name[] = "gnuplot", defaults[] = "-d", script[] = "/dev/stdin",
                locale[] = "LC_ALL=C.UTF-8", home[] = "HOME=/nonexistent";
    char *const argv[] = {name, defaults, script, NULL}, *const env[] = {locale, home, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t reset;
    int failed;

    sigemptyset(&reset);
    sigaddset(&reset, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &reset);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, messages, STDERR_FILENO);
    failed = posix_spawnp(pid, name, &files, &attributes, argv, env);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return failed;
}

/* Reads to the end. False: it took too long, or wrote too much. */
static bool read_all(int fd, struct text *out)
{
    int64_t deadline = clock_ms() + TIME_LIMIT_S * 1000;

    for (;;) {
        struct pollfd wait = {fd, POLLIN, 0};
        int64_t left = deadline - clock_ms();
        char buffer[16384];
        ssize_t n;

        if (left <= 0 || out->length > OUTPUT_MAX)
            return false;
        if (poll(&wait, 1, (int)left) <= 0)
            continue;
        n = read(fd, buffer, sizeof buffer);
        if (n == 0)
            return true;
        if (n > 0)
            text_add_bytes(out, buffer, (size_t)n);
        else if (errno != EINTR)
            return false;
    }
}

/* The first line of what it said that says something. */
static bool complain(int messages, struct err *e)
{
    char said[256] = "";
    ssize_t n = pread(messages, said, sizeof said - 1, 0);
    char *line = said;

    said[n > 0 ? n : 0] = '\0';
    line += strspn(line, " \n\t^");
    line[strcspn(line, "\n")] = '\0';
    text_clean(line);
    return err_set(e, ERR_MEASURE, "gnuplot could not draw a chart%s%s", *line ? ": " : "", line);
}

static bool converse(int in, int messages, struct text *out, struct err *e)
{
    int pipes[2], failed, status = 0;
    bool whole;
    pid_t pid;

    if (pipe2(pipes, O_CLOEXEC) != 0)
        return err_set(e, ERR_MEASURE, "gnuplot could not be started: %s", strerror(errno));
    failed = start(&pid, in, pipes[1], messages);
    close(pipes[1]);
    if (failed) {
        close(pipes[0]);
        return failed == ENOENT
                   ? err_set(e, ERR_MEASURE, "gnuplot is not installed")
                   : err_set(e, ERR_MEASURE, "gnuplot could not be started: %s", strerror(failed));
    }
    whole = read_all(pipes[0], out);
    close(pipes[0]);
    if (!whole)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!whole)
        return err_set(e, ERR_MEASURE, "gnuplot did not finish a chart within %d s", TIME_LIMIT_S);
    if (status != 0 || out->length == 0)
        return complain(messages, e);
    return true;
}

bool gnuplot_run(const struct text *script, struct text *out, struct err *e)
{
    int in = memory_file(script->data, script->length), messages = memory_file("", 0);
    bool done = in >= 0 && messages >= 0
                    ? converse(in, messages, out, e)
                    : err_set(e, ERR_MEASURE, "no memory for a chart: %s", strerror(errno));

    if (in >= 0)
        close(in);
    if (messages >= 0)
        close(messages);
    return done;
}
