/* /broadcast: what one sends all receive, the sender too. */
#include "runner/target_parts.h"

#include <stdio.h>
#include <string.h>

/* Of a member that does not read, so much is kept; what exceeds it, it misses. */
enum { KEPT_MAX = 8 << 20 };

void room_open(struct target *t, struct conn *c)
{
    if (c->kind == CONN_STREAM)
        conn_begin(t, c);
    c->member = true;
    c->next = t->members;
    if (c->next)
        c->next->before = c;
    t->members = c;
    t->members_count++;
}

void room_leave(struct target *t, struct conn *c)
{
    if (!c->member)
        return;
    if (c->before)
        c->before->next = c->next;
    else
        t->members = c->next;
    if (c->next)
        c->next->before = c->before;
    c->member = false;
    t->members_count--;
}

void room_message(struct target *t, struct conn *c, const void *body, size_t length, bool binary)
{
    char told[64];

    for (struct conn *member = t->members; member; member = member->next)
        if (target_takes(t) && member->kept + length <= KEPT_MAX)
            conn_send(t, member, body, length, binary);
    if (c->kind == CONN_POST) {
        snprintf(told, sizeof told, "{\"type\":\"sent\",\"receivers\":%lld}",
                 (long long)t->members_count);
        conn_send(t, c, told, strlen(told), false);
        conn_end(t, c);
    }
}
