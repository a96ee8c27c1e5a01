/* A capacity curve into its two files, for the door of `capacity`. */
#include "report/chart.h"
#include "report/files.h"
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

bool report_capacity(const char *path, const struct capacity_told *told, struct err *e)
{
    const struct chart_capacity p = {.title = "throughput by load",
                                     .subtitle = "points are measured, the line is the fitted "
                                                 "scalability law, dashed beyond the largest load",
                                     .load = told->load,
                                     .throughput = told->throughput,
                                     .count = told->count,
                                     .gamma = told->gamma,
                                     .alpha = told->alpha,
                                     .beta = told->beta,
                                     .peak_load = told->peak_load};
    const char *slash = strrchr(path, '/');
    char *folder =
        slash ? mem_printf("%.*s", slash == path ? 1 : (int)(slash - path), path) : mem_copy(".");
    char *light = mem_printf("%s-light.svg", slash ? slash + 1 : path),
         *dark = mem_printf("%s-dark.svg", slash ? slash + 1 : path);
    struct chart chart = {0};
    bool done = chart_capacity(&p, &chart, e) && files_folder(folder, e) &&
                files_write(folder, light, &chart.light, e) &&
                files_write(folder, dark, &chart.dark, e);

    chart_free(&chart);
    free(folder);
    free(light);
    free(dark);
    return done;
}
