/* environment: tells the machine that measures from /proc, /sys and /etc.
 *
 * Runs are compared only where the key is the same, so that the key holds what moves a measurement
 * and nothing that changes by itself (a kernel update, the memory that firmware keeps).
 */
#ifndef RUNNER_ENVIRONMENT_H
#define RUNNER_ENVIRONMENT_H

#include "schema/run.h"

/* Fills *env; free by environment_free(). `name` (--environment) replaces the key; NULL or empty:
 * none. */
void environment_get(struct environment *env, const char *name);

/* The same of the machine whose files are below `root`, for tests: `architecture` and `cpus` (those
 * the scheduler may use) are asked of the kernel in earnest. */
void environment_read(struct environment *env, const char *root, const char *architecture,
                      int64_t cpus, const char *name);

/* The nearest power of two, or three halves of one: 15.6 GiB is a machine of 16. */
int64_t environment_memory_class(int64_t bytes);

#endif
