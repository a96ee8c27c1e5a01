/* The files of a report. With a file's name as argument it makes the database that report.t tells
 * about: 12 sessions of 3 runs around 30 ms, then one of 5 runs around 36 ms; and a run whose every
 * text is hostile. With `releases` or `hostile` as one more argument,
 * databases with more history. */
#include "report/files.h"
#include "tests/store_sample.h"
#include "tests/tap.h"
#include "tests/told.h"

#include <sys/stat.h>

/* The latencies of a run, exponential in their tail: its p95 is about x ms. */
static void latencies(struct result *r, double x)
{
    struct histogram *out;
    struct hist h;

    hist_open(&h);
    for (int i = 0; i < 5000; i++)
        hist_add(&h, (int64_t)(x * 1e6 * (0.2 + 0.8 * -log((i + 0.5) / 5000) / 3)));
    r->histograms = mem_grow(r->histograms, r->histograms_count + 1, sizeof *r->histograms);
    out = &r->histograms[r->histograms_count++];
    *out = (struct histogram){.metric = METRIC_LATENCY,
                              .second = -1,
                              .count = h.total,
                              .min = (double)h.min * HIST_UNIT_MS,
                              .max = (double)h.max * HIST_UNIT_MS,
                              .mean = hist_mean(&h) * HIST_UNIT_MS};
    out->hdr = hist_encode(&h, &out->hdr_length);
    hist_close(&h);
}

static void record(struct store *s, int n, const struct sample_run *o, double x)
{
    struct budget budget = {METRIC_LATENCY_P95, 40, 44, 0.05, false};
    struct result result;
    struct err e = {0};
    struct run run;

    sample_run(&run, n, o);
    sample_result(&result, x);
    latencies(&result, x);
    budget_list_put(&run.budgets, &budget);
    for (int32_t second = 0; second < 30; second++)
        result_add_point(&result, METRIC_LATENCY_P95, second, x + second % 3);
    if (!store_begin(s, &run, &e) || !store_finish(s, &run, &result, &e))
        printf("# %s\n", e.text);
    run_free(&run);
    result_free(&result);
}

static int database_make(const char *path)
{
    struct store *s = sample_open(path, STORE_WRITE);
    const int64_t day = INT64_C(86400000);
    char session[16], commit[48];
    int n = 0;

    record(s, n++,
           &(struct sample_run){HOSTILE, HOSTILE, HOSTILE, "hostile", HOSTILE, 1,
                                SAMPLE_START_MS - 30 * day},
           12);
    for (int day_number = 0; day_number < 13; day_number++) {
        bool last = day_number == 12;

        snprintf(session, sizeof session, "day-%02d", day_number);
        snprintf(commit, sizeof commit, "%07x%033x", 0xc0ffe00 + day_number, 1);
        for (int repeat = 0; repeat < (last ? 5 : 3); repeat++, n++)
            record(s, n,
                   &(struct sample_run){"burst-load", "main", commit, session, NULL, n,
                                        SAMPLE_START_MS + (day_number - 13) * day + repeat * 60000},
                   (last ? 36 : 30) * (1 + 0.004 * (n * 7 % 11 - 5)));
    }
    store_close(s);
    return 0;
}

/* Sixty commits of four scenarios, two runs each: chat gets slower at the 40th and burst faster at
 * the 45th, steady stays beside its limit, moved goes to another machine at the 30th. */
static int releases_make(const char *path)
{
    static const char *const names[] = {"chat", "burst", "steady", "moved"};
    struct store *s = sample_open(path, STORE_WRITE);
    const int64_t day = INT64_C(86400000);
    char session[32], commit[48];
    uint32_t seed = 7;
    int n = 0;

    for (int at = 0; at < 60; at++)
        for (size_t k = 0; k < 4; k++)
            for (int repeat = 0; repeat < 2; repeat++, n++) {
                double level[] = {at < 40 ? 30 : 37, at < 45 ? 20 : 15, 38, at < 30 ? 9 : 14};

                seed = seed * 1664525 + 1013904223;
                snprintf(session, sizeof session, "job-%02d", at);
                snprintf(commit, sizeof commit, "%07x%033x", 0xab00000 + at, 1);
                record(s, n,
                       &(struct sample_run){names[k], "main", commit, session,
                                            k == 3 && at >= 30 ? "arm64, 4 cores" : NULL, at + 1,
                                            SAMPLE_START_MS + (at - 60) * day + n * 1000},
                       level[k] * (1 + 0.04 * ((double)(seed >> 8) / (1 << 24) - 0.5)));
            }
    store_close(s);
    return 0;
}

/* Twenty commits of a scenario whose every text is hostile; it gets slower at the tenth, and moves
 * to another machine at the last but four. */
static int hostile_make(const char *path)
{
    struct store *s = sample_open(path, STORE_WRITE);
    char session[16];
    int n = 0;

    for (int at = 0; at < 24; at++)
        for (int repeat = 0; repeat < 3; repeat++, n++) {
            snprintf(session, sizeof session, "s-%d", at);
            record(s, n,
                   &(struct sample_run){HOSTILE, HOSTILE, at < 10 ? "before" HOSTILE : HOSTILE,
                                        session, at < 20 ? HOSTILE : "2" HOSTILE, 0,
                                        SAMPLE_START_MS + n * INT64_C(3600000)},
                   (at < 10 ? 20 : 30) * (1 + 0.004 * (n * 7 % 11 - 5)));
        }
    store_close(s);
    return 0;
}

static void stem_is(const char *text, const char *want)
{
    char *stem = files_stem(text, NULL, 0);

    tap_is(stem, want, want);
    free(stem);
}

static void stems(void)
{
    char burst[] = "burst", second[] = "burst-2", *taken[] = {burst, second};
    char longest[200], *stem;

    stem_is("burst-load", "burst-load");
    stem_is("Burst Load/v1.2_a", "burst-load-v1.2_a");
    stem_is("../../etc/passwd", "etc-passwd");
    stem_is("..", "scenario");
    stem_is("", "scenario");
    stem_is("日本語", "scenario");
    stem_is("-rf .a\n\033\"'$(x)|&;", "rf-a-x");
    stem = files_stem("BURST", taken, 2);
    tap_is(stem, "burst-3", "a name that is taken is counted on, without regard to case");
    free(stem);
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    stem = files_stem(longest, NULL, 0);
    OK(strlen(stem) == 60, "a long name is cut");
    free(stem);
}

static size_t entries(const char *command)
{
    FILE *f = popen(command, "r");
    int n = -1;

    if (!f || fscanf(f, "%d", &n) != 1)
        n = -1;
    if (f)
        pclose(f);
    return (size_t)n;
}

static void files(void)
{
    char *folder = sample_folder(), data[] = "new\n", found[8] = "";
    struct text text = {data, 4, 0};
    struct err e = {0};
    struct stat st;
    FILE *f;

    umask(022);
    OK(files_folder("a/b//c/", &e) && stat("a/b/c", &st) == 0, "folders are made: %s", e.text);
    OK(files_folder("a/b/c", &e), "and may be there");
    OK(files_write("a/b/c", "x.md", &text, &e), "a file is written: %s", e.text);
    OK(files_write("a/b/c", "x.md", &text, &e), "and written over");
    OK(stat("a/b/c/x.md", &st) == 0 && (st.st_mode & 0777) == 0644, "as readable as others");
    if ((f = fopen("a/b/c/x.md", "r")) && fgets(found, sizeof found, f))
        fclose(f);
    tap_is(found, "new\n", "with its content");
    OK(entries("ls -A a/b/c | wc -l") == 1, "nothing is left beside it");
    OK(!files_folder("a/b/c/x.md", &e) && e.kind == ERR_STORE, "a file is no folder: %s", e.text);
    OK(!files_write("a/none", "x.md", &text, &e) && e.kind == ERR_STORE, "no folder: %s", e.text);
    if (mkdir("a/b/c/y.md", 0777) == 0)
        OK(!files_write("a/b/c", "y.md", &text, &e), "a folder is not written over: %s", e.text);
    OK(entries("ls -A a/b/c | wc -l") == 2, "and nothing is left of the attempt");
    sample_folder_end(folder);
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[2], "hostile") == 0)
        return hostile_make(argv[1]);
    if (argc > 2)
        return releases_make(argv[1]);
    if (argc > 1)
        return database_make(argv[1]);
    stems();
    files();
    return tap_end();
}
