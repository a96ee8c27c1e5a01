/* worker, relay: what `run` starts to make the load, and to be the network that it crosses. Hidden:
 * they are of no use by hand. */
#include "runner/relay.h"
#include "runner/wire.h"
#include "runner/worker.h"
#include "schema/command.h"
#include "schema/exit.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static int helper_run(const char *name, bool (*run)(int fd, struct err *e), struct err *e)
{
    struct stat is;

    if (fstat(WIRE_FD, &is) != 0 || !S_ISSOCK(is.st_mode))
        return err_set(e, ERR_USAGE, "%s is started by `streamgauge run`, not by hand", name);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* beside the end of the socket: also when stuck */
    /* A signal from the terminal goes to the whole group. The supervisor decides what it means. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    return run(WIRE_FD, e) ? EXIT_DONE : (int)e->kind;
}

static int worker_command(const struct call *call, struct err *e)
{
    (void)call;
    return helper_run("worker", worker_run, e);
}

static int relay_command(const struct call *call, struct err *e)
{
    (void)call;
    return helper_run("relay", relay_run, e);
}

const struct command cmd_worker = {
    .name = "worker",
    .summary = "makes load for `run`",
    .hidden = true,
    .run = worker_command,
};

const struct command cmd_relay = {
    .name = "relay",
    .summary = "emulates a network for `run`",
    .hidden = true,
    .run = relay_command,
};
