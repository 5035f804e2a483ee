/** The operator's words for states of drones and sites. */
import { ageText, chip, formatTime } from "../console/dom.js";
import { gettext, interpolate } from "../console/i18n.js";
import { HEARD, LOST, STALE } from "./tracking/state.js";

/** @type {Record<string, string>} */
const STATE_WORDS = {
  normal: gettext("Normal"),
  warning: gettext("Low battery"),
  emergency: gettext("Emergency"),
  ground: gettext("On ground"),
  unknown: gettext("Unknown"),
};
/** @type {Record<number, string>} */
const LINK_WORDS = { [HEARD]: gettext("Heard"), [STALE]: gettext("Stale"), [LOST]: gettext("Link lost") };
/** @type {Record<string, string>} */
const SLA_WORDS = {
  met: gettext("SLA met"),
  at_risk: gettext("SLA at risk"),
  breached: gettext("SLA breached"),
  unknown: gettext("SLA unknown"),
};

/** @param {string} state */
export const stateWord = (state) => STATE_WORDS[state] || STATE_WORDS.unknown;

/** @param {number} link */
export const linkWord = (link) => LINK_WORDS[link];

/**
 * What matters most about a drone, as a chip; of another's only that it is there.
 * @param {{state: string, link: number, isForeign?: boolean}} drone
 */
export function stateChip({ state, link, isForeign = false }) {
  if (isForeign) return chip("traffic", gettext("Other traffic"));
  if (link === LOST) return chip("lost", LINK_WORDS[LOST]);
  if (state === "normal" && link === STALE) return chip("stale", LINK_WORDS[STALE]);
  return chip(state, stateWord(state));
}

/** @param {string} state */
export const slaChip = (state) => chip(state === "met" ? "met" : state, SLA_WORDS[state] || SLA_WORDS.unknown);

/** The link in a sentence. @param {number} link @param {number|null} ageS @param {number} heardMs epoch */
export function linkSentence(link, ageS, heardMs) {
  const values = { age: ageText(ageS), time: formatTime(new Date(heardMs)) };
  if (link === LOST) return interpolate(gettext("Link lost %(age)s ago, last heard at %(time)s"), values);
  if (link === STALE) return interpolate(gettext("Nothing heard for %(age)s, last at %(time)s"), values);
  return interpolate(gettext("Heard %(age)s ago"), values);
}
