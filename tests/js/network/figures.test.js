import assert from "node:assert/strict";
import test from "node:test";
import { classWords, freshness, medianClass, together } from "../../../static/network/equipment/counterpanel.js";
import { differences } from "../../../static/network/inventory/inventoryhistory.js";
import { sessionFigures } from "../../../static/network/measurement/probesession.js";
import { measuredFigures } from "../../../static/network/sites/siteparts.js";
import { shapeOf } from "../../../static/network/sparkline.js";

test("counters hold until they are older than the site says", () => {
  const age = { age_s: 50, stale_after_s: 60 };
  assert.deepEqual([freshness(age, 10_000), freshness(age, 10_001).isKnown], [{ ageS: 60, isKnown: true }, false]);
  assert.deepEqual(freshness({ age_s: null, stale_after_s: 60 }, 0), { ageS: null, isKnown: false });
});

test("histograms of cells add up where their classes are the same", () => {
  const edges = [-100, -90];
  const histogram = { edges, counts: [1, 2, 3] };
  assert.deepEqual(together([histogram, { edges, counts: [0, 1, 0] }]), { edges, counts: [1, 3, 3] });
  assert.deepEqual([together([]), together([histogram, { edges: [-100, -80], counts: [1, 1, 1] }])], [null, null]);
});

test("the class in the middle is named with its ends", () => {
  const edges = [-100, -90, -80];
  assert.deepEqual(classWords(edges), ["< -100", "-100 … -90", "-90 … -80", "≥ -80"]);
  assert.equal(medianClass({ edges, counts: [1, 1, 0, 8] }, "dBm"), "≥ -80 dBm");
  assert.equal(medianClass({ edges, counts: [5, 5, 0, 0] }, "dBm"), "< -100 dBm");
  assert.equal(medianClass({ edges, counts: [0, 0, 0, 0] }, "dBm"), "–");
});

test("a percentile of a hundred needs a hundred rounds that can be trusted", () => {
  const samples = Array.from({ length: 100 }, (_, at) => ({ rtt_ms: 100 - at, lost: 0, is_trusted: true }));
  assert.deepEqual(measuredFigures(samples), { rounds: 100, medianMs: 50, p99Ms: 99 });
  const fewer = [
    ...samples.slice(0, 99),
    { rtt_ms: 9000, lost: 0, is_trusted: false },
    { rtt_ms: null, lost: 5, is_trusted: true },
  ];
  assert.deepEqual(measuredFigures(fewer), { rounds: 99, medianMs: 51, p99Ms: null });
  assert.deepEqual(measuredFigures([]), { rounds: 0, medianMs: null, p99Ms: null });
});

test("a session counts what it trusts, and tells nothing of what no round told", () => {
  const round = (/** @type {number} */ second, /** @type {object} */ more = {}) => ({
    sent_at: new Date(second * 1000).toISOString(),
    packets: 5,
    lost: 0,
    is_trusted: true,
    ...more,
  });
  const figures = sessionFigures([
    round(0),
    round(10, { lost: 2, lost_forward: 2, lost_backward: 0, probe_delay_ms: 3 }),
    round(20, { is_trusted: false, lost: 5, probe_delay_ms: 40 }),
  ]);
  assert.deepEqual([figures.rounds, figures.untrusted, figures.packets, figures.lost], [3, 1, 10, 2]);
  assert.deepEqual(
    [figures.toldOf, figures.lostForward, figures.lostBackward, figures.periodS, figures.worstDelayMs],
    [1, 2, 0, 10, 40],
  );
  const none = sessionFigures([]);
  assert.deepEqual(
    [none.lostForward, none.periodS, none.residenceMs, none.worstDelayMs, none.newest, none.reordered, none.held],
    [null, null, null, null, null, null, null],
  );
});

test("a change differs in what it says otherwise than before, lists and objects by what they hold", () => {
  const before = { power_dbm: 43, route: ["a", "b"], note: "x" };
  assert.deepEqual(differences({ before, values: { power_dbm: 40, route: ["a", "b"] } }), [
    { name: "power_dbm", before: 43, after: 40 },
  ]);
  assert.deepEqual(differences({ before: null, values: { note: null } }), [
    { name: "note", before: undefined, after: null },
  ]);
  assert.deepEqual(differences({ before, values: null }), []);
});

test("a trend is one line per stretch, a dot where a stretch is one value, and nothing of nothing", () => {
  const day = (/** @type {number} */ date, /** @type {number|null} */ value) => ({
    at: `2026-06-0${date}T00:00:00Z`,
    value,
  });
  const { paths, dots, goalY } = shapeOf([day(1, 0), day(2, 10), day(3, null), day(4, 5)], 10);
  assert.deepEqual(paths, ["M0.0 30.0L40.0 2.0"]);
  assert.deepEqual([dots, goalY], [[[120, 16]], 2]);
  assert.deepEqual(shapeOf([day(1, null)], 1), { paths: [], dots: [], goalY: null });
  assert.deepEqual(shapeOf([day(1, 3)], null).dots, [[120, 16]]);
});
