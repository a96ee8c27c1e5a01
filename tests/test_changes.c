/* Change points: what is found where the truth is known, that it depends on nothing but the values,
 * and that no input is too odd. */
#include "analyze/analyze.h"

#include "tests/changes_noise.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>

static struct step_list found;

static size_t find_on(const double *value, size_t count, enum metric_scale scale)
{
    changes_find(value, count, scale, &found);
    return found.count;
}

static size_t find(const double *value, size_t count)
{
    return find_on(value, count, SCALE_LOG);
}

static bool near(double a, double b, double within)
{
    return fabs(a - b) <= within;
}

/* 60 runs, the last 20 of them 10 % slower, 2 % noise. */
static void one_step(struct made *m, uint64_t seed)
{
    *m = (struct made){.count = 60, .change = {40}, .changes = 1, .cv = 0.02, .step = log(1.1)};
    series_fill(m, &(struct noise){.state = seed}, SERIES_NORMAL);
}

static void test_step(void)
{
    static struct made m;
    int at_place = 0, covered = 0, sided = 0, times = 200;

    for (int i = 0; i < times; i++) {
        one_step(&m, 1000 + (uint64_t)i);
        if (find(m.value, m.count) != 1)
            continue;
        at_place += found.step[0].index == 40;
        covered += found.step[0].lo <= 0.1 && 0.1 <= found.step[0].hi;
        covered += found.step[0].lo <= 1 / 1.1 - 1 && 1 / 1.1 - 1 <= found.step[0].hi;
        sided += near(found.step[0].after / found.step[0].before - 1, found.step[0].change, 1e-9) &&
                 found.step[0].p < 1e-4;
    }
    OK(at_place >= 180, "a step of 5 sd is found at its very run in %d of %d", at_place, times);
    OK(covered >= 170, "and its interval covers it in %d", covered);
    OK(sided >= 196, "change, levels and p agree in %d", sided);
}

/* The same in another unit, upside down, backwards. */
static void test_properties(void)
{
    static struct made m;
    double other[60], gaps[120];
    struct step first;

    one_step(&m, 7);
    OK(find(m.value, 60) == 1, "one change");
    first = found.step[0];
    OK(find(m.value, 60) == 1 && memcmp(&first, &found.step[0], sizeof first) == 0,
       "twice the same, bit for bit");
    for (int i = 0; i < 60; i++)
        other[i] = m.value[i] * 1024;
    OK(find(other, 60) == 1 && found.step[0].index == first.index &&
           near(found.step[0].change, first.change, 1e-9),
       "the unit does not matter");
    for (int i = 0; i < 60; i++)
        other[i] = 1 / m.value[i];
    OK(find(other, 60) == 1 && found.step[0].index == first.index &&
           near(1 / (1 + found.step[0].change) - 1, first.change, 1e-6),
       "nor does up and down");
    for (int i = 0; i < 60; i++)
        other[i] = m.value[59 - i];
    OK(find(other, 60) == 1 && near((double)found.step[0].index, 60 - (double)first.index, 1),
       "backwards it is at the other end");
    for (int i = 0; i < 120; i++)
        gaps[i] = i % 2 ? (double)NAN : m.value[i / 2];
    OK(find(gaps, 120) == 1 && found.step[0].index == 2 * first.index,
       "runs that are missing count for its index only");
    for (int i = 0; i < 60; i++)
        other[i] = m.value[i] - 2 * m.value[0];
    find_on(other, 60, SCALE_LOG);
    OK(found.count == 1 && found.step[0].index == first.index,
       "values below 0 are taken as they are");
    find_on(m.value, 60, SCALE_RATIO);
    OK(found.count == 1 && near(found.step[0].change, found.step[0].after - found.step[0].before,
                                1e-9 * m.value[0]),
       "a change of a ratio is a difference");
}

/* Without a change nothing is found, or a spike would be one. */
static void test_quiet(void)
{
    static struct made m;
    size_t alarms = 0, points = 0, spikes = 0;

    for (int kind = 0; kind < SERIES_KINDS; kind++)
        for (int i = 0; i < 100; i++) {
            m = (struct made){.count = 200, .cv = 0.03};
            series_fill(&m, &(struct noise){.state = (uint64_t)(5000 + 100 * kind + i)},
                        (enum series_kind)kind);
            alarms += find(m.value, m.count);
            points += m.count;
        }
    OK(1000.0 * (double)alarms / (double)points <= 0.6, "%zu false change points in %zu runs",
       alarms, points);
    for (int i = 0; i < 100; i++) {
        m = (struct made){.count = 50, .cv = 0.02};
        series_fill(&m, &(struct noise){.state = (uint64_t)(9000 + i)}, SERIES_NORMAL);
        m.value[20] *= 10;
        m.value[21] *= 3;
        m.value[49] *= 5;
        spikes += find(m.value, m.count);
    }
    OK(spikes <= 2, "spikes are no changes of level: %zu in 100 series", spikes);
}

/* Exact values, as counts and rounded figures have them. */
static void test_ties(void)
{
    double value[40];

    for (int i = 0; i < 40; i++)
        value[i] = 5;
    OK(find(value, 40) == 0, "a constant does not change");
    for (int i = 20; i < 40; i++)
        value[i] = 6;
    OK(find(value, 40) == 1 && found.step[0].index == 20 && near(found.step[0].before, 5, 1e-6) &&
           near(found.step[0].change, 0.2, 1e-6),
       "one exact level and then another is a change");
    value[10] = 50;
    OK(find(value, 40) == 1 && found.step[0].index == 20, "with a spike in it, too");
    for (int i = 0; i < 40; i++)
        value[i] = i % 7 == 3;
    find_on(value, 40, SCALE_COUNT);
    OK(found.count == 0, "mostly 0 and now and then 1 is no change");
    for (int i = 0; i < 40; i++)
        value[i] = i < 25 ? 0 : 4 + i % 3;
    find_on(value, 40, SCALE_COUNT);
    OK(found.count == 1 && found.step[0].index == 25 && found.step[0].before == 0,
       "from none to five is one");
    OK(find(value, 40) == 1 && isnan(found.step[0].change), "its share cannot be said");
    for (int i = 0; i < 40; i++)
        value[i] = 100 + i * 0.5 + (i % 3) * 0.1;
    OK(find(value, 40) == 0, "a straight line is a trend, not a change");
    for (int i = 0; i < 40; i++)
        value[i] = i - 5;
    OK(find(value, 40) == 0, "nor is an exact one");
}

static bool sane(size_t count)
{
    size_t last = 0;

    for (size_t i = 0; i < found.count; i++) {
        if (found.step[i].index <= last || found.step[i].index >= count ||
            !isfinite(found.step[i].before) || !isfinite(found.step[i].after))
            return false;
        last = found.step[i].index;
    }
    return true;
}

static void test_odd(void)
{
    static double value[20000];
    struct noise r = {.state = 3};
    int broken = 0;

    OK(find(value, 0) == 0 && find(value, 1) == 0 && find(value, 4) == 0, "none, one, four values");
    for (int i = 0; i < 100; i++)
        value[i] = i % 2 ? (double)NAN : INFINITY;
    OK(find(value, 100) == 0, "nothing but gaps and infinities");
    for (int i = 0; i < 100; i++)
        value[i] = i < 50 ? 1.7e308 : -1.7e308;
    OK(find(value, 100) == 1 && sane(100), "the largest numbers");
    for (int i = 0; i < 100; i++)
        value[i] = i < 50 ? 5e-324 : 1.7e308;
    OK(find(value, 100) == 1 && sane(100), "the smallest and the largest");
    for (int i = 0; i < 20000; i++)
        value[i] = exp(0.03 * noise_normal(&r) + (i >= 12345 ? 0.05 : 0));
    OK(find(value, 20000) == 1 && near((double)found.step[0].index, 12345, 2), "20,000 runs");
    for (int i = 0; i < 500; i++) {
        size_t n = (size_t)(noise_uniform(&r) * 60);

        for (size_t k = 0; k < n; k++) {
            double u = noise_uniform(&r);

            value[k] = u < 0.1   ? (double)NAN
                       : u < 0.2 ? 0
                       : u < 0.3 ? -noise_uniform(&r)
                       : u < 0.4 ? exp(1400 * noise_uniform(&r) - 700)
                                 : floor(5 * noise_uniform(&r));
        }
        find(value, n);
        broken += !sane(n + 1);
    }
    OK(broken == 0, "500 heaps of odd values");
}

int main(void)
{
    test_step();
    test_properties();
    test_quiet();
    test_ties();
    test_odd();
    step_list_free(&found);
    return tap_end();
}
