"use strict";
(() => {
  const table = document.getElementById("targets");
  if (!table) return;
  const rows = [...table.tBodies[0].rows];
  const bars = new Map([...document.querySelectorAll("#chart tbody tr")].map((bar) => [bar.dataset.target, bar]));
  const controls = document.getElementById("controls");
  const search = document.getElementById("search");
  const possible = document.getElementById("possible");
  const count = document.getElementById("count");
  controls.hidden = false;

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set([...controls.querySelectorAll("[name=provider]:checked")].map((box) => box.value));
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const hide = !wanted.has(row.dataset.provider) || (possible.checked && row.dataset.possible === "no") || !words.every((word) => text.includes(word));
      row.hidden = hide;
      const bar = bars.get(row.dataset.target);
      if (bar) bar.hidden = hide;
      shown += hide ? 0 : 1;
    }
    count.textContent = `${shown} of ${rows.length} shown`;
  };
  controls.addEventListener("input", filter);

  // What is unknown stays last, whichever way round.
  const compare = (one, other, column, sign) => {
    const [a, b] = [one, other].map((row) => row.cells[column].dataset.value);
    if (a === "" || b === "") return (a === "") - (b === "");
    const [x, y] = [Number(a), Number(b)];
    return sign * (Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y);
  };
  for (const head of table.tHead.querySelectorAll("th[data-column]")) {
    const button = head.querySelector("button");
    button.addEventListener("click", () => {
      const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      for (const other of table.tHead.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
      const column = Number(head.dataset.column);
      rows.sort((one, other) => compare(one, other, column, sign));
      for (const row of rows) {
        row.parentNode.append(row);
        const bar = bars.get(row.dataset.target);
        if (bar) bar.parentNode.append(bar);
      }
    });
  }
  filter();
})();
