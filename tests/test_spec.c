/* What a worker is told: the same scenario comes out as went in, with the variables filled. */
#include "runner/spec.h"
#include "tests/tap.h"

#include <stdlib.h>

#define TEXT(s) ((char[]){s})

static char plain[] = "a \"quoted\" \\ value", subprotocol[] = "chat.v1";
static char message[] = "key ${env:SPEC_TOKEN}";
static char hello[] = "{\"token\":\"literal\",\"key\":\"${env:SPEC_TOKEN}\"}";
static struct term ready = {TEXT("/ready"), NULL}, end = {TEXT("/type"), TEXT("\"end\"")};
static struct greeting greeting = {{hello, true}, {&ready, 1}};
static char id[] = "/id";
static struct condition done = {&end, 1};
static struct header headers[] = {{TEXT("Authorization"), TEXT("Bearer ${env:SPEC_TOKEN}")},
                                  {TEXT("X-Plain"), plain}};

static struct scenario sample(void)
{
    return (struct scenario){
        .exchange = EXCHANGE_CHAT,
        .headers = headers,
        .headers_count = 2,
        .subprotocol = subprotocol,
        .clients = 60000,
        .ramp_ns = 1,
        .warmup_ns = 2000000001,
        .duration_ns = SCENARIO_DURATION_MAX,
        .phase = PHASE_TOGETHER,
        .rate = {.pattern = RATE_BURST,
                 .value = 0.1,
                 .from = 1.0 / 3,
                 .to = 1e6,
                 .low = 0,
                 .high = 20,
                 .period_ns = 5000000000},
        .message = {.form = MESSAGE_TEXT, .text = message, .batch = 16},
        .hello = &greeting,
        .hello_count = 1,
        .match = {.id = id, .done = {&done, 1}},
        .timeout_ns = 5000000000,
        .connect_timeout_ns = 10000000000,
    };
}

static void test_round_trip(void)
{
    struct spec_part part = {.seed = INT64_MAX, .worker = 2, .workers = 3, .insecure = true};
    struct scenario in = sample(), *out;
    struct text json = {0};
    struct err e = {0};
    struct spec spec;

    setenv("SPEC_TOKEN",
           "s\xff"
           "cret \"${env:HOME}\"",
           1);
    OK(spec_write(&in, "ws://127.0.0.1:9/a?token=${env:SPEC_NUMBER}", &part, &json, &e) == false,
       "a variable that is not set is refused");
    tap_is(strstr(e.text, "SPEC_NUMBER") ? "named" : e.text, "named", "by its name");
    OK(e.kind == ERR_USAGE && json.length == 0, "as a usage error, and nothing is written");
    setenv("SPEC_NUMBER", "42", 1);
    e = (struct err){0};
    OK(spec_write(&in, "ws://127.0.0.1:9/a?token=${env:SPEC_NUMBER}", &part, &json, &e), "written");
    OK(spec_read(&spec, json.data, json.length, &e), "and read: %s", e.text);
    out = &spec.scenario;
    tap_is(out->url, "ws://127.0.0.1:9/a?token=42", "url filled");
    tap_is(out->headers[0].value, "Bearer ${env:SPEC_TOKEN}", "a header keeps its placeholders");
    tap_is(out->headers[1].value, plain, "plain header");
    tap_is(out->message.text, message, "a text to send keeps its placeholders");
    OK(spec.variables_count == 3 && !strcmp(spec.variables[1].name, "SPEC_TOKEN") &&
           !strcmp(spec.variables[1].value, "s\xff"
                                            "cret \"${env:HOME}\""),
       "their values come beside it");
    OK(out->hello_count == 1 && !strcmp(out->hello[0].send.text, hello) &&
           out->hello[0].send.json && out->hello[0].expect.terms == 1,
       "hello, with what is secret");
    OK(!strcmp(out->match.id, "/id") && out->match.done.count == 1 &&
           !strcmp(out->match.done.item->term->value, "\"end\""),
       "match");
    tap_is(out->subprotocol, "chat.v1", "subprotocol");
    OK(out->rate.pattern == RATE_BURST && out->rate.value == 0.1 && out->rate.from == 1.0 / 3 &&
           out->rate.to == 1e6 && out->rate.low == 0 && out->rate.high == 20 &&
           out->rate.period_ns == 5000000000,
       "rates to the last bit");
    OK(out->clients == in.clients && out->ramp_ns == in.ramp_ns && out->warmup_ns == in.warmup_ns &&
           out->duration_ns == in.duration_ns && out->timeout_ns == in.timeout_ns &&
           out->connect_timeout_ns == in.connect_timeout_ns,
       "numbers");
    OK(out->phase == in.phase && out->exchange == in.exchange &&
           out->message.form == MESSAGE_TEXT && out->message.batch == 16 && !out->message.binary,
       "choices");
    OK(spec.part.seed == INT64_MAX && spec.part.worker == 2 && spec.part.workers == 3 &&
           spec.part.insecure,
       "the worker's part");
    spec_free(&spec);

    /* Whatever is cut off, the rest is refused and nothing leaks. */
    bool refused = true;

    for (size_t length = 0; length < json.length; length++) {
        struct err cut = {0};

        refused = !spec_read(&spec, json.data, length, &cut) && cut.kind == ERR_MEASURE && refused;
        spec_free(&spec);
    }
    OK(refused, "a document cut anywhere is refused");
    text_free(&json);
}

static void test_refused(void)
{
    struct spec_part part = {.workers = 1};
    struct scenario in = sample();
    struct text json = {0};
    struct err e = {0};

    setenv("SPEC_TOKEN", "a\r\nX-Injected: 1", 1);
    OK(!spec_write(&in, "ws://127.0.0.1:9/", &part, &json, &e) && e.kind == ERR_USAGE,
       "a header's value with a line end is refused");
    tap_is(e.text, "headers.Authorization: the value holds a control character",
           "without being shown");
    setenv("SPEC_TOKEN", "x", 1);
    e = (struct err){0};
    setenv("SPEC_NUMBER", "x y", 1);
    OK(!spec_write(&in, "ws://127.0.0.1:9/?token=${env:SPEC_NUMBER}", &part, &json, &e) &&
           e.kind == ERR_USAGE && !strstr(e.text, "x y"),
       "so is a value that makes the url none");
    e = (struct err){0};
    OK(!spec_write(&in, "ws://127.0.0.1:{port}/", &part, &json, &e) && e.kind == ERR_USAGE,
       "and a url without its port");
    text_free(&json);
}

int main(void)
{
    test_round_trip();
    test_refused();
    return tap_end();
}
