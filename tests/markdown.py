"""markdown.py lines SEED: random lines made of what Markdown, HTML and GitHub react to.
markdown.py check LINES < HTML: the same lines, as GitHub's own reader made HTML of them, are text."""
import html.parser
import random
import re
import sys

PIECES = list("ab1 _*`~[]()<>!|\\#&;:@$.-+='\"/%^{}\t ") + [
    "**", "```", "](x)", "<a>", "&lt;", "http://a.b", "www.x.y", "@org/team", "#12", "GH-3",
    "<!--", "-->", "\\|", "1. ", "- ", "é", "日", ":tada:", "$a$", "a@b.co", "<b>", "$`a`$"]
TAGS = set("h2 blockquote p strong code ul li table thead tbody tr th td details summary picture "
           "source img".split())
LIVE = re.compile(r"@|[#!]\d|\$|://|www\.|GH-\d|:[a-z]\w*:")


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.code = 0
        self.headings = []
        self.heading = None
        self.wrong = []

    def handle_starttag(self, tag, attributes):
        if tag not in TAGS or any(name.startswith("on") for name, _ in attributes):
            self.wrong.append("<%s %s>" % (tag, attributes))
        self.code += tag == "code"
        if tag == "h2":
            self.heading = ""

    def handle_endtag(self, tag):
        self.code -= tag == "code"
        if tag == "h2":
            self.headings.append(self.heading)
            self.heading = None

    def handle_data(self, data):
        if self.heading is not None:
            self.heading += data
        if not self.code and LIVE.search(data):
            self.wrong.append("live: " + data)


def plain(text):
    return " ".join(text.split())


if sys.argv[1] == "lines":
    random.seed(int(sys.argv[2]))
    for _ in range(400):
        line = "".join(random.choice(PIECES) for _ in range(random.randint(1, 14)))
        print(line if line.strip() else "x")
else:
    page = Page()
    page.feed(sys.stdin.read())
    lines = open(sys.argv[2], encoding="utf-8").read().split("\n")[:-1]
    for line, heading in zip(lines, page.headings):
        if plain(line) != plain(heading):
            page.wrong.append("%r became %r" % (line, heading))
    if len(lines) != len(page.headings):
        page.wrong.append("%d lines became %d headings" % (len(lines), len(page.headings)))
    print("\n".join(page.wrong[:10]))
