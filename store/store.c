#include "store/store.h"

#include "schema/text.h"
#include "store/db.h"
#include "store/layout.h"

#include <stdlib.h>

static bool version_check(const struct store *s, int64_t version, struct err *e)
{
    if (version > (int64_t)layout_version)
        return err_set(e, ERR_STORE,
                       "%s was written by a newer streamgauge (version %lld of the database, this "
                       "program knows up to %zu); it was left unchanged",
                       s->path, (long long)version, layout_version);
    return true;
}

/* Triggers and false tables are refused before anything is written. A file of an older version
 * that may only be read stays what it is: it is read by a copy that is brought up to date. */
static bool layout_settle(struct store *s, int64_t version, struct err *e)
{
    bool old = version < (int64_t)layout_version, reads = s->mode == STORE_READ;

    if (old && reads && !db_copy(s, e))
        return false;
    if (old &&
        (!layout_check(s, false, e) || !layout_migrate(s, layout_migrations, layout_version, e)))
        return false;
    if (old && reads && !db_script(s, "PRAGMA query_only = ON", e))
        return false;
    if (reads)
        return layout_check(s, true, e) && layout_metrics(s, e);
    return layout_check(s, true, e) && layout_refresh(s, e) && layout_metrics(s, e);
}

bool store_open(struct store **s, const char *path, enum store_mode mode, int64_t wait_ns,
                struct err *e)
{
    struct store *opened = mem_get(1, sizeof *opened);
    int64_t version = 0;

    *s = NULL;
    if (db_open(opened, path, mode, wait_ns, &version, e) && version_check(opened, version, e) &&
        layout_settle(opened, version, e)) {
        *s = opened;
        return true;
    }
    db_close(opened);
    free(opened);
    return false;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    db_close(s);
    free(s);
}
