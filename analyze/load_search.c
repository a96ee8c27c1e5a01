/* load_search: the largest load that a server takes.
 *
 * The state is the levels alone: what comes next is read off them, so that a level whose runs
 * disagree, or an edge that falls when it is measured again, needs no case of its own. */
#include "analyze/analyze.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>

/* Tries of a load at which the generator is late, before that is its limit. */
enum { UNMADE_TRIES = 2 };

enum standing { STANDS_OPEN, STANDS_ONCE, STANDS_HELD, STANDS_BROKEN, STANDS_UNMADE };

/* What the runs of a level say: a single one that held is enough to go on, not to end with; one
 * that broke is asked again at once, lest a hiccup of the machine ends the search far below. */
static enum standing level_standing(const struct load_search *s, const struct load_level *l)
{
    int majority = s->repeats / 2 + 1;

    if (l->answers[LOAD_HELD] >= majority)
        return STANDS_HELD;
    if (l->answers[LOAD_BROKEN] >= majority)
        return STANDS_BROKEN;
    if (l->answers[LOAD_UNMADE] >= UNMADE_TRIES)
        return STANDS_UNMADE;
    if (l->answers[LOAD_HELD] > 0 && l->answers[LOAD_BROKEN] == 0 && l->answers[LOAD_UNMADE] == 0)
        return STANDS_ONCE;
    return STANDS_OPEN;
}

static bool stands(enum standing s)
{
    return s == STANDS_HELD || s == STANDS_ONCE;
}

struct load_edges load_search_edges(const struct load_search *s)
{
    struct load_edges edges = {0};

    for (size_t i = 0; i < s->levels && !edges.failed; i++) {
        enum standing standing = level_standing(s, &s->level[i]);

        if (stands(standing)) {
            edges.held = &s->level[i];
        } else if (standing != STANDS_OPEN) {
            edges.failed = &s->level[i];
            edges.unmade = standing == STANDS_UNMADE;
        }
    }
    return edges;
}

/* The edge that held is asked until that is certain. */
static double edge_confirm(const struct load_search *s, const struct load_level *held)
{
    return level_standing(s, held) == STANDS_ONCE ? held->load : 0;
}

static double rounded(const struct load_search *s, double load)
{
    return s->whole ? floor(load) : load;
}

static double next_upwards(const struct load_search *s, const struct load_level *held)
{
    return held->load < s->most ? fmin(rounded(s, 2 * held->load), s->most) : edge_confirm(s, held);
}

static double next_downwards(const struct load_search *s, const struct load_level *failed)
{
    return failed->load > s->least ? fmax(rounded(s, failed->load / 2), s->least) : 0;
}

static double next_between(const struct load_search *s, const struct load_edges *edges)
{
    double lo = edges->held->load, hi = edges->failed->load, middle = rounded(s, (lo + hi) / 2);

    if (hi - lo <= s->precision * lo || !(middle > lo && middle < hi))
        return edge_confirm(s, edges->held);
    return middle;
}

double load_search_next(const struct load_search *s)
{
    struct load_edges edges = load_search_edges(s);

    for (size_t i = 0; i < s->levels; i++)
        if (level_standing(s, &s->level[i]) == STANDS_OPEN &&
            (!edges.failed || s->level[i].load < edges.failed->load))
            return s->level[i].load;
    if (edges.held && edges.failed)
        return next_between(s, &edges);
    if (edges.held)
        return next_upwards(s, edges.held);
    if (edges.failed)
        return next_downwards(s, edges.failed);
    return fmin(fmax(s->from, s->least), s->most);
}

void load_search_add(struct load_search *s, double load, enum load_answer answer)
{
    size_t at = 0;

    while (at < s->levels && s->level[at].load < load)
        at++;
    if (at == s->levels || s->level[at].load > load) {
        s->level = mem_grow(s->level, s->levels + 1, sizeof *s->level);
        for (size_t i = s->levels++; i > at; i--)
            s->level[i] = s->level[i - 1];
        s->level[at] = (struct load_level){.load = load};
    }
    s->level[at].answers[answer]++;
}

void load_search_free(struct load_search *s)
{
    free(s->level);
    s->level = NULL;
    s->levels = 0;
}
