/** How links that are not up are drawn: in the lines of service levels that are broken, at risk or unknown. Pure. */

/** By the state of a link the line that says it. @type {Record<string, string>} */
export const STANDING_OF = { down: "breached", degraded: "at_risk", unknown: "unknown" };

/**
 * What a link's feature says of its state; nothing of one that is up, which is drawn by rate or load.
 * @param {string} _kind @param {string} _key @param {string} [state]
 */
export function linkStanding(_kind, _key, state = "") {
  return STANDING_OF[state] ? { standing: STANDING_OF[state], standings: "" } : null;
}

/** How many links are in each state that is not up, the gravest first, of those that any is in. @param {any[]} links */
export function countsNotUp(links) {
  return Object.keys(STANDING_OF)
    .map((state) => ({ state, count: links.filter((link) => link.state === state).length }))
    .filter(({ count }) => count);
}
