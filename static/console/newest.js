/** Newest wins, among what the server told. */
const AHEAD_MS = 60_000; // clocks of viewers differ from the server's by less, mostly

/**
 * Whether what came is older than what is known. What is known from a time yet to come is not newer than anything: the
 * server's clock was ahead, and was set back since.
 * @param {string} at @param {string} knownAt
 */
export function isOlder(at, knownAt, nowMs = Date.now()) {
  const knownMs = Date.parse(knownAt);
  return Date.parse(at) < knownMs && knownMs <= nowMs + AHEAD_MS;
}
