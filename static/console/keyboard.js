/** Single-key shortcuts: pages bind theirs, `?` lists them all, and a person can switch them off (WCAG 2.1.4). */
import { openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { gettext } from "./i18n.js";

const STORE = "loft.single-keys";
/** @type {Map<string, {word: string, run: (event: KeyboardEvent) => void}>} */
const bound = new Map();

/**
 * Bind keys of a page. A later binding of the same key replaces the earlier one.
 * @param {Record<string, {word: string, run: (event: KeyboardEvent) => void}>} keys
 */
export function bindKeys(keys) {
  for (const [key, action] of Object.entries(keys)) bound.set(key, action);
}

function areOn() {
  return localStorage.getItem(STORE) !== "off";
}

/** @param {EventTarget|null} target */
function isTyping(target) {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input:not([type=checkbox]), textarea, select"))
  );
}

/** Space presses what has the focus; it is no shortcut there. @param {KeyboardEvent} event */
function isPressing(event) {
  return event.key === " " && event.target instanceof HTMLElement && event.target.matches("button, a, summary, input");
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (
    event.key !== "Escape" &&
    (!areOn() || isTyping(event.target) || isPressing(event) || document.querySelector("dialog[open]"))
  )
    return;
  const action = bound.get(event.key);
  if (!action || (event.key === "Escape" && document.querySelector("dialog[open]"))) return;
  event.preventDefault();
  action.run(event);
}

/** What is written on a key. @param {string} key */
const nameOf = (key) => (key === " " ? gettext("Space") : key);

/**
 * What the keys of this page do, for who looks for it by words.
 * @returns {{key: string, word: string, run: () => void}[]}
 */
export const bindings = () =>
  [...bound].map(([key, { word, run }]) => ({
    key: nameOf(key),
    word,
    run: () => run(new KeyboardEvent("keydown", { key })),
  }));

/** Show every bound key. */
export function showKeys() {
  const rows = [...bound].flatMap(([key, action]) => [el("kbd", null, nameOf(key)), el("span", null, action.word)]);
  openDialog(gettext("Keyboard shortcuts"), [el("div", { class: "keys" }, ...rows)]);
}

bindKeys({ "?": { word: gettext("This list"), run: showKeys } });
document.addEventListener("keydown", onKey);
document.getElementById("keys-button")?.addEventListener("click", showKeys);
const toggle = /** @type {HTMLInputElement|null} */ (document.getElementById("single-keys"));
if (toggle) {
  toggle.checked = areOn();
  toggle.addEventListener("change", () => localStorage.setItem(STORE, toggle.checked ? "on" : "off"));
}
