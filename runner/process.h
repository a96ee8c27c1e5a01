/* process: a set of processes as /proc tells it: one and what descends from it, or all that was
 * started under a guardian: a process group, and what has left it for the background. Members stay
 * members while they live, wherever they are moved to; a number that was given to another process
 * since is noticed by its time of start.
 */
#ifndef RUNNER_PROCESS_H
#define RUNNER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
    pid_t pid;
    uint64_t start_ticks;    /* of the process, since the machine's start */
    int64_t base_ns, cpu_ns; /* CPU when it was first seen, and by now */
    int64_t rss_bytes;
    bool alive;
};

struct process_set {
    pid_t root;
    pid_t guardian; /* not 0: all of the process group `root` too, and what this one adopts */
    bool any;       /* a member was seen alive once */
    struct process *process;
    size_t count;
};

/* Looks for members all over /proc: at the start, then now and then. */
void process_set_scan(struct process_set *s);
/* Reads the members known so far. */
void process_set_read(struct process_set *s);
void process_set_free(struct process_set *s);

/* Seconds of CPU that the members used since they were first seen; those that started later than
 * the first scan count from their start. Those that ended keep what was read last. */
double process_set_cpu_s(const struct process_set *s);
int64_t process_set_rss_bytes(const struct process_set *s); /* sum over those alive */
int64_t process_set_fds(const struct process_set *s);       /* -1: not ours to know */
/* Cores' worth of CPU they may use: by affinity (any member's) and by control group. */
double process_set_cores(const struct process_set *s);
/* True once there were members, and the root (under a guardian: every one) has ended. */
bool process_set_gone(const struct process_set *s);

#endif
