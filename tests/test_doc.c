/* Documents and their renderers: hostile text, widths, and golden files, which
 * `make golden` accepts after they were looked at. With the argument `markdown` or `html`, every
 * line of stdin stands wherever text can in a document that is written to stdout, for markdown.t.
 */
#include "report/report.h"

#include "tests/tap.h"
#include "tests/told.h"

#include <stdlib.h>

static bool accept;

/* The text against tests/golden/NAME. */
static void golden(const struct text *got, const char *name)
{
    char path[128], *want = NULL;
    size_t size = 0;
    FILE *f;

    snprintf(path, sizeof path, "tests/golden/%s", name);
    if (accept && (f = fopen(path, "w"))) {
        fputs(got->data, f);
        fclose(f);
    }
    if ((f = fopen(path, "r"))) {
        if (getdelim(&want, &size, '\0', f) < 0)
            want = NULL;
        fclose(f);
    }
    OK(want && strcmp(got->data, want) == 0, "%s is as expected", path);
    if (!want || strcmp(got->data, want) != 0) {
        char *copy = mem_copy(got->data), *at = copy;

        for (char *line; (line = strsep(&at, "\n"));)
            printf("#  got: %s\n", line);
        free(copy);
    }
    free(want);
}

/* No line of the text is wider. */
static size_t widest(const struct text *t)
{
    size_t most = 0;
    char *copy = mem_copy(t->data), *at = copy;

    for (char *line; (line = strsep(&at, "\n"));)
        most = text_width(line) > most ? text_width(line) : most;
    free(copy);
    return most;
}

static bool holds_control(const char *s)
{
    for (; *s; s++)
        if ((*s > 0 && *s < ' ' && *s != '\n') || *s == 127)
            return true;
    return false;
}

static bool line_ends_blank(const char *s)
{
    return strstr(s, " \n") != NULL;
}

/* The page without its head and script, which are the same for all. */
static void page_golden(const struct doc *d, const char *name)
{
    struct text html = {0}, content = {0};
    const char *start, *end;
    char file[64];

    doc_html(d, &html);
    start = strstr(html.data, "<main>");
    end = strstr(html.data, "<script>");
    OK(!holds_control(html.data), "%s passes no control byte to a page", name);
    if (start && end)
        text_add_bytes(&content, start, (size_t)(end - start));
    snprintf(file, sizeof file, "%s.html", name);
    golden(&content, file);
    text_free(&html);
    text_free(&content);
}

/* All renderings of a document into golden files; it is freed. */
static void told(struct doc *d, const char *name)
{
    struct text terminal = {0}, narrow = {0}, markdown = {0};
    char file[64];

    d->unfolded = true;
    doc_terminal(d, 80, false, &terminal);
    doc_terminal(d, 50, false, &narrow);
    doc_markdown(d, &markdown);
    OK(widest(&terminal) <= 80, "%s keeps within 80 columns", name);
    OK(!holds_control(terminal.data), "%s passes no control byte to a terminal", name);
    OK(!holds_control(markdown.data), "%s passes none to Markdown", name);
    OK(!line_ends_blank(terminal.data), "%s has no blanks at the ends of lines", name);
    OK(widest(&narrow) < widest(&terminal) || widest(&narrow) <= 50, "%s gives way at 50", name);
    snprintf(file, sizeof file, "%s.txt", name);
    golden(&terminal, file);
    snprintf(file, sizeof file, "%s.md", name);
    golden(&markdown, file);
    page_golden(d, name);
    text_free(&terminal);
    text_free(&narrow);
    text_free(&markdown);
    doc_free(d);
}

static void judged_told(void)
{
    struct judged_list l = told_judged();
    struct text json = {0};
    struct doc d = {0};

    report_judged(&d, &l);
    told(&d, "judged");
    report_judged_json(&l, &json);
    golden(&json, "judged.json");
    text_free(&json);

    /* A second scenario: each gets its heading. */
    told_add(&l, told_row(METRIC_LATENCY_P95, 3, 3.01, -0.01, 0.02, OUTCOME_SAME));
    l.row[l.count - 1].scenario_id = 2;
    free(l.row[l.count - 1].scenario);
    l.row[l.count - 1].scenario = mem_copy(HOSTILE);
    report_judged(&d, &l);
    told(&d, "judged-two");
    judged_list_free(&l);
}

/* What would decide between the sides of an ab is pairs; another ab it is that is undecided. */
static void judged_pairs(void)
{
    struct judged_list l = {.summary = mem_copy("undecided")};
    struct text out = {0};
    struct doc d = {0};

    told_add(&l, told_row(METRIC_LATENCY_P95, 3, 3.01, -0.01, 0.02, OUTCOME_INCONCLUSIVE));
    told_add(&l, told_row(METRIC_LATENCY_P99, 3, 3.01, -0.01, 0.02, OUTCOME_INCONCLUSIVE));
    l.row[0].comparison.paired = l.row[1].comparison.paired = true;
    l.row[0].comparison.more_runs = 6;
    l.row[1].comparison.more_runs = -1;
    report_judged(&d, &l);
    doc_terminal(&d, 80, false, &out);
    OK(strstr(out.data, "latency.p95: 6 more pairs would decide") &&
           strstr(out.data, "latency.p99: more pairs would not decide") &&
           !strstr(out.data, "streamgauge ab"),
       "an ab asks for pairs");
    text_free(&out);
    doc_free(&d);
    judged_list_free(&l);
}

static void judged_nothing(void)
{
    struct judged_list l = {.summary = mem_copy("nothing was judged")};
    struct text out = {0};
    struct doc d = {0};

    report_judged(&d, &l);
    doc_terminal(&d, 80, false, &out);
    tap_is(out.data, "✓ nothing was judged\n", "a judgement without rows is its sentence");
    text_free(&out);
    report_judged_json(&l, &out);
    tap_is(
        out.data,
        "{\"schema_version\":1,\"verdict\":null,\"summary\":\"nothing was judged\",\"rows\":[]}\n",
        "and an empty list in JSON");
    text_free(&out);
    doc_free(&d);
    judged_list_free(&l);
}

static void run_told(const char *scenario, const char *name)
{
    struct run run = told_run(scenario);
    struct result result = told_result();
    char brief[64];
    struct doc d = {0};

    report_run(&d, &run, &result);
    told(&d, name);
    report_run_brief(&d, &run, &result);
    snprintf(brief, sizeof brief, "%s-brief", name);
    told(&d, brief);
    run_free(&run);
    result_free(&result);
}

static void runs_told(void)
{
    static char ordinary[] = "burst-load", hostile[] = HOSTILE, sha[] = "9e01b4d2c8a7f6",
                uuid[] = "u", reason[] = "said \"no\"\n";
    struct run_row row[3] = {
        {.id = 1, .scenario = ordinary, .session = uuid, .status = RUN_OK, .started_ms = 0},
        {.id = 123456,
         .scenario = hostile,
         .branch = hostile,
         .commit_sha = sha,
         .session = uuid,
         .status = RUN_INTERRUPTED,
         .started_ms = INT64_C(1795450800123),
         .reason = reason},
        {.id = 3,
         .scenario = ordinary,
         .branch = ordinary,
         .commit_sha = sha,
         .session = uuid,
         .status = RUN_FAILED,
         .started_ms = INT64_C(1795450800123)}};
    struct run_list runs = {row, 3}, none = {0};
    const double p95[3] = {29.3, 1234.5, NAN}, msg[3] = {1981, 123456, NAN};
    struct result result = told_result();
    struct run_json json[2] = {{&row[1], result.value}, {&row[0], result.value}};
    struct text out = {0};
    struct doc d = {0};

    report_runs(&d, &runs, p95, msg);
    told(&d, "runs");
    report_runs_json(json, 2, &out);
    golden(&out, "runs.json");
    text_free(&out);
    report_runs(&d, &none, NULL, NULL);
    doc_terminal(&d, 80, false, &out);
    tap_is(out.data, "No runs.\n", "an empty list is told in words");
    text_free(&out);
    doc_free(&d);
    result_free(&result);
}

/* Every kind of block, filled with the worst. */
static void hostile_told(void)
{
    struct doc_table *t;
    char picture[] = "<svg></svg>\n";
    const struct text svg = {picture, strlen(picture), 0};
    struct doc d = {0};

    doc_heading(&d, 1, "%s", HOSTILE);
    doc_lead(&d, TONE_BAD);
    doc_say(&d, TONE_BAD, "%s", HOSTILE);
    doc_paragraph(&d);
    doc_say(&d, TONE_STRONG, "%s", HOSTILE);
    doc_say(&d, TONE_CODE, "%s", HOSTILE);
    for (const char *const *s =
             (const char *const[]){"1. no list", "- no list", "+ no list", "    no code",
                                   "# no heading", "=== x", "> no quote", "12) no list", NULL};
         *s; s++) {
        doc_paragraph(&d);
        doc_say(&d, TONE_PLAIN, "%s", *s);
    }
    doc_item(&d);
    doc_say(&d, TONE_PLAIN, "%s", HOSTILE);
    doc_code(&d, "echo `x`\n````\n\033[2J <b> @team\n\n\xff");
    doc_chart(&d, "burst-load", "\"><script>" HOSTILE, &svg);
    doc_details_begin(&d, HOSTILE);
    t = doc_table(&d);
    doc_column(t, ALIGN_LEFT, HOSTILE);
    doc_column(t, ALIGN_WRAP, "b");
    doc_column(t, ALIGN_RIGHT, "c");
    doc_row(t);
    doc_cell(t, TONE_CODE, "%s", HOSTILE);
    doc_cell(t, TONE_PLAIN, "%s", HOSTILE);
    doc_row(t);
    doc_cell(t, TONE_WARN, "日本語のとても長い名前はここで切られる日本語のとても長い名前");
    doc_cell(t, TONE_GOOD, "日本語のとても長い名前はここで折り返される");
    doc_cell(t, TONE_MUTED, "1,981 msg/s");
    doc_details_end(&d);
    told(&d, "hostile");
}

static void color_told(void)
{
    struct text out = {0};
    struct doc d = {0};

    doc_lead(&d, TONE_BAD);
    doc_say(&d, TONE_BAD, "worse");
    doc_say(&d, TONE_PLAIN, " by 24 %%");
    doc_terminal(&d, 80, true, &out);
    tap_is(out.data, "\033[1;31m✗ \033[m\033[1;31mworse\033[m by 24 %\n", "tones are colours");
    text_free(&out);
    doc_free(&d);
}

static void wrapping(void)
{
    struct text out = {0};
    struct doc d = {0};

    doc_paragraph(&d);
    doc_say(&d, TONE_PLAIN, "one two 29.3 ms four");
    doc_terminal(&d, 13, false, &out);
    tap_is(out.data, "one two\n29.3 ms four\n", "a number is not torn from its unit");
    text_free(&out);
    doc_free(&d);
    doc_item(&d);
    doc_say(&d, TONE_PLAIN, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    doc_terminal(&d, 20, false, &out);
    tap_is(out.data, "• aaaaaaaaaaaaaaaaaa\n  aaaaaaaaaaaa\n",
           "a long word is broken and indented");
    text_free(&out);
    doc_free(&d);
}

static void folding(void)
{
    struct text out = {0};
    struct doc d = {0};
    struct doc_table *t;

    doc_details_begin(&d, "3 more metrics");
    doc_item(&d);
    doc_say(&d, TONE_PLAIN, "hidden");
    doc_details_end(&d);
    doc_paragraph(&d);
    doc_say(&d, TONE_PLAIN, "after");
    doc_terminal(&d, 80, false, &out);
    tap_is(out.data, "3 more metrics (--verbose shows them)\n\nafter\n",
           "a terminal shows the summary of what is folded");
    text_free(&out);
    doc_free(&d);

    t = doc_table(&d);
    doc_column(t, ALIGN_LEFT, "metric");
    doc_column(t, ALIGN_RIGHT, "verdict");
    doc_column(t, ALIGN_RIGHT, "budget");
    doc_column_spare(t);
    doc_row(t);
    doc_cell(t, TONE_PLAIN, "latency.p95");
    doc_cell(t, TONE_PLAIN, "same");
    doc_cell(t, TONE_PLAIN, "ok");
    doc_terminal(&d, 25, false, &out);
    OK(strstr(out.data, "latency.p95") && !strstr(out.data, "budget") && !strstr(out.data, "ok"),
       "a spare column goes before a name is cut");
    text_free(&out);
    doc_terminal(&d, 26, false, &out);
    OK(strstr(out.data, "budget") && strstr(out.data, "ok"), "and stays where there is room");
    text_free(&out);
    doc_terminal(&d, 16, false, &out);
    OK(strstr(out.data, "lat….p95 "), "a name that is cut keeps the end that tells it from others");
    text_free(&out);
    doc_free(&d);
}

static void line_everywhere(struct doc *d, const char *line)
{
    struct doc_table *t;

    doc_heading(d, 2, "%s", line);
    doc_lead(d, TONE_BAD);
    doc_say(d, TONE_BAD, "%s", line);
    doc_paragraph(d);
    doc_say(d, TONE_PLAIN, "%s", line);
    doc_say(d, TONE_STRONG, "%s", line);
    doc_say(d, TONE_PLAIN, ": %s", line);
    doc_item(d);
    doc_say(d, TONE_MUTED, "%s", line);
    doc_say(d, TONE_CODE, "%s", line);
    t = doc_table(d);
    doc_column(t, ALIGN_LEFT, line);
    doc_row(t);
    doc_cell(t, TONE_CODE, "%s", line);
    doc_row(t);
    doc_cell(t, TONE_GOOD, "%s", line);
    doc_details_begin(d, line);
    doc_chart(d, "stem", line, &(struct text){0});
    doc_details_end(d);
}

static int document_of_lines(void (*render)(const struct doc *, struct text *))
{
    struct text out = {0};
    struct doc d = {0};
    size_t size = 0;
    char *line = NULL;

    while (getline(&line, &size, stdin) > 0)
        line_everywhere(&d, line);
    render(&d, &out);
    fputs(out.data, stdout);
    text_free(&out);
    doc_free(&d);
    free(line);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "markdown") == 0)
        return document_of_lines(doc_markdown);
    if (argc > 1 && strcmp(argv[1], "html") == 0)
        return document_of_lines(doc_html);
    accept = argc > 1 && strcmp(argv[1], "accept") == 0;
    judged_told();
    judged_nothing();
    judged_pairs();
    run_told("burst-load", "run");
    run_told(HOSTILE, "run-hostile");
    runs_told();
    hostile_told();
    color_told();
    wrapping();
    folding();
    return tap_end();
}
