#include "runner/relay_parts.h"

#include "runner/limit.h"
#include "schema/units.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* Descriptors beside the two of a connection. */
enum { FILES_OWN = 64, BACKLOG = 65535, ACCEPTED_AT_ONCE = 64 };

enum { RANDOM_STREAM = -1000 }; /* of random numbers; no client's or worker's */

int64_t relay_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

void relay_starve(struct relay *r, int number)
{
    if (number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM)
        r->starved = number;
}

static void listener_ready(struct ev_loop *loop, struct ev_io *io, int events)
{
    struct relay *r = io->data;

    (void)loop, (void)events;
    for (int i = 0; i < ACCEPTED_AT_ONCE; i++) {
        int one = 1, fd = accept4(io->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0) {
            relay_starve(r, errno);
            return;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        pair_open(r, fd);
    }
}

static void supervisor_ready(struct ev_loop *loop, struct ev_io *io, int events)
{
    struct relay *r = io->data;
    enum wire_state state;
    enum frame_type type;
    const void *body;
    size_t length;

    (void)loop, (void)events;
    while ((state = wire_get(&r->wire, io->fd, &type, &body, &length)) == WIRE_FRAME)
        r->stopped = r->stopped || type == FRAME_STOP;
    r->left = state == WIRE_END;
}

static void timer_ready(struct ev_loop *loop, struct ev_io *io, int events)
{
    struct relay *r = io->data;
    int64_t now_ns = relay_clock();
    struct timer *timer;
    uint64_t times;

    (void)loop, (void)events;
    if (read(io->fd, &times, sizeof times) < 0)
        return; /* was re-armed since */
    r->armed_ns = TIMER_NEVER;
    while ((timer = timers_take(&r->timers, now_ns)))
        flow_due((struct flow *)timer, now_ns);
}

/* Sets the timer for what is due next. */
static void timer_arm(struct relay *r)
{
    int64_t next_ns = timers_next(&r->timers);
    struct itimerspec at = {0};

    if (next_ns == r->armed_ns)
        return;
    r->armed_ns = next_ns;
    if (next_ns != TIMER_NEVER)
        at.it_value = (struct timespec){next_ns / NS_PER_S, next_ns % NS_PER_S};
    timerfd_settime(r->timer.fd, TFD_TIMER_ABSTIME, &at, NULL);
}

static bool spec_receive(struct relay *r, int fd, struct err *e)
{
    enum frame_type type;
    const void *body;
    size_t length;

    if (!wire_wait(&r->wire, fd, &type, &body, &length) || type != FRAME_SPEC ||
        length != sizeof r->spec)
        return err_set(e, ERR_MEASURE, "the emulated network was given no specification");
    memcpy(&r->spec, body, length);
    return true;
}

static int listener_open(uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, BACKLOG) == 0 &&
        getsockname(fd, (struct sockaddr *)&at, &length) == 0) {
        *port = ntohs(at.sin_port);
        return fd;
    }
    close(fd);
    return -1;
}

static bool watch(struct relay *r, struct ev_io *io, int fd,
                  void (*ready)(struct ev_loop *, struct ev_io *, int), struct err *e)
{
    if (fd < 0)
        return err_set(e, ERR_MEASURE, "the emulated network cannot start: %s", strerror(errno));
    ev_io_init(io, ready, fd, EV_READ);
    io->data = r;
    ev_io_start(r->loop, io);
    return true;
}

static bool relay_open(struct relay *r, int fd, uint16_t *port, struct err *e)
{
    if (!spec_receive(r, fd, e) ||
        !limit_files(r->spec.clients, 2 * r->spec.clients + FILES_OWN, "fewer", e))
        return false;
    limit_files_most(); /* a client that has closed one goes on while its end is on its way */
    addresses_get(&r->target, r->spec.host, r->spec.port);
    if (r->target.count == 0)
        return err_set(e, ERR_MEASURE, "%s", r->target.error);
    rng_open(&r->random, r->spec.seed, RANDOM_STREAM);
    r->loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (!r->loop)
        return err_set(e, ERR_MEASURE, "the emulated network cannot start: no epoll");
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return watch(r, &r->supervisor, fd, supervisor_ready, e) &&
           watch(r, &r->timer, timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC),
                 timer_ready, e) &&
           watch(r, &r->listener, listener_open(port), listener_ready, e);
}

/* What the supervisor wants to know at the end. */
static bool relay_tell(struct relay *r, int fd)
{
    bool told = true;

    for (int i = 0; told && i < r->reasons; i++) {
        struct wire_failure head = {.kind = FAILURE_CONNECTION, .count = r->reason[i].count};
        char why[ADDRESS_ERROR_SIZE];

        address_fault(r->reason[i].number, why, sizeof why);
        told = wire_put(fd, FRAME_FAILURE, &head, sizeof head, why, strlen(why));
    }
    return told &&
           wire_put_hist(fd, &r->lateness,
                         (struct wire_hist){.kind = HIST_LATENESS, .second = -1}) &&
           wire_put(fd, FRAME_DONE, NULL, 0, NULL, 0);
}

/* What is measured from here on would be the wait for a descriptor. */
static void starved_tell(const struct relay *r, struct err *e)
{
    int64_t pairs = 0;

    for (const struct pair *p = r->pairs; p; p = pair_next(p))
        pairs++;
    err_set(
        e, ERR_MEASURE,
        "the emulated network has no room for more than %lld connections at once: %s; raise the "
        "limit (`ulimit -Hn`), or take fewer clients",
        (long long)pairs, strerror(r->starved));
}

static void relay_close(struct relay *r)
{
    while (r->pairs)
        pair_close(r->pairs, false);
    timers_free(&r->timers);
    wire_free(&r->wire);
    hist_close(&r->lateness);
    if (!r->loop)
        return;
    close(r->timer.fd);
    close(r->listener.fd);
    ev_loop_destroy(r->loop);
}

bool relay_run(int fd, struct err *e)
{
    struct relay r = {.armed_ns = TIMER_NEVER, .timer.fd = -1, .listener.fd = -1};
    uint16_t port = 0;
    bool told;

    hist_open(&r.lateness);
    if (relay_open(&r, fd, &port, e)) {
        told = wire_put(fd, FRAME_READY, &port, sizeof port, NULL, 0);
        /* What came with the specification is read: no event tells of it. */
        supervisor_ready(r.loop, &r.supervisor, EV_READ);
        while (told && !r.stopped && !r.left && !r.starved) {
            timer_arm(&r);
            ev_run(r.loop, EVRUN_ONCE);
        }
        if (r.starved) {
            starved_tell(&r, e);
            told = wire_put_error(fd, e);
        } else {
            told = told && !r.left && relay_tell(&r, fd);
        }
    } else {
        told = wire_put_error(fd, e);
    }
    relay_close(&r);
    *e = (struct err){0}; /* what there was to say, the supervisor says */
    return told || err_set(e, ERR_MEASURE, "the supervisor is gone");
}
