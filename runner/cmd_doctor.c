/* doctor: is this machine fit to measure, and the database fit to keep? */
#include "runner/doctor.h"
#include "runner/launch.h"
#include "runner/runner.h"

#include "analyze/analyze.h"
#include "report/report.h"
#include "schema/change.h"
#include "schema/exit.h"
#include "schema/json.h"
#include "schema/units.h"
#include "store/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CALIBRATION_RUNS = 5 };

struct doctor_args {
    bool quick;
};

static const struct option_spec doctor_options[] = {
    OPTION(struct doctor_args, quick, "quick", NULL, "without the calibration, which takes 15 s"),
    OPTION_END,
};

/* gnuplot is looked for where it would be started from. */
static void gnuplot_look(struct diagnoses *out)
{
    const char *path = getenv("PATH");
    char *copy = mem_copy(path ? path : ""), *next = copy, *folder;
    bool found = false;

    while (!found && (folder = strsep(&next, ":"))) {
        char *file = mem_printf("%s/gnuplot", *folder ? folder : ".");

        found = access(file, X_OK) == 0;
        free(file);
    }
    free(copy);
    diagnoses_add(out, "gnuplot", found ? DIAGNOSIS_OK : DIAGNOSIS_WARNING,
                  mem_copy(found ? "there" : "missing"),
                  found ? NULL : mem_copy("reports have no charts: apt-get install gnuplot-nox"));
}

/* What the calibration measured: one value a run, NAN where it could not be measured. */
struct calibration {
    double p50[CALIBRATION_RUNS], p95[CALIBRATION_RUNS], late[CALIBRATION_RUNS];
    char *failed; /* why the first run that failed did; NULL: none */
    size_t overloaded;
};

static void calibration_run(struct session *session, const struct scenario *scenario,
                            struct launch *launch, int64_t n, struct calibration *c)
{
    struct run run = {0};
    struct result result;

    result_init(&result);
    session_run(session, scenario, n, &run);
    session_measure(session, launch, &(struct session_part){scenario, &run, "calibration", &result},
                    1);
    c->p50[n - 1] = result.value[METRIC_LATENCY_P50];
    c->p95[n - 1] = result.value[METRIC_LATENCY_P95];
    c->late[n - 1] = result.value[METRIC_GENERATOR_LATE_P99];
    c->overloaded += result.status == RUN_OVERLOADED;
    if (result.status == RUN_FAILED && !c->failed)
        c->failed = mem_copy(result.reason ? result.reason : "the run failed");
    result_free(&result);
    run_free(&run);
}

/* Five short runs of a light load against the built-in target. */
static bool calibrate(const struct globals *g, struct calibration *c, struct err *e)
{
    struct session_args args = SESSION_DEFAULTS;
    struct scenario scenario = {0};
    struct session *session = NULL;
    struct launch *launch = NULL;
    bool done = scenario_builtin(&scenario, "typical", e);

    scenario.rate.value = 10;
    scenario.ramp_ns = NS_PER_S / 5;
    scenario.warmup_ns = NS_PER_S / 2;
    scenario.duration_ns = 2 * NS_PER_S;
    done = done && session_open(&session, &args, g, e) &&
           session_launch(session, &scenario, NULL, &launch, e);
    for (int64_t n = 1; done && n <= CALIBRATION_RUNS; n++) {
        calibration_run(session, &scenario, launch, n, c);
        done = !interrupt_signal() || err_set(e, ERR_MEASURE, "interrupted");
    }
    launch_stop(launch);
    session_close(session);
    scenario_free(&scenario);
    return done;
}

/* How far runs of the same thing are apart decides what can be told from it. */
static void noise_tell(const double *value, const char *what, struct diagnoses *out)
{
    struct sample runs = {value, NULL, CALIBRATION_RUNS};
    struct comparison c;
    char size[UNITS_TEXT_SIZE];
    bool noisy;

    compare_log(&runs, &runs, &(struct sample){0}, &compare_defaults, &c);
    if (!isfinite(c.detectable)) {
        diagnoses_add(out, what, DIAGNOSIS_UNKNOWN, mem_copy("could not be measured"), NULL);
        return;
    }
    noisy = c.detectable > 1;
    diagnoses_add(out, what, noisy ? DIAGNOSIS_WARNING : DIAGNOSIS_OK,
                  mem_printf("%d runs a side, here and now, would show a change of %s",
                             CALIBRATION_RUNS, change_size_text(size, c.detectable, SCALE_LOG)),
                  noisy ? mem_copy("the machine is noisy: compare by `streamgauge ab`, which "
                                   "alternates, or use a quieter one")
                        : NULL);
}

static bool calibration_look(const struct globals *g, struct diagnoses *out, struct err *e)
{
    struct calibration c = {0};
    double late = 0;
    bool done = calibrate(g, &c, e);

    for (int i = 0; i < CALIBRATION_RUNS; i++)
        late = fmax(late, c.late[i]);
    if (done && c.failed) {
        diagnoses_add(out, "calibration", DIAGNOSIS_BAD, mem_copy(c.failed),
                      mem_copy("not even the built-in target can be measured here"));
    } else if (done) {
        diagnoses_add(out, "generator", c.overloaded ? DIAGNOSIS_BAD : DIAGNOSIS_OK,
                      mem_printf("up to %.1f ms late (p99 of a light load)", late),
                      c.overloaded
                          ? mem_copy("beyond 10 ms runs are marked and pass no gate: the machine "
                                     "is too busy or too small")
                          : NULL);
        noise_tell(c.p50, "noise of p50", out);
        noise_tell(c.p95, "noise of p95", out);
    }
    free(c.failed);
    return done;
}

static void diagnoses_json(const struct diagnoses *f, struct text *out)
{
    text_addf(out, "{\"schema_version\":1,\"state\":\"%s\",\"findings\":[",
              diagnosis_state_name[diagnoses_worst(f)]);
    for (size_t i = 0; i < f->count; i++) {
        const struct diagnosis *one = &f->item[i];

        text_add(out, i ? ",\n{\"what\":" : "\n{\"what\":");
        json_quote(out, one->what);
        text_addf(out, ",\"state\":\"%s\",\"found\":", diagnosis_state_name[one->state]);
        json_quote(out, one->found);
        text_add(out, ",\"advice\":");
        if (one->advice)
            json_quote(out, one->advice);
        else
            text_add(out, "null");
        text_add(out, "}");
    }
    text_add(out, "\n]}\n");
}

static const enum tone state_tone[] = {TONE_GOOD, TONE_MUTED, TONE_WARN, TONE_BAD};

static void diagnoses_doc(const struct diagnoses *f, struct doc *d)
{
    static const char *const sentence[] = {
        "This machine is fit to measure, and the database to keep.",
        "This machine is fit to measure, as far as it tells.",
        "This machine can measure; what is said below makes figures less sure.",
        "Not fit: what is said below has to be mended first."};
    enum diagnosis_state worst = diagnoses_worst(f);
    struct doc_table *t;

    doc_lead(d, state_tone[worst]);
    doc_say(d, state_tone[worst], "%s", sentence[worst]);
    t = doc_table(d);
    doc_column(t, ALIGN_LEFT, "what");
    doc_column(t, ALIGN_LEFT, "state");
    doc_column(t, ALIGN_WRAP, "found");
    for (size_t i = 0; i < f->count; i++) {
        doc_row(t);
        doc_cell(t, TONE_PLAIN, "%s", f->item[i].what);
        doc_cell(t, state_tone[f->item[i].state], "%s", diagnosis_state_name[f->item[i].state]);
        doc_cell(t, TONE_PLAIN, "%s", f->item[i].found);
    }
    for (size_t i = 0; i < f->count; i++) {
        if (!f->item[i].advice)
            continue;
        doc_item(d);
        doc_say(d, state_tone[f->item[i].state], "%s", f->item[i].what);
        doc_say(d, TONE_PLAIN, ": %s", f->item[i].advice);
    }
}

static void diagnoses_tell(const struct globals *g, const struct diagnoses *f)
{
    struct text out = {0};
    struct doc d = {0};

    if (g->json) {
        diagnoses_json(f, &out);
        fputs(out.data, stdout);
    } else {
        diagnoses_doc(f, &d);
        report_print(&d, g);
    }
    text_free(&out);
    doc_free(&d);
}

static int doctor_run(const struct call *call, struct err *e)
{
    const struct doctor_args *args = call->args;
    const struct globals *g = call->globals;
    struct diagnoses machine = {0}, file = {0};
    struct err why = {0};
    bool damaged, done = true;

    doctor_machine("", &machine);
    gnuplot_look(&machine);
    if (!args->quick)
        done = calibration_look(g, &machine, e);
    if (!store_doctor(g->db, g->wait.ns, &file, &why))
        diagnoses_add(&file, "database", DIAGNOSIS_BAD, mem_copy(why.text), NULL);
    damaged = diagnoses_worst(&file) == DIAGNOSIS_BAD;
    if (done && diagnoses_worst(&machine) == DIAGNOSIS_BAD)
        err_set(e, ERR_MEASURE, "the machine is not fit to measure; see above");
    diagnoses_join(&machine, &file);
    if (done)
        diagnoses_tell(g, &machine);
    if (damaged)
        err_set(e, ERR_STORE, "the database is not fit to keep runs; see above");
    diagnoses_free(&machine);
    return (int)e->kind;
}

const struct command cmd_doctor = {
    .name = "doctor",
    .summary = "is this machine fit to measure, and the database fit to keep?",
    .details =
        "Looks at what the kernel tells, at the database, and measures the built-in target a\n"
        "few times for the noise. Nothing is changed or recorded. Exit status 3: not fit to\n"
        "measure, 4: the database is damaged.",
    .options = doctor_options,
    .args_size = sizeof(struct doctor_args),
    .run = doctor_run,
};
