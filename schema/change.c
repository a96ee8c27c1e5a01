#include "schema/change.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *scale_unit(enum metric_scale scale)
{
    return scale == SCALE_LOG ? " %" : scale == SCALE_RATIO ? " pp" : " per 10k";
}

static double scale_factor(enum metric_scale scale)
{
    return scale == SCALE_COUNT ? 1e4 : 100;
}

/* An interval whose ends are so many times apart says nothing. */
#define WIDEST 100

/* A share this large reads better as a multiple. */
static bool is_multiple(double change, enum metric_scale scale)
{
    return scale == SCALE_LOG && change >= 9;
}

static void number_plain(char out[UNITS_TEXT_SIZE], double value, int decimals)
{
    /* A tenth says nothing beside a whole ten. */
    double step = decimals ? 0.1 : 1;

    units_format_metric(out, round(value / step) * step, "");
}

/* `decimals` are those of the larger of two numbers that stand together. */
static void number_signed(char out[UNITS_TEXT_SIZE], double value, int decimals)
{
    char size[UNITS_TEXT_SIZE];

    number_plain(size, fabs(value), decimals);
    snprintf(out, UNITS_TEXT_SIZE, "%s%.40s",
             strcmp(size, "0") == 0 ? ""
             : value < 0            ? "−"
                                    : "+",
             size);
}

static int decimals_for(double shown)
{
    return fabs(shown) < 9.95;
}

char *change_text(char out[UNITS_TEXT_SIZE], double change, enum metric_scale scale)
{
    double shown = change * scale_factor(scale);
    char number[UNITS_TEXT_SIZE];

    if (!isfinite(change))
        return strcpy(out, "-");
    if (is_multiple(change, scale)) {
        units_format_metric(number, 1 + change, "");
        snprintf(out, UNITS_TEXT_SIZE, "×%.40s", number);
    } else {
        number_signed(number, shown, decimals_for(shown));
        snprintf(out, UNITS_TEXT_SIZE, "%.30s%s", number, scale_unit(scale));
    }
    return out;
}

char *change_size_text(char out[UNITS_TEXT_SIZE], double change, enum metric_scale scale)
{
    double shown = fabs(change) * scale_factor(scale);
    char number[UNITS_TEXT_SIZE];

    number_plain(number, shown, decimals_for(shown));
    snprintf(out, UNITS_TEXT_SIZE, "%.30s%s", number, scale_unit(scale));
    return out;
}

char *change_interval_text(char out[UNITS_TEXT_SIZE], double lo, double hi, enum metric_scale scale)
{
    char low[UNITS_TEXT_SIZE], high[UNITS_TEXT_SIZE];
    double factor = scale_factor(scale);
    int decimals = decimals_for(fmax(fabs(lo), fabs(hi)) * factor);

    if (!isfinite(lo) || !isfinite(hi))
        return strcpy(out, "-");
    if (scale == SCALE_LOG && 1 + hi > WIDEST * (1 + lo))
        return strcpy(out, "too wide");
    if (is_multiple(hi, scale)) {
        units_format_metric(low, 1 + lo, "");
        units_format_metric(high, 1 + hi, "");
        snprintf(out, UNITS_TEXT_SIZE, "×%.18s … ×%.18s", low, high);
    } else {
        number_signed(low, lo * factor, decimals);
        number_signed(high, hi * factor, decimals);
        snprintf(out, UNITS_TEXT_SIZE, "%.16s … %.16s%s", low, high, scale_unit(scale));
    }
    return out;
}
