import assert from "node:assert/strict";
import test from "node:test";
import { columns, floodMarks, heightOf } from "../../../../static/network/alarms/alarmhealthchart.js";

test("each slot of ten minutes is a bar from its begin on, and none is left out", () => {
  const slots = { started_at: "1970-01-01T00:10:00Z", slot_s: 600, alarms: [0, 41, 2] };
  assert.deepEqual(columns(slots), [
    [600, 1200, 1800],
    [0, 41, 2],
  ]);
});

test("without a slot nothing is drawn", () => {
  assert.deepEqual(columns({ started_at: "1970-01-01T00:10:00Z", slot_s: 600, alarms: [] }), [[], []]);
});

test("a flood is marked as long as it lasted, one that is still on up to now", () => {
  const [over, on] = floodMarks([
    { started_at: "1970-01-01T00:00:10Z", ended_at: "1970-01-01T00:00:20Z", is_over: true },
    { started_at: "1970-01-01T00:00:30Z", ended_at: "1970-01-01T00:00:40Z", is_over: false },
  ]);
  assert.deepEqual([over.fromS, over.untilS, on.fromS, on.untilS], [10, 20, 30, null]);
  assert.ok(over.isHatched);
});

test("the line of what can be worked off is in the chart however quiet it was", () => {
  assert.equal(heightOf(0, 10), 12);
  assert.ok(heightOf(100, 10) > 100);
});
