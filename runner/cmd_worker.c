/* worker: what `run` starts to make the load. Hidden: it is of no use by hand. */
#include "runner/wire.h"
#include "runner/worker.h"
#include "schema/command.h"
#include "schema/exit.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static int worker_command(const struct call *call, struct err *e)
{
    struct stat is;

    (void)call;
    if (fstat(WIRE_FD, &is) != 0 || !S_ISSOCK(is.st_mode))
        return err_set(e, ERR_USAGE, "worker is started by `streamgauge run`, not by hand");
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* beside the end of the socket: also when stuck */
    /* A signal from the terminal goes to the whole group. The supervisor decides what it means. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    return worker_run(WIRE_FD, e) ? EXIT_DONE : (int)e->kind;
}

const struct command cmd_worker = {
    .name = "worker",
    .summary = "makes load for `run`",
    .hidden = true,
    .run = worker_command,
};
