/** Since when nothing is heard from Loft: each widget of the page says so until something is, for it shows what was. */
import { jittered, SPREAD_MS } from "./backoff.js";
import { gettext, interpolate } from "./i18n.js";

const SILENT = ".widget-state.error, .widget-state.forbidden"; // what shows no value
let words = "";
/** @type {Array<() => unknown>} */
const calls = [];

/**
 * What no topic of the hub tells a page of is read anew once something is heard again, by each page at another moment.
 * @param {() => unknown} call
 */
export const whenHeardAgain = (call) => calls.push(call);

/** What shows something of Loft, and so says when that is not known any more. @param {HTMLElement} node */
export function watch(node) {
  node.dataset.widget = "";
  sayUnknown(node);
}

/** @param {string} time since when; empty: something is heard again */
export function sayUnknownSince(time) {
  if (words && !time) setTimeout(() => calls.forEach((call) => call()), jittered(SPREAD_MS));
  words = time && interpolate(gettext("Unknown since %(time)s"), { time });
  for (const node of document.querySelectorAll("[data-widget]")) sayUnknown(/** @type {HTMLElement} */ (node));
}

/** @param {HTMLElement} node */
function sayUnknown(node) {
  node.querySelector(".line-unknown")?.remove();
  const isPart = node.parentElement?.closest("[data-widget]");
  if (!words || isPart || !node.firstChild || node.querySelector(SILENT)) return;
  const note = document.createElement("div");
  note.className = "line-unknown";
  note.textContent = words;
  node.prepend(note);
}
