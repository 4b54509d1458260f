"use strict";

// The curves of one row before real and Gaussian, and the paths that give it away.
(() => {
  const { palette } = synact;
  for (const place of document.querySelectorAll("[data-curves]")) {
    const { name, testbeds } = JSON.parse(place.dataset.curves);
    synact.explorer(place, testbeds, (testbed) => [
      { name, stroke: palette.compared[0], file: testbed.row },
      { name: "real", stroke: palette.real, file: testbed.real },
      { name: "gaussian", stroke: palette.gaussian, file: testbed.row === testbed.gaussian ? "" : testbed.gaussian },
    ]);
  }

  async function tell(place) {
    if (place.dataset.drawn) return;
    place.dataset.drawn = "yes";
    const { name, telling } = await synact.load(place.dataset.file);
    for (const { base, percent, row, real } of telling) {
      const lines = real.map((mean) => ({ stroke: palette.real, mean }));
      lines.push({ stroke: palette.compared[0], mean: row });
      const figure = synact.element("figure", {}, synact.element("figcaption", {}, `base ${base}`));
      place.append(figure);
      const label = `l2 along the path from base ${base}: ${name} before five draws of real`;
      synact.chart(figure, { x: percent, lines, label, height: 170, plain: true });
    }
  }

  // Drawn once they are seen: a chart in a closed section has no width.
  for (const section of document.querySelectorAll("details.testbed")) {
    const all = () => { if (section.open) section.querySelectorAll(".telling").forEach(tell); };
    section.addEventListener("toggle", all);
    all();
  }
})();
