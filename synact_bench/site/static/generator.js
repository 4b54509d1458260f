"use strict";

// The curves of one row before real and Gaussian, and the paths that give it away.
(() => {
  const { palette } = synact;
  for (const place of document.querySelectorAll("[data-curves]")) {
    const { name, testbeds } = JSON.parse(place.dataset.curves);
    const explorer = synact.explorer(place, (testbed) => [
      { name, stroke: palette.compared[0], file: testbed.row },
      { name: "real", stroke: palette.real, file: testbed.real },
      { name: "gaussian", stroke: palette.gaussian, file: testbed.row === testbed.gaussian ? "" : testbed.gaussian },
    ]);
    explorer.offer(testbeds);
  }

  async function tell(place) {
    if (place.dataset.drawn) return;
    place.dataset.drawn = "yes";
    try {
      draw(place, await synact.load(place.dataset.file));
    } catch (error) {
      place.replaceChildren(synact.element("p", { role: "status" }, error.message));
      delete place.dataset.drawn;  // it is tried again when the section is opened again
    }
  }

  function draw(place, { name, telling }) {
    place.replaceChildren();
    for (const { base, percent, row, real, interpolated } of telling) {
      const lines = real.map((mean) => ({ stroke: palette.real, mean }));
      lines.push({ stroke: palette.compared[0], mean: row });
      const words = interpolated > 0 ? `base ${base}; ${synact.share(interpolated)}` : `base ${base}`;
      const figure = synact.element("figure", {}, synact.element("figcaption", {}, words));
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
