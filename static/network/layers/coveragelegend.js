/** The legend of coverage, and what all legends are made of. */
import { el } from "../../console/dom.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { rampColours } from "./palette.js";
import { twinOf } from "./state.js";
import { edgeWords, heightWord, modelledWord, VALUE_SHORT } from "./words.js";

/**
 * @param {string} layer @param {string} title @param {string} source
 * @param {...import("../../console/dom.js").Child} body
 */
export const block = (layer, title, source, ...body) =>
  el(
    "section",
    { class: "net-legend", dataset: { of: layer }, "aria-label": title },
    el("h3", null, title, source && el("span", { class: "age" }, ` · ${source}`)),
    ...body,
  );
/** @param {string} kind @param {string} word */
export const entry = (kind, word) =>
  el("span", { class: "net-entry" }, el("i", { class: `net-swatch ${kind}`, "aria-hidden": "true" }), word);
/** @param {string} text */
export const definition = (text) =>
  text && el("details", { class: "net-definition" }, el("summary", null, gettext("Definition")), el("p", null, text));

/**
 * @param {import("./rasters.js").Value} value @param {string} about definition of all values
 * @param {import("./state.js").Look} look @param {string|null} [stale] why what is drawn may not hold any more
 */
export function coverageLegend(value, about, look, stale = null) {
  const title = `${VALUE_SHORT[value.key]}, ${heightWord(look.heightM)}`;
  const unit = value.key === "sensing" ? "%" : value.unit;
  const body =
    value.key === "server"
      ? [
          el(
            "p",
            { class: "muted" },
            gettext("A line where one sector hands over to the next; the colours only tell neighbours apart."),
          ),
        ]
      : [ramp(value, unit, look.opacity)];
  return block(
    "coverage",
    title,
    modelledWord(twinOf(look)),
    stale && el("p", { class: "net-stale", role: "status" }, stale),
    ...body,
    el(
      "div",
      { class: "net-entries" },
      entry("unknown", gettext("Unknown")),
      definition(`${value.definition}. ${about || ""}`),
    ),
  );
}

/** @param {import("./rasters.js").Value} value @param {string} unit @param {number} opacity */
function ramp(value, unit, opacity) {
  const words = edgeWords(value);
  const colours = rampColours(words.length + 1);
  const box = el("div", {
    class: "net-ramp",
    role: "img",
    "aria-label": interpolate(gettext("Colours from below %(low)s to above %(high)s %(unit)s"), {
      low: words[0],
      high: words.at(-1),
      unit,
    }),
  });
  colours.forEach((colour, index) => {
    const ink = el("i");
    ink.style.background = `rgb(${colour.join(" ")} / ${opacity + 0.15})`;
    box.append(el("span", null, ink, el("b", null, words[index] ?? unit)));
  });
  return box;
}
