/** Around a record's form: when and why, errors of these, and what goes with it when it is removed. */
import { getJson } from "../../console/api.js";
import { byId, chip, el, icon, replace } from "../../console/dom.js";
import { clear, markErrors } from "../../console/fielderrors.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { momentOf } from "../../console/walltime.js";
import { dateOf, nameOf } from "../words.js";

/** Say beside the values that they are planned to change. @param {any[]} plans */
export function sayPlans(plans) {
  const first = plans.at(-1); // the newest come first
  const node = byId("plans");
  if (node && first)
    replace(
      node,
      chip("waiting", interpolate(gettext("planned to change from %(time)s"), { time: dateOf(first.valid_from) })),
    );
}

/** When the values begin to hold, and why they are changed. */
export function whenAndWhy() {
  const zone = document.documentElement.dataset.timeZone || "UTC";
  return [
    el(
      "div",
      { class: "field" },
      el("label", { for: "r-valid_from" }, interpolate(gettext("Valid from (%(zone)s)"), { zone })),
      el("input", { id: "r-valid_from", type: "datetime-local", "aria-describedby": "r-valid_from-hint" }),
      el(
        "span",
        { class: "hint", id: "r-valid_from-hint" },
        gettext("Empty: at once. A time to come makes it a plan."),
      ),
    ),
    el(
      "div",
      { class: "field" },
      el("label", { for: "r-reason" }, gettext("Reason (may stay empty)")),
      el("input", { id: "r-reason", maxlength: 200, autocomplete: "off" }),
    ),
  ];
}

export function whenValues() {
  const values = { valid_from: momentOf(valueIn("r-valid_from")), reason: valueIn("r-reason") };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value));
}

/** @param {string} id */
function valueIn(id) {
  return /** @type {HTMLInputElement} */ (byId(id)).value.trim();
}

/** @param {any[]} errors */
export function showWhenError(errors) {
  const inputs = Object.fromEntries(["valid_from", "reason"].map((name) => [name, byId(`r-${name}`)]));
  Object.values(inputs).forEach(clear);
  return markErrors(errors, (name) => inputs[name]);
}

/** What goes with a record that is removed, in words. @param {any} kind @param {any} key */
export async function consequence(kind, key) {
  const counts = await Promise.all([counted(kind.goesWith, key), counted(kind.keeps, key)]).catch(() => null);
  if (!counts) return gettext("What goes with it could not be read, so it is unknown. Its history stays on record.");
  const [gone, kept] = counts;
  if (kept.length)
    return interpolate(gettext("It still holds %(what)s. They have to be removed or moved first."), {
      what: list(kept),
    });
  if (gone.length)
    return interpolate(gettext("With it go %(what)s. Its history stays on record."), { what: list(gone) });
  return gettext("Nothing else goes with it. Its history stays on record.");
}

/** @param {any[]|undefined} wanted @param {string} key */
async function counted(wanted, key) {
  const counts = await Promise.all(
    (wanted || []).map(async (relation) => ({
      ...relation,
      count: (await getJson(`${relation.url}?${relation.query}=${encodeURIComponent(key)}&limit=1`)).count,
    })),
  );
  return counts
    .filter((relation) => relation.count)
    .map((relation) => interpolate(relation.words(relation.count), { count: relation.count }));
}

/** @param {string[]} words */
function list(words) {
  return new Intl.ListFormat(document.documentElement.lang, { type: "conjunction" }).format(words);
}

/** Since when the values hold, and where else the record is shown. @param {any} kind @param {any} row */
export function recordState(kind, row) {
  const link = kind.pageOf && el("a", { href: kind.pageOf(row) }, gettext("To its page"));
  const since = row.valid_from
    ? interpolate(gettext("These values hold since %(time)s."), { time: dateOf(row.valid_from) })
    : gettext("These values are from before the records began.");
  return el("p", { class: "row" }, el("span", { class: "muted" }, since), link, el("span", { id: "plans" }));
}

/** @param {() => unknown} close @param {string} title @param {any} [row] */
export function head(close, title, row = null) {
  const shut = el("button", { class: "icon-button", type: "button", "aria-label": gettext("Close") }, icon("close"));
  shut.addEventListener("click", close);
  const name = row?.name_en ? nameOf(row) : title;
  return el(
    "div",
    { class: "record-head" },
    el(
      "div",
      null,
      el("h2", { id: "record-title", tabindex: "-1" }, name),
      name === title ? null : el("span", { class: "muted mono" }, title),
    ),
    shut,
  );
}
