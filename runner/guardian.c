#include "runner/guardian.h"

#include "schema/units.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int timeout_ms(int64_t until_ns)
{
    int64_t left_ns = until_ns - clock_ns();

    return left_ns <= 0 ? 0 : (int)((left_ns + NS_PER_MS - 1) / NS_PER_MS);
}

/* The guardian's own side: a process that was forked, not executed, and keeps of its parent's only
 * the descriptors below. */

struct guard {
    int parent, output, children; /* socket, pipe, signalfd of SIGCHLD */
    pid_t first;
    bool first_ended, none_left, parent_gone, asked;
    int status;
    char ring[2 * GUARDIAN_TAIL];
    size_t length;
};

/* Reads what the target has written so far. False at its end. */
static bool output_read(struct guard *g)
{
    for (;;) {
        ssize_t n;

        if (g->length == sizeof g->ring) {
            g->length = GUARDIAN_TAIL;
            memmove(g->ring, g->ring + GUARDIAN_TAIL, GUARDIAN_TAIL);
        }
        n = read(g->output, g->ring + g->length, sizeof g->ring - g->length);
        if (n <= 0)
            return n < 0 && (errno == EAGAIN || errno == EINTR);
        g->length += (size_t)n;
    }
}

static void children_reap(struct guard *g)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == g->first) {
            g->first_ended = true;
            g->status = status;
        }
    }
    g->none_left = pid < 0 && errno == ECHILD;
}

/* The parent of a process, by /proc/PID/stat; 0 when it is gone. */
static pid_t parent_of(const char *pid)
{
    char path[64], text[512], *after;
    int fd, parent = 0;
    ssize_t n;

    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    after = strrchr(text, ')'); /* the name before it may hold anything */
    if (!after || sscanf(after + 1, " %*c %d", &parent) != 1)
        return 0;
    return parent;
}

/* The group, and what has left the group and come to us as an orphan. */
static void target_signal(const struct guard *g, int number)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;

    kill(-g->first, number);
    while (proc && (entry = readdir(proc))) {
        pid_t pid = isdigit((unsigned char)*entry->d_name) ? atoi(entry->d_name) : 0;

        if (pid > 0 && parent_of(entry->d_name) == getpid() && getpgid(pid) != g->first)
            kill(pid, number);
    }
    if (proc)
        closedir(proc);
}

static void guard_wait(struct guard *g, int milliseconds)
{
    struct pollfd fds[] = {
        {g->parent, POLLIN, 0}, {g->output, POLLIN, 0}, {g->children, POLLIN, 0}};
    struct signalfd_siginfo signal;
    char word;

    if (poll(fds, 3, milliseconds) <= 0)
        return;
    if (fds[1].revents && !output_read(g))
        g->output = -1; /* poll() passes it over from now on */
    if (fds[2].revents)
        while (read(g->children, &signal, sizeof signal) > 0)
            ;
    children_reap(g);
    if (fds[0].revents) {
        ssize_t n = recv(g->parent, &word, 1, MSG_DONTWAIT);

        g->asked = g->asked || n == 1;
        g->parent_gone = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
    }
}

/* A server that went to the background has ended its first process well and lives on. */
static bool target_ended(const struct guard *g)
{
    return g->none_left || (g->first_ended && g->status != 0);
}

static void target_end(struct guard *g)
{
    int64_t kill_ns = clock_ns() + GUARDIAN_GRACE_NS;

    if (g->asked && !g->none_left && !g->parent_gone) {
        target_signal(g, SIGTERM);
        target_signal(g, SIGCONT); /* one that was stopped hears it only then */
        while (!g->none_left && !g->parent_gone && clock_ns() < kill_ns)
            guard_wait(g, timeout_ms(kill_ns));
    }
    /* Each that is killed may leave children behind, which come to us then. */
    for (int i = 0; i < 200 && !g->none_left; i++) {
        target_signal(g, SIGKILL);
        guard_wait(g, 5);
        children_reap(g);
    }
}

static void guard_run(struct guard *g)
{
    struct guardian_report report = {0};
    size_t kept;

    while (!g->asked && !g->parent_gone && !target_ended(g))
        guard_wait(g, -1);
    target_end(g);
    if (g->output >= 0)
        output_read(g);
    kept = g->length < GUARDIAN_TAIL ? g->length : GUARDIAN_TAIL;
    report.status = g->status;
    report.length = (int)kept;
    memcpy(report.tail, g->ring + g->length - kept, kept);
    send(g->parent, &report, sizeof report, MSG_NOSIGNAL);
    _exit(0);
}

static void signals_reset(void)
{
    sigset_t none;

    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        if (number != SIGKILL && number != SIGSTOP)
            signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void target_exec(char *const argv[], int output, int stdout_fd, pid_t guardian)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != guardian)
        _exit(127);
    signals_reset();
    dup2(stdout_fd >= 0 ? stdout_fd : output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execv(argv[0], argv);
    dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static void close_from_to(int first, int last)
{
    if (first <= last)
        close_range((unsigned)first, (unsigned)last, 0);
}

/* Leaves open, beyond 0..2, only these two (a negative one is none). */
static void close_all_but(int a, int b)
{
    int low = a < b ? a : b, high = a < b ? b : a;

    low = low > 2 ? low : 2;
    close_from_to(3, low - 1);
    close_from_to(low + 1, high - 1);
    close_from_to(high + 1, INT_MAX);
}

static void guardian_main(int parent, char *const argv[], int stdout_fd)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP};
    struct guard g = {.parent = parent};
    int nothing = open("/dev/null", O_RDWR), output[2];
    pid_t self = getpid();
    sigset_t children, held;

    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    /* Of what is sent to the target before it has taken the signals up again, nothing is ignored.
     */
    held = children;
    sigaddset(&held, SIGTERM);
    sigprocmask(SIG_SETMASK, &held, NULL);
    prctl(PR_SET_PDEATHSIG, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    /* Whoever waits for the end of the supervisor's output must not wait for us. */
    for (int fd = 0; fd <= 2; fd++)
        dup2(nothing, fd);
    close_all_but(parent, stdout_fd);
    g.children = signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC);
    if (g.children < 0 || pipe2(output, O_CLOEXEC) != 0)
        _exit(1);
    fcntl(output[0], F_SETFL, O_NONBLOCK);
    g.output = output[0];
    g.first = fork();
    if (g.first == 0)
        target_exec(argv, output[1], stdout_fd, self);
    setpgid(g.first, g.first); /* as the child does: whoever comes first */
    close(output[1]);
    if (stdout_fd >= 0)
        close(stdout_fd);
    if (g.first < 0 || send(parent, &g.first, sizeof g.first, MSG_NOSIGNAL) < 0)
        _exit(1);
    guard_run(&g);
}

/* The supervisor's side. */

bool guardian_start(struct guardian *g, char *const argv[], int stdout_fd, struct err *e)
{
    int ends[2];

    *g = (struct guardian){.fd = -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return err_set(e, ERR_MEASURE, "no socket to a guardian: %s", strerror(errno));
    g->pid = fork();
    if (g->pid == 0)
        guardian_main(ends[1], argv, stdout_fd);
    close(ends[1]);
    g->fd = ends[0];
    if (g->pid > 0 && recv(g->fd, &g->group, sizeof g->group, 0) == sizeof g->group)
        return true;
    guardian_stop(g, &(struct guardian_report){0});
    return err_set(e, ERR_MEASURE, "no process for the target");
}

/* A guardian that ends before it has read what it was sent resets the connection, which is told
 * once, before the report that it has left in it. */
static bool report_read(int fd, struct guardian_report *report)
{
    ssize_t n = recv(fd, report, sizeof *report, MSG_DONTWAIT);

    if (n < 0 && errno == ECONNRESET)
        n = recv(fd, report, sizeof *report, MSG_DONTWAIT);
    return n == sizeof *report;
}

bool guardian_wait(struct guardian *g, int64_t timeout_ns, struct guardian_report *report)
{
    int64_t until_ns = clock_ns() + timeout_ns;
    struct pollfd ready = {g->fd, POLLIN, 0};
    int n;

    while ((n = poll(&ready, 1, timeout_ms(until_ns))) < 0 && errno == EINTR)
        ;
    return n > 0 && report_read(g->fd, report);
}

void guardian_stop(struct guardian *g, struct guardian_report *report)
{
    bool told = false;

    if (g->pid > 0) {
        send(g->fd, "T", 1, MSG_NOSIGNAL);
        told = guardian_wait(g, GUARDIAN_GRACE_NS + 3 * NS_PER_S, report);
    }
    if (!told && g->group > 0)
        kill(-g->group, SIGKILL); /* somebody has killed the guardian */
    if (g->fd >= 0)
        close(g->fd);
    if (g->pid > 0)
        while (waitpid(g->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    *g = (struct guardian){.fd = -1};
}
