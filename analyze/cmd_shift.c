#include "analyze/cmd_shift.h"

#include "analyze/judge.h"
#include "schema/text.h"

#include <stdlib.h>

/* The runs of one side that have a histogram. */
struct side {
    struct quantiles *run;
    int *session;
    size_t count;
};

static void side_free(struct side *s)
{
    free(s->run);
    free(s->session);
}

static struct quantile_sample sample_of(const struct side *s)
{
    return (struct quantile_sample){s->run, s->session, s->count};
}

static bool side_get(struct side *out, const struct run_list *runs, struct names *names,
                     struct store *store, struct hist *h, struct err *e)
{
    out->run = mem_get(runs->count + 1, sizeof *out->run);
    out->session = mem_get(runs->count + 1, sizeof *out->session);
    for (size_t i = 0; i < runs->count; i++) {
        struct run_row *row = &runs->row[i];

        if (row->status != RUN_OK)
            continue;
        hist_reset(h);
        if (!store_histogram(store, &(struct run_list){row, 1}, METRIC_LATENCY, h, e))
            return false;
        if (h->total == 0)
            continue;
        quantiles_get(h, HIST_UNIT_MS, &out->run[out->count]);
        out->session[out->count++] = name_number(names, row->session ? row->session : "");
    }
    return true;
}

void shift_keep(struct judged_list *list, struct shift *shift, const struct run_row *of)
{
    shift->scenario = mem_copy(of->scenario);
    shift->environment = mem_copy(of->environment);
    shift->scenario_id = of->scenario_id;
    shift->environment_id = of->environment_id;
    list->shift = mem_grow(list->shift, list->shifts + 1, sizeof *list->shift);
    list->shift[list->shifts++] = *shift;
}

bool shift_recorded(struct judged_list *list, struct store *store, const struct run_list *const *of,
                    const struct compare_options *options, struct err *e)
{
    struct side before = {0}, after = {0}, history = {0};
    struct compare_options o = *options;
    struct names names = {0};
    struct hist h;
    struct shift s;
    bool done;

    hist_open(&h);
    done = side_get(&after, of[1], &names, store, &h, e) &&
           (after.count == 0 || side_get(&before, of[0], &names, store, &h, e)) &&
           (before.count == 0 || side_get(&history, of[2], &names, store, &h, e));
    hist_close(&h);
    if (done && before.count > 0 && after.count > 0) {
        struct quantile_sample b = sample_of(&before), a = sample_of(&after);
        struct quantile_sample past = sample_of(&history);

        o.better = BETTER_LOWER;
        compare_shift(&b, &a, &past, &o, &s);
        shift_keep(list, &s, &of[1]->row[0]);
    }
    side_free(&before);
    side_free(&after);
    side_free(&history);
    free(names.name);
    return done;
}

bool shift_add(struct judged_list *list, const struct subject *subject, struct store *store,
               const struct compare_options *options, struct err *e)
{
    const struct run_list *const of[] = {&subject->before.runs, &subject->after.runs,
                                         &subject->history.runs};

    return shift_recorded(list, store, of, options, e);
}
