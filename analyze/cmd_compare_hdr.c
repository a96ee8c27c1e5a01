/* A line of compare --input whose sides are histograms, one a run:
 * {"id", "before_hdr":["HIST..."], "after_hdr":["HIST..."], "history_hdr":[["HIST..."]],
 * "before_session":[..], "after_session":[..], "better":"lower"|"higher"} */
#include "analyze/cmd_compare_input.h"

#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* One side, or the history, as it is read. */
struct runs {
    struct quantiles *run;
    int *session; /* NULL: not told */
    size_t count;
};

static void runs_free(struct runs *r)
{
    free(r->run);
    free(r->session);
    *r = (struct runs){0};
}

static struct quantile_sample sample_of(const struct runs *r)
{
    return (struct quantile_sample){r->run, r->session, r->count};
}

/* The bytes of a text; NULL where it is no base64. */
static unsigned char *base64_read(const char *text, size_t *length)
{
    size_t n = strlen(text), padding = 0;
    unsigned char *out = mem_get(n + 4, 1);
    int size = n > 0 && n % 4 == 0 && n < (1U << 30)
                   ? EVP_DecodeBlock(out, (const unsigned char *)text, (int)n)
                   : -1;

    while (padding < 2 && padding < n && text[n - 1 - padding] == '=')
        padding++;
    if (size < (int)padding) {
        free(out);
        return NULL;
    }
    *length = (size_t)size - padding;
    return out;
}

static bool hist_read(const struct json_at *at, struct hist *h, struct err *e)
{
    unsigned char *blob;
    size_t length = 0;
    bool done;

    hist_reset(h);
    if (cJSON_IsNull(at->value))
        return true; /* a missing run */
    if (!cJSON_IsString(at->value))
        return json_expected(at, "a histogram in base64, or null", e);
    blob = base64_read(at->value->valuestring, &length);
    if (!blob)
        return err_set(e, ERR_USAGE, "%s: this is no base64", at->path);
    done = hist_decode(h, blob, length, e);
    free(blob);
    if (!done) {
        char *why = mem_copy(e->text);

        err_set(e, ERR_USAGE, "%s: %s", at->path, why);
        free(why);
    }
    return done;
}

static bool runs_read(const struct json_at *at, struct runs *out, struct err *e)
{
    struct hist h;
    const cJSON *item;
    size_t i = 0;
    bool done = true;

    if (!cJSON_IsArray(at->value))
        return json_expected(at, "an array of histograms", e);
    out->run = mem_get((size_t)cJSON_GetArraySize(at->value) + 1, sizeof *out->run);
    hist_open(&h);
    cJSON_ArrayForEach(item, at->value)
    {
        struct json_at here = json_item(at, (int)i);

        done = hist_read(&here, &h, e);
        if (!done)
            break;
        quantiles_get(&h, 1, &out->run[i++]);
    }
    hist_close(&h);
    out->count = i;
    return done;
}

static bool side_read(const struct json_at *line, const char *name, const char *session_name,
                      struct runs *out, struct err *e)
{
    struct json_at at = json_member(line, name), session = json_member(line, session_name);

    return runs_read(&at, out, e) && input_sessions(&session, out->count, &out->session, e);
}

static bool history_read(const struct json_at *line, struct runs *out, struct err *e)
{
    struct json_at at = json_member(line, "history_hdr");
    int sessions = at.value ? cJSON_GetArraySize(at.value) : 0;

    if (at.value && !cJSON_IsArray(at.value))
        return json_expected(&at, "an array of sessions", e);
    for (int i = 0; i < sessions; i++) {
        struct json_at here = json_item(&at, i);
        struct runs one = {0};
        bool done = runs_read(&here, &one, e);

        out->run = mem_grow(out->run, out->count + one.count + 1, sizeof *out->run);
        out->session = mem_grow(out->session, out->count + one.count + 1, sizeof *out->session);
        for (size_t k = 0; k < one.count; k++) {
            out->run[out->count] = one.run[k];
            out->session[out->count++] = i;
        }
        runs_free(&one);
        if (!done)
            return false;
    }
    return true;
}

static void point_add(struct text *out, const struct shift_point *p)
{
    input_number_add(out, "{\"percentile\":", p->percentile);
    input_number_add(out, ",\"before\":", p->before);
    input_number_add(out, ",\"after\":", p->after);
    input_number_add(out, ",\"change\":", p->change);
    input_number_add(out, ",\"interval\":[", p->lo);
    input_number_add(out, ",", p->hi);
    text_addf(out, "],\"tested\":%s,\"found\":%s}", p->tested ? "true" : "false",
              p->found ? "true" : "false");
}

static void answer_add(struct text *out, const struct shift *s)
{
    const struct shift_point *most = &s->point[s->most];
    enum outcome outcome = s->outcome == OUTCOME_NONE ? OUTCOME_INCONCLUSIVE : s->outcome;

    text_addf(out, ",\"verdict\":\"%s\"", outcome_name[outcome]);
    input_number_add(out, ",\"change\":", most->change);
    input_number_add(out, ",\"interval\":[", most->lo);
    input_number_add(out, ",", most->hi);
    input_number_add(out, "],\"p\":", s->p);
    input_number_add(out, ",\"detectable\":", s->detectable);
    input_number_add(out, ",\"more_runs\":null,\"percentile\":", most->percentile);
    text_addf(out, ",\"test\":\"%s\",\"percentiles\":[", shift_test_name[s->test]);
    for (size_t i = 0; i < s->count; i++) {
        text_add(out, i ? "," : "");
        point_add(out, &s->point[i]);
    }
    text_add(out, "]");
}

bool compare_hdr_line(const struct json_at *line, const struct compare_options *options,
                      struct text *out, struct err *e)
{
    struct runs before = {0}, after = {0}, history = {0};
    struct shift s = {0};
    bool done = side_read(line, "before_hdr", "before_session", &before, e) &&
                side_read(line, "after_hdr", "after_session", &after, e) &&
                history_read(line, &history, e);

    if (done) {
        struct quantile_sample b = sample_of(&before), a = sample_of(&after);
        struct quantile_sample h = sample_of(&history);

        compare_shift(&b, &a, &h, options, &s);
        answer_add(out, &s);
    }
    runs_free(&before);
    runs_free(&after);
    runs_free(&history);
    shift_free(&s);
    return done;
}
