/** What an alarm says of its consequence: what would fall next, or how far away computing is now. */
import { formatNumber, gettext, interpolate, ngettext } from "../../console/i18n.js";

/**
 * @typedef {{link: string, name_en: string, name_zh: string, sites: number, key_sites: number}} NextFailure a link on
 *   which sites hang alone now
 */

/** The consequence in words; "" where the figures of an alarm tell of none. @param {any} detail */
export function consequenceText(detail) {
  if (Array.isArray(detail.next) && detail.next.length) return nextText(detail.next);
  if (Number.isFinite(detail.limit_ms) && Number.isFinite(detail.planned_ms)) return circleText(detail);
  return "";
}

/** @param {NextFailure[]} next the worst first */
function nextText(next) {
  const words = next.map((failure) =>
    interpolate("%(name)s (%(who)s)", { name: nameOf(failure), who: whoText(failure) }),
  );
  return interpolate(gettext("would fall next: %(links)s"), { links: words.join("; ") });
}

/** @param {NextFailure} failure */
const nameOf = ({ name_en, name_zh }) =>
  document.documentElement.lang.startsWith("zh") ? name_zh || name_en : name_en;

/** @param {NextFailure} failure */
function whoText({ sites, key_sites }) {
  const all = interpolate(ngettext("%(count)s site", "%(count)s sites", sites), { count: formatNumber(sites) });
  if (!key_sites) return all;
  const keys = ngettext("%(count)s key site", "%(count)s key sites", key_sites);
  return `${all}, ${interpolate(keys, { count: formatNumber(key_sites) })}`;
}

/** @param {{modelled_ms: number|null, planned_ms: number, limit_ms: number}} detail */
function circleText({ modelled_ms, planned_ms, limit_ms }) {
  const ms = (/** @type {number} */ value) => `${formatNumber(value, 3)} ms`;
  const planned = interpolate(gettext("planned %(planned)s, limit %(limit)s"), {
    planned: ms(planned_ms),
    limit: ms(limit_ms),
  });
  const now =
    modelled_ms === null
      ? gettext("no way to computing is left")
      : interpolate(gettext("modelled over what is left %(value)s"), { value: ms(modelled_ms) });
  return `${now}; ${planned}`;
}
