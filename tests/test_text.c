/* text: hostile text made harmless, widths, nearest spellings, growing strings. */
#include "schema/text.h"

#include "schema/err.h"
#include "tests/tap.h"

#include <stdlib.h>

static void clean_to(const char *from, const char *to)
{
    char *s = mem_copy(from);

    text_clean(s);
    tap_is(s, to, to);
    free(s);
}

static void cleaned(void)
{
    clean_to("", "");
    clean_to("plain", "plain");
    clean_to("gr\xc3\xbc\xc3\x9f \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80",
             "gr\xc3\xbc\xc3\x9f \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80");
    clean_to("a\tb\nc", "a b c");
    clean_to("\x1b[31mred\x1b[0m", "?[31mred?[0m");
    clean_to("bell\a del\x7f cr\r", "bell? del? cr?");
    clean_to("\xc2\x9b"
             "31m",
             "?31m"); /* CSI as C1 */
    clean_to("a\xe2\x80\xae"
             "b",
             "a?b"); /* right-to-left override */
    clean_to("a\xe2\x81\xa6"
             "b\xe2\x81\xa9",
             "a?b?"); /* isolates */
    clean_to("a\xe2\x80\x8b"
             "b\xef\xbb\xbf",
             "a?b?"); /* zero width space, byte order mark */
    clean_to("a\xe2\x80\xa8"
             "b",
             "a?b");                     /* line separator */
    clean_to("a\xf3\xa0\x81\x81", "a?"); /* tag letter */
    clean_to("\xff\xfe", "??");
    clean_to("\x80", "?");
    clean_to("\xc0\xaf", "??"); /* overlong */
    clean_to("\xe0\x80\xaf", "???");
    clean_to("\xed\xa0\x80", "???");      /* surrogate */
    clean_to("\xf4\x90\x80\x80", "????"); /* beyond U+10FFFF */
    clean_to("\xf8\x88\x80\x80\x80", "?????");
    clean_to("cut\xe2\x82", "cut??");
    clean_to("\xc3\xc3\xbc", "?\xc3\xbc");
}

/* Whatever bytes come in, what goes out is valid, no longer and stays what it is. */
static void always_clean(void)
{
    char s[33], again[33];
    int wrong = 0;

    srand(3);
    for (int i = 0; i < 50000; i++) {
        size_t before;

        for (size_t j = 0; j < sizeof s - 1; j++)
            s[j] = (char)(rand() % 4 ? 0x80 | rand() : rand());
        s[sizeof s - 1] = '\0';
        before = strlen(s);
        text_clean(s);
        wrong += strlen(s) > before;
        memcpy(again, s, sizeof s);
        text_clean(again);
        wrong += strcmp(s, again) != 0;
        for (const char *p = s; *p;) {
            uint32_t point;
            size_t length = text_decode(p, &point);

            wrong += length == 0 || point < 0x20;
            p += length + (length == 0);
        }
    }
    OK(wrong == 0, "50000 random texts become clean, and stay so");
}

static void widths(void)
{
    OK(text_width("") == 0, "nothing");
    OK(text_width("abc") == 3, "letters");
    OK(text_width("gr\xc3\xbc\xc3\x9f") == 4, "letters of two bytes");
    OK(text_width("\xe6\x97\xa5\xe6\x9c\xac") == 4, "wide letters");
    OK(text_width("e\xcc\x81") == 1, "a letter and its combining accent");
    OK(text_width("\xf0\x9f\x98\x80") == 2, "an emoji");
}

static void nearest_is(const char *word, const char *name)
{
    static const char *const names[] = {"clients", "ramp",     "rate", "run",
                                        "warmup",  "duration", "url",  NULL};
    const char *found = text_nearest(word, names);

    OK(found == name || (found && name && !strcmp(found, name)), "%s: %s", word,
       found ? found : "nothing is near");
}

static void nearest(void)
{
    nearest_is("client", "clients");
    nearest_is("clinets", "clients");
    nearest_is("Clients", "clients");
    nearest_is("raet", "rate");
    nearest_is("rum", "run");
    nearest_is("dur", "duration");
    nearest_is("warm", "warmup");
    nearest_is("uri", "url");
    nearest_is("x", NULL);
    nearest_is("", NULL);
    nearest_is("big", NULL);
    nearest_is("timeout", NULL);
    nearest_is("a-very-long-word-that-is-like-nothing-else-and-longer-than-the-table-of-distances",
               NULL);
}

static void growing(void)
{
    struct text t = {0};
    size_t length;

    for (int i = 0; i < 1000; i++)
        text_addf(&t, "%d,", i);
    length = t.length;
    OK(length == 10 * 2 + 90 * 3 + 900 * 4 && strlen(t.data) == length, "a thousand numbers");
    text_add(&t, "");
    text_add_bytes(&t, "a\0b", 3);
    OK(t.length == length + 3 && t.data[t.length] == '\0', "bytes, and the end behind them");
    text_free(&t);
    OK(!t.data && t.length == 0, "freed");
    text_addf(&t, "%s", "");
    OK(t.length == 0, "nothing added to nothing");
    text_free(&t);
}

static void errors(void)
{
    struct err e = {0};
    char *long_text = mem_get(2 * ERR_TEXT_SIZE, 1);

    OK(!err_set(&e, ERR_STORE, "file \x1b[2J%s", "x\ny") && e.kind == ERR_STORE, "set");
    tap_is(e.text, "file ?[2Jx y", "and harmless");
    OK(!err_wrap(&e, "%s", "a.db") && e.kind == ERR_STORE, "wrapped");
    tap_is(e.text, "a.db: file ?[2Jx y", "with the context in front");
    memset(long_text, 'x', 2 * ERR_TEXT_SIZE - 1);
    err_set(&e, ERR_USAGE, "%s", long_text);
    OK(strlen(e.text) == ERR_TEXT_SIZE - 1, "cut");
    err_wrap(&e, "%s", long_text);
    OK(strlen(e.text) == ERR_TEXT_SIZE - 1, "and again");
    free(long_text);
}

int main(void)
{
    cleaned();
    always_clean();
    widths();
    nearest();
    growing();
    errors();
    return tap_end();
}
