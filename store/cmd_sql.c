/* streamgauge sql: the sqlite3 shell on the database, with our functions loaded. */
#include "schema/command.h"
#include "schema/exit.h"
#include "schema/units.h"
#include "store/store.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct sql_args {
    bool write;
};

static const struct option_spec options[] = {
    OPTION(struct sql_args, write, "write", NULL, "let statements change the database"),
    OPTION_END,
};

enum { STATUS_NO_SHELL = 127, CHUNK = 1 << 16 };

/* Where the extension is: beside the program as it is built, or in the library folder as it is
 * installed. The caller frees it. */
static char *extension_find(struct err *e)
{
    static const char *const places[] = {"streamgauge.so", "../lib/streamgauge.so"};
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    char *name;

    program[length > 0 ? length : 0] = '\0';
    if (strrchr(program, '/'))
        strrchr(program, '/')[1] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        name = mem_printf("%s%s", program, places[i]);
        if (access(name, R_OK) == 0)
            return name;
        free(name);
    }
    err_set(e, ERR_USAGE,
            "streamgauge.so is neither beside the program, in %s, nor in ../lib from there; "
            "`make` builds it and `make install` puts it there",
            program);
    return NULL;
}

/* A file name as .load reads it between double quotes. */
static char *load_command(const char *extension)
{
    struct text out = {0};

    text_add(&out, ".load \"");
    for (; *extension; extension++) {
        if (*extension == '"' || *extension == '\\')
            text_add(&out, "\\");
        text_add_bytes(&out, extension, 1);
    }
    text_add(&out, "\"");
    return out.data;
}

/* The command line of the shell; each string is on the heap. */
struct shell {
    char **word;
    size_t words;
};

static void shell_add(struct shell *s, char *word)
{
    s->word = mem_grow(s->word, s->words + 2, sizeof *s->word);
    s->word[s->words++] = word;
    s->word[s->words] = NULL;
}

static void shell_add_copy(struct shell *s, const char *word)
{
    shell_add(s, mem_copy(word));
}

static void shell_free(struct shell *s)
{
    for (size_t i = 0; i < s->words; i++)
        free(s->word[i]);
    free(s->word);
}

static void shell_add_mode(struct shell *s, const struct call *call)
{
    if (call->globals->json) {
        shell_add_copy(s, "-json");
    } else if (isatty(STDOUT_FILENO)) {
        shell_add_copy(s, "-column");
        shell_add_copy(s, "-header");
    }
}

/* The file may come from a stranger: what its schema calls has to be harmless. */
static void shell_add_care(struct shell *s, const struct call *call, const char *extension)
{
    const struct sql_args *args = call->args;

    if (!args->write)
        shell_add_copy(s, "-readonly");
    shell_add_copy(s, "-cmd");
    shell_add(s, mem_printf(".timeout %lld", (long long)(call->globals->wait.ns / NS_PER_MS)));
    shell_add_copy(s, "-cmd");
    shell_add(s, load_command(extension));
    shell_add_copy(s, "-cmd");
    shell_add_copy(s, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
                      "PRAGMA foreign_keys = ON; PRAGMA synchronous = EXTRA");
}

/* Neither a name nor a statement may look like an option to the shell, nor a name like a URI or
 * :memory:. */
static void shell_fill(struct shell *s, const struct call *call, const char *extension)
{
    const char *db = call->globals->db;

    shell_add_copy(s, "sqlite3");
    shell_add_copy(s, "-bail");
    shell_add_mode(s, call);
    shell_add_care(s, call, extension);
    shell_add(s, mem_printf("%s%s", *db == '/' ? "" : "./", db));
    for (size_t i = 0; i < call->operands; i++)
        shell_add(s, mem_printf("%s%s", *call->operand[i] == '-' ? " " : "", call->operand[i]));
}

/* In the child: ends with this program, and has its signals back. */
static void shell_exec(const struct shell *s, pid_t parent, const int out[2])
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    if (getppid() != parent)
        _exit(STATUS_NO_SHELL);
    if (out[1] >= 0) {
        dup2(out[1], STDOUT_FILENO);
        close(out[0]);
        close(out[1]);
    }
    execvp(s->word[0], s->word);
    _exit(STATUS_NO_SHELL);
}

/* The shell does not look whether its results could be written; main does. */
static void results_copy(int from)
{
    char chunk[CHUNK];
    ssize_t length;

    while ((length = read(from, chunk, sizeof chunk)) > 0 || (length < 0 && errno == EINTR))
        if (length > 0 &&
            (fwrite(chunk, 1, (size_t)length, stdout) < (size_t)length || fflush(stdout) != 0))
            break;
    close(from); /* a shell that still writes ends by SIGPIPE */
}

/* What the shell ended with is told, where it is an error of SQL or of the file, by SQLite's code;
 * 1 stands for any. */
static int status_translate(int status, bool write, struct err *e)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE)
        return EXIT_STORE;
    if (WIFSIGNALED(status))
        return 128 + WTERMSIG(status);
    switch (WEXITSTATUS(status)) {
    case 0:
        return EXIT_DONE;
    case STATUS_NO_SHELL:
        err_set(e, ERR_USAGE,
                "the sqlite3 shell could not be started; it comes with the package "
                "sqlite3 of Debian");
        return e->kind;
    case SQLITE_INTERRUPT:
        return 128 + SIGINT;
    case SQLITE_BUSY:
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_NOTADB:
        return EXIT_STORE;
    case SQLITE_READONLY:
        if (!write)
            err_set(e, ERR_USAGE, "sql only reads; with --write it changes the database");
        return write ? EXIT_STORE : EXIT_USAGE;
    default:
        return EXIT_USAGE;
    }
}

/* An interrupt is for the shell, which ends its statement: they share the terminal. */
static int shell_run(const struct shell *s, bool write, struct err *e)
{
    int out[2] = {-1, -1}, status = 0;
    pid_t parent = getpid(), pid;

    if (!isatty(STDOUT_FILENO) && pipe(out) != 0)
        return err_set(e, ERR_STORE, "sql: a pipe could not be made: %s", strerror(errno));
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    pid = fork();
    if (pid == 0)
        shell_exec(s, parent, out);
    if (out[1] >= 0) {
        close(out[1]);
        if (pid > 0)
            results_copy(out[0]);
        else
            close(out[0]);
    }
    if (pid < 0)
        return err_set(e, ERR_STORE, "sql: a process could not be started: %s", strerror(errno));
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status_translate(status, write, e);
}

/* Opened first as by every other command: what is missing, foreign or newer is refused in a
 * sentence, and an unfinished transaction undone, for which the shell may lack the right. */
static bool file_check(const struct call *call, bool write, struct err *e)
{
    struct store *s = NULL;
    bool good = store_open(&s, call->globals->db, write ? STORE_UPDATE : STORE_READ,
                           call->globals->wait.ns, e);

    store_close(s);
    return good;
}

static int sql_run(const struct call *call, struct err *e)
{
    const struct sql_args *args = call->args;
    struct shell shell = {0};
    int status = EXIT_DONE;
    char *extension;

    if (!file_check(call, args->write, e) || !(extension = extension_find(e)))
        return e->kind;
    shell_fill(&shell, call, extension);
    status = shell_run(&shell, args->write, e);
    shell_free(&shell);
    free(extension);
    return status;
}

const struct command cmd_sql = {
    .name = "sql",
    .operands = "[STATEMENT...]",
    .summary = "an sqlite3 prompt on the database, with functions for histograms and runs",
    .details = "Carries out the statements (or the shell's own dot commands) and ends, or reads\n"
               "them from stdin. On a terminal results have columns and headers, elsewhere the\n"
               "shell's plain list; --json makes one JSON array of each result. Statements only\n"
               "read, unless --write is given. An error in a statement is status 2.\n\n"
               "The views are runs, results, latest, failures, budget_status and regressions;\n"
               "`.schema` explains every table.\n\n"
               "The functions: hdr_percentile(hdr, p), hdr_merge(hdr), hdr_count(hdr),\n"
               "hdr_mean(hdr), hdr_max(hdr), the table hdr_percentiles(hdr), sg_median(x),\n"
               "sg_percentile(x, p), sg_sparkline(position, x), sg_compare(side, x),\n"
               "sg_changes(position, x).",
    .options = options,
    .args_size = sizeof(struct sql_args),
    .operands_max = SIZE_MAX,
    .run = sql_run,
};
