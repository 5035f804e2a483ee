/** The operator's words for states of drones and sites. */
import { ageText, chip, formatTime } from "../console/dom.js";
import { gettext, interpolate } from "../console/i18n.js";
import { HEARD, LOST, STALE, UNSEEN } from "./tracking/state.js";

/** @type {Record<string, string>} */
const STATE_WORDS = {
  normal: gettext("Normal"),
  warning: gettext("Low battery"),
  emergency: gettext("Emergency"),
  ground: gettext("On ground"),
  unknown: gettext("Unknown"),
};
/** @type {Record<number, string>} */
const LINK_WORDS = {
  [HEARD]: gettext("Heard"),
  [STALE]: gettext("Stale"),
  [LOST]: gettext("Link lost"),
  [UNSEEN]: gettext("Unknown"),
};
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
 * What matters most about a drone: how it looks, and its word; of another's only that it is there.
 * @param {{state: string, link: number, isForeign?: boolean}} drone @returns {[string, string]}
 */
function foremost({ state, link, isForeign = false }) {
  if (isForeign) return ["traffic", gettext("Other traffic")];
  if (link === UNSEEN) return ["unknown", LINK_WORDS[UNSEEN]];
  if (link === LOST) return ["lost", LINK_WORDS[LOST]];
  if (state === "normal" && link === STALE) return ["stale", LINK_WORDS[STALE]];
  return [state, stateWord(state)];
}

/** @param {{state: string, link: number, isForeign?: boolean}} drone */
export const stateChip = (drone) => chip(...foremost(drone));

/** @param {{state: string, link: number, isForeign?: boolean}} drone */
export const stateChipWord = (drone) => foremost(drone)[1];

/** @param {string} state */
export const slaChip = (state) => chip(state === "met" ? "met" : state, SLA_WORDS[state] || SLA_WORDS.unknown);

/**
 * Nothing is known since the picture was heard last: the line that was lost is ours.
 * @param {number|null} sinceMs epoch
 */
export function unseenSentence(sinceMs) {
  if (sinceMs === null) return gettext("Unknown: the picture does not arrive here");
  const time = formatTime(new Date(sinceMs));
  return interpolate(gettext("Unknown since %(time)s: the picture does not arrive here"), { time });
}

/** The link in a sentence. @param {number} link @param {number|null} ageS @param {number} heardMs epoch */
export function linkSentence(link, ageS, heardMs) {
  const values = { age: ageText(ageS), time: formatTime(new Date(heardMs)) };
  if (link === LOST) return interpolate(gettext("Link lost %(age)s ago, last heard at %(time)s"), values);
  if (link === STALE) return interpolate(gettext("Nothing heard for %(age)s, last at %(time)s"), values);
  return interpolate(gettext("Heard %(age)s ago"), values);
}
