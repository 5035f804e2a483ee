import assert from "node:assert/strict";
import test from "node:test";
import { TimeRange } from "../../../../static/console/timerange.js";
import { stepOf } from "../../../../static/network/measurement/percentiles.js";
import { columns, countedOf, isInForce, spanOf } from "../../../../static/network/service_levels/servicechart.js";
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

test("percentiles are told by the minute only as long as minutes are kept", () => {
  const time = new TimeRange(["15m", "30d"], "15m", { nowS: () => NOW_S });
  const keptS = { minutes: 7 * DAY_S };
  assert.equal(stepOf(time, keptS), "minute");
  time.zoomTo(NOW_S - 8 * DAY_S, NOW_S - 8 * DAY_S + HOUR_S);
  assert.equal(stepOf(time, keptS), "hour");
  time.choose("30d");
  assert.equal(stepOf(time, keptS), "hour");
});

test("before it began and after it ended an agreement promised nothing", () => {
  const [began_at, ended_at] = [NOW_S - DAY_S, NOW_S - HOUR_S].map((atS) => new Date(atS * 1000).toISOString());
  assert.equal(isInForce({ began_at, ended_at: null }, [NOW_S - 3 * DAY_S, NOW_S - 2 * DAY_S]), false);
  assert.equal(isInForce({ began_at, ended_at }, [NOW_S - HOUR_S / 2, NOW_S]), false);
  assert.equal(isInForce({ began_at, ended_at }, [NOW_S - 2 * HOUR_S, NOW_S]), true);
  assert.equal(isInForce({ began_at: null }, [NOW_S - HOUR_S, NOW_S]), true);
});

test("after its end nothing of an agreement is unknown, and before it what lacks is", () => {
  const [dayS, start] = [[NOW_S - DAY_S, NOW_S], Math.floor(NOW_S / HOUR_S) * HOUR_S - 10 * HOUR_S];
  const row = { started_at: new Date(start * 1000).toISOString(), achieved_share: 1, unknown_s: 0 };
  const endedAt = new Date((start + HOUR_S) * 1000).toISOString();
  /** @param {string|null} ended */
  const unknownOf = (ended) => {
    const countedS = countedOf(/** @type {[number, number]} */ (dayS), HOUR_S, {
      beganAt: row.started_at,
      endedAt: ended,
    });
    return columns([row], HOUR_S, 0.99, countedS)[3];
  };
  assert.deepEqual(unknownOf(endedAt), [0]);
  assert.deepEqual(unknownOf(null), [0, 1]);
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
