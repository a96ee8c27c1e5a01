#include "runner/target_parts.h"

#include "schema/units.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* More descriptors than clients of a scenario; libwebsockets has a table for all of them. */
enum { DESCRIPTORS = 65536, ACCEPTED_AT_ONCE = 64, KEEP_ALIVE_S = 60 };

/* The loop's descriptors. */

static void listener_ready(struct ev_loop *loop, struct ev_io *w, int events)
{
    struct target *t = w->data;

    (void)loop, (void)events;
    for (int i = 0; i < ACCEPTED_AT_ONCE; i++) {
        int one = 1, fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0)
            return;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        lws_adopt_socket_vhost(t->vhost, fd); /* closes it when it fails */
    }
}

static void signals_ready(struct ev_loop *loop, struct ev_io *w, int events)
{
    struct target *t = w->data;

    (void)loop, (void)events;
    t->ended = true;
}

static void timer_read(int fd)
{
    uint64_t times;

    if (read(fd, &times, sizeof times) < 0)
        return; /* was re-armed since */
}

static struct timespec timespec_of(int64_t ns)
{
    return (struct timespec){ns / NS_PER_S, ns % NS_PER_S};
}

static void timer_ready(struct ev_loop *loop, struct ev_io *w, int events)
{
    struct target *t = w->data;

    (void)loop, (void)events;
    timer_read(w->fd);
    t->armed_ns = TIMER_NEVER;
    tasks_run(t);
    target_due(t);
}

/* Sets the timer for what is due next. */
static void timer_arm(struct target *t)
{
    const struct delayed *d = delay_first(&t->delayed);
    int64_t next_ns = timers_next(&t->tasks);
    struct itimerspec at = {0};

    if (d && d->due_ns < next_ns)
        next_ns = d->due_ns;
    if (next_ns == t->armed_ns)
        return;
    t->armed_ns = next_ns;
    if (next_ns != TIMER_NEVER)
        at.it_value = timespec_of(next_ns);
    timerfd_settime(t->timer.fd, TFD_TIMER_ABSTIME, &at, NULL);
}

/* A stall of the whole loop; only a signal ends it early. */
static void stalls_ready(struct ev_loop *loop, struct ev_io *w, int events)
{
    struct target *t = w->data;
    int64_t now_ns = target_wall_ns(), begin_ns = now_ns - now_ns % t->knobs.stall_every_ns;
    int64_t end_ns = begin_ns + t->knobs.stall_ns;
    struct itimerspec next = {{0}, timespec_of(begin_ns + t->knobs.stall_every_ns)};
    struct pollfd signals = {t->signals.fd, POLLIN, 0};

    (void)loop, (void)events;
    timer_read(w->fd);
    while (now_ns < end_ns) {
        struct timespec rest = timespec_of(end_ns - now_ns);

        if (ppoll(&signals, 1, &rest, NULL) > 0)
            break;
        now_ns = target_wall_ns();
    }
    timerfd_settime(w->fd, TFD_TIMER_ABSTIME, &next, NULL);
}

static bool watch(struct target *t, struct ev_io *w, int fd,
                  void (*ready)(struct ev_loop *, struct ev_io *, int), struct err *e)
{
    if (fd < 0)
        return err_set(e, ERR_MEASURE, "the target cannot start: %s", strerror(errno));
    ev_io_init(w, ready, fd, EV_READ);
    w->data = t;
    ev_io_start(t->loop, w);
    return true;
}

static int signals_open(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int timer_open(clockid_t clock)
{
    return timerfd_create(clock, TFD_NONBLOCK | TFD_CLOEXEC);
}

/* Listening. */

static bool listen_at(const struct addrinfo *a, int *fd)
{
    int one = 1, kept;

    *fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd < 0)
        return false;
    setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(*fd, a->ai_addr, a->ai_addrlen) == 0 && listen(*fd, SOMAXCONN) == 0)
        return true;
    kept = errno;
    close(*fd);
    errno = kept;
    return false;
}

static int port_of(int fd)
{
    struct sockaddr_storage a;
    socklen_t length = sizeof a;

    if (getsockname(fd, (struct sockaddr *)&a, &length) != 0)
        return 0;
    return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port
                                         : ((struct sockaddr_in *)&a)->sin_port);
}

static bool listen_open(const struct target_spec *spec, int *fd, struct err *e)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV},
                    *a;
    char port[16];
    bool good;

    if (spec->port < 0 || spec->port > UINT16_MAX)
        return err_set(e, ERR_USAGE, "--port: expected a number up to 65535");
    snprintf(port, sizeof port, "%d", (int)spec->port);
    if (getaddrinfo(spec->host, port, &hints, &a) != 0)
        return err_set(e, ERR_USAGE, "--host: expected an IP address, found %s", spec->host);
    good = listen_at(a, fd);
    freeaddrinfo(a);
    return good || err_set(e, ERR_MEASURE, "cannot listen on %s port %s: %s", spec->host, port,
                           strerror(errno));
}

/* The whole. */

static bool context_open(struct target *t, struct err *e)
{
    /* No pings of its own accord: they would make setting up connections O(n). */
    static const lws_retry_bo_t no_pings = {.secs_since_valid_ping = 0};
    void *loops[] = {t->loop};
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = target_protocols,
        .pt_serv_buf_size = 16 * 1024,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .user = t,
        .retry_and_idle_policy = &no_pings,
        .keepalive_timeout = KEEP_ALIVE_S,
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_LIBEV,
        .foreign_loops = loops,
    };
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max < DESCRIPTORS ? files.rlim_max : DESCRIPTORS;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    lws_set_log_level(0, NULL);
    t->context = lws_create_context(&info);
    t->vhost = t->context ? lws_create_vhost(t->context, &info) : NULL;
    return t->vhost || err_set(e, ERR_MEASURE,
                               "the target cannot start: libwebsockets failed "
                               "(is its package libwebsockets-evlib-ev there?)");
}

static bool watches_open(struct target *t, int listen_fd, struct err *e)
{
    if (!watch(t, &t->listener, listen_fd, listener_ready, e) ||
        !watch(t, &t->signals, signals_open(), signals_ready, e) ||
        !watch(t, &t->timer, timer_open(CLOCK_MONOTONIC), timer_ready, e))
        return false;
    if (t->knobs.stall_ns == 0)
        return true;
    if (!watch(t, &t->stalls, timer_open(CLOCK_REALTIME), stalls_ready, e))
        return false;
    timerfd_settime(t->stalls.fd, TFD_TIMER_ABSTIME, &(struct itimerspec){{0}, {0, 1}}, NULL);
    return true;
}

bool target_start(struct target **out, const struct target_spec *spec, int *port, struct err *e)
{
    struct target *t = mem_get(1, sizeof *t);
    int fd = -1;

    t->knobs = spec->knobs;
    t->armed_ns = TIMER_NEVER;
    rng_open(&t->random, spec->knobs.seed, 0);
    rng_open(&t->jitter, spec->knobs.seed, 1);
    if (!listen_open(spec, &fd, e)) {
        free(t);
        return false;
    }
    *port = port_of(fd);
    t->loop = ev_loop_new(EVFLAG_AUTO);
    if (watches_open(t, fd, e) && context_open(t, e)) {
        *out = t;
        return true;
    }
    target_stop(t);
    return false;
}

void target_serve(struct target *t)
{
    while (!t->ended) {
        ev_run(t->loop, EVRUN_ONCE);
        target_flush(t); /* to the last connection that was written to in this round */
        timer_arm(t);
    }
}

void target_stop(struct target *t)
{
    struct ev_io *watches[] = {&t->listener, &t->signals, &t->timer, &t->stalls};

    for (size_t i = 0; i < sizeof watches / sizeof *watches; i++)
        if (watches[i]->data) {
            ev_io_stop(t->loop, watches[i]);
            close(watches[i]->fd);
        }
    if (t->context)
        lws_context_destroy(t->context);
    ev_loop_destroy(t->loop);
    target_reply_free(t);
    target_faults_free(t);
    timers_free(&t->tasks);
    free(t);
}
