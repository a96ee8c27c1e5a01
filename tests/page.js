// page.js MODULES FOLDER LINES: pages in a real browser, as people meet them. FOLDER/*.html are
// reports; FOLDER/lines.html holds the lines of the file LINES everywhere.
"use strict";
const fs = require("fs"), path = require("path");
const [modules, folder, linesFile] = process.argv.slice(2);
const puppeteer = require(path.join(modules, "puppeteer-core"));
const axe = fs.readFileSync(path.join(modules, "axe-core/axe.min.js"), "utf8");
let count = 0, failed = 0;

function ok(good, name, why) {
  count++;
  if (!good) failed++;
  console.log(`${good ? "ok" : "not ok"} ${count} - ${name}`);
  if (!good && why) console.log(`# ${String(why).slice(0, 2000).replace(/\n/g, "\n# ")}`);
}

// A page whose every request but the first, and every complaint of the browser, is kept.
async function open(browser, name, { scheme = "light", width = 1100, script = true } = {}) {
  const page = await browser.newPage(), address = "file://" + path.resolve(folder, name);
  page.setDefaultTimeout(120000); // a busy machine takes its time
  page.complaints = [];
  page.on("request", (r) => r.url() !== address && page.complaints.push("request " + r.url()));
  page.on("console", (m) => page.complaints.push("console " + m.text()));
  page.on("pageerror", (e) => page.complaints.push("error " + e.message));
  page.on("dialog", (d) => { page.complaints.push("dialog"); d.dismiss(); });
  await page.setJavaScriptEnabled(script);
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(address);
  return page;
}

async function accessible(browser, name, how) {
  const page = await open(browser, name, how), client = await page.createCDPSession();
  await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
  // The page's policy lets in no script but its own; the debugger's own world may still run one.
  const { frameTree } = await client.send("Page.getFrameTree");
  const { executionContextId } = await client.send("Page.createIsolatedWorld",
    { frameId: frameTree.frame.id, worldName: "axe" });
  const run = async (expression) => (await client.send("Runtime.evaluate",
    { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true })).result.value;
  await run(axe);
  const found = JSON.parse(await run(
    "axe.run(document, {resultTypes: ['violations']}).then((r) => JSON.stringify(" +
    "r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html + n.failureSummary).join('\\n'))))"));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  ok(found.length === 0, `${name} ${JSON.stringify(how)}: axe finds nothing`, found.join("\n"));
  ok(wide <= 0, "and the page is not wider than the window", wide);
  const strange = await strangers(page);
  ok(strange.length === 0, "it holds nothing but ours", strange.join("\n"));
  ok(page.complaints.length === 0, "nothing is asked for, nothing complained of", page.complaints.join("\n"));
  await page.close();
}

// Elements and attributes that no page of ours has.
const strangers = (page) => page.evaluate((tags) => [...document.querySelectorAll("*")]
  .filter((e) => !tags.includes(e.localName) || [...e.attributes].some((a) => /^on|^style$|^src$/.test(a.name) ||
    (a.name === "href" && !/^#part-[0-9]+$/.test(a.value))))
  .map((e) => e.outerHTML.slice(0, 200)), ("html head meta title style body main h1 h2 p span ul li a nav code div " +
  "table thead tr th tbody td details summary figure svg g path text button script").split(" "));

const column = (page, n) => page.$$eval("table:first-of-type tbody tr",
  (rows, at) => rows.map((row) => row.cells[at].textContent), n);

async function sortable(browser, name) {
  const page = await open(browser, name), before = await column(page, 1);
  const click = async () => { await page.focus("thead th:nth-child(2) button"); await page.keyboard.press("Enter"); };
  const value = (s) => parseFloat(s.replace(/,/g, ""));
  const rising = [...before].sort((a, b) => value(a) - value(b));
  const state = () => page.$eval("thead th:nth-child(2)", (th) => th.getAttribute("aria-sort"));
  await click();
  ok((await column(page, 1)).join() === rising.join(), "a table is sorted by a column with the keyboard",
    await column(page, 1));
  ok((await state()) === "ascending", "and says so");
  await click();
  ok((await column(page, 1)).join() === rising.reverse().join(), "downwards too");
  await click();
  ok((await column(page, 1)).join() === before.join() && (await state()) === null, "and back");
  await page.close();
  const still = await open(browser, name, { script: false });
  ok((await column(still, 1)).join() === before.join() && !(await still.$("button")),
    "without scripts it stands in its own order, and nothing seems to do what it does not");
  await still.close();
}

async function printed(browser, name) {
  const page = await open(browser, name, { scheme: "dark" });
  await page.emulateMediaType("print");
  const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  ok(paper === "rgb(255, 255, 255)", "a dark page is printed on white paper", paper);
  ok((await page.pdf()).length > 1000, "it can be printed");
  ok(await page.$$eval("details", (all) => all.every((d) => d.open)), "with everything unfolded");
  await page.close();
}

// On a narrow screen the newest run of a trend is seen without scrolling; other charts begin as they do.
async function narrow(browser, name) {
  const page = await open(browser, name, { width: 390 });
  const places = await page.$$eval("figure", (all) => all.map((e) =>
    [e.className === "trend", e.scrollLeft, e.scrollWidth - e.clientWidth]));
  ok(places.some((p) => p[0]) && places.every(([trend, at, most]) => most > 0 && Math.abs(at - (trend ? most : 0)) < 2),
    "narrow: trends show their newest run", JSON.stringify(places));
  await page.evaluate(() => document.querySelectorAll(".table").forEach((t) => { t.scrollLeft = 100; }));
  const first = await page.$eval("tbody th", (th) => th.getBoundingClientRect().left);
  ok(first >= 0 && first < 30, "narrow: the first column of a table stays", first);
  await page.close();
}

async function textOnly(browser) {
  const lines = fs.readFileSync(linesFile, "utf8").split("\n").slice(0, -1);
  const plain = (s) => s.replace(/\s+/g, " ").trim();
  const page = await open(browser, "lines.html", { script: false });
  const texts = (selector) => page.$$eval(selector, (all) => all.map((e) => e.textContent));
  const differs = (got, want) => got.length !== want.length ? `${got.length} of ${want.length}`
    : got.map((s, i) => plain(s) === plain(want[i]) ? "" : `${want[i]} became ${s}`).filter(Boolean).join("\n");
  for (const [selector, what] of [["h2", "headings"], ["p.lead", "leads"], ["thead th", "heads of columns"],
    ["tbody tr:nth-child(2) th", "cells"], ["tbody code", "code"], ["summary", "summaries"]]) {
    const wrong = differs(await texts(selector), lines);
    ok(!wrong, `${lines.length} hostile lines are ${what}, as they were`, wrong);
  }
  const labels = await page.$$eval("figure", (all) => all.map((e) => e.getAttribute("aria-label")));
  ok(!differs(labels, lines), "and names of pictures", differs(labels, lines));
  const strange = await strangers(page);
  ok(strange.length === 0, "no element or attribute but ours", strange.join("\n"));
  ok((await page.$$("script")).length === 1, "one script");
  ok(page.complaints.length === 0, "nothing is asked for", page.complaints.join("\n"));
  await page.close();
}

(async () => {
  const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, headless: true, timeout: 120000, protocolTimeout: 600000,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
  try {
    for (const name of fs.readdirSync(folder).filter((f) => f.endsWith(".html") && f !== "lines.html").sort())
      for (const how of [{ scheme: "light" }, { scheme: "dark" }, { width: 390 }])
        await accessible(browser, name, how);
    await sortable(browser, "compared.html");
    await printed(browser, "compared.html");
    await narrow(browser, "compared.html");
    await textOnly(browser);
  } finally {
    await browser.close();
  }
  console.log(`1..${count}`);
  process.exitCode = failed ? 1 : 0;
})().catch((e) => { console.log(`not ok ${count + 1} - ${e.stack}`); process.exitCode = 1; });
