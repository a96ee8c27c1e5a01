/* cmd_export: what the files of this door share. */
#ifndef REPORT_CMD_EXPORT_H
#define REPORT_CMD_EXPORT_H

#include "schema/text.h"
#include "store/store.h"

struct export_args {
    const char *better, *rules_file;
};

/* One export as it goes on. */
struct export_work {
    const struct export_args *args;
    struct store *store;
    char **selector;
    size_t selectors;
    struct text out; /* written to stdout in the end */
};

/* cmd_export_runs.c */
bool export_csv_make(struct export_work *w, struct err *e);
bool export_ndjson_make(struct export_work *w, struct err *e);
bool export_hlog_make(struct export_work *w, struct err *e);

#endif
