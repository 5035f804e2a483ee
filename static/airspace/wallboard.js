/** The wallboard's view of the airspace: emergencies before all, then drones by their links. */
import { getJson } from "../console/api.js";
import { el } from "../console/dom.js";
import { gettext } from "../console/i18n.js";
import { age_, nothing, row, ROWS } from "../network/wallboard/wallboardparts.js";

/** @type {Record<string, () => import("../network/wallboard/wallboardparts.js").View>} by name */
export const views = { airspace: () => ({ title: gettext("Airspace"), read: readAirspace }) };

/** @param {any} region */
async function readAirspace(region) {
  const askedMs = Date.now();
  /** @param {string} query @param {number} limit */
  const ask = (query, limit) => getJson(`/api/v1/drones?${query}&limit=${limit}${boxOf(region)}`);
  const [emergencies, stale, ...others] = await Promise.all([
    ask("state=emergency", ROWS),
    ask("link=stale", ROWS),
    ...["link=heard", "link=heard&state=ground", "link=lost"].map((query) => ask(query, 1)),
  ]);
  const [heard, grounded, lost] = others.map(({ count }) => count);
  /** @param {string} state @param {string} word @param {number} count */
  const big = (state, word, count) => ({ state, word, count, atMs: askedMs });
  const listed = gravestFirst(emergencies.results, stale.results);
  return (/** @type {number} */ nowMs) => ({
    bigs: [
      big("critical", gettext("emergencies"), emergencies.count),
      big("unknown", gettext("links lost"), lost),
      big("at_risk", gettext("links stale"), stale.count),
      big("plain", gettext("drones airborne"), heard - grounded),
    ],
    listed: gettext("Drones in an emergency, then those whose link is stale"),
    rows: listed.length
      ? listed.map((line) => lineOf(line, nowMs))
      : [nothing(gettext("No emergency; every drone that was heard lately still is."))],
    staleS: 30,
    atMs: askedMs,
  });
}

/**
 * As many drones as there is room for, each once: an emergency is not pushed out by any number of stale links.
 * @param {any[]} emergencies @param {any[]} stale
 */
export function gravestFirst(emergencies, stale) {
  const known = new Set(emergencies.map(({ id }) => id));
  return [
    ...emergencies.map((drone) => ({ drone, isEmergency: true })),
    ...stale.filter(({ id }) => !known.has(id)).map((drone) => ({ drone, isEmergency: false })),
  ].slice(0, ROWS);
}

/** @param {{drone: any, isEmergency: boolean}} line @param {number} nowMs */
function lineOf({ drone, isEmergency }, nowMs) {
  const mark = isEmergency
    ? el("span", { class: "chip emergency" }, gettext("Emergency"))
    : el("span", { class: "chip stale" }, gettext("link stale"));
  const heardMs = Date.parse(drone.link.last_heard_at);
  const age = age_(Number.isNaN(heardMs) ? null : (nowMs - heardMs) / 1000);
  return row(drone.name || drone.serial, drone.operator || "", mark, age);
}

/** @param {any} region */
function boxOf(region) {
  if (!region) return "";
  const north = region.radius_m / 111_320;
  const east = north / Math.max(0.05, Math.cos((region.lat_deg * Math.PI) / 180));
  return `&bbox=${[region.lon_deg - east, region.lat_deg - north, region.lon_deg + east, region.lat_deg + north].map((entry) => entry.toFixed(5)).join(",")}`;
}
