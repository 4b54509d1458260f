"use strict";

// Pages on a disk may load scripts and nothing else: files of data register themselves.
const synact = (() => {
  const root = () => document.body.dataset.root;
  const known = new Map();
  const waiting = new Map();

  // The data of a file, by its place relative to the first page; each is loaded once. One that
  // could not be is asked for again the next time.
  function load(place) {
    if (!waiting.has(place)) {
      waiting.set(place, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = root() + place;
        const fail = () => {
          waiting.delete(place);
          reject(new Error(`${place} cannot be loaded`));
        };
        script.addEventListener("load", () => (known.has(place) ? resolve(known.get(place)) : fail()));
        script.addEventListener("error", fail);
        document.head.append(script);
      }));
    }
    return waiting.get(place);
  }

  // An element with attributes and children; text is text, whatever it spells.
  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  // What can be chosen, pairs of value and text, in the place of what could be.
  function offer(select, options, chosen) {
    select.replaceChildren(...options.map(([value, text]) => element("option", { value }, text)));
    if (chosen !== undefined) select.value = chosen;
  }

  // A labelled choice; options are pairs of value and text.
  function choice(label, options, chosen) {
    const select = element("select");
    offer(select, options, chosen);
    return [element("label", {}, `${label} `, select), select];
  }

  return { root, load, element, offer, choice, register: (place, data) => known.set(place, data) };
})();
