/* select: which runs a word of the command line means. */
#include "store/rows.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 3, COMMIT_DIGITS = 7, UUID_DIGITS = 8 };

/* Behind every text that begins with a prefix, in the order of bytes. */
#define AFTER_PREFIX "\xf4\x8f\xbf\xbf"

/* The runs a query names, or ERR_USAGE with the nearest of the names that `known` lists. */
static bool found(struct store *s, const struct ids *ids, size_t before, const char *kind,
                  const char *word, const char *known, struct err *e)
{
    enum { NAMES = 1000 };
    const char *names[NAMES + 1] = {0}, *nearest;
    size_t count = 0;
    struct query q;

    if (ids->count > before)
        return true;
    err_set(e, ERR_USAGE, "there is no run of %s %s", kind, word);
    if (!known)
        return false;
    if (!db_query(s, &q, e, known, BIND((int64_t)NAMES)))
        return false;
    while (count < NAMES && query_next(&q, e))
        if (!query_null(&q, 0))
            names[count++] = query_text(&q, 0);
    if (query_end(&q) && (nearest = text_nearest(word, names)))
        err_set(e, ERR_USAGE, "there is no run of %s %s; did you mean %s?", kind, word, nearest);
    while (count > 0)
        free((char *)names[--count]);
    return false;
}

static bool select_number(struct store *s, const char *word, struct ids *ids, struct err *e)
{
    size_t before = ids->count;
    struct query q;

    return db_query(s, &q, e, "SELECT id FROM run WHERE id = ?1",
                    BIND((int64_t)strtoll(word, NULL, 10))) &&
           ids_read(&q, ids, e) &&
           (ids->count > before ||
            err_set(e, ERR_USAGE, "there is no run %s; `streamgauge list` shows them", word));
}

static bool select_session(struct store *s, const char *word, struct ids *ids, struct err *e)
{
    size_t before = ids->count;
    struct query q;

    return db_query(s, &q, e, "SELECT id FROM run WHERE session = ?1", BIND(word)) &&
           ids_read(&q, ids, e) &&
           found(s, ids, before, "session", word,
                 "SELECT session FROM run ORDER BY started_at DESC LIMIT ?1", e);
}

static bool select_branch(struct store *s, const char *word, struct ids *ids, struct err *e)
{
    size_t before = ids->count;
    struct query q;

    return db_query(s, &q, e, "SELECT id FROM run WHERE branch = ?1", BIND(word)) &&
           ids_read(&q, ids, e) &&
           found(s, ids, before, "branch", word, "SELECT DISTINCT branch FROM run LIMIT ?1", e);
}

static bool select_label(struct store *s, const char *word, struct ids *ids, struct err *e)
{
    const char *equal = strchr(word, '=');
    size_t before = ids->count;
    struct query q;
    char *key;
    bool done;

    if (!equal)
        return err_set(e, ERR_USAGE, "label:%s: expected label:KEY=VALUE", word);
    key = mem_printf("%.*s", (int)(equal - word), word);
    done = db_query(s, &q, e, "SELECT run_id FROM label WHERE key = ?1 AND value = ?2", BIND(key),
                    BIND(equal + 1)) &&
           ids_read(&q, ids, e) &&
           found(s, ids, before, "label", word,
                 "SELECT DISTINCT key || '=' || value FROM label LIMIT ?1", e);
    free(key);
    return done;
}

static bool select_tag(struct store *s, const char *word, struct ids *ids, struct err *e)
{
    size_t before = ids->count;
    struct query q;

    return db_query(s, &q, e,
                    "SELECT run.id FROM tag JOIN run ON run.commit_sha = tag.sha "
                    "WHERE tag.name = ?1",
                    BIND(word)) &&
           ids_read(&q, ids, e) &&
           found(s, ids, before, "tag", word, "SELECT name FROM tag LIMIT ?1", e);
}

static bool select_baseline(struct store *s, const char *word, struct ids *ids, struct err *e)
{
    struct run_list runs = {0};
    size_t before = ids->count;
    bool exists = false;
    bool done = store_baseline_runs(s, word, NULL, &runs, &exists, e);

    for (size_t i = 0; i < runs.count; i++)
        ids_add(ids, runs.row[i].id);
    run_list_free(&runs);
    if (done && exists && ids->count == before)
        return err_set(e, ERR_USAGE, "baseline %s has no runs now", word);
    return done && found(s, ids, before, "baseline", word, "SELECT name FROM baseline LIMIT ?1", e);
}

/* Up to SHOWN + 1 texts that begin with a prefix. */
struct matches {
    char *text[SHOWN + 1];
    int count;
};

static void matches_free(struct matches *m)
{
    while (m->count > 0)
        free(m->text[--m->count]);
}

static bool matches_read(struct store *s, const char *sql, const char *prefix, struct matches *m,
                         struct err *e)
{
    char *after = mem_printf("%s" AFTER_PREFIX, prefix);
    struct query q;
    bool done = db_query(s, &q, e, sql, BIND(prefix), BIND(after));

    if (done) {
        while (m->count <= SHOWN && query_next(&q, e))
            if (!query_null(&q, 0))
                m->text[m->count++] = mem_copy(query_raw(&q, 0));
        done = query_end(&q);
    }
    free(after);
    return done;
}

#define UUID_MATCHES "SELECT uuid FROM run WHERE uuid >= ?1 AND uuid < ?2 LIMIT 4"
#define COMMIT_MATCHES \
    "SELECT DISTINCT commit_sha FROM run WHERE commit_sha >= ?1 AND commit_sha < ?2 LIMIT 4"

static bool ambiguous(const char *word, const struct matches *a, const struct matches *b,
                      struct err *e)
{
    struct text names = {0};

    for (int i = 0; i < a->count + b->count; i++) {
        const char *name = i < a->count ? a->text[i] : b->text[i - a->count];

        if (i == SHOWN) {
            text_add(&names, ", ...");
            break;
        }
        text_addf(&names, "%s%s", i ? ", " : "", name);
    }
    err_set(e, ERR_USAGE, "%s could mean %s; give more of it", word, names.data);
    text_free(&names);
    return false;
}

static bool commit_runs(struct store *s, const char *sha, struct ids *ids, struct err *e)
{
    struct query q;

    return db_query(s, &q, e, "SELECT id FROM run WHERE commit_sha = ?1", BIND(sha)) &&
           ids_read(&q, ids, e);
}

static bool select_commit(struct store *s, const char *word, struct ids *ids, struct err *e)
{
    struct matches commits = {0}, none = {0};
    size_t before = ids->count;
    bool done = commit_runs(s, word, ids, e);

    if (!done || ids->count > before)
        return done;
    done = matches_read(s, COMMIT_MATCHES, word, &commits, e);
    if (done && commits.count > 1)
        done = ambiguous(word, &commits, &none, e);
    else if (done && commits.count == 1)
        done = commit_runs(s, commits.text[0], ids, e);
    matches_free(&commits);
    return done && found(s, ids, before, "commit", word, NULL, e);
}

/* A word of hexadecimal digits is the beginning of a UUID or of a commit. */
static bool select_hex(struct store *s, const char *word, struct ids *ids, struct err *e)
{
    struct matches uuids = {0}, commits = {0};
    struct query q;
    bool done = true;

    if (strlen(word) >= UUID_DIGITS)
        done = matches_read(s, UUID_MATCHES, word, &uuids, e);
    if (done && !strchr(word, '-'))
        done = matches_read(s, COMMIT_MATCHES, word, &commits, e);
    if (done && uuids.count + commits.count > 1)
        done = ambiguous(word, &uuids, &commits, e);
    else if (done && uuids.count == 1)
        done = db_query(s, &q, e, "SELECT id FROM run WHERE uuid = ?1", BIND(uuids.text[0])) &&
               ids_read(&q, ids, e);
    else if (done && commits.count == 1)
        done = commit_runs(s, commits.text[0], ids, e);
    else if (done)
        done = err_set(e, ERR_USAGE, "there is no run and no commit %s", word);
    matches_free(&uuids);
    matches_free(&commits);
    return done;
}

/* last is the newest session, by the start of its last run; last~N the one N sessions earlier. A
 * search of `capacity` is none, unless there is nothing else. */
static bool select_last(struct store *s, int64_t back, struct ids *ids, struct err *e)
{
    struct names seen = {0};
    struct query q;
    bool done;

    if (!db_query(s, &q, e,
                  "SELECT session FROM run WHERE role IS NOT 'capacity' OR NOT EXISTS "
                  "(SELECT 1 FROM run WHERE role IS NOT 'capacity') "
                  "ORDER BY started_at DESC, id DESC"))
        return false;
    while ((int64_t)seen.count <= back && query_next(&q, e))
        if (!query_null(&q, 0))
            names_add(&seen, query_raw(&q, 0));
    done = query_end(&q);
    if (done && (int64_t)seen.count <= back)
        done = err_set(e, ERR_USAGE,
                       seen.count ? "there are only %zu sessions in %s"
                                  : "there are no runs yet: %zu sessions in %s",
                       seen.count, s->path);
    else if (done)
        done = select_session(s, seen.name[back], ids, e);
    names_free(&seen);
    return done;
}

static bool select_plain(struct store *s, const char *word, struct ids *ids, struct err *e)
{
    size_t length = strlen(word);
    bool digits = length > 0 && strspn(word, "0123456789") == length;
    bool hex = length >= COMMIT_DIGITS && strspn(word, "0123456789abcdef-") == length;
    int64_t is_run = 0;

    if (strcmp(word, "last") == 0)
        return select_last(s, 0, ids, e);
    if (strncmp(word, "last~", 5) == 0 && strlen(word) <= 9 && isdigit((unsigned char)word[5]) &&
        strspn(word + 5, "0123456789") == length - 5)
        return select_last(s, strtoll(word + 5, NULL, 10), ids, e);
    if (digits && hex &&
        !db_integer(s, &is_run, e, "SELECT 1 FROM run WHERE id = ?1",
                    BIND((int64_t)strtoll(word, NULL, 10))))
        return false;
    if (digits && (is_run || !hex))
        return select_number(s, word, ids, e);
    if (hex)
        return select_hex(s, word, ids, e);
    return err_set(e, ERR_USAGE,
                   "%s selects no runs; a selection is a number, a UUID, last, or one of run:, "
                   "session:, commit:, tag:, branch:, baseline: and label: with a name",
                   word);
}

static bool select_run(struct store *s, const char *word, struct ids *ids, struct err *e)
{
    if (*word && strspn(word, "0123456789") == strlen(word))
        return select_number(s, word, ids, e);
    return select_plain(s, word, ids, e);
}

static const struct {
    const char *kind;
    bool (*select)(struct store *s, const char *word, struct ids *ids, struct err *e);
} kinds[] = {
    {"run", select_run},     {"session", select_session}, {"commit", select_commit},
    {"tag", select_tag},     {"branch", select_branch},   {"baseline", select_baseline},
    {"label", select_label},
};

static bool select_word(struct store *s, const char *selector, struct ids *ids, struct err *e)
{
    const char *colon = strchr(selector, ':');
    const char *names[sizeof kinds / sizeof *kinds + 1] = {0}, *nearest;
    char kind[32];

    if (!colon)
        return select_plain(s, selector, ids, e);
    snprintf(kind, sizeof kind, "%.*s", (int)(colon - selector), selector);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        names[i] = kinds[i].kind;
        if (strcmp(kinds[i].kind, kind) == 0)
            return colon[1] ? kinds[i].select(s, colon + 1, ids, e)
                            : err_set(e, ERR_USAGE, "%s needs a name after the colon", selector);
    }
    nearest = text_nearest(kind, names);
    return err_set(e, ERR_USAGE, "%s: there is no selection by %s%s%s%s", selector, kind,
                   nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? ":?" : "");
}

bool store_select(struct store *s, char *const *selectors, size_t count, struct run_list *out,
                  struct err *e)
{
    struct ids ids = {0};
    bool done = true;

    *out = (struct run_list){0};
    for (size_t i = 0; done && i < count; i++)
        done = select_word(s, selectors[i], &ids, e);
    done = done && rows_of_ids(s, &ids, out, e);
    ids_free(&ids);
    return done;
}

static bool runs_have(const struct run_list *l, int64_t id)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->row[i].id == id)
            return true;
    return false;
}

/* Leaves the runs out that are in the other list, unless all are. */
static void rows_drop(struct run_list *runs, const struct run_list *others)
{
    size_t left = 0;

    for (size_t i = 0; i < runs->count; i++)
        left += !runs_have(others, runs->row[i].id);
    for (size_t i = 0; left > 0 && i < runs->count;)
        if (runs_have(others, runs->row[i].id))
            run_list_drop(runs, i);
        else
            i++;
}

bool store_leave_roles(struct store *s, struct run_list *runs, struct err *e)
{
    struct ids ids = {0};
    struct run_list others = {0};
    struct text json = {0};
    struct query q;
    bool done;

    ids_json_of(runs, &json);
    done = db_query(s, &q, e,
                    "SELECT id FROM run WHERE role IN ('capacity', 'before') AND id IN "
                    "(SELECT value FROM json_each(?1))",
                    BIND(json.data)) &&
           ids_read(&q, &ids, e) && rows_of_ids(s, &ids, &others, e);
    if (done)
        rows_drop(runs, &others);
    run_list_free(&others);
    ids_free(&ids);
    text_free(&json);
    return done;
}

bool store_select_before(struct store *s, const char *selector, const struct run_list *judged,
                         struct run_list *out, struct err *e)
{
    static const char baseline[] = "baseline:";
    const char *name = selector + strlen(baseline);
    char *const word = (char *)selector;
    bool exists = false;

    *out = (struct run_list){0};
    if (strncmp(selector, baseline, strlen(baseline)) == 0) {
        if (!store_baseline_runs(s, name, judged, out, &exists, e))
            return false;
        if (exists)
            return out->count > 0 ||
                   err_set(e, ERR_USAGE, "baseline %s has no runs to compare these with", name);
    }
    if (!store_select(s, &word, 1, out, e) || !store_leave_roles(s, out, e))
        return false;
    rows_drop(out, judged);
    return true;
}

bool store_select_one(struct store *s, const char *selector, struct run_row *out, struct err *e)
{
    struct run_list runs = {0};
    char *const word = (char *)selector;
    bool done = store_select(s, &word, 1, &runs, e);

    if (done && runs.count == 0)
        done = err_set(e, ERR_USAGE, "%s selects no runs", selector);
    if (done) {
        *out = runs.row[0];
        runs.row[0] = (struct run_row){0};
    }
    run_list_free(&runs);
    return done;
}
