/* POST /v1/chat/completions, as OpenAI's API answers it: with "stream": true chunks as events, the
 * first with a role and no content, the usage where stream_options.include_usage asks for it, and
 * `data: [DONE]`; else one object, as JSON. */
#include "runner/target_parts.h"
#include "schema/json.h"
#include "schema/units.h"

#include <stdlib.h>
#include <string.h>

enum { TOKENS_MAX = 4096 };

struct completion {
    struct task task; /* first */
    int64_t base_ns;  /* when the first token is due */
    int64_t tokens, sent, prompt_tokens;
    long long number, created_s;
    bool stream, usage;
    char model[]; /* as JSON */
};

/* `choices` is the list's inside. */
static void chunk_send(struct target *t, const struct completion *p, const char *choices,
                       const char *more)
{
    struct text out = {0};

    text_addf(&out,
              "{\"id\":\"chatcmpl-%lld\",\"object\":\"chat.completion%s\",\"created\":%lld,"
              "\"model\":%s,\"choices\":[%s]%s}",
              p->number, p->stream ? ".chunk" : "", p->created_s, p->model, choices, more);
    conn_send(t, p->task.conn, out.data, out.length, false);
    text_free(&out);
}

static void delta_send(struct target *t, const struct completion *p, const char *delta,
                       const char *finish)
{
    struct text choice = {0};

    text_addf(&choice, "{\"index\":0,\"delta\":{%s},\"finish_reason\":%s}", delta, finish);
    chunk_send(t, p, choice.data, "");
    text_free(&choice);
}

static void usage_add(struct text *out, const struct completion *p)
{
    text_addf(out,
              ",\"usage\":{\"prompt_tokens\":%lld,\"completion_tokens\":%lld,"
              "\"total_tokens\":%lld}",
              (long long)p->prompt_tokens, (long long)p->tokens,
              (long long)(p->prompt_tokens + p->tokens));
}

static void completion_end(struct target *t, struct completion *p)
{
    struct text usage = {0};

    delta_send(t, p, "", "\"stop\"");
    if (p->usage) {
        usage_add(&usage, p);
        chunk_send(t, p, "", usage.data);
    }
    text_free(&usage);
    conn_send(t, p->task.conn, "[DONE]", strlen("[DONE]"), false);
    conn_end(t, p->task.conn);
    task_end(t, &p->task);
}

static void completion_run(struct target *t, struct task *task)
{
    struct completion *p = (struct completion *)task;
    struct text delta = {0};

    if (p->sent == 0)
        delta_send(t, p, "\"role\":\"assistant\",\"content\":\"\"", "null");
    text_add(&delta, "\"content\":");
    json_quote(&delta, chat_word(p->sent++));
    delta_send(t, p, delta.data, "null");
    text_free(&delta);
    if (p->sent == p->tokens)
        completion_end(t, p);
    else
        task_again(t, task, p->base_ns + p->sent * task->conn->options.gap_ns);
}

/* The whole of it, when the last token would have come. */
static void completion_whole(struct target *t, struct task *task)
{
    struct completion *p = (struct completion *)task;
    struct text content = {0}, choice = {0}, usage = {0};

    for (int64_t i = 0; i < p->tokens; i++)
        text_add(&content, chat_word(i));
    text_add(&choice, "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":");
    json_quote(&choice, content.data);
    text_add(&choice, "},\"finish_reason\":\"stop\"}");
    usage_add(&usage, p);
    chunk_send(t, p, choice.data, usage.data);
    text_free(&content);
    text_free(&choice);
    text_free(&usage);
    conn_end(t, task->conn);
    task_end(t, task);
}

static const cJSON *member(const cJSON *of, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(of, key);
}

static int64_t tokens_of(const cJSON *request, const struct options *o)
{
    const cJSON *most = member(request, "max_completion_tokens");

    most = most ? most : member(request, "max_tokens");
    if (cJSON_IsNumber(most) && most->valuedouble >= 1 && most->valuedouble <= TOKENS_MAX)
        return (int64_t)most->valuedouble;
    return o->tokens;
}

/* About four bytes make a token; nobody holds us to it. */
static int64_t prompt_tokens_of(const cJSON *messages)
{
    const cJSON *message;
    size_t bytes = 0;

    cJSON_ArrayForEach(message, messages)
    {
        const cJSON *content = member(message, "content");

        bytes += cJSON_IsString(content) ? strlen(content->valuestring) : 0;
    }
    return (int64_t)(bytes + 3) / 4;
}

static void completion_start(struct target *t, struct conn *c, const cJSON *request)
{
    const cJSON *model = member(request, "model");
    bool stream = cJSON_IsTrue(member(request, "stream"));
    int64_t tokens = tokens_of(request, &c->options);
    int64_t base_ns = target_clock_ns() + c->options.first_ns;
    struct completion *p;
    struct text quoted = {0};

    json_quote(&quoted, cJSON_IsString(model) ? model->valuestring : "streamgauge");
    p = task_start(t, c, sizeof *p + quoted.length + 1, stream ? completion_run : completion_whole,
                   stream ? base_ns : base_ns + (tokens - 1) * c->options.gap_ns);
    memcpy(p->model, quoted.data, quoted.length);
    text_free(&quoted);
    p->base_ns = base_ns;
    p->tokens = tokens;
    p->prompt_tokens = prompt_tokens_of(member(request, "messages"));
    p->number = (long long)t->received;
    p->created_s = (long long)(target_wall_ns() / NS_PER_S);
    p->stream = stream;
    p->usage = cJSON_IsTrue(member(member(request, "stream_options"), "include_usage"));
    if (stream)
        conn_begin(t, c);
    else
        conn_begin_json(t, c, 200);
}

void openai_message(struct target *t, struct conn *c, const void *body, size_t length, bool binary)
{
    static const char refusal[] =
        "{\"error\":{\"message\":\"expected a JSON object with messages\","
        "\"type\":\"invalid_request_error\",\"param\":null,"
        "\"code\":null}}";
    struct err e = {0};
    cJSON *request = json_read(body, length, NULL, JSON_STRICT, &e);

    (void)binary;
    if (!cJSON_IsArray(member(request, "messages"))) {
        conn_begin_json(t, c, 400);
        conn_send(t, c, refusal, strlen(refusal), false);
        conn_end(t, c);
    } else if (target_takes(t)) {
        completion_start(t, c, request);
    }
    cJSON_Delete(request);
}
