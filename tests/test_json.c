/* json: strict reading, access that tells the place, canonical text. */
#include "schema/json.h"

#include "schema/units.h"
#include "tests/tap.h"

#include <stdlib.h>

static cJSON *read_text(const char *text, enum json_flags flags, struct err *e)
{
    *e = (struct err){0};
    return json_read(text, strlen(text), "x.json", flags, e);
}

static void refused(const char *text, size_t length, const char *sentence)
{
    struct err e = {0};
    cJSON *root = json_read(text, length, "x.json", JSON_COMMENTS, &e);

    OK(!root && e.kind == ERR_USAGE, "refused: %s", sentence);
    tap_is(e.text, sentence, "in these words");
    cJSON_Delete(root);
}

static void grammar_refused(void)
{
    static const struct {
        const char *text, *sentence;
    } bad[] = {
        {"", "x.json, line 1: expected a value, but the text ends"},
        {" \n\n ", "x.json, line 3: expected a value, but the text ends"},
        {"// nothing", "x.json, line 1: expected a value, but the text ends"},
        {"{", "x.json, line 1: expected a key in double quotes, but the text ends"},
        {"{\n\"a\":1,\n}", "x.json, line 3: expected a key in double quotes, found }"},
        {"{a:1}", "x.json, line 1: expected a key in double quotes, found a"},
        {"{'a':1}", "x.json, line 1: expected a key in double quotes, found '"},
        {"{\"a\" 1}", "x.json, line 1: expected a colon after the key, found 1"},
        {"{\"a\":1 \"b\":2}", "x.json, line 1: expected a comma or }, found \""},
        {"{\"a\":}", "x.json, line 1: expected a value, found }"},
        {"[1,]", "x.json, line 1: expected a value, found ]"},
        {"[1 2]", "x.json, line 1: expected a comma or ], found 2"},
        {"[1", "x.json, line 1: expected a comma or ], but the text ends"},
        {"{} {}", "x.json, line 1: expected the end of the text, found {"},
        {"1 /* c */", "x.json, line 1: expected the end of the text, found /"},
        {"truth", "x.json, line 1: expected a value, found t"},
        {"True", "x.json, line 1: expected a value, found T"},
        {"nullx", "x.json, line 1: expected the end of the text, found x"},
        {"NaN", "x.json, line 1: expected a value, found N"},
        {"-Infinity", "x.json, line 1: expected a digit, found I"},
        {"01", "x.json, line 1: a number starts with 0"},
        {"-01", "x.json, line 1: a number starts with 0"},
        {"+1", "x.json, line 1: expected a value, found +"},
        {".5", "x.json, line 1: expected a value, found ."},
        {"1.", "x.json, line 1: expected a digit, but the text ends"},
        {"1e", "x.json, line 1: expected a digit, but the text ends"},
        {"0x10", "x.json, line 1: expected the end of the text, found x"},
        {"1e999", "x.json, line 1: the number 1e999 is too large"},
        {"-1e999", "x.json, line 1: the number -1e999 is too large"},
        {"\"abc", "x.json, line 1: a string does not end"},
        {"\"a\nb\"", "x.json, line 1: a string does not end"},
        {"\"a\tb\"", "x.json, line 1: a string has control byte 0x09 in it"},
        {"\"\\x41\"", "x.json, line 1: a string has an escape that JSON does not know"},
        {"\"\\", "x.json, line 1: a string has an escape that JSON does not know"},
        {"\"\\u12\"", "x.json, line 1: \\u needs four hexadecimal digits"},
        {"\"\\u+123\"", "x.json, line 1: \\u needs four hexadecimal digits"},
        {"\"a\\u0000b\"", "x.json, line 1: \\u0000 is not taken in a string"},
        {"\"\\ud800\"", "x.json, line 1: a string has half of a surrogate pair, \\ud800"},
        {"\"\\ud800\\u0041\"", "x.json, line 1: a string has half of a surrogate pair, \\ud800"},
        {"\"\\udc00\"", "x.json, line 1: a string has half of a surrogate pair, \\udc00"},
        {"\"\xff\"", "x.json, line 1: a string is not UTF-8, at byte 0xff"},
        {"\"\xc0\xaf\"", "x.json, line 1: a string is not UTF-8, at byte 0xc0"},
        {"\"\xed\xa0\x80\"", "x.json, line 1: a string is not UTF-8, at byte 0xed"},
        {"\"\xf4\x90\x80\x80\"", "x.json, line 1: a string is not UTF-8, at byte 0xf4"},
        {"\"\xe2\x82\"", "x.json, line 1: a string is not UTF-8, at byte 0xe2"},
        {"\xef\xbb\xbf\xef\xbb\xbf{}", "x.json, line 1: expected a value, found byte 0xef"},
        {"\xfe\xff", "x.json, line 1: expected a value, found byte 0xfe"},
        {"[\v1]", "x.json, line 1: expected a value, found byte 0x0b"},
        {"{\"a\":1,\"a\":2}", "x.json: a: the key is there twice"},
        {"{\"a\":1,\"\\u0061\":2}", "x.json: a: the key is there twice"},
        {"{\"o\":[0,{\"b\":{\"k\":1,\"z\":2,\"k\":3}}]}",
         "x.json: o[1].b.k: the key is there twice"},
        {"{\"\":1,\"\":2}", "x.json: \"\": the key is there twice"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused(bad[i].text, strlen(bad[i].text), bad[i].sentence);
    refused("{\"a\0b\":1}", 9, "x.json, line 1: a string has control byte 0x00 in it");
    refused("{}\0", 3, "x.json, line 1: expected the end of the text, found byte 0x00");
    refused("1// \0\n2", 7, "x.json, line 2: expected the end of the text, found 2");
}

static void grammar_taken(void)
{
    static const char *const good[] = {
        "0",
        "-0",
        "1.5e-3",
        "1E+2",
        "1e-999",
        "\"\"",
        "true",
        "false",
        "null",
        "[]",
        "{}",
        " [ 1 , 2 ] ",
        "{\"a\":{\"A\":1}}",
        "{\"a\":1,\"A\":2}",
        "\r\n{}\r\n",
        "\xef\xbb\xbf{}",
        "\"\\ud83d\\ude00\\n\\/\"",
        "\"\xf0\x9f\x98\x80\"",
        "{\"a//b\":\"//\"}",
        "{} // end",
        "// one\n// two\n{// three\n}",
        "{}//",
    };
    struct err e;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        cJSON *root = read_text(good[i], JSON_COMMENTS, &e);

        OK(root && !e.kind, "taken: number %zu", i);
        cJSON_Delete(root);
    }
    OK(!read_text("{} // c", JSON_STRICT, &e), "comments are not taken where they may not be");
    tap_is(e.text, "x.json, line 1: expected the end of the text; comments are not taken here",
           "and it says so");
    OK(!json_read("}", 1, NULL, JSON_STRICT, &e), "without a source");
    tap_is(e.text, "expected a value, found }", "there is no place in the sentence");
    OK(!json_read(NULL, 0, "x.json", JSON_STRICT, &e), "no text at all");
}

static void limits(void)
{
    char text[2 * JSON_DEPTH + 8], digits[70];
    struct err e;
    cJSON *root;

    memset(text, '[', JSON_DEPTH);
    memset(text + JSON_DEPTH, ']', JSON_DEPTH);
    root = json_read(text, 2 * JSON_DEPTH, "x.json", JSON_STRICT, &e);
    OK(root, "%d levels", JSON_DEPTH);
    cJSON_Delete(root);
    memset(text, '[', JSON_DEPTH + 1);
    refused(text, JSON_DEPTH + 1, "x.json, line 1: more than 64 levels of nesting");
    memset(digits, '1', sizeof digits);
    root = json_read(digits, 63, "x.json", JSON_STRICT, &e);
    OK(root && root->valuedouble > 1e62, "a number of 63 digits");
    cJSON_Delete(root);
    refused(digits, 64, "x.json, line 1: a number has more than 63 characters");
}

static void access_told(void)
{
    static const char *const keys[] = {"rate", "high", "list", "name", "on", "t", NULL};
    struct err e;
    cJSON *root = read_text("{\"rate\":{\"high\":\"x\"},\"list\":[{},3],\"name\":\"n\",\"on\":true,"
                            "\"t\":\"1.5s\",\"big\":9007199254740993,\"half\":1.5}",
                            JSON_STRICT, &e);
    struct json_at at = json_root(root, "c.json"), rate = json_member(&at, "rate"),
                   list = json_member(&at, "list"), item = json_item(&list, 1),
                   inner = json_member(&item, "a");
    const char *name = "before";
    double number = 7;
    int64_t integer = 7;
    bool on = false;

    OK(!json_get_number(&rate, "high", 0, 10, &number, &e) && number == 7, "a string as number");
    tap_is(e.text, "c.json: rate.high: expected a number from 0 to 10, found a string", "told");
    OK(!json_get_number(&list, "high", 0, 1, &number, &e) == false, "no member in a list");
    tap_is(inner.path, "list[1].a", "paths");
    OK(!inner.value && !json_member(&at, "RATE").value, "keys have their case");
    OK(json_get_string(&at, "name", &name, &e) && !strcmp(name, "n"), "a string");
    OK(json_get_string(&at, "absent", &name, &e) && !strcmp(name, "n"), "absent: left alone");
    OK(json_get_bool(&at, "on", &on, &e) && on, "true");
    OK(json_get_duration(&at, "t", 0, NS_PER_S * 2, &integer, &e) && integer == 1500 * NS_PER_MS,
       "a duration");
    OK(!json_get_duration(&at, "t", 0, NS_PER_S, &integer, &e), "a duration that is too long");
    tap_is(e.text, "c.json: t: expected a duration from 0s to 1s, found 1.5s", "told");
    OK(!json_get_duration(&at, "name", 0, NS_PER_S, &integer, &e), "not a duration");
    tap_is(e.text, "c.json: name: \"n\" is not a duration, such as 500ms, 1.5s or 5m", "told");
    OK(!json_get_integer(&at, "big", 0, INT64_MAX, &integer, &e), "an integer that lost digits");
    tap_is(e.text,
           "c.json: big: expected a whole number from 0 to 9007199254740991, found "
           "9007199254740992",
           "told");
    OK(!json_get_integer(&at, "half", 0, 9, &integer, &e), "1.5 as an integer");
    OK(!json_get_string(&at, "on", &name, &e), "true as a string");
    tap_is(e.text, "c.json: on: expected a string, found true", "told");
    OK(!json_get_bool(&at, "name", &on, &e), "a string as bool");
    tap_is(e.text, "c.json: name: expected true or false, found a string", "told");
    OK(!json_only(&at, keys, &e), "a key that is not known");
    tap_is(e.text, "c.json: big: there is no such key", "told");
    OK(!json_only(&item, keys, &e), "a number has no keys");
    tap_is(e.text, "c.json: list[1]: expected an object, found 3", "told");
    cJSON_Delete(root);

    root = read_text("{\"raet\":1}", JSON_STRICT, &e);
    at = json_root(root, NULL);
    OK(!json_only(&at, keys, &e), "a misspelt key");
    tap_is(e.text, "raet: there is no such key; did you mean rate?", "its nearest spelling");
    inner = json_member(&at, "name");
    json_expected(&inner, "a string", &e);
    tap_is(e.text, "name: is missing, expected a string", "a key that is missing");
    cJSON_Delete(root);
}

static void printed(const char *text, const char *canonical, const char *compact)
{
    struct err e;
    cJSON *root = read_text(text, JSON_STRICT, &e);
    struct text out = {0};

    json_canonical(root, &out);
    tap_is(out.data, canonical, "canonical");
    text_free(&out);
    json_print(root, false, &out);
    tap_is(out.data, compact, "compact");
    text_free(&out);
    cJSON_Delete(root);
}

static void printing(void)
{
    struct err e;
    struct text out = {0};
    cJSON *root =
        read_text("{\"a\":[1,2,{\"b\":[]}],\"c\":[1,2.5,\"x\"],\"d\":{}}", JSON_STRICT, &e);

    printed("{\"b\":[1.0,-0,1e2,0.1],\"a\":{\"\u00e9\":true,\"z\":null}}",
            "{\"a\":{\"z\":null,\"\u00e9\":true},\"b\":[1,0,100,0.1]}",
            "{\"b\":[1,0,100,0.1],\"a\":{\"\u00e9\":true,\"z\":null}}");
    printed("\"\\u0041\\n\\u001f\\/\\ud83d\\ude00\\\"\\\\\"",
            "\"A\\n\\u001f/\xf0\x9f\x98\x80\\\"\\\\\"", "\"A\\n\\u001f/\xf0\x9f\x98\x80\\\"\\\\\"");
    json_print(root, true, &out);
    tap_is(out.data,
           "{\n  \"a\": [\n    1,\n    2,\n    {\n      \"b\": []\n    }\n  ],\n"
           "  \"c\": [1, 2.5, \"x\"],\n  \"d\": {}\n}",
           "indented");
    text_free(&out);
    cJSON_Delete(root);
    json_quote(&out, "a\xff\x01\xe2\x82");
    tap_is(out.data, "\"a\xef\xbf\xbd\\u0001\xef\xbf\xbd\xef\xbf\xbd\"",
           "what is not UTF-8 is replaced");
    text_free(&out);
}

int main(void)
{
    grammar_refused();
    grammar_taken();
    limits();
    access_told();
    printing();
    return tap_end();
}
