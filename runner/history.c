#include "runner/history.h"

#include "runner/git.h"
#include "runner/graph.h"
#include "schema/text.h"

#include <stdlib.h>
#include <string.h>

/* A history of two million commits fits. */
enum { OUTPUT_MAX = 256 << 20, TIME_MAX_MS = 300000, FIELDS = 5 };
enum { SHA_MIN = 7, SHA_MAX = 64 };

static bool ask(const char *repo, const char *const *arguments, const char *input, char **out,
                struct err *e)
{
    struct git_question q = {repo, arguments, input, OUTPUT_MAX, TIME_MAX_MS};

    *out = NULL;
    return git_answer(&q, out) ||
           err_set(e, ERR_USAGE, "git: %s", **out ? *out : "the history could not be read");
}

/* The next line of a text that is taken apart; NULL at its end. */
static char *line_next(char **rest)
{
    return *rest && **rest ? strsep(rest, "\n") : NULL;
}

static bool is_sha(const char *word)
{
    size_t length = strspn(word, "0123456789abcdef");

    return length >= SHA_MIN && length <= SHA_MAX && !word[length];
}

/* A commit that was asked for, and what git calls it. */
struct asked {
    const char *name;
    char *sha;
};

/* Asks which commits these names are: found[i].sha stays NULL where name i is none. Each name is
 * one line and no option, as it stands on stdin. */
static bool names_resolve(const char *repo, struct asked *found, size_t count, struct err *e)
{
    const char *arguments[] = {"cat-file", "--batch-check=%(objectname) %(objecttype)", NULL};
    struct text input = {0};
    char *out = NULL, *rest;
    bool done;

    if (count == 0)
        return true;
    for (size_t i = 0; i < count; i++)
        text_addf(&input, "%s^{commit}\n", found[i].name);
    done = ask(repo, arguments, input.data, &out, e);
    rest = done ? out : NULL;
    for (size_t i = 0; i < count; i++) {
        char *line = line_next(&rest), *sha = line ? strsep(&line, " ") : NULL;

        if (line && strcmp(line, "commit") == 0 && is_sha(sha))
            found[i].sha = mem_copy(sha);
    }
    free(out);
    text_free(&input);
    return done;
}

static void asked_free(struct asked *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list[i].sha);
    free(list);
}

static bool tags_read(const char *repo, struct tag_list *tags, struct err *e)
{
    static const char prefix[] = "refs/tags/";
    const char *arguments[] = {"for-each-ref", "--format=%(refname)", prefix, NULL};
    struct asked *found = NULL;
    size_t count = 0;
    char *out, *rest;
    bool done = ask(repo, arguments, NULL, &out, e);

    rest = done ? out : NULL;
    for (char *line; (line = line_next(&rest));) {
        found = mem_grow(found, count + 1, sizeof *found);
        found[count++] = (struct asked){.name = line};
    }
    done = done && names_resolve(repo, found, count, e);
    tags->tag = mem_get(count + 1, sizeof *tags->tag);
    for (size_t i = 0; done && i < count; i++) {
        if (!found[i].sha || strncmp(found[i].name, prefix, sizeof prefix - 1) != 0)
            continue;
        tags->tag[tags->count] = (struct commit_tag){mem_copy(found[i].name + sizeof prefix - 1),
                                                     mem_copy(found[i].sha)};
        text_clean(tags->tag[tags->count++].name);
    }
    asked_free(found, count);
    free(out);
    return done;
}

static bool graph_read(const char *repo, const char *tips, struct graph *g, struct err *e)
{
    const char *arguments[] = {"rev-list", "--topo-order", "--parents", "--stdin", NULL};
    char *out;
    bool done = ask(repo, arguments, tips, &out, e);

    if (done)
        graph_open(g, out);
    else
        free(out);
    return done;
}

/* What is wanted of the graph: commits asked for, those of tags, and what is in between. */
static void graph_choose(struct graph *g, const struct asked *asked, size_t count,
                         const struct tag_list *tags)
{
    int64_t first = INT64_MAX, between = 0;
    struct node *n;

    for (size_t i = 0; i < count; i++) {
        if (!asked[i].sha || !(n = graph_find(g, asked[i].sha)))
            continue;
        n->kept = true;
        if (n->position >= 0 && n->position < first)
            first = n->position;
    }
    for (size_t i = 0; i < tags->count; i++)
        if ((n = graph_find(g, tags->tag[i].sha)))
            n->kept = true;
    for (size_t i = 0; i < g->count && between < HISTORY_BETWEEN_MAX; i++) {
        if (g->node[i].kept || g->node[i].position < first)
            continue;
        g->node[i].kept = true;
        between++;
    }
}

static char *clean_copy(const char *text)
{
    char *copy = mem_copy(text);

    text_clean(copy);
    return copy;
}

static void commit_add(struct commit_list *l, const char *sha, char *const *field, int64_t position)
{
    const char *parents = field[4];

    if ((l->count & (l->count - 1)) == 0)
        l->commit = mem_grow(l->commit, l->count ? 2 * l->count : 1, sizeof *l->commit);
    l->commit[l->count++] = (struct commit){
        .sha = mem_copy(sha),
        .parent = *parents ? mem_printf("%.*s", (int)strcspn(parents, " "), parents) : NULL,
        .author = clean_copy(field[2]),
        .subject = clean_copy(field[3]),
        .position = position,
        .committed_ms = strtoll(field[1], NULL, 10) * 1000,
    };
}

/* The fields stand apart by newlines, which none of them can hold. */
static bool commits_read(const char *repo, const struct graph *g, const struct asked *asked,
                         size_t count, struct commit_list *out, struct err *e)
{
    const char *arguments[] = {"log",        "--no-walk=unsorted",
                               "--stdin",    "--no-show-signature",
                               "--no-notes", "--format=%H%n%ct%n%an%n%s%n%P",
                               NULL};
    struct text input = {0};
    char *text = NULL, *rest, *field[FIELDS];
    bool done;

    for (size_t i = 0; i < g->count; i++)
        if (g->node[i].kept)
            text_addf(&input, "%s\n", g->node[i].sha);
    if (!input.data)
        return true;
    done = ask(repo, arguments, input.data, &text, e);
    rest = done ? text : NULL;
    while (rest && *rest) {
        const struct node *n;
        int have = 0;

        while (have < FIELDS && rest)
            field[have++] = strsep(&rest, "\n");
        if (have < FIELDS || !(n = graph_find(g, field[0])))
            break;
        commit_add(out, n->sha, field, n->position);
        for (size_t i = 0; i < count; i++)
            if (asked[i].sha && strcmp(asked[i].sha, n->sha) == 0 &&
                strcmp(asked[i].name, n->sha) != 0)
                commit_add(out, asked[i].name, field, n->position);
    }
    free(text);
    text_free(&input);
    return done;
}

static bool shallow_read(const char *repo, bool *shallow, struct err *e)
{
    const char *arguments[] = {"rev-parse", "--is-shallow-repository", NULL};
    char *out = NULL;
    bool done = ask(repo, arguments, NULL, &out, e);

    *shallow = done && strcmp(out, "true") == 0;
    free(out);
    return done || err_wrap(e, "%s", repo ? repo : "the current folder");
}

static bool history_fill(const char *repo, const struct asked *asked, size_t count,
                         struct history *out, struct err *e)
{
    struct graph g = {0};
    struct text tips = {0};
    bool done;

    for (size_t i = 0; i < count; i++)
        if (asked[i].sha)
            text_addf(&tips, "%s\n", asked[i].sha);
    for (size_t i = 0; i < out->tags.count; i++)
        text_addf(&tips, "%s\n", out->tags.tag[i].sha);
    done = !tips.data || graph_read(repo, tips.data, &g, e);
    if (done && !out->shallow)
        graph_place(&g);
    graph_choose(&g, asked, count, &out->tags);
    done = done && commits_read(repo, &g, asked, count, &out->commits, e);
    graph_close(&g);
    text_free(&tips);
    return done;
}

bool history_read(const char *repo, char *const *sha, size_t count, struct history *out,
                  struct err *e)
{
    struct asked *asked = mem_get(count + 1, sizeof *asked);
    size_t known = 0;
    bool done;

    *out = (struct history){.unknown = mem_get(count + 1, sizeof *out->unknown)};
    for (size_t i = 0; i < count; i++) {
        if (is_sha(sha[i]))
            asked[known++].name = sha[i];
        else
            out->unknown[out->unknown_count++] = sha[i];
    }
    done = shallow_read(repo, &out->shallow, e) && names_resolve(repo, asked, known, e) &&
           tags_read(repo, &out->tags, e) && history_fill(repo, asked, known, out, e);
    for (size_t i = 0; i < known; i++)
        if (!asked[i].sha)
            out->unknown[out->unknown_count++] = asked[i].name;
    asked_free(asked, known);
    return done;
}

void history_free(struct history *h)
{
    commit_list_free(&h->commits);
    tag_list_free(&h->tags);
    free(h->unknown);
    *h = (struct history){0};
}
