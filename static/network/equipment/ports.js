/** What a site sees at its ports, in words. Pure. */
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";

/** The gravest first. @type {Record<string, string>} */
const WORDS = {
  loss_of_signal: gettext("no signal comes in: %(count)s"),
  remote_off: gettext("the other end has no power: %(count)s"),
  degraded: gettext("what comes in is errored: %(count)s"),
};

/**
 * How many ports are up, and how many are in each other state; unknown where a site tells nothing of them.
 * @param {Array<{state: string}>|null|undefined} ports
 */
export function portsText(ports) {
  if (!ports) return gettext("unknown");
  const counted = (/** @type {string} */ state) => ports.filter((port) => port.state === state).length;
  const up = interpolate(gettext("%(count)s of %(all)s up"), {
    count: formatNumber(counted("up")),
    all: formatNumber(ports.length),
  });
  const others = Object.entries(WORDS)
    .filter(([state]) => counted(state))
    .map(([state, word]) => interpolate(word, { count: formatNumber(counted(state)) }));
  return [up, ...others].join(" · ");
}
