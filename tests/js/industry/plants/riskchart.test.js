import assert from "node:assert/strict";
import test from "node:test";
import { columns, spanOf, withHeard } from "../../../../static/industry/plants/riskchart.js";

test("more than a minute between two readings without a risk is a gap", () => {
  const points = [
    { time: 0, risk: 0.1 },
    { time: 60_000, risk: 0.2 },
    { time: 121_000, risk: 0.5 },
  ];
  assert.deepEqual(columns(points), [
    [0, 60, 90, 121],
    [10, 20, null, 50],
  ]);
});

test("told by the minute, a minute without a row is a gap", () => {
  const points = [
    { time: 0, risk: 0.1 },
    { time: 60_000, risk: 0.2 },
    { time: 180_000, risk: 0.5 },
  ];
  assert.deepEqual(columns(points, 60), [
    [0, 60, 120, 180],
    [10, 20, null, 50],
  ]);
});

test("nothing inferred is nothing drawn", () => assert.deepEqual(columns([]), [[], []]));

test("an hour is told by the reading, more by the minute", () => {
  assert.equal(spanOf(3_600), "reading");
  assert.equal(spanOf(3_601), "minute");
});

test("what is heard goes on where the rows end, and repeats none of them", () => {
  const rows = [{ time: 1_000, risk: 0.1 }];
  const heard = [
    { time: 500, risk: 0.9 },
    { time: 1_000, risk: 0.1 },
    { time: 2_000, risk: 0.2 },
  ];
  assert.deepEqual(withHeard(rows, heard), [rows[0], heard[2]]);
  assert.deepEqual(withHeard([], heard), heard);
});
