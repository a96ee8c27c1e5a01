#include "schema/url.h"

#include "schema/placeholder.h"
#include "schema/text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char port_open[] = "{port}";

/* The length of what is filled later, at the start of p; 0: nothing is. */
static size_t open_length(const char *p)
{
    return strncmp(p, port_open, strlen(port_open)) == 0 ? strlen(port_open)
                                                         : placeholder_read(p, strlen(p)).length;
}

static bool is_plain(char c, const char *also)
{
    return isalnum((unsigned char)c) || (c && strchr(also, c));
}

/* Copies what consists of letters, digits, the characters of `also`, %XX where '%' is among them,
 * and open parts. Returns its end, or NULL where it is longer than max. */
static const char *part_take(struct url *u, const char *p, const char *also, char *to, size_t max)
{
    const char *first = p;
    size_t length;

    while (*p) {
        length = open_length(p);
        u->open = u->open || length;
        if (!length) {
            if (!is_plain(*p, also) ||
                (*p == '%' && !(isxdigit((unsigned char)p[1]) && isxdigit((unsigned char)p[2]))))
                break;
            length = 1;
        }
        p += length;
    }
    length = (size_t)(p - first);
    if (length > max)
        return NULL;
    memcpy(to, first, length);
    to[length] = '\0';
    return p;
}

static bool labels_good(const char *host)
{
    size_t length;

    for (;; host += length + 1) {
        length = strcspn(host, ".");
        if (length == 0 || length > 63 || host[0] == '-' || host[length - 1] == '-')
            return false;
        /* The dot at the end of a name that is fully qualified. */
        if (!host[length] || !host[length + 1])
            return true;
    }
}

static const char *host_take(struct url *u, const char *p, struct err *e)
{
    struct in6_addr address;
    const char *end;

    if (*p == '[') {
        u->ipv6 = true;
        end = part_take(u, p + 1, ":.", u->host, URL_HOST_MAX);
        if (!end || *end != ']' || inet_pton(AF_INET6, u->host, &address) != 1)
            return err_set(e, ERR_USAGE, "the address in brackets is no IPv6 address"), NULL;
        return end + 1;
    }
    end = part_take(u, p, "-._", u->host, URL_HOST_MAX);
    if (!end || !*u->host || !(strchr(u->host, '$') || labels_good(u->host)))
        return err_set(e, ERR_USAGE, "the host is missing or no name of a host"), NULL;
    return end;
}

static const char *port_take(struct url *u, const char *p, struct err *e)
{
    char text[URL_MAX + 1] = "";
    const char *end = part_take(u, p, "", text, URL_MAX);

    if (*text == '{' || *text == '$') {
        u->port = 0;
        return end;
    }
    u->port = strlen(text) <= 5 ? atoi(text) : 0;
    if (strspn(text, "0123456789") != strlen(text) || u->port < 1 || u->port > 65535)
        return err_set(e, ERR_USAGE, "the port is no number from 1 to 65535"), NULL;
    return end;
}

static bool path_take(struct url *u, const char *p, struct err *e)
{
    static const char allowed[] = "-._~!$&'()*+,;=:@%/?";

    if (*p && *p != '/' && *p != '?' && *p != '#')
        return err_set(e, ERR_USAGE, "behind host and port a path is expected, with a slash");
    if (*p != '/')
        u->path[0] = '/';
    p = part_take(u, p, allowed, u->path + (*p != '/'), URL_PATH_MAX - 1);
    if (!p)
        return err_set(e, ERR_USAGE, "the path is longer than %d bytes", URL_PATH_MAX - 1);
    if (*p == '#')
        return err_set(e, ERR_USAGE, "a url of a target has no fragment (#)");
    if (*p)
        return err_set(e, ERR_USAGE, "the path has a byte (0x%02x) that must be written as %%%02X",
                       (unsigned char)*p, (unsigned char)*p);
    return true;
}

static const char *scheme_take(struct url *u, const char *text)
{
    static const struct {
        const char *scheme;
        bool tls, http;
    } schemes[] = {{"ws://", false, false},
                   {"wss://", true, false},
                   {"http://", false, true},
                   {"https://", true, true}};

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strncasecmp(text, schemes[i].scheme, strlen(schemes[i].scheme)) == 0) {
            u->tls = schemes[i].tls;
            u->http = schemes[i].http;
            return text + strlen(schemes[i].scheme);
        }
    return NULL;
}

bool url_parse(struct url *u, const char *text, struct err *e)
{
    const char *p, *at;

    *u = (struct url){0};
    if (strlen(text) > URL_MAX)
        return err_set(e, ERR_USAGE, "the url is longer than %d bytes", URL_MAX);
    if (!(p = scheme_take(u, text)))
        return err_set(e, ERR_USAGE,
                       "expected a url that begins with ws://, wss://, http:// or https://");
    u->port = u->tls ? 443 : 80;
    at = p + strcspn(p, "@/?#");
    if (*at == '@') {
        if (part_take(u, p, "-._~!$&'()*+,;=:%", u->user, URL_MAX) != at)
            return err_set(e, ERR_USAGE, "the user info has a character that is not allowed there");
        p = at + 1;
    }
    if (!(p = host_take(u, p, e)) || (*p == ':' && !(p = port_take(u, p + 1, e))))
        return false;
    return path_take(u, p, e);
}

bool url_name_secret(const char *name, size_t length)
{
    static const char *const parts[] = {"token",  "secret",  "passw",   "auth",
                                        "cookie", "api-key", "api_key", "apikey",
                                        "signat", "jwt",     "session", "credent"},
                             *const whole[] = {"key", "sig", "pwd", "pass", "sid", "access_key"};
    char plain[64] = {0};

    for (size_t i = 0, n = 0; i < length && n < sizeof plain - 1; i++) {
        unsigned value = (unsigned char)name[i];

        /* %74oken is a token, too. */
        if (value == '%' && length - i > 2 && sscanf(name + i + 1, "%2x", &value) == 1)
            i += 2;
        plain[n++] = (char)tolower((int)value);
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(plain, parts[i]))
            return true;
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        if (strcmp(plain, whole[i]) == 0)
            return true;
    return false;
}

char *url_safe(const char *text)
{
    struct text out = {0};
    const char *host = strstr(text, "://"), *p = text, *query;
    size_t authority;

    host = host ? host + 3 : text;
    authority = strcspn(host, "/?#");
    /* The last @ counts: a password may hold another one, wrongly. */
    for (const char *at = host + authority; at > host; at--) {
        if (at[-1] == '@') {
            text_add_bytes(&out, text, (size_t)(host - text));
            text_add(&out, "***@");
            p = at;
            break;
        }
    }
    query = p + strcspn(p, "?");
    text_add_bytes(&out, p, (size_t)(query - p));
    while (*query) {
        const char *name = query + 1, *value = name + strcspn(name, "=&;#"),
                   *end = value + strcspn(value, "&;#");

        if (*value == '=' && url_name_secret(name, (size_t)(value - name))) {
            text_add_bytes(&out, query, (size_t)(value - query));
            text_add(&out, "=***");
        } else {
            text_add_bytes(&out, query, (size_t)(end - query));
        }
        query = end;
    }
    return out.data ? out.data : mem_copy("");
}
