#include "runner/history.h"

#include "runner/git.h"
#include "schema/text.h"

#include <stdlib.h>
#include <string.h>

/* A history of two million commits fits. */
enum { OUTPUT_MAX = 256 << 20, TIME_MAX_MS = 300000, FIELDS = 5 };
enum { SHA_MIN = 7, SHA_MAX = 64 };

/* One commit of the graph, in an order in which each comes before its parents. */
struct node {
    const char *sha;
    char *rest; /* its parents, as git wrote them */
    size_t parent;
    int parents; /* parent, parent + 1, ... in links */
    int64_t position;
    unsigned char side; /* while a merge is counted */
    bool kept;
};

struct graph {
    char *text;
    struct node *node;
    size_t count;
    size_t *by_sha; /* nodes in the order of their names */
    size_t *link;   /* parents of all */
    size_t links;
};

static void graph_free(struct graph *g)
{
    free(g->text);
    free(g->node);
    free(g->by_sha);
    free(g->link);
}

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

static int by_name(const void *a, const void *b, void *context)
{
    const struct node *node = context;

    return strcmp(node[*(const size_t *)a].sha, node[*(const size_t *)b].sha);
}

/* NULL: not of this graph. */
static struct node *node_find(const struct graph *g, const char *sha)
{
    size_t low = 0, high = g->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(g->node[g->by_sha[middle]].sha, sha);

        if (order == 0)
            return &g->node[g->by_sha[middle]];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void nodes_read(struct graph *g)
{
    size_t room = 0;
    char *rest = g->text;

    for (char *line; (line = line_next(&rest));) {
        if (g->count == room) {
            room = room ? 2 * room : 1024;
            g->node = mem_grow(g->node, room, sizeof *g->node);
        }
        g->node[g->count++] =
            (struct node){.sha = strsep(&line, " "), .rest = line, .position = -1};
    }
    g->by_sha = mem_get(g->count + 1, sizeof *g->by_sha);
    for (size_t i = 0; i < g->count; i++)
        g->by_sha[i] = i;
    qsort_r(g->by_sha, g->count, sizeof *g->by_sha, by_name, g->node);
}

static void links_read(struct graph *g)
{
    size_t room = g->count + 1;

    g->link = mem_get(room, sizeof *g->link);
    for (size_t i = 0; i < g->count; i++) {
        struct node *n = &g->node[i], *parent;

        n->parent = g->links;
        while (n->rest && *n->rest) {
            if (!(parent = node_find(g, strsep(&n->rest, " "))))
                continue;
            if (g->links == room) {
                room *= 2;
                g->link = mem_grow(g->link, room, sizeof *g->link);
            }
            g->link[g->links++] = (size_t)(parent - g->node);
            n->parents++;
        }
    }
}

/* Nodes to be visited, that which comes first in the graph's order on top: a binary heap. */
struct heap {
    size_t *item;
    size_t count;
};

static void heap_put(struct heap *h, size_t item)
{
    size_t i = h->count;

    if ((h->count & (h->count - 1)) == 0) /* full at each power of two */
        h->item = mem_grow(h->item, h->count ? 2 * h->count : 1, sizeof *h->item);
    h->count++;
    for (; i > 0 && h->item[(i - 1) / 2] > item; i = (i - 1) / 2)
        h->item[i] = h->item[(i - 1) / 2];
    h->item[i] = item;
}

static size_t heap_take(struct heap *h)
{
    size_t top = h->item[0], last = h->item[--h->count], i = 0;

    for (size_t child; (child = 2 * i + 1) < h->count; i = child) {
        if (child + 1 < h->count && h->item[child + 1] < h->item[child])
            child++;
        if (last <= h->item[child])
            break;
        h->item[i] = h->item[child];
    }
    h->item[i] = last;
    return top;
}

enum { SIDE_FIRST = 1, SIDE_OTHER = 2 };

/* How many commits a merge brought: ancestors of its other parents that are none of its first
 * parent's. Commits are visited from the newest on, so that each has met all its children, until
 * only common ones are left. */
struct walk {
    struct graph *g;
    struct heap open;
    size_t *met, met_count;
    int64_t others; /* in `open`, met from the other side alone */
};

static void walk_meet(struct walk *w, size_t i, int side)
{
    struct node *n = &w->g->node[i];
    int before = n->side;

    n->side |= (unsigned char)side;
    w->others += (n->side == SIDE_OTHER) - (before == SIDE_OTHER);
    if (before)
        return;
    heap_put(&w->open, i);
    if ((w->met_count & (w->met_count - 1)) == 0)
        w->met = mem_grow(w->met, w->met_count ? 2 * w->met_count : 1, sizeof *w->met);
    w->met[w->met_count++] = i;
}

static int64_t merge_brought(struct graph *g, const struct node *merge)
{
    struct walk w = {.g = g};
    int64_t brought = 0;

    for (int p = 0; p < merge->parents; p++)
        walk_meet(&w, g->link[merge->parent + (size_t)p], p ? SIDE_OTHER : SIDE_FIRST);
    while (w.others > 0) {
        const struct node *n = &g->node[heap_take(&w.open)];

        if (n->side == SIDE_OTHER) {
            brought++;
            w.others--;
        }
        for (int p = 0; p < n->parents; p++)
            walk_meet(&w, g->link[n->parent + (size_t)p], n->side);
    }
    while (w.met_count > 0)
        g->node[w.met[--w.met_count]].side = 0;
    free(w.met);
    free(w.open.item);
    return brought;
}

/* From the roots on: all ancestors count, as in git_position(). */
static void positions_fill(struct graph *g)
{
    for (size_t i = g->count; i-- > 0;) {
        struct node *n = &g->node[i];

        n->position = n->parents ? g->node[g->link[n->parent]].position + 1 : 0;
        if (n->parents > 1)
            n->position += merge_brought(g, n);
    }
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

    if (!ask(repo, arguments, tips, &g->text, e))
        return false;
    nodes_read(g);
    links_read(g);
    return true;
}

/* What is wanted of the graph: commits asked for, those of tags, and what is in between. */
static void graph_choose(struct graph *g, const struct asked *asked, size_t count,
                         const struct tag_list *tags)
{
    int64_t first = INT64_MAX, between = 0;
    struct node *n;

    for (size_t i = 0; i < count; i++) {
        if (!asked[i].sha || !(n = node_find(g, asked[i].sha)))
            continue;
        n->kept = true;
        if (n->position >= 0 && n->position < first)
            first = n->position;
    }
    for (size_t i = 0; i < tags->count; i++)
        if ((n = node_find(g, tags->tag[i].sha)))
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
        if (have < FIELDS || !(n = node_find(g, field[0])))
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
        positions_fill(&g);
    graph_choose(&g, asked, count, &out->tags);
    done = done && commits_read(repo, &g, asked, count, &out->commits, e);
    graph_free(&g);
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
