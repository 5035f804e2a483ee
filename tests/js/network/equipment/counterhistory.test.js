import assert from "node:assert/strict";
import test from "node:test";
import { TimeRange } from "../../../../static/console/timerange.js";
import {
  columns,
  isTold,
  KINDS,
  nothingText,
  reach,
  spanOf,
} from "../../../../static/network/equipment/counterhistory.js";

const [load, attached] = KINDS;
const NOW_S = 1_780_000_000;
const HOUR_S = 3_600;
const kept_s = { readings: 24 * HOUR_S, hours: 400 * 24 * HOUR_S };
const LIMITS = { stale_after_s: 90, period_s: 30, kept_s, most: {} };
/** @param {number} hours how long @param {number} [agoH] when it ended */
function timeOf(hours, agoH = 0) {
  const time = new TimeRange(["15m", "30d"], "15m", { nowS: () => NOW_S });
  time.zoomTo(NOW_S - (agoH + hours) * HOUR_S, NOW_S - agoH * HOUR_S);
  return time;
}
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
  assert.deepEqual([spanOf(timeOf(12), LIMITS), spanOf(timeOf(12.1), LIMITS)], ["reading", "hour"]);
});

test("where readings come too often for one answer to hold them, a shorter time is told by the hour", () => {
  const often = { ...LIMITS, period_s: 10 }; // 2,000 of them are five and a half hours
  assert.deepEqual([spanOf(timeOf(5), often), spanOf(timeOf(6), often)], ["reading", "hour"]);
});

test("a short time whose readings are deleted is told by the hour, for hours are kept longer", () => {
  assert.deepEqual([spanOf(timeOf(2, 20), LIMITS), spanOf(timeOf(2, 72), LIMITS)], ["reading", "hour"]);
});

test("of a time whose hours are deleted as well, nobody says that the site told nothing", () => {
  assert.match(nothingText(timeOf(2, 72), LIMITS), /^Nothing was told/);
  assert.match(nothingText(timeOf(2, 401 * 24), LIMITS), /nothing is kept any more: hours are deleted after 400 days/);
});

test("heat is drawn in the unit that the reader chose, loads as they are", () => {
  const heat = KINDS.find(({ unit }) => unit === "°C");
  const { dataset } = document.documentElement;
  dataset.temperatureUnit = "°F";
  try {
    assert.deepEqual(columns([row(0, { temperature_c: 60 })], /** @type {any} */ (heat), "reading", 90)[1], [140]);
    assert.deepEqual(columns([row(0, { prb_use_share: 0.25 })], load, "reading", 90)[1], [25]);
  } finally {
    delete dataset.temperatureUnit;
  }
});

test("frost in a cabinet is on its chart, and nothing else reaches below zero", () => {
  assert.deepEqual(reach("°C", -20, 10), [-23, 11.5]);
  assert.deepEqual([reach("W", 100, 200)[0], reach("", null, null)], [0, [0, 1.15]]);
  assert.deepEqual(reach("%", 12, 40), [0, 100]);
});

test("a chart is there where any of its figures was told, a zero being told as well", () => {
  assert.equal(isTold([row(0, { devices: null, drones: 0 })], attached), true);
  assert.equal(isTold([row(0, { devices: null })], attached), false);
  assert.equal(isTold([], attached), false);
});

test("the limit of a chart is of its first line, in whose unit it is drawn", () => {
  for (const { limit, lines } of KINDS) if (limit) assert.equal(limit, lines[0][0]);
});
