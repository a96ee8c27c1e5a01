/* The accounting of messages, with a make-believe target and clock: whatever a target does, each
 * message due in the window ends exactly once. */
#include "runner/engine.h"
#include "schema/text.h"
#include "schema/units.h"
#include "tests/tap.h"

#include <stdlib.h>

enum { SIZE = 32, CLIENTS = 4, SENT_MAX = 4096 };

static int64_t now;
static struct sent {
    struct client *client;
    unsigned char data[SIZE];
    bool binary;
} sent[SENT_MAX];
static int sent_count, closes, close_code;
static bool refuse_connections, hang_connections;
static enum send_state send_answer;

static int64_t fake_clock(void)
{
    return now;
}

static void fake_connect(struct client *c)
{
    if (refuse_connections)
        client_failed(c, "connection refused");
    else if (!hang_connections)
        client_opened(c);
}

static void fake_abandon(struct client *c)
{
    (void)c;
}

static enum send_state fake_send(struct client *c, unsigned char *data, size_t length, bool binary)
{
    if (length == SIZE && sent_count < SENT_MAX) {
        sent[sent_count].client = c;
        sent[sent_count].binary = binary;
        memcpy(sent[sent_count++].data, data, length);
    }
    memset(data, 0xee, length); /* as masking does */
    return send_answer;
}

static void fake_close(struct client *c, int code)
{
    closes++;
    close_code = code;
    client_closed(c, "closed by us");
}

static const struct transport fake = {.headroom = 16,
                                      .connect = fake_connect,
                                      .abandon = fake_abandon,
                                      .send = fake_send,
                                      .close = fake_close};

/* A window of 2 s from 1 s on; a message every 100 ms of each client. */
static struct spec spec_make(void)
{
    return (struct spec){.scenario = {.clients = 1,
                                      .warmup_ns = NS_PER_S,
                                      .duration_ns = 2 * NS_PER_S,
                                      .rate = {.pattern = RATE_CONSTANT, .value = 10},
                                      .message = {.size_bytes = SIZE, .batch = 1},
                                      .timeout_ns = NS_PER_S,
                                      .connect_timeout_ns = NS_PER_S},
                         .part = {.seed = 7, .workers = 1}};
}

static void begin(struct engine *e, const struct spec *spec)
{
    now = 1000 * NS_PER_S;
    sent_count = closes = close_code = 0;
    refuse_connections = hang_connections = false;
    send_answer = SEND_DONE;
    if (!engine_open(e, spec, &fake, fake_clock, &(struct err){0}))
        abort();
    engine_start(e, now);
}

/* Lets the time pass until `seconds` after the start, doing what falls due. */
static void until(struct engine *e, double seconds)
{
    int64_t end = 1000 * NS_PER_S + (int64_t)(seconds * 1e9);

    for (;;) {
        engine_run(e, now);
        if (e->stage == ENGINE_OVER || e->wake_ns > end)
            break;
        now = e->wake_ns > now ? e->wake_ns : now;
    }
    now = end;
}

static void reply_bytes(struct client *c, const void *data, size_t length, bool binary)
{
    struct chunk chunk = {data, length, true, true, binary};

    client_received(c, &chunk);
}

static void reply(int i)
{
    reply_bytes(sent[i].client, sent[i].data, SIZE, sent[i].binary);
}

static int answered; /* how many of sent[] */

static void reply_all(void)
{
    while (answered < sent_count)
        reply(answered++);
}

static bool conserved(const struct engine *e)
{
    const struct counts *c = &e->meter.counts;
    int64_t second_sent = 0, second_errors = 0, second_open = 0, latencies = 0;

    for (int i = 0; i < e->meter.seconds_count; i++) {
        second_sent += e->meter.seconds[i].sent;
        second_errors += e->meter.seconds[i].errors;
        second_open += e->meter.seconds[i].open;
        latencies += e->meter.seconds[i].latency ? e->meter.seconds[i].latency->total : 0;
    }
    return c->sent == c->matched + c->lost + c->errors && c->offered == c->sent + c->unattempted &&
           e->meter.open == 0 && second_open == 0 && second_sent == c->sent &&
           second_errors == c->lost + c->errors && latencies == c->matched &&
           e->meter.hist[HIST_LATENCY].total == c->matched &&
           e->meter.hist[HIST_SERVICE].total == c->matched;
}

static int64_t failures(const struct engine *e, enum failure_kind kind, const char *reason)
{
    int64_t count = 0;

    for (int i = 0; i < e->meter.failures_count; i++)
        if (e->meter.failures[i].kind == kind &&
            (!reason || strcmp(e->meter.failures[i].reason, reason) == 0))
            count += e->meter.failures[i].count;
    return count;
}

static void test_plain(void)
{
    struct spec spec = spec_make();
    struct engine e;
    struct counts *c = &e.meter.counts;

    begin(&e, &spec);
    answered = 0;
    for (double t = 0; t <= 3.2; t += 0.005) { /* every reply within 5 ms, latency exactly 3 ms */
        until(&e, t);
        now += 3 * NS_PER_MS;
        reply_all();
    }
    until(&e, 10);
    OK(e.stage == ENGINE_OVER && closes == 1 && close_code == 1000, "a run comes to its end");
    OK(conserved(&e) && c->sent == 20 && c->matched == 20, "all 20 messages of the window match");
    OK(sent_count == 30, "10 more were sent in the warm-up");
    OK(c->bytes_sent == 20 * SIZE && c->bytes_received == 20 * SIZE, "bytes of the window");
    OK(e.meter.hist[HIST_LATENCY].max <= 8 * NS_PER_MS &&
           e.meter.hist[HIST_LATENCY].min >= 3 * NS_PER_MS,
       "latency");
    OK(e.meter.hist[HIST_LATENESS].total == 20 && e.meter.hist[HIST_LATENESS].max < 6 * NS_PER_MS,
       "lateness");
    OK(c->connects_tried == 1 && c->connects_made == 1, "one connection");
    OK(e.meter.failures_count == 0, "no failures");
    engine_close(&e);
}

static void test_replies(void)
{
    struct spec spec = spec_make();
    struct engine e;
    struct counts *c = &e.meter.counts;
    unsigned char changed[SIZE];
    int first;

    spec.scenario.timeout_ns = NS_PER_S / 2;
    begin(&e, &spec);
    until(&e, 0.95);
    answered = 0;
    reply_all();
    first = sent_count; /* due at 1.0 s */
    until(&e, 1.25);    /* due 1.0, 1.1, 1.2 */
    reply(first + 1);
    OK(c->matched == 1 && c->reordered == 1, "the reply to a later message: matched, reordered");
    reply(first + 1);
    OK(c->duplicate == 1 && c->matched == 1, "the same again: a duplicate");
    memcpy(changed, sent[first].data, SIZE);
    changed[SIZE - 1] ^= 1;
    reply_bytes(sent[first].client, changed, SIZE, false);
    OK(c->errors == 1, "a reply that differs in its last bit ends the oldest as an error");
    reply(first);
    OK(c->duplicate == 2 && c->matched == 1, "whose own reply is then one too many");
    reply_bytes(sent[first + 2].client, sent[first + 2].data, SIZE, true);
    OK(c->errors == 2, "text that comes back as binary is no reply");
    until(&e, 1.35); /* due 1.3 */
    reply_bytes(sent[first + 3].client, sent[first + 3].data, SIZE - 1, false);
    OK(c->errors == 3, "nor is one that lacks its end");
    until(&e, 1.81); /* due 1.4 ... 1.8; at 1.9 the first of them is lost */
    until(&e, 1.91);
    OK(c->lost == 1, "no reply within the timeout: lost");
    reply(first + 4);
    OK(c->late == 1 && c->lost == 1, "its reply is late");
    reply(first + 4);
    OK(c->late == 1 && c->duplicate == 3, "once");
    for (size_t cut = 0; cut <= SIZE; cut += 8) { /* 1.5 to 1.9, in two pieces */
        struct chunk piece = {sent[first + 5].data, cut, true, false, false};
        struct chunk rest = {sent[first + 5].data + cut, SIZE - cut, false, true, false};

        client_received(sent[first + 5].client, &piece);
        client_received(sent[first + 5].client, &rest);
        first++;
    }
    OK(c->matched == 6, "a reply counts once it is whole, however it is cut");
    reply_bytes(sent[0].client, "hello", 5, false);
    OK(failures(&e, FAILURE_MESSAGE, "unexpected message") == 1 && c->errors == 3,
       "a message that nobody asked for is no error");
    until(&e, 10);
    OK(conserved(&e) && c->sent == 20, "and the sum is right");
    OK(failures(&e, FAILURE_MESSAGE, "no reply within 500ms") == c->lost && c->lost == 11,
       "with the reason of each");
    engine_close(&e);
}

static void test_lost_connection(void)
{
    struct spec spec = spec_make();
    struct engine e;
    struct counts *c = &e.meter.counts;

    begin(&e, &spec);
    answered = 0;
    until(&e, 1.55);
    reply_all();
    until(&e, 1.75); /* two outstanding */
    client_closed(&e.clients[0], "closed 1011");
    OK(c->errors == 2 && c->matched == 6, "what was outstanding on a lost connection are errors");
    until(&e, 10);
    OK(conserved(&e) && c->sent == 20 && c->errors == 14, "so is what falls due later");
    OK(failures(&e, FAILURE_MESSAGE, "closed 1011") == 2 &&
           failures(&e, FAILURE_MESSAGE, "not connected") == 12,
       "told apart by reason");
    OK(c->connects_made == 1 && failures(&e, FAILURE_CONNECTION, "lost: closed 1011") == 1,
       "the connection had been made, and was lost");
    engine_close(&e);

    begin(&e, &spec);
    until(&e, 0.5);
    client_closed(&e.clients[0], "closed 4401");
    until(&e, 10);
    OK(conserved(&e) && c->sent == 0 && c->offered == 0 && c->connects_made == 0 &&
           failures(&e, FAILURE_CONNECTION, "closed 4401 right after the handshake") == 1,
       "one that is closed at once never was, and offers nothing");
    engine_close(&e);
}

static void test_no_connection(void)
{
    struct spec spec = spec_make();
    struct engine e;
    struct counts *c = &e.meter.counts;

    spec.scenario.clients = CLIENTS;
    spec.scenario.ramp_ns = NS_PER_S;
    begin(&e, &spec);
    refuse_connections = true;
    until(&e, 0.9);
    OK(e.stage == ENGINE_OVER, "nobody gets through: the run ends with the last attempt");
    OK(conserved(&e) && c->sent == 0 && c->connects_tried == CLIENTS && c->connects_made == 0 &&
           failures(&e, FAILURE_CONNECTION, "connection refused") == CLIENTS,
       "every attempt counted with its reason");
    engine_close(&e);

    begin(&e, &spec);
    hang_connections = true;
    until(&e, 2);
    OK(e.stage == ENGINE_OVER &&
           failures(&e, FAILURE_CONNECTION, "no handshake within 1s") == CLIENTS,
       "so are those that hang");
    engine_close(&e);
}

static void test_full(void)
{
    struct spec spec = spec_make();
    struct engine e;
    struct counts *c = &e.meter.counts;

    begin(&e, &spec);
    answered = 0;
    until(&e, 0.95);
    reply_all();
    send_answer = SEND_FULL; /* takes one message and stops reading */
    until(&e, 1.45);
    OK(sent_count == 11 && c->sent == 5, "due messages wait while the target does not read");
    OK(e.meter.hist[HIST_LATENESS].total == 5 && e.meter.hist[HIST_LATENESS].max <= 1,
       "which is not our lateness");
    send_answer = SEND_DONE;
    client_writable(&e.clients[0]);
    OK(sent_count == 15, "and go out once it reads again");
    reply_all();
    OK(c->matched == 5 && e.meter.hist[HIST_LATENCY].max > 440 * NS_PER_MS, "but it is latency");
    OK(hist_percentile(&e.meter.hist[HIST_SERVICE], 50) <= 1,
       "unlike service, counted from the writing");
    send_answer = SEND_FULL;
    until(&e, 10);
    OK(conserved(&e) && c->sent == 20 && c->lost == 15, "what is never read is lost");
    OK(failures(&e, FAILURE_MESSAGE, "not read by the target within 1s") == 14 &&
           failures(&e, FAILURE_MESSAGE, "no reply within 1s") == 1,
       "for that reason");
    engine_close(&e);
}

static void test_late_engine(void)
{
    struct spec spec = spec_make();
    struct engine e;
    struct counts *c = &e.meter.counts;

    begin(&e, &spec);
    until(&e, 1.05);
    now += 1400 * NS_PER_MS; /* we were not given the CPU until 2.45 s */
    answered = 0;
    engine_run(&e, now);
    OK(c->unattempted == 4 && c->sent == 11 && c->offered == 15,
       "what could no longer be tried in time was not attempted");
    OK(e.meter.hist[HIST_LATENESS].max > 900 * NS_PER_MS, "the rest is late");
    reply_all();
    until(&e, 10);
    OK(conserved(&e) && c->offered == 20, "and all is accounted for");
    engine_close(&e);
}

static void test_stop(void)
{
    struct spec spec = spec_make();
    struct engine e;
    struct counts *c = &e.meter.counts;

    begin(&e, &spec);
    answered = 0;
    until(&e, 1.35);
    reply_all();
    until(&e, 1.65);
    engine_stop(&e, now);
    OK(conserved(&e) && c->sent == 4 && c->matched == 4,
       "a stop withdraws what has met no fate yet");
    until(&e, 2);
    OK(e.stage == ENGINE_OVER, "and ends the run");
    engine_close(&e);
}

static int64_t tick_at(double rate)
{
    struct spec spec = spec_make();
    struct engine e;
    int64_t tick_ns;

    spec.scenario.rate.value = rate / (double)spec.scenario.clients;
    begin(&e, &spec);
    tick_ns = e.tick_ns;
    engine_close(&e);
    return tick_ns;
}

static void test_tick(void)
{
    OK(tick_at(1000) == 1 && tick_at(3990) == 1, "a message is sent when it is due");
    OK(tick_at(4000) == 250000 && tick_at(6000) == 375000, "many of them in ticks");
    OK(tick_at(8000) == 500000 && tick_at(80000) == 500000, "of half a millisecond at most");
}

static void test_closed_loop(void)
{
    struct spec spec = spec_make();
    struct engine e;
    struct counts *c = &e.meter.counts;
    bool steady = true;

    spec.scenario.rate.pattern = RATE_MAX;
    spec.scenario.message.batch = 3;
    spec.scenario.clients = CLIENTS;
    begin(&e, &spec);
    answered = 0;
    until(&e, 0);
    OK(e.tick_ns == 1, "a closed loop waits for no tick");
    for (int i = 0; i < 300; i++) {
        steady = steady && sent_count - answered == 3 * CLIENTS;
        now += 10 * NS_PER_MS;
        reply(answered++);
        engine_run(&e, now);
    }
    OK(steady, "a closed loop keeps its messages outstanding");
    until(&e, 3.1);
    reply_all();
    until(&e, 10);
    OK(conserved(&e) && c->sent == 200 && c->lost == 0, "and ends with the window");
    OK(e.meter.hist[HIST_LATENESS].total == 0, "it has no schedule to be late against");
    engine_close(&e);

    begin(&e, &spec); /* nobody answers: one more for each that is lost */
    until(&e, 10);
    OK(conserved(&e) && c->sent == 2 * 3 * CLIENTS && c->lost == c->sent,
       "a lost message is followed by the next");
    engine_close(&e);
}

static void test_too_large(void)
{
    struct spec spec = spec_make();
    struct engine e;
    struct counts *c = &e.meter.counts;
    static unsigned char large[1 << 16];

    begin(&e, &spec);
    until(&e, 1.05);
    for (int i = 0; i < 17; i++) {
        struct chunk chunk = {large, sizeof large, i == 0, false, true};

        client_received(&e.clients[0], &chunk);
    }
    OK(closes == 1 && close_code == 1009, "a reply beyond 1 MiB closes with 1009");
    OK(failures(&e, FAILURE_MESSAGE, "reply larger than 1 MiB") == 1, "and says so");
    until(&e, 10);
    OK(conserved(&e) && c->sent == 20 && c->lost == 0 && c->errors == 20, "all accounted for");
    engine_close(&e);
}

/* A target that does anything at any time; whatever it does, the sums are right. */
static void test_chaos(void)
{
    struct rng rng;
    int good = 0, runs = 0;

    for (int64_t seed = 0; seed < 200; seed++) {
        struct spec spec = spec_make();
        struct engine e;

        rng_open(&rng, seed, 0);
        spec.scenario.clients = CLIENTS;
        spec.scenario.message.batch = 1 + (int64_t)(rng_next(&rng) % 4);
        spec.scenario.rate.pattern = rng_next(&rng) % 2 ? RATE_CONSTANT : RATE_MAX;
        spec.scenario.message.form = rng_next(&rng) % 4 ? MESSAGE_SIZE : MESSAGE_TEXT;
        spec.scenario.message.text = (char[]){"always the same text, 32 letters"};
        begin(&e, &spec);
        for (double t = 0; t < 5; t += 0.003) {
            uint64_t dice = rng_next(&rng);
            int i = sent_count ? (int)(rng_next(&rng) % (uint64_t)sent_count) : 0;
            struct client *c = &e.clients[rng_next(&rng) % CLIENTS];

            until(&e, t);
            send_answer = dice % 50 ? SEND_DONE : SEND_FULL;
            if (c->linked && dice % 7 == 0)
                client_writable(c);
            if (sent_count > 0 && sent[i].client->linked && dice % 2)
                reply(sent_count - 1 - (int)(dice % 4) > 0 ? sent_count - 1 - (int)(dice % 4) : i);
            if (c->linked && dice % 101 == 0)
                reply_bytes(c, "garbage", dice % 8, dice % 16 < 8);
            if (c->linked && dice % 1009 == 0)
                client_closed(c, "closed 1006");
        }
        if (seed % 5 == 0)
            engine_stop(&e, now);
        until(&e, 10);
        good += conserved(&e) && e.stage == ENGINE_OVER;
        runs++;
        engine_close(&e);
    }
    OK(good == runs, "%d of %d wild targets are accounted for", good, runs);
}

int main(void)
{
    test_plain();
    test_replies();
    test_lost_connection();
    test_no_connection();
    test_full();
    test_late_engine();
    test_stop();
    test_tick();
    test_closed_loop();
    test_too_large();
    test_chaos();
    return tap_end();
}
