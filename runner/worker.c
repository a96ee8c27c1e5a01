#include "runner/worker.h"

#include "runner/engine.h"
#include "runner/limit.h"
#include "runner/loop.h"
#include "runner/stream.h"
#include "runner/wire.h"
#include "runner/ws.h"
#include "schema/units.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Descriptors beside the connections: libwebsockets' own, the watched ones, the standard ones.
 * libwebsockets sizes its tables by their limit. */
enum { FILES_OWN = 64 };

struct worker {
    struct watch watch; /* of the socket; first */
    int fd;
    struct wire wire;
    struct spec spec;
    struct engine engine;
    struct loop loop;
    struct ws ws;
    struct streams streams;
    int64_t start_ns; /* 0: not yet told to start */
    int32_t second;   /* of the next progress */
};

/* What the supervisor says. Its end is ours, at once and without ceremony: nobody is left to tell.
 */
static void wire_ready(struct watch *watch)
{
    struct worker *w = (struct worker *)watch;
    enum frame_type type;
    enum wire_state state;
    const void *body;
    size_t length;

    while ((state = wire_get(&w->wire, w->fd, &type, &body, &length)) == WIRE_FRAME) {
        if (type == FRAME_START && length == sizeof w->start_ns && w->start_ns == 0) {
            memcpy(&w->start_ns, body, length);
            engine_start(&w->engine, w->start_ns);
        } else if (type == FRAME_STOP && w->start_ns != 0) {
            engine_stop(&w->engine, loop_clock());
        }
    }
    if (state == WIRE_END)
        _exit(0);
}

static bool spec_receive(struct worker *w, struct err *e)
{
    enum frame_type type;
    const void *body;
    size_t length;

    if (!wire_wait(&w->wire, w->fd, &type, &body, &length) || type != FRAME_SPEC)
        return err_set(e, ERR_MEASURE, "the worker was given no specification");
    return spec_read(&w->spec, body, length, e);
}

static bool worker_open(struct worker *w, struct err *e)
{
    bool sse;
    int fd;

    if (!spec_receive(w, e))
        return false;
    sse = w->spec.scenario.protocol == PROTOCOL_SSE;
    if (!engine_open(&w->engine, &w->spec, sse ? &stream_transport : &ws_transport, loop_clock, e))
        return false;
    w->engine.link = sse ? (void *)&w->streams : &w->ws;
    if (!limit_files((int64_t)w->engine.clients_count, (int64_t)w->engine.clients_count + FILES_OWN,
                     "several workers", e) ||
        !(sse ? streams_open(&w->streams, &w->loop, &w->spec, &w->engine, e)
              : ws_open(&w->ws, &w->loop, &w->spec, &w->engine, e)))
        return false;
    fd = fcntl(w->fd, F_DUPFD_CLOEXEC, 0); /* the loop closes its own */
    w->watch.ready = wire_ready;
    return (fd >= 0 && loop_watch(&w->loop, fd, &w->watch)) ||
           err_set(e, ERR_MEASURE, "the supervisor's socket cannot be watched");
}

/* Reports once a second; returns when the next one is due. False: nobody listens. */
static bool worker_report(struct worker *w, int64_t now_ns, int64_t *next_ns)
{
    *next_ns = w->start_ns + w->second * NS_PER_S;
    if (now_ns < *next_ns)
        return true;
    w->second = (int32_t)((now_ns - w->start_ns) / NS_PER_S) + 1;
    *next_ns = w->start_ns + w->second * NS_PER_S;
    return meter_send_progress(&w->engine.meter, w->fd, w->second - 1, (int)w->engine.linked) &&
           meter_send_seconds(&w->engine.meter, w->fd, now_ns);
}

static bool worker_work(struct worker *w, struct err *e)
{
    int64_t wake_ns = INT64_MAX, report_ns;

    wire_ready(&w->watch); /* what came with the specification is read: no event tells of it */
    while (w->engine.stage != ENGINE_OVER) {
        if (w->start_ns != 0) {
            engine_run(&w->engine, loop_clock());
            if (!worker_report(w, loop_clock(), &report_ns))
                return err_set(e, ERR_MEASURE, "the supervisor is gone");
            wake_ns = w->engine.wake_ns < report_ns ? w->engine.wake_ns : report_ns;
        }
        if (w->engine.stage != ENGINE_OVER && !loop_turn(&w->loop, wake_ns))
            return err_set(e, ERR_MEASURE, "libwebsockets gave up");
    }
    return true;
}

static void worker_close(struct worker *w)
{
    loop_close(&w->loop);
    ws_close(&w->ws);
    streams_close(&w->streams);
    engine_close(&w->engine);
    spec_free(&w->spec);
    wire_free(&w->wire);
}

bool worker_run(int fd, struct err *e)
{
    struct worker w = {.fd = fd};
    bool told;

    if (worker_open(&w, e) && wire_put(fd, FRAME_READY, NULL, 0, NULL, 0) && worker_work(&w, e)) {
        told = meter_send_rest(&w.engine.meter, fd, loop_clock());
        if (!told)
            err_set(e, ERR_MEASURE, "the supervisor is gone");
    } else {
        told = wire_put_error(fd, e);
        if (told) /* then it is the supervisor's to say */
            *e = (struct err){0};
    }
    worker_close(&w);
    return told;
}
