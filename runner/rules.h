/* rules: a scenario's `match`, ready for use on the messages that come from the target. */
#ifndef RUNNER_RULES_H
#define RUNNER_RULES_H

#include "runner/reply.h"
#include "schema/scenario.h"

#include <stdbool.h>
#include <stddef.h>

struct rule_term {
    struct pointer pointer;
    struct found want; /* FOUND_NOTHING: anything that is not null or false */
};
struct rule { /* met where all of its terms are */
    struct rule_term *term;
    size_t terms;
};
struct rule_list {
    struct rule *item;
    size_t count;
};

struct rules {
    struct pointer id, content, time, sequence;          /* of NULL text: not asked for */
    struct pointer usage[2];                             /* how many tokens a reply had */
    struct rule_list done, error, ignore, reply, expect; /* the last two as in match and hello */
};

/* The scenario is borrowed: it must live as long. */
void rules_open(struct rules *r, const struct scenario *s);
void rules_close(struct rules *r);

bool rule_met(const struct rule *rule, const struct reply *r);
bool rules_any(const struct rule_list *l, const struct reply *r);

#endif
