/** Settings as they are filled in: what is sent of them, and what sending them means for who is attached. Pure. */
import { ageText } from "../console/dom.js";
import { formatNumber, gettext, interpolate } from "../console/i18n.js";
import { freshness } from "./counterpanel.js";

/**
 * What is sent for what was filled in; empty fields change nothing. What is no number goes as it is: the API says so.
 * @param {{tilt_deg: string, power_dbm: string, sleep: string, route: string, reason: string, sectors: string[]|null}}
 *   filled null: all sectors
 */
export function wishOf({ tilt_deg, power_dbm, sleep, route, reason, sectors }) {
  /** @type {Record<string, any>} */
  const wish = {};
  if (tilt_deg.trim()) wish.tilt_deg = numberOf(tilt_deg);
  if (power_dbm.trim()) wish.power_dbm = numberOf(power_dbm);
  if (sleep) wish.sleep = sleep === "asleep";
  if (sectors && ("tilt_deg" in wish || "power_dbm" in wish || "sleep" in wish)) wish.sectors = sectors;
  if (route.trim())
    wish.route =
      route.trim() === "-"
        ? null
        : route
            .trim()
            .split(/[\s,>→]+/)
            .filter(Boolean);
  if (reason.trim()) wish.reason = reason.trim();
  return wish;
}

/** @param {string} text */
function numberOf(text) {
  const number = Number(text.trim().replace(",", "."));
  return Number.isFinite(number) ? number : text.trim();
}

/**
 * What sending a wish means. Pure.
 * @param {Record<string, any>} wish @param {string[]} all the sectors of the site @param {any} counters as the API
 *   tells them, with `sinceMs`; null: not read
 * @returns {string[]}
 */
export function consequenceOf(wish, all, counters) {
  const sectors = wish.sectors || all;
  const names = sectors.length === all.length ? gettext("all sectors") : sectors.join(", ");
  const words = [];
  if (wish.sleep)
    words.push(
      interpolate(
        gettext("Asleep, %(sectors)s serve nobody: %(attached)s must find another cell or lose their link."),
        { sectors: names, attached: attached(sectors, counters) },
      ),
    );
  else if (wish.sleep === false) words.push(interpolate(gettext("Awake, %(sectors)s send again."), { sectors: names }));
  if (!wish.sleep && ("tilt_deg" in wish || "power_dbm" in wish))
    words.push(
      interpolate(gettext("The coverage of %(sectors)s changes: %(attached)s may be served worse or elsewhere."), {
        sectors: names,
        attached: attached(sectors, counters),
      }),
    );
  if (wish.route)
    words.push(
      interpolate(gettext("All traffic of the site takes %(way)s and is cut off when that way breaks."), {
        way: wish.route.join(" → "),
      }),
    );
  if (wish.route === null)
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
