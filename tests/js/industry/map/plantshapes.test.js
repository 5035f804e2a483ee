import assert from "node:assert/strict";
import test from "node:test";
import { circle, isInside, vehicleShape, worksShape } from "../../../../static/industry/map/plantshapes.js";

const near = (/** @type {number} */ a, /** @type {number} */ b) => Math.abs(a - b) < 1e-9;

test("a vehicle's front points where it heads: north is up, east is right", () => {
  const [[northX, northY]] = vehicleShape(100, 50, 10, 0);
  const [[eastX, eastY]] = vehicleShape(100, 50, 10, 90);
  assert.deepEqual([northX, northY], [100, 37]);
  assert.ok(near(eastX, 113) && near(eastY, 50));
});

test("a vehicle of unknown heading is round", () => {
  const shape = vehicleShape(0, 0, 10, null);
  assert.ok(shape.every(([x, y]) => near(Math.hypot(x, y), 8)));
});

test("works keep within their mark", () => {
  assert.ok(worksShape(5, 5, 9).every(([x, y]) => Math.abs(x - 5) <= 9 && Math.abs(y - 5) <= 9));
});

test("a point is in an outline or beside it, closed or not", () => {
  /** @type {[number, number][]} */
  const square = [
    [0, 0],
    [10, 0],
    [10, 10],
    [0, 10],
  ];
  for (const outline of [square, [...square, square[0]]]) {
    assert.equal(isInside(outline, 5, 5), true);
    assert.deepEqual(
      [
        [11, 5],
        [-1, 5],
        [5, -1],
        [5, 11],
      ].map(([x, y]) => isInside(outline, x, y)),
      [false, false, false, false],
    );
  }
  assert.equal(isInside(circle(0, 0, 4), 1, 1), true);
});
