/* scrape: the target's CPU time, memory and descriptors, as it tells them in Prometheus' text
 * format (observe.prometheus), for servers that are not processes of this machine.
 *
 * One GET at a time, twice a second, each over a connection of its own; nothing blocks once it is
 * open. Driven by the supervisor's loop, like the sampler that takes what it finds.
 */
#ifndef RUNNER_SCRAPE_H
#define RUNNER_SCRAPE_H

#include "runner/address.h"
#include "runner/http.h"
#include "schema/err.h"
#include "schema/text.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCRAPE_BODY_MAX = 4 << 20, SCRAPE_FAULT_SIZE = 160 };

/* Sums over all samples of a name; NAN: it is not told. */
struct scrape_sample {
    int64_t at_ns;    /* CLOCK_MONOTONIC */
    double cpu_s;     /* process_cpu_seconds_total */
    double rss_bytes; /* process_resident_memory_bytes */
    double fds;       /* process_open_fds */
};

/* Text format 0.0.4 and OpenMetrics; what it does not understand it passes over. Pure. */
void scrape_parse(const char *text, size_t length, struct scrape_sample *out);

struct scrape {
    char fault[SCRAPE_FAULT_SIZE]; /* why the last try has brought nothing; "": it has */
    bool any;                      /* one has brought something */

    /* Its own. */
    struct addresses addresses;
    struct text request, body;
    struct http http;
    size_t written;
    int fd; /* -1: between two tries */
    int64_t begun_ns, next_ns;
};

/* `url` is an http:// one, complete. ERR_MEASURE where its name stands for no address. */
bool scrape_open(struct scrape *s, const char *url, struct err *e);
void scrape_close(struct scrape *s); /* one that was never opened, all zero, is done */

/* What to wait for, and until when at most. */
struct pollfd scrape_poll(const struct scrape *s);
int64_t scrape_wake_ns(const struct scrape *s);

/* Goes on as far as it can. True: *out is a new sample. */
bool scrape_step(struct scrape *s, int64_t now_ns, struct scrape_sample *out);

#endif
