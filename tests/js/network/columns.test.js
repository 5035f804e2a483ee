import assert from "node:assert/strict";
import test from "node:test";
import { columns as rounds } from "../../../static/network/chart.js";
import { columns as percentiles } from "../../../static/network/measurement/percentiles.js";
import { columns as shares } from "../../../static/network/service_levels/servicechart.js";

const at = (/** @type {number} */ second) => new Date(second * 1000).toISOString();

test("rounds more than fifteen seconds apart have a gap between them; losses are marked, untrusted times are not drawn", () => {
  const sample = (/** @type {number} */ second, /** @type {object} */ more = {}) => ({
    sent_at: at(second),
    rtt_ms: 1,
    lost: 0,
    is_trusted: true,
    ...more,
  });
  const samples = [sample(0), sample(15, { lost: 2, rtt_ms: null }), sample(31, { is_trusted: false })];
  assert.deepEqual(rounds(samples, 3), [
    [0, 15, 22.5, 31],
    [1, null, null, null],
    [3, 3, 3, 3],
    [null, 1, null, null],
  ]);
  assert.deepEqual(rounds([], null), [[], [], [], []]);
});

test("a minute that is missing is a gap, and what is modelled is counted there and back", () => {
  const row = (/** @type {number} */ second) => ({ started_at: at(second), p50_ms: 1, p95_ms: 2, p99_ms: 3 });
  const made = percentiles([row(0), row(60), row(180)], 60, { mean_ms: 0.5, p99_ms: 0.75 });
  assert.deepEqual(made, [
    [0, 60, 120, 180],
    [1, 1, null, 1],
    [2, 2, null, 2],
    [3, 3, null, 3],
    [1, 1, 1, 1],
    [1.5, 1.5, 1.5, 1.5],
  ]);
});

test("time without a row is unknown from its first to its last span", () => {
  const row = (/** @type {number} */ second, /** @type {object} */ more = {}) => ({
    started_at: at(second),
    achieved_share: 0.5,
    unknown_s: 0,
    ...more,
  });
  const made = shares([row(0, { unknown_s: 30 }), row(240, { achieved_share: null, unknown_s: 90 })], 60, 0.75);
  assert.deepEqual(made, [
    [0, 60, 180, 240],
    [50, null, null, null],
    [75, 75, 75, 75],
    [0.5, 1, 1, 1],
  ]);
});

test("what is shown begins and ends unknown where rows do not reach", () => {
  const row = (/** @type {number} */ second) => ({ started_at: at(second), achieved_share: 1, unknown_s: 0 });
  const [times, achieved] = shares([row(300)], 60, null, [0, 600]);
  assert.deepEqual(
    [times, achieved],
    [
      [0, 240, 300, 360],
      [null, null, 100, null],
    ],
  );
  assert.deepEqual(shares([], 60, null, [0, 600])[0], []);
});
