/* The list of runs: one line a run. */
#include "report/tell.h"

void report_runs(struct doc *d, const struct run_list *runs, const double *p95_ms,
                 const double *msg_s)
{
    struct doc_table *t;
    char s[UNITS_TEXT_SIZE];

    if (runs->count == 0) {
        doc_paragraph(d);
        doc_say(d, TONE_PLAIN, "No runs.");
        return;
    }
    t = doc_table(d);
    doc_column(t, ALIGN_RIGHT, "run");
    doc_column(t, ALIGN_RIGHT, "started (UTC)");
    doc_column(t, ALIGN_LEFT, "scenario");
    doc_column(t, ALIGN_LEFT, "branch");
    doc_column(t, ALIGN_RIGHT, "commit");
    doc_column(t, ALIGN_RIGHT, "status");
    doc_column(t, ALIGN_RIGHT, "p95 ms");
    doc_column(t, ALIGN_RIGHT, "msg/s");
    for (size_t i = 0; i < runs->count; i++) {
        const struct run_row *r = &runs->row[i];

        doc_row(t);
        doc_cell(t, TONE_STRONG, "%lld", (long long)r->id);
        doc_cell(t, TONE_MUTED, "%s", tell_time(s, r->started_ms));
        doc_cell(t, TONE_PLAIN, "%s", r->scenario);
        doc_cell(t, TONE_PLAIN, "%s", r->branch ? r->branch : "-");
        doc_cell(t, TONE_PLAIN, "%s", tell_commit(s, r->commit_sha));
        doc_cell(t, tell_status_tone(r->status), "%s", run_status_name[r->status]);
        doc_cell(t, TONE_PLAIN, "%s", units_format_metric(s, p95_ms[i], ""));
        doc_cell(t, TONE_PLAIN, "%s", units_format_metric(s, msg_s[i], ""));
    }
}
