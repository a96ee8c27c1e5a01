/* Migrations: a file is brought to a later version whole or not at all, keeps its data, and one of
 * a later version is left alone. And files that were damaged at random. */
#include "store/layout.h"

#include "tests/store_sample.h"
#include "tests/tap.h"

#include <sys/stat.h>

static struct err err;

/* The migrations of a later program. */
static const char **later(const char *next)
{
    const char **list = mem_get(layout_version + 1, sizeof *list);

    for (size_t i = 0; i < layout_version; i++)
        list[i] = layout_migrations[i];
    list[layout_version] = next;
    return list;
}

static int64_t version_of(struct store *s)
{
    int64_t version = -1;

    db_integer(s, &version, &err, "PRAGMA user_version");
    return version;
}

static int64_t count_of(struct store *s, const char *sql)
{
    int64_t n = -1;

    return db_integer(s, &n, &err, sql) ? n : -1;
}

static void test_upgrade(void)
{
    const char **broken = later("CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT;"
                                "UPDATE run SET status = 'ok'; CREATE TABLE run (id)");
    const char **good = later("CREATE TABLE later (id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL "
                              "REFERENCES run(id) ON DELETE CASCADE) STRICT;"
                              "INSERT INTO later (run_id) SELECT id FROM run;"
                              "ALTER TABLE run ADD COLUMN note TEXT");
    int64_t now = (int64_t)layout_version;
    struct store *s = sample_open("old.db", STORE_WRITE);

    sample_record(s, 1, &(struct sample_run){0}, 5, RUN_OK);
    sample_record(s, 2, &(struct sample_run){0}, 6, RUN_FAILED);
    OK(version_of(s) == now, "an empty file is brought to version %d", (int)now);
    OK(layout_migrate(s, layout_migrations, layout_version, &err) && version_of(s) == now,
       "once more is no change");
    OK(!layout_migrate(s, broken, layout_version + 1, &err) && err.kind == ERR_STORE,
       "a broken upgrade fails: %s", err.text);
    OK(version_of(s) == now &&
           count_of(s, "SELECT count(*) FROM sqlite_schema WHERE name = 'later'") == 0 &&
           count_of(s, "SELECT count(*) FROM run WHERE status = 'failed'") == 1,
       "and changes nothing at all");
    OK(layout_migrate(s, good, layout_version + 1, &err) && version_of(s) == now + 1,
       "a good one takes it to the next version");
    OK(count_of(s, "SELECT count(*) FROM later") == 2 &&
           count_of(s, "SELECT count(*) FROM value") == 12,
       "with all that was in it");
    OK(!layout_migrate(s, layout_migrations, layout_version, &err) && version_of(s) == now + 1,
       "and back goes nothing: %s", err.text);
    store_close(s);
    s = NULL;
    OK(!store_open(&s, "old.db", STORE_WRITE, 0, &err) && strstr(err.text, "newer streamgauge"),
       "which the program of this version leaves alone");
    OK(!store_open(&s, "old.db", STORE_READ, 0, &err) && err.kind == ERR_STORE, "reading, too");
    free(good);
    free(broken);
}

/* A file as the first version left it, with two runs in it. */
static void first_version(const char *name)
{
    struct store *s = sample_open(name, STORE_WRITE);

    sample_record(s, 1, &(struct sample_run){0}, 5, RUN_OK);
    sample_record(s, 2, &(struct sample_run){0}, 6, RUN_OK);
    OK(db_script(s,
                 "DROP TABLE analyzed; DROP TABLE annotation; DROP TABLE change_point;"
                 "DROP INDEX run_by_commit; CREATE INDEX run_by_commit ON run (commit_sha) "
                 "WHERE commit_sha IS NOT NULL; PRAGMA user_version = 1",
                 &err),
       "a file of version 1");
    store_close(s);
}

static bool file_write(const char *name, const unsigned char *data, size_t length)
{
    FILE *f = fopen(name, "wb");
    bool done = f && fwrite(data, 1, length, f) == length;

    return f && fclose(f) == 0 && done;
}

static unsigned char *file_read(const char *name, size_t *length)
{
    struct stat info;
    unsigned char *data;
    FILE *f = fopen(name, "rb");

    if (!f || fstat(fileno(f), &info) != 0)
        abort();
    data = mem_get((size_t)info.st_size, 1);
    *length = fread(data, 1, (size_t)info.st_size, f);
    fclose(f);
    return data;
}

/* Reading leaves an older file what it is; so does merging it into another one. */
static void test_older(void)
{
    struct change_point_list points;
    struct run_list list = {0};
    unsigned char *before, *after;
    size_t length = 0, left = 0;
    struct store *s;
    int64_t added;

    first_version("first.db");
    before = file_read("first.db", &length);
    s = sample_open("first.db", STORE_READ);
    OK(store_list(s, &(struct run_filter){0}, &list, &err) && list.count == 2, "its runs are read");
    OK(store_changes(s, &(struct change_filter){.metric = -1}, &points, &err) && points.count == 0,
       "what it does not know of is not there");
    OK(!store_annotate_run(s, 1, "note", &err), "nothing is written: %s", err.text);
    store_close(s);
    s = sample_open("host.db", STORE_WRITE);
    OK(store_merge(s, "first.db", &added, &err) && added == 2, "its runs are merged");
    store_close(s);
    after = file_read("first.db", &left);
    OK(left == length && memcmp(before, after, length) == 0, "the file is the same to the byte");
    s = sample_open("first.db", STORE_UPDATE);
    OK(version_of(s) == (int64_t)layout_version && count_of(s, "SELECT count(*) FROM run") == 2 &&
           store_annotate_run(s, 1, "note", &err),
       "a command that writes brings it up to date");
    store_close(s);
    unlink("host.db");
    run_list_free(&list);
    free(before);
    free(after);
}

static void test_views(void)
{
    struct store *s = sample_open("views.db", STORE_WRITE);

    OK(db_script(s,
                 "DROP VIEW runs; UPDATE meta SET value = '' WHERE name = 'views';"
                 "UPDATE meta SET value = '99.0' WHERE name = 'refreshed_by'",
                 &err),
       "views of a newer program of the same layout");
    store_close(s);
    s = sample_open("views.db", STORE_WRITE);
    OK(count_of(s, "SELECT count(*) FROM sqlite_schema WHERE name = 'runs'") == 0, "are kept");
    OK(db_script(s, "UPDATE meta SET value = '0.0.1' WHERE name = 'refreshed_by'", &err),
       "those of an older one");
    store_close(s);
    s = sample_open("views.db", STORE_WRITE);
    OK(count_of(s, "SELECT count(*) FROM sqlite_schema WHERE name = 'runs'") == 1, "are made anew");
    store_close(s);
}

/* Ids of metrics are those of the file, whatever the order of the program's list. */
static void test_metric_ids(void)
{
    struct store *s = sample_open("ids.db", STORE_WRITE);
    struct run_list list = {0};
    double p95 = 0;

    OK(db_script(s,
                 "UPDATE metric SET id = id + 1000;"
                 "DELETE FROM metric WHERE name = 'latency.p99';"
                 "UPDATE meta SET value = '' WHERE name = 'metrics'",
                 &err),
       "a file in which metrics have other ids");
    store_close(s);
    s = sample_open("ids.db", STORE_WRITE);
    sample_record(s, 1, &(struct sample_run){0}, 5, RUN_OK);
    OK(count_of(s, "SELECT metric_id > 1000 AND value = 5 FROM value JOIN metric ON "
                   "metric.id = metric_id WHERE name = 'latency.p95'") == 1,
       "values are found under their names");
    OK(store_list(s, &(struct run_filter){0}, &list, &err) &&
           store_values(s, &list, METRIC_LATENCY_P95, &p95, &err) && p95 == 5,
       "and read back");
    OK(count_of(s, "SELECT count(*) FROM metric") == METRIC_COUNT, "what was missing is there");
    run_list_free(&list);
    store_close(s);
}

/* Reads everything there is; whatever a damaged file says, in bounds and to an end. */
static void read_all(struct store *s)
{
    struct run_list list = {0}, runs = {0};
    struct change_point_list points = {0};
    struct series_group_list groups = {0};
    struct note_list notes = {0};
    struct baseline *baselines;
    char last[] = "last";
    char *const selector[] = {last};
    size_t count;

    if (store_list(s, &(struct run_filter){0}, &list, &err)) {
        for (size_t i = 0; i < list.count; i++) {
            struct series_runs series;
            struct result result;
            struct run run;

            store_run(s, list.row[i].id, &run, &err);
            run_free(&run);
            store_result(s, list.row[i].id, &result, &err);
            result_free(&result);
            store_series(s, &list.row[i], 100, &series, &err);
            series_runs_free(&series);
        }
        if (list.count)
            store_history(s, &list.row[0], "main", INT64_MAX / 2000000, 10, &list, &runs, &err);
    }
    run_list_free(&runs);
    run_list_free(&list);
    store_select(s, selector, 1, &runs, &err);
    run_list_free(&runs);
    store_baseline_list(s, &baselines, &count, &err);
    baseline_list_free(baselines, count);
    store_changes(s, &(struct change_filter){.metric = -1}, &points, &err);
    change_point_list_free(&points);
    store_series_groups(s, NULL, NULL, &groups, &err);
    series_group_list_free(&groups);
    store_notes(s, 1, &notes, &err);
    note_list_free(&notes);
}

/* One to eight bytes changed; of every fourth file the end is missing. */
static void damage(unsigned char *data, size_t *length, unsigned *seed)
{
    int changes = 1 + rand_r(seed) % 8;

    while (changes-- > 0)
        data[100 + (size_t)rand_r(seed) % (*length - 100)] = (unsigned char)rand_r(seed);
    if (rand_r(seed) % 4 == 0)
        *length = 100 + (size_t)rand_r(seed) % (*length - 100);
}

static void test_damaged(void)
{
    struct store *s = sample_open("sound.db", STORE_WRITE), *host;
    int opened = 0, refused = 0, merged = 0, broken = 0, files = 150;
    unsigned char *sound;
    size_t length;
    unsigned seed = 1;

    for (int n = 1; n <= 20; n++)
        sample_record(s, n, &(struct sample_run){0}, n, RUN_OK);
    sample_change(s, 10, CHANGE_EXPECTED, &err);
    store_close(s);
    sound = file_read("sound.db", &length);
    for (int i = 0; i < files; i++) {
        unsigned char *data = mem_get(length, 1);
        size_t left = length;
        int64_t added;

        memcpy(data, sound, length);
        damage(data, &left, &seed);
        if (!file_write("damaged.db", data, left))
            abort();
        free(data);
        if (store_open(&s, "damaged.db", STORE_READ, 0, &err)) {
            opened++;
            read_all(s);
            store_close(s);
        } else {
            refused += err.kind == ERR_STORE && err.text[0];
        }
        unlink("host.db");
        host = sample_open("host.db", STORE_WRITE);
        merged += store_merge(host, "damaged.db", &added, &err);
        broken += count_of(host, "SELECT integrity_check <> 'ok' FROM pragma_integrity_check") != 0;
        store_close(host);
    }
    free(sound);
    OK(opened + refused == files && opened > 0 && refused > 0,
       "of %d damaged files %d are read as far as they go, %d refused in words", files, opened,
       refused);
    OK(merged > 0 && merged < files, "%d are merged, the others not", merged);
    OK(broken == 0, "into a file that stays whole");
}

int main(void)
{
    char *folder = sample_folder();

    test_upgrade();
    test_older();
    test_views();
    test_metric_ids();
    test_damaged();
    sample_folder_end(folder);
    return tap_end();
}
