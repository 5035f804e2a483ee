import assert from "node:assert/strict";
import test from "node:test";
import { shapeOf } from "../../../static/network/sparkline.js";

const point = (/** @type {number} */ minute, /** @type {number|null} */ value) => ({
  at: new Date(minute * 60_000).toISOString(),
  value,
});

test("the lowest value lies 2 above the bottom of a box of 120 by 32, the highest 2 below its top", () => {
  assert.deepEqual(shapeOf([point(0, 1), point(30, 3), point(60, 2)], null), {
    paths: ["M0.0 30.0L60.0 2.0L120.0 16.0"],
    dots: [],
    goalY: null,
  });
});

test("the target is in the box, too", () => {
  const { paths, goalY } = shapeOf([point(0, 1), point(60, 1)], 3);
  assert.deepEqual([paths, goalY], [["M0.0 30.0L120.0 30.0"], 2]);
});

test("a gap stays a gap, and values that are all the same lie in the middle", () => {
  const { paths, dots } = shapeOf([point(0, 5), point(30, null), point(45, 5), point(60, 5)], null);
  assert.deepEqual([paths, dots], [["M90.0 16.0L120.0 16.0"], [[0, 16]]]);
});

test("a single value lies at the end, and nothing known is nothing drawn", () => {
  assert.deepEqual(shapeOf([point(5, 2)], null).dots, [[120, 16]]);
  assert.deepEqual(shapeOf([point(0, null)], 3), { paths: [], dots: [], goalY: null });
});

test("of a time that is shown the points stand where they were, not from edge to edge", () => {
  const { paths } = shapeOf([point(30, 1), point(60, 2)], null, [0, 120 * 60_000]);
  assert.deepEqual(paths, ["M30.0 30.0L60.0 2.0"]);
});
