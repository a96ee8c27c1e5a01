#include "runner/rules.h"

#include "schema/text.h"

#include <stdlib.h>
#include <string.h>

/* What a term's value is, as it is found in a message. */
static struct found value_read(const char *value)
{
    static const struct pointer whole = {0};
    struct reply r;

    if (!value)
        return (struct found){.kind = FOUND_NOTHING};
    reply_read(&r, value, strlen(value), false);
    return reply_find(&r, &whole);
}

static void rule_open(struct rule *rule, const struct condition *c)
{
    *rule = (struct rule){mem_get(c->terms + 1, sizeof *rule->term), c->terms};
    for (size_t i = 0; i < c->terms; i++) {
        pointer_open(&rule->term[i].pointer, c->term[i].pointer);
        rule->term[i].want = value_read(c->term[i].value);
    }
}

static void list_open(struct rule_list *l, const struct condition_list *c)
{
    *l = (struct rule_list){mem_get(c->count + 1, sizeof *l->item), c->count};
    for (size_t i = 0; i < c->count; i++)
        rule_open(&l->item[i], &c->item[i]);
}

static void list_close(struct rule_list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        for (size_t k = 0; k < l->item[i].terms; k++)
            pointer_close(&l->item[i].term[k].pointer);
        free(l->item[i].term);
    }
    free(l->item);
}

static void pointer_open_if(struct pointer *p, const char *text)
{
    if (text)
        pointer_open(p, text);
}

void rules_open(struct rules *r, const struct scenario *s)
{
    const struct match *m = &s->match;

    *r = (struct rules){
        .reply = {mem_get(m->replies + 1, sizeof *r->reply.item), m->replies},
        .expect = {mem_get(s->hello_count + 1, sizeof *r->expect.item), s->hello_count}};
    pointer_open_if(&r->id, m->id);
    pointer_open_if(&r->content, m->content);
    pointer_open_if(&r->time, m->time);
    pointer_open_if(&r->sequence, m->sequence);
    pointer_open(&r->usage[0], "/usage/completion_tokens");
    pointer_open(&r->usage[1], "/usage/output_tokens");
    list_open(&r->done, &m->done);
    list_open(&r->error, &m->error);
    list_open(&r->ignore, &m->ignore);
    for (size_t i = 0; i < m->replies; i++)
        rule_open(&r->reply.item[i], &m->reply[i].when);
    for (size_t i = 0; i < s->hello_count; i++)
        rule_open(&r->expect.item[i], &s->hello[i].expect);
}

void rules_close(struct rules *r)
{
    pointer_close(&r->id);
    pointer_close(&r->content);
    pointer_close(&r->time);
    pointer_close(&r->sequence);
    pointer_close(&r->usage[0]);
    pointer_close(&r->usage[1]);
    list_close(&r->done);
    list_close(&r->error);
    list_close(&r->ignore);
    list_close(&r->reply);
    list_close(&r->expect);
    *r = (struct rules){0};
}

static bool term_met(const struct rule_term *t, const struct reply *r)
{
    struct found f = reply_find(r, &t->pointer);
    double want, have;

    if (t->want.kind == FOUND_NOTHING)
        return found_true(&f);
    if (t->want.kind != f.kind)
        return false;
    if (f.kind == FOUND_NUMBER)
        return found_number(&t->want, &want) && found_number(&f, &have) && want == have;
    if (f.kind != FOUND_STRING)
        return true;
    /* The wanted one is canonical: escapes only where JSON must have them. */
    return found_same(&t->want, &f);
}

bool rule_met(const struct rule *rule, const struct reply *r)
{
    for (size_t i = 0; i < rule->terms; i++)
        if (!term_met(&rule->term[i], r))
            return false;
    return r->json;
}

bool rules_any(const struct rule_list *l, const struct reply *r)
{
    for (size_t i = 0; i < l->count; i++)
        if (rule_met(&l->item[i], r))
            return true;
    return false;
}
