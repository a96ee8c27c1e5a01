#include "store/db.h"

#include "schema/text.h"
#include "schema/units.h"
#include "store/sqlfunc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { APPLICATION_ID = 0x53474231 }; /* "SGB1" */

/* SQLite's header: 100 bytes, numbers with the highest byte first. */
enum { HEADER_SIZE = 100, HEADER_WRITE_VERSION = 18, HEADER_VERSION = 60, HEADER_APPLICATION = 68 };

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* SQLite asks each time it finds the file locked. Pauses are short, random and do not grow, so that
 * whoever waits longest is not at a disadvantage: with growing pauses the last of eight writers
 * starves. */
static int wait_for_lock(void *context, int tries)
{
    struct store *s = context;
    int64_t now = now_ns(), pause_ns;

    if (tries == 0)
        s->wait_until_ns = now + s->wait_ns;
    if (now >= s->wait_until_ns)
        return 0;
    s->jitter = s->jitter * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    pause_ns = NS_PER_MS + (int64_t)(s->jitter >> 40) % (9 * NS_PER_MS);
    if (pause_ns > s->wait_until_ns - now)
        pause_ns = s->wait_until_ns - now;
    nanosleep(&(struct timespec){.tv_nsec = pause_ns}, NULL);
    return 1;
}

static bool fail_readonly(const struct store *s, int code, struct err *e)
{
    if (code == SQLITE_READONLY_DBMOVED)
        return err_set(e, ERR_STORE, "%s: the file was moved or deleted while it was in use",
                       s->path);
    if (code == SQLITE_READONLY_ROLLBACK || code == SQLITE_READONLY_RECOVERY)
        return err_set(e, ERR_STORE,
                       "%s: a program was ended while it wrote; to undo that, the file and its "
                       "folder have to be writable",
                       s->path);
    return err_set(e, ERR_STORE, "%s: the file or its folder may not be written by this user",
                   s->path);
}

bool db_fail(struct store *s, struct err *e)
{
    int code = s->handle ? sqlite3_extended_errcode(s->handle) : SQLITE_NOMEM;
    int system_error = s->handle ? sqlite3_system_errno(s->handle) : 0;
    char waited[UNITS_TEXT_SIZE];

    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(e, ERR_STORE,
                       "%s: another program has kept it locked for %s; try again, or wait longer "
                       "with --wait",
                       s->path, units_format_duration(waited, s->wait_ns));
    case SQLITE_FULL:
        return err_set(e, ERR_STORE, "%s: the disk is full; the file is as it was before", s->path);
    case SQLITE_READONLY:
        return fail_readonly(s, code, e);
    case SQLITE_CANTOPEN:
        return err_set(e, ERR_STORE, "%s: it or its journal could not be opened: %s", s->path,
                       system_error ? strerror(system_error) : "not a file");
    case SQLITE_IOERR:
        return err_set(e, ERR_STORE, "%s: it could not be read or written: %s", s->path,
                       system_error ? strerror(system_error) : sqlite3_errmsg(s->handle));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return err_set(e, ERR_STORE,
                       "%s: the file is damaged (%s); `sqlite3 FILE .recover` saves what can be "
                       "read of it",
                       s->path, sqlite3_errmsg(s->handle));
    case SQLITE_NOMEM:
        return err_set(e, ERR_STORE, "%s: out of memory", s->path);
    default:
        return err_set(e, ERR_STORE, "%s: %s", s->path, sqlite3_errmsg(s->handle));
    }
}

/* What the program asks for is bounded far above anything it writes itself, so that a hostile file
 * cannot make it work or allocate without end. What is only parsed (the schema, with an engineer's
 * own views in it) keeps SQLite's limits. */
static void limits_set(sqlite3 *handle)
{
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, 64 << 20);
    sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, 1 << 20);
    sqlite3_limit(handle, SQLITE_LIMIT_VDBE_OP, 250000);
    sqlite3_limit(handle, SQLITE_LIMIT_VARIABLE_NUMBER, 64);
    sqlite3_limit(handle, SQLITE_LIMIT_TRIGGER_DEPTH, 8);
    sqlite3_limit(handle, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 256);
    sqlite3_limit(handle, SQLITE_LIMIT_WORKER_THREADS, 0);
}

static bool handle_secure(struct store *s, struct err *e)
{
    static const struct {
        int option, value;
    } options[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
    };

    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (sqlite3_db_config(s->handle, options[i].option, options[i].value, NULL) != SQLITE_OK)
            return db_fail(s, e);
    /* An index or a column that an engineer made with our functions has to be kept. */
    if (sqlfunc_add(s->handle) != SQLITE_OK)
        return db_fail(s, e);
    limits_set(s->handle);
    sqlite3_extended_result_codes(s->handle, 1);
    sqlite3_busy_handler(s->handle, wait_for_lock, s);
    return true;
}

static int64_t header_number(const unsigned char *at)
{
    return (int64_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

/* Reads the header through the handle's own file, without a lock and without SQLite's help, which
 * would roll back the journal of whatever file this is. (Opening the file a second time would drop
 * this process's locks on it when closed.) */
static bool header_check(struct store *s, int64_t *version, bool *wal, struct err *e)
{
    unsigned char header[HEADER_SIZE] = {0};
    sqlite3_file *file = NULL;
    sqlite3_int64 size = 0;

    sqlite3_file_control(s->handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (!file || !file->pMethods || file->pMethods->xFileSize(file, &size) != SQLITE_OK)
        return err_set(e, ERR_STORE, "%s: the file could not be read", s->path);
    if (size == 0 && s->mode != STORE_WRITE)
        return err_set(e, ERR_STORE, "%s is empty: nothing was ever recorded in it", s->path);
    *version = 0;
    if (size == 0)
        return true;
    if (size < HEADER_SIZE || file->pMethods->xRead(file, header, HEADER_SIZE, 0) != SQLITE_OK ||
        memcmp(header, "SQLite format 3", 16) != 0)
        return err_set(e, ERR_STORE, "%s is not a database of streamgauge; it was left unchanged",
                       s->path);
    if (header_number(header + HEADER_APPLICATION) != APPLICATION_ID)
        return err_set(
            e, ERR_STORE,
            "%s is an SQLite database, but not one of streamgauge; it was left unchanged", s->path);
    *version = header_number(header + HEADER_VERSION);
    *wal = header[HEADER_WRITE_VERSION] == 2;
    return true;
}

static bool file_check(const struct store *s, struct err *e)
{
    struct stat info;

    if (stat(s->path, &info) == 0)
        return S_ISREG(info.st_mode) || err_set(e, ERR_STORE, "%s is not a file", s->path);
    if (errno != ENOENT)
        return err_set(e, ERR_STORE, "%s: %s", s->path, strerror(errno));
    if (s->mode != STORE_WRITE)
        return err_set(e, ERR_STORE,
                       "%s: there is no such database; `streamgauge run SCENARIO` makes one, and "
                       "--db FILE names another",
                       s->path);
    return true;
}

/* A leading "./" keeps SQLite from taking a name for something special (":memory:", "file:..."). */
static bool handle_open(struct store *s, struct err *e)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                (s->mode == STORE_WRITE ? SQLITE_OPEN_CREATE : 0);
    char *name = mem_printf("%s%s", *s->path == '/' ? "" : "./", s->path);
    int code = sqlite3_open_v2(name, &s->handle, flags, NULL);
    int system_error = s->handle ? sqlite3_system_errno(s->handle) : 0;

    free(name);
    if (code != SQLITE_OK)
        return err_set(e, ERR_STORE, "%s: the file could not be %s: %s", s->path,
                       s->mode == STORE_WRITE ? "made or opened" : "opened",
                       system_error ? strerror(system_error) : sqlite3_errstr(code));
    return true;
}

/* WAL would leave runs beside the file, where a copy of it does not find them. */
static bool journal_settle(struct store *s, bool wal, struct err *e)
{
    struct query q;
    bool deleted = false;

    if (!wal)
        return true;
    if (!db_query(s, &q, e, "PRAGMA journal_mode = DELETE"))
        return false;
    if (query_next(&q, e))
        deleted = strcmp(query_raw(&q, 0), "delete") == 0;
    if (!query_end(&q))
        return false;
    return deleted ||
           err_set(e, ERR_STORE,
                   "%s: another program holds it open in WAL mode; close that program first",
                   s->path);
}

bool db_open(struct store *s, const char *path, enum store_mode mode, int64_t wait_ns,
             int64_t *version, struct err *e)
{
    bool wal = false;

    s->path = mem_copy(path);
    s->mode = mode;
    s->wait_ns = wait_ns;
    s->jitter = (uint64_t)now_ns() ^ (uint64_t)getpid() << 32;
    if (!file_check(s, e) || !handle_open(s, e) || !handle_secure(s, e) ||
        !header_check(s, version, &wal, e))
        return false;
    if (mode != STORE_READ && sqlite3_db_readonly(s->handle, "main"))
        return fail_readonly(s, SQLITE_READONLY, e);
    if (!db_script(s,
                   "PRAGMA foreign_keys = ON; PRAGMA synchronous = EXTRA;"
                   "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -64000;",
                   e))
        return false;
    return mode == STORE_READ ? db_script(s, "PRAGMA query_only = ON", e)
                              : journal_settle(s, wal, e);
}

bool db_copy(struct store *s, struct err *e)
{
    sqlite3 *file = s->handle;
    sqlite3_backup *backup = NULL;
    bool done;

    s->handle = NULL;
    if (sqlite3_open_v2("", &s->handle,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) == SQLITE_OK)
        backup = sqlite3_backup_init(s->handle, "main", file, "main");
    if (backup)
        sqlite3_backup_step(backup, -1);
    done = sqlite3_backup_finish(backup) == SQLITE_OK && backup && handle_secure(s, e);
    if (!done && e->kind == ERR_NONE)
        db_fail(s, e);
    sqlite3_close(file);
    return done;
}

void db_close(struct store *s)
{
    sqlite3_close(s->handle);
    free(s->path);
}

bool db_script(struct store *s, const char *sql, struct err *e)
{
    return sqlite3_exec(s->handle, sql, NULL, NULL, NULL) == SQLITE_OK || db_fail(s, e);
}

bool db_begin(struct store *s, struct err *e)
{
    return db_script(s, "BEGIN IMMEDIATE", e);
}

bool db_settle(struct store *s, bool done, struct err *e)
{
    if (done && db_script(s, "COMMIT", e))
        return true;
    if (!sqlite3_get_autocommit(s->handle)) /* a full disk has rolled back already */
        sqlite3_exec(s->handle, "ROLLBACK", NULL, NULL, NULL);
    return false;
}
