"use strict";

// Two to four rows beside each other; which ones stands in the address after "#".
(() => {
  const MOST = 4;
  const { palette } = synact;
  const form = document.querySelector("[data-choose] fieldset");
  const status = document.querySelector("main > [data-status]");
  const scores = document.querySelector("[data-scores]");
  const place = document.querySelector("[data-compared]");
  form.closest("form").addEventListener("submit", (event) => event.preventDefault());

  function cell(standing) {
    if (standing === undefined) return synact.element("td", {}, "not measured");
    const words = [standing.score, standing.rank, standing.flags];
    const lines = words.filter(Boolean).map((each) => synact.element("div", {}, synact.element("bdi", {}, each)));
    return synact.element("td", {}, ...lines);
  }

  function table(index, rows) {
    const head = synact.element("tr", {}, synact.element("th", { scope: "col" }, "testbed"));
    for (const row of rows) {
      const link = synact.element("a", { href: row.href }, synact.element("bdi", {}, row.name));
      head.append(synact.element("th", { scope: "col" }, link, ` (${row.kind})`));
    }
    const body = synact.element("tbody");
    const line = (title, standings) => {
      if (standings.every((each) => each === undefined)) return;
      body.append(synact.element("tr", {}, synact.element("th", { scope: "row" }, title), ...standings.map(cell)));
    };
    for (const { key, title } of index.suites) line(`mean over ${title}`, rows.map((row) => row.overall[key]));
    for (const testbed of index.testbeds) line(testbed.title, rows.map((row) => row.standings[testbed.key]));
    const caption = synact.element("caption", {}, "Realism with its 95 % interval, and rank within the track");
    return synact.element("table", {}, caption, synact.element("thead", {}, head), body);
  }

  // What an address spells; of one that is cut or garbled, nothing.
  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return "";
    }
  }

  function start(index) {
    const byPage = new Map(index.rows.map((row) => [row.href, row]));
    const options = [["", "none"], ...index.rows.map((row) => [row.href, row.name])];
    const asked = location.hash.slice(1).split(",").map(decoded).filter((each) => byPage.has(each));
    const methods = index.rows.filter((row) => row.kind !== "control");
    const usual = (methods.length > 1 ? methods : index.rows).slice(0, 2).map((row) => row.href);
    const wanted = asked.length > 1 ? asked : usual;
    const selects = [];
    let chosen = [];
    const explorer = synact.explorer(place, (testbed) => {
      const own = chosen.map((row) => row.data[testbed.key]);
      return [
        ...chosen.map((row, at) => ({ name: row.name, stroke: palette.compared[at], file: own[at] })),
        { name: "real", stroke: palette.real, file: own.includes(testbed.real) ? "" : testbed.real },
        { name: "gaussian", stroke: palette.gaussian, file: own.includes(testbed.gaussian) ? "" : testbed.gaussian },
      ];
    });
    for (let number = 0; number < MOST; number += 1) {
      const [label, select] = synact.choice(`row ${number + 1}`, options, wanted[number] ?? "");
      selects.push(select);
      form.append(label);
      select.addEventListener("change", update);
    }

    function update() {
      const pages = [...new Set(selects.map((each) => each.value).filter(Boolean))];
      status.textContent = pages.length < 2 ? "Choose two rows at least." : "";
      if (pages.length < 2) return;
      chosen = pages.map((each) => byPage.get(each));
      history.replaceState(null, "", `#${pages.map(encodeURIComponent).join(",")}`);
      scores.replaceChildren(table(index, chosen));
      explorer.offer(index.testbeds.filter((each) => chosen.some((row) => row.data[each.key])));
    }
    update();
  }

  synact.load("data/index.js").then(start, (error) => { status.textContent = error.message; });
})();
