"use strict";

// Curves with bands on a canvas, by uPlot; what is drawn is named beside it and by its label.
(() => {
  const QUANTITIES = [["l2", "l2 at the read hook"], ["kl", "kl, nats"]];
  const ink = () => getComputedStyle(document.body).color;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const faint = (colour) => `${colour}33`;

  function axis(label, size) {
    return { label, labelSize: 20, size, stroke: ink, grid: { stroke: "#8c8c8c33" }, ticks: { stroke: "#8c8c8c66" } };
  }

  // Pixels that the numbers of an axis take.
  function room(plot, numbers) {
    return 18 + 8 * Math.max(3, ...(numbers ?? []).map((each) => each.length));
  }

  // lines: {name, stroke: {colour, dash}, mean, low?, high?}, all at the same places x.
  function chart(place, { x, lines, label, height = 300, plain = false }) {
    const data = [x];
    const series = [{}];
    const bands = [];
    for (const { stroke, mean, low, high } of lines) {
      if (low !== undefined) {
        data.push(high, low);
        series.push({ width: 0, points: { show: false } }, { width: 0, points: { show: false } });
        bands.push({ series: [data.length - 2, data.length - 1], fill: faint(stroke.colour) });
      }
      data.push(mean);
      series.push({ stroke: stroke.colour, width: 2, dash: stroke.dash, points: { show: false }, spanGaps: true });
    }
    const figure = synact.element("div", { role: "img", "aria-label": label, class: "chart" });
    place.append(figure);
    const width = () => Math.max(figure.clientWidth, 120);
    const axes = plain ? [axis(undefined, 28), axis(undefined, room)] : [axis("% of the path", 30), axis(undefined, room)];
    const plot = new uPlot({
      width: width(), height, series, bands, axes,
      scales: { x: { time: false, range: [0, 100] }, y: { range: (self, low, high) => [Math.min(0, low), (high || 1) * 1.02] } },
      legend: { show: false },
      cursor: { show: !plain, drag: { x: true, y: false } },
    }, data, figure);
    const wide = new ResizeObserver(() => plot.setSize({ width: width(), height }));
    wide.observe(figure);
    const again = () => plot.redraw();
    dark.addEventListener("change", again);
    figure.plot = plot;
    figure.forget = () => {
      wide.disconnect();
      dark.removeEventListener("change", again);
      plot.destroy();
    };
    return figure;
  }

  function key({ name, stroke }) {
    const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const sizes = { width: 34, height: 8, viewBox: "0 0 34 8", "aria-hidden": "true" };
    for (const [each, value] of Object.entries(sizes)) drawn.setAttribute(each, value);
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    const looks = { d: "M0 4H34", stroke: stroke.colour, "stroke-width": 3, "stroke-dasharray": stroke.dash.join(" ") || "none" };
    for (const [each, value] of Object.entries(looks)) line.setAttribute(each, value);
    drawn.append(line);
    return synact.element("span", { class: "key" }, drawn, " ", synact.element("bdi", {}, name));
  }

  const percent = (share) => (share < 0.005 ? "<1 %" : `${Math.round(100 * share)} %`);
  const share = (filled) => `${percent(filled)} of their points interpolated`;

  // A chart with its choices. sources(testbed) gives lines without numbers: {name, stroke, file};
  // offer(testbeds) says where there are any, and what was chosen stays so where it can.
  function explorer(place, sources) {
    const [ofTestbed, testbed] = synact.choice("testbed", []);
    const [ofCell, cell] = synact.choice("experiment and path", []);
    const [ofQuantity, quantity] = synact.choice("quantity", QUANTITIES);
    const choices = synact.element("div", { class: "choices" }, ofTestbed, ofCell, ofQuantity);
    const body = synact.element("div");
    const status = synact.element("p", { role: "status" });
    place.replaceChildren(choices, body, status);
    let testbeds = [];
    let turn = 0;

    function offer(given) {
      const before = testbeds[testbed.value]?.title;
      testbeds = given;
      const chosen = Math.max(0, given.findIndex((each) => each.title === before));
      synact.offer(testbed, given.map((each, at) => [at, each.title]), String(chosen));
      choices.hidden = given.length === 0;
      draw();
    }

    function clear(words) {
      for (const old of body.querySelectorAll(".chart")) old.forget();
      body.replaceChildren();
      status.textContent = words;
    }

    async function draw() {
      turn += 1;
      const mine = turn;
      if (testbeds.length === 0) {
        clear("No curve of it was measured.");
        return;
      }
      const wanted = sources(testbeds[testbed.value]).filter((each) => each.file);
      let loaded;
      try {
        loaded = await Promise.all(wanted.map((each) => synact.load(each.file)));
      } catch (error) {
        if (mine === turn) clear(error.message);
        return;
      }
      if (mine !== turn) return;
      const names = [...new Set(loaded.flatMap((each) => each.cells.map((one) => one.cell)))];
      const chosen = names.includes(cell.value) ? cell.value : names[0];
      synact.offer(cell, names.map((each) => [each, each]), chosen);
      show(wanted, loaded, chosen);
    }

    function show(wanted, loaded, chosen) {
      const lines = [];
      let x = [];
      for (const [at, each] of wanted.entries()) {
        const found = loaded[at].cells.find((one) => one.cell === chosen);
        if (found === undefined || (x.length && found.percent.length !== x.length)) continue;
        x = found.percent;
        lines.push({ ...each, ...found[quantity.value], paths: found.paths, filled: found.interpolated });
      }
      clear("");
      const title = quantity.selectedOptions[0].textContent;
      const names = lines.map((each) => each.name).join(", ");
      const label = `Mean ${title} along ${chosen} on ${testbed.selectedOptions[0].textContent}, of ${names}`;
      body.replaceChildren(synact.element("p", { class: "keys" }, ...lines.map(key)));
      chart(body, { x, lines: lines.toReversed(), label });
      const filled = (each) => (each.filled > 0 ? ` (${share(each.filled)})` : "");
      const counts = lines.map((each) => `${each.name} ${each.paths}${filled(each)}`).join(", ");
      status.textContent = `${title}; paths: ${counts}.`;
    }

    for (const each of [testbed, cell, quantity]) each.addEventListener("change", draw);
    return { offer };
  }

  synact.chart = chart;
  synact.explorer = explorer;
  synact.share = share;
})();
