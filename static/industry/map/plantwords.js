/** Words of factories and vehicles on the map. */
import { chip } from "../../console/dom.js";
import { gettext } from "../../console/i18n.js";

/** @type {Record<string, string>} */
export const VEHICLE_WORDS = {
  fault: gettext("Fault"),
  warning: gettext("Warning"),
  unknown: gettext("Unknown"),
  stale: gettext("Stale"),
  standing: gettext("Standing"),
  driving: gettext("Driving"),
};
/** @type {Record<string, string>} */
const VEHICLE_CHIPS = { fault: "major", warning: "minor", unknown: "unknown", stale: "stale" };

/** @type {Record<string, string>} of VDA 5050 */
export const MODE_WORDS = {
  AUTOMATIC: gettext("automatic"),
  SEMIAUTOMATIC: gettext("semi-automatic"),
  MANUAL: gettext("by hand"),
  SERVICE: gettext("service"),
  TEACHIN: gettext("being taught"),
  STARTUP: gettext("starting"),
  INTERVENED: gettext("intervened"),
};

/** @param {string} state */
export const vehicleChip = (state) => chip(VEHICLE_CHIPS[state] || "normal", VEHICLE_WORDS[state]);

/** How a vehicle looks in a list: only what is heard of, and well, looks so. @param {string} state */
export function vehicleLook(state) {
  if (state === "fault" || state === "warning") return "bad";
  return state === "driving" || state === "standing" ? "good" : "unknown";
}

/** @param {{manufacturer: string, serial: string}} vehicle */
export const vehicleName = ({ manufacturer, serial }) => `${manufacturer} ${serial}`;
