import assert from "node:assert/strict";
import test from "node:test";
import { spanOf } from "../../../../static/network/service_levels/servicechart.js";
import { promisedLevels } from "../../../../static/network/sites/siteparts.js";

const NOW_S = 1_780_000_000;
const HOUR_S = 3_600;
const DAY_S = 86_400;

test("a time is told by the finest rows that are kept for all of it", () => {
  assert.equal(spanOf([NOW_S - 8 * HOUR_S, NOW_S], NOW_S), "minute");
  assert.equal(spanOf([NOW_S - 9 * HOUR_S, NOW_S - 8 * HOUR_S], NOW_S), "hour");
  assert.equal(spanOf([NOW_S - 30 * DAY_S, NOW_S], NOW_S), "hour");
  assert.equal(spanOf([NOW_S - 400 * DAY_S, NOW_S], NOW_S), "day");
});

test("what is promised of round trips is drawn once for each value, with its words", () => {
  const agreements = [
    { metric: "rtt_p99", objective: 20 },
    { metric: "availability", objective: 0.999 },
    { metric: "rtt_p99", objective: 1 },
    { metric: "rtt_p99", objective: 20 },
  ];
  assert.deepEqual(promisedLevels(agreements), [
    { value: 1, text: "promised: 99th percentile ≤\u00a01.0\u00a0ms" },
    { value: 20, text: "promised: 99th percentile ≤\u00a020.0\u00a0ms" },
  ]);
  assert.deepEqual(promisedLevels([]), []);
});
