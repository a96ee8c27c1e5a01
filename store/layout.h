/* layout: that the tables of a file are ours, of this version, and up to date. */
#ifndef STORE_LAYOUT_H
#define STORE_LAYOUT_H

#include "store/db.h"

/* The texts that lead from an empty file to this program's version, in order: version N is made by
 * the first N of them. */
extern const char *const layout_migrations[];
extern const size_t layout_version;

/* Brings a file, be it empty, to version `to` in one transaction. Where another process was faster,
 * nothing is left to do. */
bool layout_migrate(struct store *s, const char *const *migrations, size_t to, struct err *e);

/* Views and the rows of table metric, made anew where this program knows them otherwise. */
bool layout_refresh(struct store *s, struct err *e);

/* Refuses a file in which something else goes by the name of one of our tables, and, when it is to
 * be written, one with triggers on them; if `whole`, also one in which a table is missing. */
bool layout_check(struct store *s, bool whole, struct err *e);

/* Fills s->metric_row. */
bool layout_metrics(struct store *s, struct err *e);

#endif
