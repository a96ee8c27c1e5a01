#include "runner/probe.h"

#include "runner/tls.h"
#include "schema/text.h"
#include "schema/units.h"
#include "schema/url.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_MAX = 16 * 1024 };

/* One try as it goes on. */
struct attempt {
    const struct probe *probe;
    const struct scenario *scenario;
    struct url url;
    int64_t until_ns;
    int fd;
    struct tls tls;
    SSL *ssl; /* NULL: without TLS */
    bool stopped;
    char *reason;
};

static int64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static bool attempt_fail(struct attempt *a, const char *reason)
{
    if (!a->stopped)
        snprintf(a->reason, PROBE_REASON, "%.*s", PROBE_REASON - 1, reason);
    text_clean(a->reason);
    return false;
}

/* Waits until the socket is ready for `events`. */
static bool attempt_wait(struct attempt *a, short events)
{
    struct pollfd fds[PROBE_STOPS + 1] = {{a->fd, events, 0}};

    for (int i = 0; i < PROBE_STOPS; i++)
        fds[i + 1] = (struct pollfd){a->probe->stops[i], POLLIN, 0};
    for (;;) {
        int64_t left_ms = (a->until_ns - clock_ns() + NS_PER_MS - 1) / NS_PER_MS;
        int n = left_ms <= 0 ? 0 : poll(fds, PROBE_STOPS + 1, (int)left_ms);

        if (n < 0 && errno == EINTR)
            continue;
        for (int i = 1; n > 0 && i <= PROBE_STOPS; i++)
            a->stopped = a->stopped || fds[i].revents;
        if (n > 0 && !a->stopped && fds[0].revents)
            return true;
        return attempt_fail(a, "no answer");
    }
}

bool probe_pause(const struct probe *p, int64_t timeout_ns)
{
    char reason[PROBE_REASON];
    struct attempt a = {
        .probe = p, .until_ns = clock_ns() + timeout_ns, .fd = -1, .reason = reason};

    attempt_wait(&a, 0);
    return !a.stopped;
}

/* Connecting. */

static bool connect_to(struct attempt *a, const struct addrinfo *address)
{
    int error = 0;
    socklen_t length = sizeof error;

    a->fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (a->fd < 0)
        return attempt_fail(a, strerror(errno));
    if (connect(a->fd, address->ai_addr, address->ai_addrlen) == 0)
        return true;
    if (errno == EINPROGRESS) {
        if (!attempt_wait(a, POLLOUT))
            return false;
        getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    } else {
        error = errno;
    }
    return error == 0 || attempt_fail(a, strerror(error));
}

static void attempt_disconnect(struct attempt *a)
{
    SSL_free(a->ssl);
    a->ssl = NULL;
    if (a->fd >= 0)
        close(a->fd);
    a->fd = -1;
}

/* localhost can be ::1 and 127.0.0.1, of which a server may serve either. */
static bool attempt_connect(struct attempt *a)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list;
    char port[8];
    bool good = false;
    int failed;

    snprintf(port, sizeof port, "%d", a->url.port);
    failed = getaddrinfo(a->url.host, port, &hints, &list);
    if (failed)
        return attempt_fail(a, gai_strerror(failed));
    for (const struct addrinfo *at = list; at && !good && !a->stopped; at = at->ai_next) {
        attempt_disconnect(a);
        good = connect_to(a, at);
    }
    freeaddrinfo(list);
    return good;
}

/* Waits for what a call of OpenSSL that gave n asks for. False: it has failed, or is at the end. */
static bool tls_wait(struct attempt *a, int n)
{
    switch (SSL_get_error(a->ssl, n)) {
    case SSL_ERROR_WANT_READ:
        return attempt_wait(a, POLLIN);
    case SSL_ERROR_WANT_WRITE:
        return attempt_wait(a, POLLOUT);
    default:
        return attempt_fail(a, *a->tls.fault ? a->tls.fault : "the connection was closed");
    }
}

static bool tls_start(struct attempt *a)
{
    int n = 0;

    if (!a->tls.context)
        return true;
    a->ssl = SSL_new(a->tls.context);
    if (!a->ssl || SSL_set_fd(a->ssl, a->fd) != 1)
        return attempt_fail(a, "OpenSSL could not be started");
    while ((n = SSL_connect(a->ssl)) != 1)
        if (!tls_wait(a, n))
            return false;
    return true;
}

static bool attempt_write(struct attempt *a, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t n =
            a->ssl ? SSL_write(a->ssl, data, (int)length) : send(a->fd, data, length, MSG_NOSIGNAL);

        if (n > 0) {
            data += n;
            length -= (size_t)n;
        } else if (a->ssl) {
            if (!tls_wait(a, (int)n))
                return false;
        } else if (errno != EAGAIN) {
            return attempt_fail(a, strerror(errno));
        } else if (!attempt_wait(a, POLLOUT)) {
            return false;
        }
    }
    return true;
}

/* Some bytes; 0 at the end, -1 when it failed. */
static ssize_t attempt_read(struct attempt *a, char *data, size_t room)
{
    ssize_t n;

    while (a->ssl) {
        n = SSL_read(a->ssl, data, (int)room);
        if (n > 0 || !tls_wait(a, (int)n))
            return n;
    }
    while ((n = recv(a->fd, data, room, 0)) < 0) {
        if (errno != EAGAIN) {
            attempt_fail(a, strerror(errno));
            return -1;
        }
        if (!attempt_wait(a, POLLIN))
            return -1;
    }
    return n;
}

/* The handshake, RFC 6455 section 4.1; of a stream of events what asks for it, or where messages
 * are posted, a question that changes nothing. */

static bool posts(const struct scenario *s)
{
    return s->protocol == PROTOCOL_SSE && s->exchange != EXCHANGE_PUSH;
}

static void request_write(const struct attempt *a, struct text *out)
{
    const struct scenario *s = a->scenario;
    const char *open = a->url.ipv6 ? "[" : "", *close = a->url.ipv6 ? "]" : "";
    struct text filled = {0};
    struct token token = {0};
    char *basic = roster_basic(s);

    roster_path(a->probe->roster, 0, &token, a->url.path, &filled);
    text_addf(out, "%s %s HTTP/1.1\r\nHost: %s%s%s", posts(s) ? "OPTIONS" : "GET", filled.data,
              open, a->url.host, close);
    if (a->url.port != (a->url.tls ? 443 : 80))
        text_addf(out, ":%d", a->url.port);
    if (s->protocol == PROTOCOL_SSE)
        text_add(out, "\r\nAccept: text/event-stream\r\nConnection: close\r\n");
    else
        text_add(out,
                 "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    if (s->subprotocol)
        text_addf(out, "Sec-WebSocket-Protocol: %s\r\n", s->subprotocol);
    for (size_t i = 0; i < s->headers_count; i++) {
        roster_header(a->probe->roster, 0, &token, s->headers[i].value, &filled);
        text_addf(out, "%s: %s\r\n", s->headers[i].name, filled.data);
    }
    if (basic)
        text_addf(out, "Authorization: %s\r\n", basic);
    text_add(out, "\r\n");
    free(basic);
    text_free(&filled);
    token_free(&token);
}

/* Reads the head of the answer; its first line is then in `head`, ended by '\0'. */
static bool head_read(struct attempt *a, char head[HEAD_MAX])
{
    size_t length = 0;

    for (;;) {
        ssize_t n = attempt_read(a, head + length, HEAD_MAX - 1 - length);

        if (n <= 0)
            return n == 0 ? attempt_fail(a, "the connection was closed") : false;
        length += (size_t)n;
        head[length] = '\0';
        if (strstr(head, "\r\n\r\n"))
            break;
        if (length == HEAD_MAX - 1)
            return attempt_fail(a, "its answer has no end");
    }
    head[strcspn(head, "\r\n")] = '\0';
    return true;
}

static enum probe_answer head_judge(struct attempt *a, char *line)
{
    char *said = line + strlen("HTTP/1.1 ");
    int status = 0;

    if (sscanf(line, "HTTP/1.%*1[01] %3d", &status) != 1) {
        attempt_fail(a, "its answer is not HTTP");
        return PROBE_REFUSED;
    }
    if (status == (a->scenario->protocol == PROTOCOL_SSE ? 200 : 101))
        return PROBE_READY;
    if (posts(a->scenario) && (status < 500 || status == 501)) /* it serves, if not OPTIONS */
        return PROBE_READY;
    said[strnlen(said, 100)] = '\0';
    roster_hide_all(a->probe->roster, said);
    snprintf(a->reason, PROBE_REASON, "HTTP %.100s", said);
    text_clean(a->reason);
    return status >= 500 ? PROBE_AGAIN : PROBE_REFUSED;
}

/* A close frame (1000, masked by zeros), and a moment for the server to take it. */
static void attempt_goodbye(struct attempt *a)
{
    static const char frame[] = {'\x88', '\x82', 0, 0, 0, 0, '\x03', '\xe8'};
    char rest[512];

    a->until_ns = clock_ns() + 200 * NS_PER_MS;
    if (attempt_write(a, frame, sizeof frame))
        while (attempt_read(a, rest, sizeof rest) > 0)
            ;
}

static enum probe_answer attempt_run(struct attempt *a)
{
    struct text request = {0};
    char head[HEAD_MAX];
    enum probe_answer answer = PROBE_AGAIN;

    if (!attempt_connect(a) || !tls_start(a))
        return a->stopped ? PROBE_STOPPED : *a->tls.fault ? PROBE_REFUSED : PROBE_AGAIN;
    request_write(a, &request);
    if (attempt_write(a, request.data, request.length) && head_read(a, head))
        answer = head_judge(a, head);
    explicit_bzero(request.data, request.length);
    text_free(&request);
    if (answer == PROBE_READY && a->scenario->protocol == PROTOCOL_WS)
        attempt_goodbye(a);
    else if (a->stopped)
        answer = PROBE_STOPPED;
    return answer;
}

enum probe_answer probe_try(const struct probe *p, int64_t timeout_ns, char reason[PROBE_REASON])
{
    struct attempt a = {.probe = p,
                        .scenario = &p->roster->spec->scenario,
                        .until_ns = clock_ns() + timeout_ns,
                        .fd = -1,
                        .reason = reason};
    enum probe_answer answer = PROBE_REFUSED;
    struct err e = {0};

    *reason = '\0';
    if (url_parse(&a.url, a.scenario->url, &e) &&
        tls_open(&a.tls, a.scenario, &a.url, p->insecure, &e))
        answer = attempt_run(&a);
    else
        attempt_fail(&a, e.text);
    attempt_disconnect(&a);
    tls_close(&a.tls);
    return answer;
}
