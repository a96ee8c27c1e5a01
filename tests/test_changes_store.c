/* Change points in the store: what an analysis finds takes the place of what the one before found,
 * and what people said stays. */
#include "store/db.h"

#include "tests/store_sample.h"
#include "tests/tap.h"

static struct err err;

/* A point at the n-th run, as an analysis finds it. */
static struct change_point point_at(int n, int64_t id, double change, enum change_state state)
{
    struct change_point p = {.id = id,
                             .metric = METRIC_LATENCY_P95,
                             .step = {.before = 5, .after = 5 * (1 + change), .change = change},
                             .state = state};
    struct run run;

    sample_run(&run, n, &(struct sample_run){0});
    memcpy(p.run_uuid, run.uuid, sizeof p.run_uuid);
    p.started_ms = run.started_ms;
    run_free(&run);
    return p;
}

static bool put(struct store *s, struct change_point *points, size_t count)
{
    struct change_point_list list = {points, count};
    struct series_group_list groups;
    bool done = store_series_groups(s, "typical", NULL, &groups, &err) && groups.count == 1 &&
                store_put_changes(s, &groups.group[0], &list, &err);

    series_group_list_free(&groups);
    return done;
}

/* "ID:NUMBER OF RUN:STATE:FOUND:NOTE ..." */
static char *kept(struct store *s)
{
    struct change_point_list list;
    struct text out = {0};

    text_add(&out, "");
    if (!store_changes(s, &(struct change_filter){.metric = -1}, &list, &err))
        text_add(&out, err.text);
    for (size_t i = 0; i < list.count; i++) {
        const struct change_point *p = &list.point[i];

        text_addf(&out, "%s%lld:%ld:%s:%d:%s", i ? " " : "", (long long)p->id,
                  strtol(p->run_uuid + 24, NULL, 16), change_state_name[p->state], p->found,
                  p->note ? p->note : "");
    }
    change_point_list_free(&list);
    return out.data;
}

static void kept_is(struct store *s, const char *want, const char *name)
{
    char *got = kept(s);

    tap_is(got, want, name);
    free(got);
}

static bool analyzed(struct store *s)
{
    struct series_group_list groups;
    bool is = store_series_groups(s, NULL, "main", &groups, &err) && groups.count == 1 &&
              groups.group[0].analyzed;

    series_group_list_free(&groups);
    return is;
}

static void test_states(void)
{
    struct store *s = sample_open("states.db", STORE_WRITE);
    struct change_point points[3];

    for (int n = 1; n <= 9; n++)
        sample_record(s, n, &(struct sample_run){0}, 5, RUN_OK);
    points[0] = point_at(3, 0, 0.1, CHANGE_CONFIRMED);
    points[1] = point_at(6, 0, 0.2, CHANGE_NEW);
    points[2] = point_at(8, 0, 0.3, CHANGE_NEW);
    OK(!analyzed(s) && put(s, points, 3) && analyzed(s), "three change points are kept");
    kept_is(s, "1:3:confirmed:1: 2:6:new:1: 3:8:new:1:", "as they were found");
    OK(store_annotate_change(s, 2, CHANGE_EXPECTED, "tls on", &err) &&
           store_annotate_change(s, 3, CHANGE_NEW, "whose?", &err),
       "one is expected, one has a note");
    OK(!store_annotate_change(s, 99, CHANGE_FIXED, NULL, &err) && err.kind == ERR_USAGE,
       "of one that is not there nothing can be said: %s", err.text);
    points[0] = point_at(7, 2, 0.2, CHANGE_CONFIRMED);
    points[1] = point_at(6, 3, 0.1, CHANGE_CONFIRMED);
    OK(put(s, points, 2), "the next analysis finds two of them elsewhere, one where the other was");
    kept_is(s, "3:6:confirmed:1:whose? 2:7:expected:1:tls on",
            "states and notes go along, what nobody spoke of is gone");
    OK(put(s, points, 0), "the next one finds nothing");
    kept_is(s, "3:6:confirmed:0:whose? 2:7:expected:0:tls on", "and people's words stay");
    points[0] = point_at(7, 0, 0.2, CHANGE_NEW);
    OK(put(s, points, 1), "found again at the same run");
    kept_is(s, "3:6:confirmed:0:whose? 2:7:expected:1:tls on", "it is the one that was expected");
    OK(store_annotate_change(s, 2, CHANGE_FALSE_ALARM, NULL, &err), "which was a mistake");
    kept_is(s, "3:6:confirmed:0:whose? 2:7:false-alarm:1:tls on", "what is said last counts");
    sample_record(s, 10, &(struct sample_run){0}, 5, RUN_FAILED);
    OK(analyzed(s), "a failed run is no reason to look again");
    sample_record(s, 11, &(struct sample_run){0}, 5, RUN_OK);
    OK(!analyzed(s), "a good one is");
    OK(put(s, points, 0) && analyzed(s) &&
           db_script(s,
                     "UPDATE commit_info SET position = 7 WHERE sha = (SELECT commit_sha FROM "
                     "run WHERE id = 1)",
                     &err) &&
           !analyzed(s),
       "and so is another order");
    OK(put(s, points, 0) && analyzed(s) &&
           db_script(s,
                     "UPDATE run SET uuid = '0193a5f0-0000-7abc-8def-00000000ffff' "
                     "WHERE id = (SELECT max(id) FROM run)",
                     &err) &&
           !analyzed(s),
       "and another run that was given the id of the last one");
    store_close(s);
}

static void test_notes(void)
{
    struct store *s = sample_open("notes.db", STORE_WRITE);
    struct note_list notes;
    int64_t id = sample_record(s, 1, &(struct sample_run){0}, 5, RUN_OK);

    OK(store_annotate_run(s, id, "first", &err) && usleep(2000) == 0 &&
           store_annotate_run(s, id, "second \x1b[31m", &err),
       "two notes about a run");
    OK(store_notes(s, id, &notes, &err) && notes.count == 2 &&
           strcmp(notes.note[0].text, "first") == 0 &&
           strncmp(notes.note[1].text, "second ", 7) == 0 && !strchr(notes.note[1].text, 0x1b),
       "are read in their order, harmless");
    note_list_free(&notes);
    OK(!store_annotate_run(s, 99, "x", &err) && err.kind == ERR_USAGE, "%s", err.text);
    OK(db_script(s, "DELETE FROM run", &err) && store_notes(s, id, &notes, &err) &&
           notes.count == 0,
       "they go with the run");
    note_list_free(&notes);
    store_close(s);
}

/* Runs of one session and commit are one point. */
static void test_fold(void)
{
    struct store *s = sample_open("fold.db", STORE_WRITE);
    struct series_runs runs = {0};
    struct series series;
    struct run_list list = {0};

    for (int n = 1; n <= 6; n++)
        sample_record(s, n,
                      &(struct sample_run){.session = n <= 3 || n == 5 ? "a" : "b", .commit = "c1"},
                      n * n, RUN_OK);
    sample_record(s, 7, &(struct sample_run){.session = "b", .commit = "c2"}, 7, RUN_OK);
    OK(store_list(s, &(struct run_filter){0}, &list, &err) &&
           store_series(s, &list.row[0], 100, &runs, &err) && runs.count == 7,
       "seven runs");
    series_get(&runs, METRIC_LATENCY_P95, &series);
    OK(series.count == 7 && series.point[6].runs == 1 && series.point[5].value == 36,
       "are a series of seven points");
    series_free(&series);
    series_fold(&runs);
    series_get_folded(&runs, METRIC_LATENCY_P95, &series);
    OK(series.count == 3 && series.point[0].runs == 4 && series.point[1].runs == 2 &&
           series.point[2].runs == 1,
       "of two sessions, one with two commits");
    OK(series.point[0].value == 6.5 && series.point[1].value == 26 && series.point[2].value == 7,
       "are three points, by their medians");
    OK(strtol(series.point[1].run->uuid + 24, NULL, 16) == 4, "each called by its first run");
    series_free(&series);
    runs.value[0][METRIC_LATENCY_P95] = runs.value[6][METRIC_LATENCY_P95] = NAN;
    series_get_folded(&runs, METRIC_LATENCY_P95, &series);
    OK(series.count == 2 && series.point[0].runs == 3 && series.point[0].value == 9 &&
           series.point[0].run == &runs.run[1],
       "runs without a value are passed over");
    series_free(&series);
    series_runs_free(&runs);
    series_fold(&runs);
    series_get_folded(&runs, METRIC_LATENCY_P95, &series);
    OK(series.count == 0, "nothing stays nothing");
    series_free(&series);
    run_list_free(&list);
    store_close(s);
}

int main(void)
{
    char *folder = sample_folder();

    test_states();
    test_notes();
    test_fold();
    sample_folder_end(folder);
    return tap_end();
}
