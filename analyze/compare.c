/* Two sets of runs of a log metric. The method, its sources and what it was measured to do are in
 * README.md, "Comparing two sets of runs". */
#include "analyze/analyze.h"
#include "analyze/decide.h"
#include "analyze/distributions.h"
#include "analyze/spread.h"

#include "schema/text.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct compare_options compare_defaults = {0.05, 0.02, 0.05,  BETTER_LOWER, 0,
                                                 0,    0,    false, NULL};

/* Sessions whose numbers are never given: the sides' where none are told. */
enum { SESSION_BEFORE = INT_MIN, SESSION_AFTER, SESSION_HISTORY };

static const double prior_share = 0.5;  /* between sessions, of the variance within, ... */
static const double prior_df = 4;       /* ... and what that assumption weighs */
static const double gate_prior_df = 12; /* ... where it is one of many metrics */
static const double least_share = 0.03; /* no machine repeats itself better than this */
static const double doubt = 1.3;        /* from here on session means vary more than runs explain */
static const double many_sessions = 6;
static const double floor_weight = 10;
static const double welch_ratio = 4;

/* Both sides and the history, and what they say about the noise. */
struct evidence {
    struct side before, after, history;
    struct noise_floor noise;
    double least;                     /* variance of a run that rounding explains */
    double share_before, share_after; /* variance of a side's mean in within variances */
    double share_between;             /* of the change, in between variances; 0: interleaved */
};

static double share_within(const struct side *s)
{
    double sum = 0;

    for (size_t i = 0; i < s->cells; i++)
        sum += 1 / (double)s->cell[i].runs;
    return sum / ((double)s->cells * (double)s->cells);
}

/* Sum over sessions of (weight after - weight before)^2: what is common cancels. Cells are in
 * order of their sessions. */
static double share_between(const struct side *before, const struct side *after)
{
    double wb = 1 / (double)before->cells, wa = 1 / (double)after->cells, sum = 0;
    size_t b = 0, a = 0;

    while (b < before->cells || a < after->cells) {
        bool take_b = b < before->cells &&
                      (a == after->cells || before->cell[b].session <= after->cell[a].session);
        bool take_a = a < after->cells &&
                      (b == before->cells || after->cell[a].session <= before->cell[b].session);
        double weight = (take_a ? wa : 0) - (take_b ? wb : 0);

        sum += weight * weight;
        b += take_b;
        a += take_a;
    }
    return before->cells == after->cells && sum < 1e-12 ? 0 : sum;
}

static void evidence_open(struct evidence *ev, const struct sample *before,
                          const struct sample *after, const struct sample *history)
{
    side_open(&ev->before, before, SESSION_BEFORE);
    side_open(&ev->after, after, SESSION_AFTER);
    side_open(&ev->history, history, SESSION_HISTORY);
    ev->noise = history_winsorise(&ev->history);
    side_winsorise(&ev->before, &ev->noise);
    side_winsorise(&ev->after, &ev->noise);
    if (ev->before.runs == 0 || ev->after.runs == 0)
        return;
    ev->share_before = share_within(&ev->before);
    ev->share_after = share_within(&ev->after);
    ev->share_between = share_between(&ev->before, &ev->after);
}

static void evidence_close(struct evidence *ev)
{
    side_free(&ev->before);
    side_free(&ev->after);
    side_free(&ev->history);
}

/* df 0: nothing is known. */
static struct variance variance_of(double squares, double df)
{
    return (struct variance){df > 0 ? squares / df : 0, df};
}

/* A variance moderated by the noise floor. */
static struct variance moderated(const struct evidence *ev, double squares, double df)
{
    double weight = fmin(floor_weight, ev->noise.df);

    return variance_of(squares + weight * ev->noise.sd * ev->noise.sd, df + weight);
}

static bool variances_differ(const struct variance *a, const struct variance *b)
{
    return fmax(a->value, b->value) > welch_ratio * fmin(a->value, b->value);
}

/* Variance within sessions, of either side. */
static void spread_within(const struct evidence *ev, struct spread *s)
{
    const struct side *b = &ev->before, *a = &ev->after, *h = &ev->history;
    struct variance vb = moderated(ev, b->squares, b->df), va = moderated(ev, a->squares, a->df);
    struct variance both = moderated(ev, b->squares + a->squares, b->df + a->df);

    s->welch = b->df > 0 && a->df > 0 && variances_differ(&vb, &va);
    if (!s->welch && ev->share_between > 0)
        both = variance_of(b->squares + a->squares + h->squares, b->df + a->df + h->df);
    s->before = s->welch ? vb : both;
    s->after = s->welch ? va : both;
    s->before.value = fmax(s->before.value, ev->least);
    s->after.value = fmax(s->after.value, ev->least);
}

/* Variance within sessions, as the mean of the sides. Two variances that differ are independent
 * (Satterthwaite, 1946): most of their mean is the larger one, and so are most of its df. */
static struct variance within_mean(const struct spread *s)
{
    double b = s->before.value, a = s->after.value, squares;

    if (!s->welch)
        return s->before;
    squares = b * b / s->before.df + a * a / s->after.df;
    return (struct variance){(b + a) / 2, (b + a) * (b + a) / squares};
}

/* Variance between sessions: from the sessions known, and from the assumption that it is half of
 * the variance within, which weighs less the more sessions there are. */
static void spread_between(const struct evidence *ev, struct spread *s)
{
    struct between known = {0};
    struct variance mean = within_mean(s);
    double within = mean.value, within_df = mean.df, m, mean_square, chance;

    between_add_history(&known, &ev->history, within);
    between_add(&known, ev->before.cell, ev->before.cells);
    between_add(&known, ev->after.cell, ev->after.cells);
    m = known.df + 1;
    mean_square = known.df > 0 ? known.squares / known.df : 0;
    if (!(within_df > 0)) {
        s->between = (struct variance){mean_square, known.df >= 2 ? known.df : 0};
    } else if (m < many_sessions) {
        double excess = (m - 1) * (mean_square - within * known.inverse_runs);

        s->between.value = fmax(0, (prior_df * prior_share * within + excess) / (m - 1 + prior_df));
        s->between.df = (m - 1 + prior_df) * within_df / (within_df + 1);
        s->cautious =
            (struct variance){s->between.value, 1 / (1 / (m - 1 + gate_prior_df) + 1 / within_df)};
    } else {
        double excess = mean_square - within * known.inverse_runs;
        double least = within * least_share;

        chance = within * known.inverse_runs + least;
        s->between = mean_square > doubt * chance ? (struct variance){excess, m - 1}
                                                  : (struct variance){least, within_df};
        s->cautious = (struct variance){fmax(excess, least), m - 1};
    }
}

/* What rounding hides of either side's noise. */
static double least_of(const struct evidence *ev)
{
    size_t count = ev->before.runs + ev->after.runs;
    double *all = mem_get(count + 1, sizeof *all), least;

    memcpy(all, ev->before.value, ev->before.runs * sizeof *all);
    memcpy(all + ev->before.runs, ev->after.value, ev->after.runs * sizeof *all);
    least = rounding_variance(all, count);
    free(all);
    return least;
}

static void spread_of(const struct evidence *ev, struct spread *s)
{
    *s = (struct spread){.share_before = ev->share_before,
                         .share_after = ev->share_after,
                         .share_between = ev->share_between,
                         .runs_before = ev->before.runs,
                         .runs_after = ev->after.runs};
    spread_within(ev, s);
    if (ev->share_between > 0)
        spread_between(ev, s);
    if (!(s->cautious.df > 0))
        s->cautious = s->between;
}

void compare_log(const struct sample *before, const struct sample *after,
                 const struct sample *history, const struct compare_options *options,
                 struct comparison *out)
{
    struct evidence ev = {0};
    struct spread spread;

    evidence_open(&ev, before, after, history);
    *out = (struct comparison){.before = ev.before.runs > 0 ? exp(ev.before.mean) : (double)NAN,
                               .after = ev.after.runs > 0 ? exp(ev.after.mean) : (double)NAN,
                               .before_runs = ev.before.runs,
                               .after_runs = ev.after.runs,
                               .before_sessions = ev.before.cells,
                               .after_sessions = ev.after.cells,
                               .history_sessions = ev.history.cells,
                               .before_outliers = ev.before.outliers,
                               .after_outliers = ev.after.outliers};
    out->outliers_p = fisher_two_sided((int64_t)ev.before.outliers, (int64_t)ev.before.runs,
                                       (int64_t)ev.after.outliers, (int64_t)ev.after.runs);
    if (ev.before.runs > 0 && ev.after.runs > 0) {
        ev.least = options->rounded ? least_of(&ev) : 0;
        spread_of(&ev, &spread);
        decide_log(ev.after.mean - ev.before.mean, &spread, options, out);
    } else {
        decide_nothing(out);
    }
    evidence_close(&ev);
}

bool compare_estimate(const struct sample *before, const struct sample *after,
                      const struct sample *history, struct estimate *out)
{
    struct evidence ev = {0};
    struct spread spread;
    bool usable;

    evidence_open(&ev, before, after, history);
    usable = ev.before.runs > 0 && ev.after.runs > 0;
    *out = (struct estimate){.before_runs = ev.before.runs, .after_runs = ev.after.runs};
    if (usable) {
        spread_of(&ev, &spread);
        out->before = ev.before.mean;
        out->after = ev.after.mean;
        out->variance = decide_variance(&spread);
        out->together = ev.before.cells == 1 && ev.after.cells == 1 && ev.share_between == 0;
    }
    evidence_close(&ev);
    return usable;
}
