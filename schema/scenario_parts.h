/* scenario_parts: what the files of scenario.h share among themselves. */
#ifndef SCHEMA_SCENARIO_PARTS_H
#define SCHEMA_SCENARIO_PARTS_H

#include "schema/json.h"
#include "schema/scenario.h"

/* Numbers that stand at the top of a scenario, all of them int64_t: their key, their limits and
 * whether they count nanoseconds. From it they are parsed, checked and printed. */
struct scenario_field {
    const char *key;
    size_t offset;
    int64_t minimum, maximum;
    bool duration;
};

extern const struct scenario_field scenario_fields[]; /* ended by a NULL key */

extern const char *const scenario_keys[]; /* of a file's top, ended by NULL */
extern const char *const scenario_protocols[]; /* by enum, ended by NULL */
extern const char *const scenario_exchanges[];
extern const char *const scenario_phases[];
extern const char *const scenario_patterns[]; /* RATE_MAX is none of them */

int64_t *scenario_field_of(const struct scenario_field *f, struct scenario *s);
int64_t scenario_field_get(const struct scenario_field *f, const struct scenario *s);

/* The numbers that a pattern of a rate is made of. */
struct rate_number {
    const char *key;
    enum rate_pattern pattern;
    size_t offset; /* of a double in struct rate */
};
extern const struct rate_number rate_numbers[]; /* ended by a NULL key */

double rate_number_get(const struct rate_number *n, const struct rate *r);

/* Highest rate that r ever reaches, in messages per second of one client; 0 for RATE_MAX and
 * RATE_TRACE. */
double rate_peak(const struct rate *r);

/* scenario_trace.c: a rate that is read from a file. */
bool scenario_trace_parse(struct rate *r, const struct json_at *at, struct err *e);
bool scenario_trace_check(const struct scenario *s, struct err *e);
void scenario_trace_add(cJSON *to, const struct rate *r, bool workload);
/* True where the duration is the trace's, which is not known yet. */
bool scenario_trace_unread(const struct scenario *s);

/* scenario_link.c: the keys that say how connections live. What is added is what is there, for the
 * workload as well. */
bool scenario_link_parse(struct scenario *s, const struct json_at *at, struct err *e);
bool scenario_link_check(const struct scenario *s, struct err *e);
void scenario_link_add(cJSON *to, const struct scenario *s);

/* scenario_network.c: `network`, in the same way. */
bool scenario_network_parse(struct network *n, const struct json_at *parent, struct err *e);
bool scenario_network_check(const struct network *n, struct err *e);
void scenario_network_add(cJSON *to, const struct network *n);

/* scenario_clients.c: `clients_from` and `jwt`. */
bool scenario_clients_parse(struct scenario *s, const struct json_at *at, struct err *e);
bool scenario_clients_check(const struct scenario *s, struct err *e);
void scenario_clients_add(cJSON *to, const struct scenario *s, bool workload);

/* A duration as text, as scenario files take it. */
void scenario_duration_add(cJSON *to, const char *key, int64_t ns);

/* A string member; *out is the caller's. */
bool scenario_string_take(const struct json_at *at, const char *key, char **out, struct err *e);
/* The same, the name of a file. */
bool scenario_path_take(const struct json_at *at, const char *key, char **out, struct err *e);

/* scenario_condition.c: a JSON pointer, an array that is not too long, a condition: a pointer, or an
 * object of pointer: value. Of the member `key`, which may be absent: one condition, or an array of
 * which one is enough. Where none is given, the one that stands for it (`value` is JSON, or NULL). */
bool scenario_pointer_check(const char *pointer, const struct json_at *at, struct err *e);
bool scenario_list_check(const struct json_at *at, const char *expected, struct err *e);
bool scenario_condition_parse(struct condition *c, const struct json_at *at, struct err *e);
bool scenario_conditions_parse(struct condition_list *l, const struct json_at *parent,
                               const char *key, struct err *e);
void scenario_condition_default(struct condition_list *l, const char *pointer, const char *value);
void scenario_condition_free(struct condition *c);
void scenario_conditions_free(struct condition_list *l);
cJSON *scenario_condition_json(const struct condition *c);
void scenario_conditions_add(cJSON *to, const char *key, const struct condition_list *l);

/* scenario_match.c: `match` and `hello`. */
bool scenario_match_parse(struct scenario *s, const struct json_at *root, struct err *e);
bool scenario_match_check(const struct scenario *s, struct err *e);
void scenario_match_free(struct scenario *s);
/* Adds both where there are any; with `safe` what could be a secret is "***". */
void scenario_match_add(cJSON *to, const struct scenario *s, bool safe);
void scenario_match_defaults(struct scenario *s);
/* A stream of events that answers questions as OpenAI's API does. */
bool scenario_is_openai(const struct scenario *s);
/* As JSON to send, what could be a secret in it as "***" if `safe`; NULL is no JSON. */
cJSON *scenario_text_json(const char *text, bool safe);

/* Adds the header, or replaces the one of that name. */
void scenario_header_put(struct scenario *s, const char *name, const char *value);

#endif
