/* A series as a line of blocks. */
#include "schema/sparkline.h"

#include "tests/tap.h"

#include <math.h>
#include <stdlib.h>

static void line_is(const double *value, size_t count, size_t columns, const char *want,
                    const char *name)
{
    struct text out = {0};

    sparkline_add(&out, value, count, columns);
    tap_is(out.data ? out.data : "", want, name);
    text_free(&out);
}

int main(void)
{
    static double many[1000];

    line_is((double[]){0, 1, 2, 3, 4, 5, 6, 7}, 8, 10, "▁▂▃▄▅▆▇█",
            "from the least to the greatest");
    line_is((double[]){1, NAN, 2}, 3, 10, "▁ █", "what is missing is a gap");
    line_is((double[]){5, 5}, 2, 10, "▄▄", "a constant stands in the middle");
    line_is((double[]){-INFINITY, 0, 1, INFINITY}, 4, 10, "▁▁██", "infinities are at the ends");
    line_is((double[]){-1.7e308, 0, 1.7e308}, 3, 10, "▁▅█", "the largest numbers");
    line_is(NULL, 0, 10, "", "nothing");
    for (int i = 0; i < 1000; i++)
        many[i] = 1;
    line_is(many, 1000, 7, "▄▄▄▄▄▄▄", "means of a constant are constant");
    for (int i = 0; i < 1000; i++)
        many[i] = i < 500;
    line_is(many, 1000, 4, "██▁▁", "many values by their means");
    return tap_end();
}
