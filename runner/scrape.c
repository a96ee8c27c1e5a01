#include "runner/scrape.h"

#include "schema/units.h"
#include "schema/url.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define INTERVAL_NS (NS_PER_S / 2)
#define TIMEOUT_NS (2 * NS_PER_S)

enum { READ_SIZE = 64 << 10 };

/* The text. */

static void sample_add(double *to, double value)
{
    *to = isnan(*to) ? value : *to + value;
}

/* "name{label="value"} 1.5e3 1700000000000"; a '}' may be part of a label's value. */
static void line_take(const char *line, const char *end, struct scrape_sample *out)
{
    static const char *const name[] = {"process_cpu_seconds_total", "process_resident_memory_bytes",
                                       "process_open_fds"};
    double *const value[] = {&out->cpu_s, &out->rss_bytes, &out->fds};
    char number[32] = "", *rest;

    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        size_t length = strlen(name[i]);
        const char *at = line + length;
        double read;

        if ((size_t)(end - line) <= length || strncmp(line, name[i], length) != 0)
            continue;
        if (*at == '{')
            for (bool quoted = false; at < end && (quoted || *at != '}'); at++) {
                if (quoted && *at == '\\' && at + 1 < end)
                    at++;
                else if (*at == '"')
                    quoted = !quoted;
            }
        at += at < end && *at == '}';
        if (at >= end || (*at != ' ' && *at != '\t'))
            continue;
        while (at < end && (*at == ' ' || *at == '\t'))
            at++;
        snprintf(number, sizeof number, "%.*s", (int)(end - at < 31 ? end - at : 31), at);
        read = strtod(number, &rest);
        if (rest != number && isfinite(read) && read >= 0)
            sample_add(value[i], read);
    }
}

void scrape_parse(const char *text, size_t length, struct scrape_sample *out)
{
    const char *end = text + length;

    *out = (struct scrape_sample){.cpu_s = NAN, .rss_bytes = NAN, .fds = NAN};
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline ? newline : end;

        line_take(text, stop, out);
        text = stop + 1;
    }
}

/* The answer. */

static bool head_take(void *arg)
{
    struct scrape *s = arg;

    if (s->http.status == 200 && s->http.coding == HTTP_IDENTITY)
        return true;
    if (s->http.status != 200)
        snprintf(s->fault, sizeof s->fault, "HTTP %d", s->http.status);
    else
        snprintf(s->fault, sizeof s->fault, "a content encoding that was not asked for");
    return false;
}

static bool body_take(void *arg, const char *bytes, size_t length)
{
    struct scrape *s = arg;

    if (s->body.length + length > SCRAPE_BODY_MAX) {
        snprintf(s->fault, sizeof s->fault, "more than 4 MiB");
        return false;
    }
    text_add_bytes(&s->body, bytes, length);
    return true;
}

bool scrape_open(struct scrape *s, const char *url, struct err *e)
{
    struct url *u = mem_get(1, sizeof *u);
    bool good = url_parse(u, url, e);

    *s = (struct scrape){.fd = -1};
    http_open(&s->http, head_take, body_take, s);
    if (good) {
        addresses_get(&s->addresses, u->host, (uint16_t)u->port);
        text_addf(&s->request,
                  "GET %s HTTP/1.1\r\nHost: %s%s%s:%d\r\nAccept: text/plain;version=0.0.4\r\n"
                  "Accept-Encoding: identity\r\nConnection: close\r\n\r\n",
                  u->path, u->ipv6 ? "[" : "", u->host, u->ipv6 ? "]" : "", u->port);
        good = s->addresses.count > 0 ||
               err_set(e, ERR_MEASURE, "observe.prometheus: %s", s->addresses.error);
    }
    free(u);
    return good;
}

void scrape_close(struct scrape *s)
{
    if (s->request.data && s->fd >= 0)
        close(s->fd);
    http_close(&s->http);
    text_free(&s->request);
    text_free(&s->body);
    *s = (struct scrape){.fd = -1};
}

/* A try. */

/* `why` NULL: what is written in fault already. */
static bool try_end(struct scrape *s, const char *why)
{
    if (why)
        snprintf(s->fault, sizeof s->fault, "%s", why);
    close(s->fd);
    s->fd = -1;
    return false;
}

/* The address answers nobody: the next try is for another one, where there are several. */
static bool address_end(struct scrape *s, const char *why)
{
    s->addresses.preferred = (s->addresses.preferred + 1) % s->addresses.count;
    return try_end(s, why);
}

static bool try_begin(struct scrape *s, int64_t now_ns)
{
    const struct address *a = &s->addresses.item[s->addresses.preferred];

    s->begun_ns = now_ns;
    s->next_ns = now_ns + INTERVAL_NS;
    s->written = s->body.length = 0;
    http_next(&s->http);
    s->fd = socket(a->socket.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd < 0) {
        snprintf(s->fault, sizeof s->fault, "%s", strerror(errno));
        return false;
    }
    if (connect(s->fd, (const struct sockaddr *)&a->socket, a->length) == 0 || errno == EINPROGRESS)
        return true;
    return address_end(s, strerror(errno));
}

static bool request_write(struct scrape *s)
{
    ssize_t n =
        send(s->fd, s->request.data + s->written, s->request.length - s->written, MSG_NOSIGNAL);

    if (n < 0 && (errno == EAGAIN || errno == ENOTCONN || errno == EINTR))
        return false;
    if (n < 0)
        return address_end(s, strerror(errno));
    s->written += (size_t)n;
    return s->written == s->request.length;
}

/* The body is whole. */
static bool answer_take(struct scrape *s, int64_t now_ns, struct scrape_sample *out)
{
    scrape_parse(s->body.data ? s->body.data : "", s->body.length, out);
    out->at_ns = s->begun_ns + (now_ns - s->begun_ns) / 2;
    if (isnan(out->cpu_s) && isnan(out->rss_bytes))
        return try_end(s, "no process_cpu_seconds_total or process_resident_memory_bytes in it");
    try_end(s, "");
    s->any = true;
    return true;
}

static bool answer_read(struct scrape *s, int64_t now_ns, struct scrape_sample *out)
{
    char bytes[READ_SIZE];

    for (;;) {
        ssize_t n = recv(s->fd, bytes, sizeof bytes, 0);
        size_t taken;

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return false;
        if (n < 0)
            return try_end(s, strerror(errno));
        if (n == 0)
            return http_ends_here(&s->http) ? answer_take(s, now_ns, out)
                                            : try_end(s, "closed inside the answer");
        if (!http_feed(&s->http, bytes, (size_t)n, &taken))
            return try_end(s, *s->http.fault ? s->http.fault : NULL);
        if (s->http.state == HTTP_WHOLE)
            return answer_take(s, now_ns, out);
    }
}

struct pollfd scrape_poll(const struct scrape *s)
{
    bool writing = s->written < s->request.length;

    return (struct pollfd){.fd = s->request.data ? s->fd : -1,
                           .events = writing ? POLLOUT : POLLIN};
}

int64_t scrape_wake_ns(const struct scrape *s)
{
    return s->fd < 0 ? s->next_ns : s->begun_ns + TIMEOUT_NS;
}

bool scrape_step(struct scrape *s, int64_t now_ns, struct scrape_sample *out)
{
    if (s->fd < 0 && (now_ns < s->next_ns || !try_begin(s, now_ns)))
        return false;
    if (s->written < s->request.length && !request_write(s)) {
        if (s->fd >= 0 && now_ns - s->begun_ns >= TIMEOUT_NS)
            address_end(s, "no connection within 2 s");
        return false;
    }
    if (answer_read(s, now_ns, out))
        return true;
    if (s->fd >= 0 && now_ns - s->begun_ns >= TIMEOUT_NS)
        try_end(s, "no answer within 2 s");
    return false;
}
