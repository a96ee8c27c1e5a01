/* streamgauge merge: other databases into this one. */
#include "schema/command.h"
#include "schema/json.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

static void added_print(const struct call *call, const int64_t *added)
{
    struct text out = {0};

    if (call->globals->json)
        text_add(&out, "{\"schema_version\":1,\"files\":[");
    for (size_t i = 0; i < call->operands; i++) {
        if (call->globals->json) {
            text_addf(&out, "%s{\"file\":", i ? "," : "");
            json_quote(&out, call->operand[i]);
            if (added[i] < 0)
                text_add(&out, ",\"added\":null}");
            else
                text_addf(&out, ",\"added\":%lld}", (long long)added[i]);
        } else if (added[i] >= 0) {
            text_addf(&out, "%s: %lld new run%s\n", call->operand[i], (long long)added[i],
                      added[i] == 1 ? "" : "s");
        }
    }
    if (call->globals->json)
        text_add(&out, "]}\n");
    if (out.data)
        fputs(out.data, stdout);
    text_free(&out);
}

/* One broken file does not keep the others out; the first failure is the one that is told. */
static int merge_run(const struct call *call, struct err *e)
{
    const struct globals *g = call->globals;
    int64_t *added = mem_get(call->operands, sizeof *added);
    struct store *s = NULL;

    if (store_open(&s, g->db, STORE_WRITE, g->wait.ns, e)) {
        for (size_t i = 0; i < call->operands; i++) {
            struct err why = {0};

            if (store_merge(s, call->operand[i], &added[i], &why))
                continue;
            added[i] = -1;
            if (e->kind == ERR_NONE)
                *e = why;
        }
        added_print(call, added);
    }
    store_close(s);
    free(added);
    return e->kind;
}

const struct command cmd_merge = {
    .name = "merge",
    .operands = "FILE...",
    .summary = "take the runs of other databases into this one",
    .details = "Databases that were made elsewhere and .pending files are taken by the UUIDs of\n"
               "their runs: merging twice adds nothing, the order does not matter, and several\n"
               "processes may merge into one file at once. The other files stay as they are.",
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .run = merge_run,
};
