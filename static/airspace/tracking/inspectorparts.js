/** What the inspector is made of: its head, the facts of a site, and where values come from. */
import { el, icon, quantity } from "../../console/dom.js";
import { gettext } from "../../console/i18n.js";
import { KIND_WORDS } from "../../network/words.js";
import { aged, fact, place } from "./facts.js";

/** @param {() => void} onClose @param {string} title @param {string} subtitle @param {...HTMLElement} chips */
export function head(onClose, title, subtitle, ...chips) {
  const close = el(
    "button",
    { type: "button", class: "icon-button", "aria-label": gettext("Close the details"), onclick: onClose },
    icon("close"),
  );
  return el(
    "div",
    { class: "inspector-head" },
    el("div", { class: "row spread" }, el("h2", null, title), close),
    subtitle && el("div", { class: "muted" }, subtitle),
    el("div", { class: "row" }, ...chips),
  );
}

/** @param {any} site @param {number|null} ageS */
export function siteFacts(site, ageS) {
  return [
    fact(gettext("Kind"), KIND_WORDS[site.kind] || site.kind),
    fact(gettext("Round trip"), aged(quantity(site.rtt_ms, "ms", 2), ageS, site.stale_after_s)),
    fact(gettext("Place"), place(site.lat_deg, site.lon_deg)),
    fact(gettext("Height"), quantity(site.height_m, "m")),
  ].flat();
}

/** What would fall without a site. @param {() => void} onclick */
export const withoutButton = (onclick) =>
  el("button", { type: "button", class: "button", onclick }, gettext("Without this site"));

/** @param {boolean} isForeign */
export const sourceText = (isForeign) =>
  isForeign
    ? gettext("Another operator's drone: where it is, is for everyone; what else is known of it is theirs.")
    : gettext("Values without a note are measured and reported by the drone; dashed ones are modelled from its place.");
