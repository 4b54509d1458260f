"use strict";

// Sorting, filters, the choice of rows to compare, and explanations on hover or focus.
(() => {
  const each = (selector, act, within = document) => within.querySelectorAll(selector).forEach(act);

  // Numbers before nothing; words as people sort them.
  function compare(first, second, numbers) {
    if (first === "" || second === "") return (first === "") - (second === "");
    if (numbers) return Number(first) - Number(second);
    return first.localeCompare(second);
  }

  // Which cell of a body row stands under a header, rows of headers over several columns counted.
  function place(table, header) {
    const taken = [];
    for (const [line, row] of [...table.tHead.rows].entries()) {
      taken[line] ??= [];
      let column = 0;
      for (const cell of row.cells) {
        while (taken[line][column]) column += 1;
        for (let down = 0; down < cell.rowSpan; down += 1) {
          taken[line + down] ??= [];
          for (let on = 0; on < cell.colSpan; on += 1) taken[line + down][column + on] = true;
        }
        if (cell === header) return column;
        column += cell.colSpan;
      }
    }
    return -1;
  }

  function sort(table, header) {
    const numbers = header.dataset.sort === "number";
    const falls = numbers && header.textContent.trim() !== "rank";
    const now = header.getAttribute("aria-sort");
    const first = falls ? "descending" : "ascending";
    const order = now === first ? (falls ? "ascending" : "descending") : first;
    each("th[aria-sort]", (other) => other.removeAttribute("aria-sort"), table);
    header.setAttribute("aria-sort", order);
    const column = place(table, header);
    const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
    const rows = [...table.tBodies[0].rows].map((row) => [key(row), row]);
    rows.sort(([a], [b]) => {
      const found = compare(a, b, numbers);
      return a === "" || b === "" || order === "ascending" ? found : -found;
    });
    table.tBodies[0].append(...rows.map(([, row]) => row));
  }

  each("table.sortable", (table) => {
    each("thead th:not([scope=colgroup])", (header) => {
      if (header.textContent.trim() === "") return;
      const button = synact.element("button", { type: "button", class: "sort" });
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => sort(table, header));
    }, table);
  });

  // Explanations lie above everything, also above a table that scrolls; Escape puts one away.
  each(".tip", (tip) => {
    const button = tip.querySelector("button");
    const words = tip.querySelector("[role=tooltip]");
    const show = () => {
      const box = button.getBoundingClientRect();
      words.classList.add("shown");
      const read = words.scrollTop;  // lost while nothing bounds the height
      words.style.maxHeight = "";
      const left = Math.min(box.left, window.innerWidth - words.offsetWidth - 8);
      const [over, under] = [box.top - 8, window.innerHeight - box.bottom - 8];
      const below = words.offsetHeight <= under || under >= over;
      words.style.maxHeight = `${Math.max(below ? under : over, 0)}px`;  // a long one scrolls
      words.style.left = `${Math.max(left, 8)}px`;
      words.style.top = `${below ? box.bottom : box.top - words.offsetHeight}px`;
      words.scrollTop = read;
    };
    const hide = () => words.classList.remove("shown");
    tip.addEventListener("mouseenter", show);
    tip.addEventListener("mouseleave", hide);
    button.addEventListener("focus", show);
    button.addEventListener("blur", hide);
    button.addEventListener("click", show);
    tip.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
    const follow = ({ target }) => {
      if (target !== words && words.classList.contains("shown")) show();
    };
    window.addEventListener("scroll", follow, { passive: true, capture: true });
  });

  const form = document.querySelector("form.filters");
  if (form === null) return;
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());

  function filter() {
    const wanted = Object.fromEntries(new FormData(form));
    const name = wanted.name.trim().toLowerCase();
    each(".board tbody tr", (row) => {
      const own = row.dataset;
      row.hidden = (own.kind === "control" && !("controls" in wanted))
        || (wanted.track !== "" && own.kind !== wanted.track)
        || !own.name.toLowerCase().includes(name);
    });
    each("section.suite", (suite) => {
      const shown = new Set();
      each("th[data-layer]", (header) => {
        const { column, layer } = header.dataset;
        const here = wanted.testbed === "" || wanted.testbed === column;
        if (here && (wanted.layer === "" || wanted.layer === layer)) shown.add(column);
      }, suite);
      const all = wanted.testbed === "" && wanted.layer === "";
      each("[data-column]", (cell) => {
        const { column } = cell.dataset;
        cell.hidden = !(shown.has(column) || (column === "overall" && all));
      }, suite);
      suite.hidden = shown.size === 0;
    });
    const rows = document.querySelectorAll("section.suite:not([hidden]) .board tbody tr:not([hidden])");
    form.querySelector("[data-status]").textContent = `${rows.length} rows are shown.`;
  }

  const chosen = new Set();
  const link = form.querySelector("[data-compare]");
  function choose(box) {
    if (box.checked) chosen.add(box.value);
    else chosen.delete(box.value);
    each(".choose input", (other) => {
      other.checked = chosen.has(other.value);
      other.disabled = chosen.size >= 4 && !other.checked;
    });
    const enough = chosen.size >= 2;
    link.setAttribute("aria-disabled", String(!enough));
    if (enough) link.href = `compare.html#${[...chosen].map(encodeURIComponent).join(",")}`;
    else link.removeAttribute("href");
  }

  each(".choose", (label) => {
    label.hidden = false;
    const box = label.querySelector("input");
    box.addEventListener("change", () => choose(box));
  });
  form.addEventListener("input", filter);
  // A browser fills in what was chosen before, of a page that is gone back to or loaded again.
  window.addEventListener("pageshow", () => {
    const boxes = [...document.querySelectorAll(".choose input")];
    boxes.filter((box) => box.checked).forEach(choose);
    filter();
  });
})();
