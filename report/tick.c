/* Ticks of a linear axis. */
#include "report/canvas.h"

#include "schema/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of a digit at the size of the labels, in pixels. */
#define DIGIT_WIDTH 7.6

double tick_step(double span)
{
    double rough = span / 4.5, power = pow(10, floor(log10(rough))), lead = rough / power;

    return power * (lead < 1.5 ? 1 : lead < 3 ? 2 : lead < 7 ? 5 : 10);
}

char *tick_text(char out[48], double value, double step, const char *unit)
{
    bool ratio = strcmp(unit, "ratio") == 0;
    double factor = ratio ? 100 : 1, size = fabs(value) * factor;
    int decimals = (int)fmax(0, -floor(log10(step * factor) + 1e-9));
    char number[UNITS_TEXT_SIZE];

    if (decimals)
        snprintf(number, sizeof number, "%.*f", decimals, size);
    else
        units_format_metric(number, round(size), "");
    snprintf(out, 48, "%s%.30s%s%.8s", value < -step / 2 ? "−" : "", number, *unit ? " " : "",
             ratio ? "%" : unit);
    return out;
}

static double first_tick(double lo, double step)
{
    return ceil(lo / step - 1e-9) * step;
}

double tick_room(double lo, double hi, const char *unit)
{
    double step = tick_step(hi - lo);
    size_t widest = 0;
    char text[48];

    for (double y = first_tick(lo, step); y <= hi + 1e-9 * step; y += step) {
        size_t wide = text_width(tick_text(text, y, step, unit));

        widest = wide > widest ? wide : widest;
    }
    return fmax(72, 16 + DIGIT_WIDTH * (double)widest);
}

void canvas_ticks_y(struct canvas *c, const char *unit)
{
    double step = tick_step(c->frame.y1 - c->frame.y0);
    char text[48];

    for (double y = first_tick(c->frame.y0, step); y <= c->frame.y1 + 1e-9 * step; y += step)
        canvas_tick_y(c, y, tick_text(text, y, step, unit));
}
