/* Plans of several scenarios at once. */
#include "runner/file.h"
#include "runner/plan.h"
#include "schema/url.h"

#include <stdlib.h>
#include <string.h>

/* What the command line says of a mix as a whole. */
static bool mix_options_apply(struct mix *m, const struct plan_options *o, struct err *e)
{
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

/* One part: the scenario of its file, with what is common to all. */
static bool part_read(struct scenario *s, const struct mix *m, size_t i, const char *folder,
                      struct err *e)
{
    char *path = scenario_path_in(folder, m->part[i].path), *own;
    struct text text = {0}, whole = {0};
    bool good = file_read(path, &text, e) &&
                mix_part_text(m, text.data ? text.data : "", text.length, path, &whole, e) &&
                scenario_parse(s, whole.data, whole.length, path, e);

    if (good) {
        own = s->name;
        s->name = mem_printf("%s/%s", m->name, own);
        s->folder = plan_folder(path);
        free(own);
    }
    text_free(&whole);
    text_free(&text);
    free(path);
    return good || err_wrap(e, "mix[%zu]", i);
}

/* A server for all parts; where on it, each says for itself. */
static bool part_aim(struct scenario *s, const char *target, struct err *e)
{
    struct url url;
    const char *host, *path;
    char *aimed;

    if (!s->url) {
        s->url = mem_copy(target);
        return true;
    }
    if (!url_parse(&url, target, e))
        return err_wrap(e, "--target");
    host = strstr(target, "://") + 3;
    path = strstr(s->url, "://") + 3;
    path += strcspn(path, "/?");
    aimed = mem_printf("%s%s://%.*s%s", s->protocol == PROTOCOL_SSE ? "http" : "ws",
                       url.tls ? "s" : "", (int)strcspn(host, "/?"), host, path);
    free(s->url);
    s->url = aimed;
    return true;
}

/* Gives a part what is the mix's and the command line's, and checks the whole. */
static bool part_settle(struct scenario *s, const struct mix *m, size_t i, int64_t clients,
                        const struct plan_options *options, struct err *e)
{
    struct plan_options rest = *options;

    s->clients = clients;
    s->ramp_ns = m->ramp_ns;
    s->warmup_ns = m->warmup_ns;
    s->duration_ns = m->duration_ns;
    rest.target = NULL;
    rest.clients = 0;
    rest.duration.ns = rest.warmup.ns = -1;
    return ((!options->target || part_aim(s, options->target, e)) && plan_settle(s, &rest, e)) ||
           err_wrap(e, "mix[%zu]: %s", i, m->part[i].path);
}

static bool parts_load(struct plan *p, const char *folder, const struct plan_options *options,
                       struct err *e)
{
    int64_t clients[MIX_PARTS_MAX], all = 0;
    bool good = mix_options_apply(&p->mix, options, e);

    p->part = mem_get(p->mix.parts, sizeof *p->part);
    for (size_t i = 0; good && i < p->mix.parts; i++) {
        good = part_read(&p->part[p->parts++], &p->mix, i, folder, e);
        all += p->part[i].clients;
    }
    good = good && mix_divide(&p->mix, p->mix.clients ? p->mix.clients : all, clients, e);
    for (size_t i = 0; good && i < p->parts; i++)
        good = part_settle(&p->part[i], &p->mix, i, clients[i], options, e);
    return good;
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
    char workload[SHA256_SIZE], digest[SHA256_SIZE];

    for (size_t i = 0; i < p->parts; i++) {
        scenario_workload(&p->part[i], workload);
        text_addf(&all, "%s %lld\n", workload, (long long)p->part[i].clients);
    }
    sha256_hex(all.data, all.length, digest);
    for (size_t i = 0; i < p->parts; i++)
        memcpy(p->part[i].mix, digest, sizeof digest);
    text_free(&all);
}

static bool mix_load(struct plan *p, const struct text *text, const char *operand,
                     const struct plan_options *options, struct err *e)
{
    char *folder = plan_folder(operand);
    bool good = mix_parse(&p->mix, text->data, text->length, operand, e);

    if (good) {
        good = (parts_load(p, folder, options, e) && parts_agree(p, options, e)) ||
               err_wrap(e, "%s", operand);
        if (good)
            parts_join(p);
    }
    free(folder);
    return good;
}

bool plan_open(struct plan *p, const char *operand, const struct plan_options *options,
               struct err *e)
{
    struct text text = {0};
    bool good;

    *p = (struct plan){0};
    good = plan_text(operand, &text, e);
    if (good && mix_is(text.data, text.length)) {
        good = mix_load(p, &text, operand, options, e);
    } else if (good) {
        p->part = mem_get(1, sizeof *p->part);
        good = plan_scenario(&p->part[p->parts++], operand, &text, options, e);
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
