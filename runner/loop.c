#include "runner/loop.h"

#include "schema/text.h"
#include "schema/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
    HEADER_BYTES = 8 << 10,                       /* of the reply's headers */
    BUFFER_BYTES = LOOP_HEADERS_MAX + (16 << 10), /* what a handshake is composed in */
};

/* How often libwebsockets' own poll() sees to what only it knows of. It looks at every connection,
 * which takes it some 100 ns each: at most 1 part in 500 of the time goes there. */
#define SERVICE_NS (50 * NS_PER_MS)
#define SERVICE_EACH_NS (50 * NS_PER_US)

/* What descriptors are bound to that are watched. */
#define WATCH_PROTOCOL "descriptor"

/* In an event's data, beside the descriptor: the connection is not made yet. */
#define CONNECTING (UINT64_C(1) << 32)

int64_t loop_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void interest_set(struct loop *l, int change, int fd, uint32_t events, uint64_t mark)
{
    struct epoll_event event = {.events = events, .data.u64 = (uint32_t)fd | mark};

    epoll_ctl(l->epoll_fd, change, fd, &event);
}

static int watch_event(struct lws *wsi, enum lws_callback_reasons event, void *user, void *in,
                       size_t length)
{
    struct watch *w = lws_get_opaque_user_data(wsi);

    (void)user;
    (void)in;
    (void)length;
    if (event == LWS_CALLBACK_RAW_RX_FILE && w)
        w->ready(w);
    return 0;
}

bool loop_watch(struct loop *l, int fd, struct watch *w)
{
    lws_sock_file_fd_type file = {.filefd = fd};
    struct lws *wsi =
        lws_adopt_descriptor_vhost(lws_get_vhost_by_name(l->context, "default"),
                                   LWS_ADOPT_RAW_FILE_DESC, file, WATCH_PROTOCOL, NULL);

    if (!wsi)
        return false;
    lws_set_opaque_user_data(wsi, w);
    interest_set(l, EPOLL_CTL_ADD, fd, EPOLLIN, 0);
    return true;
}

/* Takes back the timeout that libwebsockets has set for a step of a handshake or of closing. It
 * would keep it in a sorted list, in which each of thousands of connections looks for its place. */
static void timeout_take(struct lws *wsi)
{
    lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
}

void loop_untimed(struct loop *l, struct lws *wsi)
{
    int fd = lws_get_socket_fd(wsi);
    int room = fd + 1 > 2 * l->untimed_fds ? fd + 1 : 2 * l->untimed_fds;

    if (fd < 0)
        return;
    if (fd >= l->untimed_fds) {
        l->untimed = mem_grow(l->untimed, (size_t)room, sizeof *l->untimed);
        memset(l->untimed + l->untimed_fds, 0,
               (size_t)(room - l->untimed_fds) * sizeof *l->untimed);
        l->untimed_fds = room;
    }
    l->untimed[fd] = wsi;
    timeout_take(wsi);
}

void loop_connecting(struct loop *l, struct lws *wsi)
{
    int fd = lws_get_socket_fd(wsi);

    if (fd < 0)
        return;
    interest_set(l, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT, CONNECTING);
    loop_untimed(l, wsi);
}

static void untimed_end(struct loop *l, int fd, const struct lws *wsi)
{
    if (fd >= 0 && fd < l->untimed_fds && l->untimed[fd] == wsi)
        l->untimed[fd] = NULL;
}

void loop_gone(struct loop *l, struct lws *wsi)
{
    untimed_end(l, lws_get_socket_fd(wsi), wsi);
    untimed_end(l, l->event_fd, wsi); /* its descriptor may be closed already */
}

void loop_established(struct loop *l, struct lws *wsi)
{
    l->leftover_fd = lws_get_socket_fd(wsi);
    untimed_end(l, l->leftover_fd, wsi);
}

void loop_want(struct loop *l, struct lws *wsi, enum loop_want want)
{
    static const uint32_t events[] = {[WANT_READ] = EPOLLIN,
                                      [WANT_WRITE] = EPOLLIN | EPOLLOUT,
                                      [WANT_WRITE_ONCE] = EPOLLIN | EPOLLOUT | EPOLLET};

    interest_set(l, EPOLL_CTL_MOD, lws_get_socket_fd(wsi), events[want], 0);
}

void loop_hurry(struct loop *l)
{
    l->serviced_ns = 0;
}

/* That the turn ends is all the timer is for. It stays readable until it is set anew. */
static void timer_ready(struct watch *w)
{
    ((struct loop *)w)->armed_ns = 0;
}

static bool timer_open(struct loop *l)
{
    l->timer.ready = timer_ready;
    l->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    return l->timer_fd >= 0 && loop_watch(l, l->timer_fd, &l->timer);
}

bool loop_open(struct loop *l, const struct lws_protocols *transport,
               const struct lws_extension *extensions, void *user, size_t count, struct tls *tls,
               int64_t handshake_ns, struct err *e)
{
    unsigned seconds = (unsigned)(handshake_ns / NS_PER_S) + 10;
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = l->protocols,
        .extensions = extensions,
        .user = user,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .max_http_header_data2 = HEADER_BYTES,
        .pt_serv_buf_size = BUFFER_BYTES,
        .timeout_secs = seconds,
        .connect_timeout_secs = seconds,
        .options = tls->context ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0,
        .provided_client_ssl_ctx = tls->context,
    };

    *l = (struct loop){.tls = tls,
                       .timer_fd = -1,
                       .leftover_fd = -1,
                       .event_fd = -1,
                       .epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
    if (l->epoll_fd < 0)
        return err_set(e, ERR_MEASURE, "no epoll: %s", strerror(errno));
    l->service_ns = SERVICE_NS + (int64_t)count * SERVICE_EACH_NS;
    l->protocols[0] = transport[0];
    l->protocols[1] = transport[1];
    l->protocols[2] = (struct lws_protocols){.name = WATCH_PROTOCOL, .callback = watch_event};
    lws_set_log_level(0, NULL);
    /* It would go through a proxy named there, to a target on this host too. */
    unsetenv("http_proxy");
    unsetenv("socks_proxy");
    l->context = lws_create_context(&info);
    if (!l->context)
        return err_set(e, ERR_MEASURE, "libwebsockets could not be started");
    return timer_open(l) || err_set(e, ERR_MEASURE, "no timer: %s", strerror(errno));
}

void loop_close(struct loop *l)
{
    if (!l->context)
        return;
    lws_context_destroy(l->context);
    close(l->epoll_fd);
    free(l->untimed);
    *l = (struct loop){0};
}

static void timer_arm(struct loop *l, int64_t wake_ns)
{
    struct itimerspec at = {.it_value = {wake_ns / NS_PER_S, wake_ns % NS_PER_S}};

    if (wake_ns == l->armed_ns)
        return;
    timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
    l->armed_ns = wake_ns;
}

/* A connection that is being made: is it? libwebsockets would not say why not, so that it is asked
 * here, and told no more than that the socket is dead. */
static short connecting_event(struct loop *l, int fd, short revents)
{
    socklen_t length = sizeof l->connect_errno;

    interest_set(l, EPOLL_CTL_MOD, fd, EPOLLIN, 0);
    if (revents & EPOLLERR)
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &l->connect_errno, &length);
    return l->connect_errno ? LWS_POLLHUP : revents;
}

static void event_handle(struct loop *l, const struct epoll_event *event)
{
    struct lws_pollfd ready = {.fd = (int)(uint32_t)event->data.u64,
                               .events = LWS_POLLIN | LWS_POLLOUT,
                               .revents = (short)event->events}; /* the bits are poll()'s */

    l->leftover_fd = -1;
    l->connect_errno = 0;
    *l->tls->fault = '\0';
    l->event_fd = ready.fd;
    if (event->data.u64 & CONNECTING)
        ready.revents = connecting_event(l, ready.fd, ready.revents);
    lws_service_fd(l->context, &ready);
    l->connect_errno = 0;
    if (l->event_fd < l->untimed_fds && l->untimed[l->event_fd])
        timeout_take(l->untimed[l->event_fd]);
    if (l->leftover_fd >= 0) { /* read on in what came right behind the handshake */
        ready = (struct lws_pollfd){.fd = l->leftover_fd, .events = LWS_POLLIN};
        lws_service_fd(l->context, &ready);
    }
    if (l->settle)
        l->settle(l->settle_arg);
}

bool loop_turn(struct loop *l, int64_t wake_ns)
{
    enum { EVENTS = 256 };
    struct epoll_event event[EVENTS];
    int64_t now_ns = loop_clock();
    bool due = now_ns >= l->serviced_ns + l->service_ns;
    int count;

    if (l->settle)
        l->settle(l->settle_arg);
    timer_arm(l, wake_ns);
    count = epoll_wait(l->epoll_fd, event, EVENTS, due ? 0 : (int)(l->service_ns / NS_PER_MS));
    for (int i = 0; i < count; i++)
        event_handle(l, &event[i]);
    if (!due)
        return true;
    l->serviced_ns = now_ns;
    *l->tls->fault = '\0';
    return lws_service(l->context, -1) >= 0; /* -1: it looks, but does not wait */
}
