#include "runner/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A handler can reach nothing but what is global. */
static volatile sig_atomic_t noted;
static int noted_fd = -1;

static void interrupt_note(int number)
{
    const uint64_t one = 1;
    int error = errno;

    if (noted)
        _exit(128 + number);
    noted = number;
    if (write(noted_fd, &one, sizeof one) < 0)
        noted = number; /* a full eventfd is readable just as well */
    errno = error;
}

bool interrupt_start(struct err *e)
{
    struct sigaction action = {.sa_handler = interrupt_note, .sa_flags = SA_RESTART}, before;

    if (noted_fd < 0 && (noted_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
        return err_set(e, ERR_MEASURE, "no descriptor for signals: %s", strerror(errno));
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN) /* as by nohup */
        sigaction(SIGHUP, &action, NULL);
    return true;
}

int interrupt_signal(void)
{
    return noted;
}

int interrupt_fd(void)
{
    return noted_fd;
}
