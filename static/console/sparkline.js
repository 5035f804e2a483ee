/** The lines of a small trend: one path for each stretch without a gap, a dot for a value by itself. Pure. */

/**
 * @param {Array<number[]|null>} places x and y in the order of time; null: a gap
 * @returns {{paths: string[], dots: number[][]}}
 */
export function stretchesOf(places) {
  /** @type {number[][][]} */
  const runs = [[]];
  for (const place of places) place ? runs[runs.length - 1].push(place) : runs.push([]);
  const words = (/** @type {number[]} */ place) => place.map((part) => part.toFixed(1)).join(" ");
  return {
    paths: runs.filter((run) => run.length > 1).map((run) => `M${run.map(words).join("L")}`),
    dots: runs.filter((run) => run.length === 1).map(([place]) => place),
  };
}
