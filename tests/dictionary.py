#!/usr/bin/env python3
"""schema/DICTIONARY.md: dictionary.py DATABASE QUESTIONS.sql EXTENSION

Out of the comments in the DDL, of the rows of table metric, and of what the questions answer on this database.
"""
import os
import re
import sqlite3
import subprocess
import sys

database, questions, extension = sys.argv[1:]
db = sqlite3.connect(database)


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def comments(lines):
    """Takes the comment lines off the front of lines, as one text."""
    text = []
    while lines and lines[0].startswith("--"):
        text.append(lines.pop(0)[2:].strip())
    return " ".join(text)


def columns(lines):
    """(name, type, what it is) of each column; a comment that goes on below belongs to it, too."""
    found = []
    for line in lines:
        code, _, comment = (part.strip() for part in line.partition("--"))
        words = re.match(r"([a-z_]+) (INTEGER|TEXT|REAL|BLOB)\b(.*)", code)
        if words:
            name, kind, rest = words.groups()
            found.append([name, kind + (" NOT NULL" if "NOT NULL" in rest else ""), comment, rest])
        elif found and not code:
            found[-1][2] += " " + comment
        elif found and code.startswith("CHECK"):
            found[-1][2] += (" " if found[-1][2] and comment else "") + comment
            found[-1][3] += " " + code
    for column in found:
        refers = re.search(r"REFERENCES ([a-z_]+)", column[3])
        one_of = re.search(r"CHECK \([a-z_]+ IN \(('.*?')\)\)", column[3])
        if refers:
            column[2] = (column[2] + "; " if column[2] else "") + "→ `%s`" % refers.group(1)
        if one_of:
            values = one_of.group(1).replace("'", "`")
            column[2] = (column[2] + ": " if column[2] else "one of ") + values
    return [("`%s`" % name, kind, cell(what)) for name, kind, what, _ in found]


def tables():
    print("## Tables\n")
    for name, sql in db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table' "
                                "AND name NOT LIKE 'sqlite%' ORDER BY rowid"):
        lines = [line.strip() for line in sql.split("\n")[1:-1]]
        about = comments(lines)
        print("### %s\n" % name)
        if about:
            print(about + "\n")
        table(("column", "type", "is"), columns(lines))


def views():
    print("## Views\n")
    for name, sql in db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'view' ORDER BY rowid"):
        lines = [line.strip() for line in sql.split("\n")[1:]]
        names = [row[1] for row in db.execute("SELECT * FROM pragma_table_info(?)", (name,))]
        print("### %s\n\n%s\n\n%s\n" % (name, comments(lines), ", ".join("`%s`" % n for n in names)))


def metrics():
    print("## Metrics\n\nA distribution has one histogram a run; its percentiles are metrics of their own.\n")
    rows = db.execute("SELECT name, unit, direction, scale, kind, gate, help FROM metric ORDER BY id")
    table(("metric", "unit", "better", "compared by", "gates", "is"),
          [("`%s`" % n, u, d, "-" if kind == "distribution" else s, "yes" if g else "",
            ("distribution: " if kind == "distribution" else "") + cell(h))
           for n, u, d, s, kind, g, h in rows])


def ask(sql):
    done = subprocess.run(["sqlite3", "-bail", "-column", "-header", "-cmd", ".load " + extension, database, sql],
                          capture_output=True, text=True,
                          env={**os.environ, "LD_PRELOAD": os.environ.get("EXTENSION_RUNTIME", "")})
    if done.returncode or not done.stdout.strip():
        sys.exit("no answer: %s\n%s" % (sql, done.stderr))
    return "\n".join(line.rstrip() for line in done.stdout.rstrip("\n").split("\n"))


def answers():
    print("## Questions\n\nEach as it is asked in `sqlite3 -column -header`, of the database that `make test` makes; "
          "those with `hdr_` or\n`sg_` after `.load streamgauge`.\n")
    text = open(questions, encoding="utf-8").read()
    for question in re.split(r"\n\n+", text.strip()):
        lines = question.split("\n")
        title = lines.pop(0)[2:].strip()
        note = comments(lines)
        sql = "\n".join(lines)
        print("### %s\n" % title)
        if note:
            print(note[0].upper() + note[1:] + ".\n")
        print("```sql\n%s\n```\n```\n%s\n```\n" % (sql, ask(sql)))


print("# The database, table by table\n\n<!-- Made by `make golden` of the DDL, the list of metrics and "
      "tests/questions.sql; a test compares. -->\n")
print("One SQLite file. Times are UTC text, `2026-11-23T16:05:00.123Z`; the unit stands in the name (`_s`) or "
      "in `metric`.\nThe views are the way in; [README.md](README.md) has the SQL functions.\n")
views()
tables()
metrics()
answers()
