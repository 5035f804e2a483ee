/** What a page does where there is little room (at most 1180 px): filters fold, what lies over the map is closed. */
import { el, setText } from "./dom.js";
import { gettext, interpolate } from "./i18n.js";

const NARROW = "(max-width: 1180px)"; // the same as in base.css and components.css
const KEPT = 1; // how many filters stay in sight

/** Whether there is little room now. */
export const isNarrow = () => matchMedia(NARROW).matches;

/** Fold the filters of the page's lists behind a button, which is there only where there is little room. */
export function startFolds() {
  for (const form of document.querySelectorAll("form.toolbar[role=search]"))
    fold(/** @type {HTMLFormElement} */ (form));
}

/** @param {HTMLFormElement} form */
function fold(form) {
  const fields = [...form.children].filter((node) => node.matches(".field, label.row"));
  const folded = fields.slice(KEPT);
  if (folded.length < 2) return; // a button in the place of one field saves no room
  const button = el("button", { type: "button", class: "button fold" });
  const say = () => setText(button, foldWords(setCount(form, folded)));
  for (const node of folded) node.classList.add("foldable");
  fields[KEPT - 1].after(button);
  open(form, button, false);
  button.addEventListener("click", () => open(form, button, form.dataset.fold === "closed"));
  for (const event of ["input", "change", "loft:listed"]) form.addEventListener(event, say);
  say();
}

/** @param {HTMLFormElement} form @param {HTMLElement} button @param {boolean} isOpen */
function open(form, button, isOpen) {
  form.dataset.fold = isOpen ? "open" : "closed";
  button.setAttribute("aria-expanded", String(isOpen));
}

/** @param {number} count of the filters that are set and out of sight */
export const foldWords = (count) =>
  count ? interpolate(gettext("Filters, %(count)s set"), { count }) : gettext("Filters");

/** @param {HTMLFormElement} form @param {Element[]} folded */
function setCount(form, folded) {
  const controls = /** @type {HTMLInputElement[]} */ ([...form.elements]);
  return controls.filter((control) => folded.some((node) => node.contains(control)) && isSet(control)).length;
}

/**
 * Whether a filter narrows the list: it says something else than where nothing was chosen.
 * @param {{type: string, name: string, value: string, checked?: boolean, options?: ArrayLike<{value: string}>}} control
 */
export function isSet({ type, name, value, checked, options }) {
  if (!name) return false; // it is no filter
  if (type === "checkbox") return Boolean(checked);
  return value !== (options?.[0]?.value ?? "");
}
