#include "runner/progress.h"

#include "schema/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { TITLE_MAX = 24, TITLE_MIN = 8, BAR_MIN = 8, BAR_MAX = 30 };

bool progress_wanted(const struct globals *g)
{
    const char *term = getenv("TERM");

    return !g->quiet && isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

static int terminal_width(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

static void clock_add(struct text *out, double seconds)
{
    long s = seconds > 0 ? lround(seconds) : 0;

    if (s >= 3600)
        text_addf(out, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        text_addf(out, "%ld:%02ld", s / 60, s % 60);
}

static void figures_add(const struct progress_view *v, struct text *out)
{
    char number[UNITS_TEXT_SIZE];

    clock_add(out, v->elapsed_s);
    text_add(out, ", ");
    clock_add(out, v->total_s - v->elapsed_s);
    text_addf(out, " left  %lld open", (long long)v->open);
    if (!isnan(v->rate))
        text_addf(out, "  %s", units_format_metric(number, v->rate, "msg/s"));
    if (v->p95_ns > 0)
        text_addf(out, "  p95 %s", units_format_metric(number, (double)v->p95_ns / 1e6, "ms"));
    text_addf(out, "  %lld error%s", (long long)v->errors, v->errors == 1 ? "" : "s");
}

/* As much of s as `width` columns hold. */
static void cut_add(struct text *out, const char *s, int width)
{
    char *copy = mem_copy(s);

    for (size_t n = strlen(copy); n > 0 && text_width(copy) > (size_t)width; copy[n] = '\0')
        do
            n--;
        while (n > 0 && ((unsigned char)copy[n] & 0xc0) == 0x80);
    text_add(out, copy);
    free(copy);
}

static void bar_add(struct text *out, double share, int width)
{
    int full = (int)(share * width);

    text_add(out, "  [");
    for (int i = 0; i < width; i++)
        text_add(out, i < full ? "=" : i == full ? ">" : " ");
    text_add(out, "]");
}

void progress_line(const struct progress_view *v, int width, struct text *out)
{
    struct text figures = {0};
    double share = v->total_s > 0 ? fmin(fmax(v->elapsed_s / v->total_s, 0), 1) : 0;
    int room, title = (int)text_width(v->title);

    figures_add(v, &figures);
    room = width - (int)figures.length - 2;
    title = title > TITLE_MAX ? TITLE_MAX : title;
    if (room >= TITLE_MIN)
        cut_add(out, v->title, title < room ? title : room);
    room -= title + 4;
    if (room >= BAR_MIN)
        bar_add(out, share, room < BAR_MAX ? room : BAR_MAX);
    if (out->length)
        text_add(out, "  ");
    cut_add(out, figures.data, width);
    text_free(&figures);
}

void progress_draw(const struct progress_view *v)
{
    struct text line = {0};

    /* The last column stays free: terminals wrap when it is written. */
    progress_line(v, terminal_width() - 1, &line);
    fprintf(stderr, "\r%s\033[K", line.data);
    fflush(stderr);
    text_free(&line);
}

void progress_clear(void)
{
    fputs("\r\033[K", stderr);
    fflush(stderr);
}
