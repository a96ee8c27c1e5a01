#include "runner/launch.h"

#include "runner/guardian.h"
#include "runner/interrupt.h"
#include "runner/probe.h"
#include "runner/spec.h"
#include "runner/target.h"
#include "schema/units.h"
#include "schema/url.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_NS (20 * NS_PER_MS) /* between two tries */
#define REFUSED_NS (5 * NS_PER_S) /* a refusal that lasts so long is meant */

enum { LINES_SHOWN = 6, LINES_LENGTH = 400 };

struct launch {
    struct guardian guardian;
    struct spec filled;   /* of a command: with the secrets that its output may hold */
    struct roster roster; /* of that; all zero: the built-in target's, which tells none */
    int port;
    bool reported;
    struct guardian_report report;
};

static int64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

char *launch_fill(const char *text, int port)
{
    static const char name[] = "{port}";
    struct text out = {0};
    const char *at;

    text_add(&out, "");
    for (; (at = strstr(text, name)); text = at + strlen(name)) {
        text_add_bytes(&out, text, (size_t)(at - text));
        text_addf(&out, "%d", port);
    }
    text_add(&out, text);
    return out.data;
}

bool launch_options(const struct arg_list *options, struct err *e)
{
    for (size_t i = 0; i < options->count; i++) {
        const char *option = options->item[i], *equals = strchr(option, '=');
        struct target_knobs knobs = {0};
        char *name;
        bool good;

        if (!equals)
            return err_set(e, ERR_USAGE, "--target-option: expected K=V like delay=30ms, found %s",
                           option);
        name = mem_printf("%.*s", (int)(equals - option), option);
        good = target_knob(&knobs, name, equals + 1, e);
        free(name);
        if (!good)
            return err_wrap(e, "--target-option");
    }
    return true;
}

/* The last lines of the output, in the one line that an error has. Secrets are hidden, and what
 * looks like one in a url: servers like to log what they are asked for. */
static void tail_show(const struct launch *l, struct text *out)
{
    char *tail = mem_printf("%.*s", l->report.length, l->report.tail), *safe, *line, *rest;
    const char *between = "; its last output: ";
    size_t end = strlen(tail), start, lines = 0;

    while (end > 0 && (tail[end - 1] == '\n' || tail[end - 1] == '\r'))
        tail[--end] = '\0';
    for (start = end; start > 0 && end - start < LINES_LENGTH; start--)
        if (tail[start - 1] == '\n' && ++lines == LINES_SHOWN)
            break;
    if (start > 0 && tail[start - 1] != '\n' && (line = strchr(tail + start, '\n')))
        start = (size_t)(line + 1 - tail); /* not from the middle of a line */
    if (l->roster.spec)
        roster_hide_all(&l->roster, tail + start);
    rest = safe = url_safe(tail + start);
    while (*safe && (line = strsep(&rest, "\n"))) {
        line[strcspn(line, "\r")] = '\0';
        text_addf(out, "%s%s", between, line);
        between = " | ";
    }
    free(safe);
    free(tail);
}

static void ending_show(int status, struct text *out)
{
    if (WIFSIGNALED(status))
        text_addf(out, "the target was ended by signal %d (%s)", WTERMSIG(status),
                  strsignal(WTERMSIG(status)));
    else
        text_addf(out, "the target ended with exit status %d", WEXITSTATUS(status));
}

static bool fail_ended(const struct launch *l, const char *when, struct err *e)
{
    struct text out = {0};

    ending_show(l->report.status, &out);
    text_add(&out, when);
    tail_show(l, &out);
    err_set(e, ERR_MEASURE, "%s", out.data);
    text_free(&out);
    return false;
}

/* Ends the target first: the report, which has the output, comes at its end. */
static bool fail_unready(struct launch *l, const char *sentence, struct err *e)
{
    struct text out = {0};

    guardian_stop(&l->guardian, &l->report);
    text_add(&out, sentence);
    tail_show(l, &out);
    err_set(e, ERR_MEASURE, "%s", out.data);
    text_free(&out);
    return false;
}

/* A command's server: `sh -c`, a free port, a handshake. */

static bool port_try(int port, int *got)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t length = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0 &&
                getsockname(fd, (struct sockaddr *)&a, &length) == 0;

    if (fd >= 0)
        close(fd);
    *got = ntohs(a.sin_port);
    return good;
}

/* A port that is free on all addresses, from below those that the kernel gives to outgoing
 * connections: one of these could take it before the server does, even a connection to it. */
static bool port_free(int *port, struct err *e)
{
    enum { SPAN = 10000, TRIES = 200 };
    FILE *range = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
    int low = 32768, first;

    if (range && fscanf(range, "%d", &low) != 1)
        low = 32768;
    if (range)
        fclose(range);
    first = low > SPAN + 1024 ? low - SPAN : 0;
    for (int i = 0; first > 0 && i < TRIES; i++)
        if (port_try(first + (int)((clock_ns() / 1000 + getpid() + i) % SPAN), port))
            return true;
    return port_try(0, port) || err_set(e, ERR_MEASURE, "no free port: %s", strerror(errno));
}

/* Tries the scenario's handshake until it succeeds. */
static bool command_await(struct launch *l, const struct launch_spec *spec, struct err *e)
{
    struct probe probe = {&l->roster, spec->insecure, {l->guardian.fd, interrupt_fd()}};
    int64_t limit_ns = spec->scenario->connect_timeout_ns;
    int64_t until_ns = clock_ns() + spec->timeout_ns, refused_ns = 0, now_ns;
    char reason[PROBE_REASON] = "", sentence[PROBE_REASON + 100], limit[UNITS_TEXT_SIZE];

    while ((now_ns = clock_ns()) < until_ns) {
        int64_t left_ns = until_ns - now_ns;
        enum probe_answer answer =
            probe_try(&probe, left_ns < limit_ns ? left_ns : limit_ns, reason);

        if (answer == PROBE_READY)
            return true;
        refused_ns = answer != PROBE_REFUSED ? 0 : refused_ns ? refused_ns : now_ns;
        if (refused_ns && clock_ns() - refused_ns >= REFUSED_NS) {
            snprintf(sentence, sizeof sentence, "the target refuses the scenario's handshake: %s",
                     reason);
            return fail_unready(l, sentence, e);
        }
        if (answer == PROBE_STOPPED || !probe_pause(&probe, PAUSE_NS))
            break;
    }
    if (interrupt_signal())
        return fail_unready(l, "interrupted while the target started", e);
    if (!launch_alive(l, e))
        return fail_ended(l, " before it was ready", e);
    snprintf(sentence, sizeof sentence, "the target was not ready within %s: %s",
             units_format_duration(limit, spec->timeout_ns), reason);
    return fail_unready(l, sentence, e);
}

/* The handshake needs the scenario as a worker gets it, secrets filled in. */
static bool handshake_get(struct spec *filled, const char *url, const struct launch_spec *spec,
                          struct err *e)
{
    const struct spec_part part = {.workers = 1, .insecure = spec->insecure};
    struct text json = {0};
    bool good = spec_write(spec->scenario, url, &part, &json, e) &&
                spec_read(filled, json.data, json.length, e);

    if (json.data)
        explicit_bzero(json.data, json.length);
    text_free(&json);
    return good;
}

static bool command_start(struct launch *l, const struct launch_spec *spec, struct err *e)
{
    char shell[] = "/bin/sh", option[] = "-c", *command, *argv[] = {shell, option, NULL, NULL};
    char *url;
    int port;
    bool good;

    if (!spec->scenario->url)
        return err_set(e, ERR_USAGE, "a started target needs a url with {port} in it");
    if (!port_free(&port, e))
        return false;
    url = launch_fill(spec->scenario->url, port);
    l->port = port;
    argv[2] = command = launch_fill(spec->command, port);
    good = handshake_get(&l->filled, url, spec, e) && roster_open(&l->roster, &l->filled, e) &&
           guardian_start(&l->guardian, argv, -1, e) && command_await(l, spec, e);
    free(command);
    free(url);
    return good;
}

/* The built-in target: `target --port 0 ...`, which says its port. */

/* Reads "ready PORT\n" from fd; 0 when the target ended, time ran out or a signal came. */
static int ready_read(int fd, int64_t timeout_ns)
{
    struct pollfd fds[] = {{fd, POLLIN, 0}, {interrupt_fd(), POLLIN, 0}};
    int64_t until_ns = clock_ns() + timeout_ns, left_ns;
    char line[32] = "";
    size_t length = 0;
    int port;

    while (!strchr(line, '\n') && length < sizeof line - 1) {
        ssize_t n;

        left_ns = until_ns - clock_ns();
        if (left_ns <= 0 || (poll(fds, 2, (int)(left_ns / NS_PER_MS) + 1) < 0 && errno != EINTR) ||
            fds[1].revents)
            return 0;
        n = fds[0].revents ? read(fd, line + length, sizeof line - 1 - length) : 0;
        if (n < 0 || (n == 0 && fds[0].revents))
            return 0;
        length += (size_t)n;
        line[length] = '\0';
    }
    return sscanf(line, "ready %d\n", &port) == 1 ? port : 0;
}

static bool builtin_await(struct launch *l, const struct launch_spec *spec, int fd, struct err *e)
{
    int port = ready_read(fd, spec->timeout_ns);

    if (port > 0) {
        l->port = port;
        return true;
    }
    if (interrupt_signal())
        return fail_unready(l, "interrupted while the target started", e);
    return fail_unready(l, "the built-in target did not get ready", e);
}

static bool builtin_start(struct launch *l, const struct launch_spec *spec, struct err *e)
{
    size_t count = spec->options.count;
    char **argv = mem_get(count + 4, sizeof *argv);
    int ready[2];
    bool good = false;

    argv[0] = mem_copy(spec->program);
    argv[1] = mem_copy("target");
    argv[2] = mem_copy("--port=0");
    for (size_t i = 0; i < count; i++)
        argv[3 + i] = mem_printf("--%s", spec->options.item[i]);
    if (!launch_options(&spec->options, e)) {
        good = false;
    } else if (pipe2(ready, O_CLOEXEC) != 0) {
        err_set(e, ERR_MEASURE, "no pipe to the target: %s", strerror(errno));
    } else {
        good = guardian_start(&l->guardian, argv, ready[1], e);
        close(ready[1]);
        good = good && builtin_await(l, spec, ready[0], e);
        close(ready[0]);
    }
    for (size_t i = 0; i < count + 3; i++)
        free(argv[i]);
    free(argv);
    return good;
}

bool launch_start(struct launch **out, const struct launch_spec *spec, struct err *e)
{
    struct launch *l = mem_get(1, sizeof *l);

    l->guardian.fd = -1;
    if (spec->command ? command_start(l, spec, e) : builtin_start(l, spec, e)) {
        *out = l;
        return true;
    }
    launch_stop(l);
    return false;
}

void launch_stop(struct launch *l)
{
    if (!l)
        return;
    guardian_stop(&l->guardian, &l->report);
    roster_close(&l->roster);
    spec_free(&l->filled);
    free(l);
}

int launch_port(const struct launch *l)
{
    return l->port;
}

pid_t launch_group(const struct launch *l)
{
    return l->guardian.group;
}

pid_t launch_guardian(const struct launch *l)
{
    return l->guardian.pid;
}

int launch_fd(const struct launch *l)
{
    return l->guardian.fd;
}

bool launch_alive(struct launch *l, struct err *e)
{
    l->reported = l->reported || guardian_wait(&l->guardian, 0, &l->report);
    return !l->reported || fail_ended(l, "", e);
}
