/** Short messages at the corner, read out politely; errors stay until dismissed. */
import { el, icon } from "./dom.js";
import { gettext } from "./i18n.js";

const SHOWN_MS = 6000;
const MOST = 4;

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
