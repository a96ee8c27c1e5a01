/* One gate over many comparisons: worked examples, properties, and the rates of error over metrics
 * that move together. */
#include "tests/gate_noise.h"
#include "tests/tap.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

static void test_examples(void)
{
    /* Family p by Simes: 0.003, 0.02 (0.04 x 2 / 2 or 0.01 x 2), 0.5. BH at 0.05: the first two
     * (0.02 <= 0.05 x 2/3). Inside at 0.05 x 2/3: 0.001 <= 0.0333/3 and 0.01 <= 0.0333/2; 0.03 is
     * found too (<= 0.0333), 0.04 is not. */
    struct gate_item item[] = {{1, 0.03, false},  {2, 0.01, false}, {3, 0.5, false},
                               {1, 0.001, false}, {2, 0.04, false}, {1, NAN, true},
                               {1, 0.012, false}};
    struct gate_item equal[] = {{5, 0.03, false}, {5, 0.03, false}, {5, 0.03, false}};
    struct gate_item weak[] = {{1, 0.021, false}, {1, 0.0491, false}, {1, 0.0499, false}};

    gate_find(item, COUNT(item), 0.05, 0.05 * 2 / 3);
    OK(item[3].found && item[6].found && item[0].found, "the first family is found, all of it");
    OK(item[1].found && !item[4].found, "of the second what stands by itself");
    OK(!item[2].found, "the third is not");
    OK(!item[5].found, "what has no p takes no part");
    gate_find(equal, COUNT(equal), 0.05, 0.05 * 2 / 3);
    OK(equal[0].found && equal[1].found && equal[2].found, "three of one p move together");
    gate_find(weak, COUNT(weak), 0.05, 0.05 * 2 / 3);
    OK(weak[0].found, "a family that is found has a member that stands for it");
    gate_find(item, 0, 0.05, 0.05 * 2 / 3);
    OK(true, "nothing is no trouble");
}

static void test_single(void)
{
    struct gate_item one = {0, 0.0100, false};

    gate_find(&one, 1, 0.01, 0.05);
    OK(one.found, "one metric is found at q itself");
    one.p = 0.0101;
    gate_find(&one, 1, 0.01, 0.05);
    OK(!one.found, "and not beyond");
}

/* More evidence anywhere never loses a finding. */
static void test_monotone(void)
{
    struct noise r = {.state = 8};
    int kept = 0, times = 500;

    for (int t = 0; t < times; t++) {
        struct gate_item a[12], b[12];
        bool lost = false;

        for (int i = 0; i < 12; i++) {
            a[i] = (struct gate_item){i % 4, pow(noise_uniform(&r), 4), false};
            b[i] = a[i];
            b[i].p *= noise_uniform(&r) < 0.3 ? noise_uniform(&r) : 1;
        }
        gate_find(a, 12, 0.05, 0.05 * 2 / 3);
        gate_find(b, 12, 0.05, 0.05 * 2 / 3);
        for (int i = 0; i < 12; i++) {
            bool family_a = false, family_b = false;

            for (int k = i % 4; k < 12; k += 4) {
                family_a |= a[k].found;
                family_b |= b[k].found;
            }
            lost |= family_a && !family_b;
        }
        kept += !lost;
    }
    OK(kept == times, "smaller p never lose a family (%d of %d)", kept, times);
}

static void test_rates(void)
{
    static const size_t sessions[] = {0, 1, 3, 20};
    enum { TIMES = 400 };

    for (size_t m = 0; m < COUNT(sessions); m++) {
        struct noise r = {.state = 70 + m};
        int red = 0;

        for (int t = 0; t < TIMES; t++)
            red += gate_turn(&r, sessions[m], 0, 0).red;
        /* 10 in 1,000 are 4 in 400; 11 or more are less likely than 0.3 % */
        OK(red <= 10, "%zu sessions: %d red gates of %d unchanged commits", sessions[m], red,
           TIMES);
    }
    for (size_t m = 0; m < COUNT(sessions); m++) {
        struct noise r = {.state = 80 + m};
        int red = 0, other = 0, times = 100;

        for (int t = 0; t < times; t++) {
            struct gate_turn turn = gate_turn(&r, sessions[m], 30, log(1.6));

            red += turn.red;
            other += turn.other;
        }
        OK(red >= 95 && other <= 8, "%zu sessions: one cause of 30 found in %d, with others in %d",
           sessions[m], red, other);
    }
}

int main(void)
{
    test_examples();
    test_single();
    test_monotone();
    test_rates();
    return tap_end();
}
