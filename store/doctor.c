/* doctor: whether a database is whole, and what lies about beside it. It is only read. */
#include "schema/command.h"
#include "schema/text.h"
#include "schema/units.h"
#include "store/rows.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

enum { FREE_FEW_MIB = 1024 };

/* The folder that a file is in, and its name. */
static char *folder_of(const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');

    *name = slash ? slash + 1 : path;
    return slash ? mem_printf("%.*s", slash > path ? (int)(slash - path) : 1, path) : mem_copy(".");
}

static void room_look(const char *path, struct diagnoses *out)
{
    const char *name;
    char *folder = folder_of(path, &name), size[UNITS_TEXT_SIZE];
    struct statvfs fs;
    double mib;

    if (statvfs(folder, &fs) == 0) {
        mib = (double)fs.f_bavail * (double)fs.f_frsize / 1048576;
        diagnoses_add(out, "disk free", mib < FREE_FEW_MIB ? DIAGNOSIS_WARNING : DIAGNOSIS_OK,
                      mem_copy(units_format_metric(size, mib, "MiB")),
                      mib < FREE_FEW_MIB
                          ? mem_copy("runs may not fit soon: make room, or `streamgauge prune`")
                          : NULL);
    }
    free(folder);
}

/* The first complaint of a check that gives one row, "ok", where there is none. */
static bool complaint_get(struct store *s, const char *sql, char **complaint, struct err *e)
{
    struct query q;

    *complaint = NULL;
    if (!db_query(s, &q, e, sql))
        return false;
    if (query_next(&q, e) && !query_is(&q, 0, "ok"))
        *complaint = query_text(&q, 0);
    return query_end(&q);
}

static bool whole_look(struct store *s, struct diagnoses *out, struct err *e)
{
    char *damage = NULL, *orphan = NULL;
    bool done = complaint_get(s, "PRAGMA integrity_check(1)", &damage, e) &&
                complaint_get(s, "PRAGMA foreign_key_check", &orphan, e);

    if (done && damage)
        diagnoses_add(out, "integrity", DIAGNOSIS_BAD, mem_copy(damage),
                      mem_copy("the file is damaged: restore it, or merge what can be read of it "
                               "into a new one"));
    else if (done && orphan)
        diagnoses_add(out, "integrity", DIAGNOSIS_BAD,
                      mem_printf("rows of %s refer to what is not there", orphan),
                      mem_copy("another program has changed the file: merge it into a new one"));
    else if (done)
        diagnoses_add(out, "integrity", DIAGNOSIS_OK, mem_copy("ok"), NULL);
    free(damage);
    free(orphan);
    return done;
}

static bool runs_look(struct store *s, struct diagnoses *out, struct err *e)
{
    char yesterday[UNITS_TEXT_SIZE], size[UNITS_TEXT_SIZE];
    int64_t runs = 0, left = 0, pages = 0, unused = 0, page = 0;

    units_format_time(yesterday, ((int64_t)time(NULL) - 86400) * 1000);
    if (!db_integer(s, &runs, e, "SELECT count(*) FROM run") ||
        !db_integer(s, &left, e,
                    "SELECT count(*) FROM run WHERE status = 'running' AND started_at < ?1",
                    BIND(yesterday)) ||
        !db_integer(s, &pages, e, "PRAGMA page_count") ||
        !db_integer(s, &unused, e, "PRAGMA freelist_count") ||
        !db_integer(s, &page, e, "PRAGMA page_size"))
        return false;
    diagnoses_add(
        out, "runs", DIAGNOSIS_OK,
        mem_printf("%lld in %s", (long long)runs,
                   units_format_metric(size, (double)pages * (double)page / 1048576, "MiB")),
        NULL);
    diagnoses_add(out, "never finished", left ? DIAGNOSIS_WARNING : DIAGNOSIS_OK,
                  mem_printf("%lld", (long long)left),
                  left ? mem_copy("their machine went down: `streamgauge list --status running` "
                                  "names them, `streamgauge prune RUN` lets go of them")
                       : NULL);
    if (unused > pages / 4 && unused > 256)
        diagnoses_add(
            out, "unused room", DIAGNOSIS_WARNING,
            mem_copy(units_format_metric(size, (double)unused * (double)page / 1048576, "MiB")),
            mem_copy("sqlite3 FILE vacuum gives it back"));
    return true;
}

/* Whether the run of FILE.UUID.pending is in the database as well: merged, and the file kept. */
static bool pending_known(struct store *s, const char *uuid)
{
    struct err ignored = {0};
    struct query q;
    bool known;

    if (!s || !db_query(s, &q, &ignored,
                        "SELECT 1 FROM run WHERE uuid = substr(?1, 1, 36) AND status <> 'running'",
                        BIND(uuid)))
        return false;
    known = query_next(&q, &ignored);
    return query_end(&q) && known;
}

/* Runs that could not be written at their time wait beside the file. `s` may be NULL. */
static void pending_look(struct store *s, const char *path, struct diagnoses *out)
{
    const char *name;
    char *folder = folder_of(path, &name);
    DIR *dir = opendir(folder);
    size_t pending = 0, length = strlen(name);
    struct text advice = {0};

    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        size_t n = strlen(entry->d_name);

        pending += n > length + strlen(".pending") && strncmp(entry->d_name, name, length) == 0 &&
                   entry->d_name[length] == '.' && strcmp(entry->d_name + n - 8, ".pending") == 0 &&
                   !pending_known(s, entry->d_name + length + 1);
    }
    if (dir)
        closedir(dir);
    free(folder);
    if (pending) {
        text_add(&advice, "they are in no report yet: ");
        command_suggest(&advice, "merge", path);
        text_add(&advice, " ");
        text_add_word(&advice, path);
        text_add(&advice, ".*.pending");
    }
    diagnoses_add(out, "runs set aside", pending ? DIAGNOSIS_WARNING : DIAGNOSIS_OK,
                  mem_printf("%zu", pending), advice.data);
}

bool store_doctor(const char *path, int64_t wait_ns, struct diagnoses *out, struct err *e)
{
    struct store *s = NULL;
    struct stat found;
    bool done;

    room_look(path, out);
    if (stat(path, &found) != 0 && errno == ENOENT) {
        diagnoses_add(out, "database", DIAGNOSIS_OK, mem_copy("none yet"), NULL);
        pending_look(NULL, path, out);
        return true;
    }
    done = store_open(&s, path, STORE_READ, wait_ns, e) && whole_look(s, out, e) &&
           runs_look(s, out, e);
    pending_look(s, path, out);
    store_close(s);
    return done;
}
