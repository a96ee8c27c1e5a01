/* Plans of several scenarios at once. */
#include "runner/file.h"
#include "runner/payload.h"
#include "runner/plan.h"

#include <stdlib.h>
#include <string.h>

/* What the command line says of a mix as a whole. */
static bool mix_options_apply(struct mix *m, const struct plan_options *o, struct err *e)
{
    if (o->target)
        return err_set(e, ERR_USAGE, "--target: the parts of a mix have urls of their own");
    if (o->rate)
        return err_set(e, ERR_USAGE, "--rate: the parts of a mix have rates of their own");
    if (o->clients)
        m->clients = o->clients;
    if (o->duration.ns >= 0)
        m->duration_ns = o->duration.ns;
    if (o->warmup.ns >= 0)
        m->warmup_ns = o->warmup.ns;
    return true;
}

/* One part: the scenario of a file, or a built-in one, with what is the mix's. */
static bool part_load(struct scenario *s, const struct mix *m, size_t i, int64_t clients,
                      const char *folder, const struct plan_options *options, struct err *e)
{
    struct plan_options rest = *options;
    const char *name = m->part[i].path;
    char *path = folder && *name != '/' && plan_is_file(name) ? mem_printf("%s/%s", folder, name)
                                                              : mem_copy(name);
    bool good = plan_read(s, path, e);
    char *own = s->name;

    if (good) {
        s->name = mem_printf("%s/%s", m->name, own);
        free(own);
        s->clients = clients;
        s->ramp_ns = m->ramp_ns;
        s->warmup_ns = m->warmup_ns;
        s->duration_ns = m->duration_ns;
        rest.clients = 0;
        rest.duration.ns = rest.warmup.ns = -1;
        good = plan_settle(s, &rest, e) || err_wrap(e, "%s", path);
    }
    free(path);
    return good || err_wrap(e, "mix[%zu]", i);
}

/* They are one load: on one server, under names that tell them apart. */
static bool parts_agree(const struct plan *p, const struct plan_options *o, struct err *e)
{
    for (size_t i = 1; i < p->parts; i++) {
        enum plan_target first = plan_target(p->part, o), other = plan_target(&p->part[i], o);

        if (first != other)
            return err_set(e, ERR_USAGE, "mix[%zu]: its target is %s, that of mix[0] %s", i,
                           plan_target_name[other], plan_target_name[first]);
        for (size_t j = 0; j < i; j++)
            if (strcmp(p->part[i].name, p->part[j].name) == 0)
                return err_set(e, ERR_USAGE, "mix[%zu]: a part before it has the name %s, too", i,
                               p->part[i].name);
    }
    return true;
}

/* Each part is measured beside all others, which makes them a part of its load. */
static void parts_join(struct plan *p)
{
    struct text all = {0};
    char workload[65], digest[65];

    for (size_t i = 0; i < p->parts; i++) {
        scenario_workload(&p->part[i], workload);
        text_addf(&all, "%s %lld\n", workload, (long long)p->part[i].clients);
    }
    payload_hash(all.data, all.length, digest);
    for (size_t i = 0; i < p->parts; i++)
        memcpy(p->part[i].mix, digest, sizeof digest);
    text_free(&all);
}

static bool mix_load(struct plan *p, const struct text *text, const char *operand,
                     const struct plan_options *options, struct err *e)
{
    char *folder = plan_folder(operand);
    int64_t clients[MIX_PARTS_MAX];
    bool good = mix_parse(&p->mix, text->data, text->length, operand, e);

    if (good) {
        p->part = mem_get(p->mix.parts, sizeof *p->part);
        good = mix_options_apply(&p->mix, options, e) && mix_divide(&p->mix, clients, e);
        for (size_t i = 0; good && i < p->mix.parts; i++)
            good = part_load(&p->part[p->parts++], &p->mix, i, clients[i], folder, options, e);
        good = good && parts_agree(p, options, e);
        if (!good)
            err_wrap(e, "%s", operand);
    }
    if (good)
        parts_join(p);
    free(folder);
    return good;
}

bool plan_open(struct plan *p, const char *operand, const struct plan_options *options,
               struct err *e)
{
    struct text text = {0};
    bool good;

    *p = (struct plan){0};
    if (plan_is_file(operand) && !file_read(operand, &text, e))
        return false;
    if (text.data && mix_is(text.data, text.length)) {
        good = mix_load(p, &text, operand, options, e);
    } else {
        p->part = mem_get(1, sizeof *p->part);
        good = plan_load(&p->part[p->parts++], operand, options, e);
    }
    text_free(&text);
    return good;
}

void plan_close(struct plan *p)
{
    for (size_t i = 0; i < p->parts; i++)
        scenario_free(&p->part[i]);
    free(p->part);
    mix_free(&p->mix);
    *p = (struct plan){0};
}
