import assert from "node:assert/strict";
import test from "node:test";
import { columnsOf, gapAfter, gapOfSpans } from "../../../static/console/chartdata.js";

test("two points too far from each other have one gap, half of what is allowed after the first", () => {
  const gaps = gapAfter(10);
  assert.deepEqual([gaps(100, 110), gaps(100, 110.5), gaps(100, 500)], [[], [105], [105]]);
});

test("spans without rows are a gap from the begin of the first to that of the last", () => {
  const gaps = gapOfSpans(60);
  assert.deepEqual(gaps(0, 60), []);
  assert.deepEqual(gaps(0, 120), [60]);
  assert.deepEqual(gaps(0, 180), [60, 120]);
  assert.deepEqual(gaps(0, 600), [60, 540]);
  assert.deepEqual(gaps(0, 90), [60]); // a row that begins in the middle of a span
});

test("each line has its own column, and in a gap what it has there", () => {
  /** @type {import("../../../static/console/chartdata.js").Point[]} */
  const points = [
    [0, 1, 9],
    [30, null, 9],
  ];
  assert.deepEqual(columnsOf(points, gapAfter(10), [null, 9]), [
    [0, 5, 30],
    [1, null, null],
    [9, 9, 9],
  ]);
});

test("a gap before the first point is drawn where something is thought to be before it", () => {
  assert.deepEqual(columnsOf([[300, 1]], gapOfSpans(60), [null], -60), [
    [0, 240, 300],
    [null, null, 1],
  ]);
  assert.deepEqual(columnsOf([[0, 1]], gapOfSpans(60), [null], -60), [[0], [1]]);
});

test("no points are columns without values", () =>
  assert.deepEqual(columnsOf([], gapAfter(1), [null, 3]), [[], [], []]));
