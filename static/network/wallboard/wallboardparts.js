/** What the lines of every view of the wallboard are made of; views of other apps use it too. */
import { ageText, el } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";

export const ROWS = 6;

/**
 * @typedef {{state: string, word: string, count: number|null, atMs: number|null}} Big a number, and of when it is
 * @typedef {{bigs: Big[], listed: string, rows: Node[], staleS: number, atMs: number|null}} Shown
 * @typedef {{title: string, apply?: (event: any) => void,
 *   read: (region: any) => Promise<(nowMs: number) => Shown>}} View
 *   `read` asks the server; what it gives back makes of that what is shown at a moment
 */

/**
 * Load a view; one that cannot be loaded says so when its turn comes, and the others are shown.
 * @param {string} script address of the module that has it @param {string} name @returns {Promise<View>}
 */
export async function viewOf(script, name) {
  try {
    return (await import(script)).views[name]();
  } catch {
    const words = interpolate(gettext("The view %(name)s cannot be loaded. Reload the page."), { name });
    return { title: name, read: () => Promise.reject(new Error(words)) };
  }
}

/**
 * @param {string} name @param {import("../../console/dom.js").Child} more
 * @param {import("../../console/dom.js").Child} mark
 * @param {import("../../console/dom.js").Child} age
 */
export function row(name, more, mark, age) {
  return el(
    "li",
    null,
    el("span", { class: "board-name" }, name),
    el("span", { class: "board-more" }, more),
    el("span", { class: "board-mark" }, mark),
    age,
  );
}

/** @param {string} words */
export function nothing(words) {
  return el("li", { class: "muted" }, words);
}

/** @param {number|null} seconds */
export function age_(seconds) {
  return el("span", { class: "board-age" }, seconds === null ? "" : wholeAge(seconds));
}

/** An age in whole seconds: nobody reads tenths at three metres. @param {number} seconds */
export function wholeAge(seconds) {
  return seconds < 10
    ? interpolate(gettext("%(count)s s"), { count: formatNumber(Math.max(0, Math.round(seconds))) })
    : ageText(seconds);
}
