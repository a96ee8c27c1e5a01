#include "schema/scenario_parts.h"
#include "schema/units.h"
#include "schema/url.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char masked[] = "***";

void scenario_duration_add(cJSON *to, const char *key, int64_t ns)
{
    char text[UNITS_TEXT_SIZE];

    cJSON_AddStringToObject(to, key, units_format_duration(text, ns));
}

static void rate_add(cJSON *to, const struct rate *r, bool workload)
{
    cJSON *o;

    if (r->pattern == RATE_MAX) {
        cJSON_AddStringToObject(to, "rate", "max");
        return;
    }
    if (r->pattern == RATE_CONSTANT) {
        cJSON_AddNumberToObject(to, "rate", r->value);
        return;
    }
    o = cJSON_AddObjectToObject(to, "rate");
    cJSON_AddStringToObject(o, "pattern", scenario_patterns[r->pattern]);
    for (const struct rate_number *n = rate_numbers; n->key; n++)
        if (n->pattern == r->pattern)
            cJSON_AddNumberToObject(o, n->key, rate_number_get(n, r));
    if (r->pattern == RATE_BURST)
        scenario_duration_add(o, "period", r->period_ns);
    if (r->pattern == RATE_TRACE)
        scenario_trace_add(o, r, workload);
}

static void message_add(cJSON *to, const struct message *m, bool workload)
{
    cJSON *o = cJSON_AddObjectToObject(to, "message");

    switch (m->form) {
    case MESSAGE_SIZE:
    case MESSAGE_FORMS:
        cJSON_AddNumberToObject(o, "size", (double)m->size_bytes);
        break;
    case MESSAGE_TEXT:
        cJSON_AddStringToObject(o, "text", m->text);
        break;
    case MESSAGE_JSON:
        cJSON_AddItemToObject(o, "json", scenario_text_json(m->text, true));
        break;
    case MESSAGE_FILE:
    case MESSAGE_LINES: /* another name of the same content is the same load */
        cJSON_AddStringToObject(o, m->form == MESSAGE_FILE ? "file" : "lines",
                                workload && *m->sha256 ? m->sha256 : m->path);
        break;
    }
    cJSON_AddBoolToObject(o, "binary", m->binary);
    cJSON_AddNumberToObject(o, "batch", (double)m->batch);
    if (m->fragment || !workload)
        cJSON_AddNumberToObject(o, "fragment", (double)m->fragment);
}

static void headers_add(cJSON *to, const struct scenario *s)
{
    cJSON *o = s->headers_count ? cJSON_AddObjectToObject(to, "headers") : NULL;

    for (size_t i = 0; i < s->headers_count; i++) {
        const struct header *h = &s->headers[i];

        cJSON_AddStringToObject(o, h->name, scenario_header_secret(h->name) ? masked : h->value);
    }
}

static void string_add(cJSON *to, const char *key, const char *text)
{
    if (text)
        cJSON_AddStringToObject(to, key, text);
}

static void tls_add(cJSON *to, const struct tls_files *t)
{
    cJSON *o = t->ca || t->cert ? cJSON_AddObjectToObject(to, "tls") : NULL;

    if (!o)
        return;
    string_add(o, "ca", t->ca);
    string_add(o, "cert", t->cert);
    string_add(o, "key", t->key);
}

static void limit_add(cJSON *to, const char *key, double limit)
{
    if (!isnan(limit))
        cJSON_AddNumberToObject(to, key, limit);
}

static void budgets_add(cJSON *to, const struct budget_list *b)
{
    cJSON *all = b->count ? cJSON_AddObjectToObject(to, "budgets") : NULL;

    for (size_t i = 0; i < b->count; i++) {
        cJSON *o = cJSON_AddObjectToObject(all, metrics[b->item[i].metric].name);

        limit_add(o, "warning", b->item[i].warning);
        limit_add(o, "critical", b->item[i].critical);
        limit_add(o, "regression", b->item[i].regression);
    }
}

void scenario_print(const struct scenario *s, struct text *out)
{
    cJSON *o = cJSON_CreateObject(), *observe;
    char *url = s->url ? url_safe(s->url) : NULL;

    cJSON_AddStringToObject(o, "name", s->name);
    if (s->description)
        cJSON_AddStringToObject(o, "description", s->description);
    cJSON_AddStringToObject(o, "protocol", scenario_protocols[s->protocol]);
    if (url)
        cJSON_AddStringToObject(o, "url", url);
    headers_add(o, s);
    if (s->subprotocol)
        cJSON_AddStringToObject(o, "subprotocol", s->subprotocol);
    cJSON_AddStringToObject(o, "exchange", scenario_exchanges[s->exchange]);
    for (const struct scenario_field *f = scenario_fields; f->key; f++) {
        if (f->offset == offsetof(struct scenario, duration_ns) && scenario_trace_unread(s))
            continue;
        if (f->duration)
            scenario_duration_add(o, f->key, scenario_field_get(f, s));
        else
            cJSON_AddNumberToObject(o, f->key, (double)scenario_field_get(f, s));
    }
    cJSON_AddStringToObject(o, "phase", scenario_phases[s->phase]);
    rate_add(o, &s->rate, false);
    message_add(o, &s->message, false);
    scenario_match_add(o, s, true);
    scenario_link_add(o, s);
    scenario_network_add(o, &s->network);
    scenario_clients_add(o, s, false);
    tls_add(o, &s->tls);
    cJSON_AddBoolToObject(o, "compression", s->compression);
    observe = s->observe_pid || s->prometheus ? cJSON_AddObjectToObject(o, "observe") : NULL;
    if (s->observe_pid)
        cJSON_AddNumberToObject(observe, "pid", (double)s->observe_pid);
    if (s->prometheus) {
        char *safe = url_safe(s->prometheus);

        cJSON_AddStringToObject(observe, "prometheus", safe);
        free(safe);
    }
    budgets_add(o, &s->budgets);
    json_print(o, true, out);
    cJSON_Delete(o);
    free(url);
}

static int name_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of the headers, in lower case and sorted: neither shapes the load. */
static void header_names_add(cJSON *to, const struct scenario *s)
{
    char **names = mem_get(s->headers_count, sizeof *names);
    cJSON *list = cJSON_AddArrayToObject(to, "headers");

    for (size_t i = 0; i < s->headers_count; i++) {
        names[i] = mem_copy(s->headers[i].name);
        for (char *p = names[i]; *p; p++)
            *p = (char)tolower((unsigned char)*p);
    }
    qsort(names, s->headers_count, sizeof *names, name_compare);
    for (size_t i = 0; i < s->headers_count; i++) {
        cJSON_AddItemToArray(list, cJSON_CreateString(names[i]));
        free(names[i]);
    }
    free(names);
}

/* A field that comes later is added only where it differs from its default, so that the workloads
 * of recorded runs stay what they are. */
static cJSON *workload_tree(const struct scenario *s)
{
    cJSON *o = cJSON_CreateObject();
    struct url url;
    struct err ignored = {0};
    char *path;

    url_parse(&url, s->url ? s->url : scenario_default_url(s), &ignored);
    path = url_safe(url.path);
    cJSON_AddStringToObject(o, "protocol", scenario_protocols[s->protocol]);
    cJSON_AddStringToObject(o, "scheme",
                            url.http  ? (url.tls ? "https" : "http")
                            : url.tls ? "wss"
                                      : "ws");
    cJSON_AddStringToObject(o, "path", path);
    cJSON_AddStringToObject(o, "exchange", scenario_exchanges[s->exchange]);
    if (s->headers_count)
        header_names_add(o, s);
    if (s->subprotocol)
        cJSON_AddStringToObject(o, "subprotocol", s->subprotocol);
    for (const struct scenario_field *f = scenario_fields; f->key; f++)
        cJSON_AddNumberToObject(o, f->key, (double)scenario_field_get(f, s));
    cJSON_AddStringToObject(o, "phase", scenario_phases[s->phase]);
    rate_add(o, &s->rate, true);
    message_add(o, &s->message, true);
    scenario_match_add(o, s, true);
    scenario_link_add(o, s);
    scenario_network_add(o, &s->network);
    scenario_clients_add(o, s, true);
    if (*s->mix)
        cJSON_AddStringToObject(o, "mix", s->mix);
    if (s->compression)
        cJSON_AddBoolToObject(o, "compression", true);
    if (s->tls.cert) /* where the files are does not matter */
        cJSON_AddBoolToObject(o, "client_certificate", true);
    free(path);
    return o;
}

void scenario_workload(const struct scenario *s, char out[SHA256_SIZE])
{
    cJSON *tree = workload_tree(s);
    struct text canonical = {0};

    json_canonical(tree, &canonical);
    sha256_hex(canonical.data, canonical.length, out);
    cJSON_Delete(tree);
    text_free(&canonical);
}
