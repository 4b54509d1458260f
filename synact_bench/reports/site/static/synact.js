"use strict";

// Pages on a disk may load scripts and nothing else: files of data register themselves.
const synact = (() => {
  const root = () => document.body.dataset.root;
  const known = new Map();
  const waiting = new Map();

  // The data of a file, by its place relative to the first page; each is loaded once.
  function load(place) {
    if (!waiting.has(place)) {
      waiting.set(place, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = root() + place;
        script.addEventListener("load", () => resolve(known.get(place)));
        script.addEventListener("error", () => reject(new Error(`${place} cannot be loaded`)));
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

  // A labelled choice; options are pairs of value and text.
  function choice(label, options, chosen) {
    const select = element("select");
    for (const [value, text] of options) select.append(element("option", { value }, text));
    if (chosen !== undefined) select.value = chosen;
    return [element("label", {}, `${label} `, select), select];
  }

  return { root, load, element, choice, register: (place, data) => known.set(place, data) };
})();
