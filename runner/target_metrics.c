/* /metrics: this process and what it has done, in Prometheus' text format 0.0.4, with the names
 * that its client libraries give a process. */
#include "runner/target_parts.h"
#include "schema/units.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static void metric_add(struct text *out, const char *name, const char *type, const char *help,
                       double value)
{
    char number[UNITS_TEXT_SIZE];

    text_addf(out, "# HELP %s %s\n# TYPE %s %s\n%s %s\n", name, help, name, type, name,
              units_format_exact(number, value));
}

static double resident_bytes(void)
{
    long long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");

    if (f && fscanf(f, "%*d %lld", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return (double)(pages * sysconf(_SC_PAGESIZE));
}

static double cpu_seconds(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static double open_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = -3; /* ".", ".." and the folder itself */

    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count < 0 ? 0 : count;
}

void metrics_write(const struct target *t, struct text *out)
{
    metric_add(out, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.",
               resident_bytes());
    metric_add(out, "process_cpu_seconds_total", "counter",
               "Total user and system CPU time spent in seconds.", cpu_seconds());
    metric_add(out, "process_open_fds", "gauge", "Number of open file descriptors.", open_files());
    metric_add(out, "streamgauge_target_connections", "gauge",
               "WebSockets and HTTP exchanges that are open.", (double)t->conns);
    metric_add(out, "streamgauge_target_messages_received_total", "counter",
               "Messages and bodies of POST received.", (double)t->received);
    metric_add(out, "streamgauge_target_messages_sent_total", "counter",
               "Messages and events sent.", (double)t->sent);
}
