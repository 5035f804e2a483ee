/** Columns that charts draw: times in seconds and one row of values each; where nothing was measured, a gap. */

/** @typedef {number|null} Value */
/** @typedef {[timesS: number[], ...values: Value[][]]} Columns */
/** @typedef {[timeS: number, ...values: Value[]]} Point */

/** @typedef {(beforeS: number, timeS: number) => number[]} Gaps when there is nothing between two points [s] */

/**
 * One gap where two points are more than `mostS` apart: half of that after the first.
 * @param {number} mostS @returns {Gaps}
 */
export const gapAfter = (mostS) => (beforeS, timeS) => (timeS - beforeS > mostS ? [beforeS + mostS / 2] : []);

/**
 * Gaps where spans of `stepS` have no row: at the begin of the first and of the last of them.
 * @param {number} stepS @returns {Gaps}
 */
export const gapOfSpans = (stepS) => (beforeS, timeS) => {
  const [firstS, lastS] = [beforeS + stepS, timeS - stepS];
  return [...(timeS > firstS ? [firstS] : []), ...(lastS > firstS ? [lastS] : [])];
};

/**
 * @param {Point[]} points in the order of time
 * @param {Gaps} gapsBetween
 * @param {Value[]} nothing what each line has in a gap: null, or a value that goes through
 * @param {Value} [fromS] where a point is thought to be before the first
 * @returns {Columns}
 */
export function columnsOf(points, gapsBetween, nothing, fromS = null) {
  /** @type {number[]} */
  const timesS = [];
  const lines = nothing.map(() => /** @type {Value[]} */ ([]));
  /** @param {number} timeS @param {Value[]} values */
  const add = (timeS, values) => {
    timesS.push(timeS);
    values.forEach((value, at) => lines[at].push(value));
  };
  let beforeS = fromS;
  for (const [timeS, ...values] of points) {
    if (beforeS !== null) for (const gapS of gapsBetween(beforeS, timeS)) add(gapS, nothing);
    add(timeS, values);
    beforeS = timeS;
  }
  return [timesS, ...lines];
}
