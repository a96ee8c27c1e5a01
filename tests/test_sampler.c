/* Curves against numbers worked out by hand; processes and the host against children that are told
 * what to do. */
#include "runner/sampler.h"
#include "schema/units.h"
#include "tests/tap.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void test_curve(void)
{
    struct curve c = {0}, memory = {0};

    OK(isnan(curve_rate(&c, 0, 10)) && isnan(curve_max(&c, 0, 10)) && isnan(curve_slope(&c, 0, 9)),
       "nothing sampled, nothing told");
    curve_add(&c, 0, 100);
    curve_add(&c, 2 * NS_PER_S, 104);
    curve_add(&c, 4 * NS_PER_S, 110);
    tap_near(curve_rate(&c, 0, 4 * NS_PER_S), 2.5, 1e-12, "a counter's rate over all");
    tap_near(curve_rate(&c, NS_PER_S, 3 * NS_PER_S), 2.5, 1e-12, "between its points");
    tap_near(curve_rate(&c, 2 * NS_PER_S, 4 * NS_PER_S), 3, 1e-12, "of a part");
    tap_near(curve_max(&c, 0, 3 * NS_PER_S), 104, 0, "the highest within a window");
    OK(isnan(curve_rate(&c, 0, 8 * NS_PER_S)), "no rate where half of the time was not seen");
    OK(isnan(curve_rate(&c, NS_PER_S, NS_PER_S)), "no rate over no time");

    for (int i = 0; i < CURVE_SLOPE_MIN; i++)
        curve_add(&memory, i * NS_PER_S / 5, 1e6 + 40.0 * i + (i % 50 == 7 ? 1e7 : 0));
    tap_near(curve_slope(&memory, 0, 60 * NS_PER_S), 200, 1e-9, "a slope, in spite of outliers");
    OK(isnan(curve_slope(&memory, 0, 39 * NS_PER_S)), "too few points have none");
    curve_free(&c);
    curve_free(&memory);
}

static double now_s(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void burn(double seconds)
{
    double end = now_s(CLOCK_PROCESS_CPUTIME_ID) + seconds;

    while (now_s(CLOCK_PROCESS_CPUTIME_ID) < end)
        ;
}

/* CPU of another process, as the kernel's clock of it has it. */
static double cpu_s(pid_t process)
{
    clockid_t clock;

    return clock_getcpuclockid(process, &clock) == 0 ? now_s(clock) : NAN;
}

/* A child with a name made to confuse, which touches `bytes` of memory and burns CPU when a byte
 * comes, has a child of its own burn the same, answers with the CPU time of both as the kernel's
 * clocks know it, and waits for another byte to end. */
static pid_t child_start(int to_child[2], int from_child[2], size_t bytes, double seconds)
{
    char byte = 0, *memory;
    pid_t child, grandchild;
    double both;

    if (pipe(to_child) || pipe(from_child) || (child = fork()) < 0)
        exit(1);
    if (child > 0)
        return child;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "a) S 1 (b\n");
    if (write(from_child[1], &byte, 1) != 1 || read(to_child[0], &byte, 1) != 1)
        _exit(1);
    memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 1, bytes);
    burn(seconds);
    if ((grandchild = fork()) == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        burn(seconds);
        for (;;)
            pause();
    }
    while (cpu_s(grandchild) < seconds) /* and what little it does before it pauses */
        usleep(10000);
    usleep(20000);
    both = cpu_s(getpid()) + cpu_s(grandchild);
    if (write(from_child[1], &both, sizeof both) != sizeof both || read(to_child[0], &byte, 1) != 1)
        _exit(1);
    kill(grandchild, SIGKILL);
    _exit(0);
}

static void test_processes(bool group)
{
    enum { MIB = 1 << 20 };
    int to_child[2], from_child[2];
    char byte = 0;
    pid_t child = child_start(to_child, from_child, 64 * MIB, 0.2);
    struct process_set s = {.root = child, .guardian = group ? getpid() : 0};
    int64_t before;
    double cpu, truth;

    OK(read(from_child[0], &byte, 1) == 1, "the child stands");
    process_set_scan(&s);
    OK(s.count == 1 && s.any && !process_set_gone(&s), "it is seen");
    before = process_set_rss_bytes(&s);
    OK(process_set_fds(&s) >= 4, "its descriptors are counted: %d", (int)process_set_fds(&s));
    OK(process_set_cores(&s) > 0 && process_set_cores(&s) <= (double)sysconf(_SC_NPROCESSORS_CONF),
       "its cores are counted: %g", process_set_cores(&s));
    OK(write(to_child[1], &byte, 1) == 1 &&
           read(from_child[0], &truth, sizeof truth) == sizeof truth && truth > 0.35,
       "it has worked");
    process_set_scan(&s);
    cpu = process_set_cpu_s(&s);
    OK(s.count == 2, "its own child is found");
    /* There may be some work between the two looks. */
    OK(cpu > truth - 0.01 && cpu < truth + 0.05, "CPU of both: %g s, by their clocks %g s", cpu,
       truth);
    OK(process_set_rss_bytes(&s) - before > 63 * MIB, "the memory that it touched is seen");
    OK(write(to_child[1], &byte, 1) == 1, "it is told to end");
    for (int i = 0; i < 1000 && !(process_set_gone(&s) && process_set_rss_bytes(&s) == 0); i++) {
        usleep(10000);
        process_set_read(&s);
    }
    OK(process_set_gone(&s), "it has ended, though nobody waited for it");
    OK(process_set_cpu_s(&s) >= cpu && process_set_rss_bytes(&s) == 0, "its CPU stays counted");
    waitpid(child, NULL, 0);
    process_set_scan(&s);
    OK(process_set_gone(&s) && s.count == 2, "nobody new takes its place");
    process_set_free(&s);
    for (int i = 0; i < 2; i++) {
        close(to_child[i]);
        close(from_child[i]);
    }
}

static pid_t idle_or_busy(bool busy)
{
    pid_t child = fork();

    if (child != 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;)
        if (busy)
            burn(1);
        else
            pause();
}

static void child_end(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void test_reuse(void)
{
    pid_t child = idle_or_busy(false);
    struct process_set s = {.root = child};

    process_set_scan(&s);
    s.process[0].start_ticks--; /* as if the number had been another process's */
    process_set_read(&s);
    OK(process_set_gone(&s), "a number given anew is not the process that had it");
    process_set_free(&s);
    child_end(child);
    s = (struct process_set){.root = child};
    process_set_scan(&s);
    OK(!s.any && !process_set_gone(&s), "what never was has not gone");
    process_set_free(&s);
}

static void test_busiest(void)
{
    struct sampler s = {.cores = 1};
    struct result r;

    result_init(&r);
    curve_add(&s.target_cpu_s, 0, 0);
    curve_add(&s.target_cpu_s, NS_PER_S, 0);
    curve_add(&s.target_cpu_s, NS_PER_S * 3 / 2, 0.3);
    sampler_report(&s, 0, NS_PER_S * 3 / 2, 1, &r);
    OK(fabs(r.value[METRIC_TARGET_CPU_MEAN] - 20) < 1e-9 &&
           r.value[METRIC_TARGET_CPU_MAX] >= r.value[METRIC_TARGET_CPU_MEAN],
       "the highest CPU is no lower than the mean, where the end is no whole second");
    result_free(&r);
    sampler_stop(&s);
}

static void test_report(void)
{
    struct sampler s;
    struct result r;
    pid_t child = idle_or_busy(true), idle = idle_or_busy(false);
    double worked, least, most;
    int64_t from, to;
    size_t whole;

    result_init(&r);
    sampler_start(&s, child, 0, &idle, 1);
    worked = cpu_s(child);
    from = (int64_t)(now_s(CLOCK_MONOTONIC) * 1e9);
    for (int i = 0; i < 11; i++) {
        usleep(100000);
        sampler_take(&s);
    }
    to = (int64_t)(now_s(CLOCK_MONOTONIC) * 1e9);
    worked = (cpu_s(child) - worked) / ((double)(to - from) / 1e9) * 100; /* % of one core */
    whole = (size_t)((to - from) / NS_PER_S);
    sampler_report(&s, from, to, 10, &r);
    /* However much of a core it was given; what is sampled is a little less than the window, in
     * ticks of 10 ms. */
    least = (worked - 15) / s.cores;
    most = (worked + 15) / s.cores;
    OK(worked > 0 && r.value[METRIC_TARGET_CPU_MEAN] > least &&
           r.value[METRIC_TARGET_CPU_MEAN] < most && r.value[METRIC_TARGET_CPU_MEAN] > 0,
       "a busy target: %.1f %% of %g cores, by its clock %.1f %% of one",
       r.value[METRIC_TARGET_CPU_MEAN], s.cores, worked);
    OK(r.value[METRIC_TARGET_CPU_MAX] >= 0, "its busiest second");
    OK(r.value[METRIC_GENERATOR_CPU_MEAN] < 30, "an idle generator: %.1f %%",
       r.value[METRIC_GENERATOR_CPU_MEAN]);
    OK(r.value[METRIC_HOST_CPU_MEAN] > 0 && r.value[METRIC_HOST_CPU_MEAN] <= 100,
       "the host: %.1f %%", r.value[METRIC_HOST_CPU_MEAN]);
    OK(r.value[METRIC_HOST_NET_IN] >= 0 && r.value[METRIC_HOST_NET_OUT] >= 0, "its network");
    OK(r.value[METRIC_TARGET_RSS_PER_CLIENT] >= 0, "memory for each of ten clients");
    OK(isnan(r.value[METRIC_TARGET_RSS_GROWTH]), "eleven samples have no slope");
    OK(whole >= 1 && r.points_count == 4 * whole && r.points[0].second == 0,
       "a whole second has one point of each");
    sampler_stop(&s);
    result_free(&r);
    child_end(child);

    result_init(&r);
    sampler_start(&s, 0, 0, &idle, 1);
    sampler_take(&s);
    sampler_report(&s, from, to, 100, &r);
    OK(isnan(r.value[METRIC_TARGET_CPU_MEAN]) && isnan(r.value[METRIC_TARGET_RSS_PEAK]) &&
           isnan(r.value[METRIC_TARGET_FDS_MAX]) && !sampler_target_gone(&s),
       "nothing is told of a target elsewhere");
    sampler_stop(&s);
    result_free(&r);
    child_end(idle);
}

int main(void)
{
    test_curve();
    test_processes(false);
    test_processes(true);
    test_reuse();
    test_busiest();
    test_report();
    return tap_end();
}
