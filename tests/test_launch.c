/* Targets are started, watched and ended, and nothing of them is left behind. */
#include "runner/launch.h"
#include "schema/text.h"
#include "schema/units.h"
#include "tests/tap.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char *program;
static struct scenario scenario;

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void pause_ms(int milliseconds)
{
    poll(NULL, 0, milliseconds);
}

/* Processes with `mark` in their command line, except this one. */
static int processes_with(const char *mark)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    int found = 0;

    while ((entry = readdir(proc))) {
        char path[300], line[1024];
        FILE *f;
        size_t n;

        snprintf(path, sizeof path, "/proc/%s/cmdline", entry->d_name);
        if (atoi(entry->d_name) == getpid() || !(f = fopen(path, "r")))
            continue;
        n = fread(line, 1, sizeof line - 1, f);
        fclose(f);
        line[n] = '\0';
        for (size_t i = 0; i < n; i++)
            if (line[i] == '\0')
                line[i] = ' ';
        found += strstr(line, mark) != NULL;
    }
    closedir(proc);
    return found;
}

static bool gone_within(const char *mark, int milliseconds)
{
    for (; processes_with(mark) > 0 && milliseconds > 0; milliseconds -= 20)
        pause_ms(20);
    return processes_with(mark) == 0;
}

/* `command` with %s for the program; a mark of its own tells its processes from all others. */
static bool start(struct launch **l, const char *command, int64_t timeout_ns, struct err *e)
{
    char *filled = mem_get(1, 4096);
    struct launch_spec spec = {.program = program,
                               .command = command ? filled : NULL,
                               .scenario = &scenario,
                               .timeout_ns = timeout_ns};
    char *at = filled;
    bool good;

    for (const char *p = command ? command : ""; *p; p++) {
        if (p[0] == '%' && p[1] == 's') {
            at += sprintf(at, "%s", program);
            p++;
        } else {
            *at++ = *p;
        }
    }
    *e = (struct err){0};
    *l = NULL;
    good = launch_start(l, &spec, e);
    free(filled);
    return good;
}

static void test_builtin(void)
{
    const char *options[] = {"delay=1ms", "drop=1%"}, *wrong[] = {"delai=1ms"}, *none[] = {"delay"};
    struct launch_spec spec = {.program = program,
                               .options = {options, 2},
                               .scenario = &scenario,
                               .timeout_ns = 10 * NS_PER_S};
    struct launch *l = NULL;
    struct err e = {0};
    pid_t group;

    scenario.url = NULL;
    OK(launch_start(&l, &spec, &e), "the built-in target starts %s", e.text);
    group = launch_group(l);
    OK(launch_port(l) > 0, "it has a port: %d", launch_port(l));
    OK(group > 0 && getpgid(group) == group && group != getpgrp(), "and a process group");
    OK(processes_with("--delay=1ms --drop=1%") == 1, "its options are passed on");
    OK(launch_alive(l, &e), "it is alive");
    launch_stop(l);
    OK(kill(-group, 0) != 0 && errno == ESRCH, "stopped, it is gone");
    spec.options = (struct arg_list){wrong, 1};
    OK(!launch_start(&l, &spec, &e) && e.kind == ERR_USAGE && strstr(e.text, "did you mean delay"),
       "an option that it has not: %s", e.text);
    OK(!launch_options(&(struct arg_list){none, 1}, &e) && e.kind == ERR_USAGE, "nor one bare");
    spec.options.count = 0;
    spec.program = "/nonexistent/streamgauge";
    OK(!launch_start(&l, &spec, &e) && e.kind == ERR_MEASURE && strstr(e.text, "No such file"),
       "a program that is not there: %s", e.text);
}

static void test_command(void)
{
    static char url[] = "ws://localhost:{port}/echo";
    struct launch *l;
    struct err e;
    struct pollfd ended;
    double before;

    scenario.url = url;
    OK(start(&l, "yes chatter-4711 & sleep 0.3; exec %s target --port {port}", 30 * NS_PER_S, &e),
       "a command's server gets ready, chatty as it is %s", e.text);
    OK(processes_with("yes chatter-4711") > 0, "what it leaves in the background runs");
    ended = (struct pollfd){launch_fd(l), POLLIN, 0};
    OK(launch_alive(l, &e) && poll(&ended, 1, 0) == 0, "it is alive");
    kill(launch_group(l), SIGKILL);
    OK(poll(&ended, 1, 20000) == 1, "its end is seen at the descriptor");
    OK(!launch_alive(l, &e) && e.kind == ERR_MEASURE && strstr(e.text, "signal 9") &&
           strstr(e.text, " | chatter-4711 | "),
       "and told, with the last that it wrote");
    OK(!launch_alive(l, &e), "more than once");
    launch_stop(l);
    OK(gone_within("chatter-4711", 4000), "the rest of it went along");

    OK(start(&l, "%s target --port {port} & exit 0", 30 * NS_PER_S, &e) && launch_alive(l, &e),
       "a server may go to the background %s", e.text);
    before = now_s();
    launch_stop(l);
    OK(now_s() - before < 4.5, "and ends by TERM, before the 5 s after which it would by KILL");
}

static void test_unready(void)
{
    struct launch *l;
    struct err e;
    double before = now_s();

    OK(!start(&l, "echo one; echo two >&2; printf 'th\\033[31mree\\r\\n'; exit 7", 60 * NS_PER_S,
              &e) &&
           e.kind == ERR_MEASURE,
       "a command that ends at once is an error");
    tap_is(e.text,
           "the target ended with exit status 7 before it was ready; its last output: "
           "one | two | th?[31mree",
           "with its status and its output, made harmless");
    OK(now_s() - before < 20, "long before the time is up");
    OK(!start(&l, "no-such-command-4711", 60 * NS_PER_S, &e) && strstr(e.text, "not found"),
       "so is one that is not there: %s", e.text);
    OK(!start(&l, "echo starting; sleep 47.11", NS_PER_S, &e) && e.kind == ERR_MEASURE,
       "one that never listens is given up");
    tap_is(e.text,
           "the target was not ready within 1s: Connection refused; its last output: "
           "starting",
           "... with the reason");
    OK(gone_within("sleep 47.11", 0), "... and ended");
    OK(!start(&l,
              "echo 'GET /?token=geheim&a=b'; for i in 1 2 3 4 5 6 7 8 9; do echo $i; done; "
              "echo 'GET /?token=geheim&a=b'; exit 1",
              60 * NS_PER_S, &e) &&
           !strstr(e.text, "geheim") && strstr(e.text, "***") && !strstr(e.text, " 4 |") &&
           strstr(e.text, ": 5 | "),
       "no more than the last lines, secrets hidden: %s", e.text);
    OK(!start(&l, "for i in 1 2 3 4 5; do printf 'line %d %0200d\\n' $i 0; done; exit 1",
              5 * NS_PER_S, &e) &&
           strstr(e.text, "last output: line 5 "),
       "long ones from their beginning: %s", e.text);
}

static void test_refused(void)
{
    static char url[] = "ws://127.0.0.1:{port}/nothing-here";
    struct launch *l;
    struct err e;
    double before = now_s();

    scenario.url = url;
    OK(!start(&l, "%s target --port {port}", 30 * NS_PER_S, &e) && e.kind == ERR_MEASURE &&
           strstr(e.text, "the target refuses the scenario's handshake: HTTP 404"),
       "a refused handshake is told: %s", e.text);
    OK(now_s() - before < 20, "long before the time is up");
    scenario.url = NULL;
    OK(!start(&l, "true", NS_PER_S, &e) && e.kind == ERR_USAGE, "a url is needed");
}

/* The supervisor is killed; a grandchild of the target has even left its process group. */
static void test_left_behind(void)
{
    static char url[] = "ws://127.0.0.1:{port}/echo";
    int ready[2], status;
    pid_t supervisor;
    char word;

    scenario.url = url;
    if (pipe(ready) != 0)
        return;
    supervisor = fork();
    if (supervisor == 0) {
        struct launch *l;
        struct err e;
        bool good = start(&l,
                          "(sleep 81.5; true) & setsid sh -c 'trap \"\" TERM; sleep 81.5; true' & "
                          "%s target --port {port} --seed 815; true",
                          10 * NS_PER_S, &e);

        if (write(ready[1], good ? "y" : "n", 1) == 1)
            pause();
        _exit(1);
    }
    OK(read(ready[0], &word, 1) == 1 && word == 'y', "a supervisor with a target");
    OK(processes_with("sleep 81.5") >= 2 && processes_with("--seed 815") >= 1,
       "which has processes in and out of its group");
    kill(supervisor, SIGKILL);
    waitpid(supervisor, &status, 0);
    OK(gone_within("81.5", 4000) && gone_within("--seed 815", 0),
       "killed by -9, nothing of it is left soon after");
    close(ready[0]);
    close(ready[1]);
}

static void test_stubborn(void)
{
    struct launch *l;
    struct err e;
    double before;

    OK(start(&l, "trap '' TERM; %s target --port {port} --seed 4712; sleep 47.12", 10 * NS_PER_S,
             &e),
       "a target that ignores TERM %s", e.text);
    before = now_s();
    launch_stop(l);
    OK(now_s() - before > 4.9 && now_s() - before < 20, "is ended by KILL after 5 s");
    OK(gone_within("47.12", 0) && gone_within("--seed 4712", 0), "all of it");
}

int main(void)
{
    const char *build = getenv("BUILD");
    char *filled = launch_fill("a {port} b:{port}{port", 80);

    program = mem_printf("%s/streamgauge", build ? build : "build");
    scenario.connect_timeout_ns = 10 * NS_PER_S;
    tap_is(filled, "a 80 b:80{port", "{port} is filled wherever it stands");
    free(filled);
    test_builtin();
    test_command();
    test_unready();
    test_refused();
    test_left_behind();
    test_stubborn();
    free(program);
    return tap_end();
}
