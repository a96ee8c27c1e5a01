/* graph: the commits that some commits descend from, and the place of each in the history.
 *
 * A place is the number of ancestors: the first parent and its own, and what a merge brought.
 */
#ifndef RUNNER_GRAPH_H
#define RUNNER_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* Takes over what `git rev-list --topo-order --parents` prints: lines of a commit and its parents,
 * each commit before its parents. Parents that are missing, as in a shallow clone, are left out.
 * graph_close() also for a zeroed one. */
void graph_open(struct graph *g, char *text);
void graph_close(struct graph *g);

struct node *graph_find(const struct graph *g, const char *sha); /* NULL: not of this graph */

/* Sets all positions, which are -1 before: from the roots on all ancestors count, as in
 * git_position(). */
void graph_place(struct graph *g);

#endif
