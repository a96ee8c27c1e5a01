#include "schema/run.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const run_status_name[] = {"running", "ok", "overloaded", "interrupted", "failed"};
const char *const failure_kind_name[] = {"connection", "message"};

void environment_free(struct environment *env)
{
    free(env->key);
    free(env->name);
    free(env->architecture);
    free(env->cpu_model);
    free(env->os);
    free(env->container);
    free(env->kernel);
    free(env->libraries);
    free(env->governor);
    *env = (struct environment){0};
}

void run_free(struct run *r)
{
    char *const owned[] = {r->project,       r->branch,         r->commit_sha,    r->commit_time,
                           r->commit_author, r->commit_subject, r->commit_parent, r->pr,
                           r->run_url,       r->session,        r->role,          r->tool_version,
                           r->scenario,      r->workload,       r->definition,    r->extra};

    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    for (size_t i = 0; i < r->labels_count; i++) {
        free(r->labels[i].key);
        free(r->labels[i].value);
    }
    free(r->labels);
    tag_list_free(&r->commit_tags);
    environment_free(&r->environment);
    budget_list_free(&r->budgets);
    *r = (struct run){0};
}

void result_init(struct result *r)
{
    *r = (struct result){0};
    for (int i = 0; i < METRIC_COUNT; i++)
        r->value[i] = NAN;
}

void result_free(struct result *r)
{
    for (size_t i = 0; i < r->histograms_count; i++)
        free(r->histograms[i].hdr);
    for (size_t i = 0; i < r->failures_count; i++)
        free(r->failures[i].reason);
    free(r->reason);
    free(r->points);
    free(r->histograms);
    free(r->failures);
    free(r->extra);
    free(r->unobserved);
    result_init(r);
}

void result_add_point(struct result *r, enum metric_id metric, int32_t second, double value)
{
    r->points = mem_grow(r->points, r->points_count + 1, sizeof *r->points);
    r->points[r->points_count++] = (struct point){metric, second, value};
}

void result_add_failure(struct result *r, enum failure_kind kind, const char *reason, int64_t count)
{
    for (size_t i = 0; i < r->failures_count; i++) {
        struct failure *f = &r->failures[i];

        if (f->kind == kind && strcmp(f->reason, reason) == 0) {
            f->count += count;
            return;
        }
    }
    r->failures = mem_grow(r->failures, r->failures_count + 1, sizeof *r->failures);
    r->failures[r->failures_count++] = (struct failure){kind, mem_copy(reason), count};
}

static void run_row_free(struct run_row *row)
{
    free(row->project);
    free(row->scenario);
    free(row->workload);
    free(row->environment);
    free(row->branch);
    free(row->commit_sha);
    free(row->session);
    free(row->reason);
}

void run_list_free(struct run_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        run_row_free(&l->row[i]);
    free(l->row);
    *l = (struct run_list){0};
}

void run_list_drop(struct run_list *l, size_t i)
{
    run_row_free(&l->row[i]);
    l->count--;
    memmove(l->row + i, l->row + i + 1, (l->count - i) * sizeof *l->row);
}
