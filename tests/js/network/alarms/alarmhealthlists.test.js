import assert from "node:assert/strict";
import test from "node:test";
import { valueText } from "../../../../static/network/alarms/alarmhealthlists.js";

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
