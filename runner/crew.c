#include "runner/crew.h"

#include "schema/text.h"
#include "schema/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long the end of a process may take once it has closed its side. */
#define ENDING_NS (NS_PER_S / 10)

/* "the worker", "worker 2 of 4" */
static char *member_name(const struct crew *c, size_t i)
{
    return c->count == 1 ? mem_copy("the worker")
                         : mem_printf("worker %zu of %zu", i + 1, c->count);
}

static bool member_fail(const struct crew *c, size_t i, const char *what, struct err *e)
{
    char *name = member_name(c, i);

    err_set(e, ERR_MEASURE, "%s %s", name, what);
    free(name);
    return false;
}

static bool member_start(struct crew *c, size_t i, const char *program, const struct scenario *s,
                         const char *url, const struct spec_part *part, struct err *e)
{
    struct member *m = &c->member[i];
    struct text spec = {0};
    bool done = spec_write(s, url, part, &spec, e) && link_start(&m->link, program, "worker", e);

    if (done && !wire_put(m->link.fd, FRAME_SPEC, spec.data, spec.length, NULL, 0))
        done = member_fail(c, i, "ended before it was told what to do", e);
    if (spec.data)
        explicit_bzero(spec.data, spec.length); /* the variables of the environment, filled in */
    text_free(&spec);
    return done;
}

bool crew_start(struct crew *c, const char *program, const struct scenario *s, const char *url,
                const struct spec_part *part, struct err *e)
{
    struct spec_part one = *part;

    *c = (struct crew){.member = mem_get((size_t)part->workers, sizeof *c->member),
                       .count = (size_t)part->workers};
    for (size_t i = 0; i < c->count; i++) {
        c->member[i].link.fd = -1;
        c->member[i].rate = NAN;
    }
    for (size_t i = 0; i < c->count; i++) {
        one.worker = (int64_t)i;
        if (!member_start(c, i, program, s, url, &one, e))
            return false;
    }
    return true;
}

void crew_stop(struct crew *c, int64_t grace_ns)
{
    char *ending;

    for (size_t i = 0; i < c->count; i++) {
        link_stop(&c->member[i].link, grace_ns, &ending);
        free(ending);
    }
    free(c->member);
    *c = (struct crew){0};
}

static void progress_take(struct member *m, const struct progress *p, int64_t now_ns)
{
    if (m->heard_ns && now_ns > m->heard_ns)
        m->rate = (double)(p->matched - m->matched) / ((double)(now_ns - m->heard_ns) / 1e9);
    m->matched = p->matched;
    m->heard_ns = now_ns;
}

/* It has closed its side: well, if it had told all. */
static bool member_end(struct crew *c, size_t i, const struct tally *t, struct err *e)
{
    struct member *m = &c->member[i];
    char *ending;
    bool well;

    m->over = true;
    link_stop(&m->link, t->from[i].done ? NS_PER_S : ENDING_NS, &ending);
    well =
        t->from[i].done || member_fail(c, i,
                                       ending     ? ending
                                       : m->ready ? "ended before it had told all that it measured"
                                                  : "ended before it was ready",
                                       e);
    free(ending);
    return well;
}

static bool member_take(struct crew *c, size_t i, struct tally *t, int64_t now_ns, struct err *e)
{
    struct member *m = &c->member[i];
    enum wire_state state;
    enum frame_type type;
    const void *body;
    size_t length;
    bool good = true;

    while ((state = wire_get(&m->link.wire, m->link.fd, &type, &body, &length)) == WIRE_FRAME) {
        good = good && tally_take(t, i, type, body, length, e);
        if (type == FRAME_READY)
            m->ready = true;
        if (type == FRAME_PROGRESS && good)
            progress_take(m, &t->from[i].progress, now_ns);
    }
    if (state != WIRE_END)
        return good;
    if (good)
        return member_end(c, i, t, e);
    member_end(c, i, t, &(struct err){0});
    return false;
}

bool crew_take(struct crew *c, struct tally *t, int64_t now_ns, struct err *e)
{
    struct err later;
    bool good = true;

    for (size_t i = 0; i < c->count; i++)
        if (!c->member[i].over)
            good = member_take(c, i, t, now_ns, good ? e : &later) && good;
    return good;
}

bool crew_check(struct crew *c, const struct tally *t, int64_t now_ns, int64_t silence_ns,
                struct err *e)
{
    char *ending, limit[UNITS_TEXT_SIZE], what[64];
    bool good = true;

    snprintf(what, sizeof what, "was silent for %s and was ended",
             units_format_duration(limit, silence_ns));
    for (size_t i = 0; i < c->count; i++) {
        struct member *m = &c->member[i];

        if (m->over || t->from[i].done || now_ns - m->heard_ns <= silence_ns)
            continue;
        good = member_fail(c, i, what, e);
        m->over = true;
        link_stop(&m->link, 0, &ending);
        free(ending);
    }
    return good;
}

bool crew_tell(struct crew *c, enum frame_type type, const void *body, size_t length)
{
    bool told = true;

    for (size_t i = 0; i < c->count; i++)
        told = !c->member[i].over && wire_put(c->member[i].link.fd, type, body, length, NULL, 0) &&
               told;
    return told;
}

bool crew_ready(const struct crew *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (!c->member[i].ready)
            return false;
    return true;
}

bool crew_over(const struct crew *c, const struct tally *t)
{
    for (size_t i = 0; i < c->count; i++)
        if (!c->member[i].over && !t->from[i].done)
            return false;
    return true;
}

double crew_rate(const struct crew *c)
{
    double rate = 0;

    for (size_t i = 0; i < c->count; i++)
        rate += c->member[i].rate;
    return rate;
}

void crew_heard(struct crew *c, int64_t at_ns)
{
    for (size_t i = 0; i < c->count; i++)
        c->member[i].heard_ns = at_ns;
}

size_t crew_poll(const struct crew *c, struct pollfd *fds)
{
    for (size_t i = 0; i < c->count; i++)
        fds[i] = (struct pollfd){.fd = c->member[i].link.fd, .events = POLLIN};
    return c->count;
}
