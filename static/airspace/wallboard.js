/** The wallboard's view of the airspace: drones by their links, and those whose link is stale. */
import { getJson } from "../console/api.js";
import { el } from "../console/dom.js";
import { gettext } from "../console/i18n.js";
import { age_, nothing, row, ROWS } from "../network/wallboard/wallboardparts.js";

/** @type {Record<string, () => import("../network/wallboard/wallboardparts.js").View>} by name */
export const views = { airspace: () => ({ title: gettext("Airspace"), read: readAirspace }) };

/** @param {any} region */
async function readAirspace(region) {
  const askedMs = Date.now();
  /** @param {string} query */
  const count = (query) => getJson(`/api/v1/drones?${query}&limit=1${boxOf(region)}`).then((page) => page.count);
  const [heard, grounded, stale, lost, page] = await Promise.all([
    count("link=heard"),
    count("link=heard&state=ground"),
    count("link=stale"),
    count("link=lost"),
    getJson(`/api/v1/drones?link=stale&limit=${ROWS}${boxOf(region)}`),
  ]);
  /** @param {string} state @param {string} word @param {number} number */
  const big = (state, word, number) => ({ state, word, count: number, atMs: askedMs });
  /** @param {any} drone @param {number} nowMs */
  const ofOne = (drone, nowMs) =>
    row(
      drone.name || drone.serial,
      drone.operator || "",
      el("span", { class: "chip stale" }, gettext("link stale")),
      age_((nowMs - Date.parse(drone.link.last_heard_at)) / 1000),
    );
  return (/** @type {number} */ nowMs) => ({
    bigs: [
      big("plain", gettext("drones airborne"), heard - grounded),
      big("plain", gettext("on the ground"), grounded),
      big("at_risk", gettext("links stale"), stale),
      big("unknown", gettext("links lost"), lost),
    ],
    listed: gettext("Drones whose link is stale"),
    rows: page.results.length
      ? page.results.map((/** @type {any} */ drone) => ofOne(drone, nowMs))
      : [nothing(gettext("Every drone that was heard lately still is."))],
    staleS: 30,
    atMs: askedMs,
  });
}

/** @param {any} region */
function boxOf(region) {
  if (!region) return "";
  const north = region.radius_m / 111_320;
  const east = north / Math.max(0.05, Math.cos((region.lat_deg * Math.PI) / 180));
  return `&bbox=${[region.lon_deg - east, region.lat_deg - north, region.lon_deg + east, region.lat_deg + north].map((entry) => entry.toFixed(5)).join(",")}`;
}
