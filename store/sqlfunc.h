/* sqlfunc: the SQL functions that read histograms and summarise values.
 *
 * One source, two products: linked into the program, whose handles must understand an index or a
 * generated column that an engineer made with these functions, and loaded into any sqlite3 shell
 * from streamgauge.so (store/cmd_extension.c, which adds what analyze/ knows). The functions are
 * listed in schema/README.md.
 *
 * Arguments come from files of strangers: NULL gives NULL, anything that cannot be read an SQL
 * error that names the function.
 */
#ifndef STORE_SQLFUNC_H
#define STORE_SQLFUNC_H

#include <sqlite3.h>

/* Makes the functions known to a handle. Returns SQLite's result code. */
int sqlfunc_add(sqlite3 *handle);

#endif
