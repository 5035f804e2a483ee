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
const CONTROL_WORDS = {
  met: gettext("Need met"),
  gap_ahead: gettext("Gap ahead"),
  below: gettext("Below need"),
  unknown: gettext("Unknown"),
};
/** @type {Record<string, string>} */
const CONTROL_LOOKS = { met: "met", gap_ahead: "minor", below: "major" };
const CONTROL_KEPT_S = 20; // as long as the server keeps what nobody judges any more
/** @type {Record<string, string>} */
const REASON_WORDS = {
  cell_silent: gettext("its cell is silent"),
  weak: gettext("nothing reaches it well enough, by plan as well"),
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

/** Whether a control link meets its need. @param {string} state */
export const controlChip = (state) =>
  chip(CONTROL_LOOKS[state] || "unknown", CONTROL_WORDS[state] || CONTROL_WORDS.unknown);

/**
 * What is known of a control link now: what was judged longer ago is unknown.
 * @param {any} control @param {number} nowMs
 */
export function controlNow(control, nowMs) {
  const ageS = control?.judged_at ? (nowMs - Date.parse(control.judged_at)) / 1000 : Infinity;
  return ageS > CONTROL_KEPT_S ? { state: "unknown", margin_db: null } : control;
}

/** Why a control link is bad, in a sentence; empty of one that is not. @param {any} judged @param {number} nowMs */
export function controlSentence(judged, nowMs) {
  const control = controlNow(judged, nowMs);
  if (control.state === "below") {
    const age = ageText(Math.max(0, (nowMs - Date.parse(control.below_since)) / 1000));
    const reason = REASON_WORDS[control.reason] || REASON_WORDS.weak;
    return interpolate(gettext("Control link below its need for %(age)s: %(reason)s"), { age, reason });
  }
  if (control.state !== "gap_ahead") return "";
  if (control.gap_in_s === null) return gettext("Control link below its need since a moment");
  return interpolate(gettext("Control link falls below its need in about %(age)s on this track"), {
    age: ageText(control.gap_in_s),
  });
}

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
