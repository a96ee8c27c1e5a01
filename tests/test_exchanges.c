/* What replies mean, with a make-believe target and clock: request, push, chat, broadcast, and the
 * rules for messages in general. Whatever a target does, each message ends exactly once. */
#include "runner/engine.h"
#include "schema/text.h"
#include "schema/units.h"
#include "tests/tap.h"

#include <stdlib.h>

enum { CLIENTS = 3, SENT_MAX = 8192, TEXT_MAX = 200 };

#define START (1000 * NS_PER_S)
#define WALL_AHEAD (1764151200 * NS_PER_S - START) /* of the monotonic clock */

static int64_t now;
static struct sent {
    struct client *client;
    char text[TEXT_MAX];
} sent[SENT_MAX];
static int sent_count, answered, closes, close_code, abandoned;
static enum send_state send_answer;

static struct spec spec;
static struct engine engine;
static struct counts *const counts = &engine.meter.counts;

static int64_t fake_clock(void)
{
    return now;
}

static int64_t fake_wall(void)
{
    return now + WALL_AHEAD;
}

static void fake_connect(struct client *c)
{
    client_opened(c);
}

static void fake_abandon(struct client *c)
{
    (void)c;
    abandoned++;
}

static enum send_state fake_send(struct client *c, unsigned char *data, size_t length, bool binary)
{
    (void)binary;
    if (length < TEXT_MAX && sent_count < SENT_MAX) {
        sent[sent_count].client = c;
        memcpy(sent[sent_count].text, data, length);
        sent[sent_count++].text[length] = '\0';
    }
    memset(data, 0xee, length);
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

/* A window of 2 s from 1 s on; `members` are added to a smallest scenario. */
static void begin(const char *members)
{
    char *text = mem_printf("{\"name\":\"n\",\"protocol\":\"ws\",\"ramp\":0,\"warmup\":1,"
                            "\"duration\":2,\"timeout\":1,\"connect_timeout\":1,%s}",
                            members);
    struct err e = {0};

    spec = (struct spec){.part = {.seed = 7, .workers = 1}};
    if (!scenario_parse(&spec.scenario, text, strlen(text), NULL, &e) ||
        !engine_open(&engine, &spec, &fake, fake_clock, &e))
        OK(false, "%s: %s", members, e.text);
    engine.wall = fake_wall;
    now = START;
    sent_count = answered = closes = close_code = abandoned = 0;
    send_answer = SEND_DONE;
    free(text);
    engine_start(&engine, now);
}

static void until(double seconds)
{
    int64_t end = START + (int64_t)(seconds * 1e9);

    for (;;) {
        engine_run(&engine, now);
        if (engine.stage == ENGINE_OVER || engine.wake_ns > end)
            break;
        now = engine.wake_ns > now ? engine.wake_ns : now;
    }
    now = end;
}

static void say_cut(struct client *c, const char *text, size_t length, size_t cut)
{
    struct chunk first = {text, cut, true, cut == length, false};
    struct chunk rest = {text + cut, length - cut, false, true, false};

    client_received(c, &first);
    if (cut < length)
        client_received(c, &rest);
}

static void say(struct client *c, const char *text)
{
    say_cut(c, text, strlen(text), strlen(text));
}

__attribute__((format(printf, 2, 3))) static void sayf(struct client *c, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    say(c, text);
}

static int64_t failures(enum failure_kind kind, const char *reason)
{
    int64_t count = 0;

    for (int i = 0; i < engine.meter.failures_count; i++)
        if (engine.meter.failures[i].kind == kind &&
            strcmp(engine.meter.failures[i].reason, reason) == 0)
            count += engine.meter.failures[i].count;
    return count;
}

static bool conserved(void)
{
    const struct counts *c = counts;
    int64_t second_sent = 0, second_matched = 0, second_errors = 0, second_open = 0;

    for (int i = 0; i < engine.meter.seconds_count; i++) {
        second_sent += engine.meter.seconds[i].sent;
        second_matched += engine.meter.seconds[i].matched;
        second_errors += engine.meter.seconds[i].errors;
        second_open += engine.meter.seconds[i].open;
    }
    return c->sent == c->matched + c->lost + c->errors && c->offered == c->sent + c->unattempted &&
           engine.meter.open == 0 && second_open == 0 && second_sent == c->sent - c->copies &&
           second_matched == c->matched && second_errors == c->lost + c->errors;
}

/* Lets the run come to its end. */
static bool finish(void)
{
    bool good;

    until(12);
    good = engine.stage == ENGINE_OVER && conserved();
    engine_close(&engine);
    spec_free(&spec);
    return good;
}

static void test_request(void)
{
    int first;

    begin(
        "\"exchange\":\"request\",\"rate\":10,\"message\":{\"json\":{\"id\":\"${id}\",\"n\":\"${seq}\"}}");
    until(0.95);
    tap_is(sent[0].text, "{\"id\":\"0-0\",\"n\":0}", "an id, and a number that is one");
    for (; answered < sent_count; answered++)
        say(sent[answered].client, sent[answered].text);
    first = sent_count;
    until(1.35); /* due 1.0 to 1.3 */
    sayf(sent[first].client, "{\"for\":\"whom\",\"id\":\"0-%d\",\"more\":[1,2]}", first + 2);
    OK(counts->matched == 1 && counts->reordered == 1,
       "the reply is found by its id, in any order");
    sayf(sent[first].client, "{\"id\":\"0-%d\"}", first + 2);
    OK(counts->duplicate == 1, "the same again is a duplicate");
    say(sent[first].client, "{\"id\":\"0-77\"}");
    OK(counts->errors == 1 &&
           failures(FAILURE_MESSAGE, "reply with an id that is no open message's"),
       "an id that nobody asked with ends the oldest");
    say(sent[first].client, "{\"ID\":\"x\"}");
    OK(counts->errors == 2 && failures(FAILURE_MESSAGE, "reply without an id") == 1,
       "so does a reply without one");
    say(sent[first].client, "garbage");
    OK(counts->errors == 3 && failures(FAILURE_MESSAGE, "reply that is no JSON") == 1,
       "and one that is no JSON");
    until(1.45);
    sayf(sent[first].client, "{\"type\":\"error\",\"id\":\"0-%d\"}", first + 4);
    OK(counts->errors == 4 && failures(FAILURE_MESSAGE, "error reply") == 1,
       "an error with its id");
    until(2.55); /* 1.5 is lost */
    sayf(sent[first].client, "{\"id\":\"0-%d\"}", first + 5);
    OK(counts->late == 1 && counts->lost == 1, "a late reply");
    OK(finish(), "request: all accounted for");

    begin(
        "\"exchange\":\"request\",\"rate\":10,\"match\":{\"id\":\"/for\"},\"message\":{\"text\":\"ask "
        "${seq}\"}");
    until(1.05);
    tap_is(sent[10].text, "ask 10", "a message in plain text");
    say(sent[10].client, "{\"for\":10}");
    OK(counts->matched == 1, "the reply may name what ${seq} was, elsewhere");
    OK(finish(), "accounted for");
}

static void test_rules(void)
{
    begin(
        "\"exchange\":\"echo\",\"rate\":1,\"match\":{\"ignore\":[{\"/type\":\"typing\",\"/on\":true},"
        "\"/notice\"],\"error\":{\"/type\":\"error\"},\"reply\":[{\"when\":{\"/type\":\"ping\"},"
        "\"send\":{\"type\":\"pong\",\"n\":\"${seq}\"}}]}");
    until(1.05);
    say(sent[1].client, "{\"type\":\"typing\",\"on\":true}");
    say(sent[1].client, "{\"notice\":\"maintenance\"}");
    OK(counts->errors == 0, "what is to be ignored is");
    say(sent[1].client, "{\"type\":\"ping\"}");
    say(sent[1].client, "{\"type\":\"ping\"}");
    OK(sent_count == 4 && !strncmp(sent[3].text, "{\"type\":\"pong\",\"n\":", 18),
       "pings have replies");
    send_answer = SEND_FULL;
    say(sent[1].client, "{\"type\":\"ping\"}");
    say(sent[1].client, "{\"type\":\"ping\"}");
    OK(sent_count == 5, "not while the target does not read");
    send_answer = SEND_DONE;
    client_writable(sent[1].client);
    OK(sent_count == 6, "but once it does");
    say(sent[1].client, sent[1].text);
    OK(counts->matched == 1, "an echo is one still");
    until(2.05);
    say(sent[1].client, "{\"type\":\"error\"}");
    OK(counts->errors == 1 && failures(FAILURE_MESSAGE, "error reply") == 1,
       "an error ends the oldest");
    OK(finish(), "rules: all accounted for");
}

static void test_hello(void)
{
    static const char steps[] =
        "\"exchange\":\"echo\",\"rate\":1,\"hello\":[{\"send\":{\"type\":\"auth\",\"who\":\"${client}\"},"
        "\"expect\":{\"/type\":\"ready\"}},{\"send\":\"join\"},{\"expect\":\"/welcome\"}],"
        "\"match\":{\"error\":{\"/type\":\"error\"}}";

    begin(steps);
    until(0.1);
    tap_is(sent[0].text, "{\"type\":\"auth\",\"who\":0}", "the first step is sent");
    OK(sent_count == 1 && counts->connects_made == 0, "and waited for");
    say(&engine.clients[0], "{\"type\":\"motd\"}");
    OK(sent_count == 1, "other messages mean nothing");
    say_cut(&engine.clients[0], "{\"type\":\"ready\"}", 16, 5);
    tap_is(sent[1].text, "join", "then the next");
    OK(engine.clients[0].state == CLIENT_GREETING, "the last one is waited for");
    say(&engine.clients[0], "{\"welcome\":1}");
    OK(counts->connects_made == 1 && engine.clients[0].state == CLIENT_OPEN,
       "the connection is open");
    until(1.05);
    OK(counts->sent == 1, "and messages are due");
    OK(finish(), "hello: all accounted for");

    begin(steps);
    until(0.5);
    say(&engine.clients[0], "{\"type\":\"ready\"}");
    until(1.05);
    OK(abandoned == 1 && engine.stage == ENGINE_OVER &&
           failures(FAILURE_CONNECTION, "hello: step 3 was not answered within 1s") == 1,
       "one that is not answered in time is a failed connection");
    OK(counts->connects_tried == 1 && counts->connects_made == 0 && counts->offered == 0,
       "that offers nothing");
    OK(finish(), "accounted for");

    begin(steps);
    until(0.1);
    say(&engine.clients[0], "{\"type\":\"error\"}");
    OK(failures(FAILURE_CONNECTION, "hello: step 1 was answered by an error") == 1,
       "so is a refusal");
    OK(finish(), "accounted for");

    begin(steps);
    until(0.1);
    client_closed(&engine.clients[0], "closed 4401");
    OK(failures(FAILURE_CONNECTION, "closed 4401 before hello was done") == 1, "and a close");
    OK(finish(), "accounted for");
}

static const struct hist *hist(enum wire_hist_kind kind)
{
    return &engine.meter.hist[kind];
}

static void test_chat(void)
{
    begin("\"exchange\":\"chat\",\"rate\":1");
    until(1.0);
    now += 30 * NS_PER_MS;
    say(sent[1].client, "{\"type\":\"start\",\"id\":\"0-1\"}");
    say(sent[1].client, "{\"id\":\"0-1\",\"delta\":\"\"}");
    OK(hist(HIST_TOKEN_FIRST)->total == 0, "an empty chunk is no token");
    now += 10 * NS_PER_MS;
    say(sent[1].client, "{\"id\":\"0-1\",\"delta\":\"Hel\"}");
    OK(hist(HIST_TOKEN_FIRST)->total == 1 && hist(HIST_TOKEN_FIRST)->max == 40 * NS_PER_MS,
       "the first token, from the moment the request was due");
    for (int i = 0; i < 4; i++) {
        now += 20 * NS_PER_MS;
        say(sent[1].client, "{\"id\":\"0-1\",\"delta\":\"lo\"}");
    }
    OK(hist(HIST_TOKEN_GAP)->total == 4 && hist(HIST_TOKEN_GAP)->max == 20 * NS_PER_MS,
       "every gap");
    now += 5 * NS_PER_MS;
    say(sent[1].client, "{\"id\":\"0-1\",\"type\":\"end\"}");
    OK(counts->matched == 1 && hist(HIST_LATENCY)->max == 125 * NS_PER_MS, "done");
    OK(counts->tokens == 4 && counts->tokens_ns == 80 * NS_PER_MS, "50 tokens per second");
    say(sent[1].client, "{\"id\":\"0-1\",\"type\":\"end\"}");
    OK(counts->duplicate == 1, "done twice is once too often");
    until(2.1);
    say(sent[2].client, "{\"id\":\"0-2\",\"delta\":\"x\"}");
    say(sent[2].client, "{\"id\":\"0-2\",\"type\":\"error\"}");
    OK(counts->errors == 1 && hist(HIST_TOKEN_FIRST)->total == 2, "an answer that breaks off");
    OK(finish(), "chat: all accounted for");

    begin("\"exchange\":\"chat\",\"rate\":4,\"match\":{\"content\":\"/choices/0/delta/content\"},"
          "\"message\":{\"json\":{\"stream\":true}}");
    until(1.3); /* 1.0 and 1.25 */
    say(sent[4].client, "{\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}");
    for (int i = 0; i < 3; i++) {
        say(sent[4].client, "{\"choices\":[{\"delta\":{\"content\":\"two words\"}}]}");
        now += 10 * NS_PER_MS;
    }
    say(sent[4].client, "{\"choices\":[],\"usage\":{\"completion_tokens\":9}}");
    OK(counts->matched == 0, "without ids the oldest request of all is answered first");
    for (int i = 0; i < 5; i++)
        say(sent[4].client, "[DONE]");
    OK(counts->matched == 1 && counts->tokens == 0, "those of the warm-up before the first");
    say(sent[4].client, "{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}");
    OK(hist(HIST_TOKEN_FIRST)->total == 1 && hist(HIST_TOKEN_FIRST)->max == 80 * NS_PER_MS,
       "in turn");
    until(2.27); /* its time is over */
    OK(counts->lost == 1, "a chat that is not done in time is lost");
    say(sent[4].client, "{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}");
    say(sent[4].client, "[DONE]");
    OK(counts->late == 1 && hist(HIST_TOKEN_GAP)->total == 0, "what comes of it is late");
    say(sent[4].client, "{\"choices\":[{\"delta\":{\"content\":\"b\"}}]}");
    say(sent[4].client, "[DONE]");
    OK(counts->matched == 2, "and the next one's turn comes");
    OK(finish(), "in turn: all accounted for");
}

static void event(int64_t sequence, const char *time)
{
    sayf(&engine.clients[0], "{\"sequence\":%lld,\"time\":%s}", (long long)sequence, time);
}

static void test_push(void)
{
    static const char *const times[] = {
        "1764151201",          "1764151201.0",      "1764151201000",  "1764151201000000",
        "1764151201000000000", "\"1764151201000\"", "1764151201000.0"};

    begin("\"exchange\":\"push\"");
    until(1.04);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        event((int64_t)i + 5, times[i]);
    OK(counts->matched == 7 && hist(HIST_LATENCY)->total == 7 &&
           hist(HIST_LATENCY)->min == 40 * NS_PER_MS && hist(HIST_LATENCY)->max == 40 * NS_PER_MS,
       "seconds, ms, us and ns, whole, broken or quoted");
    event(14, "1764151201000"); /* 12 and 13 are missing */
    OK(counts->sent == 10 && counts->matched == 8 && counts->lost == 0, "a gap may yet be filled");
    event(13, "1764151201000");
    OK(counts->matched == 9 && counts->reordered == 1, "by an event that is out of order");
    event(13, "1764151201000");
    event(6, "1764151201000");
    OK(counts->duplicate == 2, "what came already is a duplicate");
    until(2.05);
    OK(counts->lost == 1, "or not: lost");
    event(12, "1764151201000");
    OK(counts->late == 1 && counts->lost == 1, "and late");
    event(15, "null");
    OK(counts->matched == 10 && hist(HIST_LATENCY)->total == 9,
       "no time: an event without latency");
    event(16, "12345");
    event(17, "1764000000");
    OK(counts->matched == 12 && hist(HIST_LATENCY)->total == 9 &&
           failures(FAILURE_MESSAGE, "event with a time more than 1h away") == 1 &&
           failures(FAILURE_MESSAGE, "event with a time that is none since 1970") == 1,
       "nor with one that cannot be");
    event(18, "1764151203000");
    OK(failures(FAILURE_MESSAGE, "event from the future: clocks differ") == 1,
       "clocks that differ");
    event(5000000, "null");
    OK(counts->matched == 14 && failures(FAILURE_MESSAGE, "sequence began anew") == 1,
       "a sequence that begins anew");
    event(5002001, "null");
    OK(counts->lost == 1 + 2000 - 1024, "of a large gap those beyond 1,024 are lost at once");
    say(&engine.clients[0], "plain text");
    OK(counts->matched == 16, "an event that is no JSON is one, too");
    until(3.05);
    OK(engine.stage == ENGINE_DRAINING, "at the end, what is on its way is waited for");
    event(5002002, "1764151202990");
    OK(counts->matched == 17, "since it counts by the time of its sending");
    event(5002003, "1764151203001");
    OK(finish(), "push: all accounted for");

    begin("\"exchange\":\"push\"");
    until(1.5);
    event(1, "1764151201400");
    until(3.01);
    event(2, "1764151203005");
    until(3.02);
    OK(engine.stage == ENGINE_OVER, "until the first event from behind the window has come");
    OK(finish(), "accounted for");

    begin("\"exchange\":\"push\"");
    until(0.5);
    event(1, "1764151200900");
    event(2, "null");
    event(9000000, "1764151200500");
    OK(engine.meter.failures_count == 0, "what is odd before the window is not told");
    until(1.5);
    event(9000001, "1764151201400");
    event(9000004, "1764151201400");
    client_closed(&engine.clients[0], "closed 1000");
    OK(counts->lost == 2 && counts->errors == 0 &&
           failures(FAILURE_MESSAGE, "missing in the sequence of events") == 2,
       "what was missing when the connection ended is lost");
    OK(finish(), "accounted for");

    begin("\"exchange\":\"push\",\"heartbeat\":{\"every\":10}");
    until(1.2);
    event(1, "1764151201200");
    event(3, "1764151201200");
    until(2.25);
    OK(counts->lost == 1, "what is missing is lost in time, though nothing else is due");
    until(3.02);
    event(5, "1764151203010");
    event(8, "1764151202990");
    OK(finish(), "what is missing behind something later is, too");
}

static void test_broadcast(void)
{
    begin("\"exchange\":\"broadcast\",\"clients\":3,\"rate\":1,\"phase\":\"together\"");
    until(0.9);
    for (; answered < sent_count; answered++)
        for (int i = 0; i < 3; i++)
            say(&engine.clients[i], sent[answered].text);
    until(1.0);
    OK(sent_count == answered + 3, "three are sent");
    OK(counts->sent == 9 && counts->copies == 6, "and owed to three each");
    now += 2 * NS_PER_MS;
    for (int i = 0; i < 3; i++)
        say(&engine.clients[i], sent[answered + 1].text);
    OK(counts->matched == 3 && counts->reordered == 0,
       "everybody has one; between senders there is no order");
    say(&engine.clients[0], sent[answered + 1].text);
    OK(counts->duplicate == 1, "twice is once too often");
    now += 5 * NS_PER_MS;
    say(&engine.clients[0], sent[answered].text);
    OK(counts->matched == 4 && hist(HIST_LATENCY)->max == 7 * NS_PER_MS &&
           hist(HIST_SERVICE)->total == 4,
       "each copy has a latency of its own");
    say(&engine.clients[0], "what is this?");
    OK(counts->errors == 1, "a message from elsewhere ends the oldest that is owed");
    until(2.0);
    OK(counts->lost == 4, "what does not come in time is lost, per receiver");
    client_closed(&engine.clients[2], "closed 1006");
    OK(counts->errors == 4, "who is gone receives no more: 3 were on their way");
    until(2.1);
    OK(finish(), "broadcast: all accounted for");

    begin("\"exchange\":\"broadcast\",\"clients\":2,\"rate\":10,\"match\":{\"id\":\"/id\"},"
          "\"message\":{\"json\":{\"id\":\"${id}\"}}");
    until(1.14); /* 1.0, 1.1 of one client, 1.05 of the other */
    for (int i = 0; i < 2; i++)
        say(&engine.clients[i], "{\"from\":\"a\",\"id\":\"0-11\"}");
    OK(counts->matched == 2 && counts->reordered == 2, "of one sender order is expected");
    OK(finish(), "by id: all accounted for");

    begin("\"exchange\":\"broadcast\",\"clients\":2,\"rate\":0.4,\"heartbeat\":{\"every\":10}");
    until(3.3); /* sent at 1.0 and 2.25; the first client has nothing to do behind that */
    OK(counts->lost == 4, "what is owed to a client is lost in time, though nothing else is due");
    OK(finish(), "accounted for");
}

static void test_large(void)
{
    static char large[REPLY_MAX + 1];
    char members[] =
        "\"exchange\":\"request\",\"rate\":1,\"clients\":64,\"match\":{\"id\":\"/id\"}";
    int whole = 0;

    begin(members);
    memset(large, ' ', sizeof large);
    until(1.05);
    for (int i = 0; i < 64; i++) {
        struct chunk chunk = {large, sizeof large / 2 + 9, true, false, false};

        client_received(&engine.clients[i], &chunk);
        whole += engine.clients[i].state == CLIENT_OPEN;
    }
    OK(whole == 32 && engine.inbox_bytes <= INBOX_MAX && close_code == 1009,
       "32 MiB are collected together, and no more");
    OK(failures(FAILURE_CONNECTION,
                "lost: message too large: all that are being read exceed 32 MiB") == 32,
       "for that reason");
    OK(finish(), "large: all accounted for");
}

/* Bytes that are the same whenever client, number and seed are. */
static void test_templates(void)
{
    struct header variable = {(char[]){"KEY"}, (char[]){"a\"b\\\n"}};
    struct template_values v = {
        .variables = &variable, .variables_count = 1, .seed = 5, .client = 3, .number = 17};
    static const char json[] = "{\"${seq}\":\"${seq}\",\"c\" : \"${client}\" ,\"s\":\"n ${seq}\","
                               "\"k\":\"${env:KEY}\",\"u\":\"${what}\",\"i\":\"${id}\"}";
    char out[1024], again[1024];
    size_t n = template_write(json, strlen(json), TEMPLATE_JSON, &v, (unsigned char *)out);
    struct reply r;

    out[n] = '\0';
    tap_is(out,
           "{\"17\":17,\"c\" : 3 ,\"s\":\"n 17\",\"k\":\"a\\\"b\\\\\\u000a\",\"u\":\"${what}\","
           "\"i\":\"3-17\"}",
           "JSON is filled, and stays JSON");
    reply_read(&r, out, n, false);
    OK(r.json && n <= template_room(json, strlen(json), TEMPLATE_JSON, &v), "within its room");
    n = template_write("${random:300}|${env:KEY}", 24, TEMPLATE_PLAIN, &v, (unsigned char *)out);
    OK(n == 300 + 1 + 5 && !memcmp(out + 301, "a\"b\\\n", 5), "a text is filled as it is");
    template_write("${random:300}|${env:KEY}", 24, TEMPLATE_PLAIN, &v, (unsigned char *)again);
    OK(memcmp(out, again, n) == 0, "the same random letters for the same message");
    v.number++;
    template_write("${random:300}|${env:KEY}", 24, TEMPLATE_PLAIN, &v, (unsigned char *)again);
    OK(memcmp(out, again, 300) != 0, "others for the next");
    for (size_t i = 0; i < 300; i++)
        n += strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", out[i]) !=
             NULL;
    OK(n == 606, "letters, digits, - and _");
    n = template_write("${now}", 6, TEMPLATE_PLAIN, &v, (unsigned char *)out);
    OK(n == 13 && out[0] >= '1', "milliseconds");
    OK(template_room("${random:65536}", 15, TEMPLATE_PLAIN, &v) > 65536, "room for what is random");
}

/* A target that says anything at any time: whatever it is, the sums are right. */
static void test_chaos(void)
{
    static const char *const scenarios[] = {
        "\"exchange\":\"request\",\"clients\":3,\"rate\":20,\"match\":{\"ignore\":\"/x\"}",
        "\"exchange\":\"request\",\"clients\":3,\"rate\":\"max\",\"message\":{\"batch\":3}",
        "\"exchange\":\"chat\",\"clients\":3,\"rate\":20",
        "\"exchange\":\"chat\",\"clients\":3,\"rate\":\"max\",\"message\":{\"text\":\"hi\"}",
        "\"exchange\":\"push\",\"clients\":3",
        "\"exchange\":\"broadcast\",\"clients\":3,\"rate\":10",
        "\"exchange\":\"broadcast\",\"clients\":3,\"rate\":10,\"match\":{\"id\":\"/id\"},"
        "\"message\":{\"json\":{\"id\":\"${id}\"}}"};
    static const char *const words[] = {"{\"id\":\"%d-%d\"}",
                                        "{\"id\":\"%d-%d\",\"delta\":\"x\"}",
                                        "{\"id\":\"%d-%d\",\"type\":\"end\"}",
                                        "{\"id\":\"%d-%d\",\"type\":\"error\"}",
                                        "{\"sequence\":%d%d}",
                                        "{\"sequence\":%d%d,\"time\":1764151201.5}",
                                        "[DONE]",
                                        "{\"type\":\"error\"}",
                                        "{\"delta\":1}",
                                        "%d%d",
                                        "{\"x\":1}"};
    enum { ROUNDS = 40, WORDS = sizeof words / sizeof *words };
    int good = 0, runs = 0;
    struct rng rng;

    for (size_t s = 0; s < sizeof scenarios / sizeof *scenarios; s++)
        for (int64_t seed = 0; seed < ROUNDS; seed++, runs++) {
            rng_open(&rng, seed, (int64_t)s);
            begin(scenarios[s]);
            for (double t = 0; t < 4.5; t += 0.004) {
                uint64_t dice = rng_next(&rng);
                struct client *c = &engine.clients[rng_next(&rng) % 3];
                int number = (int)c->pending.end - (int)(dice % 5);

                until(t);
                send_answer = dice % 50 ? SEND_DONE : SEND_FULL;
                if (c->linked && dice % 7 == 0)
                    client_writable(c);
                if (c->linked && dice % 3) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                    sayf(c, words[rng_next(&rng) % WORDS], (int)c->number, number);
#pragma GCC diagnostic pop
                }
                if (c->linked && sent_count && dice % 4 == 0)
                    say(c, sent[sent_count - 1 - (int)(dice % 3) % sent_count].text);
                if (c->linked && dice % 1009 == 0)
                    client_closed(c, "closed 1006");
            }
            if (seed % 5 == 0)
                engine_stop(&engine, now);
            good += finish();
        }
    OK(good == runs, "%d of %d wild targets are accounted for", good, runs);
}

int main(void)
{
    test_request();
    test_rules();
    test_hello();
    test_chat();
    test_push();
    test_broadcast();
    test_large();
    test_templates();
    test_chaos();
    return tap_end();
}
