"use strict";
// Tables can be sorted by their columns. Without this they stand in the order that tells most.
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0], rows = [...body.rows], heads = [...table.tHead.rows[0].cells];
  const number = (s) => {
    const found = s.replace(/\u2212/g, "-").replace(/,/g, "").match(/-?\d+(\.\d+)?(e[-+]?\d+)?/i);
    return !found ? -Infinity : s.includes("\u00d7") ? 100 * (found[0] - 1) : +found[0];
  };
  const compare = (column, numbers) => (a, b) => {
    const x = a.cells[column].textContent, y = b.cells[column].textContent;
    if (!numbers) return x.localeCompare(y);
    return number(x) === number(y) ? 0 : number(x) < number(y) ? -1 : 1;
  };
  if (rows.length < 3) continue;
  heads.forEach((head, column) => {
    if (!head.textContent) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const next = { null: "ascending", ascending: "descending" }[head.getAttribute("aria-sort")];
      const sorted = [...rows];
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      if (next) {
        head.setAttribute("aria-sort", next);
        sorted.sort(compare(column, head.classList.contains("r")));
        if (next === "descending") sorted.reverse();
      }
      body.append(...sorted);
    });
  });
}
// The newest run stands at the right end of a trend: where a screen is too narrow, that is shown.
for (const figure of document.querySelectorAll(".trend")) figure.scrollLeft = figure.scrollWidth;
// Paper cannot unfold.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
