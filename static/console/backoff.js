/**
 * When a page comes back after something that befell thousands of pages at once: each at a time of its own, so that the
 * server is asked by a few at a time. Full jitter: anywhere between at once and the longest wait of that attempt.
 */

export const SPREAD_MS = 3000; // 2,000 pages in that time are what one web process lets in without anybody waiting
const BACKOFF_MS = [SPREAD_MS, 3000, 4000, 5000];
const CROWDED_MS = 30000;

/** @param {number} mostMs @returns {number} anything up to it */
export const jittered = (mostMs) => Math.random() * mostMs;

/** @param {number} attempt from 0 on @returns {number} how long to wait before it */
export const backoffMs = (attempt) => jittered(BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)]);

/**
 * When to come back where the server says so: it lets one in after the other, and has no place before. The reason
 * that a line was closed with names it. @param {string} reason @returns {number|null}
 */
export function toldMs(reason) {
  const told = /^again in (\d{1,6}) ms$/.exec(reason);
  return told && Number(told[1]);
}

/** How long to wait where asking again soon would only add to the crowd. @returns {number} */
export const crowdedMs = () => CROWDED_MS / 2 + jittered(CROWDED_MS);
