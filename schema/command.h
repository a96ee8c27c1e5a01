/* command: what a command of the program is.
 *
 * One const struct per command says everything about it: name, operands, options, defaults, help.
 * Parsing, `help`, `--help`, the man page and shell completion are made from it, so a new command
 * is one file (ROOM/cmd_NAME.c) and one line in main.c.
 *
 * An option table points into the command's own argument struct: OPTION() takes the kind of the
 * value from the type of the member, so that table and struct cannot disagree. Strings are
 * borrowed from argv; lists grow on the heap and are freed by command_free().
 *
 * Options are written out in full, --name VALUE or --name=VALUE: an abbreviation would change its
 * meaning with the next option that is added. They may stand among the operands; -- ends them.
 */
#ifndef SCHEMA_COMMAND_H
#define SCHEMA_COMMAND_H

#include "schema/err.h"
#include "schema/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Types that tell an option's kind. Where a default has to be told from a given value, the default
 * is one that cannot be given: NULL, -1 or NAN. */
struct arg_duration {
    int64_t ns;
};
struct arg_size {
    int64_t bytes;
};
struct arg_share { /* "1%" or 0.01 */
    double share;
};
struct arg_list { /* the option may be repeated */
    const char **item;
    size_t count;
};

enum option_kind {
    OPTION_FLAG,     /* bool; also understood as --no-NAME */
    OPTION_INTEGER,  /* int64_t, from `minimum` on */
    OPTION_NUMBER,   /* double */
    OPTION_STRING,   /* const char * */
    OPTION_DURATION, /* struct arg_duration: "500ms", "5m", or seconds */
    OPTION_SIZE,     /* struct arg_size: "64KiB", or bytes */
    OPTION_SHARE,    /* struct arg_share */
    OPTION_LIST      /* struct arg_list */
};

struct option_spec {
    const char *name;  /* without the dashes */
    const char *value; /* what its value is called in help, NULL for a flag */
    enum option_kind kind;
    size_t offset;    /* in the argument struct */
    int64_t minimum;  /* of an integer */
    const char *help; /* one line, without a full stop */
    char letter;      /* of its short form, -o; '\0': it has none */
};

#define OPTION_KIND(member) \
    _Generic((member), bool                                                                        \
             : OPTION_FLAG, int64_t                                                                \
             : OPTION_INTEGER, double                                                              \
             : OPTION_NUMBER, const char *                                                         \
             : OPTION_STRING, struct arg_duration                                                  \
             : OPTION_DURATION, struct arg_size                                                    \
             : OPTION_SIZE, struct arg_share                                                       \
             : OPTION_SHARE, struct arg_list                                                       \
             : OPTION_LIST)

/* OPTION(struct run_args, clients, "clients", "N", "number of clients") */
#define OPTION(args, member, name, value, help) OPTION_ANY(args, member, name, value, 1, help, 0)
/* the same for an integer that starts elsewhere than at 1 */
#define OPTION_FROM(args, member, name, value, minimum, help) \
    OPTION_ANY(args, member, name, value, minimum, help, 0)
/* the same with a short form: OPTION_SHORT('o', struct report_args, output, "output", ...) */
#define OPTION_SHORT(letter, args, member, name, value, help) \
    OPTION_ANY(args, member, name, value, 1, help, letter)
#define OPTION_ANY(args, member, name, value, minimum, help, letter)                          \
    {                                                                                         \
        name, value, OPTION_KIND(((args *)0)->member), offsetof(args, member), minimum, help, \
            letter                                                                            \
    }
#define OPTION_END                             \
    {                                          \
        NULL, NULL, OPTION_FLAG, 0, 0, NULL, 0 \
    }

enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* What every command takes; these options stand anywhere on the command line. */
struct globals {
    const char *db;           /* --db, else $STREAMGAUGE_DB, else ./streamgauge.db */
    const char *color_name;   /* --color=auto|always|never */
    struct arg_duration wait; /* for a locked database */
    bool json, quiet, verbose, help, version;
    enum color_mode color; /* from color_name and $NO_COLOR */
};

/* One invocation, handed to the command's function. */
struct call {
    const struct globals *globals;
    const void *args; /* the command's argument struct, filled */
    char **operand;
    size_t operands;
    const char *program;                   /* a path by which this program can be executed again */
    const struct command *const *commands; /* all of them, ended by NULL */
};

struct command {
    const char *name;
    const char *operands;              /* as help shows them: "SCENARIO..." */
    const char *summary;               /* one line, lower case, without a full stop */
    const char *details;               /* paragraphs for --help and the man page, may be NULL */
    const struct option_spec *options; /* ended by OPTION_END; may be NULL */
    size_t args_size;
    const void *defaults;              /* an args struct, or NULL for all zero */
    size_t operands_min, operands_max; /* SIZE_MAX: any number */
    bool hidden;
    /* Returns the exit status. To fail it fills *e and returns anything: main prints the sentence
     * and ends with e->kind, or the weightier of the two. */
    int (*run)(const struct call *call, struct err *e);
};

/* What a parsed command line is; free by command_free(). */
struct parsed {
    const struct command *command; /* NULL: none was named */
    struct globals globals;
    void *args;
    char **operand;
    size_t operands;
};

/* Parses argv (which it permutes). Fails with ERR_USAGE, naming the nearest spelling. */
bool command_parse(struct parsed *p, const struct command *const *commands, int argc, char **argv,
                   struct err *e);
void command_free(struct parsed *p);

/* NULL and a hint in *e where there is no such command. */
const struct command *command_find(const struct command *const *commands, const char *name,
                                   struct err *e);

/* Adds the beginning of a command line to copy, "streamgauge NAME": with --db where the database is
 * not the one that is taken without. */
void command_suggest(struct text *out, const char *name, const char *db);

/* The options of every command, ended by OPTION_END. */
extern const struct option_spec command_globals[];

/* The man page in mdoc(7); `date` is the one on it, "November 26, 2026". */
void command_man(struct text *out, const struct command *const *commands, const char *date);
/* The completion of a shell: bash, zsh or fish; false: another. */
bool command_completion(struct text *out, const struct command *const *commands,
                        const char *shell);

/* Help as text: of the program, of one command. */
void command_help_all(struct text *out, const struct command *const *commands);
void command_help(struct text *out, const struct command *c);

#endif
