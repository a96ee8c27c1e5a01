/* /request and /chat: JSON in; one reply with its id, or tokens with it and an end.
 *
 *   {"type":"ask","id":"c1-7","prompt":"..."}     {"type":"token","id":"c1-7","delta":" may"}
 *                                                 {"type":"end","id":"c1-7","tokens":16}
 *
 * The id comes back as it was, whatever JSON it is. {"type":"auth"} is answered by
 * {"type":"ready"}, {"type":"ping"} by {"type":"pong"}.
 */
#include "runner/target_parts.h"
#include "schema/json.h"

#include <stdlib.h>
#include <string.h>

struct answer {
    struct task task; /* first */
    int64_t base_ns;  /* when the first token is due */
    int64_t sent;     /* tokens */
    char id[];        /* as JSON */
};

const char *chat_word(int64_t i)
{
    static const char *const words[] = {"Streams", " may",   " come", " late", " or",  " in",
                                        " bursts", " or",    " not",  " at",   " all", " and",
                                        " only",   " their", " ends", " tell."};

    return words[i % (int64_t)(sizeof words / sizeof *words)];
}

/* A message of {"type": type, "id": id, what is in `more`}. */
static void chat_send(struct target *t, struct conn *c, const char *type, const char *id,
                      const char *more)
{
    struct text out = {0};

    text_addf(&out, "{\"type\":\"%s\"", type);
    if (id)
        text_addf(&out, ",\"id\":%s", id);
    text_addf(&out, "%s}", more);
    conn_send(t, c, out.data, out.length, false);
    text_free(&out);
}

static void chat_refuse(struct target *t, struct conn *c, const char *id, const char *why)
{
    struct text more = {0};

    text_add(&more, ",\"message\":");
    json_quote(&more, why);
    chat_send(t, c, "error", id, more.data);
    text_free(&more);
    conn_end(t, c);
}

static const char *type_of(const cJSON *message)
{
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(message, "type");

    return cJSON_IsString(type) ? type->valuestring : "";
}

/* What is not asked but said on the side. */
static bool chat_aside(struct target *t, struct conn *c, const char *type)
{
    const char *answer = strcmp(type, "auth") == 0   ? "ready"
                         : strcmp(type, "ping") == 0 ? "pong"
                                                     : NULL;

    if (answer) {
        chat_send(t, c, answer, NULL, "");
        conn_end(t, c);
    }
    return answer || strcmp(type, "pong") == 0;
}

/* Reads a message and has it answered by `run`, from now + after_ns on. */
static void answer_start(struct target *t, struct conn *c, const void *body, size_t length,
                         void (*run)(struct target *t, struct task *task), int64_t after_ns)
{
    struct err e = {0};
    cJSON *message = json_read(body, length, NULL, JSON_STRICT, &e);
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(message, "id");
    struct text quoted = {0};
    struct answer *a;

    if (id)
        json_print(id, false, &quoted);
    if (!cJSON_IsObject(message)) {
        chat_refuse(t, c, NULL, "expected a JSON object");
    } else if (!chat_aside(t, c, type_of(message))) {
        if (!id) {
            chat_refuse(t, c, NULL, "expected an id");
        } else if (target_takes(t)) {
            a = task_start(t, c, sizeof *a + quoted.length + 1, run, target_clock_ns() + after_ns);
            a->base_ns = a->task.due_ns;
            memcpy(a->id, quoted.data, quoted.length);
        }
    }
    text_free(&quoted);
    cJSON_Delete(message);
}

static void request_run(struct target *t, struct task *task)
{
    struct answer *a = (struct answer *)task;

    chat_send(t, task->conn, "reply", a->id, "");
    conn_end(t, task->conn);
    task_end(t, task);
}

void request_message(struct target *t, struct conn *c, const void *body, size_t length, bool binary)
{
    int64_t jitter_ns = c->options.jitter_ns;

    (void)binary;
    answer_start(t, c, body, length, request_run,
                 jitter_ns ? (int64_t)((double)jitter_ns * rng_share(&t->jitter)) : 0);
}

static void chat_run(struct target *t, struct task *task)
{
    struct answer *a = (struct answer *)task;
    struct conn *c = task->conn;
    struct text more = {0};

    if (a->sent < c->options.tokens) {
        text_add(&more, ",\"delta\":");
        json_quote(&more, chat_word(a->sent++));
        chat_send(t, c, "token", a->id, more.data);
        task_again(t, task, a->base_ns + a->sent * c->options.gap_ns);
    }
    if (a->sent == c->options.tokens) { /* the end comes with the last one */
        more.length = 0;
        text_addf(&more, ",\"tokens\":%lld", (long long)a->sent);
        chat_send(t, c, "end", a->id, more.data);
        conn_end(t, c);
        task_end(t, task);
    }
    text_free(&more);
}

void chat_message(struct target *t, struct conn *c, const void *body, size_t length, bool binary)
{
    (void)binary;
    answer_start(t, c, body, length, chat_run, c->options.first_ns);
}
