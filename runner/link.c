#include "runner/link.h"

#include "schema/text.h"
#include "schema/units.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* In the child. A process group of its own keeps the terminal's Ctrl-C with the supervisor, which
 * has the partial run to save. */
static void helper_exec(const char *program, const char *command, int fd, pid_t parent)
{
    char program_name[] = "streamgauge";
    char *argv[] = {program_name, (char *)command, NULL};

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1); /* the parent ended before that was asked for */
    if (fd == WIRE_FD)
        fcntl(fd, F_SETFD, 0);
    else
        dup2(fd, WIRE_FD);
    execv(program, argv);
    _exit(127);
}

bool link_start(struct link *l, const char *program, const char *command, struct err *e)
{
    pid_t parent = getpid();
    int ends[2];

    *l = (struct link){.fd = -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return err_set(e, ERR_MEASURE, "no socket to a %s: %s", command, strerror(errno));
    l->pid = fork();
    if (l->pid < 0) {
        l->pid = 0;
        close(ends[0]);
        close(ends[1]);
        return err_set(e, ERR_MEASURE, "no process for a %s: %s", command, strerror(errno));
    }
    if (l->pid == 0)
        helper_exec(program, command, ends[1], parent);
    close(ends[1]);
    l->fd = ends[0];
    fcntl(l->fd, F_SETFL, O_NONBLOCK);
    return true;
}

static char *ending_text(int status)
{
    if (WIFSIGNALED(status))
        return mem_printf("ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    return WEXITSTATUS(status) ? mem_printf("ended with status %d", WEXITSTATUS(status)) : NULL;
}

void link_stop(struct link *l, int64_t grace_ns, char **ending)
{
    const struct timespec pause = {.tv_nsec = 2 * NS_PER_MS};
    int status = 0;
    pid_t ended = 0;

    *ending = NULL;
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
    wire_free(&l->wire);
    if (l->pid == 0)
        return;
    while ((ended = waitpid(l->pid, &status, WNOHANG)) == 0 && grace_ns > 0) {
        nanosleep(&pause, NULL);
        grace_ns -= pause.tv_nsec;
    }
    if (ended == 0) {
        kill(l->pid, SIGKILL);
        while (waitpid(l->pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    *ending = ending_text(status);
    l->pid = 0;
}
