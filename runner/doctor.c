#include "runner/doctor.h"

#include "runner/file.h"
#include "schema/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LINE_SIZE = 256, FILES_FEW = 4096, PORTS_FEW = 20000, BACKLOG_FEW = 1024 };

/* The first line of a file of the kernel; false where there is none. */
static bool line_read(const char *root, const char *path, char line[LINE_SIZE])
{
    char *whole = mem_printf("%s%s", root, path);
    bool there = file_peek(whole, line, LINE_SIZE) > 0;

    free(whole);
    line[strcspn(line, "\n")] = '\0';
    return there;
}

static void cores_look(struct diagnoses *out)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    diagnoses_add(out, "cores", cores > 1 ? DIAGNOSIS_OK : DIAGNOSIS_WARNING,
                  mem_printf("%ld", cores),
                  cores > 1 ? NULL
                            : mem_copy("generator and server share the only core: measure servers "
                                       "on another host, or on a larger machine"));
}

static void load_look(const char *root, struct diagnoses *out)
{
    char line[LINE_SIZE];
    double load = line_read(root, "/proc/loadavg", line) ? strtod(line, NULL) : NAN;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    bool busy = load > 0.5 * (double)cores;

    if (isnan(load))
        diagnoses_add(out, "load", DIAGNOSIS_UNKNOWN, mem_copy("not told"), NULL);
    else
        diagnoses_add(out, "load", busy ? DIAGNOSIS_WARNING : DIAGNOSIS_OK,
                      mem_printf("%.2f over the last minute", load),
                      busy ? mem_copy("something else is running: wait for it, or stop it") : NULL);
}

/* A virtual machine has no governor of its own. */
static void governor_look(const char *root, struct diagnoses *out)
{
    char line[LINE_SIZE];
    bool fixed;

    if (!line_read(root, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", line)) {
        diagnoses_add(out, "CPU governor", DIAGNOSIS_OK, mem_copy("none, as in virtual machines"),
                      NULL);
        return;
    }
    fixed = strcmp(line, "performance") == 0;
    diagnoses_add(out, "CPU governor", fixed ? DIAGNOSIS_OK : DIAGNOSIS_WARNING, mem_copy(line),
                  fixed ? NULL
                        : mem_copy("clock rates follow the load: cpupower frequency-set -g "
                                   "performance"));
}

static void turbo_look(const char *root, struct diagnoses *out)
{
    char line[LINE_SIZE];
    bool on;

    if (line_read(root, "/sys/devices/system/cpu/intel_pstate/no_turbo", line))
        on = strcmp(line, "0") == 0;
    else if (line_read(root, "/sys/devices/system/cpu/cpufreq/boost", line))
        on = strcmp(line, "1") == 0;
    else
        return;
    diagnoses_add(
        out, "turbo", on ? DIAGNOSIS_WARNING : DIAGNOSIS_OK, mem_copy(on ? "on" : "off"),
        on ? mem_copy("clock rates depend on heat: switch it off to compare small changes") : NULL);
}

/* Reading a clock that is not the processor's takes a microsecond and more, in kernel and target.
 */
static void clock_look(const char *root, struct diagnoses *out)
{
    char line[LINE_SIZE];
    bool slow;

    if (!line_read(root, "/sys/devices/system/clocksource/clocksource0/current_clocksource",
                   line)) {
        diagnoses_add(out, "clock source", DIAGNOSIS_UNKNOWN, mem_copy("not told"), NULL);
        return;
    }
    slow =
        strcmp(line, "hpet") == 0 || strcmp(line, "acpi_pm") == 0 || strcmp(line, "jiffies") == 0;
    diagnoses_add(out, "clock source", slow ? DIAGNOSIS_BAD : DIAGNOSIS_OK, mem_copy(line),
                  slow ? mem_copy("reading it is slow and disturbs what is measured: boot with "
                                  "clocksource=tsc, or use another machine")
                       : NULL);
}

static void files_look(struct diagnoses *out)
{
    struct rlimit limit = {0};
    bool few;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    few = limit.rlim_cur < FILES_FEW;
    diagnoses_add(out, "open files", few ? DIAGNOSIS_WARNING : DIAGNOSIS_OK,
                  mem_printf("%llu", (unsigned long long)limit.rlim_cur),
                  few ? mem_printf("enough for about %llu clients of a server on this machine: "
                                   "ulimit -n 65536",
                                   (unsigned long long)limit.rlim_cur / 2)
                      : NULL);
}

static void ports_look(const char *root, struct diagnoses *out)
{
    char line[LINE_SIZE];
    int first, last;

    if (!line_read(root, "/proc/sys/net/ipv4/ip_local_port_range", line) ||
        sscanf(line, "%d %d", &first, &last) != 2)
        return;
    diagnoses_add(out, "local ports", last - first < PORTS_FEW ? DIAGNOSIS_WARNING : DIAGNOSIS_OK,
                  mem_printf("%d", last - first + 1),
                  last - first < PORTS_FEW ? mem_copy("few connections at a time: sysctl "
                                                      "net.ipv4.ip_local_port_range='10000 65000'")
                                           : NULL);
}

static void backlog_look(const char *root, struct diagnoses *out)
{
    char line[LINE_SIZE];
    long backlog;

    if (!line_read(root, "/proc/sys/net/core/somaxconn", line))
        return;
    backlog = strtol(line, NULL, 10);
    diagnoses_add(out, "listen backlog", backlog < BACKLOG_FEW ? DIAGNOSIS_WARNING : DIAGNOSIS_OK,
                  mem_printf("%ld", backlog),
                  backlog < BACKLOG_FEW ? mem_copy("many clients at once may be refused: sysctl "
                                                   "net.core.somaxconn=4096")
                                        : NULL);
}

static void memory_look(const char *root, struct diagnoses *out)
{
    char *path = mem_printf("%s/proc/meminfo", root), text[4096], *at;
    double mib = NAN;
    bool few;

    if (file_peek(path, text, sizeof text) > 0 && (at = strstr(text, "MemAvailable:")))
        mib = strtod(at + strlen("MemAvailable:"), NULL) / 1024;
    free(path);
    if (isnan(mib))
        return;
    few = mib < 512;
    diagnoses_add(out, "memory free", few ? DIAGNOSIS_WARNING : DIAGNOSIS_OK,
                  mem_printf("%.0f MiB", mib),
                  few ? mem_copy("swapping would be measured, too: end what is not needed") : NULL);
}

void doctor_machine(const char *root, struct diagnoses *out)
{
    cores_look(out);
    load_look(root, out);
    governor_look(root, out);
    turbo_look(root, out);
    clock_look(root, out);
    files_look(out);
    ports_look(root, out);
    backlog_look(root, out);
    memory_look(root, out);
}
