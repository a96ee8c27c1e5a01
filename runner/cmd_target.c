#include "runner/target.h"
#include "schema/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct target_args {
    int64_t port, seed;
    const char *host, *stall;
    struct arg_duration delay, work;
    struct arg_share drop;
    struct arg_size leak;
};

static const struct option_spec options[] = {
    OPTION_FROM(struct target_args, port, "port", "N", 0, "port to listen on, 0 for any"),
    OPTION(struct target_args, host, "host", "ADDRESS", "address to listen on (127.0.0.1)"),
    OPTION(struct target_args, delay, "delay", "T", "send each message later by T"),
    OPTION(struct target_args, stall, "stall", "T/EVERY",
           "read and answer nothing for the first T of every EVERY of the clock"),
    OPTION(struct target_args, drop, "drop", "SHARE", "leave this share of messages unanswered"),
    OPTION(struct target_args, leak, "leak", "SIZE", "keep this much memory for each message"),
    OPTION(struct target_args, work, "work", "T",
           "one worker does all messages in turn, each in T: 1ms is 1,000 messages per second"),
    OPTION_FROM(struct target_args, seed, "seed", "N", 0, "seed of what --drop picks"),
    OPTION_END,
};

static int target_run(const struct call *call, struct err *e)
{
    const struct target_args *a = call->args;
    struct target_spec spec = {a->host,
                               a->port,
                               {.delay_ns = a->delay.ns,
                                .drop = a->drop.share,
                                .leak_bytes = a->leak.bytes,
                                .work_ns = a->work.ns,
                                .seed = a->seed}};
    struct target *t;
    int port;

    if ((a->stall && !target_knob(&spec.knobs, "stall", a->stall, e)) ||
        !target_start(&t, &spec, &port, e))
        return e->kind;
    printf("ready %d\n", port);
    if (fflush(stdout) == 0)
        target_serve(t);
    else
        err_set(e, ERR_STORE, "stdout: %s", strerror(errno));
    target_stop(t);
    return e->kind;
}

const struct command cmd_target = {
    .name = "target",
    .summary = "the built-in server: WebSocket, event streams, chat, with faults on request",
    .details =
        "Prints \"ready PORT\" when it listens and serves until SIGINT or SIGTERM. The faults\n"
        "are exact, so that every verdict can be seen at work:\n"
        "\n"
        "  streamgauge target --port 8080 --delay 5ms\n"
        "  streamgauge target --port 8080 --stall 200ms/1s\n"
        "\n"
        "WebSocket and POST (the answer is a stream of events):\n"
        "  /echo       what comes goes back\n"
        "  /request    {\"id\":X} is answered by {\"type\":\"reply\",\"id\":X}; ?jitter=T: each up\n"
        "              to T later, so that replies overtake one another\n"
        "  /chat       {\"id\":X} brings {\"type\":\"token\",\"id\":X,\"delta\":\"..\"} and at last\n"
        "              {\"type\":\"end\",\"id\":X,\"tokens\":N}; ?words=16&first=20ms&gap=10ms\n"
        "  /broadcast  what one sends all receive, the sender too (GET: as events)\n"
        "WebSocket and GET (a stream of events):\n"
        "  /push       {\"type\":\"event\",\"sequence\":N,\"time\":T}, T in microseconds since 1970\n"
        "              when it was due; ?rate=1&size=BYTES&count=N, rate=max: as fast as it is read\n"
        "  /sse        the same with ids, retry and comments, and taken up again behind\n"
        "              Last-Event-ID; POST: an echo\n"
        "HTTP alone:\n"
        "  /v1/chat/completions  as OpenAI's API has it, with \"stream\" or without; pace as /chat\n"
        "  /metrics              this process, for Prometheus\n"
        "\n"
        "`run --target-option delay=5ms` passes one to the target that it starts.\n",
    .options = options,
    .args_size = sizeof(struct target_args),
    .defaults = &(const struct target_args){.host = "127.0.0.1"},
    .run = target_run,
};
