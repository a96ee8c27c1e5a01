/* Charts: what is drawn, that the same data gives the same bytes, and that no text becomes markup
 * or gnuplot code. */
#include "report/chart.h"

#include "analyze/analyze.h"
#include "tests/tap.h"
#include "tests/told.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Points are lines without length. */
#define A_POINT "h0"

/* Everything that gnuplot or XML could take for an instruction. */
#define INJECTION                                                                              \
    "T0000T #010200 rgb(  1,   2,   0) \"; system \"touch injected\" # `touch injected` \\\" " \
    "</text><script>alert(1)</script> $(touch injected) {/*9 big} ' @x %s ^2_3 \\n"

static size_t occurrences(const struct text *t, const char *s)
{
    size_t count = 0;

    for (const char *p = t->data; p && (p = strstr(p, s)); p++)
        count++;
    return count;
}

static bool same_bytes(const struct text *a, const struct text *b)
{
    return a->length == b->length && a->length && memcmp(a->data, b->data, a->length) == 0;
}

/* 40 runs around 30 ms, one of them far above. */
enum { RUNS = 40 };
static double value[RUNS];
static int64_t started[RUNS];
static const struct chart_level levels[2] = {{0, 29, 30, 29.5, 30.5, 28, 32},
                                             {30, RUNS - 1, 36.2, NAN, NAN, 34, 38}};

static struct chart_trend trend_get(void)
{
    static const struct chart_change change = {30, 0.2, true, "3f2a9c1d5e"};
    struct chart_trend t = {.title = "burst-load · p95 latency",
                            .subtitle = "main",
                            .metric = METRIC_LATENCY_P95,
                            .value = value,
                            .started_ms = started,
                            .count = RUNS,
                            .level = levels,
                            .levels = 2,
                            .change = &change,
                            .changes = 1,
                            .warning = 40,
                            .critical = 400};

    for (int i = 0; i < RUNS; i++) {
        value[i] = (i < 30 ? 30 : 36) + (i * 7 % 5 - 2) * 0.5;
        started[i] = INT64_C(1795450800123) + i * INT64_C(86400000);
    }
    value[9] = 900;
    value[20] = NAN;
    return t;
}

static void trend_drawn(void)
{
    struct chart_trend t = trend_get();
    struct chart a = {0}, b = {0};
    struct err e = {0};

    OK(chart_trend(&t, &a, &e), "a trend is drawn: %s", e.text);
    /* 40 runs, without the gap, the one above and the newest, which is drawn by itself. */
    OK(occurrences(&a.light, A_POINT) == 37 + 1, "a point a run");
    OK(occurrences(&a.light, ">900 ms<") == 1, "a run above the picture is marked with its value");
    OK(occurrences(&a.light, ">budget 400 ms ↑<") == 1, "so is a budget");
    OK(occurrences(&a.light, ">warn 40 ms<") == 1, "a budget that fits is named at its line");
    OK(occurrences(&a.light, ">36.2 ms<") == 1, "the last level is named");
    OK(occurrences(&a.light, "▲ +20 %  3f2a9c1<") == 1, "a change has its size and commit");
    OK(occurrences(&a.light, "#010") + occurrences(&a.light, "rgb(") == 0, "no mark is left");
    OK(occurrences(&a.light, "fill=\"#ffffff\"") && occurrences(&a.dark, "fill=\"#0d1117\""),
       "light and dark differ in their paper");
    OK(!strcasestr(a.light.data, "gnuplot"), "nothing is told of gnuplot");
    OK(occurrences(&a.page, "var(--i") > 10 && occurrences(&a.page, "#") == 0 &&
           occurrences(&a.page, "style=") == 0,
       "a page's colours are its own");
    chart_trend(&t, &b, &e);
    OK(same_bytes(&a.light, &b.light) && same_bytes(&a.dark, &b.dark), "twice the same bytes");
    chart_free(&a);
    chart_free(&b);

    value[RUNS - 1] = 36 * 3;
    OK(chart_trend(&t, &a, &e) && occurrences(&a.light, A_POINT) == 37 + 1 &&
           occurrences(&a.light, ">last 108 ms<") == 1,
       "the newest run stands in its place, as far as it is");
    chart_free(&a);
    value[RUNS - 1] = 36 * 300;
    OK(chart_trend(&t, &a, &e) && occurrences(&a.light, A_POINT) == 37 &&
           occurrences(&a.light, ">▲<") == 2 && occurrences(&a.light, ">last 10,800 ms<") == 1,
       "unless nothing else could be seen: then it is an arrow, its value at the end");
    chart_free(&a);

    t.title = "a-very-long-scenario-name-that-somebody-made-up-from-a-ticket-number-and-all-of-"
              "its-first-sentence-日本語-JIRA-12345 · p95 latency";
    OK(chart_trend(&t, &a, &e) && occurrences(&a.light, ">a-very-long-scenario-name-that-") &&
           occurrences(&a.light, "…語-JIRA-12345 · p95 latency<") == 1,
       "a long name loses its middle, not what is shown of it");
    chart_free(&a);
    t.title = "名 · p95 latency";

    t.count = 1;
    t.levels = t.changes = 0;
    OK(chart_trend(&t, &a, &e), "one run is drawn");
    OK(occurrences(&a.light, A_POINT) == 1, "as one point");
    chart_free(&a);
    t.count = 0;
    OK(chart_trend(&t, &a, &e) && strstr(a.light.data, "no run has a value"), "none is told");
    chart_free(&a);
}

/* The picture at the top of README: three levels of invented runs, in tests/golden. */
enum { SHOWN_RUNS = 90, FIRST = 38, SECOND = 62 };

static double shown_value(int i, uint32_t *seed)
{
    double level = i < FIRST ? 31 : i < SECOND ? 38.3 : 29.2, noise = 0;

    for (int k = 0; k < 6; k++) {
        *seed = *seed * 1664525 + 1013904223;
        noise += (double)(*seed >> 8) / (1 << 24) - 0.5;
    }
    return level * (1 + 0.042 * noise / 0.7);
}

static void shown_draw(struct chart *out)
{
    static const size_t bounds[] = {0, FIRST, SECOND, SHOWN_RUNS};
    static const struct chart_change changes[] = {{FIRST, 0.24, true, "3f2a9c1"},
                                                  {SECOND, -0.24, false, "b81d077"}};
    static double x[SHOWN_RUNS];
    static int64_t at[SHOWN_RUNS];
    struct chart_level level[3];
    struct chart_trend t = {.title = "burst-load · p95 latency",
                            .subtitle = "main, the last 90 runs · points are runs, line and band "
                                        "are the level between changes (median, 95 % interval)",
                            .metric = METRIC_LATENCY_P95,
                            .value = x,
                            .started_ms = at,
                            .count = SHOWN_RUNS,
                            .level = level,
                            .levels = 3,
                            .change = changes,
                            .changes = 2,
                            .warning = 40,
                            .critical = 44};
    uint32_t seed = 7;
    struct err e = {0};

    for (int i = 0; i < SHOWN_RUNS; i++) {
        x[i] = shown_value(i, &seed);
        at[i] = INT64_C(1788350400000) + i * INT64_C(78000000);
    }
    x[12] = 36.6;
    x[74] = 35.4;
    for (size_t k = 0; k < 3; k++) {
        struct level l;

        level_get(x + bounds[k], bounds[k + 1] - bounds[k], &l);
        level[k] = (struct chart_level){bounds[k], bounds[k + 1] - 1, l.median,   l.lo,
                                        l.hi,      l.spread_lo,       l.spread_hi};
    }
    OK(chart_trend(&t, out, &e), "README's picture is drawn: %s", e.text);
}

static void shown_golden(bool accept)
{
    static const char *const names[] = {"tests/golden/trend-light.svg",
                                        "tests/golden/trend-dark.svg"};
    struct chart chart = {0};
    const struct text *const side[] = {&chart.light, &chart.dark};

    shown_draw(&chart);
    for (size_t i = 0; i < 2; i++) {
        FILE *f = fopen(names[i], accept ? "w" : "r");
        struct text kept = {0};
        char buffer[4096];
        size_t n;

        if (f && accept)
            fwrite(side[i]->data, 1, side[i]->length, f);
        while (f && !accept && (n = fread(buffer, 1, sizeof buffer, f)) > 0)
            text_add_bytes(&kept, buffer, n);
        if (f)
            fclose(f);
        OK(accept || same_bytes(&kept, side[i]), "%s is what is drawn now", names[i]);
        text_free(&kept);
    }
    chart_free(&chart);
}

static void percentiles_drawn(void)
{
    static const struct chart_budget budgets[] = {{99, "p99", 50, true}, {95, "p95", 5000, false}};
    struct chart_percentiles p = {.title = "burst-load · latency by percentile",
                                  .subtitle = "9e01b4d against main",
                                  .budget = budgets,
                                  .budgets = 2};
    struct chart a = {0}, b = {0};
    struct hist before, after;
    struct err e = {0};

    hist_open(&before);
    hist_open(&after);
    p.after = &after;
    OK(chart_percentiles(&p, &a, &e) && strstr(a.light.data, "no message was measured"),
       "a histogram without messages is told: %s", e.text);
    chart_free(&a);
    for (int i = 1; i <= 20000; i++) {
        hist_add(&before, 1000000 + i * INT64_C(2000));
        hist_add(&after, 1000000 + i * INT64_C(2500));
    }
    p.before = &before;
    OK(chart_percentiles(&p, &a, &e), "two sides are drawn: %s", e.text);
    OK(occurrences(&a.light, ">99.99 %<") == 1 && occurrences(&a.light, ">99.999 %<") == 0,
       "percentiles go as far as there are messages");
    OK(occurrences(&a.light, ">budget p99 ≤ 50 ms<") == 1, "a budget stands at its percentile");
    OK(occurrences(&a.light, ">warn p95 ≤ 5,000 ms ↑<") == 1, "one far above is only named");
    OK(occurrences(&a.light, "fill=\"#fae0de\"") > 0 &&
           occurrences(&a.light, "fill=\"#d9eedf\"") == 0,
       "slower everywhere is red and nowhere green");
    chart_percentiles(&p, &b, &e);
    OK(same_bytes(&a.light, &b.light), "twice the same bytes");
    chart_free(&a);
    chart_free(&b);
    hist_close(&before);
    hist_close(&after);
}

/* A run of `seconds`, the n-th of which has n * 10 messages of about n ms. */
static struct result seconds_get(int seconds)
{
    struct result r;
    struct hist h;

    result_init(&r);
    r.histograms = mem_get((size_t)seconds + 1, sizeof *r.histograms);
    hist_open(&h);
    for (int second = -1; second < seconds; second++) {
        struct histogram *kept = &r.histograms[r.histograms_count++];

        hist_reset(&h);
        for (int i = 0; i < 10 * (second + 1); i++)
            hist_add(&h, (second + 1) * INT64_C(1000000) + i);
        *kept = (struct histogram){.metric = METRIC_LATENCY, .second = second};
        kept->hdr = hist_encode(&h, &kept->hdr_length);
    }
    hist_close(&h);
    return r;
}

static void heat_drawn(void)
{
    struct chart_heat h = {.title = "burst-load · every second", .subtitle = "colour: messages"};
    struct result few = seconds_get(4), many = seconds_get(700);
    struct chart a = {0}, b = {0};
    struct err e = {0};

    OK(chart_heat(&h, &a, &e) && strstr(a.light.data, "no second of this run has messages"),
       "a run without seconds is told: %s", e.text);
    chart_free(&a);
    h.histogram = few.histograms;
    h.count = few.histograms_count;
    OK(chart_heat(&h, &a, &e), "a few seconds are drawn");
    /* One cell a second: all messages of a second are within a millionth. */
    OK(occurrences(&a.page, "V") == 4, "a cell for each second, and none for the whole run");
    OK(occurrences(&a.light, ">p99<") == 1 && occurrences(&a.light, ">p50<") == 1, "two lines");
    chart_free(&a);
    h.histogram = many.histograms;
    h.count = many.histograms_count;
    OK(chart_heat(&h, &a, &e) && chart_heat(&h, &b, &e), "many seconds share columns");
    OK(occurrences(&a.light, "min</text>") > 2, "minutes are told as such");
    OK(same_bytes(&a.light, &b.light), "twice the same bytes");
    chart_free(&a);
    chart_free(&b);
    result_free(&few);
    result_free(&many);
}

static void distribution_drawn(void)
{
    struct shift_point point[] = {{10, 10, 11, 0.1, 0.05, 0.15, true, true},
                                  {50, 10, 12, 0.2, 0.15, 0.25, true, true},
                                  {99, 10, 14, 0.4, NAN, NAN, true, false},
                                  {99.9, 10, 90, 8, 1, 20, false, false}};
    struct shift shift = {.metric = METRIC_LATENCY,
                          .point = point,
                          .count = 4,
                          .outcome = OUTCOME_WORSE,
                          .test = SHIFT_POINTWISE};
    struct chart_distribution p = {.title = "steady · before and after", .shift = &shift};
    struct hist before, after;
    struct chart a = {0};
    struct err e = {0};

    hist_open(&before);
    hist_open(&after);
    for (int i = 1; i <= 5000; i++) {
        hist_add(&before, 1000000 + i * INT64_C(2000));
        hist_add(&after, 1000000 + i * INT64_C(2500));
    }
    p.before = &before;
    p.after = &after;
    OK(chart_distribution(&p, &a, &e), "distributions are drawn: %s", e.text);
    OK(occurrences(&a.light, A_POINT) == 3, "a percentile that was not tested has no point");
    OK(occurrences(&a.light, "each by itself") == 1, "what was not tested together is told");
    OK(occurrences(&a.light, ">p50<") && !occurrences(&a.light, ">p99.9<"), "as far as tested");
    OK(occurrences(&a.light, "fill=\"#fae0de\"") == 1, "worse is red");
    chart_free(&a);
    p.title = "a-name-that-is-as-long-as-two-panels-side-by-side · before and after";
    OK(chart_distribution(&p, &a, &e) && strstr(a.light.data, "…by-side · before and after<"),
       "a long name does not reach into the panel beside");
    chart_free(&a);
    shift.count = 0;
    OK(chart_distribution(&p, &a, &e), "without any point too: %s", e.text);
    chart_free(&a);
    hist_close(&before);
    hist_close(&after);
}

static void breaks_drawn(void)
{
    struct chart_trend t = trend_get();
    const struct chart_break broken = {25, INJECTION};
    struct chart a = {0};
    struct err e = {0};

    t.breaks = &broken;
    t.break_count = 1;
    OK(chart_trend(&t, &a, &e) && occurrences(&a.light, "new machine: T0000T #010200") == 1,
       "a new machine is a break with its name: %s", e.text);
    chart_free(&a);
}

static void memory_drawn(void)
{
    struct chart_memory m = {.title = "soak · memory",
                             .subtitle = "x",
                             .mib_per_hour = 12,
                             .from_s = 200,
                             .to_s = 999,
                             .news = NEWS_WORSE};
    struct result r;
    struct chart a = {0};
    struct err e = {0};

    result_init(&r);
    OK(chart_memory(&m, &a, &e) && strstr(a.light.data, "was not observed"),
       "a run without memory is told: %s", e.text);
    chart_free(&a);
    for (int32_t second = 0; second < 1000; second++) {
        result_add_point(&r, METRIC_TARGET_RSS_PEAK, second, 100 + second / 300.0);
        result_add_point(&r, METRIC_TARGET_CPU_MEAN, second, 50);
    }
    m.point = r.points;
    m.count = r.points_count;
    OK(chart_memory(&m, &a, &e), "memory is drawn: %s", e.text);
    OK(occurrences(&a.light, ">103 MiB<") == 1, "with what it ends at");
    OK(occurrences(&a.light, ">+12 MiB/h<") == 1, "and its slope");
    chart_free(&a);
    result_free(&r);
}

static void multiples_drawn(void)
{
    static const double flat[] = {5, 5.1, NAN, 4.9};
    const struct chart_level level = {0, 3, 5, NAN, NAN, 4.9, 5.1};
    const struct chart_cell cells[] = {
        {INJECTION, "p95 latency 5 ms, +20 %", NEWS_WORSE, flat, 4, &level, 1},
        {"a checkout with a long name (feature/one)", "0 %", NEWS_NONE, flat, 4, &level, 1},
        {"empty", "no value", NEWS_BETTER, flat, 0, &level, 0},
        {"one", "one", NEWS_NONE, flat, 1, &level, 0},
        {"five", "in the second row", NEWS_BETTER, flat, 4, &level, 1},
    };
    const struct chart_multiples m = {"all series", "each with its own scale", cells, 5};
    struct chart a = {0}, b = {0};
    struct err e = {0};

    OK(chart_multiples(&m, &a, &e), "many series are drawn: %s", e.text);
    OK(occurrences(&a.light, A_POINT) == 3 * 3 + 1, "a point a run");
    OK(strstr(a.light.data, "height=\"332\""), "as high as its rows");
    OK(!strstr(a.light.data, "<script"), "names stay text");
    OK(strstr(a.light.data, "(feature/one)<"), "a long one keeps its end");
    chart_multiples(&m, &b, &e);
    OK(same_bytes(&a.light, &b.light), "twice the same bytes");
    chart_free(&a);
    chart_free(&b);
}

static void capacity_drawn(void)
{
    static const double load[] = {1, 8, 16, 32}, throughput[] = {20, 130, 200, 240};
    struct chart_capacity p = {.title = "throughput by load",
                               .subtitle = "x",
                               .load = load,
                               .throughput = throughput,
                               .count = 4,
                               .gamma = 20,
                               .alpha = 0.02,
                               .beta = 0.001,
                               .peak_load = 31.3};
    struct chart a = {0};
    struct err e = {0};

    OK(chart_capacity(&p, &a, &e), "a capacity curve is drawn: %s", e.text);
    OK(occurrences(&a.light, A_POINT) == 4, "a point a load");
    /* 20 * 31.3 / (1 + 0.02 * 30.3 + 0.001 * 31.3 * 30.3) = 245.0 */
    OK(occurrences(&a.light, ">peak 245 at 31.3<") == 1, "its peak is named");
    OK(occurrences(&a.light, "text-anchor=\"middle\">peak 245") == 1, "above it");
    chart_free(&a);
    p.alpha = 0;
    p.beta = 0.04;
    p.peak_load = 5;
    OK(chart_capacity(&p, &a, &e) && occurrences(&a.light, ">peak ") == 1 &&
           occurrences(&a.light, "text-anchor=\"middle\">peak") == 0,
       "or below the curve, where it would stand on the other name");
    chart_free(&a);
    p.beta = 0;
    p.peak_load = NAN;
    OK(chart_capacity(&p, &a, &e) && occurrences(&a.light, "peak") == 0, "where it has one");
    chart_free(&a);
}

static void text_inert(void)
{
    struct chart_trend t = trend_get();
    struct chart_change change = {30, 0.2, true, INJECTION};
    struct chart a = {0};
    struct err e = {0};

    t.title = t.subtitle = INJECTION;
    t.change = &change;
    unlink("injected");
    OK(chart_trend(&t, &a, &e), "hostile text is drawn: %s", e.text);
    OK(access("injected", F_OK) != 0, "gnuplot ran none of it");
    OK(a.light.data && !strstr(a.light.data, "<script"), "XML took none of it");
    OK(strstr(a.light.data, "&#60;/text&#62;&#60;script&#62;alert(1)"),
       "it stands there as it was");
    OK(strstr(a.light.data, "T0000T #010200 rgb(  1,   2,   0)"), "marks within it stay text");
    chart_free(&a);
    t.title = HOSTILE HOSTILE;
    OK(chart_trend(&t, &a, &e) && strstr(a.light.data, "…</text>"), "long titles are cut");
    chart_free(&a);
}

static void gnuplot_missing(void)
{
    struct chart_trend t = trend_get();
    char *path = mem_copy(getenv("PATH"));
    struct chart a = {0};
    struct err e = {0};

    setenv("PATH", "/nonexistent", 1);
    OK(!chart_trend(&t, &a, &e) && e.kind == ERR_MEASURE, "without gnuplot there is no chart");
    tap_is(e.text, "gnuplot is not installed", "and one sentence");
    setenv("PATH", path ? path : "/usr/bin:/bin", 1);
    chart_free(&a);
    free(path);
}

int main(int argc, char **argv)
{
    bool accept = argc > 1 && strcmp(argv[1], "accept") == 0;

    shown_golden(accept);
    if (accept)
        return tap_end();
    trend_drawn();
    percentiles_drawn();
    heat_drawn();
    distribution_drawn();
    breaks_drawn();
    memory_drawn();
    multiples_drawn();
    capacity_drawn();
    text_inert();
    gnuplot_missing();
    return tap_end();
}
