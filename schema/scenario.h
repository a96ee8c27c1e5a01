/* scenario: the description of a load, from its file or from the built-in ones.
 *
 * Parsing refuses unknown, duplicate and mistyped keys with file, key path and what was expected.
 * Every limit that a scenario must keep is checked here, before anything connects. Nothing here
 * reads a file or the environment: `${env:NAME}` stays in the text and is filled by the runner.
 */
#ifndef SCHEMA_SCENARIO_H
#define SCHEMA_SCENARIO_H

#include "schema/budget.h"
#include "schema/err.h"
#include "schema/sha256.h"
#include "schema/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum protocol { PROTOCOL_WS, PROTOCOL_SSE };
enum exchange { EXCHANGE_ECHO, EXCHANGE_REQUEST, EXCHANGE_PUSH, EXCHANGE_CHAT, EXCHANGE_BROADCAST };
enum rate_pattern { RATE_CONSTANT, RATE_POISSON, RATE_RAMP, RATE_BURST, RATE_TRACE, RATE_MAX };
enum phase { PHASE_SPREAD, PHASE_TOGETHER };

struct rate { /* messages per second of one client */
    enum rate_pattern pattern;
    double value;     /* constant, poisson */
    double from, to;  /* ramp, over the measured part; `from` during ramp and warm-up */
    double low, high; /* burst: the first half of each period high, the second low */
    int64_t period_ns;
    char *path;      /* trace: a file of recorded messages and their times, for all clients */
    double speed;    /* trace: so many times as fast as recorded */
    int64_t skip_ns; /* trace: what of its beginning is not measured, in its own time */
    /* A trace that the runner has read: of its content, in hex, and the messages per second of all
     * clients in the measured part: on average, and in its busiest second. */
    char sha256[SHA256_SIZE];
    double mean, peak;
};

enum message_form {
    MESSAGE_SIZE,
    MESSAGE_TEXT,
    MESSAGE_JSON,
    MESSAGE_FILE,
    MESSAGE_LINES,
    MESSAGE_FORMS
};

struct message {
    enum message_form form;
    int64_t size_bytes; /* of MESSAGE_SIZE */
    char *text;         /* of MESSAGE_TEXT and, compact, MESSAGE_JSON, with its ${...} */
    char *path;         /* of MESSAGE_FILE and MESSAGE_LINES: a message a line, used in turn */
    char sha256[SHA256_SIZE];    /* of what the file holds, in hex, once the runner has read it */
    bool binary;
    int64_t batch;    /* due and written together; outstanding messages of a closed loop */
    int64_t fragment; /* bytes of a frame at most; 0: a message is one frame */
};

/* What a message from the target must hold for a condition to be met: each of the terms. */
struct term {
    char *pointer; /* RFC 6901 */
    char *value;   /* as JSON, no object or array; NULL: present, not null, not false */
};
struct condition {
    struct term *term;
    size_t terms; /* 0: none was given */
};
struct condition_list { /* of which one is enough */
    struct condition *item;
    size_t count;
};

/* Something to send beside the messages, with its ${...}. */
struct parcel {
    char *text; /* NULL: nothing */
    bool json;  /* compact JSON, else plain text */
};
struct response {
    struct condition when;
    struct parcel send;
};

/* What messages from the target mean. Pointers are NULL where the exchange has no use for them. */
struct match {
    char *id;       /* of the message that it answers */
    char *content;  /* of a chunk */
    char *time;     /* of an event: when it was sent, since 1970 */
    char *sequence; /* its number */
    struct condition_list done, error, ignore;
    struct response *reply;
    size_t replies;
};

/* A step before a connection counts as open: sends, then waits; one of both may be missing. */
struct greeting {
    struct parcel send;
    struct condition expect;
};

/* Files, relative to the scenario's own; NULL: none. */
struct tls_files {
    char *ca, *cert, *key; /* authorities in place of the system's; ours, where the target asks */
};

struct heartbeat {
    int64_t every_ns; /* 0: none */
    int64_t timeout_ns;
};

/* What happens when an open connection is lost. */
struct reconnect {
    bool on;
    int64_t first_ns, max_ns; /* the wait before the first attempt; twice as long each time */
    bool jitter;              /* a random part of it */
    int64_t tries;
};

/* A share of the connections is dropped at once. */
struct storm {
    int64_t at_ns; /* of the measured part */
    double share;  /* 0: none */
};

/* A file with a JSON object a line: what `${row:NAME}` is for client k is in the line k modulo
 * their number. */
struct clients_from {
    char *path;      /* NULL: none */
    char sha256[SHA256_SIZE]; /* of what it holds, in hex, once the runner has read it */
    char load[SHA256_SIZE];   /* of those of its values that stand in messages; "": none do */
};

/* What `${jwt}` is made of: a JSON Web Token (RFC 7519) of each client, signed by HMAC-SHA-256. */
struct jwt_terms {
    char *secret; /* the ${env:NAME} that holds it; NULL: there is no token */
    char *claims; /* a compact JSON object, with its ${...} */
    int64_t lifetime_ns;
};

/* What lies between each client and the target, emulated; the same in both directions. */
struct network {
    bool on;
    int64_t delay_ns, jitter_ns; /* one way; within +- jitter of it, evenly, never out of order */
    double loss;                 /* share of the segments that are lost and sent again */
    int64_t bandwidth;           /* bits per second; 0: no limit */
};

struct header {
    char *name, *value; /* value with its ${env:...} */
};

struct scenario {
    char *name, *description; /* description may be NULL */
    enum protocol protocol;
    enum exchange exchange;
    char *url; /* may hold {port}; NULL: comes by --target */
    struct header *headers;
    size_t headers_count;
    char *subprotocol; /* NULL: none */
    struct tls_files tls;
    struct heartbeat heartbeat;
    struct reconnect reconnect;
    struct storm storm;
    struct network network;
    struct clients_from clients_from;
    struct jwt_terms jwt;
    char mix[SHA256_SIZE]; /* of the mix that it is a part of, its other parts included, in hex; "": of none */
    char *folder; /* that its paths are relative to, set by who read the file; NULL: the present one
                   */
    int64_t clients;
    int64_t ramp_ns, warmup_ns;
    int64_t duration_ns; /* 0: as long as the trace, until that is read */
    enum phase phase;
    struct rate rate;
    struct message message;
    struct greeting *hello;
    size_t hello_count;
    struct match match;
    int64_t timeout_ns, connect_timeout_ns;
    bool reuse;          /* sse: a connection serves more than one message */
    bool retry_after;    /* sse: what is answered by 429 or 503 is sent again */
    bool compression;    /* asked for */
    int64_t observe_pid; /* 0: none */
    char *prometheus;    /* where the target tells of itself, may hold {port}; NULL: nowhere */
    struct budget_list budgets;
    bool builtin;
};

enum {
    SCENARIO_LIST_MAX = 32,        /* steps of hello, conditions of a list, terms of a condition */
    SCENARIO_POINTER_MAX = 256,    /* bytes */
    SCENARIO_PARCEL_MAX = 64 << 10 /* bytes */
};
enum { SCENARIO_CLIENTS_MAX = 60000, SCENARIO_BATCH_MAX = 1024, SCENARIO_PID_MAX = 1 << 22 };
#define SCENARIO_MESSAGE_MAX INT64_C(1048576) /* bytes */
#define SCENARIO_RATE_MAX 1e6                 /* messages per second of one client */
#define SCENARIO_RATE_MIN 1e-4
#define SCENARIO_PERIOD_MIN INT64_C(100000000) /* ns, of a burst */
#define SCENARIO_DURATION_MAX (INT64_C(86400) * 1000000000)
#define SCENARIO_DURATION_DEFAULT (INT64_C(30) * 1000000000)
#define SCENARIO_SPEED_MAX 1000.0 /* of a trace, and its inverse */

/* Fills *s from the text of a file; `source` names it in messages. Free by scenario_free(), also
 * after a failure. */
bool scenario_parse(struct scenario *s, const char *text, size_t length, const char *source,
                    struct err *e);
/* A built-in scenario by name, its default budgets filled in. */
bool scenario_builtin(struct scenario *s, const char *name, struct err *e);
extern const char *const scenario_builtin_names[]; /* ended by NULL */
void scenario_free(struct scenario *s);

/* All limits, and what depends on more than one field; scenario_parse() has done it, it is for
 * after options were applied. Sentences begin with the key: "clients: expected ...". */
bool scenario_check(const struct scenario *s, struct err *e);

/* --rate: "max" or messages per second of one client. A built-in scenario's budget of CPU goes
 * with "max". */
bool scenario_set_rate(struct scenario *s, const char *text, struct err *e);

/* --header "K: V": adds the header, or replaces the one of that name. */
bool scenario_set_header(struct scenario *s, const char *line, struct err *e);

/* The whole scenario, every default shown, as an indented JSON document that scenario_parse()
 * takes again. What could be a secret (values of secret headers, `?token=`, a url's user info)
 * is shown as "***". */
void scenario_print(const struct scenario *s, struct text *out);

/* `hello` and `match` alone, as JSON with all that is in them, secrets too: for workers. Reading
 * needs s->exchange; ERR_USAGE for what scenario_parse() would refuse. */
void scenario_match_write(const struct scenario *s, struct text *out);
bool scenario_match_read(struct scenario *s, const char *json, size_t length, struct err *e);

/* Hex SHA-256 of the canonical JSON of what shapes the load: not name, description, budgets, host,
 * port, header values or observation. Without a url it is that of scenario_default_url(). */
void scenario_workload(const struct scenario *s, char out[SHA256_SIZE]);

/* Where the built-in target serves the exchange, with {port}: the url of a scenario that has none.
 */
const char *scenario_default_url(const struct scenario *s);

/* Messages offered per second by all clients in the measured part, on average; NAN for
 * RATE_MAX and for a trace that was not read yet. A burst's periods are counted from the start of
 * the measured part. */
double scenario_offered(const struct scenario *s);

/* url with user info and the values of secret query parameters replaced by "***"; the caller frees
 * it. */
char *scenario_url_safe(const char *url);

/* Calls fn for each text that placeholders are filled in, with its key; stops where it is false. */
typedef bool scenario_text_fn(void *arg, const char *text, const char *key, struct err *e);
bool scenario_each_text(const struct scenario *s, scenario_text_fn *fn, void *arg, struct err *e);

/* A path that a file in `folder` (NULL: the present one) names, and one that the scenario names; the
 * caller frees it. */
char *scenario_path_in(const char *folder, const char *path);
char *scenario_path(const struct scenario *s, const char *path);

/* True for Authorization, Cookie, X-Api-Key and their like: the value is never stored or shown. */
bool scenario_header_secret(const char *name);

#endif
