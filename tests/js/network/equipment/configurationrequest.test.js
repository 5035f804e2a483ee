import assert from "node:assert/strict";
import test from "node:test";
import { consequenceOf, requestOf, requestWords } from "../../../../static/network/equipment/configurationrequest.js";

const EMPTY = { tilt_deg: "", power_dbm: "", sleep: "", route: "", reason: "", sectors: null };
const ALL = ["s1", "s2", "s3"];
const COUNTERS = {
  age_s: 5,
  stale_after_s: 60,
  sinceMs: 2000,
  told: { cells: ALL.map((sector, at) => ({ sector, devices: 1000 + at, drones: at })) },
};

test("empty fields change nothing, and sectors alone are no request", () => {
  assert.deepEqual(requestOf(EMPTY), {});
  assert.deepEqual(requestOf({ ...EMPTY, tilt_deg: "  ", sectors: ["s1"] }), {});
});

test("what is filled in is sent as numbers, switches and lists", () => {
  assert.deepEqual(
    requestOf({
      tilt_deg: " 4,5 ",
      power_dbm: "43",
      sleep: "awake",
      route: "a, b>c → d",
      reason: " storm ",
      sectors: ["s1"],
    }),
    { tilt_deg: 4.5, power_dbm: 43, sleep: false, sectors: ["s1"], route: ["a", "b", "c", "d"], reason: "storm" },
  );
  assert.deepEqual(requestOf({ ...EMPTY, tilt_deg: "steep", route: " - " }), { tilt_deg: "steep", route: null });
});

test("sleep says how many lose their cell, and how old that number is", () => {
  const [asleep, end] = consequenceOf({ sleep: true, sectors: ["s2", "s3"] }, ALL, COUNTERS);
  assert.equal(
    asleep,
    "Asleep, s2, s3 serve nobody: 2,003 devices and 3 drones (attached 7.0 s ago) must find another cell or lose their link.",
  );
  assert.match(end, /^It is in force once the site acknowledges it/);
});

test("counters that are old or were never told make the number unknown", () => {
  for (const counters of [null, { ...COUNTERS, told: null }, { ...COUNTERS, sinceMs: 60_000 }]) {
    assert.match(
      consequenceOf({ tilt_deg: 3 }, ALL, counters)[0],
      /^The coverage of all sectors changes: an unknown number/,
    );
  }
});

test("routes are told in full, and nothing is told of nothing", () => {
  assert.match(consequenceOf({ route: ["a", "b"] }, ALL, null)[0], /takes a → b and is cut off/);
  assert.match(consequenceOf({ route: null }, ALL, null)[0], /shortest way again/);
  assert.deepEqual(consequenceOf({ reason: "x" }, ALL, null), []);
});

test("what a push changes is told: the settings, of which sectors, and the route", () => {
  const cell = { tilt_deg: 4.5, power_dbm: 43, is_asleep: true };
  assert.equal(requestWords({ cells: { s1: cell, s2: cell } }), "tilt 4.5° power 43.0 dBm asleep (s1, s2)");
  assert.equal(requestWords({ cells: { s1: { is_asleep: false } }, route: ["a", "b"] }), "awake (s1) route a → b");
  assert.equal(requestWords({ route: null }), "shortest route");
  assert.equal(requestWords({}), "");
});
