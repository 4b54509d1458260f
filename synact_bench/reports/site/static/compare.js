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

  function start(index) {
    const byPage = new Map(index.rows.map((row) => [row.href, row]));
    const options = [["", "none"], ...index.rows.map((row) => [row.href, row.name])];
    const asked = location.hash.slice(1).split(",").map(decodeURIComponent).filter((each) => byPage.has(each));
    const methods = index.rows.filter((row) => row.kind !== "control");
    const usual = (methods.length > 1 ? methods : index.rows).slice(0, 2).map((row) => row.href);
    const wanted = asked.length > 1 ? asked : usual;
    const selects = [];
    for (let number = 0; number < MOST; number += 1) {
      const [label, select] = synact.choice(`row ${number + 1}`, options, wanted[number] ?? "");
      selects.push(select);
      form.append(label);
      select.addEventListener("change", update);
    }

    function rows() {
      const chosen = [...new Set(selects.map((each) => each.value).filter(Boolean))];
      return chosen.map((each) => byPage.get(each));
    }

    function update() {
      const chosen = rows();
      status.textContent = chosen.length < 2 ? "Choose two rows at least." : "";
      if (chosen.length < 2) return;
      history.replaceState(null, "", `#${chosen.map((row) => encodeURIComponent(row.href)).join(",")}`);
      scores.replaceChildren(table(index, chosen));
      const shared = index.testbeds.filter((each) => chosen.some((row) => row.data[each.key]));
      synact.explorer(place, shared, (testbed) => [
        ...chosen.map((row, at) => ({ name: row.name, stroke: palette.compared[at], file: row.data[testbed.key] })),
        { name: "real", stroke: palette.real, file: testbed.real },
        { name: "gaussian", stroke: palette.gaussian, file: chosen.some((row) => row.data[testbed.key] === testbed.gaussian) ? "" : testbed.gaussian },
      ]);
    }
    update();
  }

  synact.load("data/index.js").then(start, (error) => { status.textContent = error.message; });
})();
