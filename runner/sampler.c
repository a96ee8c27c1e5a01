#include "runner/sampler.h"

#include "runner/file.h"
#include "schema/text.h"
#include "schema/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MIB (1024.0 * 1024.0)

enum { CLIENTS_MIN = 10 }; /* below, memory per client is mostly what the server takes once */

static int64_t clock_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* Time that was stolen by other guests is part of the whole, but not work of this host. */
static void host_cpu_take(struct sampler *s, int64_t now)
{
    char text[256];
    long long user, nice, system, idle, wait = 0, irq = 0, soft = 0, steal = 0;
    double busy;

    if (file_peek("/proc/stat", text, sizeof text) <= 0 ||
        sscanf(text, "cpu %lld %lld %lld %lld %lld %lld %lld %lld", &user, &nice, &system, &idle,
               &wait, &irq, &soft, &steal) < 4)
        return;
    busy = (double)(user + nice + system + irq + soft);
    curve_add(&s->host_busy, now, busy);
    curve_add(&s->host_total, now, busy + (double)(idle + wait + steal));
}

/* Lines "  name: bytes packets ..." behind two of headings; the ninth number is bytes sent. */
static void host_net_take(struct sampler *s, int64_t now)
{
    static const size_t size = 1 << 16;
    char *text = mem_get(size, 1), *save = NULL;
    double in = 0, out = 0, in_bytes, out_bytes;
    bool any = false;

    if (file_peek("/proc/net/dev", text, size) > 0)
        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
            char *colon = strrchr(line, ':');

            if (!colon || sscanf(colon + 1, "%lf %*d %*d %*d %*d %*d %*d %*d %lf", &in_bytes,
                                 &out_bytes) != 2)
                continue;
            in += in_bytes;
            out += out_bytes;
            any = true;
        }
    free(text);
    if (any) {
        curve_add(&s->net_in, now, in);
        curve_add(&s->net_out, now, out);
    }
}

/* Looking for new processes and counting descriptors cost the most: once a second. */
static void target_look(struct sampler *s, int64_t now)
{
    int64_t fds;

    s->looked_ns = now;
    process_set_scan(&s->target);
    if (!s->target.any)
        return;
    fds = process_set_fds(&s->target);
    s->fds_max = fds > s->fds_max ? fds : s->fds_max;
}

/* The mean over the workers. */
static void generator_take(struct sampler *s)
{
    double cpu_s = 0;

    for (size_t i = 0; i < s->generators; i++) {
        process_set_read(&s->generator[i]);
        cpu_s += process_set_cpu_s(&s->generator[i]);
    }
    if (s->generators)
        curve_add(&s->generator_cpu_s, clock_ns(), cpu_s / (double)s->generators);
}

void sampler_take(struct sampler *s)
{
    int64_t now = clock_ns();

    host_cpu_take(s, now);
    host_net_take(s, now);
    if (s->target.root && now - s->looked_ns >= NS_PER_S)
        target_look(s, now);
    else if (s->target.root)
        process_set_read(&s->target);
    if (s->target.any && !process_set_gone(&s->target)) {
        now = clock_ns();
        curve_add(&s->target_cpu_s, now, process_set_cpu_s(&s->target));
        curve_add(&s->target_rss, now, (double)process_set_rss_bytes(&s->target));
    }
    generator_take(s);
}

void sampler_told(struct sampler *s, const struct scrape_sample *sample)
{
    s->cores = 1;
    if (isfinite(sample->cpu_s))
        curve_add(&s->target_cpu_s, sample->at_ns, sample->cpu_s);
    if (isfinite(sample->rss_bytes))
        curve_add(&s->target_rss, sample->at_ns, sample->rss_bytes);
    if (isfinite(sample->fds) && sample->fds > (double)s->fds_max)
        s->fds_max = (int64_t)sample->fds;
}

void sampler_start(struct sampler *s, pid_t target, pid_t guardian, const pid_t *generator,
                   size_t generators)
{
    *s = (struct sampler){.target = {.root = target, .guardian = guardian},
                          .generator = mem_get(generators, sizeof *s->generator),
                          .generators = generators,
                          .looked_ns = INT64_MIN / 2,
                          .fds_max = -1};
    for (size_t i = 0; i < generators; i++) {
        s->generator[i].root = generator[i];
        process_set_scan(&s->generator[i]);
    }
    sampler_take(s);
    s->cores = process_set_cores(&s->target);
}

bool sampler_target_gone(const struct sampler *s)
{
    return process_set_gone(&s->target);
}

/* The share of a counter's growth in that of another, in percent. */
static double percent(double part, double whole)
{
    return whole > 0 ? 100 * part / whole : NAN;
}

/* Idle time may go back by a tick (proc(5)), so that the rest seems to be more than all. */
static double host_percent(const struct sampler *s, int64_t from, int64_t to)
{
    double share =
        percent(curve_rate(&s->host_busy, from, to), curve_rate(&s->host_total, from, to));

    return share > 100 ? 100 : share;
}

static void point_add(struct result *out, enum metric_id metric, int32_t second, double value)
{
    if (isfinite(value))
        result_add_point(out, metric, second, value);
}

static void seconds_report(const struct sampler *s, int64_t from, int64_t to, struct result *out)
{
    double *cpu_max = &out->value[METRIC_TARGET_CPU_MAX];

    for (int32_t second = 0; from + (second + 1) * NS_PER_S <= to; second++) {
        int64_t a = from + second * NS_PER_S, b = a + NS_PER_S;
        double cpu = percent(curve_rate(&s->target_cpu_s, a, b), s->cores);

        *cpu_max = fmax(*cpu_max, cpu);
        point_add(out, METRIC_TARGET_CPU_MEAN, second, cpu);
        point_add(out, METRIC_TARGET_RSS_PEAK, second, curve_max(&s->target_rss, a, b) / MIB);
        point_add(out, METRIC_HOST_CPU_MEAN, second, host_percent(s, a, b));
        point_add(out, METRIC_GENERATOR_CPU_MEAN, second,
                  100 * curve_rate(&s->generator_cpu_s, a, b));
    }
    if (isfinite(*cpu_max)) /* the part of a second at the end may be busier than any whole one */
        *cpu_max = fmax(*cpu_max, out->value[METRIC_TARGET_CPU_MEAN]);
}

void sampler_report(const struct sampler *s, int64_t from, int64_t to, int64_t clients,
                    struct result *out)
{
    double *value = out->value;

    if (s->target_rss.count) {
        double start = s->target_rss.point[0].value;
        double peak = curve_max(&s->target_rss, INT64_MIN, INT64_MAX);

        value[METRIC_TARGET_RSS_START] = start / MIB;
        value[METRIC_TARGET_RSS_PEAK] = peak / MIB;
        if (clients >= CLIENTS_MIN)
            value[METRIC_TARGET_RSS_PER_CLIENT] = (peak - start) / (double)clients / MIB;
        value[METRIC_TARGET_RSS_GROWTH] = curve_slope(&s->target_rss, from, to) * 3600 / MIB;
    }
    value[METRIC_TARGET_CPU_MEAN] = percent(curve_rate(&s->target_cpu_s, from, to), s->cores);
    if (s->fds_max >= 0)
        value[METRIC_TARGET_FDS_MAX] = (double)s->fds_max;
    value[METRIC_HOST_CPU_MEAN] = host_percent(s, from, to);
    value[METRIC_HOST_NET_IN] = curve_rate(&s->net_in, from, to);
    value[METRIC_HOST_NET_OUT] = curve_rate(&s->net_out, from, to);
    value[METRIC_GENERATOR_CPU_MEAN] = 100 * curve_rate(&s->generator_cpu_s, from, to);
    seconds_report(s, from, to, out);
}

void sampler_stop(struct sampler *s)
{
    process_set_free(&s->target);
    for (size_t i = 0; i < s->generators; i++)
        process_set_free(&s->generator[i]);
    free(s->generator);
    curve_free(&s->target_cpu_s);
    curve_free(&s->target_rss);
    curve_free(&s->generator_cpu_s);
    curve_free(&s->host_busy);
    curve_free(&s->host_total);
    curve_free(&s->net_in);
    curve_free(&s->net_out);
    *s = (struct sampler){0};
}
