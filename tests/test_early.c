/* A run that is interrupted while its processes start: whatever they are told before they listen,
 * they obey once they do. */
#include "runner/guardian.h"
#include "runner/relay.h"
#include "runner/spec.h"
#include "runner/wire.h"
#include "runner/worker.h"
#include "schema/units.h"
#include "tests/tap.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_S = 30, TARGETS = 20 };

static int64_t clock_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* The helper runs with all of `frames` there already; true where it comes to an end by itself. */
static bool helper_ends(bool (*run)(int fd, struct err *e), int ends[2])
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        alarm(PATIENCE_S);
        _exit(run(ends[1], &(struct err){0}) ? 0 : 1);
    }
    waitpid(pid, &status, 0);
    close(ends[0]);
    close(ends[1]);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void ends_open(int ends[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        abort();
}

static void test_worker(void)
{
    const struct scenario s = {.exchange = EXCHANGE_ECHO,
                               .clients = 1,
                               .duration_ns = 60 * NS_PER_S,
                               .rate = {.pattern = RATE_CONSTANT, .value = 1},
                               .message = {.size_bytes = 32, .batch = 1},
                               .timeout_ns = NS_PER_S,
                               .connect_timeout_ns = NS_PER_S};
    const struct spec_part part = {.workers = 1};
    int64_t start_ns = clock_ns();
    struct text spec = {0};
    struct err e = {0};
    int ends[2];

    ends_open(ends);
    OK(spec_write(&s, "ws://127.0.0.1:9/", &part, &spec, &e) &&
           wire_put(ends[0], FRAME_SPEC, spec.data, spec.length, NULL, 0) &&
           wire_put(ends[0], FRAME_START, &start_ns, sizeof start_ns, NULL, 0) &&
           wire_put(ends[0], FRAME_STOP, NULL, 0, NULL, 0),
       "told: %s", e.text);
    OK(helper_ends(worker_run, ends), "a worker that is told all at once starts and stops");
    text_free(&spec);
}

static void test_relay(void)
{
    const struct relay_spec spec = {
        .network = {.on = true, .delay_ns = 1}, .clients = 1, .host = "127.0.0.1", .port = 9};
    int ends[2];

    ends_open(ends);
    OK(wire_put(ends[0], FRAME_SPEC, &spec, sizeof spec, NULL, 0) &&
           wire_put(ends[0], FRAME_STOP, NULL, 0, NULL, 0),
       "told");
    OK(helper_ends(relay_run, ends), "an emulated network, too");
}

static void test_target(void)
{
    char sleep[] = "/bin/sleep", minute[] = "60";
    char *const argv[] = {sleep, minute, NULL};
    bool ended = true, soon = true;

    for (int i = 0; i < TARGETS; i++) {
        struct guardian_report report = {0};
        struct guardian g;
        int64_t begin_ns;

        if (!guardian_start(&g, argv, -1, &(struct err){0}))
            abort();
        begin_ns = clock_ns();
        guardian_stop(&g, &report);
        soon = soon && clock_ns() - begin_ns < GUARDIAN_GRACE_NS;
        ended = ended && WIFSIGNALED(report.status) && WTERMSIG(report.status) == SIGTERM;
    }
    OK(ended && soon, "a target that is to end before it has begun does so at once");
}

/* Told to end at the very moment it has ended by itself: what the guardian was told stays unread.
 */
static void test_crossing(void)
{
    struct guardian_report told = {.status = 7, .length = 2, .tail = "so"}, report = {0};
    struct guardian g = {0};
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        abort();
    g.fd = ends[0];
    OK(send(ends[1], &told, sizeof told, 0) == sizeof told && send(ends[0], "T", 1, 0) == 1,
       "a target ends as it is told to");
    close(ends[1]);
    OK(guardian_wait(&g, NS_PER_S, &report) && report.status == 7 && report.length == 2,
       "how it ended, and its last words, are told all the same");
    close(ends[0]);
}

int main(void)
{
    test_worker();
    test_relay();
    test_target();
    test_crossing();
    return tap_end();
}
