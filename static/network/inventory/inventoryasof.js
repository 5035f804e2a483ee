/**
 * A list of records as of a time: chosen in the toolbar, said in the address, told by a banner that leads back to
 * now.
 */
import { bar } from "../../console/barred.js";
import { el, replace } from "../../console/dom.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { momentOf, wallOf } from "../../console/walltime.js";
import { dateOf } from "../words.js";

const GOES_ALONG = new Set(["as_of", "search", "region", "offset"]); // what the list of another time is asked for

const ONLY_NOW = gettext("The list of another time is narrowed down by name and region only.");

/**
 * Which words the banner says of a time. Pure.
 * @param {string} at as the address has it @param {number} now
 */
export function wordOf(at, now) {
  const moment = Date.parse(at);
  if (Number.isNaN(moment))
    return interpolate(gettext("The address asks for the time “%(text)s”, which is none."), { text: at });
  if (moment <= now)
    return interpolate(gettext("As of %(date)s, past: what the inventory held then."), { date: dateOf(at) });
  return interpolate(
    gettext("As of %(date)s, planned: what the inventory will hold if every plan until then comes true."),
    { date: dateOf(at) },
  );
}

/**
 * @param {HTMLFormElement} form whose change reloads the list @param {HTMLElement} banner
 * @returns {{isOn: () => boolean}}
 */
export function asOfPicker(form, banner) {
  const held = form.elements.as_of;
  const input = /** @type {HTMLInputElement} */ (form.querySelector("#f-as-of"));

  function show() {
    const isOn = held.value !== "";
    for (const input of /** @type {Iterable<HTMLInputElement>} */ (form.elements))
      if (input.name && !GOES_ALONG.has(input.name)) bar(input, isOn && ONLY_NOW);
    banner.hidden = !isOn;
    if (!isOn) return replace(banner);
    const hint = gettext("Name and region narrow it down. An opened record shows what it is now, with its history.");
    return replace(
      banner,
      el("span", null, el("strong", null, wordOf(held.value, Date.now())), " ", hint),
      el("span", { class: "grow" }),
      el("button", { type: "button", class: "button small", onclick: back }, gettext("Back to now")),
    );
  }

  /** @param {string} at */
  function put(at) {
    held.value = at;
    form.elements.offset.value = "0";
    show();
  }

  function back() {
    input.value = "";
    put("");
    form.requestSubmit();
    input.focus();
  }

  input.addEventListener("change", () => put(momentOf(input.value) || "")); // the form's own listener reloads the list
  held.value = new URLSearchParams(location.search).get("as_of") || "";
  if (!Number.isNaN(Date.parse(held.value))) input.value = wallOf(held.value);
  show();
  return { isOn: () => held.value !== "" };
}
