/** Short messages at the corner, read out politely; errors stay until dismissed. */
import { el, icon } from "./dom.js";
import { gettext } from "./i18n.js";

const SHOWN_MS = 6000;
const MOST = 4;
const STORE = "loft.toast";

/** @param {string} text @param {"info"|"error"} [kind] */
export function toast(text, kind = "info") {
  const region = document.getElementById("toasts");
  if (!region) return;
  const close = el("button", { class: "icon-button", type: "button", "aria-label": gettext("Dismiss") }, icon("close"));
  const node = el("div", { class: `toast ${kind}` }, el("span", { class: "grow" }, text), close);
  close.addEventListener("click", () => node.remove());
  region.append(node);
  while (region.children.length > MOST) region.firstElementChild?.remove();
  if (kind !== "error") setTimeout(() => node.remove(), SHOWN_MS);
}

/** Load the page anew and say there what was done. @param {string} text no secret */
export function reloadAndTell(text) {
  sessionStorage.setItem(STORE, text);
  location.reload();
}

/** Say what the page before this one wanted said. */
export function tellKept() {
  const text = sessionStorage.getItem(STORE);
  sessionStorage.removeItem(STORE);
  if (text) toast(text);
}
