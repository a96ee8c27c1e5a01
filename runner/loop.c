#include "runner/loop.h"

#include "schema/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
    HEADER_BYTES = 8 << 10,                       /* of the reply's headers */
    BUFFER_BYTES = LOOP_HEADERS_MAX + (16 << 10), /* what a handshake is composed in */
};

/* What nobody asks for attention for waits this long at most: the answer to a ping, and timeouts.
 */
#define POLL_NS (50 * NS_PER_MS)

int64_t loop_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
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
                                   LWS_ADOPT_RAW_FILE_DESC, file, l->protocols[1].name, NULL);

    if (!wsi)
        return false;
    lws_set_opaque_user_data(wsi, w);
    loop_settled(l, wsi);
    return true;
}

void loop_settled(struct loop *l, struct lws *wsi)
{
    int fd = lws_get_socket_fd(wsi);
    struct epoll_event readable = {.events = EPOLLIN, .data.fd = fd};

    epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &readable);
}

void loop_attend(struct loop *l, int change)
{
    l->attention += change;
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

bool loop_open(struct loop *l, const struct lws_protocols *transport, void *user,
               int64_t handshake_ns, bool tls, struct err *e)
{
    unsigned seconds = (unsigned)(handshake_ns / NS_PER_S) + 10;
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = l->protocols,
        .user = user,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .options = tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0,
        .max_http_header_data2 = HEADER_BYTES,
        .pt_serv_buf_size = BUFFER_BYTES,
        .timeout_secs = seconds,
        .connect_timeout_secs = seconds,
    };

    *l = (struct loop){.timer_fd = -1, .epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
    if (l->epoll_fd < 0)
        return err_set(e, ERR_MEASURE, "no epoll: %s", strerror(errno));
    /* Data that TLS has decrypted already is not seen by epoll. */
    l->attention = tls;
    l->protocols[0] = *transport;
    l->protocols[1] = (struct lws_protocols){.name = "descriptor", .callback = watch_event};
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

/* Reads from those that have something to read. */
static void turn_settled(struct loop *l)
{
    enum { EVENTS = 64 };
    struct epoll_event event[EVENTS];
    int count = epoll_wait(l->epoll_fd, event, EVENTS, (int)(POLL_NS / NS_PER_MS));

    for (int i = 0; i < count; i++) {
        struct lws_pollfd ready = {.fd = event[i].data.fd,
                                   .events = LWS_POLLIN,
                                   .revents = (short)event[i].events}; /* the bits are poll()'s */

        lws_service_fd(l->context, &ready);
    }
}

bool loop_turn(struct loop *l, int64_t wake_ns)
{
    int64_t now_ns = l->attention ? 0 : loop_clock();

    timer_arm(l, wake_ns);
    if (l->attention > 0)
        return lws_service(l->context, 0) >= 0;
    if (now_ns < l->polled_ns + POLL_NS) {
        turn_settled(l);
        return true;
    }
    l->polled_ns = now_ns;
    return lws_service(l->context, -1) >= 0; /* looks, but does not wait */
}
