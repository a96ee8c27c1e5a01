/* command: command lines as people type them, good and bad. */
#include "schema/command.h"

#include "tests/tap.h"

#include <stdlib.h>

struct try_args {
    int64_t clients, port;
    double rate;
    const char *url, *output;
    struct arg_duration duration;
    struct arg_size size;
    struct arg_share share;
    struct arg_list labels;
    bool insecure, smooth;
};

static const struct try_args try_defaults = {.clients = 1, .rate = NAN, .smooth = true};

static const struct option_spec try_options[] = {
    OPTION(struct try_args, clients, "clients", "N", "number of clients"),
    OPTION_FROM(struct try_args, port, "port", "N", 0, "port"),
    OPTION(struct try_args, rate, "rate", "R", "messages per second"),
    OPTION(struct try_args, url, "target", "URL", "address of the server"),
    OPTION(struct try_args, duration, "duration", "T", "how long"),
    OPTION(struct try_args, size, "size", "SIZE", "how much"),
    OPTION(struct try_args, share, "drop", "SHARE", "how many"),
    OPTION(struct try_args, labels, "label", "K=V", "label of the runs, again for more"),
    OPTION(struct try_args, insecure, "insecure", NULL, "take any certificate"),
    OPTION(struct try_args, smooth, "smooth", NULL, "draw smoothly"),
    OPTION_SHORT('o', struct try_args, output, "output-directory-of-it", "DIRECTORY", "where"),
    OPTION_END,
};

static int nothing_run(const struct call *call, struct err *e)
{
    (void)call;
    return e->kind;
}

static const struct command cmd_try = {.name = "try",
                                       .operands = "THING...",
                                       .summary = "tries things",
                                       .details = "Some more.",
                                       .options = try_options,
                                       .args_size = sizeof(struct try_args),
                                       .defaults = &try_defaults,
                                       .operands_min = 1,
                                       .operands_max = 2,
                                       .run = nothing_run},
                            cmd_bare = {.name = "bare", .summary = "is bare", .run = nothing_run},
                            cmd_worker = {.name = "worker",
                                          .summary = "works",
                                          .hidden = true,
                                          .run = nothing_run};

static const struct command *const commands[] = {&cmd_try, &cmd_bare, &cmd_worker, NULL};

enum { WORDS = 40 };

/* Splits line at blanks, in place, and parses it; *argv keeps the words. */
static bool line_parse(struct parsed *p, char *line, char *argv[WORDS], struct err *e)
{
    static char program[] = "streamgauge";
    int argc = 0;

    argv[argc++] = program;
    for (char *word = strtok(line, " "); word && argc < WORDS - 1; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    *e = (struct err){0};
    return command_parse(p, commands, argc, argv, e);
}

static void refused(const char *text, const char *sentence)
{
    char line[256], *argv[WORDS];
    struct parsed p;
    struct err e;

    snprintf(line, sizeof line, "%s", text);
    OK(!line_parse(&p, line, argv, &e) && e.kind == ERR_USAGE, "refused: %s", text);
    tap_is(e.text, sentence, "in these words");
    command_free(&p);
}

static void lines_refused(void)
{
    refused("tyr", "there is no command tyr; did you mean try?");
    refused("frobnicate", "there is no command frobnicate; see `streamgauge help`");
    refused("workre", "there is no command workre; see `streamgauge help`");
    refused("--db try", "there is no command; see `streamgauge help`");
    refused("try", "try needs THING...; see `streamgauge help try`");
    refused("try a b c", "try: there is nothing to do with c; see `streamgauge help try`");
    refused("bare x", "bare: there is nothing to do with x; see `streamgauge help bare`");
    refused("try a --client 5", "--client is not an option of try; did you mean --clients?");
    refused("try a --client=5", "--client is not an option of try; did you mean --clients?");
    refused("try a --clinets 5", "--clinets is not an option of try; did you mean --clients?");
    refused("try a --d 5", "--d is not an option of try; see `streamgauge help try`");
    refused("try a --in", "--in is not an option of try; did you mean --insecure?");
    refused("try a --no-insecur",
            "--no-insecur is not an option of try; did you mean --no-insecure?");
    refused("try a --zzz", "--zzz is not an option of try; see `streamgauge help try`");
    refused("try a --token=hunter2", "--token is not an option of try; see `streamgauge help try`");
    refused("--jsno try a", "--jsno is not an option of streamgauge; did you mean --json?");
    refused("--clients 5 try a",
            "--clients is not an option of streamgauge; see `streamgauge help`");
    refused("bare --insecure", "--insecure is not an option of bare; see `streamgauge help`");
    refused("try a -x", "-x is not an option of try; see `streamgauge help try`");
    refused("try a -xyz", "-x is not an option of try; see `streamgauge help try`");
    refused("try a -5", "-5 is not an option of try; see `streamgauge help try`");
    refused("try a --clients", "--clients needs a value, N");
    refused("try a --db", "--db needs a value, FILE");
    refused("try a -o", "--output-directory-of-it needs a value, DIRECTORY");
    refused("--color", "--color needs a value, WHEN");
    refused("try a --insecure=yes", "--insecure takes no value");
    refused("try a --no-insecure=yes", "--no-insecure takes no value");
    refused("try a --json=hunter2", "--json takes no value");
    refused("try a --clients 0", "--clients: \"0\" is not a whole number from 1 on");
    refused("try a --clients -1", "--clients: \"-1\" is not a whole number from 1 on");
    refused("try a --clients=", "--clients: \"\" is not a whole number from 1 on");
    refused("try a --clients=99999999999999999999",
            "--clients: \"99999999999999999999\" is not a whole number from 1 on");
    refused("try a --rate x", "--rate: \"x\" is not a number");
    refused("try a --duration 5parsec",
            "--duration: \"5parsec\" is not a duration, such as 500ms, 1.5s or 5m");
    refused("try a --size 5KB", "--size: \"5KB\" is not a size, such as 512B, 64KiB or 1MB");
    refused("try a --drop 2", "--drop: \"2\" is not a share, such as 1% or 0.01, from 0 to 1");
    refused("try a --color=blue", "--color: blue is none of auto, always, never");
    refused("try a --wait=-1", "--wait: \"-1\" is not a duration, such as 500ms, 1.5s or 5m");
    refused("try a --db=", "--db: the name of the database is empty");
}

static void values(void)
{
    char line[] = "--json try --clients 5 a --rate=-2.5 --target ws://h --duration 1.5s --size "
                  "64KiB --drop 1% --label a=1 --label=b=2 --insecure --no-smooth -oD --port 0 b "
                  "--db x.db";
    char *argv[WORDS];
    struct parsed p;
    struct err e;
    const struct try_args *a;

    if (!OK(line_parse(&p, line, argv, &e), "a command line of everything %s", e.text))
        return;
    a = p.args;
    OK(p.command == &cmd_try && p.globals.json && !strcmp(p.globals.db, "x.db"),
       "global options before the command and behind it");
    OK(a->clients == 5 && a->rate == -2.5 && a->port == 0, "numbers, a negative one too");
    OK(!strcmp(a->url, "ws://h") && !strcmp(a->output, "D"), "strings, by a short option too");
    OK(a->duration.ns == 1500000000 && a->size.bytes == 65536 && a->share.share == 0.01, "units");
    OK(a->labels.count == 2 && !strcmp(a->labels.item[0], "a=1") &&
           !strcmp(a->labels.item[1], "b=2"),
       "an option that is repeated");
    OK(a->insecure && !a->smooth, "a flag, and the opposite of one");
    OK(p.operands == 2 && !strcmp(p.operand[0], "a") && !strcmp(p.operand[1], "b"),
       "operands among the options, in their order");
    command_free(&p);
    OK(!p.args && !p.command, "freed");
}

static void defaults(void)
{
    char line[] = "try a", *argv[WORDS];
    struct parsed p;
    struct err e;
    const struct try_args *a;

    unsetenv("STREAMGAUGE_DB");
    unsetenv("NO_COLOR");
    OK(line_parse(&p, line, argv, &e), "a short command line");
    a = p.args;
    OK(a->clients == 1 && isnan(a->rate) && !a->url && a->smooth && !a->labels.count,
       "the command's defaults");
    OK(!strcmp(p.globals.db, "streamgauge.db") && p.globals.wait.ns == INT64_C(60000000000) &&
           p.globals.color == COLOR_AUTO && !p.globals.json && !p.globals.quiet,
       "the program's defaults");
    command_free(&p);
}

static void environment(void)
{
    char line[] = "try a", with_db[] = "try a --db=y.db --color=always", *argv[WORDS];
    struct parsed p;
    struct err e;

    setenv("STREAMGAUGE_DB", "env.db", 1);
    setenv("NO_COLOR", "1", 1);
    OK(line_parse(&p, line, argv, &e) && !strcmp(p.globals.db, "env.db") &&
           p.globals.color == COLOR_NEVER,
       "$STREAMGAUGE_DB and $NO_COLOR");
    command_free(&p);
    OK(line_parse(&p, with_db, argv, &e) && !strcmp(p.globals.db, "y.db") &&
           p.globals.color == COLOR_ALWAYS,
       "options count more than the environment");
    command_free(&p);
    setenv("STREAMGAUGE_DB", "", 1);
    setenv("NO_COLOR", "", 1);
    snprintf(line, sizeof line, "try a");
    OK(line_parse(&p, line, argv, &e) && !strcmp(p.globals.db, "streamgauge.db") &&
           p.globals.color == COLOR_AUTO,
       "empty variables count as none");
    command_free(&p);
}

static void dashes(void)
{
    char end[] = "try -- --json --clients", first[] = "-- try a --json", one[] = "try - --json";
    char *argv[WORDS];
    struct parsed p;
    struct err e;

    OK(line_parse(&p, end, argv, &e) && !p.globals.json && p.operands == 2 &&
           !strcmp(p.operand[0], "--json") && !strcmp(p.operand[1], "--clients"),
       "behind -- all are operands");
    command_free(&p);
    OK(line_parse(&p, first, argv, &e) && p.command == &cmd_try && p.globals.json,
       "-- before the command");
    command_free(&p);
    OK(line_parse(&p, one, argv, &e) && p.operands == 1 && !strcmp(p.operand[0], "-"),
       "a dash alone is an operand");
    command_free(&p);
}

static void help(void)
{
    char with[] = "try --help", before[] = "-h try", none[] = "", version[] = "--version";
    char *argv[WORDS];
    struct text out = {0};
    struct parsed p;
    struct err e;

    OK(line_parse(&p, with, argv, &e) && p.globals.help && p.command == &cmd_try,
       "--help needs no operands");
    command_free(&p);
    OK(line_parse(&p, before, argv, &e) && p.globals.help && p.command == &cmd_try, "-h before");
    command_free(&p);
    OK(line_parse(&p, none, argv, &e) && !p.command, "no command at all");
    command_free(&p);
    OK(line_parse(&p, version, argv, &e) && p.globals.version && !p.command, "--version");
    command_free(&p);
    command_help(&out, &cmd_try);
    OK(strstr(out.data, "usage: streamgauge try [OPTIONS] THING...\n\nSome more.\n"), "usage");
    OK(strstr(out.data, "\n  --clients N              number of clients\n"), "an option in help");
    OK(strstr(out.data, "\n  -o, --output-directory-of-it DIRECTORY\n"
                        "                           where\n"),
       "a long one on two lines");
    text_free(&out);
    command_help_all(&out, commands);
    OK(strstr(out.data, "\n  try          tries things\n") && !strstr(out.data, "worker"),
       "hidden commands are not in help");
    text_free(&out);
    OK(command_find(commands, "worker", &e) == &cmd_worker, "but are found");
}

int main(void)
{
    lines_refused();
    values();
    defaults();
    environment();
    dashes();
    help();
    return tap_end();
}
