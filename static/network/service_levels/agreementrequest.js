/** What is filled in of an agreement, as the REST API takes it; and what a change makes of what was counted. Pure. */
import { gettext } from "../../console/i18n.js";
import { endsOf, hasWindow } from "../subject.js";

const TIMES = ["rtt_p99", "jitter"];
const IN_PERCENT = ["target_share", "most_unknown_share"];
const NUMBERS = ["objective", "target_share", "most_unknown_share", "window_s", "min_samples"];
// a month that is over stays judged by them
const PROMISED = ["objective", "target_share", "most_unknown_share", "is_unknown_bad"];
const SHORT = ["window_s", "min_samples"];

/** @param {string} metric */
export const isTime = (metric) => TIMES.includes(metric);

/**
 * Whether a field is filled in as a percentage of what the API calls a share.
 * @param {string} field @param {string} metric
 */
export const isPercent = (field, metric) => IN_PERCENT.includes(field) || (field === "objective" && !isTime(metric));

/**
 * A number as it was typed, by either decimal sign; what is none goes to the API as it is, which says so.
 * @param {string} text @param {boolean} percent
 */
function numberOf(text, percent) {
  const number = Number(text.replace(",", "."));
  if (!Number.isFinite(number)) return text;
  return percent ? Number((number / 100).toFixed(9)) : number;
}

/** A number of the API as it is filled in. @param {number} value @param {boolean} percent */
export function filledOf(value, percent) {
  return String(percent ? Number((value * 100).toFixed(7)) : value);
}

/**
 * @param {Record<string, string|boolean>} filled the fields of the form
 * @returns {Record<string, any>} every field that is not empty
 */
export function requestOf(filled) {
  /** @type {Record<string, any>} */
  const request = {};
  for (const [name, value] of Object.entries(filled)) {
    if (name === "to" || String(value).trim() === "") continue; // a blank is no zero
    if (NUMBERS.includes(name)) request[name] = numberOf(String(value), isPercent(name, String(filled.metric)));
    else request[name] = name === "key" && endsOf(String(filled.kind)) ? `${value}~${filled.to}` : value;
  }
  if (!hasWindow(String(filled.kind))) for (const name of SHORT) delete request[name];
  return request;
}

/**
 * The share that must be good where nothing else is said, as the API makes it.
 * @param {string} metric @param {any} objective
 */
export function targetOf(metric, objective) {
  if (metric === "rtt_p99") return 0.99;
  if (metric === "jitter") return 0.95;
  if (typeof objective !== "number" || objective <= 0 || objective >= 1) return null;
  return Number((metric === "loss_share" ? 1 - objective : objective).toFixed(9));
}

/**
 * What of an agreement a request changes; an emptied target follows from the objective.
 * @param {Record<string, any>} request @param {any} agreement
 */
export function changesOf(request, agreement) {
  const fixed = ["kind", "key", "metric"];
  return Object.fromEntries(
    Object.entries({ target_share: targetOf(agreement.metric, request.objective), ...request }).filter(
      ([name, value]) => !fixed.includes(name) && value !== null && value !== agreement[name],
    ),
  );
}

/**
 * What becomes of what was counted and judged.
 * @param {Record<string, any>} changes @param {{is_counted: boolean}} agreement
 * @returns {{isAnew: boolean, words: string[]}}
 */
export function consequenceOf(changes, agreement) {
  /** @param {...string} names */
  const has = (...names) => names.some((name) => name in changes);
  const isAnew = agreement.is_counted && has(...PROMISED);
  const words = [];
  if (isAnew)
    words.push(
      gettext(
        "This agreement ends and another with the new values takes its place: its budget is whole and counts from now on; alarms of the old one are cleared.",
      ),
      gettext(
        "Stays as it was: what was counted, the breaches on record, the timeline, and every month reported under the old values.",
      ),
    );
  else if (has("period"))
    words.push(
      gettext(
        "Stays: everything that was counted. It is judged by the new values within two minutes, so state and budget may change at once.",
      ),
    );
  else if (has(...PROMISED)) words.push(gettext("Nothing was counted yet: the new values hold from the beginning."));
  if (has("objective", ...SHORT))
    words.push(
      gettext("The short window is judged by the new values from the next probe round on; a breach may begin or end."),
    );
  if (has("name") && !words.length) words.push(gettext("Only the name changes; nothing is judged again."));
  return { isAnew, words };
}
