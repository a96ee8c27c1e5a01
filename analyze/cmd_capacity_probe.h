/* cmd_capacity_probe: the runs that capacity makes. Belongs to the doors. */
#ifndef ANALYZE_CMD_CAPACITY_PROBE_H
#define ANALYZE_CMD_CAPACITY_PROBE_H

#include "analyze/analyze.h"
#include "runner/runner.h"
#include "schema/run.h"

/* What is varied. Loads are clients, or messages per second of all clients together. */
enum capacity_vary { VARY_CLIENTS, VARY_RATE };
extern const char *const capacity_vary_name[]; /* "clients", "rate" */

/* The budget that a run came nearest to, or broke by most; limit NAN: none has a value. */
struct strain {
    enum metric_id metric;
    double value, limit;
};

struct capacity_probe {
    char uuid[UUID_SIZE];
    double load;
    enum run_status status;
    enum load_answer answer;
    double throughput; /* answers per second; NAN: the run is not ok */
    struct strain strain;
    bool target_ended;         /* which is an answer, too: the load was too much for it */
    char *reason;              /* of a run that is not ok */
    bool judged[METRIC_COUNT]; /* it has a value */
};

struct capacity_probes {
    struct capacity_probe *probe; /* in the order in which they were made */
    size_t count;
};
void capacity_probes_free(struct capacity_probes *l);

struct capacity_prober {
    const struct scenario *scenario; /* as the options have it */
    enum capacity_vary vary;
    double offered; /* by the scenario as it is, for VARY_RATE */
    struct session *session;
    const struct globals *globals;
};

/* *out is the scenario at this load; it shares everything with the prober's, and is not freed. */
void capacity_scenario(const struct capacity_prober *p, double load, struct scenario *out);

/* Makes one more run and adds it. False: the database failed. */
bool capacity_probe(const struct capacity_prober *p, double load, struct capacity_probes *out,
                    struct err *e);

/* "46 clients", "1 client", "918 msg/s" */
enum { CAPACITY_LOAD_SIZE = 64 };
char *capacity_load_text(char out[CAPACITY_LOAD_SIZE], enum capacity_vary vary, double load);

#endif
