import assert from "node:assert/strict";
import test from "node:test";
import { ageOf, FactoryState, levelOf } from "../../../static/industry/state.js";

const NOW_MS = Date.parse("2026-06-01T12:00:00Z");
const at = (/** @type {number} */ ageS) => new Date(NOW_MS - ageS * 1000).toISOString();
const machine = (/** @type {string} */ name, /** @type {number} */ ageS, value = 0.1, level = "normal") => ({
  name,
  reading: { at: at(ageS), values: {} },
  risk: { at: at(ageS), value, level, threshold: 0.5 },
});
const names = (/** @type {any[]} */ rows) => rows.map(({ name }) => name);

test("an age is unknown where nothing was heard", () => {
  assert.deepEqual([ageOf(at(3), NOW_MS), ageOf(null, NOW_MS), ageOf("", NOW_MS)], [3, null, null]);
});

test("a risk made of an old reading says nothing of the present", () => {
  assert.deepEqual(
    [15, 15.1].map((ageS) => levelOf(machine("a", ageS, 0.9, "high"), NOW_MS, 15)),
    ["high", "stale"],
  );
  assert.equal(levelOf({ name: "a", risk: null }, NOW_MS, 15), "unknown");
});

test("the newest of a machine wins, whatever comes last", () => {
  const known = new FactoryState();
  known.takeMachines([machine("m1", 1, 0.8)]);
  known.takeMachines([machine("m1", 9, 0.2)]);
  assert.equal(known.machines.get("m1").risk.value, 0.8);
  known.takeMachines([{ ...machine("m1", 0), risk: null }]); // read again, and not yet inferred
  assert.equal(known.machines.get("m1").risk.value, 0.8);
});

test("points of a series are in order of time, once each, and the newest four hundred", () => {
  const known = new FactoryState();
  for (const ageS of [5, 9, 7, 7]) known.addPoint("m1", at(ageS), ageS / 10);
  assert.deepEqual(
    known.series.get("m1").map((/** @type {any} */ { risk }) => risk),
    [0.9, 0.7, 0.5],
  );
  for (let ageS = 1000; ageS > 500; ageS--) known.addPoint("m2", at(ageS), 0);
  assert.equal(known.series.get("m2").length, 400);
  assert.equal(known.series.get("m2").at(-1).time, NOW_MS - 501_000);
});

test("scores come newest first and make the same series", () => {
  const known = new FactoryState();
  known.takeScores([
    { machine: "m1", at: at(1), risk: 0.3 },
    { machine: "m1", at: at(2), risk: 0.2 },
  ]);
  assert.deepEqual(
    known.series.get("m1").map((/** @type {any} */ { risk }) => risk),
    [0.2, 0.3],
  );
});

test("a machine that was removed leaves nothing behind", () => {
  const known = new FactoryState();
  known.takeMachines([machine("m1", 1)]);
  known.forget("m1");
  assert.deepEqual([known.machines.size, known.series.size], [0, 0]);
});

test("the end of a job is never undone by an event that comes late", () => {
  const known = new FactoryState();
  known.takeJobs([{ id: "j", state: "done", created_at: at(2) }]);
  known.takeJobs([{ id: "j", state: "running", created_at: at(2) }]);
  assert.equal(known.jobRows("")[0].state, "done");
  known.takeJobs([{ id: "j", state: "failed", created_at: at(2) }]);
  assert.deepEqual([known.jobRows("failed").length, known.jobRows("done").length], [1, 0]);
});

test("the sixty newest jobs are kept, newest first", () => {
  const known = new FactoryState();
  known.takeJobs(Array.from({ length: 70 }, (_, ageS) => ({ id: `j${ageS}`, state: "done", created_at: at(ageS) })));
  const rows = known.jobRows("");
  assert.deepEqual([rows.length, rows[0].id, rows.at(-1).id], [60, "j0", "j59"]);
});

test("machines are found by name and level, in the order of their numbers or their risk", () => {
  const known = new FactoryState();
  known.takeMachines([
    machine("press-10", 1, 0.9, "high"),
    machine("press-2", 1, 0.2),
    machine("mill-1", 99),
    { name: "mill-2", reading: null, risk: null },
  ]);
  const rows = (/** @type {object} */ filter) =>
    names(known.machineRows({ search: "", level: "", sort: "", ...filter }, NOW_MS, 15));
  assert.deepEqual(rows({ search: " PRESS " }), ["press-2", "press-10"]);
  assert.deepEqual(rows({ sort: "risk" }), ["press-10", "press-2", "mill-1", "mill-2"]);
  assert.deepEqual([rows({ level: "stale" }), rows({ level: "unknown" })], [["mill-1"], ["mill-2"]]);
  assert.deepEqual(known.counts(NOW_MS, 15), { high: 1, elevated: 0, normal: 1, stale: 1, unknown: 1 });
});
