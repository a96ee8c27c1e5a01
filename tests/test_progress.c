/* The line on the terminal: what it says, and that it never exceeds the terminal. */
#include "runner/progress.h"
#include "tests/tap.h"

static struct progress_view view = {.title = "hundred 2/5",
                                    .elapsed_s = 12,
                                    .total_s = 33,
                                    .open = 100,
                                    .rate = 1000.2,
                                    .p95_ns = 29300000,
                                    .errors = 1};

static void line_is(int width, const char *want, const char *name)
{
    struct text line = {0};

    progress_line(&view, width, &line);
    tap_is(line.data, want, name);
    text_free(&line);
}

int main(void)
{
    line_is(100,
            "hundred 2/5  [========>              ]  0:12, 0:21 left  100 open  1,000 msg/s  p95 "
            "29.3 ms  1 error",
            "a wide terminal has a bar");
    line_is(79, "hundred 2/5  0:12, 0:21 left  100 open  1,000 msg/s  p95 29.3 ms  1 error",
            "80 columns have no room for it here");
    line_is(71, "hundred 2  0:12, 0:21 left  100 open  1,000 msg/s  p95 29.3 ms  1 error",
            "less room cuts the title");
    line_is(20, "0:12, 0:21 left  100", "hardly any room leaves the figures' start");
    view.title = "w\xc3\xa4rme\xe6\xbc\xa2\xe5\xad\x97";
    view.rate = NAN;
    view.p95_ns = 0;
    view.elapsed_s = 40;
    view.errors = 0;
    line_is(45, "w\xc3\xa4rme\xe6\xbc\xa2  0:40, 0:00 left  100 open  0 errors",
            "wide letters are cut whole; what is not known is not shown");
    view.total_s = 90000;
    line_is(
        79,
        "w\xc3\xa4rme\xe6\xbc\xa2\xe5\xad\x97  [>                        ]  0:40, 24:59:20 left  100 open"
        "  0 errors",
        "hours are told as hours");
    for (int width = 1; width < 120; width++) {
        struct text line = {0};

        progress_line(&view, width, &line);
        if (text_width(line.data) > (size_t)width)
            OK(false, "width %d is exceeded: %s", width, line.data);
        text_free(&line);
    }
    OK(true, "no width is exceeded");
    return tap_end();
}
