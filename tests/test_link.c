/* How connections live, with a make-believe target and clock: heartbeats, and what follows a loss.
 */
#include "runner/engine.h"
#include "schema/units.h"
#include "tests/tap.h"

#include <stdlib.h>

enum { SIZE = 32, CLIENTS_MAX = 64, TRIES_MAX = 64 };

static int64_t now;
static int connects[CLIENTS_MAX], pings[CLIENTS_MAX], drops;
static int64_t connect_at[TRIES_MAX]; /* of client 0 */
static bool refuse, answer_pings;

static int64_t fake_clock(void)
{
    return now;
}

static void fake_connect(struct client *c)
{
    if (c->number == 0 && connects[0] < TRIES_MAX)
        connect_at[connects[0]] = now;
    connects[c->number]++;
    if (refuse)
        client_failed(c, "connection refused");
    else
        client_opened(c);
}

static void fake_abandon(struct client *c)
{
    (void)c;
    drops++;
}

/* Nobody answers messages: they are not the subject. */
static enum send_state fake_send(struct client *c, unsigned char *data, size_t length, bool binary)
{
    (void)c, (void)data, (void)length, (void)binary;
    return SEND_DONE;
}

static void fake_ping(struct client *c, uint64_t number)
{
    pings[c->number]++;
    if (answer_pings) {
        now += NS_PER_MS;
        client_ponged(c, number);
    }
}

static void fake_close(struct client *c, int code)
{
    (void)code;
    client_closed(c, "closed by us");
}

static struct transport fake = {.headroom = 16,
                                .connect = fake_connect,
                                .abandon = fake_abandon,
                                .send = fake_send,
                                .ping = fake_ping,
                                .close = fake_close};

/* A window of 20 s from 1 s on. */
static struct spec spec_make(int64_t clients)
{
    return (struct spec){.scenario = {.clients = clients,
                                      .warmup_ns = NS_PER_S,
                                      .duration_ns = 20 * NS_PER_S,
                                      .rate = {.pattern = RATE_CONSTANT, .value = 10},
                                      .message = {.size_bytes = SIZE, .batch = 1},
                                      .timeout_ns = NS_PER_S / 20,
                                      .connect_timeout_ns = NS_PER_S,
                                      .reconnect = {.on = true,
                                                    .first_ns = NS_PER_S,
                                                    .max_ns = 4 * NS_PER_S,
                                                    .tries = 4}},
                         .part = {.seed = 7, .workers = 1}};
}

static void begin(struct engine *e, const struct spec *spec)
{
    now = 1000 * NS_PER_S;
    refuse = false;
    answer_pings = true;
    drops = 0;
    memset(connects, 0, sizeof connects);
    memset(pings, 0, sizeof pings);
    if (!engine_open(e, spec, &fake, fake_clock, &(struct err){0}))
        abort();
    engine_start(e, now);
}

static void until(struct engine *e, double seconds)
{
    int64_t end = 1000 * NS_PER_S + (int64_t)(seconds * 1e9);

    for (;;) {
        engine_run(e, now);
        if (e->stage == ENGINE_OVER || e->wake_ns > end)
            break;
        now = e->wake_ns > now ? e->wake_ns : now;
    }
    now = end > now ? end : now;
}

static bool conserved(const struct engine *e)
{
    const struct counts *c = &e->meter.counts;

    return c->sent == c->matched + c->lost + c->errors && c->offered == c->sent + c->unattempted &&
           e->meter.open == 0;
}

static int64_t failures(const struct engine *e, enum failure_kind kind, const char *reason)
{
    for (int i = 0; i < e->meter.failures_count; i++)
        if (e->meter.failures[i].kind == kind && strcmp(e->meter.failures[i].reason, reason) == 0)
            return e->meter.failures[i].count;
    return 0;
}

static void test_backoff(void)
{
    struct spec spec = spec_make(1);
    struct engine e;

    begin(&e, &spec);
    until(&e, 3);
    client_closed(&e.clients[0], "closed 1006");
    refuse = true;
    until(&e, 100);
    OK(connects[0] == 5, "one connection, and four tries to replace it");
    OK(connect_at[1] - connect_at[0] == 4 * NS_PER_S &&
           connect_at[2] - connect_at[1] == 2 * NS_PER_S &&
           connect_at[3] - connect_at[2] == 4 * NS_PER_S &&
           connect_at[4] - connect_at[3] == 4 * NS_PER_S,
       "after 1, 2, 4 and again 4 s, which is the longest");
    OK(failures(&e, FAILURE_CONNECTION, "lost: closed 1006") == 1 &&
           failures(&e, FAILURE_CONNECTION, "reconnect: connection refused") == 4 &&
           failures(&e, FAILURE_CONNECTION, "not reconnected in 4 tries") == 1,
       "each with its reason");
    OK(conserved(&e) && e.meter.counts.sent == 200, "all messages have a fate");
    OK(failures(&e, FAILURE_MESSAGE, "not connected") >= 170, "those in the gap fail");
    OK(e.meter.counts.connects_tried == 1 && e.meter.counts.connects_made == 1,
       "the first connection alone counts as one");
    OK(e.stage == ENGINE_OVER && now <= 1000 * NS_PER_S + 100 * NS_PER_S, "the run ends");
    engine_close(&e);
}

static void test_replaced(void)
{
    struct spec spec = spec_make(1);
    struct engine e;

    begin(&e, &spec);
    until(&e, 3);
    client_closed(&e.clients[0], "closed 1012");
    refuse = true;
    until(&e, 4.5); /* refused at 4 s, tried again at 6 */
    refuse = false;
    until(&e, 15);
    OK(e.clients[0].state == CLIENT_OPEN && connects[0] == 3, "it is connected again");
    OK(e.meter.counts.reconnects == 1 && e.meter.hist[HIST_RECONNECT].total == 1 &&
           e.meter.hist[HIST_RECONNECT].min == 3 * NS_PER_S,
       "which took from the loss to the handshake");
    client_closed(&e.clients[0], "closed 1012");
    until(&e, 100);
    OK(e.meter.counts.reconnects == 2 && e.meter.hist[HIST_RECONNECT].min == NS_PER_S,
       "the next time it begins with the first wait again");
    OK(conserved(&e) && e.meter.counts.sent == 200 &&
           failures(&e, FAILURE_MESSAGE, "not connected") == 40,
       "ten messages a second fail for 4 s");
    engine_close(&e);

    begin(&e, &spec);
    until(&e, 3);
    for (int i = 0; i < 3; i++) { /* taken, and closed at once, as by a server that is full */
        client_closed(&e.clients[0], i ? "closed 1013" : "closed 1001");
        until(&e, i == 0 ? 4 : i == 1 ? 6 : 10);
    }
    OK(failures(&e, FAILURE_CONNECTION, "closed 1013 right after the handshake") == 2,
       "a replacement that is closed at once is none");
    until(&e, 100);
    OK(e.meter.counts.reconnects == 1 && e.meter.hist[HIST_RECONNECT].min == 7 * NS_PER_S,
       "until one holds, after 1, 2 and 4 s");
    OK(conserved(&e), "and all messages have a fate");
    engine_close(&e);
}

static void test_jitter(void)
{
    struct spec spec = spec_make(CLIENTS_MAX);
    struct engine e;
    int64_t first[CLIENTS_MAX], low = INT64_MAX, high = 0;
    bool same = true;

    spec.scenario.reconnect.jitter = true;
    spec.scenario.storm = (struct storm){.at_ns = 2 * NS_PER_S, .share = 1};
    for (int round = 0; round < 2; round++) {
        begin(&e, &spec);
        until(&e, 3);
        OK(drops == CLIENTS_MAX, "a storm of all");
        for (int i = 0; i < CLIENTS_MAX; i++) {
            int64_t wait = e.clients[i].retry_ns - now;

            same = same && (round == 0 || first[i] == wait);
            first[i] = wait;
            low = wait < low ? wait : low;
            high = wait > high ? wait : high;
        }
        until(&e, 100);
        OK(e.meter.counts.reconnects == CLIENTS_MAX && conserved(&e), "all come back");
        engine_close(&e);
    }
    OK(low >= 0 && low < NS_PER_S / 8 && high <= NS_PER_S && high > NS_PER_S * 7 / 8,
       "spread over the whole wait: %.0f to %.0f ms", (double)low / 1e6, (double)high / 1e6);
    OK(same, "the same from the same seed");
}

static void test_storm(void)
{
    struct spec spec = spec_make(CLIENTS_MAX);
    struct engine e;

    spec.scenario.storm = (struct storm){.at_ns = 2 * NS_PER_S, .share = 0.25};
    spec.part.workers = 2;
    for (int worker = 0, all = 0; worker < 2; worker++) {
        spec.part.worker = worker;
        begin(&e, &spec);
        until(&e, 2.9);
        OK(drops == 0, "nothing before it");
        until(&e, 100);
        all += drops;
        OK(conserved(&e) && e.meter.counts.reconnects == drops, "worker %d: %d hit", worker, drops);
        OK(failures(&e, FAILURE_CONNECTION, "lost: connection dropped by the storm") == 0,
           "it is no failure of a connection");
        if (worker == 1)
            OK(all == CLIENTS_MAX / 4, "its share of all clients: %d", all);
        engine_close(&e);
    }
}

/* Where each message is a request: a target that puts all of them off has made no connection. */
static void test_storm_unanswered(void)
{
    struct spec spec = spec_make(CLIENTS_MAX);
    struct engine e;

    spec.scenario.storm = (struct storm){.at_ns = 2 * NS_PER_S, .share = 1};
    fake.answers_prove = true;
    begin(&e, &spec);
    until(&e, 100);
    OK(e.meter.counts.connects_made == 0 && drops == 0,
       "a storm does not prove what was never answered");
    OK(failures(&e, FAILURE_CONNECTION, "no answer by the end of the run") == CLIENTS_MAX,
       "which stays a failure");
    OK(conserved(&e), "and all messages have a fate");
    engine_close(&e);
    fake.answers_prove = false;
}

static void test_heartbeat(void)
{
    struct spec spec = spec_make(2);
    struct engine e;

    spec.scenario.heartbeat = (struct heartbeat){.every_ns = 2 * NS_PER_S, .timeout_ns = NS_PER_S};
    begin(&e, &spec);
    until(&e, 100);
    OK(pings[0] == 10 && pings[1] == 10, "a ping every 2 s");
    OK(e.meter.hist[HIST_HEARTBEAT].total == 20 && e.meter.hist[HIST_HEARTBEAT].max == NS_PER_MS &&
           e.meter.counts.heartbeats_missed == 0,
       "and what each pong took");
    engine_close(&e);

    begin(&e, &spec);
    answer_pings = false;
    until(&e, 2.5);
    client_ponged(&e.clients[0], 99);
    OK(e.meter.hist[HIST_HEARTBEAT].total == 0, "a pong to something else is none");
    client_ponged(&e.clients[0], 1);
    OK(e.meter.hist[HIST_HEARTBEAT].total == 1, "a pong within its time");
    until(&e, 3.2);
    client_ponged(&e.clients[1], 1);
    OK(e.meter.hist[HIST_HEARTBEAT].total == 1 && e.meter.counts.heartbeats_missed == 1,
       "one after its time is missed");
    OK(failures(&e, FAILURE_CONNECTION, "lost: no pong within 1s") == 1 && drops == 1,
       "and its connection is given up, to be made again");
    answer_pings = true;
    until(&e, 100);
    OK(e.meter.counts.reconnects == 1 && conserved(&e), "which it is");
    engine_close(&e);

    spec.scenario.reconnect.on = false;
    begin(&e, &spec);
    answer_pings = false;
    until(&e, 100);
    OK(e.meter.counts.heartbeats_missed == 20 && drops == 0 && connects[0] == 1,
       "without reconnect, pongs that are missed are counted, and the connection stays");
    OK(e.stage == ENGINE_OVER && conserved(&e), "and the run comes to its end");
    engine_close(&e);
}

/* A run must end in its time whatever is going on with its connections then. */
static void test_end(void)
{
    struct spec spec = spec_make(3);
    struct engine e;

    begin(&e, &spec);
    until(&e, 20.8);
    client_closed(&e.clients[0],
                  "closed 1006"); /* would be tried at 21.8 s, the window ends at 21 */
    until(&e, 24);
    OK(e.stage == ENGINE_OVER && connects[0] == 1, "no attempt after the window");
    OK(conserved(&e), "all accounted for");
    engine_close(&e);

    begin(&e, &spec);
    until(&e, 10);
    client_closed(&e.clients[0], "closed 1006");
    engine_stop(&e, now);
    until(&e, 12);
    OK(e.stage == ENGINE_OVER && conserved(&e), "stopped in a gap");
    engine_close(&e);
}

int main(void)
{
    test_backoff();
    test_replaced();
    test_jitter();
    test_storm();
    test_storm_unanswered();
    test_heartbeat();
    test_end();
    return tap_end();
}
