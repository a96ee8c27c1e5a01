/* url and placeholder: addresses taken apart, secrets masked, placeholders filled. What is refused
 * stands in scenarios.tsv. */
#include "schema/url.h"

#include "schema/placeholder.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <strings.h>

static void taken(void)
{
    static const struct {
        const char *text, *user, *host;
        int port;
        const char *path;
        bool tls, ipv6, open;
    } good[] = {
        {"ws://h", "", "h", 80, "/", false, false, false},
        {"wss://h", "", "h", 443, "/", true, false, false},
        {"WSS://H.example.", "", "H.example.", 443, "/", true, false, false},
        {"ws://127.0.0.1:9000/echo", "", "127.0.0.1", 9000, "/echo", false, false, false},
        {"ws://h?x=1", "", "h", 80, "/?x=1", false, false, false},
        {"ws://h:1/?x=@/:?", "", "h", 1, "/?x=@/:?", false, false, false},
        {"ws://[::1]:80/a", "", "::1", 80, "/a", false, true, false},
        {"ws://[::ffff:127.0.0.1]", "", "::ffff:127.0.0.1", 80, "/", false, true, false},
        {"ws://u:p%40@h/", "u:p%40", "h", 80, "/", false, false, false},
        {"ws://h:{port}/a", "", "h", 0, "/a", false, false, true},
        {"ws://${env:U}@${env:H}:${env:P}/${env:Q}", "${env:U}", "${env:H}", 0, "/${env:Q}", false,
         false, true},
        {"http://h", "", "h", 80, "/", false, false, false},
        {"HTTPS://h/events?a=b", "", "h", 443, "/events?a=b", true, false, false},
        {"ws://h/p/{port}", "", "h", 80, "/p/{port}", false, false, true},
    };
    struct url u;
    struct err e;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        e = (struct err){0};
        OK(url_parse(&u, good[i].text, &e), "%s %s", good[i].text, e.text);
        OK(!strcmp(u.user, good[i].user) && !strcmp(u.host, good[i].host) &&
               u.port == good[i].port && !strcmp(u.path, good[i].path) && u.tls == good[i].tls &&
               u.http == (strncasecmp(good[i].text, "http", 4) == 0) &&
               u.ipv6 == good[i].ipv6 && u.open == good[i].open,
           "user \"%s\" host \"%s\" port %d path \"%s\"", u.user, u.host, u.port, u.path);
    }
}

static void limits(void)
{
    char text[URL_MAX + 64];
    struct url u;
    struct err e;
    int length = snprintf(text, sizeof text, "ws://h/");

    memset(text + length, 'x', URL_PATH_MAX);
    text[length + URL_PATH_MAX - 2] = '\0';
    OK(url_parse(&u, text, &e) && strlen(u.path) == URL_PATH_MAX - 1, "the longest path");
    memset(text, 'a', sizeof text);
    memcpy(text, "ws://", 5);
    for (size_t i = 5 + 63; i < 5 + 253; i += 64)
        text[i] = '.';
    text[5 + 253] = '\0';
    OK(url_parse(&u, text, &e) && strlen(u.host) == 253, "the longest host");
    memset(text, 'a', sizeof text);
    memcpy(text, "ws://", 5);
    text[5 + 64] = '\0';
    OK(!url_parse(&u, text, &e), "a label of 64 letters");
    text[5 + 64] = 'a';
    text[5 + 300] = '\0';
    OK(!url_parse(&u, text, &e), "a host of 300 letters");
    snprintf(text, sizeof text, "ws://u:hunter2/@h:1");
    OK(!url_parse(&u, text, &e) && !strstr(e.text, "hunter2"), "a password is not repeated");
}

static void masked(void)
{
    static const struct {
        const char *text, *safe;
    } urls[] = {
        {"ws://h/echo", "ws://h/echo"},
        {"ws://joe:pw@h/echo", "ws://***@h/echo"},
        {"ws://joe@h", "ws://***@h"},
        {"ws://a:b@c:d@h/x", "ws://***@h/x"},
        {"ws://h/a@b", "ws://h/a@b"},
        {"ws://h/?token=abc", "ws://h/?token=***"},
        {"ws://h/?a=1&access_token=abc&b=2", "ws://h/?a=1&access_token=***&b=2"},
        {"ws://h/?API_KEY=1;Password=2;x=3", "ws://h/?API_KEY=***;Password=***;x=3"},
        {"ws://h/?%74oken=abc", "ws://h/?%74oken=***"},
        {"ws://h/?key=1&monkey=2&sig=3", "ws://h/?key=***&monkey=2&sig=***"},
        {"ws://h/?token=a=b#token=c", "ws://h/?token=***#token=***"},
        {"ws://h/?token&a", "ws://h/?token&a"},
        {"joe:pw@h", "***@h"},
        {"", ""},
        {"?", "?"},
    };

    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        char *safe = url_safe(urls[i].text);

        tap_is(safe, urls[i].safe, urls[i].safe);
        free(safe);
    }
}

static char *lookup(const char *name)
{
    static char value[] = "v${env:A}";

    return strcmp(name, "A") == 0 ? value : NULL;
}

static void placeholders(void)
{
    struct text out = {0};
    struct err e = {0};

    OK(placeholder_fill("x ${env:A}${env:A}$ y", lookup, NULL, &out, &e), "filled");
    tap_is(out.data, "x v${env:A}v${env:A}$ y", "once: a value is no placeholder");
    text_free(&out);
    OK(placeholder_fill("", lookup, NULL, &out, &e) && out.data && !*out.data, "an empty text is filled");
    text_free(&out);
    OK(!placeholder_fill("${env:NO_SUCH}", lookup, NULL, &out, &e), "a variable that is not set");
    tap_is(e.text, "${env:NO_SUCH}: there is no such environment variable", "is told");
    OK(!placeholder_fill("${envA}", lookup, NULL, &out, &e), "a text that was not checked");
    text_free(&out);
    OK(placeholder_check("$ {} $x ${env:_a1} }", PLACEHOLDERS_CONNECTION, &e),
       "dollars and braces are plain text");
    OK(!placeholder_check("${now}", PLACEHOLDERS_CONNECTION, &e) &&
           !placeholder_check("${env:A-B}", PLACEHOLDERS_MESSAGE, &e) &&
           !placeholder_check("${env:A", PLACEHOLDERS_MESSAGE, &e) &&
           !placeholder_check("$${env}", PLACEHOLDERS_MESSAGE, &e),
       "what is refused");
}

int main(void)
{
    taken();
    limits();
    masked();
    placeholders();
    return tap_end();
}
