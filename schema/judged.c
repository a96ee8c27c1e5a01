#include "schema/judged.h"

#include "schema/json.h"
#include "schema/quantile.h"

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

static void series_point_free(struct series_point *p)
{
    free(p->commit_sha);
    free(p->session);
}

void series_free(struct series *s)
{
    for (size_t i = 0; i < s->count; i++)
        series_point_free(&s->point[i]);
    free(s->point);
    *s = (struct series){0};
}

static bool text_same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool point_same(const struct series_point *a, const struct series_point *b)
{
    return text_same(a->commit_sha, b->commit_sha) && text_same(a->session, b->session);
}

/* Sessions of one commit may have run at the same time, so that their runs alternate. How far apart
 * one run and the next can be is bounded, or a commit of many sessions would take forever. */
enum { FOLD_REACH = 64 };

void series_fold(struct series *s)
{
    double *value = mem_get(s->count + 1, sizeof *value);
    bool *taken = mem_get(s->count + 1, sizeof *taken);
    size_t kept = 0;

    for (size_t i = 0; i < s->count; i++) {
        size_t runs = 0, last = i;

        if (taken[i])
            continue;
        for (size_t j = i; j < s->count && j < last + FOLD_REACH; j++) {
            if (taken[j] || !point_same(&s->point[i], &s->point[j]))
                continue;
            taken[j] = true;
            last = j;
            value[runs++] = s->point[j].value;
            if (j != i)
                series_point_free(&s->point[j]);
        }
        quantile_sort(value, runs);
        s->point[kept] = s->point[i];
        s->point[kept].value = quantile_sorted(value, runs, 0.5);
        s->point[kept++].runs = runs;
    }
    s->count = kept;
    free(taken);
    free(value);
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
