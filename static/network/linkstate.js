/** How a link is now, in words: up, degraded, down or unknown, since when, and how old the measurement behind it is. */
import { nowMs } from "../console/api.js";
import { ageText, chip, el } from "../console/dom.js";
import { gettext, interpolate } from "../console/i18n.js";

/** @type {Record<string, string>} */
export const LINK_STATE_WORDS = {
  up: gettext("up"),
  degraded: gettext("degraded"),
  down: gettext("down"),
  unknown: gettext("unknown"),
};
/** By the state of a link how its chip looks. @type {Record<string, string>} */
const LOOKS = { up: "normal", degraded: "minor", down: "critical", unknown: "unknown" };

/**
 * The state of a link with its age; nothing of one as of another time.
 * @param {{state: string|null, state_since: string|null, measured_at: string|null}} link
 */
export function linkState({ state, state_since, measured_at }) {
  if (!state) return "";
  const age = el("span", { class: "age" }, ` ${ageWords(state_since, measured_at)}`);
  return el("span", { class: "nowrap" }, chip(LOOKS[state], LINK_STATE_WORDS[state]), age);
}

/**
 * For how long it is so, and how old the newest measurement is.
 * @param {string|null} since @param {string|null} measured
 */
export function ageWords(since, measured) {
  const age = (/** @type {string} */ at) => ageText((nowMs() - Date.parse(at)) / 1000);
  const words = [
    since && interpolate(gettext("for %(age)s"), { age: age(since) }),
    measured ? interpolate(gettext("measured %(age)s ago"), { age: age(measured) }) : gettext("never measured"),
  ];
  return words.filter(Boolean).join(" · ");
}
