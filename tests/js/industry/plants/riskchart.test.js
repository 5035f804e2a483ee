import assert from "node:assert/strict";
import test from "node:test";
import { columns } from "../../../../static/industry/plants/riskchart.js";

test("more than a minute without a risk is a gap, and the threshold goes through", () => {
  const points = [
    { time: 0, risk: 0.1 },
    { time: 60_000, risk: 0.2 },
    { time: 121_000, risk: 0.5 },
  ];
  assert.deepEqual(columns(points, 0.4), [
    [0, 60, 90, 121],
    [10, 20, null, 50],
    [40, 40, 40, 40],
  ]);
});

test("nothing inferred is nothing drawn", () => assert.deepEqual(columns([], 0.4), [[], [], []]));
