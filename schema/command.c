#include "schema/command.h"

#include "schema/units.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Values of getopt_long's `val`: an index into the option's table, told apart by these bases. What
 * is below them is the letter of a short form. */
enum { BASE_GLOBAL = 1000, BASE_COMMAND = 2000, BASE_NEGATED = 3000 };

const struct option_spec command_globals[] = {
    OPTION(struct globals, db, "db", "FILE",
           "the database (default $STREAMGAUGE_DB, else ./streamgauge.db)"),
    OPTION(struct globals, json, "json", NULL, "the answer as one JSON document"),
    OPTION(struct globals, quiet, "quiet", NULL, "no progress and no messages but errors"),
    OPTION(struct globals, verbose, "verbose", NULL, "what is folded on a terminal, too"),
    OPTION(struct globals, color_name, "color", "WHEN", "auto, always or never"),
    OPTION(struct globals, wait, "wait", "T", "how long to wait for a locked database"),
    OPTION_SHORT('h', struct globals, help, "help", NULL, "what the command does and takes"),
    OPTION(struct globals, version, "version", NULL, "the version of the program"),
    OPTION_END,
};

static size_t options_count(const struct option_spec *o)
{
    size_t n = 0;

    while (o && o[n].name)
        n++;
    return n;
}

/* Builds getopt_long's table for the global options and the command's; the caller frees it. */
static struct option *getopt_table(const struct option_spec *own, char ***negated)
{
    size_t globals = options_count(command_globals), mine = options_count(own), n = 0;
    struct option *table = mem_get(globals + 2 * mine + 1, sizeof *table);

    *negated = mem_get(mine + 1, sizeof **negated);
    for (size_t i = 0; i < globals; i++)
        table[n++] = (struct option){command_globals[i].name,
                                     command_globals[i].value ? required_argument : no_argument,
                                     NULL, BASE_GLOBAL + (int)i};
    for (size_t i = 0; own && own[i].name; i++) {
        table[n++] = (struct option){own[i].name, own[i].value ? required_argument : no_argument,
                                     NULL, BASE_COMMAND + (int)i};
        (*negated)[i] = own[i].kind == OPTION_FLAG ? mem_printf("no-%s", own[i].name) : NULL;
        if ((*negated)[i])
            table[n++] = (struct option){(*negated)[i], no_argument, NULL, BASE_NEGATED + (int)i};
    }
    return table;
}

static void getopt_table_free(struct option *table, char **negated, size_t own)
{
    for (size_t i = 0; i < own; i++)
        free(negated[i]);
    free(negated);
    free(table);
}

static void letters_add(struct text *out, const struct option_spec *o)
{
    for (; o && o->name; o++)
        if (o->letter)
            text_addf(out, "%c%s", o->letter, o->value ? ":" : "");
}

/* The option that a `val` of getopt_long stands for; NULL where there is none. */
static const struct option_spec *option_of(int code, const struct option_spec *own, bool *global)
{
    *global = code >= BASE_GLOBAL && code < BASE_COMMAND;
    if (*global)
        return &command_globals[code - BASE_GLOBAL];
    if (code >= BASE_COMMAND)
        return &own[code - (code >= BASE_NEGATED ? BASE_NEGATED : BASE_COMMAND)];
    for (const struct option_spec *o = own; code && o && o->name; o++)
        if (o->letter == code)
            return o;
    *global = true;
    for (const struct option_spec *o = command_globals; code && o->name; o++)
        if (o->letter == code)
            return o;
    return NULL;
}

static bool option_store(const struct option_spec *o, void *args, const char *text, struct err *e)
{
    void *member = (char *)args + o->offset;
    struct arg_list *list = member;
    bool done = true;

    switch (o->kind) {
    case OPTION_FLAG:
        *(bool *)member = true;
        break;
    case OPTION_INTEGER:
        done = units_integer(text, o->minimum, member, e);
        break;
    case OPTION_NUMBER:
        done = units_number(text, member, e);
        break;
    case OPTION_STRING:
        *(const char **)member = text;
        break;
    case OPTION_DURATION:
        done = units_duration(text, &((struct arg_duration *)member)->ns, e);
        break;
    case OPTION_SIZE:
        done = units_size(text, &((struct arg_size *)member)->bytes, e);
        break;
    case OPTION_SHARE:
        done = units_share(text, &((struct arg_share *)member)->share, e);
        break;
    case OPTION_LIST:
        list->item = mem_grow(list->item, list->count + 1, sizeof *list->item);
        list->item[list->count++] = text;
        break;
    }
    return done || err_wrap(e, "--%s", o->name);
}

/* `word` as it was given, of which only the name is repeated: the value may be a secret. */
static bool option_unknown(const char *word, const struct option_spec *own, const char *command,
                           struct err *e)
{
    size_t globals = options_count(command_globals), mine = options_count(own), n = 0;
    const char **names = mem_get(globals + mine + 1, sizeof *names), *nearest;
    int length = (int)strcspn(word, "=");
    char *name = mem_printf("%.*s", length, word), *bare = name + strspn(name, "-");
    const char *no = strncmp(bare, "no-", 3) == 0 ? "no-" : "";

    for (size_t i = 0; own && own[i].name; i++)
        names[n++] = own[i].name;
    for (size_t i = 0; i < globals; i++)
        names[n++] = command_globals[i].name;
    nearest = text_nearest(bare + strlen(no), names);
    if (nearest)
        err_set(e, ERR_USAGE, "%s is not an option of %s; did you mean --%s%s?", name, command, no,
                nearest);
    else
        err_set(e, ERR_USAGE, "%s is not an option of %s; see `streamgauge help%s%s`", name,
                command, own ? " " : "", own ? command : "");
    free(name);
    free(names);
    return false;
}

/* What getopt_long answered with '?' or ':'. */
static bool option_refuse(int answer, const char *word, const struct option_spec *own,
                          const char *command, struct err *e)
{
    bool global;
    const struct option_spec *o = option_of(optopt, own, &global);
    char letter[] = {'-', (char)optopt, '\0'};

    if (o && answer == ':')
        return err_set(e, ERR_USAGE, "--%s needs a value, %s", o->name, o->value);
    if (o)
        return err_set(e, ERR_USAGE, "--%s%s takes no value", optopt >= BASE_NEGATED ? "no-" : "",
                       o->name);
    /* Of several letters behind one dash, `word` would be the wrong one. */
    return option_unknown(optopt ? letter : word, own, command, e);
}

/* True where an option was written out: getopt_long takes abbreviations, too. */
static bool option_is_whole(int code, const char *word, const struct option_spec *o)
{
    return code < BASE_GLOBAL ||
           strcspn(word, "=") == strlen(o->name) + (code >= BASE_NEGATED ? 5 : 2);
}

static bool option_take(struct parsed *p, int code, const struct option_spec *own, char **argv,
                        const char *command, struct err *e)
{
    bool global;
    const struct option_spec *o = option_of(code, own, &global);
    const char *word = argv[optind - (optarg && optarg == argv[optind - 1] ? 2 : 1)];

    if (!option_is_whole(code, word, o))
        return option_unknown(word, own, command, e);
    if (code >= BASE_NEGATED) {
        *(bool *)((char *)p->args + o->offset) = false;
        return true;
    }
    return option_store(o, global ? &p->globals : p->args, optarg, e);
}

/* One pass of getopt_long: with `order` "+" it stops at the first operand, else it goes on behind
 * operands. */
static bool options_parse(struct parsed *p, const struct option_spec *own, const char *order,
                          const char *command, int argc, char **argv, struct err *e)
{
    char **negated;
    struct option *table = getopt_table(own, &negated);
    struct text letters = {0};
    bool done = true;
    int c;

    text_addf(&letters, "%s:", order);
    letters_add(&letters, own);
    letters_add(&letters, command_globals);
    optind = 0;
    opterr = 0;
    while (done && (c = getopt_long(argc, argv, letters.data, table, NULL)) != -1)
        done = c == '?' || c == ':' ? option_refuse(c, argv[optind - 1], own, command, e)
                                    : option_take(p, c, own, argv, command, e);
    text_free(&letters);
    getopt_table_free(table, negated, options_count(own));
    return done;
}

const struct command *command_find(const struct command *const *commands, const char *name,
                                   struct err *e)
{
    const char *names[128] = {0}, *nearest;
    size_t n = 0;

    for (const struct command *const *c = commands; *c; c++) {
        if (strcmp((*c)->name, name) == 0)
            return *c;
        if (!(*c)->hidden && n < sizeof names / sizeof *names - 1)
            names[n++] = (*c)->name;
    }
    nearest = text_nearest(name, names);
    if (nearest)
        err_set(e, ERR_USAGE, "there is no command %s; did you mean %s?", name, nearest);
    else
        err_set(e, ERR_USAGE, "there is no command %s; see `streamgauge help`", name);
    return NULL;
}

/* The database where no --db names another. */
static const char *db_usual(void)
{
    const char *db = getenv("STREAMGAUGE_DB");

    return db && *db ? db : "streamgauge.db";
}

void command_suggest(struct text *out, const char *name, const char *db)
{
    text_addf(out, "streamgauge %s", name);
    if (strcmp(db, db_usual()) == 0)
        return;
    text_add(out, " --db ");
    text_add_word(out, db);
}

static bool globals_settle(struct globals *g, struct err *e)
{
    const char *no_color = getenv("NO_COLOR");

    if (!g->db)
        g->db = db_usual();
    if (!*g->db)
        return err_set(e, ERR_USAGE, "--db: the name of the database is empty");
    g->color = no_color && *no_color ? COLOR_NEVER : COLOR_AUTO;
    if (!g->color_name)
        return true;
    if (strcmp(g->color_name, "always") == 0)
        g->color = COLOR_ALWAYS;
    else if (strcmp(g->color_name, "never") == 0)
        g->color = COLOR_NEVER;
    else if (strcmp(g->color_name, "auto") != 0)
        return err_set(e, ERR_USAGE, "--color: %s is none of auto, always, never", g->color_name);
    return true;
}

bool command_parse(struct parsed *p, const struct command *const *commands, int argc, char **argv,
                   struct err *e)
{
    const struct command *c;
    bool options = argc > 1;

    *p = (struct parsed){.globals = {.wait = {INT64_C(60000000000)}}};
    if (!options_parse(p, NULL, "+", "streamgauge", argc, argv, e))
        return false;
    argc -= optind - 1;
    argv += optind - 1;
    if (argc < 2) {
        /* --db without its name in a script has taken the command for one: that is no success */
        if (options && !p->globals.help && !p->globals.version)
            return err_set(e, ERR_USAGE, "there is no command; see `streamgauge help`");
        return globals_settle(&p->globals, e);
    }
    if (!(c = command_find(commands, argv[1], e)))
        return false;
    p->command = c;
    p->args = mem_get(1, c->args_size);
    if (c->defaults)
        memcpy(p->args, c->defaults, c->args_size);
    argc--;
    argv++;
    if (!options_parse(p, c->options, "", c->name, argc, argv, e))
        return false;
    p->operand = argv + optind;
    p->operands = (size_t)(argc - optind);
    if (!globals_settle(&p->globals, e))
        return false;
    if (p->globals.help || p->globals.version)
        return true;
    if (p->operands < c->operands_min)
        return err_set(e, ERR_USAGE, "%s needs %s; see `streamgauge help %s`", c->name, c->operands,
                       c->name);
    if (p->operands > c->operands_max)
        return err_set(e, ERR_USAGE,
                       "%s: there is nothing to do with %s; see `streamgauge help %s`", c->name,
                       p->operand[c->operands_max], c->name);
    return true;
}

static void lists_free(const struct option_spec *o, void *args)
{
    for (; args && o && o->name; o++)
        if (o->kind == OPTION_LIST)
            free(((struct arg_list *)((char *)args + o->offset))->item);
}

void command_free(struct parsed *p)
{
    if (p->command)
        lists_free(p->command->options, p->args);
    free(p->args);
    *p = (struct parsed){0};
}

static void options_help(struct text *out, const struct option_spec *o)
{
    enum { COLUMN = 24 };

    for (; o && o->name; o++) {
        char *left = mem_printf("%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
        char letter[] = {'-', o->letter, ',', ' ', '\0'};
        int used = (int)(strlen(left) + (o->letter ? strlen(letter) : 0) + 2);

        text_addf(out, "  %s--%s", o->letter ? letter : "", left);
        if (used > COLUMN)
            text_addf(out, "\n  %*s %s\n", COLUMN, "", o->help);
        else
            text_addf(out, "%*s %s\n", COLUMN - used, "", o->help);
        free(left);
    }
}

void command_help_all(struct text *out, const struct command *const *commands)
{
    text_add(out, "streamgauge records benchmark runs of streaming servers and judges them.\n\n"
                  "usage: streamgauge COMMAND [OPTIONS] [OPERANDS]\n\n");
    for (; *commands; commands++)
        if (!(*commands)->hidden)
            text_addf(out, "  %-12s %s\n", (*commands)->name, (*commands)->summary);
    text_add(out, "\nOptions of every command:\n");
    options_help(out, command_globals);
    text_add(out, "\n`streamgauge help COMMAND` tells more; `streamgauge help exit-status` lists\n"
                  "what the exit statuses mean.\n");
}

void command_help(struct text *out, const struct command *c)
{
    text_addf(out, "streamgauge %s: %s\n\nusage: streamgauge %s%s%s%s\n", c->name, c->summary,
              c->name, options_count(c->options) ? " [OPTIONS]" : "", c->operands ? " " : "",
              c->operands ? c->operands : "");
    if (c->details)
        text_addf(out, "\n%s\n", c->details);
    if (options_count(c->options))
        text_add(out, "\nOptions:\n");
    options_help(out, c->options);
    text_add(
        out,
        "\n--db, --json, --quiet, --verbose, --color and --wait stand anywhere: `streamgauge help`.\n");
}
