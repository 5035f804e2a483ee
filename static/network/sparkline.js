/** A trend as a small line: gaps stay gaps, modelled values are dashed, the target is a hairline. */
import { svg } from "../console/dom.js";
import { stretchesOf } from "../console/sparkline.js";

const WIDTH = 120;
const HEIGHT = 32;

/**
 * The lines of a trend in a box of 120 by 32: one path for each stretch without a gap.
 * @param {Array<{at: string, value: number|null}>} points in the order of time
 * @param {number|null} target
 * @param {[number, number]|null} [shownMs] from when to when is shown; null: as far as there are points
 * @returns {{paths: string[], dots: number[][], goalY: number|null}}
 */
export function shapeOf(points, target, shownMs = null) {
  const known = points.flatMap(({ value }) => (value === null ? [] : [value]));
  if (known.length === 0) return { paths: [], dots: [], goalY: null };
  const times = points.map(({ at }) => Date.parse(at));
  const values = [...known, ...(target === null ? [] : [target])];
  const [first, last] = shownMs ?? [Math.min(...times), Math.max(...times)];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  /** @param {string} at */
  const x = (at) => (last > first ? ((Date.parse(at) - first) / (last - first)) * WIDTH : WIDTH);
  /** @param {number} value */
  const y = (value) => (high > low ? HEIGHT - 2 - ((value - low) / (high - low)) * (HEIGHT - 4) : HEIGHT / 2);
  const places = points.map(({ at, value }) => (value === null ? null : [x(at), y(value)]));
  return { ...stretchesOf(places), goalY: target === null ? null : y(target) };
}

/**
 * @param {Array<{at: string, value: number|null}>} points
 * @param {{target: number|null, isModelled: boolean, label: string, shownMs?: [number, number]|null}} look
 */
export function sparkline(points, { target, isModelled, label, shownMs = null }) {
  const { paths, dots, goalY } = shapeOf(points, target, shownMs);
  const picture = svg("svg", { class: "trend", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label });
  if (goalY !== null && paths.length + dots.length)
    picture.append(svg("path", { class: "goal", d: `M0 ${goalY}H${WIDTH}` }));
  for (const d of paths) picture.append(svg("path", { d, class: isModelled ? "is-modelled" : "" }));
  for (const [cx, cy] of dots) picture.append(svg("circle", { cx, cy, r: 2 }));
  return picture;
}
