#include "runner/graph.h"

#include "schema/text.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b, void *context)
{
    const struct node *node = context;

    return strcmp(node[*(const size_t *)a].sha, node[*(const size_t *)b].sha);
}

struct node *graph_find(const struct graph *g, const char *sha)
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

    while (rest && *rest) {
        char *line = strsep(&rest, "\n");

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
            if (!(parent = graph_find(g, strsep(&n->rest, " "))))
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

void graph_open(struct graph *g, char *text)
{
    *g = (struct graph){.text = text};
    nodes_read(g);
    links_read(g);
}

void graph_close(struct graph *g)
{
    free(g->text);
    free(g->node);
    free(g->by_sha);
    free(g->link);
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

void graph_place(struct graph *g)
{
    for (size_t i = g->count; i-- > 0;) {
        struct node *n = &g->node[i];

        n->position = n->parents ? g->node[g->link[n->parent]].position + 1 : 0;
        if (n->parents > 1)
            n->position += merge_brought(g, n);
    }
}
