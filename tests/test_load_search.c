/* The search for a capacity, against servers that are functions. */
#include "analyze/analyze.h"
#include "tests/noise.h"
#include "tests/tap.h"

#include <math.h>

/* A server whose edge is at `capacity`, blurred by a share `noise` a run; a generator that is late
 * beyond `generator`. */
struct server {
    double capacity, noise, generator;
    struct noise random;
};

static enum load_answer ask(struct server *s, double load)
{
    if (load > s->generator)
        return LOAD_UNMADE;
    return load * (1 + s->noise * noise_normal(&s->random)) <= s->capacity ? LOAD_HELD
                                                                           : LOAD_BROKEN;
}

enum { RUNS_MAX = 200 };

/* Runs it took; RUNS_MAX: it did not end. */
static int search(struct load_search *s, struct server *server)
{
    double load;
    int runs = 0;

    while (runs < RUNS_MAX && (load = load_search_next(s)) > 0) {
        load_search_add(s, load, ask(server, load));
        runs++;
    }
    return runs;
}

static struct load_search clients(void)
{
    return (struct load_search){
        .from = 1, .most = 60000, .least = 1, .precision = 0.05, .whole = true, .repeats = 3};
}

static double held_at(const struct load_search *s)
{
    struct load_edges edges = load_search_edges(s);

    return edges.held ? edges.held->load : 0;
}

static void exact(void)
{
    bool found = true, near = true, whole = true;
    int most = 0;

    for (double capacity = 1; capacity < 3000; capacity = floor(capacity * 1.3) + 1) {
        struct load_search s = clients();
        struct server server = {.capacity = capacity, .generator = INFINITY};
        int runs = search(&s, &server);
        struct load_edges e = load_search_edges(&s);

        found &= e.held && e.failed && !e.unmade && e.held->load <= capacity &&
                 e.failed->load > capacity;
        near &= e.held && e.failed && e.failed->load - e.held->load <= fmax(1, 0.05 * e.held->load);
        whole &= floor(held_at(&s)) == held_at(&s);
        most = runs > most ? runs : most;
        load_search_free(&s);
    }
    OK(found, "without noise the edges are on either side of the capacity");
    OK(near, "as near as was asked for");
    OK(whole, "clients are whole");
    OK(most <= 28, "in %d runs at most", most);
}

static void confirmed(void)
{
    struct load_search s = clients();
    struct server server = {.capacity = 100, .generator = INFINITY};
    struct load_edges e;

    search(&s, &server);
    e = load_search_edges(&s);
    OK(e.held->answers[LOAD_HELD] >= 2 && e.failed->answers[LOAD_BROKEN] >= 2,
       "both edges are measured more than once");
    load_search_free(&s);
    s = clients();
    s.repeats = 1;
    search(&s, &server);
    e = load_search_edges(&s);
    OK(e.held->answers[LOAD_HELD] == 1 && e.failed->answers[LOAD_BROKEN] == 1,
       "once, where that is what was asked for");
    load_search_free(&s);
}

static void noisy(void)
{
    enum { TIMES = 2000 };
    int ended = 0, near = 0;
    long runs = 0;

    for (unsigned i = 0; i < TIMES; i++) {
        struct load_search s = clients();
        struct server server = {
            .capacity = 700, .noise = 0.05, .generator = INFINITY, .random = {.state = i + 1}};
        int n = search(&s, &server);

        ended += n < RUNS_MAX;
        runs += n;
        near += fabs(held_at(&s) / 700 - 1) < 0.12;
        load_search_free(&s);
    }
    OK(ended == TIMES, "it always ends");
    OK(near > 0.95 * TIMES, "with a noise of 5 %% it is within 12 %% in %.1f %%",
       100.0 * near / TIMES);
    OK(runs / TIMES < 30, "in %ld runs", runs / TIMES);
}

/* A run in twenty hits a hiccup of the machine, whatever the load. */
static void hiccups(void)
{
    enum { TIMES = 2000 };
    int low = 0;

    for (unsigned i = 0; i < TIMES; i++) {
        struct load_search s = clients();
        struct noise r = {.state = i + 1};
        double load;

        for (int n = 0; n < RUNS_MAX && (load = load_search_next(&s)) > 0; n++)
            load_search_add(&s, load,
                            load > 700 || noise_uniform(&r) < 0.05 ? LOAD_BROKEN : LOAD_HELD);
        low += held_at(&s) < 600;
        load_search_free(&s);
    }
    OK(low < 0.12 * TIMES, "hiccups in 5 %% of the runs mislead in %.1f %%", 100.0 * low / TIMES);
}

static void ends(void)
{
    struct load_search s = clients();
    struct server server = {.capacity = 0.5, .generator = INFINITY};
    struct load_edges e;

    search(&s, &server);
    e = load_search_edges(&s);
    OK(!e.held && e.failed && e.failed->load == 1, "even one client is too many");
    load_search_free(&s);

    s = clients();
    s.most = 100;
    server.capacity = INFINITY;
    search(&s, &server);
    e = load_search_edges(&s);
    OK(e.held && e.held->load == 100 && !e.failed, "not beyond the most that is allowed");
    OK(e.held->answers[LOAD_HELD] >= 2, "which is confirmed, too");
    load_search_free(&s);

    s = clients();
    server = (struct server){.capacity = INFINITY, .generator = 300};
    OK(search(&s, &server) < 30, "a generator that is late ends the search");
    e = load_search_edges(&s);
    OK(e.held && e.held->load <= 300 && e.failed->load > 300 && e.unmade,
       "whose limit is told from the target's");
    load_search_free(&s);

    s = clients();
    server.capacity = 200;
    search(&s, &server);
    e = load_search_edges(&s);
    OK(e.held->load <= 200 && e.failed->load > 200 && !e.unmade,
       "the target's limit is found below the generator's");
    load_search_free(&s);

    s = clients();
    server = (struct server){.capacity = INFINITY, .generator = 0};
    search(&s, &server);
    e = load_search_edges(&s);
    OK(!e.held && e.unmade, "a generator that is always late");
    load_search_free(&s);
}

static void rates(void)
{
    struct load_search s = {
        .from = 200, .most = 1e7, .least = 0.2, .precision = 0.05, .repeats = 3};
    struct server server = {.capacity = 987, .generator = INFINITY};
    struct load_edges e;

    search(&s, &server);
    e = load_search_edges(&s);
    OK(e.held->load <= 987 && e.failed->load > 987 && e.failed->load < 1.05 * e.held->load,
       "rates are found as well");
    load_search_free(&s);
    server.capacity = 3;
    search(&s, &server);
    e = load_search_edges(&s);
    OK(e.held && e.held->load <= 3 && e.failed->load < 3.2, "downwards, too");
    load_search_free(&s);
}

int main(void)
{
    exact();
    confirmed();
    noisy();
    hiccups();
    ends();
    rates();
    return tap_end();
}
