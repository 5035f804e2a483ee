/** Facts of drones and sites in the inspector, each with its unit and age. */
import { ageText, el, quantity } from "../../console/dom.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { namedBy } from "../../console/names.js";
import { controlChip, controlNow } from "../words.js";
import { HEARD, LOST, LOST_S, STALE, STALE_S, UNSEEN } from "./state.js";

const CONTROL_STALE_S = 15; // it is judged every few seconds

/**
 * A drone that the picture does not hold, by its last report.
 * @param {any} live @param {any} last @param {number|null} ageS
 * @param {{isForeign: boolean, isBlind: boolean}} how
 */
export function shownNow(live, last, ageS, { isForeign, isBlind }) {
  if (live) return live;
  const isLost = !isForeign && (ageS === null || ageS > LOST_S);
  const link = isBlind ? UNSEEN : isLost ? LOST : ageS === null || ageS > STALE_S ? STALE : HEARD;
  return {
    state: "unknown",
    isForeign,
    link,
    lat: last?.lat_deg,
    lon: last?.lon_deg,
    altitudeM: last?.altitude_wgs84_m,
    speedMps: last?.speed_mps,
    trackDeg: last?.track_deg,
  };
}

/**
 * Where another's drone is: its place, height, speed and track.
 * @param {any} now @param {any} last @param {number|null} ageS @param {number} nowMs
 */
export function trafficFacts(now, last, ageS, nowMs) {
  const old = atMs(last) ? (nowMs - atMs(last)) / 1000 : null;
  return [
    fact(gettext("Altitude (WGS-84)"), aged(quantity(now.altitudeM, "m"), ageS)),
    fact(gettext("Above ground"), aged(quantity(last?.height_agl_m, "m"), old)),
    fact(gettext("Ground speed"), aged(quantity(now.speedMps, "m/s", 1), ageS)),
    fact(gettext("Track"), aged(quantity(now.trackDeg, "°"), ageS)),
    fact(gettext("Place"), aged(place(now.lat, now.lon), ageS)),
  ].flat();
}

/** @param {any} drone @param {any} now @param {any} last @param {number|null} ageS @param {number} nowMs */
export function droneFacts(drone, now, last, ageS, nowMs) {
  const old = atMs(last) ? (nowMs - atMs(last)) / 1000 : null;
  return [
    fact(gettext("Altitude (WGS-84)"), aged(quantity(now.altitudeM, "m"), ageS)),
    fact(gettext("Above ground"), aged(quantity(last?.height_agl_m, "m"), old)),
    fact(gettext("Ground speed"), aged(quantity(now.speedMps, "m/s", 1), ageS)),
    fact(gettext("Climb"), aged(quantity(last?.vertical_speed_mps, "m/s", 1), old)),
    fact(gettext("Track"), aged(quantity(now.trackDeg, "°"), ageS)),
    fact(gettext("Battery"), aged(quantity(last?.battery_pct, "%"), old)),
    fact(gettext("Accuracy"), aged(quantity(last?.accuracy_h_m, "m", 1), old)),
    fact(gettext("Place"), aged(place(now.lat, now.lon), ageS)),
    fact(gettext("Operator"), drone.operator || gettext("unknown")),
    fact(gettext("Serial"), el("span", { class: "mono" }, drone.serial)),
    ...controlFacts(drone.link?.control, now.link === UNSEEN ? Infinity : nowMs),
    ...radioFacts(drone.link?.radio),
  ].flat();
}

/**
 * How the control link was judged, by the network as it is now.
 * @param {any} control @param {number} nowMs infinite: nothing is heard, so it is not known
 */
function controlFacts(control, nowMs) {
  if (!control) return [];
  const ageS =
    control.judged_at && nowMs < Infinity ? Math.max(0, (nowMs - Date.parse(control.judged_at)) / 1000) : null;
  const known = controlNow(control, nowMs);
  const margin = el("span", { class: "modelled" }, quantity(known.margin_db, "dB", 1));
  return [
    fact(gettext("Control link (modelled, live)"), controlChip(known.state)),
    fact(gettext("Margin to its need (modelled)"), aged(margin, ageS, CONTROL_STALE_S)),
  ];
}

/** The name of the site that serves; its key before sites are read. @param {{site: string}} radio */
export const cellOf = (radio) => namedBy("site", radio.site);

/** What the radio model says: never mixed with what was measured. @param {any} radio */
function radioFacts(radio) {
  const nothing = gettext("nothing known to be on air reaches it, or it is outside the model");
  if (!radio) return [fact(gettext("Radio (modelled)"), el("span", { class: "muted" }, nothing))];
  /** @param {any} content */
  const value = (content) => el("span", { class: "modelled", title: radio.definition }, content);
  return [
    fact(gettext("Cell (modelled)"), value(cellOf(radio))),
    fact(gettext("RSRP (modelled)"), value(quantity(radio.rsrp_dbm, "dBm"))),
    fact(gettext("SINR (modelled)"), value(quantity(radio.sinr_db, "dB"))),
    fact(gettext("Latency (modelled)"), value(quantity(radio.one_way_latency_ms, "ms", 1))),
  ];
}

/**
 * Exchange only the children that changed, so that a text being read or copied stays.
 * @param {HTMLElement} node @param {Array<HTMLElement|false>} wanted
 */
export function patch(node, wanted) {
  const fresh = wanted.filter((item) => item !== false);
  fresh.forEach((child, at) => {
    const old = node.children[at];
    if (!old) node.append(child);
    else if (!old.isEqualNode(child)) old.replaceWith(child);
  });
  while (node.children.length > fresh.length) node.lastElementChild?.remove();
}

/** @param {string} word @param {any} value */
export const fact = (word, value) => [el("dt", null, word), el("dd", null, value)];

/** @param {any} value @param {number|null} ageS @param {number} [staleAfterS] */
export function aged(value, ageS, staleAfterS = 5) {
  const isOld = ageS !== null && ageS > staleAfterS;
  return el(
    "span",
    { class: isOld ? "is-stale" : "" },
    value,
    ageS === null
      ? ""
      : el("span", { class: "age" }, ` · ${interpolate(gettext("%(age)s ago"), { age: ageText(ageS) })}`),
  );
}

/** @param {any} position */
export const atMs = (position) => (position ? Date.parse(position.at) || 0 : 0);

/** @param {number} lat @param {number} lon */
export function place(lat, lon) {
  return Number.isFinite(lat) && Number.isFinite(lon)
    ? el("span", { class: "mono" }, `${lat.toFixed(5)}°, ${lon.toFixed(5)}°`)
    : gettext("unknown");
}
