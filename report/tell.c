#include "report/tell.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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
