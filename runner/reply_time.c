#include "runner/reply.h"
#include "schema/units.h"

#include <math.h>

bool found_time(const struct found *f, int64_t *out_ns)
{
    static const struct {
        double below;
        int64_t unit_ns;
    } units[] = {{1e11, NS_PER_S}, {1e14, NS_PER_MS}, {1e17, NS_PER_US}, {9e18, 1}};
    int64_t whole;
    double value;

    if (!found_number(f, &value) || value < 1e8)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (value >= units[i].below)
            continue;
        *out_ns = found_integer(f, &whole) && whole < INT64_MAX / units[i].unit_ns
                      ? whole * units[i].unit_ns
                      : (int64_t)fmin(value * (double)units[i].unit_ns, 9e18);
        return true;
    }
    return false;
}
