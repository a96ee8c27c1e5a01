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

static void round_trip(const char *text)
{
    struct scenario s, again;
    struct text printed = {0}, twice = {0};
    char before[65], after[65];
    struct err e;

    if (!OK(scenario_read(&s, text, &e), "taken: %.60s %s", text, e.text))
        return;
    scenario_print(&s, &printed);
    OK(scenario_read(&again, printed.data, &e), "taken again when printed %s", e.text);
    scenario_print(&again, &twice);
    tap_is(twice.data, printed.data, "and prints the same");
    scenario_workload(&s, before);
    scenario_workload(&again, after);
    tap_is(after, before, "and is the same workload");
    text_free(&printed);
    text_free(&twice);
    scenario_free(&s);
    scenario_free(&again);
}

int main(void)
{
    builtins();
    round_trip(HEAD "}");
    round_trip(HEAD ",\"rate\":\"max\",\"url\":\"ws://h:{port}/x?a=1\"}");
    round_trip(HEAD ",\"rate\":{\"pattern\":\"burst\",\"low\":0,\"high\":20,\"period\":\"1.5s\"}}");
    round_trip(HEAD ",\"rate\":{\"pattern\":\"ramp\",\"from\":0,\"to\":0.1},\"message\":{\"text\":"
                    "\"hi ${env:X}\",\"binary\":true,\"batch\":3}}");
    return tap_end();
}
