/* Who the clients are: rows of a file, tokens, and what of both is a part of the load. The tokens
 * to compare with were made by PyJWT 2.6. */
#include "runner/jwt.h"
#include "runner/plan.h"
#include "runner/roster.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <time.h>

static const char *get(const struct rows *r, int64_t client, const char *name)
{
    return rows_get(r, client, name, strlen(name)).text;
}

static void test_rows(void)
{
    char *path = scratch_write(
        "users.ndjson", "{\"a\":\"x \\\"y\\\" \\u20ac\",\"b\":1.50e1,\"c\":true,\"d-e\":1}\r\n\n"
                        "{\"b\":-0,\"a\":\"\",\"c\":null,\"d\":{}}");
    struct rows r;
    struct err e = {0};
    char digest[65], other[65], sha256[65];

    OK(rows_open(&r, path, "", 1, &e) && r.count == 2 && r.row[1].line == 3, "read: %s", e.text);
    tap_is(get(&r, 0, "a"), "x \"y\" \xe2\x82\xac", "a string without its escapes");
    tap_is(get(&r, 0, "b"), "1.50e1", "a number, as it is written");
    OK(rows_get(&r, 0, "b", 1).bare && rows_get(&r, 0, "c", 1).bare &&
           !rows_get(&r, 0, "a", 1).bare,
       "numbers and booleans stand without quotes");
    tap_is(get(&r, 3, "b"), "-0", "client 3 of two rows has the second");
    tap_is(get(&r, 1, "a"), "", "an empty string is a value");
    OK(!get(&r, 1, "c") && !get(&r, 1, "d") && !get(&r, 0, "d-e") && !get(&r, 0, "z"),
       "null, objects, other names and strangers are none");
    OK(rows_longest(&r, "a", 1) == 9 && rows_longest(&r, "z", 1) == 0, "the longest value");
    OK(rows_check(&r, "${row:a}${row:b}${seq}", 22, true, &e), "what every row can fill");
    OK(!rows_check(&r, "x${row:c}", 9, false, &e) && strstr(e.text, "line 3") &&
           !strstr(e.text, "true\""),
       "and what one cannot");
    rows_digest(&r, "no ${seq}", 9, digest);
    tap_is(digest, "", "a text without rows has no digest");
    rows_digest(&r, "${row:a}", 8, digest);
    rows_digest(&r, "${row:b}", 8, other);
    OK(strlen(digest) == 64 && strcmp(digest, other) != 0, "one with them has that of its values");
    rows_digest(&r, "${row:a}${row:b}${row:a}", 24, other);
    rows_digest(&r, "${row:a}${row:b}", 16, digest);
    tap_is(other, digest, "each column once: a data set may name it in a million lines");
    memcpy(sha256, r.sha256, sizeof sha256);
    rows_close(&r);
    OK(rows_open(&r, path, sha256, 1, &e) && r.count == 1 && rows_longest(&r, "a", 1) == 9,
       "a worker keeps no rows that are nobody's");
    rows_close(&r);
    e = (struct err){0};
    OK(!rows_open(&r, path, "abc", 1, &e) && strstr(e.text, "has changed"),
       "a file that has changed");
    rows_close(&r);
    free(path);
}

static void test_refused(void)
{
    static const struct {
        const char *text, *sentence;
    } bad[] = {{"", "is empty, expected an object a line"},
               {"\n\r\n", "is empty, expected an object a line"},
               {"{}\n[1]", "line 2: expected an object, a client's row"},
               {"{\"a\":1,\"a\":2}", "line 1: a: the key is there twice"},
               {"{\"a\":\"\\u0000\"}", "line 1: \\u0000 is not taken in a string"}};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *path = scratch_write("bad", bad[i].text);
        struct err e = {0};
        struct rows r;

        OK(!rows_open(&r, path, "", 1, &e) && e.kind == ERR_USAGE &&
               strstr(e.text, bad[i].sentence),
           "refused: %s", e.text);
        rows_close(&r);
        free(path);
    }
}

static void test_jwt(void)
{
    static const char john[] = "{\"sub\":\"1234567890\",\"name\":\"John Doe\",\"iat\":1516239022,"
                               "\"exp\":1516242622}";
    struct text token = {0};

    jwt_add(&token, john, strlen(john), "your-256-bit-secret", 5, 5);
    tap_is(token.data,
           "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9l"
           "IiwiaWF0IjoxNTE2MjM5MDIyLCJleHAiOjE1MTYyNDI2MjJ9."
           "kdtHmE7_Cg5Vp_kuDoGp6XnWIfOxeaopNXumatFfDQg",
           "a token, as PyJWT makes it");
    OK(token.length <= jwt_room(strlen(john)), "within its room");
    token.length = 0;
    jwt_add(&token, "{}", 2, "\xc3\xbcx", 7, 600);
    tap_is(token.data,
           "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjcsImV4cCI6NjA3fQ."
           "F-mxLy8k4Gdn6eyz4Oz0okmZyXKK6NQpOP4oP2PlHXs",
           "the times are added");
    text_free(&token);
}

/* The spec of a scenario in a file; the workload, too. */
static void plan(struct spec *spec, const char *members, char workload[65])
{
    char *text =
        mem_printf("{\"name\":\"n\",\"protocol\":\"ws\",\"exchange\":\"echo\",%s}", members);
    char *path = scratch_write("s.json", text);
    const struct plan_options options = {.duration.ns = -1, .warmup.ns = -1};
    const struct spec_part part = {.workers = 1};
    struct scenario s;
    struct text json = {0};
    struct err e = {0};

    OK(plan_load(&s, path, &options, &e), "planned: %s", e.text);
    scenario_workload(&s, workload);
    OK(spec_write(&s, "ws://127.0.0.1:9/${row:r}?${client}", &part, &json, &e) &&
           spec_read(spec, json.data, json.length, &e),
       "told: %s", e.text);
    text_free(&json);
    scenario_free(&s);
    free(path);
    free(text);
}

static void test_texts(void)
{
    static const char members[] =
        "\"clients\":3,\"clients_from\":\"who\",\"jwt\":{\"secret\":\"${env:ROSTER_KEY}\",\"claims\":{\"n\":"
        "\"${row:n}\",\"c\":\"${client}\"},\"lifetime\":\"1h\"},"
        "\"headers\":{\"X\":\"${env:ROSTER_TEXT} ${row:t}\"},\"message\":{\"text\":\"${jwt}\"}";
    char *path = scratch_write("who", "{\"r\":\"a/b %\xc3\xa9\",\"t\":\"${row:n}\",\"n\":7}\n"
                                      "{\"r\":\"-._~\",\"t\":\"t2\",\"n\":\"8\"}\n");
    struct token token = {0};
    struct text out = {0};
    struct err e = {0};
    struct template_values v;
    struct roster r;
    struct spec spec;
    char load[65], first[512];
    size_t n;

    setenv("ROSTER_KEY", "k${client}", 1);
    setenv("ROSTER_TEXT", "${row:n}\"", 1);
    plan(&spec, members, load);
    OK(roster_open(&r, &spec, &e), "opened: %s", e.text);
    roster_header(&r, 0, &token, spec.scenario.headers[0].value, &out);
    tap_is(out.data, "${row:n}\" ${row:n}", "a header: values are no placeholders");
    roster_path(&r, 2, &token, strrchr(spec.scenario.url, '/'), &out);
    tap_is(out.data, "/a%2Fb%20%25%C3%A9?2", "a path: values are encoded");
    roster_path(&r, 1, &token, "/${row:r}", &out);
    tap_is(out.data, "/-._~", "but for what needs it not");
    v = roster_values(&r, 0, &token);
    n = template_write("{\"n\":\"${row:n}\",\"${row:n}\":\"${row:n}.\"}", 39, TEMPLATE_JSON, &v,
                       (unsigned char *)first);
    first[n] = '\0';
    tap_is(first, "{\"n\":7,\"7\":\"7.\"}", "JSON: a number where it stands alone");
    v = roster_values(&r, 1, &token);
    n = template_write("{\"n\":\"${row:n}\"}", 16, TEMPLATE_JSON, &v, (unsigned char *)first);
    first[n] = '\0';
    tap_is(first, "{\"n\":\"8\"}", "a string that looks like one stays a string");

    token_free(&token);
    snprintf(first, sizeof first, "%s", roster_token(&r, 0, &token));
    OK(strlen(first) <= r.token_room, "a token fits its room");
    tap_is(roster_token(&r, 0, &token), first, "it stays");
    token.issued_s -= 1800;
    OK(strcmp(roster_token(&r, 0, &token), "") != 0 && time(NULL) - token.issued_s < 900,
       "until half of its lifetime is over");
    snprintf(first, sizeof first, "closed 4001 bad token %.60s", roster_token(&r, 0, &token));
    roster_hide(&r, 0, &token, first);
    tap_is(first, "closed 4001 bad token ***", "a token that a target quotes, even in part");
    strcpy(first, "user A/B %\xc3\xa9 of ${ROW:N}\" and k${client}, 7");
    roster_hide(&r, 0, &token, first);
    tap_is(first, "user *** of *** and ***, 7",
           "values of rows and variables, in whatever letters");
    strcpy(first, "");
    roster_hide(&r, 0, &token, first);
    tap_is(first, "", "no words");
    token_free(&token);
    snprintf(first, sizeof first, "%s asked for -._~, (%s)", roster_token(&r, 2, &token),
             roster_token(&r, 1, &token));
    roster_hide_all(&r, first);
    tap_is(first, "*** asked for ***, (***)", "what is any client's, where it may be of any");
    token_free(&token);
    roster_close(&r);
    spec_free(&spec);
    text_free(&out);
    free(path);
}

static void test_basic(void)
{
    static char url[] = "ws://ann:p%40s%20s@127.0.0.1/", bare[] = "ws://127.0.0.1/";
    struct header own = {.name = url, .value = url};
    struct scenario s = {.url = url};
    char *basic = roster_basic(&s);

    tap_is(basic, "Basic YW5uOnBAcyBz", "a url's user info is what RFC 7617 makes of it");
    free(basic);
    own.name = (char[]){"authorization"};
    s.headers = &own;
    s.headers_count = 1;
    OK(!roster_basic(&s), "unless the scenario has a header of its own");
    s = (struct scenario){.url = bare};
    OK(!roster_basic(&s), "and nothing where it has none");
}

static void test_load(void)
{
    static const char in_message[] = "\"clients_from\":\"who\",\"message\":{\"text\":\"${row:t}\"}",
                      in_header[] = "\"clients_from\":\"who\",\"headers\":{\"X\":\"${row:t}\"}";
    char load[4][65];
    char *path;
    struct spec spec;

    for (int i = 0; i < 2; i++) {
        path = scratch_write("who", i == 0 ? "{\"r\":1,\"t\":\"a\"}" : "{\"r\":1,\"t\":\"b\"}");
        plan(&spec, in_message, load[i]);
        spec_free(&spec);
        plan(&spec, in_header, load[2 + i]);
        spec_free(&spec);
        free(path);
    }
    OK(strcmp(load[0], load[1]) != 0, "what stands in messages is a part of the load");
    tap_is(load[2], load[3], "who sends them is none: new tokens are no new series");
}

int main(void)
{
    scratch_open();
    test_rows();
    test_refused();
    test_jwt();
    test_texts();
    test_basic();
    test_load();
    scratch_close();
    return tap_end();
}
