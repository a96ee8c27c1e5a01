#include "runner/record.h"

#include "runner/environment.h"
#include "runner/uuid.h"
#include "schema/json.h"
#include "schema/units.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

bool record_labels_check(const struct arg_list *labels, struct err *e)
{
    for (size_t i = 0; i < labels->count; i++) {
        const char *equals = strchr(labels->item[i], '=');

        if (!equals || equals == labels->item[i])
            return err_set(e, ERR_USAGE, "--label: expected KEY=VALUE, found %s", labels->item[i]);
    }
    return true;
}

void record_label(struct run *r, const char *label_key, const char *label_value)
{
    size_t i = 0;
    char *key = mem_copy(label_key), *value = mem_copy(label_value);

    text_clean(key);
    text_clean(value);
    while (i < r->labels_count && strcmp(r->labels[i].key, key) != 0)
        i++;
    if (i == r->labels_count) {
        r->labels = mem_grow(r->labels, i + 1, sizeof *r->labels);
        r->labels[i] = (struct label){0};
        r->labels_count++;
    }
    free(r->labels[i].key);
    free(r->labels[i].value);
    r->labels[i] = (struct label){key, value};
}

/* A label of the command line, "K=V". */
static void label_take(struct run *r, const char *text)
{
    size_t n = strcspn(text, "=");
    char *key = mem_printf("%.*s", (int)n, text);

    record_label(r, key, text + n + 1);
    free(key);
}

void record_labels_take(struct run *r, const struct arg_list *labels)
{
    for (size_t i = 0; i < labels->count; i++)
        label_take(r, labels->item[i]);
}

/* What has no column of its own. */
static char *extra_text(const struct record_facts *f)
{
    struct text out = {0};

    text_addf(&out, "{\"target\":\"%s\",\"workers\":%lld", f->target, (long long)f->workers);
    for (size_t i = 0; i < f->target_options.count; i++) {
        text_add(&out, i ? "," : ",\"target_options\":[");
        json_quote(&out, f->target_options.item[i]);
    }
    if (f->target_options.count)
        text_add(&out, "]");
    if (f->identity->position_reason) {
        text_add(&out, ",\"position_unknown\":");
        json_quote(&out, f->identity->position_reason);
    }
    text_add(&out, "}");
    return out.data;
}

void record_identity(struct run *r, const struct identity *id)
{
    r->project = mem_copy(id->project);
    r->branch = mem_copy(id->branch);
    r->commit_sha = mem_copy(id->commit_sha);
    r->commit_time = mem_copy(id->commit_time);
    r->commit_author = mem_copy(id->commit_author);
    r->commit_subject = mem_copy(id->commit_subject);
    r->commit_parent = mem_copy(id->commit_parent);
    r->commit_position = id->commit_position;
    r->commit_tags.tag = mem_get(id->commit_tags.count + 1, sizeof *r->commit_tags.tag);
    for (size_t i = 0; i < id->commit_tags.count; i++)
        r->commit_tags.tag[r->commit_tags.count++] = (struct commit_tag){
            mem_copy(id->commit_tags.tag[i].name), mem_copy(id->commit_tags.tag[i].sha)};
    r->dirty = id->dirty;
    r->pr = mem_copy(id->pr);
    r->run_url = mem_copy(id->run_url);
}

void record_make(struct run *r, const struct scenario *s, const struct record_facts *facts,
                 int64_t repeat, int64_t seed)
{
    char workload[SHA256_SIZE];
    struct text definition = {0};
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    *r = (struct run){.repeat = repeat, .seed = seed};
    r->started_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / NS_PER_MS;
    uuid_make(r->uuid, r->started_ms);
    record_identity(r, facts->identity);
    r->session = mem_copy(facts->session);
    text_clean(r->session);
    r->tool_version = mem_copy(STREAMGAUGE_VERSION);
    scenario_workload(s, workload);
    scenario_print(s, &definition);
    r->scenario = mem_copy(s->name);
    r->workload = mem_copy(workload);
    r->definition = definition.data;
    environment_get(&r->environment, facts->environment);
    record_labels_take(r, &facts->labels);
    for (size_t i = 0; i < s->budgets.count; i++)
        budget_list_put(&r->budgets, &s->budgets.item[i]);
    r->extra = extra_text(facts);
}

void record_row(struct run_row *row, const struct run *r, const struct result *result)
{
    *row = (struct run_row){.id = r->id,
                            .project = mem_copy(r->project),
                            .scenario = mem_copy(r->scenario),
                            .workload = mem_copy(r->workload),
                            .environment = mem_copy(r->environment.key),
                            .branch = mem_copy(r->branch),
                            .commit_sha = mem_copy(r->commit_sha),
                            .session = mem_copy(r->session),
                            .reason = mem_copy(result->reason),
                            .position = r->commit_position,
                            .commit_ms = -1,
                            .repeat = r->repeat,
                            .started_ms = r->started_ms,
                            .status = result->status};
    memcpy(row->uuid, r->uuid, sizeof row->uuid);
}
