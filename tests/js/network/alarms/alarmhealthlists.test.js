import assert from "node:assert/strict";
import test from "node:test";
import { bars, valueText } from "../../../../static/network/alarms/alarmhealthlists.js";

test("many slots become at most 144 bars, each as high as its highest slot, so that no peak is lost", () => {
  assert.deepEqual(bars([1, 5, 2]), [1, 5, 2]);
  assert.deepEqual(bars([]), []);
  const slots = Array.from({ length: 1008 }, (_, at) => Number(at === 500) * 40 + 1); // a week
  const made = bars(slots);
  assert.deepEqual([made.length, made.indexOf(41), Math.max(...made)], [144, 71, 41]);
});

test("values have the digits of their unit, and what is not known says so", () => {
  assert.deepEqual(
    [
      [0.1234, "share"],
      [3, "count"],
      [2.5, "rate"],
      [90, "s"],
      [null, "s"],
    ].map(([value, unit]) => valueText(/** @type {any} */ (value), String(unit))),
    ["12.3 %", "3", "2.50", "90 s", "unknown"],
  );
});
