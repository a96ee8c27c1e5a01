/* Mixes: what is taken and refused, how clients are divided, and what of it is the load. */
#include "runner/plan.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#define PARTS \
    "\"mix\":[{\"share\":0.5,\"scenario\":\"a.json\"},{\"share\":\"50%\",\"scenario\":\"b.json\"}]"
#define WITH(other) \
    "\"mix\":[{\"share\":0.5,\"scenario\":\"a.json\"},{\"share\":0.5,\"scenario\":\"" other "\"}]}"
#define HEAD "{\"name\":\"m\",\"clients\":10,"

static void test_parse(void)
{
    static const struct {
        const char *text, *sentence;
    } bad[] = {
        {"{\"clients\":10," PARTS "}", "m: name: is missing, expected a string"},
        {"{\"name\":\"m\",\"clients\":0," PARTS "}",
         "m: clients: expected a whole number from 1 to 60000, found 0"},
        {HEAD "\"rates\":1," PARTS "}", "m: rates: there is no such key"},
        {HEAD "\"mix\":{}}", "m: mix: expected an array of 2 to 16 {\"share\": ..., \"scenario\": "
                             "...}, found an object"},
        {HEAD "\"mix\":[{\"share\":1,\"scenario\":\"a.json\"}]}",
         "m: mix: expected an array of 2 to 16 {\"share\": ..., \"scenario\": ...}, found an array"},
        {HEAD "\"mix\":[{\"share\":0.5,\"scenario\":\"a\"},{\"share\":0.4,\"scenario\":\"b\"}]}",
         "m: mix: the shares are 0.9 together, expected 1"},
        {HEAD "\"mix\":[{\"share\":1,\"scenario\":\"a\"},{\"share\":0,\"scenario\":\"b\"}]}",
         "m: mix[1].share: expected a share above 0"},
        {HEAD "\"mix\":[{\"share\":1,\"scenario\":\"a\"},{\"scenario\":\"b\"}]}",
         "m: mix[1].share: is missing, expected a share of the clients"},
        {HEAD "\"mix\":[{\"share\":1},{\"share\":0,\"scenario\":\"b\"}]}",
         "m: mix[0].scenario: is missing, expected the name of a file"},
        {HEAD "\"mix\":[{\"share\":1,\"scenario\":\"\"},2]}",
         "m: mix[0].scenario: is empty, expected the name of a file"},
    };
    struct mix m;
    struct err e = {0};

    OK(mix_is(HEAD PARTS "} // yes", strlen(HEAD PARTS) + 8) && !mix_is("{\"name\":1}", 10) &&
           !mix_is("[", 1),
       "a mix is told from a scenario");
    OK(mix_parse(&m, HEAD PARTS "}", strlen(HEAD PARTS) + 1, "m", &e) && m.parts == 2 &&
           m.part[1].share == 0.5 && m.duration_ns == SCENARIO_DURATION_DEFAULT,
       "taken: %s", e.text);
    mix_free(&m);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        e = (struct err){0};
        OK(!mix_parse(&m, bad[i].text, strlen(bad[i].text), "m", &e) && e.kind == ERR_USAGE,
           "refused: %s", bad[i].text);
        tap_is(e.text, bad[i].sentence, "in these words");
        mix_free(&m);
    }
}

/* Shares in percent; how many clients each has. */
static void divided(int64_t clients, const int *share, size_t parts, const char *want)
{
    struct mix_part part[MIX_PARTS_MAX];
    struct mix m = {.part = part, .parts = parts};
    int64_t got[MIX_PARTS_MAX];
    struct text out = {0};
    struct err e = {0};

    for (size_t i = 0; i < parts; i++)
        part[i].share = share[i] / 100.0;
    if (mix_divide(&m, clients, got, &e))
        for (size_t i = 0; i < parts; i++)
            text_addf(&out, "%s%lld", i ? " " : "", (long long)got[i]);
    tap_is(out.data ? out.data : e.text, want, "divided");
    text_free(&out);
}

static void test_divide(void)
{
    divided(10, (int[]){70, 30}, 2, "7 3");
    divided(10, (int[]){33, 33, 33}, 3, "4 3 3");
    divided(7, (int[]){50, 50}, 2, "4 3");
    divided(3, (int[]){98, 1, 1}, 3, "mix[1].share: of 3 clients it has none");
    divided(100, (int[]){1, 1, 98}, 3, "1 1 98");
    divided(60000, (int[]){1, 99}, 2, "600 59400");
}

static const char part_a[] =
    "{\"name\":\"a\",\"protocol\":\"ws\",\"exchange\":\"echo\",\"clients\":3}",
                  part_b[] = "{\"name\":\"b\",\"protocol\":\"ws\",\"exchange\":\"push\"}";

static void plan(const char *mix, const struct plan_options *options, char workload[2][65],
                 const char *refusal)
{
    char *path = scratch_write("m.json", mix);
    struct plan p;
    struct err e = {0};

    OK(plan_open(&p, path, options, &e) == !refusal, "planned or not: %s", e.text);
    if (refusal)
        tap_is(e.kind == ERR_USAGE && strstr(e.text, scratch) ? strstr(e.text, refusal) : e.text,
               refusal, "with file and reason");
    for (size_t i = 0; !refusal && i < p.parts; i++)
        scenario_workload(&p.part[i], workload[i]);
    if (!refusal)
        OK(p.parts == 2 && p.part[0].clients + p.part[1].clients == p.mix.clients &&
               strcmp(p.part[0].name, "m/a") == 0 && p.part[0].duration_ns == p.mix.duration_ns,
           "clients, names and times are the mix's");
    plan_close(&p);
    free(path);
}

static void test_plan(void)
{
    const struct plan_options none = {.duration.ns = -1, .warmup.ns = -1};
    struct plan_options options = none;
    char *a = scratch_write("a.json", part_a), *b = scratch_write("b.json", part_b), alone[65];
    char first[2][65], second[2][65];
    struct plan p;
    struct err e = {0};

    plan(HEAD PARTS "}", &none, first, NULL);
    OK(plan_open(&p, a, &none, &e) && p.parts == 1 && p.mix.parts == 0 && p.part->clients == 3,
       "an ordinary scenario is a plan of one part");
    p.part->clients = 5;
    p.part->duration_ns = SCENARIO_DURATION_DEFAULT;
    scenario_workload(p.part, alone);
    plan_close(&p);
    OK(strcmp(alone, first[0]) != 0, "a part's load is not what it would be alone");
    free(scratch_write("b.json", "{\"name\":\"b\",\"protocol\":\"ws\",\"exchange\":\"echo\"}"));
    plan(HEAD PARTS "}", &none, second, NULL);
    OK(strcmp(first[0], second[0]) != 0, "it changes with the other part");
    free(scratch_write("b.json", part_b));
    options.clients = 40;
    options.duration.ns = 5000000000;
    plan(HEAD PARTS "}", &options, second, NULL);
    OK(strcmp(first[0], second[0]) != 0, "and with the options");
    options = none;
    options.rate = "5";
    plan(HEAD PARTS "}", &options, NULL, "--rate: the parts of a mix have rates of their own");
    options = none;
    plan(HEAD WITH("a.json"), &none, NULL, "mix[1]: a part before it has the name m/a, too");
    plan(HEAD WITH("no.json"), &none, NULL, "No such file or directory");
    plan(HEAD WITH("m.json"), &none, NULL, "mix: a mix of scenarios is carried out by `run` alone; name one of its parts");
    free(scratch_write("c.json",
                       "{\"name\":\"c\",\"protocol\":\"ws\",\"exchange\":\"echo\",\"url\":"
                       "\"ws://127.0.0.1:9/\"}"));
    plan(HEAD WITH("c.json"), &none, NULL,
         "mix[1]: its target is elsewhere, that of mix[0] built-in");
    free(a);
    free(b);
}

/* What is common to the parts, and where they are aimed at. */
static void test_common(void)
{
    struct plan_options options = {.duration.ns = -1, .warmup.ns = -1};
    char *a = scratch_write("a.json", part_a), *path;
    struct plan p;
    struct err e = {0};

    free(scratch_write("b.json", "{\"name\":\"b\",\"exchange\":\"chat\",\"clients\":7,"
                                 "\"timeout\":\"9s\",\"url\":\"http://127.0.0.1:8/v1?a=b\"}"));
    path = scratch_write("m.json", "{\"name\":\"m\",\"protocol\":\"sse\",\"timeout\":\"3s\","
                                   "\"url\":\"ws://127.0.0.1:8/a\"," PARTS "}");
    OK(plan_open(&p, path, &options, &e), "planned: %s", e.text);
    OK(p.part[0].protocol == PROTOCOL_WS && p.part[1].protocol == PROTOCOL_SSE &&
           p.part[0].timeout_ns == 3000000000 && p.part[1].timeout_ns == 9000000000,
       "a part has what is common unless it says otherwise");
    tap_is(p.part[0].url, "ws://127.0.0.1:8/a", "a url, too");
    OK(p.part[0].clients == 5 && p.part[1].clients == 5, "clients are those of the files together");
    plan_close(&p);
    options.target = "wss://u:p@h:99/x";
    OK(plan_open(&p, path, &options, &e), "planned: %s", e.text);
    tap_is(p.part[0].url, "wss://u:p@h:99/a", "--target has host and port");
    tap_is(p.part[1].url, "https://u:p@h:99/v1?a=b", "in the part's own protocol");
    plan_close(&p);
    free(path);
    path = scratch_write("m.json", HEAD "\"timeout\":\"soon\"," PARTS "}");
    OK(!plan_open(&p, path, &options, &e) && strstr(e.text, "timeout: \"soon\" is not a duration"),
       "refused: %s", e.text);
    plan_close(&p);
    free(path);
    free(a);
}

int main(void)
{
    scratch_open();
    test_parse();
    test_divide();
    test_plan();
    test_common();
    scratch_close();
    return tap_end();
}
