#include "runner/cgroup.h"

#include "runner/file.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096, LEVELS = 64 };

/* A group's folder, and how much of its name is the mount, above which there is nothing. */
struct group {
    char path[PATH_SIZE];
    size_t mount;
    bool v1;
};

/* True where `list`, of `length` bytes and separated by commas, names the controller. */
static bool list_has(const char *list, size_t length, const char *controller)
{
    size_t n = strlen(controller);

    for (const char *end = list + length; list < end; list += strcspn(list, ",:") + 1)
        if (strcspn(list, ",:") == n && strncmp(list, controller, n) == 0)
            return true;
    return false;
}

/* Finds the group of a controller: lines of /proc/PID/cgroup are ID:CONTROLLERS:PATH, that of
 * version 2 has ID 0 and no controllers. A controller is in one of the two versions only. */
static bool group_find(struct group *g, const char *root, const char *pid, const char *controller)
{
    char name[PATH_SIZE / 2], lines[8192], *save = NULL, *found = NULL;

    snprintf(name, sizeof name, "%s/proc/%s/cgroup", root, pid);
    if (file_peek(name, lines, sizeof lines) < 0)
        return false;
    g->v1 = false;
    for (char *line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *list = strchr(line, ':'), *path = list ? strchr(list + 1, ':') : NULL;

        if (!path)
            continue;
        list++;
        if (list_has(list, (size_t)(path - list), controller)) {
            found = path + 1;
            g->v1 = true;
            break;
        }
        if (list == path)
            found = path + 1;
    }
    if (!found || strstr(found, ".."))
        return false; /* none, or a group outside of the namespace */
    g->mount = (size_t)snprintf(g->path, sizeof g->path, "%s/sys/fs/cgroup%s%s", root,
                                g->v1 ? "/" : "", g->v1 ? controller : "");
    if (g->mount + strlen(found) >= sizeof g->path)
        return false;
    strcpy(g->path + g->mount, found);
    return true;
}

/* Reads one file of the group. */
static bool group_peek(const struct group *g, const char *file, char *out, size_t size)
{
    char name[PATH_SIZE + 64];

    snprintf(name, sizeof name, "%s/%s", g->path, file);
    return file_peek(name, out, size) > 0;
}

/* Goes on to the parent; false at the mount. */
static bool group_up(struct group *g)
{
    char *slash = strrchr(g->path + g->mount, '/');

    if (!slash)
        return false;
    *slash = '\0';
    return true;
}

static double group_cores(const struct group *g)
{
    char text[64];
    double quota = 0, period = 0;

    if (!g->v1) {
        if (!group_peek(g, "cpu.max", text, sizeof text) ||
            sscanf(text, "%lf %lf", &quota, &period) != 2)
            return HUGE_VAL; /* "max 100000" */
    } else {
        if (!group_peek(g, "cpu.cfs_quota_us", text, sizeof text))
            return HUGE_VAL;
        quota = strtod(text, NULL);
        if (group_peek(g, "cpu.cfs_period_us", text, sizeof text))
            period = strtod(text, NULL);
    }
    return quota > 0 && period > 0 ? quota / period : HUGE_VAL;
}

double cgroup_cores(const char *root, const char *pid)
{
    double least = HUGE_VAL;
    struct group g;

    if (!group_find(&g, root, pid, "cpu"))
        return least;
    for (int i = 0; i < LEVELS; i++) {
        least = fmin(least, group_cores(&g));
        if (!group_up(&g))
            break;
    }
    return least;
}

int64_t cgroup_memory(const char *root, const char *pid)
{
    int64_t least = INT64_MAX;
    struct group g;
    char text[64];

    if (!group_find(&g, root, pid, "memory"))
        return least;
    for (int i = 0; i < LEVELS; i++) {
        if (group_peek(&g, g.v1 ? "memory.limit_in_bytes" : "memory.max", text, sizeof text)) {
            int64_t bytes = strtoll(text, NULL, 10); /* "max" is 0 */

            if (bytes > 0 && bytes < least)
                least = bytes;
        }
        if (!group_up(&g))
            break;
    }
    return least;
}
