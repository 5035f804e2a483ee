/** What was promised and what is, in words: as it is now while an alarm is active, as it was raised once it is over. */
import { formatTime } from "../../console/dom.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { metricText } from "../words.js";

/**
 * @typedef {{metric: string, value: number|null, promised: number|null, at: string|null, silent_since: string|null}}
 *   Figure as the alarm's row tells it: measured now
 */

/**
 * What was promised and what is: "no answer since 03:30:10; 0 %, promised 90 %"; "" where nothing is promised.
 * @param {any} alarm
 */
export function figureText(alarm) {
  if (alarm.figure) return presentText(alarm.figure);
  const { metric, value, objective } = alarm.detail;
  if (!metric || !Number.isFinite(objective)) return "";
  return interpolate(gettext("when raised %(value)s, promised %(promised)s"), {
    value: metricText(metric, value),
    promised: metricText(metric, objective),
  });
}

/** @param {Figure} figure */
function presentText({ metric, value, promised, at, silent_since }) {
  const silence = silent_since && interpolate(gettext("no answer since %(time)s"), { time: formatTime(silent_since) });
  if (!metric) return silence || "";
  const is = value === null ? !silent_since && unknownText(at) : valueText(metric, value, silent_since ? null : at);
  const words =
    promised === null
      ? gettext("nothing is promised any more")
      : interpolate(gettext("promised %(promised)s"), { promised: metricText(metric, promised) });
  return [silence, [is, words].filter(Boolean).join(", ")].filter(Boolean).join("; ");
}

/** @param {string} metric @param {number} value @param {string|null} at */
function valueText(metric, value, at) {
  const text = metricText(metric, value);
  return at ? interpolate(gettext("%(value)s at %(time)s"), { value: text, time: formatTime(at) }) : text;
}

/** @param {string|null} at */
function unknownText(at) {
  return at
    ? interpolate(gettext("unknown since %(time)s"), { time: formatTime(at) })
    : gettext("unknown, never measured");
}
