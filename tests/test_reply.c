/* Messages of the target, read by pointers: what is JSON, what a pointer finds, what an id is. */
#include "runner/reply.h"
#include "runner/scan.h"
#include "schema/json.h"
#include "tests/tap.h"

#include <stdlib.h>

static struct found find(const char *text, const char *path)
{
    struct pointer p;
    struct reply r;
    struct found f;

    reply_read(&r, text, strlen(text), false);
    pointer_open(&p, path);
    f = reply_find(&r, &p);
    pointer_close(&p);
    return f;
}

static bool found_text(const char *text, const char *path, enum found_kind kind, const char *want)
{
    struct found f = find(text, path);

    return f.kind == kind && f.length == strlen(want) && memcmp(f.text, want, f.length) == 0;
}

static void test_grammar(void)
{
    static const char *const good[] = {"{}",
                                       " [ ] ",
                                       "0",
                                       "-0.5e+3",
                                       "\"\"",
                                       "true",
                                       "null",
                                       "[1,[2,{\"a\":[]}]]",
                                       "{\"a\":1,\"a\":2}",
                                       "\"\\u0000\\ud83d\\ude00\\n\"",
                                       "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
                                       "\"\\ud800\"",
                                       "{\"a\" : \t1\r\n}"};
    static const char *const bad[] = {"",
                                      " ",
                                      "{",
                                      "[1,]",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{a:1}",
                                      "01",
                                      "1.",
                                      ".5",
                                      "-",
                                      "1e",
                                      "+1",
                                      "tru",
                                      "nul",
                                      "\"",
                                      "\"\\x\"",
                                      "\"\\u12g4\"",
                                      "\"a\nb\"",
                                      "\"\x01\"",
                                      "1 2",
                                      "[1 2]",
                                      "{\"a\":1,}",
                                      "[",
                                      "]",
                                      "'a'",
                                      "NaN",
                                      "Infinity",
                                      "\"\xc0\x80\"",
                                      "\"\xed\xa0\x80\"",
                                      "\"\xff\"",
                                      "\"\xf5\x80\x80\x80\"",
                                      "\"\xe2\x82\"",
                                      "// x\n1",
                                      "[1]]",
                                      "{\"a\":1}}",
                                      "\"\\",
                                      "\"\\u00\"",
                                      "{\"a\":1 \"b\":2}",
                                      "[\"a\":1]",
                                      "{1:2}",
                                      "\xef\xbb\xbf{}"};
    char deep[2 * SCAN_DEPTH + 3];
    struct reply r;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        reply_read(&r, good[i], strlen(good[i]), false);
        OK(r.json, "JSON: %s", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        reply_read(&r, bad[i], strlen(bad[i]), false);
        OK(!r.json, "no JSON, row %zu", i);
    }
    for (int i = 0; i <= SCAN_DEPTH; i++) {
        deep[i] = '[';
        deep[2 * SCAN_DEPTH + 1 - i] = ']';
    }
    reply_read(&r, deep + 1, 2 * SCAN_DEPTH, false);
    OK(r.json, "%d levels", SCAN_DEPTH);
    reply_read(&r, deep, 2 * SCAN_DEPTH + 2, false);
    OK(!r.json, "and not one more");
    reply_read(&r, "nul\0", 4, false);
    OK(!r.json, "a zero byte ends nothing");
}

static void test_pointers(void)
{
    static const char text[] =
        "{\"a\":{\"b/c\":[10,\"x\\\"y\",{\"~\":null}]},\"\":true,\"A\":1,\"e\\u0301\\/\":\"k\","
        "\"twice\":1,\"twice\":2, \"list\" : [ [ ] , 5 ] }";

    OK(found_text(text, "/a/b~1c/0", FOUND_NUMBER, "10"), "an item");
    OK(found_text(text, "/a/b~1c/1", FOUND_STRING, "x\\\"y"), "a string, escapes and all");
    OK(find(text, "/a/b~1c/2/~0").kind == FOUND_NULL, "null, under an escaped key");
    OK(find(text, "/").kind == FOUND_TRUE, "the empty key");
    OK(found_text(text, "", FOUND_OBJECT, text), "the whole");
    OK(found_text(text, "/A", FOUND_NUMBER, "1"), "keys have their case");
    OK(found_text(text, "/e\xcc\x81~1", FOUND_STRING, "k"), "a key with escapes");
    OK(found_text(text, "/twice", FOUND_NUMBER, "2"), "the last of duplicates");
    OK(found_text(text, "/list/1", FOUND_NUMBER, "5"), "white space");
    OK(find(text, "/list/0").kind == FOUND_ARRAY, "an empty list");
    OK(find(text, "/list/2").kind == FOUND_NOTHING &&
           find(text, "/list/01").kind == FOUND_NOTHING &&
           find(text, "/list/-").kind == FOUND_NOTHING && find(text, "/list/0/0").kind == 0 &&
           find(text, "/list/99999999999999999999").kind == 0,
       "no such item");
    OK(find(text, "/b").kind == FOUND_NOTHING && find(text, "/A/b").kind == FOUND_NOTHING &&
           find("{}", "/a").kind == 0 && find("{\"a\":1", "/a").kind == 0,
       "no such value");
}

static uint64_t id(const char *text)
{
    struct found f = find(text, "");

    return found_digest(&f, 7);
}

static void test_values(void)
{
    struct found f;
    int64_t whole;
    double value;

    f = find("\"\"", "");
    OK(found_true(&f) && !found_content(&f), "an empty string is true, but no content");
    f = find("false", "");
    OK(!found_true(&f) && !found_content(&f), "false is not true");
    f = find("0", "");
    OK(found_true(&f), "0 is there");
    f = find("1764151200123456789", "");
    OK(found_integer(&f, &whole) && whole == 1764151200123456789, "nanoseconds, exactly");
    f = find("\"1764151200123456789\"", "");
    OK(found_integer(&f, &whole) && whole == 1764151200123456789, "as a string, too");
    f = find("1764151200.25", "");
    OK(!found_integer(&f, &whole) && found_number(&f, &value) && value == 1764151200.25,
       "a broken number");
    f = find("1e3", "");
    OK(found_integer(&f, &whole) && whole == 1000, "a whole one with an exponent");
    f = find("1e400", "");
    OK(!found_integer(&f, &whole) && !found_number(&f, &value), "one too large");
    f = find("99999999999999999999", "");
    OK(!found_integer(&f, &whole), "one beyond 64 bits");
    f = find("\"12x\"", "");
    OK(!found_integer(&f, &whole) && !found_number(&f, &value), "none at all");

    OK(id("5") == id("\"5\"") && id("5") == id("5.0") && id("5") != id("6"), "5 is 5 is \"5\"");
    OK(id("\"a\\u00e9\"") == id("\"a\xc3\xa9\"") && id("\"a\"") != id("\"b\""), "escapes undone");
    OK(id("\"a\\u0000b\"") != id("\"a\"") && id("\"\\ud83d\\ude00\"") == id("\"\xf0\x9f\x98\x80\""),
       "zeros count, pairs are one");
    OK(id("true") != id("false"), "and so on");
    f = find("\"\xc3\xa9\\n\"", "");
    OK(found_same(&f, &(struct found){FOUND_STRING, "\\u00e9\\u000a", 12}) &&
           !found_same(&f, &(struct found){FOUND_STRING, "\\u00e9", 6}) &&
           !found_same(&f, &(struct found){FOUND_NUMBER, "\\u00e9\\u000a", 12}),
       "strings are compared without their escapes");
}

int main(void)
{
    test_grammar();
    test_pointers();
    test_values();
    return tap_end();
}
