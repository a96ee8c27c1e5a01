/* scenario: what is taken, what is refused and how, what is printed, what the workload is made of.
 */
#include "schema/scenario.h"

#include "schema/json.h"
#include "schema/units.h"
#include "tests/tap.h"

#include <stdlib.h>

#define HEAD "{\"name\":\"n\",\"protocol\":\"ws\",\"exchange\":\"echo\""

static bool scenario_read(struct scenario *s, const char *text, struct err *e)
{
    *e = (struct err){0};
    return scenario_parse(s, text, strlen(text), "s.json", e);
}

static void builtins(void)
{
    static const struct {
        const char *name;
        int64_t clients, seconds;
        double offered;
    } seed[] = {
        {"single", 1, 30, 10},      {"ten", 10, 30, 100},     {"fifty", 50, 30, 500},
        {"hundred", 100, 30, 1000}, {"typical", 20, 300, 40}, {"frequent", 50, 60, 500},
        {"burst", 100, 30, 1050},
    };
    struct scenario s;
    struct err e = {0};
    size_t count = 0;

    for (size_t i = 0; i < sizeof seed / sizeof *seed; i++) {
        OK(scenario_builtin(&s, seed[i].name, &e) && s.builtin && !strcmp(s.name, seed[i].name),
           "built-in %s %s", seed[i].name, e.text);
        tap_is(scenario_builtin_names[i], seed[i].name, "in its place in the list");
        OK(s.clients == seed[i].clients && s.duration_ns == seed[i].seconds * NS_PER_S &&
               s.ramp_ns == NS_PER_S && s.warmup_ns == 2 * NS_PER_S && !s.url,
           "its clients and times");
        tap_near(scenario_offered(&s), seed[i].offered, 1e-12, "its load");
        OK(s.budgets.count == 5 && budget_find(&s.budgets, METRIC_LATENCY_P95)->by_default,
           "its default budgets");
        scenario_free(&s);
    }
    while (scenario_builtin_names[count])
        count++;
    OK(count == sizeof seed / sizeof *seed, "and no others");
    OK(!scenario_builtin(&s, "hunderd", &e) && e.kind == ERR_USAGE, "a misspelt one");
    tap_is(e.text, "there is no built-in scenario hunderd; did you mean hundred?", "is told");
    scenario_free(&s);
}

static void workload_of(const char *members, char out[65])
{
    char *text = mem_printf("%s%s%s}", HEAD, *members ? "," : "", members);
    struct scenario s;
    struct err e;

    if (!scenario_read(&s, text, &e))
        OK(false, "%s: %s", members, e.text);
    scenario_workload(&s, out);
    scenario_free(&s);
    free(text);
}

static void same_workload(const char *a, const char *b, bool same)
{
    char one[65], two[65];

    workload_of(a, one);
    workload_of(b, two);
    OK((strcmp(one, two) == 0) == same, "%s workload: %s | %s", same ? "the same" : "another", a,
       b);
}

static void workloads(void)
{
    char none[65], target[65];

    same_workload("", "\"description\":\"d\"", true);
    same_workload("", "\"budgets\":{\"latency.p95\":{\"warning\":5}}", true);
    same_workload("", "\"observe\":{\"pid\":5}", true);
    same_workload("", "\"clients\":1,\"rate\":1.0,\"ramp\":1,\"message\":{\"size\":\"128B\"}",
                  true);
    same_workload("\"rate\":5", "\"rate\":{\"pattern\":\"constant\",\"value\":5}", true);
    same_workload("\"rate\":5", "\"rate\":{\"pattern\":\"poisson\",\"value\":5}", false);
    same_workload("\"rate\":5", "\"rate\":\"max\"", false);
    same_workload("\"duration\":60", "\"duration\":\"1m\"", true);
    same_workload("", "\"clients\":2", false);
    same_workload("", "\"ramp\":\"2s\"", false);
    same_workload("", "\"warmup\":\"1s\"", false);
    same_workload("", "\"duration\":\"31s\"", false);
    same_workload("", "\"phase\":\"together\"", false);
    same_workload("", "\"timeout\":\"6s\"", false);
    same_workload("", "\"connect_timeout\":\"6s\"", false);
    same_workload("", "\"subprotocol\":\"chat.v1\"", false);
    same_workload("", "\"message\":{\"size\":129}", false);
    same_workload("", "\"message\":{\"binary\":true}", false);
    same_workload("", "\"message\":{\"batch\":2}", false);
    same_workload("", "\"message\":{\"fragment\":0},\"match\":{},\"hello\":[]", true);
    same_workload("", "\"message\":{\"fragment\":16}", false);
    same_workload("", "\"match\":{\"ignore\":\"/typing\"}", false);
    same_workload("", "\"hello\":[{\"expect\":\"/ready\"}]", false);
    same_workload("\"hello\":[{\"send\":{\"token\":\"a\"}}]",
                  "\"hello\":[{\"send\":{\"token\":\"b\"}}]", true);
    same_workload("\"message\":{\"json\":{\"a\":1,\"b\":2}}",
                  "\"message\":{\"json\":{\"b\":2.0,\"a\":1}}", true);
    same_workload("\"message\":{\"json\":{\"a\":1}}", "\"message\":{\"json\":{\"a\":2}}", false);
    same_workload("\"message\":{\"text\":\"a\"}", "\"message\":{\"text\":\"b\"}", false);
    same_workload("\"headers\":{\"X-A\":\"1\",\"B\":\"2\"}",
                  "\"headers\":{\"b\":\"3\",\"x-a\":\"\"}", true);
    same_workload("", "\"headers\":{\"X-A\":\"1\"}", false);
    same_workload("", "\"url\":\"ws://127.0.0.1:9000/echo\"", true);
    same_workload("\"url\":\"ws://a:1/x\"", "\"url\":\"ws://u:p@b:{port}/x\"", true);
    same_workload("\"url\":\"ws://a/x\"", "\"url\":\"ws://a/y\"", false);
    same_workload("\"url\":\"ws://a/x?r=1\"", "\"url\":\"ws://a/x?r=2\"", false);
    same_workload("\"url\":\"ws://a/x?token=1\"", "\"url\":\"ws://a/x?token=2\"", true);
    /* printf of {"clients":1,"connect_timeout":10000000000,"duration":30000000000,"exchange":
     * "echo","message":{"batch":1,"binary":false,"size":128},"path":"/echo","phase":"spread",
     * "protocol":"ws","ramp":1000000000,"rate":1,"scheme":"ws","timeout":5000000000,"warmup":
     * 2000000000} in one line, to sha256sum. No later version may change it. */
    workload_of("", none);
    tap_is(none, "38b9a73a9fd08b6174dbba3c4f02161afdab5c14afff0864ad3ebbaf98222cf1",
           "the workload of a recorded run stays what it is");
    workload_of("\"url\":\"ws://h/echo\"", target);
    tap_is(target, none, "no url is the built-in target's /echo");
}

static void round_trip(const char *text)
{
    struct scenario s, again;
    struct text printed = {0}, twice = {0};
    char before[65], after[65];
    struct err e;

    if (OK(scenario_read(&s, text, &e), "taken: %.60s %s", text, e.text)) {
        scenario_print(&s, &printed);
        OK(scenario_read(&again, printed.data, &e), "taken again when printed %s", e.text);
        scenario_print(&again, &twice);
        tap_is(twice.data, printed.data, "and prints the same");
        scenario_workload(&s, before);
        scenario_workload(&again, after);
        tap_is(after, before, "and is the same workload");
        scenario_free(&again);
    }
    text_free(&printed);
    text_free(&twice);
    scenario_free(&s);
}

static void refused(const char *text, const char *sentence)
{
    struct scenario s;
    struct err e;
    bool done = scenario_read(&s, text, &e);
    const char *found = e.text;

    if (strncmp(found, "s.json: ", 8) == 0 || strncmp(found, "s.json, ", 8) == 0)
        found += 8;
    OK(!done && e.kind == ERR_USAGE && found != e.text, "refused, naming the file: %.60s", text);
    tap_is(found, sentence, "in these words");
    scenario_free(&s);
}

/* The rows of scenarios.tsv, which schemas.t reads too: who takes or refuses it, the members that
 * are added to a smallest scenario or the whole text, the sentence. */
static void table(void)
{
    FILE *file = fopen("tests/scenarios.tsv", "r");
    char *line = NULL, *rest, *who, *members, *sentence, *text;
    size_t size = 0, rows = 0;

    while (file && getline(&line, &size, file) > 0) {
        rest = line;
        who = strsep(&rest, "\t");
        members = strsep(&rest, "\t");
        sentence = strsep(&rest, "\n");
        text = members[0] == '"' && strchr(members, ':') ? mem_printf(HEAD ",%s}", members)
                                                         : mem_copy(members);
        if (strcmp(who, "good") == 0)
            round_trip(text);
        else
            refused(text, sentence);
        free(text);
        rows++;
    }
    OK(rows > 150, "%zu scenarios were tried", rows);
    free(line);
    if (file)
        fclose(file);
}

static void defaults(void)
{
    struct scenario s;
    struct text printed = {0};
    struct err e;

    OK(scenario_read(&s, "// smallest\n" HEAD "}", &e), "three keys are enough");
    scenario_print(&s, &printed);
    tap_is(printed.data,
           "{\n  \"name\": \"n\",\n  \"protocol\": \"ws\",\n  \"exchange\": \"echo\",\n"
           "  \"clients\": 1,\n  \"ramp\": \"1s\",\n  \"warmup\": \"2s\",\n"
           "  \"duration\": \"30s\",\n  \"timeout\": \"5s\",\n  \"connect_timeout\": \"10s\",\n"
           "  \"phase\": \"spread\",\n  \"rate\": 1,\n  \"message\": {\n    \"size\": 128,\n"
           "    \"binary\": false,\n    \"batch\": 1,\n    \"fragment\": 0\n  },\n"
           "  \"compression\": false\n}",
           "and all defaults are printed");
    text_free(&printed);
    scenario_free(&s);
}

static void secrets(void)
{
    static const char
        *const secret[] = {"Authorization",       "COOKIE",       "x-api-key", "X-Auth-Token",
                           "Proxy-Authorization", "X-Session-Id", "token"},
               *const open[] = {"Origin", "User-Agent", "X-Trace", "Accept", "X-Monkey"};
    struct scenario s;
    struct text printed = {0};
    struct err e;

    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
        OK(scenario_header_secret(secret[i]), "%s is a secret", secret[i]);
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        OK(!scenario_header_secret(open[i]), "%s is none", open[i]);
    OK(scenario_read(&s,
                     HEAD ",\"url\":\"ws://joe:hunter2@h/x?token=hunter3&room=7\","
                          "\"headers\":{\"Authorization\":\"Bearer hunter4\",\"Origin\":\"o\"}}",
                     &e),
       "a scenario with secrets");
    scenario_print(&s, &printed);
    OK(!strstr(printed.data, "hunter") && strstr(printed.data, "ws://***@h/x?token=***&room=7") &&
           strstr(printed.data, "\"Authorization\": \"***\"") &&
           strstr(printed.data, "\"Origin\": \"o\""),
       "prints none of them, and what is no secret");
    text_free(&printed);
    scenario_free(&s);
}

static void options(void)
{
    struct scenario s;
    struct err e = {0};

    OK(scenario_builtin(&s, "ten", &e) && scenario_set_rate(&s, "max", &e) &&
           s.rate.pattern == RATE_MAX && isnan(scenario_offered(&s)),
       "--rate max");
    OK(s.budgets.count == 4 && !budget_find(&s.budgets, METRIC_TARGET_CPU_MEAN),
       "takes the CPU budget away");
    OK(scenario_set_rate(&s, "2.5", &e) && scenario_offered(&s) == 25, "--rate 2.5");
    OK(!scenario_set_rate(&s, "fast", &e), "--rate fast");
    tap_is(e.text, "\"fast\" is neither a number nor \"max\"", "is told");
    OK(scenario_set_rate(&s, "-1", &e) && !scenario_check(&s, &e), "--rate -1 fails the check");
    tap_is(e.text, "rate: expected a number from 0 to 1e+06 messages per second", "and is told");
    OK(scenario_set_rate(&s, "1", &e) && scenario_check(&s, &e), "--rate 1 again");
    s.clients = 70000;
    OK(!scenario_check(&s, &e), "--clients 70000 fails the check");
    tap_is(e.text, "clients: expected a whole number from 1 to 60000, found 70000", "and is told");
    s.clients = 1;
    s.duration_ns = 1;
    OK(!scenario_check(&s, &e), "--duration 1ns fails the check");
    tap_is(e.text, "duration: expected a duration from 100ms to 1d, found 1ns", "and is told");
    s.duration_ns = NS_PER_S;
    OK(scenario_set_header(&s, "X-A: 1", &e) && scenario_set_header(&s, "x-a:\t2", &e) &&
           s.headers_count == 1 && !strcmp(s.headers[0].value, "2"),
       "--header, the later one counts");
    OK(!scenario_set_header(&s, "secret", &e) && !strstr(e.text, "secret"),
       "--header without a colon, not repeated in the sentence");
    OK(scenario_set_header(&s, "Host: x", &e) && !scenario_check(&s, &e),
       "--header Host fails the check");
    scenario_free(&s);
}

/* The burst of the built-in scenario, cut where periods are not whole. */
static void bursts(void)
{
    struct scenario s = {.clients = 2,
                         .duration_ns = 10 * NS_PER_S,
                         .rate = {RATE_BURST, .low = 1, .high = 20, .period_ns = 5 * NS_PER_S}};

    tap_near(scenario_offered(&s), 21, 1e-12, "whole periods: the mean of low and high");
    s.duration_ns = 1 * NS_PER_S;
    tap_near(scenario_offered(&s), 40, 1e-12, "within the first half: high only");
    s.duration_ns = 5 * NS_PER_S;
    s.rate.period_ns = 8 * NS_PER_S;
    tap_near(scenario_offered(&s), 2 * (4 * 20 + 1 * 1) / 5.0, 1e-12, "4 s high, 1 s low");
    s.rate = (struct rate){RATE_RAMP, .from = 0, .to = 50};
    tap_near(scenario_offered(&s), 50, 1e-12, "a ramp: the mean of its ends");
}

int main(void)
{
    builtins();
    table();
    defaults();
    secrets();
    options();
    bursts();
    workloads();
    return tap_end();
}
