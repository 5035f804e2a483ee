import assert from "node:assert/strict";
import test from "node:test";
import { floodEnd, valueText } from "../../../../static/network/alarms/alarmhealthlists.js";

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

test("a flood is still on only where its time reaches to now", () => {
  const flood = { ended_at: "2026-06-01T12:00:00Z", is_over: false };
  const at = "2026-06-01T12:00:01Z";
  assert.equal(floodEnd(flood, { at, until: "2026-06-01T12:00:00Z" }), "still on");
  assert.equal(floodEnd(flood, { at: "2026-06-08T12:00:00Z", until: "2026-06-01T12:00:00Z" }), "beyond the time shown");
  assert.match(floodEnd({ ...flood, is_over: true }, { at, until: at }), /\d/);
});
