/** Moments as a wall clock of the console's time zone shows them, and back. */

const zone = document.documentElement.dataset.timeZone || "UTC";

/**
 * The moment that a wall clock of the console's time zone shows. Null for an empty text.
 * @param {string} text as `datetime-local` gives it, "2026-06-01T12:00"
 */
export function momentOf(text) {
  if (!text) return null;
  const wall = Date.parse(`${text}Z`);
  const guess = wall - offsetMs(wall);
  return new Date(wall - offsetMs(guess)).toISOString();
}

/** What a wall clock of the console's time zone shows at a moment, as `datetime-local` takes it. @param {string} at */
export function wallOf(at) {
  const moment = Date.parse(at);
  return new Date(moment + offsetMs(moment)).toISOString().slice(0, 16);
}

/** How far the zone's wall clock is ahead of UTC at a moment. @param {number} moment */
function offsetMs(moment) {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(moment);
  const of = Object.fromEntries(parts.map((part) => [part.type, Number(part.value)]));
  return Date.UTC(of.year, of.month - 1, of.day, of.hour, of.minute, of.second) - Math.floor(moment / 1000) * 1000;
}
