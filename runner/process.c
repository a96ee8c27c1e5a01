#include "runner/process.h"

#include "runner/cgroup.h"
#include "runner/file.h"
#include "schema/text.h"
#include "schema/units.h"

#include <ctype.h>
#include <dirent.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What is used of /proc/PID/stat. */
struct stat_line {
    pid_t pid, parent, group;
    char state;
    int64_t cpu_ticks, rss_bytes;
    uint64_t start_ticks;
};

/* The name, in parentheses, may hold anything, parentheses and blanks too: the fields start behind
 * the last one. */
static bool stat_read(pid_t pid, struct stat_line *out)
{
    char path[64], text[1024], *fields;
    int parent, group;
    long long user, system, rss;
    unsigned long long start;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (file_peek(path, text, sizeof text) <= 0 || !(fields = strrchr(text, ')')))
        return false;
    if (sscanf(fields + 1,
               " %c %d %d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld %*d %*d %*d %*d %*d %*d %llu "
               "%*u %lld",
               &out->state, &parent, &group, &user, &system, &start, &rss) != 7)
        return false;
    out->pid = pid;
    out->parent = parent;
    out->group = group;
    out->cpu_ticks = user + system;
    out->start_ticks = start;
    out->rss_bytes = rss * sysconf(_SC_PAGESIZE);
    return true;
}

static bool stat_alive(const struct stat_line *l)
{
    return l->state != 'Z' && l->state != 'X';
}

/* CPU of the process so far. /proc/PID/stat counts in ticks of 10 ms: where a target works for 1 % of
 * the time, one tick is what it does in a second. */
static int64_t cpu_ns(const struct stat_line *l)
{
    struct timespec t;
    clockid_t clock;

    if (clock_getcpuclockid(l->pid, &clock) == 0 && clock_gettime(clock, &t) == 0)
        return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
    return l->cpu_ticks * (NS_PER_S / sysconf(_SC_CLK_TCK));
}

static struct process *member_find(const struct process_set *s, pid_t pid)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->process[i].alive && s->process[i].pid == pid)
            return &s->process[i];
    return NULL;
}

static void member_add(struct process_set *s, const struct stat_line *l, bool first_scan)
{
    int64_t used_ns = cpu_ns(l);

    s->process = mem_grow(s->process, s->count + 1, sizeof *s->process);
    s->process[s->count++] = (struct process){.pid = l->pid,
                                              .start_ticks = l->start_ticks,
                                              .base_ns = first_scan ? used_ns : 0,
                                              .cpu_ns = used_ns,
                                              .rss_bytes = l->rss_bytes,
                                              .alive = true};
    s->any = true;
}

/* Lines of all processes; the caller frees them. */
static struct stat_line *stat_read_all(size_t *count)
{
    DIR *proc = opendir("/proc");
    struct stat_line *lines = NULL;
    size_t n = 0, capacity = 0;

    for (struct dirent *d; proc && (d = readdir(proc));) {
        if (!isdigit((unsigned char)d->d_name[0]))
            continue;
        if (n == capacity) {
            capacity = capacity ? 2 * capacity : 128;
            lines = mem_grow(lines, capacity, sizeof *lines);
        }
        n += stat_read((pid_t)atoi(d->d_name), &lines[n]);
    }
    if (proc)
        closedir(proc);
    *count = n;
    return lines;
}

static bool is_guarded(const struct process_set *s, const struct stat_line *l)
{
    return s->guardian && (l->group == s->root || l->parent == s->guardian);
}

void process_set_scan(struct process_set *s)
{
    bool first = !s->any, added = true;
    size_t count;
    struct stat_line *lines;

    process_set_read(s); /* so that no number stands for a process that has ended */
    lines = stat_read_all(&count);
    while (added) { /* a child may stand before its parent */
        added = false;
        for (size_t i = 0; i < count; i++) {
            const struct stat_line *l = &lines[i];
            bool is_root = l->pid == s->root && first;

            if (!stat_alive(l) || member_find(s, l->pid) ||
                !(is_root || is_guarded(s, l) || member_find(s, l->parent)))
                continue;
            member_add(s, l, first);
            added = true;
        }
    }
    free(lines);
}

void process_set_read(struct process_set *s)
{
    struct stat_line l;
    int64_t used_ns;

    for (size_t i = 0; i < s->count; i++) {
        struct process *p = &s->process[i];

        if (!p->alive)
            continue;
        p->alive = stat_read(p->pid, &l) && l.start_ticks == p->start_ticks;
        if (p->alive) { /* one that ended still tells its CPU until it is waited for */
            used_ns = cpu_ns(&l);
            p->cpu_ns = used_ns > p->cpu_ns ? used_ns : p->cpu_ns;
            p->rss_bytes = l.rss_bytes;
            p->alive = stat_alive(&l);
        }
    }
}

void process_set_free(struct process_set *s)
{
    free(s->process);
    *s = (struct process_set){0};
}

double process_set_cpu_s(const struct process_set *s)
{
    int64_t used_ns = 0;

    for (size_t i = 0; i < s->count; i++)
        used_ns += s->process[i].cpu_ns - s->process[i].base_ns;
    return (double)used_ns / NS_PER_S;
}

int64_t process_set_rss_bytes(const struct process_set *s)
{
    int64_t bytes = 0;

    for (size_t i = 0; i < s->count; i++)
        if (s->process[i].alive)
            bytes += s->process[i].rss_bytes;
    return bytes;
}

/* Newer kernels (6.2) tell the number of descriptors as the size of the folder. */
static int64_t fds_count(pid_t pid)
{
    char path[64];
    struct stat info;
    DIR *folder;
    int64_t n = -2; /* "." and ".." */

    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    if (!(folder = opendir(path)))
        return -1;
    if (fstat(dirfd(folder), &info) == 0 && info.st_size > 0) {
        n = info.st_size;
    } else {
        while (readdir(folder))
            n++;
    }
    closedir(folder);
    return n;
}

int64_t process_set_fds(const struct process_set *s)
{
    int64_t sum = 0, n;

    for (size_t i = 0; i < s->count; i++) {
        if (!s->process[i].alive)
            continue;
        if ((n = fds_count(s->process[i].pid)) < 0)
            return -1;
        sum += n;
    }
    return sum;
}

double process_set_cores(const struct process_set *s)
{
    cpu_set_t all, one;
    double quota = 0;
    char pid[16];

    CPU_ZERO(&all);
    for (size_t i = 0; i < s->count; i++) {
        if (sched_getaffinity(s->process[i].pid, sizeof one, &one) == 0)
            CPU_OR(&all, &all, &one);
        snprintf(pid, sizeof pid, "%d", (int)s->process[i].pid);
        quota = fmax(quota, cgroup_cores("", pid));
    }
    return fmin(quota, CPU_COUNT(&all));
}

bool process_set_gone(const struct process_set *s)
{
    if (!s->any)
        return false;
    for (size_t i = 0; i < s->count; i++)
        if (s->process[i].alive && (s->guardian || i == 0))
            return false;
    return true;
}
