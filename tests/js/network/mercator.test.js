import assert from "node:assert/strict";
import test from "node:test";
import { distanceM, latOf, lonOf, mercatorX, mercatorY } from "../../../static/network/mercator.js";

test("the world is a unit square with north on top", () => {
  assert.deepEqual([mercatorX(-180), mercatorX(0), mercatorX(180)], [0, 0.5, 1]);
  assert.equal(mercatorY(0), 0.5);
  assert.ok(mercatorY(31) < 0.5);
  assert.ok(mercatorY(85) > 0 && mercatorY(85) < 0.01);
});

test("there and back is the same place", () => {
  for (const lat of [-84, -31.23, 0, 31.23, 84]) assert.ok(Math.abs(latOf(mercatorY(lat)) - lat) < 1e-9, String(lat));
  for (const lon of [-180, 121.47, 179.99]) assert.ok(Math.abs(lonOf(mercatorX(lon)) - lon) < 1e-9, String(lon));
});

test("beyond its edge the square ends", () => assert.equal(mercatorY(90), mercatorY(85.05)));

test("a degree of the equator is 111,195 m; half way to the pole one of longitude is half of it", () => {
  assert.equal(Math.round(distanceM(0, 0, 0, 1)), 111_195);
  assert.equal(Math.round(distanceM(60, 10, 60, 11)), 55_597);
  assert.equal(distanceM(31, 121, 31, 121), 0);
  assert.equal(Math.round(distanceM(0, 179.5, 0, -179.5)), 111_195);
});
