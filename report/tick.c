/* Ticks of axes. */
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

/* 1, 2, 5, 10, ... of a range; over many powers of ten those alone. Returns how many. */
enum { LOG_TICKS_MOST = 48 };
static size_t ticks_of_range(double lo, double hi, double tick[LOG_TICKS_MOST])
{
    static const int leads[] = {1, 2, 5};
    double first = floor(log10(lo)), last = log10(hi);
    size_t n = 0;

    for (double power = first; power <= last; power++) {
        for (size_t i = 0; i < (last - first > 3.5 ? 1 : 3) && n < LOG_TICKS_MOST; i++) {
            double at = leads[i] * pow(10, power);

            if (at >= lo * (1 - 1e-9) && at <= hi * (1 + 1e-9))
                tick[n++] = at;
        }
    }
    return n;
}

void canvas_ticks_log(struct canvas *c, const char *unit)
{
    double tick[LOG_TICKS_MOST];
    size_t n = ticks_of_range(c->frame.y0, c->frame.y1, tick);
    char text[UNITS_TEXT_SIZE];

    for (size_t i = 0; i < n; i++) {
        if (strcmp(unit, "×") == 0)
            snprintf(text, sizeof text, "×%g", tick[i]);
        else
            units_format_metric(text, tick[i], unit);
        canvas_tick_y(c, tick[i], text);
    }
}

void canvas_ticks_log_x(struct canvas *c, const char *unit)
{
    double tick[LOG_TICKS_MOST];
    size_t n = ticks_of_range(c->frame.x0, c->frame.x1, tick);
    char text[UNITS_TEXT_SIZE];

    for (size_t i = 0; i < n; i++)
        canvas_tick_x(c, tick[i], false, units_format_metric(text, tick[i], unit));
}

void canvas_ticks_seconds(struct canvas *c)
{
    static const int steps[] = {1,   2,   5,    10,   20,   30,   60,   120,
                                300, 600, 1200, 1800, 3600, 7200, 14400};
    double span = c->frame.x1 - c->frame.x0;
    size_t i = 0;
    char text[48];

    while (i + 1 < sizeof steps / sizeof *steps && span / steps[i] > 8)
        i++;
    for (double x = 0; x <= c->frame.x1 + 1e-9; x += steps[i]) {
        if (steps[i] >= 3600)
            snprintf(text, sizeof text, "%.0f h", x / 3600);
        else if (steps[i] >= 60)
            snprintf(text, sizeof text, "%.0f min", x / 60);
        else
            snprintf(text, sizeof text, "%.0f s", x);
        canvas_tick_x(c, x, false, text);
    }
}
