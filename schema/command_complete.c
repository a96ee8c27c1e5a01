/* Completion for bash, zsh and fish, made of the same structs as the help. */
#include "schema/command.h"

#include <string.h>

static void options_words(struct text *out, const struct option_spec *o)
{
    for (; o && o->name; o++)
        text_addf(out, " --%s", o->name);
}

/* Commands first; then the options of the command that stands before. Anything else is a file. */
static void bash_put(struct text *out, const struct command *const *commands)
{
    text_add(out, "# bash completion for streamgauge\n"
                  "_streamgauge() {\n"
                  "    local word=${COMP_WORDS[COMP_CWORD]} command= i options=\n"
                  "    COMPREPLY=()\n"
                  "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                  "        case ${COMP_WORDS[i]} in\n"
                  "        --db | --color | --wait) ((i++)) ;;\n"
                  "        -*) ;;\n"
                  "        *) command=${COMP_WORDS[i]}; break ;;\n"
                  "        esac\n"
                  "    done\n"
                  "    if [[ -z $command && $word != -* ]]; then\n"
                  "        COMPREPLY=($(compgen -W '");
    for (const struct command *const *c = commands; *c; c++)
        if (!(*c)->hidden)
            text_addf(out, "%s%s", c == commands ? "" : " ", (*c)->name);
    text_add(out, "' -- \"$word\"))\n        return\n    fi\n    case $command in\n");
    for (const struct command *const *c = commands; *c; c++) {
        if ((*c)->hidden || !(*c)->options)
            continue;
        text_addf(out, "    %s) options='", (*c)->name);
        options_words(out, (*c)->options);
        text_add(out, "' ;;\n");
    }
    text_add(out, "    esac\n    if [[ $word == -* ]]; then\n"
                  "        COMPREPLY=($(compgen -W \"$options");
    options_words(out, command_globals);
    text_add(out, "\" -- \"$word\"))\n    fi\n}\n"
                  "complete -o default -F _streamgauge streamgauge\n");
}

/* A word in single quotes; in zsh's specifications brackets and colons are its own. */
static void quoted(struct text *out, const char *s, const char *special)
{
    for (; *s; s++) {
        if (*s == '\'')
            text_add(out, "'\\''");
        else if (strchr(special, *s))
            text_addf(out, "\\%c", *s);
        else
            text_add_bytes(out, s, 1);
    }
}

static void zsh_options(struct text *out, const struct option_spec *o, const char *indent)
{
    for (; o && o->name; o++) {
        text_addf(out, "%s'%s--%s[", indent, o->kind == OPTION_LIST ? "*" : "", o->name);
        quoted(out, o->help, "[]:\\");
        text_add(out, "]");
        if (o->value) {
            text_add(out, ":");
            quoted(out, o->value, "[]:\\");
            text_add(out, ":_files");
        }
        text_add(out, "' \\\n");
    }
}

static void zsh_put(struct text *out, const struct command *const *commands)
{
    text_add(out, "#compdef streamgauge\n"
                  "# zsh completion for streamgauge\n"
                  "_streamgauge() {\n"
                  "    local context state line\n"
                  "    typeset -A opt_args\n"
                  "    _arguments -C \\\n");
    zsh_options(out, command_globals, "        ");
    text_add(out, "        '1: :->command' '*:: :->rest' && return\n"
                  "    case $state in\n"
                  "    command)\n"
                  "        local -a commands=(\n");
    for (const struct command *const *c = commands; *c; c++) {
        if ((*c)->hidden)
            continue;
        text_addf(out, "            '%s:", (*c)->name);
        quoted(out, (*c)->summary, ":\\");
        text_add(out, "'\n");
    }
    text_add(out, "        )\n"
                  "        _describe command commands ;;\n"
                  "    rest)\n"
                  "        case $words[1] in\n");
    for (const struct command *const *c = commands; *c; c++) {
        if ((*c)->hidden)
            continue;
        text_addf(out, "        %s)\n            _arguments \\\n", (*c)->name);
        zsh_options(out, (*c)->options, "                ");
        zsh_options(out, command_globals, "                ");
        text_add(out, "                '*:operand:_files' ;;\n");
    }
    text_add(out, "        esac ;;\n    esac\n}\n"
                  "if [ \"$funcstack[1]\" = _streamgauge ]; then\n"
                  "    _streamgauge \"$@\"\n"
                  "else\n"
                  "    compdef _streamgauge streamgauge\n"
                  "fi\n");
}

static void fish_options(struct text *out, const struct option_spec *o, const char *command)
{
    for (; o && o->name; o++) {
        text_add(out, "complete -c streamgauge");
        if (command)
            text_addf(out, " -n '__fish_seen_subcommand_from %s'", command);
        if (o->letter)
            text_addf(out, " -s %c", o->letter);
        text_addf(out, " -l %s%s -d '", o->name, o->value ? " -r" : "");
        for (const char *s = o->help; *s; s++)
            text_addf(out, "%s%c", *s == '\'' || *s == '\\' ? "\\" : "", *s);
        text_add(out, "'\n");
    }
}

static void fish_put(struct text *out, const struct command *const *commands)
{
    text_add(out, "# fish completion for streamgauge\n");
    for (const struct command *const *c = commands; *c; c++) {
        if ((*c)->hidden)
            continue;
        text_addf(out, "complete -c streamgauge -f -n __fish_use_subcommand -a %s -d '",
                  (*c)->name);
        for (const char *s = (*c)->summary; *s; s++)
            text_addf(out, "%s%c", *s == '\'' || *s == '\\' ? "\\" : "", *s);
        text_add(out, "'\n");
    }
    fish_options(out, command_globals, NULL);
    for (; *commands; commands++)
        if (!(*commands)->hidden)
            fish_options(out, (*commands)->options, (*commands)->name);
}

bool command_completion(struct text *out, const struct command *const *commands, const char *shell)
{
    static const struct {
        const char *name;
        void (*put)(struct text *out, const struct command *const *commands);
    } shells[] = {{"bash", bash_put}, {"zsh", zsh_put}, {"fish", fish_put}};

    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(shells[i].name, shell) != 0)
            continue;
        shells[i].put(out, commands);
        return true;
    }
    return false;
}
