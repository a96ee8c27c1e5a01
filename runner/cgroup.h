/* cgroup: what a control group leaves a process of the machine, for versions 1 and 2.
 *
 * `root` is put in front of /proc and /sys: "" in earnest, a folder of fixtures in tests.
 */
#ifndef RUNNER_CGROUP_H
#define RUNNER_CGROUP_H

#include <stdint.h>

/* Cores' worth of CPU time that process `pid` ("self" too) may use by its quota, the smallest on
 * the way up to the root group. HUGE_VAL: no limit. */
double cgroup_cores(const char *root, const char *pid);

/* Its limit of memory. INT64_MAX: no limit. */
int64_t cgroup_memory(const char *root, const char *pid);

#endif
