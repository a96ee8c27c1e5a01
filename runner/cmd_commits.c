/* streamgauge commits: what git knows of the commits that were measured. */
#include "runner/history.h"

#include "schema/command.h"
#include "schema/json.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

struct commits_args {
    const char *repo;
};

static const struct option_spec commits_options[] = {
    OPTION(struct commits_args, repo, "repo", "DIR",
           "the repository (default: the current folder's)"),
    OPTION_END,
};

enum { SHOWN = 3 };

static void commits_json(const struct history *h, int64_t changed, struct text *out)
{
    text_addf(out,
              "{\"schema_version\":1,\"commits\":%zu,\"tags\":%zu,\"changed\":%lld,\"shallow\":%s,"
              "\"unknown\":[",
              h->commits.count, h->tags.count, (long long)changed, h->shallow ? "true" : "false");
    for (size_t i = 0; i < h->unknown_count; i++) {
        text_add(out, i ? "," : "");
        json_quote(out, h->unknown[i]);
    }
    text_add(out, "]}\n");
}

static void commits_text(const struct history *h, int64_t changed, struct text *out)
{
    text_addf(out, "%zu commit%s and %zu tag%s, %lld of them new or changed\n", h->commits.count,
              h->commits.count == 1 ? "" : "s", h->tags.count, h->tags.count == 1 ? "" : "s",
              (long long)changed);
    for (size_t i = 0; i < h->unknown_count && i < SHOWN; i++)
        text_addf(out, "%s%s", i ? ", " : "not in this repository: ", h->unknown[i]);
    if (h->unknown_count > SHOWN)
        text_addf(out, " and %zu more", h->unknown_count - SHOWN);
    text_add(out, h->unknown_count ? "\n" : "");
    if (h->shallow)
        text_add(out, "this is a shallow clone, so the order of its commits is not known; after\n"
                      "`git fetch --unshallow`, `streamgauge commits` finds it\n");
}

static bool commits_keep(const struct call *call, struct store *s, char *const *sha, size_t count,
                         struct err *e)
{
    const struct commits_args *args = call->args;
    struct text out = {0};
    struct history h = {0};
    int64_t changed = 0;
    bool done = history_read(args->repo, sha, count, &h, e);

    if (done && h.unknown_count == count)
        done =
            err_set(e, ERR_USAGE,
                    "%s has none of the %zu commit%s that were measured; --repo DIR names "
                    "another repository",
                    args->repo ? args->repo : "the repository here", count, count == 1 ? "" : "s");
    done = done && store_put_commits(s, &h.commits, &h.tags, &changed, e);
    if (done) {
        if (call->globals->json)
            commits_json(&h, changed, &out);
        else
            commits_text(&h, changed, &out);
        fputs(out.data, stdout);
    }
    text_free(&out);
    history_free(&h);
    return done;
}

static int commits_run(const struct call *call, struct err *e)
{
    struct store *s = NULL;
    char **sha = NULL;
    size_t count = 0;

    if (store_open(&s, call->globals->db, STORE_UPDATE, call->globals->wait.ns, e) &&
        store_measured(s, &sha, &count, e)) {
        if (count == 0)
            err_set(e, ERR_USAGE, "no run in %s has a commit", call->globals->db);
        else
            commits_keep(call, s, sha, count, e);
    }
    for (size_t i = 0; i < count; i++)
        free(sha[i]);
    free(sha);
    store_close(s);
    return (int)e->kind;
}

const struct command cmd_commits = {
    .name = "commits",
    .summary = "take over from git what it knows of the commits that were measured",
    .details =
        "For a database that was made elsewhere, or without the whole history: of each measured\n"
        "commit, of those in between and of tags it keeps the place in history, parent, time,\n"
        "author and subject. The repository is only read. Then series are in the order of\n"
        "history, tag:NAME selects runs, and changes name the commits that may have made them.",
    .options = commits_options,
    .args_size = sizeof(struct commits_args),
    .run = commits_run,
};
