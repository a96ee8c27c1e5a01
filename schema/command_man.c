/* The man page, made of the same structs as the help: mdoc(7), as mandoc -Tlint wants it. */
#include "schema/command.h"
#include "schema/exit.h"

#include <string.h>

enum { WIDTH = 68 }; /* an escape takes more of the 80 columns than what it stands for */

/* One word of running text. Sentences begin on lines of their own, as mdoc asks; no line begins as
 * a macro does. */
struct writer {
    struct text *out;
    size_t column;
    bool sentence_ended;
};

static void word_put(struct writer *w, const char *word, size_t length)
{
    bool first;

    if (w->column > 0 && (w->sentence_ended || w->column + 1 + length > WIDTH)) {
        text_add(w->out, "\n");
        w->column = 0;
    }
    first = w->column == 0;
    if (!first)
        text_add(w->out, " ");
    if (first && (*word == '.' || *word == '\''))
        text_add(w->out, "\\&");
    for (size_t i = 0; i < length; i++) {
        if (word[i] == '\\')
            text_add(w->out, "\\e");
        else if (word[i] == '`' || word[i] == '\'')
            text_add(w->out, word[i] == '`' ? "\\(ga" : "\\(aq");
        else
            text_add_bytes(w->out, &word[i], 1);
    }
    w->column += length + !first;
    w->sentence_ended = length > 1 && strchr(".?!", word[length - 1]);
}

static void words_put(struct text *out, const char *s, size_t length)
{
    struct writer w = {out, 0, false};
    const char *end = s + length;

    while (s < end) {
        size_t blank = strspn(s, " \n"), word;

        if (blank > (size_t)(end - s))
            break;
        s += blank;
        word = strcspn(s, " \n");
        if (word > (size_t)(end - s))
            word = (size_t)(end - s);
        if (word > 0)
            word_put(&w, s, word);
        s += word;
    }
    if (w.column > 0)
        text_add(out, "\n");
}

/* Lines as they stand. */
static void literal_put(struct text *out, const char *s, size_t length)
{
    text_add(out, ".Bd -literal\n");
    for (size_t i = 0; i < length; i++) {
        if ((i == 0 || s[i - 1] == '\n') && (s[i] == '.' || s[i] == '\''))
            text_add(out, "\\&");
        if (s[i] == '\\')
            text_add(out, "\\e");
        else
            text_add_bytes(out, &s[i], 1);
    }
    text_add(out, "\n.Ed\n");
}

/* Paragraphs stand apart by blank lines; what is indented is an example or a list. */
static void details_put(struct text *out, const char *s)
{
    while (*s) {
        bool indented = *s == ' ';
        size_t length = 0;

        while (s[length] && !(s[length] == '\n' &&
                              (s[length + 1] == '\n' || (s[length + 1] == ' ') != indented)))
            length++;
        if (indented) {
            literal_put(out, s, length);
        } else {
            text_add(out, ".Pp\n");
            words_put(out, s, length);
        }
        s += length;
        s += strspn(s, "\n");
    }
}

static void argument_put(struct text *out, const char *word)
{
    text_add(out, " \"");
    for (; *word; word++) {
        if (*word == '"')
            text_add(out, "\\(dq");
        else if (*word == '\\')
            text_add(out, "\\e");
        else if (*word == '\'')
            text_add(out, "\\(aq");
        else
            text_add_bytes(out, word, 1);
    }
    text_add(out, "\"");
}

static void options_put(struct text *out, const struct option_spec *o)
{
    if (!o || !o->name)
        return;
    text_add(out, ".Bl -tag -width Ds\n");
    for (; o->name; o++) {
        text_add(out, ".It");
        if (o->letter)
            text_addf(out, " Fl %c ,", o->letter);
        text_addf(out, " Fl -%s", o->name);
        if (o->value) {
            text_add(out, " Ar");
            argument_put(out, o->value);
        }
        text_add(out, "\n");
        words_put(out, o->help, strlen(o->help));
    }
    text_add(out, ".El\n");
}

static void command_put(struct text *out, const struct command *c)
{
    text_addf(out, ".Ss %s\n.Nm streamgauge %s", c->name, c->name);
    if (c->options && c->options->name)
        text_add(out, " Oo Ar options Oc");
    if (c->operands) {
        text_add(out, " Ar");
        argument_put(out, c->operands);
    }
    text_add(out, "\n.Pp\n");
    words_put(out, c->summary, strlen(c->summary));
    if (c->details)
        details_put(out, c->details);
    options_put(out, c->options);
}

#define FRONT                                                                                   \
    ".Dt STREAMGAUGE 1\n.Os\n.Sh NAME\n.Nm streamgauge\n"                                       \
    ".Nd performance tests of streaming servers, recorded and judged\n"                         \
    ".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar options\n.Op Ar operands\n"                         \
    ".Sh DESCRIPTION\n.Nm\nputs WebSocket and event stream servers under load, records every\n" \
    "run into one SQLite file, and tells whether a commit made them slower.\n"                  \
    ".Pp\nOptions of every command, which may stand anywhere:\n"

#define SELECTORS                                                                    \
    ".Ss Selectors\n"                                                                \
    "Runs are named by\n.Bl -tag -width Ds -compact\n"                               \
    ".It Ar run:ID No or a number\none run\n"                                        \
    ".It Ar UUID\none run, by eight characters or more\n"                            \
    ".It Ar session:ID\nwhat ran together\n"                                         \
    ".It Ar commit:SHA No or seven digits of it\nthe runs of a commit\n"             \
    ".It Ar tag:NAME , branch:NAME , baseline:NAME , label:K=V\nthe runs of these\n" \
    ".It Ar last , last~2\nthe newest session, the second before it\n.El\n"

#define BACK                                                                              \
    ".Sh ENVIRONMENT\n.Bl -tag -width Ds\n"                                               \
    ".It Ev STREAMGAUGE_DB\nthe database, where no\n.Fl -db\nnames another\n"             \
    ".It Ev NO_COLOR\nno colour, whatever the terminal\n"                                 \
    ".It Ev CI , GITHUB_ACTIONS , GITLAB_CI , JENKINS_URL , BUILDKITE , TF_BUILD\n"       \
    "the CI system, whose variables tell commit, branch, pull request and session\n.El\n" \
    ".Sh FILES\n.Bl -tag -width Ds\n.It Pa streamgauge.db\nthe database\n"                \
    ".It Pa streamgauge.db.UUID.pending\n"                                                \
    "a run that could not be written there;\n.Cm merge\ntakes it\n.El\n"                  \
    ".Sh EXIT STATUS\n"

void command_man(struct text *out, const struct command *const *commands, const char *date)
{
    text_addf(out, ".Dd %s\n" FRONT, date);
    options_put(out, command_globals);
    for (; *commands; commands++)
        if (!(*commands)->hidden)
            command_put(out, *commands);
    text_add(out, SELECTORS BACK);
    literal_put(out, exit_help, strlen(exit_help));
}
