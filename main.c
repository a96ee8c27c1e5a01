/* streamgauge: a results database and regression-analysis toolkit for streaming servers.
 *
 * This file is the table of commands and what every invocation has in common: parse, run, print
 * the one error, check that stdout took everything. The commands live in the rooms, as cmd_*.c.
 */
#include "schema/command.h"
#include "schema/exit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Every command, in the order that help shows them: one line each. */
/* clang-format off */
#define COMMANDS(COMMAND) \
    COMMAND(run) \
    COMMAND(target) \
    COMMAND(list) \
    COMMAND(show) \
    COMMAND(baseline) \
    COMMAND(compare) \
    COMMAND(check) \
    COMMAND(changes) \
    COMMAND(trend) \
    COMMAND(ab) \
    COMMAND(annotate) \
    COMMAND(commits) \
    COMMAND(leak) \
    COMMAND(capacity) \
    COMMAND(merge) \
    COMMAND(pack) \
    COMMAND(prune) \
    COMMAND(sql) \
    COMMAND(doctor) \
    COMMAND(report) \
    COMMAND(import) \
    COMMAND(export) \
    COMMAND(worker) \
    COMMAND(relay) \
    COMMAND(help)
/* clang-format on */

#define COMMAND_DECLARE(name) extern const struct command cmd_##name;
COMMANDS(COMMAND_DECLARE)

#define COMMAND_LIST(name) &cmd_##name,
static const struct command *const commands[] = {COMMANDS(COMMAND_LIST) NULL};

static int help_run(const struct call *call, struct err *e)
{
    struct text out = {0};
    const struct command *c = NULL;

    if (call->operands == 0)
        command_help_all(&out, call->commands);
    else if (strcmp(call->operand[0], "exit-status") == 0)
        text_addf(&out, "Exit statuses of streamgauge:\n\n%s", exit_help);
    else if (strcmp(call->operand[0], "man") == 0)
        command_man(&out, call->commands, STREAMGAUGE_DATE);
    else if (command_completion(&out, call->commands, call->operand[0]))
        ; /* it is the completion of a shell */
    else if ((c = command_find(call->commands, call->operand[0], e)))
        command_help(&out, c);
    if (out.data)
        fputs(out.data, stdout);
    text_free(&out);
    return e->kind;
}

const struct command cmd_help = {
    .name = "help",
    .operands = "[COMMAND | exit-status | man | bash | zsh | fish]",
    .summary = "what a command does and takes",
    .details =
        "man is the whole of it as a man page, `streamgauge help man | man -l -`; bash, zsh\n"
        "and fish are the completions of these shells. `make install` installs both.",
    .operands_max = 1,
    .run = help_run,
};

static int parsed_run(const struct parsed *p, const char *program, struct err *e)
{
    struct call call = {&p->globals, p->args, p->operand, p->operands, program, commands};

    if (p->globals.version) {
        puts("streamgauge " STREAMGAUGE_VERSION);
        return EXIT_DONE;
    }
    if (!p->command || p->globals.help) {
        char *name = p->command ? (char *)p->command->name : NULL;

        call.operand = &name;
        call.operands = name ? 1 : 0;
        return help_run(&call, e);
    }
    return p->command->run(&call, e);
}

int main(int argc, char **argv)
{
    struct err e = {0};
    struct parsed p;
    int status = EXIT_DONE;

    /* A closed pipe and a limit on the size of files are errors to be told, not silent ends. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (command_parse(&p, commands, argc, argv, &e))
        status = parsed_run(&p, argv[0], &e);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        status = exit_worse(status, EXIT_STORE);
        if (e.kind == ERR_NONE)
            err_set(&e, ERR_STORE, "stdout: the results could not be written: %s", strerror(errno));
    }
    if (e.kind != ERR_NONE)
        fprintf(stderr, "streamgauge: %s\n", e.text);
    command_free(&p);
    return exit_worse(status, e.kind);
}
