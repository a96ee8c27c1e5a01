#include "schema/command.h"

#include "schema/units.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Values of getopt_long's `val`: an index into the option's table, told apart by these bases. */
enum { BASE_GLOBAL = 1000, BASE_COMMAND = 2000, BASE_NEGATED = 3000 };

static const struct option_spec global_options[] = {
    OPTION(struct globals, db, "db", "FILE",
           "the database (default $STREAMGAUGE_DB, else ./streamgauge.db)"),
    OPTION(struct globals, json, "json", NULL, "the answer as one JSON document"),
    OPTION(struct globals, quiet, "quiet", NULL, "no progress and no messages but errors"),
    OPTION(struct globals, color_name, "color", "WHEN", "auto, always or never"),
    OPTION(struct globals, wait, "wait", "T", "how long to wait for a locked database"),
    OPTION(struct globals, help, "help", NULL, "what the command does and takes"),
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
    size_t globals = options_count(global_options), mine = options_count(own), n = 0;
    struct option *table = mem_get(globals + 2 * mine + 1, sizeof *table);

    *negated = mem_get(mine + 1, sizeof **negated);
    for (size_t i = 0; i < globals; i++)
        table[n++] = (struct option){global_options[i].name,
                                     global_options[i].value ? required_argument : no_argument,
                                     NULL, BASE_GLOBAL + (int)i};
    for (size_t i = 0; i < mine; i++) {
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

static bool option_unknown(const char *word, const struct option_spec *own, const char *command,
                           struct err *e)
{
    size_t globals = options_count(global_options), mine = options_count(own), n = 0;
    const char **names = mem_get(globals + mine + 1, sizeof *names);
    const char *name = word + strspn(word, "-"), *nearest;
    char bare[64];

    for (size_t i = 0; i < mine; i++)
        names[n++] = own[i].name;
    for (size_t i = 0; i < globals; i++)
        names[n++] = global_options[i].name;
    snprintf(bare, sizeof bare, "%.*s", (int)strcspn(name, "="), name);
    nearest = text_nearest(bare, names);
    if (nearest)
        err_set(e, ERR_USAGE, "%s is not an option of %s; did you mean --%s?", word, command,
                nearest);
    else
        err_set(e, ERR_USAGE, "%s is not an option of %s; see `streamgauge help%s%s`", word,
                command, own ? " " : "", own ? command : "");
    free(names);
    return false;
}

/* One pass of getopt_long. Stops at the first operand when `own` is NULL and no command is known
 * yet (flags "+"), else permutes. */
static bool options_parse(struct parsed *p, const struct option_spec *own, const char *flags,
                          const char *command, int argc, char **argv, struct err *e)
{
    size_t mine = options_count(own);
    char **negated;
    struct option *table = getopt_table(own, &negated);
    bool done = true;
    int c;

    optind = 0;
    opterr = 0;
    while (done && (c = getopt_long(argc, argv, flags, table, NULL)) != -1) {
        if (c == '?' && optopt >= BASE_GLOBAL)
            done = err_set(e, ERR_USAGE, "%s takes no value", argv[optind - 1]);
        else if (c == '?')
            done = option_unknown(argv[optind - 1], own, command, e);
        else if (c == ':')
            done = err_set(e, ERR_USAGE, "%s needs a value", argv[optind - 1]);
        else if (c >= BASE_NEGATED)
            *(bool *)((char *)p->args + own[c - BASE_NEGATED].offset) = false;
        else if (c >= BASE_COMMAND)
            done = option_store(&own[c - BASE_COMMAND], p->args, optarg, e);
        else
            done = option_store(&global_options[c - BASE_GLOBAL], &p->globals, optarg, e);
    }
    getopt_table_free(table, negated, mine);
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

static bool globals_settle(struct globals *g, struct err *e)
{
    const char *db = getenv("STREAMGAUGE_DB"), *no_color = getenv("NO_COLOR");

    if (!g->db)
        g->db = db && *db ? db : "streamgauge.db";
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

    *p = (struct parsed){.globals = {.wait = {INT64_C(60000000000)}}};
    if (!options_parse(p, NULL, "+:", "streamgauge", argc, argv, e))
        return false;
    argc -= optind - 1;
    argv += optind - 1;
    if (argc < 2)
        return globals_settle(&p->globals, e);
    if (!(c = command_find(commands, argv[1], e)))
        return false;
    p->command = c;
    p->args = mem_get(1, c->args_size);
    if (c->defaults)
        memcpy(p->args, c->defaults, c->args_size);
    argc--;
    argv++;
    if (!options_parse(p, c->options, ":", c->name, argc, argv, e))
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

void command_help_all(struct text *out, const struct command *const *commands)
{
    text_add(out, "streamgauge records benchmark runs of streaming servers and judges them.\n\n"
                  "usage: streamgauge COMMAND [OPTIONS] [OPERANDS]\n\n");
    for (; *commands; commands++)
        if (!(*commands)->hidden)
            text_addf(out, "  %-12s %s\n", (*commands)->name, (*commands)->summary);
    text_add(out, "\nOptions of every command:\n");
    for (const struct option_spec *o = global_options; o->name; o++)
        text_addf(out, "  --%s%s%-*s %s\n", o->name, o->value ? " " : "",
                  (int)(16 - strlen(o->name)), o->value ? o->value : "", o->help);
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
    for (const struct option_spec *o = c->options; o && o->name; o++) {
        char left[64];

        snprintf(left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "",
                 o->value ? o->value : "");
        if (strlen(left) > 24)
            text_addf(out, "  %s\n  %-24s %s\n", left, "", o->help);
        else
            text_addf(out, "  %-24s %s\n", left, o->help);
    }
    text_add(out,
             "\n--db, --json, --quiet, --color and --wait stand anywhere: `streamgauge help`.\n");
}
