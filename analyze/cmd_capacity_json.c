/* A measured capacity as JSON: schema/json/capacity.schema.json. */
#include "analyze/cmd_capacity_told.h"
#include "analyze/cmd_input.h"

#include <math.h>

static void quoted_add(struct text *out, const char *before, const char *value)
{
    text_add(out, before);
    if (value)
        json_quote(out, value);
    else
        text_add(out, "null");
}

static void strain_json(struct text *out, const struct strain *s)
{
    quoted_add(out, ",\"metric\":", isnan(s->limit) ? NULL : metrics[s->metric].name);
    input_number_add(out, ",\"value\":", s->value);
    input_number_add(out, ",\"limit\":", s->limit);
}

static void fit_json(const struct usl *u, struct text *out)
{
    input_number_add(out, "\"gamma\":", u->gamma);
    input_number_add(out, ",\"alpha\":", u->alpha);
    input_number_add(out, ",\"beta\":", u->beta);
    input_number_add(out, ",\"peak_load\":", u->peak_load);
    input_number_add(out, ",\"peak_throughput\":", u->peak_throughput);
    input_number_add(out, ",\"limit\":", u->limit);
    text_addf(out, ",\"bounded\":%s", u->bounded ? "true" : "false");
    input_number_add(out, ",\"r2\":", u->r2);
}

static void probe_json(struct text *out, const struct capacity_probe *p)
{
    static const char *const held[] = {"true", "false", "null"};

    quoted_add(out, "{\"uuid\":", p->uuid);
    input_number_add(out, ",\"load\":", p->load);
    quoted_add(out, ",\"status\":", run_status_name[p->status]);
    quoted_add(out, ",\"reason\":", p->reason);
    text_addf(out, ",\"within_budget\":%s", held[p->answer]);
    input_number_add(out, ",\"throughput\":", p->throughput);
    strain_json(out, &p->strain);
    text_add(out, "}");
}

void capacity_json(const struct capacity *c, struct text *out)
{
    quoted_add(out, "{\"schema_version\":1,\"scenario\":", c->prober.scenario->name);
    quoted_add(out, ",\"session\":", session_name(c->prober.session));
    quoted_add(out, ",\"summary\":", c->summary);
    quoted_add(out, ",\"vary\":", capacity_vary_name[c->prober.vary]);
    quoted_add(out, ",\"end\":", capacity_end_name[c->end]);
    input_number_add(out, ",\"load\":", c->load);
    input_number_add(out, ",\"throughput\":", c->throughput);
    text_addf(out, ",\"at_least\":%s,\"beyond\":", c->at_least ? "true" : "false");
    if (c->beyond) {
        input_number_add(out, "{\"load\":", c->beyond->load);
        strain_json(out, &c->beyond->strain);
        text_add(out, "}");
    } else {
        text_add(out, "null");
    }
    input_number_add(out, ",\"users\":", c->users > 0 ? c->users : NAN);
    input_number_add(out, ",\"headroom\":", c->users > 0 ? c->headroom : NAN);
    input_number_add(out, ",\"users_per_instance\":", c->users_each);
    input_number_add(out, ",\"instances\":", c->instances);
    text_add(out, c->fitted ? ",\"fit\":{" : ",\"fit\":null");
    if (c->fitted) {
        fit_json(&c->fit, out);
        text_add(out, "}");
    }
    text_add(out, ",\"probes\":[");
    for (size_t i = 0; i < c->probes.count; i++) {
        text_add(out, i ? "," : "");
        probe_json(out, &c->probes.probe[i]);
    }
    text_add(out, "]}\n");
}
