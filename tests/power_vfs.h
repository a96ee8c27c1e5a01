/* power_vfs: a disk that forgets what was not synced.
 *
 * A shim over SQLite's own VFS. Files behave as ever, and beside each stands FILE.disk, what a disk
 * would hold if the power went now: the content of its last sync, missing until its folder was
 * synced, still there after a deletion until then. power_limit counts the operations that change
 * anything; at the one given the process ends, as if the plug was pulled. power_restore() puts the
 * state of the disk in place of the files.
 */
#ifndef TESTS_POWER_VFS_H
#define TESTS_POWER_VFS_H

#include "schema/text.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int power_limit = -1, power_operations;
static sqlite3_vfs *power_below;

struct power_file {
    sqlite3_file base;
    char path[512];
    sqlite3_file *below;
};

/* Ends the process before the operation that is one too many. */
static inline void power_step(void)
{
    if (power_operations++ == power_limit)
        _exit(0);
}

static inline void power_copy(const char *from, const char *to)
{
    char *command = mem_printf("cp %s %s", from, to);

    if (system(command) != 0)
        abort();
    free(command);
}

#define POWER_BELOW(file) (((struct power_file *)(file))->below)

static inline int power_close(sqlite3_file *f)
{
    int code = POWER_BELOW(f)->pMethods->xClose(POWER_BELOW(f));

    free(POWER_BELOW(f));
    return code;
}

static inline int power_read(sqlite3_file *f, void *data, int length, sqlite3_int64 at)
{
    return POWER_BELOW(f)->pMethods->xRead(POWER_BELOW(f), data, length, at);
}

static inline int power_write(sqlite3_file *f, const void *data, int length, sqlite3_int64 at)
{
    power_step();
    return POWER_BELOW(f)->pMethods->xWrite(POWER_BELOW(f), data, length, at);
}

static inline int power_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    power_step();
    return POWER_BELOW(f)->pMethods->xTruncate(POWER_BELOW(f), size);
}

/* SQLite's own xSync of a new journal syncs its folder, too, so that its name is kept. */
static inline int power_sync(sqlite3_file *f, int flags)
{
    const char *path = ((struct power_file *)f)->path;
    char *disk = mem_printf("%s.disk", path);
    int code;

    power_step();
    code = POWER_BELOW(f)->pMethods->xSync(POWER_BELOW(f), flags);
    power_copy(path, disk);
    free(disk);
    return code;
}

static inline int power_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return POWER_BELOW(f)->pMethods->xFileSize(POWER_BELOW(f), size);
}

static inline int power_lock(sqlite3_file *f, int lock)
{
    return POWER_BELOW(f)->pMethods->xLock(POWER_BELOW(f), lock);
}

static inline int power_unlock(sqlite3_file *f, int lock)
{
    return POWER_BELOW(f)->pMethods->xUnlock(POWER_BELOW(f), lock);
}

static inline int power_reserved(sqlite3_file *f, int *held)
{
    return POWER_BELOW(f)->pMethods->xCheckReservedLock(POWER_BELOW(f), held);
}

static inline int power_control(sqlite3_file *f, int op, void *arg)
{
    return POWER_BELOW(f)->pMethods->xFileControl(POWER_BELOW(f), op, arg);
}

static inline int power_sector(sqlite3_file *f)
{
    return POWER_BELOW(f)->pMethods->xSectorSize(POWER_BELOW(f));
}

/* No promise that a write beyond the end or of a sector is whole. */
static inline int power_character(sqlite3_file *f)
{
    (void)f;
    return 0;
}

static const sqlite3_io_methods power_methods = {.iVersion = 1,
                                                 .xClose = power_close,
                                                 .xRead = power_read,
                                                 .xWrite = power_write,
                                                 .xTruncate = power_truncate,
                                                 .xSync = power_sync,
                                                 .xFileSize = power_size,
                                                 .xLock = power_lock,
                                                 .xUnlock = power_unlock,
                                                 .xCheckReservedLock = power_reserved,
                                                 .xFileControl = power_control,
                                                 .xSectorSize = power_sector,
                                                 .xDeviceCharacteristics = power_character};

static inline int power_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *f, int flags,
                             int *out_flags)
{
    struct power_file *p = (struct power_file *)f;
    int code;

    (void)vfs;
    p->base.pMethods = NULL;
    p->below = mem_get(1, (size_t)power_below->szOsFile);
    snprintf(p->path, sizeof p->path, "%s", path ? path : "");
    power_step();
    code = power_below->xOpen(power_below, path, p->below, flags, out_flags);
    if (code == SQLITE_OK)
        p->base.pMethods = &power_methods;
    else
        free(p->below);
    return code;
}

static inline int power_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
    char *disk = mem_printf("%s.disk", path);
    int code;

    (void)vfs;
    power_step();
    code = power_below->xDelete(power_below, path, sync_folder);
    if (sync_folder)
        unlink(disk);
    free(disk);
    return code;
}

/* Every database that is opened from now on lies on such a disk; the plug is pulled at operation
 * `limit`, -1: never. */
static inline void power_install(int limit)
{
    static sqlite3_vfs vfs;

    power_below = sqlite3_vfs_find(NULL);
    vfs = *power_below;
    vfs.zName = "power";
    vfs.szOsFile = sizeof(struct power_file);
    vfs.xOpen = power_open;
    vfs.xDelete = power_delete;
    vfs.pNext = NULL;
    power_limit = limit;
    sqlite3_vfs_register(&vfs, 1);
}

/* What the next start of the machine finds of a database. */
static inline void power_restore(const char *file)
{
    static const char *const parts[] = {"", "-journal"};

    for (size_t i = 0; i < 2; i++) {
        char *path = mem_printf("%s%s", file, parts[i]), *disk = mem_printf("%s.disk", path);

        unlink(path);
        if (access(disk, F_OK) == 0 && rename(disk, path) != 0)
            abort();
        free(disk);
        free(path);
    }
}

#endif
