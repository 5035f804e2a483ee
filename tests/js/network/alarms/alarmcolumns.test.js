import assert from "node:assert/strict";
import test from "node:test";
import { roomText } from "../../../../static/network/alarms/alarmcolumns.js";

test("the alarm of a full disk says how much is left, for how long, and what is refused", () => {
  const detail = { free_bytes: 412_000_000, total_bytes: 1e12, hours_left: 5.25, refuses: "bulk" };
  assert.equal(roomText(detail), " · 412.0 MB free · full in 5.3 h · imports, maps, documents and plans are refused");
});

test("a rate that is not known yet is not told, nor that nothing is refused", () => {
  const detail = { free_bytes: 900_000_000, total_bytes: 1e12, hours_left: null, refuses: "nothing" };
  assert.equal(roomText(detail), " · 900.0 MB free");
  assert.match(roomText({ ...detail, refuses: "all" }), /reports, readings and jobs are refused$/);
});

test("other alarms say nothing of room", () => {
  assert.equal(roomText({ metric: "delay", value: 3 }), "");
});
