/* plan: which scenarios an invocation is to carry out, with its options applied. Everything is read
 * and checked here, before anything is started or connected. */
#ifndef RUNNER_PLAN_H
#define RUNNER_PLAN_H

#include "schema/command.h"
#include "schema/mix.h"
#include "schema/scenario.h"

struct plan_options {          /* NULL, 0, -1 ns: as the scenario has it */
    const char *target;        /* url */
    const char *rate, *budget; /* messages per second or "max"; a file */
    int64_t clients, observe_pid;
    struct arg_duration duration, warmup;
    struct arg_list headers;        /* "K: V" */
    const char *start_target;       /* a command */
    struct arg_list target_options; /* K=V */
    bool dry_run;                   /* nothing will be connected: variables need no value yet */
};

/* Where the server comes from; the first two are started here. */
enum plan_target { TARGET_BUILTIN, TARGET_STARTED, TARGET_OBSERVED, TARGET_ELSEWHERE };
extern const char *const plan_target_name[];
enum plan_target plan_target(const struct scenario *s, const struct plan_options *options);

/* Fills *s from an operand: one with '/' or ending in ".json" is a file, any other a built-in
 * scenario. ERR_USAGE with the operand's name. Free by scenario_free(), also after a failure. */
bool plan_load(struct scenario *s, const char *operand, const struct plan_options *options,
               struct err *e);

/* What an operand is to carry out at once: one scenario, or the parts of a mix. */
struct plan {
    struct scenario *part;
    size_t parts;
    struct mix mix; /* without parts where it is none */
};

/* As plan_load(), for an operand that may be a mix. A part's name is that of the mix, a slash, and
 * its own; its clients, ramp, warm-up and duration are the mix's; of --target a part with a url
 * takes host and port. plan_close() also after a failure. */
bool plan_open(struct plan *p, const char *operand, const struct plan_options *options,
               struct err *e);
void plan_close(struct plan *p);

/* plan.c, for plan_mix.c. */

/* The text of an operand's file; "" of a built-in scenario. It is read once: it may be a pipe. */
bool plan_text(const char *operand, struct text *out, struct err *e);
/* The scenario in it, settled. */
bool plan_scenario(struct scenario *s, const char *operand, const struct text *text,
                   const struct plan_options *options, struct err *e);
char *plan_folder(const char *path); /* of a file; NULL for the present one */
/* Applies the options and checks the whole. */
bool plan_settle(struct scenario *s, const struct plan_options *options, struct err *e);

/* The seed of the n-th run (from 1) of an invocation: the first one's is `seed` itself, so that
 * any recorded run is repeated by `--seed` with its seed. Below 2^53: exact in JSON too. */
int64_t plan_seed(int64_t seed, int64_t n);
int64_t plan_seed_random(void);

/* Overwrites what may be secret in the command line, which anyone on the machine can read, once
 * it has been taken over. */
void plan_hide(const struct plan_options *options);

#endif
