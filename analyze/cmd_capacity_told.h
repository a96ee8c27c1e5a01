/* cmd_capacity_told: how a measured capacity is told. Belongs to the doors. */
#ifndef ANALYZE_CMD_CAPACITY_TOLD_H
#define ANALYZE_CMD_CAPACITY_TOLD_H

#include "analyze/cmd_capacity_probe.h"

/* What ended the search. */
enum capacity_end {
    CAPACITY_FOUND,     /* between two loads as near as was asked for */
    CAPACITY_NONE,      /* even the smallest load breaks a budget */
    CAPACITY_MOST,      /* --max-clients or --max-rate holds */
    CAPACITY_SATURATED, /* no budget breaks, but the target answers no more than before */
    CAPACITY_GENERATOR, /* more load could not be made here */
    CAPACITY_FAILED,    /* a run failed though the target goes on */
    CAPACITY_TIME,      /* --max-time was up */
    CAPACITY_INTERRUPTED
};
extern const char *const capacity_end_name[]; /* "found", "none", ... */

struct capacity {
    struct capacity_prober prober;
    struct capacity_probes probes;
    struct load_search search;
    enum capacity_end end;
    double users, headroom; /* users 0: not asked for */

    /* Filled by capacity_complete(). */
    double load, throughput;             /* the largest load within budget; NAN: none */
    const struct capacity_probe *beyond; /* a run at the smallest load beyond one; NULL: none */
    bool at_least;                       /* it may be more: nothing that was tried broke a budget */
    struct usl fit;
    bool fitted;
    double users_each, instances; /* of each instance; NAN: not asked for, or cannot be said */
    char *summary;
};
/* The median throughput of the ok runs at a load; NAN: there is none. */
double capacity_throughput(const struct capacity *c, double load);
void capacity_complete(struct capacity *c);
void capacity_json(const struct capacity *c, struct text *out);
void capacity_show(const struct capacity *c);
bool capacity_draw(const struct capacity *c, const char *path, struct err *e);
void capacity_free(struct capacity *c); /* the scenario and the session are the caller's */

#endif
