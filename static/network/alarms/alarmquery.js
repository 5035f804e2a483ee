/** What the filters of the alarm list ask for. Pure. */
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { without } from "../../console/listquery.js";

const HOUR_MS = 3_600_000;

/**
 * What the API is asked for: consequences stay below their root causes, and held alarms apart, unless they are
 * wanted. What asks for a person comes active before returned and the gravest first; a history by its time.
 * @param {URLSearchParams} query what the form says
 * @param {boolean} isWide consequences and held ones, too
 * @param {number} [nowMs]
 */
export function askedOf(query, isWide, nowMs = Date.now()) {
  const wanted = without(query, ["alarm", "consequences", "hours", "is_active"]);
  const [shown, hours] = [query.get("is_active"), Number(query.get("hours"))];
  if (shown === "open") wanted.set("is_open", "true");
  else if (shown) wanted.set("is_active", shown);
  if (!query.get("consequences") && !isWide) wanted.set("is_consequence", "false");
  if (!query.get("state") && !isWide) wanted.set("is_held", "false");
  if (!query.get("ordering") && (shown === "open" || shown === "true")) wanted.set("ordering", "priority");
  if (hours) wanted.set("since", new Date(nowMs - hours * HOUR_MS).toISOString());
  return wanted;
}

/**
 * A file that holds less than the filter finds says so before it is fetched.
 * @param {number} total @param {number} most rows of a file
 */
export function csvWord(total, most) {
  if (total <= most) return gettext("Export CSV");
  const counts = { most: formatNumber(most), count: formatNumber(total) };
  return interpolate(gettext("Export CSV (the first %(most)s of %(count)s)"), counts);
}
