#include "store/layout.h"

#include "schema/embed.h"
#include "schema/text.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const layout_migrations[] = {embed_sql_0001, embed_sql_0002, embed_sql_0003};
const size_t layout_version = sizeof layout_migrations / sizeof *layout_migrations;

static const char *const table_names[] = {
    "project", "scenario", "environment", "metric",       "commit_info", "tag",      "run",
    "label",   "value",    "failure",     "timeseries",   "histogram",   "baseline", "baseline_run",
    "budget",  "verdict",  "meta",        "change_point", "annotation",  "analyzed",
};
enum { TABLES = sizeof table_names / sizeof *table_names };

static int table_find(const char *name)
{
    for (int i = 0; i < TABLES; i++)
        if (strcasecmp(name, table_names[i]) == 0)
            return i;
    return -1;
}

/* PRAGMA takes no binds. */
static bool version_write(struct store *s, size_t version, struct err *e)
{
    char sql[96];

    snprintf(sql, sizeof sql, "PRAGMA application_id = 0x53474231; PRAGMA user_version = %zu",
             version);
    return db_script(s, sql, e);
}

static bool migrate_all(struct store *s, const char *const *migrations, size_t to, struct err *e)
{
    int64_t from = 0;

    if (!db_integer(s, &from, e, "PRAGMA user_version"))
        return false;
    if (from > (int64_t)to)
        return err_set(e, ERR_STORE, "%s has just been upgraded by a newer streamgauge", s->path);
    for (size_t i = (size_t)from; i < to; i++)
        if (!db_script(s, migrations[i], e))
            return err_wrap(e, "upgrade to version %zu", i + 1);
    return (size_t)from >= to || version_write(s, to, e);
}

bool layout_migrate(struct store *s, const char *const *migrations, size_t to, struct err *e)
{
    return db_begin(s, e) && db_settle(s, migrate_all(s, migrations, to, e), e);
}

/* Hex SHA-256 of a text. */
static void text_hash(const char *text, char out[SHA256_SIZE])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    SHA256((const unsigned char *)text, strlen(text), digest);
    for (int i = 0; i < SHA256_DIGEST_LENGTH; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

/* What table metric should hold, as one text to be hashed. */
static void metrics_hash(char out[SHA256_SIZE])
{
    struct text all = {0};

    for (int i = 0; i < METRIC_COUNT; i++)
        text_addf(&all, "%s|%s|%d|%d|%d|%d|%s\n", metrics[i].name, metrics[i].unit,
                  (int)metrics[i].better, (int)metrics[i].scale, (int)metrics[i].kind,
                  metrics[i].gate, metrics[i].help);
    text_hash(all.data, out);
    text_free(&all);
}

/* Rows are found by name: an id, once given, stays, whatever the order of the list in later
 * versions. A unit never changes, since the values recorded with it do not. */
static bool metrics_write(struct store *s, struct err *e)
{
    struct query q;

    if (!db_query(s, &q, e,
                  "INSERT INTO metric (name, unit, direction, scale, kind, gate, help) "
                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
                  "ON CONFLICT (name) DO UPDATE SET direction = excluded.direction, "
                  "scale = excluded.scale, gate = excluded.gate, help = excluded.help"))
        return false;
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct metric *m = &metrics[i];

        if (!query_run(&q, e, BIND(m->name), BIND(m->unit), BIND(metric_better_name[m->better]),
                       BIND(metric_scale_name[m->scale]), BIND(metric_kind_name[m->kind]),
                       BIND(m->gate), BIND(m->help)))
            break;
    }
    return query_end(&q);
}

static bool meta_write(struct store *s, const char *name, const char *value, struct err *e)
{
    return db_run(s, e,
                  "INSERT INTO meta (name, value) VALUES (?1, ?2) "
                  "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                  BIND(name), BIND(value));
}

static bool refresh_all(struct store *s, const char *views, const char *list, struct err *e)
{
    return db_script(s, embed_sql_views, e) && metrics_write(s, e) &&
           meta_write(s, "views", views, e) && meta_write(s, "metrics", list, e) &&
           meta_write(s, "refreshed_by", STREAMGAUGE_VERSION, e);
}

/* *fresh is true where there is nothing to do. A file that was given its views by a newer program
 * of the same layout keeps them, so that two programs do not undo each other's. */
static bool refresh_needed(struct store *s, const char *views, const char *list, bool *fresh,
                           struct err *e)
{
    struct query q;
    int equal = 0;
    bool newer = false;

    if (!db_query(s, &q, e, "SELECT name, value FROM meta"))
        return false;
    while (query_next(&q, e)) {
        equal += query_is(&q, 0, "views") && query_is(&q, 1, views);
        equal += query_is(&q, 0, "metrics") && query_is(&q, 1, list);
        newer |= query_is(&q, 0, "refreshed_by") && !query_null(&q, 1) &&
                 strverscmp(query_raw(&q, 1), STREAMGAUGE_VERSION) > 0;
    }
    *fresh = equal == 2 || newer;
    return query_end(&q);
}

bool layout_refresh(struct store *s, struct err *e)
{
    char views[SHA256_SIZE], list[SHA256_SIZE];
    bool fresh = false;

    text_hash(embed_sql_views, views);
    metrics_hash(list);
    if (!refresh_needed(s, views, list, &fresh, e))
        return false;
    return fresh || (db_begin(s, e) && db_settle(s, refresh_all(s, views, list, e), e));
}

static bool foreign(const struct store *s, const char *what, const char *name, struct err *e)
{
    return err_set(e, ERR_STORE, "%s is not laid out as streamgauge does it: %s %s; it is not used",
                   s->path, name, what);
}

/* A column that is computed would run the file's own expressions. */
static bool columns_check(struct store *s, struct err *e)
{
    for (int i = 0; i < TABLES; i++) {
        int64_t computed = 0;

        if (!db_integer(s, &computed, e,
                        "SELECT count(*) FROM pragma_table_xinfo(?1) WHERE hidden <> 0",
                        BIND(table_names[i])))
            return false;
        if (computed)
            return foreign(s, "has computed columns", table_names[i], e);
    }
    return true;
}

static bool object_check(const struct store *s, const struct query *q, bool *found, struct err *e)
{
    const char *type = query_raw(q, 0), *name = query_raw(q, 1), *table = query_raw(q, 2);
    int ours = name ? table_find(name) : -1;

    if (!type || !name || !table)
        return true;
    if (strcmp(type, "trigger") == 0 && s->mode != STORE_READ && table_find(table) >= 0)
        return err_set(e, ERR_STORE,
                       "%s has a trigger, %s, on table %s, which could change what is recorded; "
                       "drop it first",
                       s->path, name, table);
    if (ours < 0 || strcmp(type, "trigger") == 0 || strcmp(type, "index") == 0)
        return true;
    if (strcmp(type, "table") != 0 || query_integer(q, 3) <= 0)
        return foreign(s, "is not a table", table_names[ours], e);
    found[ours] = true;
    return true;
}

bool layout_check(struct store *s, bool whole, struct err *e)
{
    bool found[TABLES] = {false}, done = true;
    struct query q;

    if (!db_query(s, &q, e, "SELECT type, name, tbl_name, rootpage FROM sqlite_schema"))
        return false;
    while (done && query_next(&q, e))
        done = object_check(s, &q, found, e);
    if (!query_end(&q) || !done)
        return false;
    for (int i = 0; whole && i < TABLES; i++)
        if (!found[i])
            return foreign(s, "is missing", table_names[i], e);
    return columns_check(s, e);
}

bool layout_metrics(struct store *s, struct err *e)
{
    struct query q;

    if (!db_query(s, &q, e, "SELECT id, name, unit FROM metric"))
        return false;
    while (query_next(&q, e)) {
        const char *name = query_raw(&q, 1), *unit = query_raw(&q, 2);

        for (int i = 0; name && unit && i < METRIC_COUNT; i++)
            if (strcmp(metrics[i].name, name) == 0 && strcmp(metrics[i].unit, unit) == 0)
                s->metric_row[i] = query_integer(&q, 0);
    }
    return query_end(&q);
}
