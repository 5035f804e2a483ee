/** The wallboard's views of airspace and industry, and what all views' lines are made of. */
import { getAll, getJson } from "../console/api.js";
import { ageText, el } from "../console/dom.js";
import { formatNumber, gettext, interpolate } from "../console/i18n.js";
import { nameOf, stateChip } from "./words.js";

export const ROWS = 6;

/** @param {any} region */
export async function readAirspace(region) {
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

export async function readIndustry() {
  const results = await getAll("/api/v1/factories");
  /** @param {string} level */
  const sum = (level) => results.reduce((total, one) => total + (one.levels[level] || 0), 0);
  const machines = results.reduce((total, one) => total + one.machines, 0);
  const unknown =
    machines -
    results.reduce((total, one) => total + Object.values(one.levels).reduce((all, count) => all + Number(count), 0), 0);
  const newest = Math.max(...results.map((one) => Date.parse(one.newest_reading_at) || 0), 0) || null;
  /** @param {string} state @param {string} word @param {number} count */
  const big = (state, word, count) => ({ state, word, count, atMs: newest });
  return (/** @type {number} */ nowMs) => ({
    bigs: [
      big("breached", gettext("at high risk"), sum("high")),
      big("at_risk", gettext("at elevated risk"), sum("elevated")),
      big("unknown", gettext("machines unknown"), Math.max(unknown, 0) + sum("unknown")),
      big("met", gettext("machines normal"), sum("normal")),
    ],
    listed: gettext("Factories of all regions, the most at risk first"),
    staleS: 30,
    atMs: newest,
    rows: [...results]
      .sort((a, b) => (b.levels.high || 0) - (a.levels.high || 0))
      .slice(0, ROWS)
      .map((one) => factoryRow(one, nowMs)),
  });
}

/** @param {any} one @param {number} nowMs */
function factoryRow(one, nowMs) {
  const age = one.newest_reading_at ? (nowMs - Date.parse(one.newest_reading_at)) / 1000 : null;
  const isOld = age === null || age > one.stale_after_s;
  const high = one.levels.high || 0;
  return row(
    nameOf(one),
    interpolate(gettext("%(count)s machines"), { count: one.machines }),
    isOld
      ? stateChip("unknown")
      : el(
          "span",
          { class: high ? "chip breached" : "chip met" },
          interpolate(gettext("%(count)s at high risk"), { count: high }),
        ),
    age_(age),
  );
}

/**
 * @param {string} name @param {import("../console/dom.js").Child} more @param {import("../console/dom.js").Child} mark
 * @param {import("../console/dom.js").Child} age
 */
export function row(name, more, mark, age) {
  return el(
    "li",
    null,
    el("span", { class: "board-name" }, name),
    el("span", { class: "board-more" }, more),
    el("span", { class: "board-mark" }, mark),
    age,
  );
}

/** @param {string} words */
export function nothing(words) {
  return el("li", { class: "muted" }, words);
}

/** @param {number|null} seconds */
export function age_(seconds) {
  return el("span", { class: "board-age" }, seconds === null ? "" : wholeAge(seconds));
}

/** An age in whole seconds: nobody reads tenths at three metres. @param {number} seconds */
export function wholeAge(seconds) {
  return seconds < 10
    ? interpolate(gettext("%(count)s s"), { count: formatNumber(Math.max(0, Math.round(seconds))) })
    : ageText(seconds);
}

/** @param {any} region */
function boxOf(region) {
  if (!region) return "";
  const north = region.radius_m / 111_320;
  const east = north / Math.max(0.05, Math.cos((region.lat_deg * Math.PI) / 180));
  return `&bbox=${[region.lon_deg - east, region.lat_deg - north, region.lon_deg + east, region.lat_deg + north].map((one) => one.toFixed(5)).join(",")}`;
}
