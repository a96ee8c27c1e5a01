/* keep: a run begun and finished for one who holds no database open in between. */
#include "schema/command.h"
#include "schema/text.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

bool store_begin_at(const char *path, int64_t wait_ns, struct run *run, struct err *e)
{
    struct store *s = NULL;
    bool done = store_open(&s, path, STORE_WRITE, wait_ns, e) && store_begin(s, run, e);

    store_close(s);
    return done;
}

/* Saves a finished run that the database did not take for the reason *why: beside it, or where that
 * does not go either (a full disk, a folder that is gone), among the temporary files. */
static void run_save(const char *path, struct run *run, const struct result *result,
                     const struct err *why, struct err *e)
{
    const char *name = strrchr(path, '/'), *folder = getenv("TMPDIR");
    char *spare = mem_printf("%s/%s", folder && *folder ? folder : "/tmp", name ? name + 1 : path);
    char *file = NULL;
    struct text merge = {0};
    struct err worse = {0};

    if (store_pending(path, run, result, &file, &worse) ||
        store_pending(spare, run, result, &file, &worse)) {
        command_suggest(&merge, "merge", path);
        text_add(&merge, " ");
        text_add_word(&merge, file);
        err_set(e, ERR_STORE, "%s; the finished run is safe in %s: %s", why->text, file,
                merge.data);
    } else {
        err_set(e, ERR_STORE, "%s; nor could the run be saved elsewhere: %s", why->text,
                worse.text);
    }
    text_free(&merge);
    free(file);
    free(spare);
}

bool store_finish_at(const char *path, int64_t wait_ns, struct run *run,
                     const struct result *result, struct err *e)
{
    struct store *s = NULL;
    struct err why = {0};
    bool done =
        store_open(&s, path, STORE_WRITE, wait_ns, &why) && store_finish(s, run, result, &why);

    store_close(s);
    if (!done)
        run_save(path, run, result, &why, e);
    return done;
}
