import assert from "node:assert/strict";
import test from "node:test";
import { COLUMNS } from "../../../../static/airspace/drones/tablecolumns.js";

/** @type {import("../../../../static/airspace/drones/tablecolumns.js").Row} */
const ROW = {
  id: 7,
  name: "Heron",
  lat: 29,
  lon: 123,
  altitudeM: 120,
  trackDeg: 90.04,
  speedMps: 15.02,
  state: "normal",
  isUnverified: false,
  isForeign: false,
  link: 0,
  control: "met",
  ageS: 0.41,
  isAgeKnown: true,
};

/** Which columns tell something else of two rows. @param {Partial<typeof ROW>} other */
const differing = (other) =>
  COLUMNS.filter(({ told }) => told(ROW) !== told({ ...ROW, ...other })).map(({ key }) => key);

test("what a cell is made of differs when what it says does, and only then", () => {
  assert.deepEqual(differing({}), []);
  assert.deepEqual(differing({ lat: 30, lon: 124 }), []);
  assert.deepEqual(differing({ state: "emergency" }), ["state"]);
  assert.deepEqual(differing({ name: null }), ["name"]);
  assert.deepEqual(differing({ id: 8 }), ["name"]);
  assert.deepEqual(differing({ altitudeM: 121 }), ["altitude"]);
  assert.deepEqual(differing({ speedMps: 15.9 }), ["speed"]);
  assert.deepEqual(differing({ trackDeg: 91 }), ["track"]);
  assert.deepEqual(differing({ trackDeg: 90.2 }), []);
  assert.deepEqual(differing({ control: "below" }), ["control"]);
  assert.deepEqual(differing({ ageS: 0.43 }), []);
  assert.deepEqual(differing({ ageS: 3 }), ["age"]);
  assert.deepEqual(differing({ isAgeKnown: false }), ["age"]);
  assert.deepEqual(differing({ isUnverified: true }), ["verified"]);
});

test("of another's drone nothing is told of its state, its link and its registration", () => {
  assert.deepEqual(differing({ isForeign: true }), ["state", "control", "verified"]);
});

test("a drone that falls silent changes its state and its age", () => {
  assert.deepEqual(differing({ link: 1 }), ["state", "age"]);
  assert.deepEqual(differing({ link: 2 }), ["state", "age"]);
});
