/** Fields of the layers' panel, and its words where there is nothing. */
import { el } from "../../console/dom.js";
import { gettext } from "../../console/i18n.js";

/** @param {string} layer */
export function emptyWord(layer) {
  /** @type {Record<string, string>} */
  const words = {
    links: gettext("No links are in the inventory of this region."),
    corridors: gettext("No corridors are in the inventory of this region."),
    planned: gettext("Nothing is planned. Changes with a date in the future appear here."),
    coverage: gettext("No sector sends here, so there is nothing to model."),
  };
  return words[layer] || gettext("Nothing here yet");
}

/** @typedef {[string, string]} Option value and word */

/** @param {string} word @param {Option[]} options @param {(value: string) => void} onPick */
export function select(word, options, onPick) {
  const input = /** @type {HTMLSelectElement} */ (
    el(
      "select",
      { onchange: () => onPick(input.value) },
      ...options.map(([value, name]) => el("option", { value }, name)),
    )
  );
  return { input, node: el("label", { class: "layer-field" }, el("span", null, word), input) };
}

/** @param {string} word @param {(value: number) => void} onMove */
export function range(word, onMove) {
  const input = /** @type {HTMLInputElement} */ (
    el("input", { type: "range", min: "10", max: "100", step: "5", oninput: () => onMove(Number(input.value)) })
  );
  return { input, node: el("label", { class: "layer-field" }, el("span", null, word), input) };
}
