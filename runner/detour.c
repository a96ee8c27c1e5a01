#include "runner/detour.h"

#include "runner/meter.h"
#include "runner/relay.h"
#include "runner/spec.h"
#include "schema/text.h"
#include "schema/units.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For the relay's answer at the end, and for its process to end then. */
#define ENDING_MS 2000
#define GRACE_NS (NS_PER_S / 2)

bool detour_start(struct detour *d, const char *program, const struct scenario *s, const char *url,
                  int64_t seed, struct err *e)
{
    struct relay_spec spec = {.network = s->network, .seed = seed, .clients = s->clients};
    struct url parsed;
    char *filled = NULL;
    bool good;

    *d = (struct detour){.on = s->network.on, .link.fd = -1};
    if (!d->on)
        return true;
    good = spec_url(url, &filled, &parsed, e) && link_start(&d->link, program, "relay", e);
    if (good) {
        snprintf(spec.host, sizeof spec.host, "%s", parsed.host);
        spec.port = (uint16_t)parsed.port;
        good = wire_put(d->link.fd, FRAME_SPEC, &spec, sizeof spec, NULL, 0) ||
               err_set(e, ERR_MEASURE, "the emulated network ended before it was told what to do");
    }
    free(filled);
    return good;
}

bool detour_ready(const struct detour *d)
{
    return !d->on || d->port > 0;
}

int detour_fd(const struct detour *d)
{
    return d->on && !d->over ? d->link.fd : -1;
}

static bool lateness_take(struct detour *d, const void *body, size_t length)
{
    struct hist lateness;
    bool good = length > sizeof(struct wire_hist);

    hist_open(&lateness);
    good = good && hist_decode(&lateness, (const char *)body + sizeof(struct wire_hist),
                               length - sizeof(struct wire_hist), &(struct err){0});
    d->late_p99_ns = hist_percentile(&lateness, 99);
    hist_close(&lateness);
    return good;
}

static bool reason_take(struct detour *d, const void *body, size_t length)
{
    struct wire_failure f;

    if (length < sizeof f)
        return false;
    memcpy(&f, body, sizeof f);
    d->reason = mem_grow(d->reason, d->reasons + 1, sizeof *d->reason);
    d->reason[d->reasons++] = (struct failure){
        .kind = FAILURE_CONNECTION,
        .reason = mem_printf("%.*s", (int)(length - sizeof f), (const char *)body + sizeof f),
        .count = f.count};
    return true;
}

static bool error_take(const void *body, size_t length, struct err *e)
{
    int32_t kind = ERR_MEASURE;

    if (length >= sizeof kind)
        memcpy(&kind, body, sizeof kind);
    return err_set(e, (enum err_kind)kind, "%.*s",
                   (int)(length >= sizeof kind ? length - sizeof kind : 0),
                   (const char *)body + sizeof kind);
}

static bool frame_take(struct detour *d, enum frame_type type, const void *body, size_t length,
                       struct err *e)
{
    bool good = true;

    if (type == FRAME_ERROR)
        return error_take(body, length, e);
    if (type == FRAME_READY && (good = length == sizeof d->port))
        memcpy(&d->port, body, length);
    else if (type == FRAME_HIST)
        good = lateness_take(d, body, length);
    else if (type == FRAME_FAILURE)
        good = reason_take(d, body, length);
    else if (type == FRAME_DONE)
        d->over = true;
    return good || err_set(e, ERR_MEASURE, "the emulated network sent a frame that is damaged");
}

bool detour_take(struct detour *d, struct err *e)
{
    enum wire_state state = WIRE_NONE;
    enum frame_type type;
    const void *body;
    size_t length;
    bool good = true;

    while (detour_fd(d) >= 0 && good &&
           (state = wire_get(&d->link.wire, d->link.fd, &type, &body, &length)) == WIRE_FRAME)
        good = frame_take(d, type, body, length, e);
    if (good && (!d->on || d->over || state != WIRE_END))
        return true;
    d->over = true;
    return good && err_set(e, ERR_MEASURE, "the emulated network ended during the run");
}

bool detour_end(struct detour *d, struct err *e)
{
    struct pollfd readable = {.fd = detour_fd(d), .events = POLLIN};

    if (readable.fd < 0)
        return true;
    wire_put(readable.fd, FRAME_STOP, NULL, 0, NULL, 0);
    while (!d->over) {
        if (poll(&readable, 1, ENDING_MS) == 0)
            return err_set(e, ERR_MEASURE, "the emulated network did not come to an end in time");
        if (!detour_take(d, e))
            return false;
    }
    return true;
}

void detour_stop(struct detour *d)
{
    char *ending;

    if (!d->on)
        return;
    link_stop(&d->link, d->over ? GRACE_NS : 0, &ending);
    free(ending);
    for (size_t i = 0; i < d->reasons; i++)
        free(d->reason[i].reason);
    free(d->reason);
    *d = (struct detour){.link.fd = -1};
}

/* What becomes of a client whose connection is reset before it is told anything. */
static const char *const reset_words[] = {"closed before the upgrade", "closed before the answer",
                                          "TLS: closed in the middle of the handshake",
                                          "connection reset by peer"};

/* Gives up to *left failures of that name (behind `prefix`) another one. */
static void failures_rename(struct result *r, const char *prefix, const char *from, const char *to,
                            int64_t *left)
{
    char *name = mem_printf("%s%s", prefix, from), *better = mem_printf("%s%s", prefix, to);
    int64_t part = 0;

    for (size_t i = 0; i < r->failures_count && part == 0; i++) {
        struct failure *f = &r->failures[i];

        if (f->kind == FAILURE_CONNECTION && strcmp(f->reason, name) == 0)
            part = f->count < *left ? f->count : *left;
        f->count -= part;
    }
    if (part > 0)
        result_add_failure(r, FAILURE_CONNECTION, better, part);
    *left -= part;
    free(name);
    free(better);
}

/* Rows of which nothing is left go. */
static void failures_sift(struct result *r)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->failures_count; i++)
        if (r->failures[i].count > 0)
            r->failures[kept++] = r->failures[i];
        else
            free(r->failures[i].reason);
    r->failures_count = kept;
}

void detour_explain(const struct detour *d, struct result *r)
{
    for (size_t i = 0; i < d->reasons; i++) {
        int64_t left = d->reason[i].count;

        for (size_t j = 0; j < sizeof reset_words / sizeof *reset_words; j++) {
            failures_rename(r, "", reset_words[j], d->reason[i].reason, &left);
            failures_rename(r, METER_RECONNECT, reset_words[j], d->reason[i].reason, &left);
        }
    }
    failures_sift(r);
}
