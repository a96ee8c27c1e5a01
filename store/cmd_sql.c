/* streamgauge sql: the sqlite3 shell on the database, with our functions loaded. */
#include "schema/command.h"
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The extension: beside the program where it was built, in the library folder where it was
 * installed. The caller frees it; NULL: in neither place. */
static char *extension_find(void)
{
    static const char *const places[] = {"streamgauge.so", "../lib/streamgauge.so"};
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);

    if (length <= 0)
        return NULL;
    program[length] = '\0';
    *(strrchr(program, '/') + 1) = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char *file = mem_printf("%s%s", program, places[i]);

        if (access(file, R_OK) == 0)
            return file;
        free(file);
    }
    return NULL;
}

/* Whether the file is ours; the shell would open any, and make one that is missing. */
static bool file_check(const struct globals *g, struct err *e)
{
    struct store *s = NULL;
    bool done = store_open(&s, g->db, STORE_READ, g->wait.ns, e);

    store_close(s);
    return done;
}

static int sql_run(const struct call *call, struct err *e)
{
    const struct globals *g = call->globals;
    char *extension = extension_find();
    char *load, *database;

    if (!file_check(g, e)) {
        free(extension);
        return e->kind;
    }
    if (!extension || strpbrk(extension, "'\n")) {
        free(extension);
        err_set(e, ERR_USAGE,
                "streamgauge.so is neither beside the program nor in ../lib; `make` "
                "builds it and `make install` puts it there");
        return e->kind;
    }
    load = mem_printf(".load '%s'", extension);
    /* "./" keeps the shell from taking the name for an option or a URI. */
    database = mem_printf("%s%s", *g->db == '/' ? "" : "./", g->db);
    execlp("sqlite3", "sqlite3", g->json ? "-json" : "-column", "-header", "-cmd", load, database,
           call->operands ? call->operand[0] : (char *)NULL, (char *)NULL);
    err_set(e, ERR_USAGE,
            "the sqlite3 shell could not be started: %s; Debian has it in the "
            "package sqlite3",
            strerror(errno));
    free(database);
    free(load);
    free(extension);
    return e->kind;
}

const struct command cmd_sql = {
    .name = "sql",
    .operands = "[SQL]",
    .summary = "a sqlite3 prompt with our functions loaded",
    .details = "With SQL: the answer to it. The views are runs, results, latest, failures,\n"
               "budget_status and regressions; `.schema` explains every table. Functions:\n"
               "\n"
               "  hdr_percentile(hdr, p)  hdr_count(hdr)  hdr_mean(hdr)  hdr_max(hdr)\n"
               "  hdr_merge(hdr)          of a group: all its histograms as one\n"
               "  hdr_percentiles(hdr)    a table: percentile, value, total\n"
               "  sg_median(x)  sg_percentile(x, p)  sg_sparkline(position, x)\n"
               "\n"
               "Values of a histogram are in its own unit: times unit_value in the metric's.",
    .operands_max = 1,
    .run = sql_run,
};
