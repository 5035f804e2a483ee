/** Settings as they are filled in: what is sent of them, and what sending them means for who is attached. Pure. */
import { ageText } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { freshness } from "./counterpanel.js";

/**
 * What is sent for what was filled in; empty fields change nothing. What is no number goes as it is: the API says so.
 * @param {{tilt_deg: string, power_dbm: string, sleep: string, route: string, reason: string, sectors: string[]|null}}
 *   filled null: all sectors
 */
export function requestOf({ tilt_deg, power_dbm, sleep, route, reason, sectors }) {
  /** @type {Record<string, any>} */
  const request = {};
  if (tilt_deg.trim()) request.tilt_deg = numberOf(tilt_deg);
  if (power_dbm.trim()) request.power_dbm = numberOf(power_dbm);
  if (sleep) request.sleep = sleep === "asleep";
  if (sectors && ("tilt_deg" in request || "power_dbm" in request || "sleep" in request)) request.sectors = sectors;
  if (route.trim())
    request.route =
      route.trim() === "-"
        ? null
        : route
            .trim()
            .split(/[\s,>→]+/)
            .filter(Boolean);
  if (reason.trim()) request.reason = reason.trim();
  return request;
}

/** @param {string} text */
function numberOf(text) {
  const number = Number(text.trim().replace(",", "."));
  return Number.isFinite(number) ? number : text.trim();
}

/**
 * What sending a request means. Pure.
 * @param {Record<string, any>} request @param {string[]} all the sectors of the site @param {any} counters as the API
 *   tells them, with `sinceMs`; null: not read
 * @returns {string[]}
 */
export function consequenceOf(request, all, counters) {
  const sectors = request.sectors || all;
  const names = sectors.length === all.length ? gettext("all sectors") : sectors.join(", ");
  const words = [];
  if (request.sleep)
    words.push(
      interpolate(
        gettext("Asleep, %(sectors)s serve nobody: %(attached)s must find another cell or lose their link."),
        { sectors: names, attached: attached(sectors, counters) },
      ),
    );
  else if (request.sleep === false)
    words.push(interpolate(gettext("Awake, %(sectors)s send again."), { sectors: names }));
  if (!request.sleep && ("tilt_deg" in request || "power_dbm" in request))
    words.push(
      interpolate(gettext("The coverage of %(sectors)s changes: %(attached)s may be served worse or elsewhere."), {
        sectors: names,
        attached: attached(sectors, counters),
      }),
    );
  if (request.route)
    words.push(
      interpolate(gettext("All traffic of the site takes %(way)s and is cut off when that way breaks."), {
        way: request.route.join(" → "),
      }),
    );
  if (request.route === null)
    words.push(gettext("The traffic of the site takes the shortest way again, and another when that breaks."));
  if (words.length)
    words.push(gettext("It is in force once the site acknowledges it; only another push takes it back."));
  return words;
}

/** @param {string[]} sectors @param {any} counters */
function attached(sectors, counters) {
  if (!counters?.told || !freshness(counters, counters.sinceMs).isKnown)
    return gettext("an unknown number of devices and drones");
  /** @type {any[]} */
  const all = counters.told.cells;
  const cells = all.filter((cell) => sectors.includes(cell.sector));
  /** @param {"devices"|"drones"} name @returns {number} */
  const sum = (name) => cells.reduce((total, cell) => total + cell[name], 0);
  return interpolate(gettext("%(devices)s devices and %(drones)s drones (attached %(age)s ago)"), {
    devices: formatNumber(sum("devices")),
    drones: formatNumber(sum("drones")),
    age: ageText(freshness(counters, counters.sinceMs).ageS),
  });
}

/** What a push changes, in words. Pure. @param {{cells?: Record<string, any>, route?: string[]|null}} request */
export function requestWords(request) {
  const cells = request.cells || {};
  const slugs = Object.keys(cells);
  const change = slugs.length ? cells[slugs[0]] : {};
  const words = [];
  if ("tilt_deg" in change)
    words.push(interpolate(gettext("tilt %(value)s°"), { value: formatNumber(change.tilt_deg, 1) }));
  if ("power_dbm" in change)
    words.push(interpolate(gettext("power %(value)s dBm"), { value: formatNumber(change.power_dbm, 1) }));
  if ("is_asleep" in change) words.push(change.is_asleep ? gettext("asleep") : gettext("awake"));
  if (slugs.length) words.push(`(${slugs.join(", ")})`);
  if ("route" in request)
    words.push(
      request.route
        ? interpolate(gettext("route %(way)s"), { way: request.route.join(" → ") })
        : gettext("shortest route"),
    );
  return words.join(" ");
}
