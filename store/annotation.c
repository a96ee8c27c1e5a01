/* annotation: what people write about runs and change points. */
#include "store/rows.h"

#include <stdlib.h>

/* `run_id` or `change_id` is 0. */
static bool annotation_write(struct store *s, int64_t run_id, int64_t change_id, const char *state,
                             const char *note, struct err *e)
{
    char name[UUID_SIZE], now[UNITS_TEXT_SIZE];

    now_text(now);
    return name_make(s, name, e) &&
           db_run(s, e,
                  "INSERT INTO annotation (uuid, run_id, change_id, created_at, state, note) "
                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                  BIND(name), run_id ? BIND(run_id) : (struct bind){0},
                  change_id ? BIND(change_id) : (struct bind){0}, BIND(now), BIND(state),
                  BIND(note)) &&
           (!state || db_run(s, e, "UPDATE change_point SET state = ?2 WHERE id = ?1",
                             BIND(change_id), BIND(state)));
}

bool store_annotate_run(struct store *s, int64_t run_id, const char *note, struct err *e)
{
    int64_t known = 0;

    if (!db_integer(s, &known, e, "SELECT 1 FROM run WHERE id = ?1", BIND(run_id)))
        return false;
    if (!known)
        return err_set(e, ERR_USAGE, "there is no run %lld; `streamgauge list` shows them",
                       (long long)run_id);
    return db_begin(s, e) && db_settle(s, annotation_write(s, run_id, 0, NULL, note, e), e);
}

bool store_annotate_change(struct store *s, int64_t change_id, enum change_state state,
                           const char *note, struct err *e)
{
    const char *name = state >= CHANGE_EXPECTED ? change_state_name[state] : NULL;
    int64_t known = 0;

    if (!db_integer(s, &known, e, "SELECT 1 FROM change_point WHERE id = ?1", BIND(change_id)))
        return false;
    if (!known)
        return err_set(e, ERR_USAGE, "there is no change %lld; `streamgauge changes` shows them",
                       (long long)change_id);
    return db_begin(s, e) && db_settle(s, annotation_write(s, 0, change_id, name, note, e), e);
}

bool store_notes(struct store *s, int64_t run_id, struct note_list *out, struct err *e)
{
    struct query q;
    bool done = true;

    *out = (struct note_list){0};
    if (!db_query(s, &q, e,
                  "SELECT created_at, note FROM annotation WHERE run_id = ?1 AND note IS NOT NULL "
                  "ORDER BY created_at, uuid",
                  BIND(run_id)))
        return false;
    while (done && query_next(&q, e)) {
        struct note *n;

        out->note = mem_grow(out->note, out->count + 1, sizeof *out->note);
        n = &out->note[out->count++];
        *n = (struct note){.text = query_text(&q, 1)};
        done = time_read(&q, 0, &n->created_ms, e);
    }
    return query_end(&q) && done;
}

void note_list_free(struct note_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->note[i].text);
    free(l->note);
    *l = (struct note_list){0};
}
