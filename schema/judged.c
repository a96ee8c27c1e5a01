#include "schema/judged.h"

#include "schema/json.h"
#include "schema/quantile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const outcome_name[] = {NULL, "same", "better", "worse", "inconclusive"};

const char *const shift_test_name[] = {"pointwise", "parametric", "permutation"};

void shift_free(struct shift *s)
{
    free(s->scenario);
    free(s->environment);
    free(s->point);
    *s = (struct shift){0};
}

void judged_list_free(struct judged_list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free(l->row[i].scenario);
        free(l->row[i].environment);
        free(l->row[i].note);
        free(l->row[i].since);
    }
    for (size_t i = 0; i < l->shifts; i++)
        shift_free(&l->shift[i]);
    free(l->row);
    free(l->shift);
    free(l->summary);
    *l = (struct judged_list){0};
}

const char *const change_state_name[] = {"new", "confirmed", "expected", "fixed", "false-alarm"};

void series_runs_free(struct series_runs *r)
{
    for (size_t i = 0; i < r->count; i++) {
        free(r->run[i].commit_sha);
        free(r->run[i].session);
    }
    free(r->run);
    free(r->value);
    *r = (struct series_runs){0};
}

static bool text_same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool run_same(const struct series_run *a, const struct series_run *b)
{
    return text_same(a->commit_sha, b->commit_sha) && text_same(a->session, b->session);
}

/* Sessions of one commit may have run at the same time, so that their runs alternate. How far apart
 * one run and the next can be is bounded, or a commit of many sessions would take forever. */
enum { FOLD_REACH = 64 };

void series_fold(struct series_runs *r)
{
    for (size_t i = 0; i < r->count; i++) {
        r->run[i].first = true;
        r->run[i].next = 0;
    }
    for (size_t i = 0; i < r->count; i++) {
        size_t last = i;

        for (size_t j = i + 1; r->run[i].first && j < r->count && j < last + FOLD_REACH; j++) {
            if (!r->run[j].first || !run_same(&r->run[i], &r->run[j]))
                continue;
            r->run[j].first = false;
            r->run[last].next = j;
            last = j;
        }
    }
}

void series_get(const struct series_runs *r, enum metric_id metric, struct series *out)
{
    *out = (struct series){.point = mem_get(r->count + 1, sizeof *out->point)};
    for (size_t i = 0; i < r->count; i++)
        if (!isnan(r->value[i][metric]))
            out->point[out->count++] = (struct series_point){&r->run[i], r->value[i][metric], 1};
}

void series_get_folded(const struct series_runs *r, enum metric_id metric, struct series *out)
{
    double *value = mem_get(r->count + 1, sizeof *value);

    *out = (struct series){.point = mem_get(r->count + 1, sizeof *out->point)};
    for (size_t i = 0; i < r->count; i++) {
        struct series_point p = {0};
        size_t k;

        if (!r->run[i].first)
            continue;
        k = i;
        do {
            if (isnan(r->value[k][metric]))
                continue;
            if (!p.run)
                p.run = &r->run[k];
            value[p.runs++] = r->value[k][metric];
        } while ((k = r->run[k].next) > 0);
        if (!p.run)
            continue;
        quantile_sort(value, p.runs);
        p.value = quantile_sorted(value, p.runs, 0.5);
        out->point[out->count++] = p;
    }
    free(value);
}

void series_free(struct series *s)
{
    free(s->point);
    *s = (struct series){0};
}

void step_list_free(struct step_list *l)
{
    free(l->step);
    *l = (struct step_list){0};
}

void step_add_json(const struct step *s, struct text *out)
{
    json_add_number(out, ",\"before\":", s->before);
    json_add_number(out, ",\"after\":", s->after);
    json_add_number(out, ",\"change\":", s->change);
    json_add_number(out, ",\"interval\":[", s->lo);
    json_add_number(out, ",", s->hi);
    json_add_number(out, "],\"p\":", s->p);
}

void change_point_list_free(struct change_point_list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free(l->point[i].scenario);
        free(l->point[i].environment);
        free(l->point[i].branch);
        free(l->point[i].commit_sha);
        free(l->point[i].previous_sha);
        free(l->point[i].note);
    }
    free(l->point);
    *l = (struct change_point_list){0};
}
