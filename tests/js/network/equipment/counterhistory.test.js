import assert from "node:assert/strict";
import test from "node:test";
import { columns, isTold, KINDS, spanOf } from "../../../../static/network/equipment/counterhistory.js";

const [load, attached] = KINDS;
/** @param {number} seconds @param {Record<string, number|null>} figures */
const row = (seconds, figures) => ({ at: new Date(seconds * 1000).toISOString(), ...figures });

test("shares are drawn in per cent, and what a site does not tell is a gap", () => {
  const rows = [row(0, { prb_use_share: 0.25, edge_busy_share: null }), row(30, { prb_use_share: 0.5 })];
  assert.deepEqual(columns(rows, load, "reading", 90), [
    [0, 30],
    [25, 50],
    [null, null],
  ]);
});

test("after as long without a reading as makes it unknown there is a gap", () => {
  const rows = [row(0, { devices: 3, drones: 1 }), row(100, { devices: 4, drones: 0 })];
  assert.deepEqual(columns(rows, attached, "reading", 90), [
    [0, 45, 100],
    [3, null, 4],
    [1, null, 0],
  ]);
});

test("told by the hour, an hour without a row is a gap", () => {
  const rows = [row(0, { devices: 3 }), row(7_200, { devices: 4 })];
  assert.deepEqual(columns(rows, attached, "hour", 90)[0], [0, 3_600, 7_200]);
});

test("half a day is told by the reading, more by the hour", () => {
  assert.deepEqual([spanOf(43_200), spanOf(43_201)], ["reading", "hour"]);
});

test("a chart is there where any of its figures was told, a zero being told as well", () => {
  assert.equal(isTold([row(0, { devices: null, drones: 0 })], attached), true);
  assert.equal(isTold([row(0, { devices: null })], attached), false);
  assert.equal(isTold([], attached), false);
});

test("the limit of a chart is of its first line, in whose unit it is drawn", () => {
  for (const { limit, lines } of KINDS) if (limit) assert.equal(limit, lines[0][0]);
});
