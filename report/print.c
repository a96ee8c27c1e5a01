#include "report/report.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_PLAIN = 80, WIDTH_LEAST = 40, WIDTH_MOST = 120 };

bool report_color(const struct globals *g, FILE *stream)
{
    const char *term = getenv("TERM");

    if (g->color != COLOR_AUTO)
        return g->color == COLOR_ALWAYS;
    return isatty(fileno(stream)) && !(term && strcmp(term, "dumb") == 0);
}

static int stdout_width(void)
{
    struct winsize size;

    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col)
        return WIDTH_PLAIN;
    return size.ws_col < WIDTH_LEAST  ? WIDTH_LEAST
           : size.ws_col > WIDTH_MOST ? WIDTH_MOST
                                      : size.ws_col;
}

void report_print(const struct doc *d, const struct globals *g)
{
    struct doc shown = *d;
    struct text out = {0};

    shown.unfolded = g->verbose;
    doc_terminal(&shown, stdout_width(), report_color(g, stdout), &out);
    if (out.data)
        fputs(out.data, stdout);
    text_free(&out);
}
