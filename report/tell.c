#include "report/tell.h"

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

char *tell_change(char out[UNITS_TEXT_SIZE], double change, enum metric_scale scale)
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

char *tell_size(char out[UNITS_TEXT_SIZE], double change, enum metric_scale scale)
{
    double shown = fabs(change) * scale_factor(scale);
    char number[UNITS_TEXT_SIZE];

    number_plain(number, shown, decimals_for(shown));
    snprintf(out, UNITS_TEXT_SIZE, "%.30s%s", number, scale_unit(scale));
    return out;
}

char *tell_interval(char out[UNITS_TEXT_SIZE], double lo, double hi, enum metric_scale scale)
{
    char low[UNITS_TEXT_SIZE], high[UNITS_TEXT_SIZE];
    double factor = scale_factor(scale);
    int decimals = decimals_for(fmax(fabs(lo), fabs(hi)) * factor);

    if (!isfinite(lo) || !isfinite(hi))
        return strcpy(out, "-");
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

static char *value_text(char out[UNITS_TEXT_SIZE], double value, const char *unit)
{
    char number[UNITS_TEXT_SIZE];

    if (!isfinite(value))
        return strcpy(out, "-");
    units_format_metric(number, fabs(value), unit);
    snprintf(out, UNITS_TEXT_SIZE, "%s%.44s", value < 0 ? "−" : "", number);
    return out;
}

char *tell_value(char out[UNITS_TEXT_SIZE], enum metric_id metric, double value)
{
    return value_text(out, value, metrics[metric].unit);
}

char *tell_number(char out[UNITS_TEXT_SIZE], enum metric_id metric, double value)
{
    /* A ratio is shown in percent. */
    return value_text(out, strcmp(metrics[metric].unit, "ratio") == 0 ? value * 100 : value, "");
}

char *tell_time(char out[UNITS_TEXT_SIZE], int64_t unix_ms)
{
    units_format_time(out, unix_ms);
    if (strlen(out) > 16) {
        out[10] = ' ';
        out[16] = '\0';
    }
    return out;
}

char *tell_commit(char out[UNITS_TEXT_SIZE], const char *sha)
{
    snprintf(out, UNITS_TEXT_SIZE, "%.7s", sha && *sha ? sha : "-");
    return out;
}

char *tell_count(char out[UNITS_TEXT_SIZE], int64_t count, const char *noun)
{
    char number[UNITS_TEXT_SIZE];

    units_format_metric(number, (double)count, "");
    snprintf(out, UNITS_TEXT_SIZE, "%.20s %.20s%s", number, noun, count == 1 ? "" : "s");
    return out;
}

enum tone tell_status_tone(enum run_status status)
{
    switch (status) {
    case RUN_OK:
        return TONE_GOOD;
    case RUN_OVERLOADED:
    case RUN_INTERRUPTED:
        return TONE_WARN;
    case RUN_FAILED:
        return TONE_BAD;
    case RUN_RUNNING:
        break;
    }
    return TONE_MUTED;
}

enum tone tell_outcome_tone(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_SAME:
    case OUTCOME_BETTER:
        return TONE_GOOD;
    case OUTCOME_WORSE:
        return TONE_BAD;
    case OUTCOME_INCONCLUSIVE:
    case OUTCOME_NONE:
        break;
    }
    return TONE_MUTED;
}

enum tone tell_budget_tone(enum budget_state state)
{
    switch (state) {
    case BUDGET_OK:
        return TONE_GOOD;
    case BUDGET_WARNING:
        return TONE_WARN;
    case BUDGET_CRITICAL:
        return TONE_BAD;
    case BUDGET_NONE:
    case BUDGET_UNKNOWN:
        break;
    }
    return TONE_MUTED;
}
